//! Reads fields of a JSON document one by one, goes on after a wrong one, and remembers each problem by its path.

use std::fmt;

use jiff::civil::Date;
use secrecy::SecretString;
use serde_json::Value;

/// One thing that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `establishments[1].siret`; empty for the document itself.
    pub path: String,
    /// What: `"12" is not 14 digits`.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "{}: {}", self.path, self.problem)
        }
    }
}

/// The configuration document cannot be used: for the person who wrote it, no retry helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Every problem found, in the order of reading.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        let problem = format!(
            "the text is not JSON (line {}, column {})",
            error.line().max(1),
            error.column()
        );
        Self {
            problems: vec![Problem {
                path: String::new(),
                problem,
            }],
        }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration document cannot be used: ")?;
        for (i, problem) in self.problems.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// A place in the document: its path, and its value if there is one. `null` counts as absent.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    path: String,
    value: Option<&'a Value>,
}

impl<'a> Field<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self {
            path: String::new(),
            value: Some(value),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn value(&self) -> Option<&'a Value> {
        self.value
    }

    pub(super) fn child(&self, name: &str) -> Self {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        let value = self
            .value
            .and_then(|v| v.get(name))
            .filter(|v| !v.is_null());
        Self { path, value }
    }

    fn items(&self, values: &'a [Value]) -> Vec<Self> {
        values
            .iter()
            .enumerate()
            .map(|(i, value)| Self {
                path: format!("{}[{i}]", self.path),
                value: Some(value),
            })
            .collect()
    }
}

/// Remembers what is wrong while a document is read.
///
/// What is inside an object that is absent or wrong itself is not reported again, field by field.
#[derive(Debug, Default)]
pub(super) struct Reader {
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

impl Reader {
    pub(super) fn finish(self) -> Result<Vec<String>, ConfigError> {
        if self.problems.is_empty() {
            Ok(self.warnings)
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }

    pub(super) fn wrong(&mut self, field: &Field<'_>, problem: impl Into<String>) {
        self.wrong_at(field.path.clone(), problem);
    }

    pub(super) fn wrong_at(&mut self, path: String, problem: impl Into<String>) {
        self.problems.push(Problem {
            path,
            problem: problem.into(),
        });
    }

    pub(super) fn missing(&mut self, field: &Field<'_>) {
        let parent_reported = self
            .problems
            .iter()
            .any(|p| p.path.is_empty() || field.path.starts_with(&format!("{}.", p.path)));
        if !parent_reported {
            self.wrong(field, "is missing");
        }
    }

    /// Checks that `field` is an object and warns about what it holds beside `names`.
    pub(super) fn known(&mut self, field: &Field<'_>, names: &[&str]) {
        let Some(value) = field.value else { return };
        let Some(object) = value.as_object() else {
            self.wrong(field, "is not an object");
            return;
        };
        for name in object.keys().filter(|name| !names.contains(&name.as_str())) {
            self.warnings
                .push(format!("{}: is not a known field", field.child(name).path));
        }
    }

    pub(super) fn object<'a>(&mut self, parent: &Field<'a>, name: &str) -> Field<'a> {
        let field = parent.child(name);
        if field.value.is_none() {
            self.missing(&field);
        }
        field
    }

    pub(super) fn list<'a>(&mut self, parent: &Field<'a>, name: &str) -> Option<Vec<Field<'a>>> {
        let field = parent.child(name);
        let Some(value) = field.value else {
            self.missing(&field);
            return None;
        };
        let Some(values) = value.as_array() else {
            self.wrong(&field, "is not a list");
            return None;
        };
        Some(field.items(values))
    }

    pub(super) fn optional_list<'a>(&mut self, parent: &Field<'a>, name: &str) -> Vec<Field<'a>> {
        match parent.child(name).value {
            None => Vec::new(),
            Some(_) => self.list(parent, name).unwrap_or_default(),
        }
    }

    fn trimmed<'a>(&mut self, parent: &Field<'a>, name: &str) -> Option<(Field<'a>, &'a str)> {
        let field = parent.child(name);
        let Some(value) = field.value else {
            self.missing(&field);
            return None;
        };
        match value.as_str().map(str::trim) {
            None => self.wrong(&field, "is not a text"),
            Some("") => self.wrong(&field, "is empty"),
            Some(text) => return Some((field, text)),
        }
        None
    }

    pub(super) fn text(&mut self, parent: &Field<'_>, name: &str) -> String {
        self.trimmed(parent, name)
            .map(|(_, text)| text.to_owned())
            .unwrap_or_default()
    }

    /// A secret is taken as it is, with the white space it may have.
    pub(super) fn secret(&mut self, parent: &Field<'_>, name: &str) -> SecretString {
        let whole = self
            .trimmed(parent, name)
            .and_then(|(field, _)| field.value.and_then(Value::as_str));
        SecretString::from(whole.unwrap_or_default())
    }

    pub(super) fn siret(&mut self, parent: &Field<'_>, name: &str) -> String {
        let Some((field, text)) = self.trimmed(parent, name) else {
            return String::new();
        };
        if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
            self.wrong(&field, format!("{text:?} is not 14 digits"));
        }
        text.to_owned()
    }

    pub(super) fn date(&mut self, parent: &Field<'_>, name: &str) -> Date {
        let Some((field, text)) = self.trimmed(parent, name) else {
            return Date::ZERO;
        };
        text.parse().unwrap_or_else(|_| {
            self.wrong(&field, "is not a date like \"2026-09-01\"");
            Date::ZERO
        })
    }

    pub(super) fn optional_date(&mut self, parent: &Field<'_>, name: &str) -> Option<Date> {
        parent.child(name).value?;
        Some(self.date(parent, name)).filter(|date| *date != Date::ZERO)
    }

    /// A number of days, from 0 to a year.
    pub(super) fn days(&mut self, parent: &Field<'_>, name: &str) -> Option<u16> {
        let field = parent.child(name);
        let Some(value) = field.value else {
            self.missing(&field);
            return None;
        };
        let days = value.as_u64().and_then(|days| u16::try_from(days).ok());
        let days = days.filter(|days| *days <= 366);
        if days.is_none() {
            self.wrong(&field, "is not a number of days");
        }
        days
    }

    pub(super) fn switch(&mut self, parent: &Field<'_>, name: &str, default: bool) -> bool {
        let field = parent.child(name);
        let Some(value) = field.value else {
            return default;
        };
        value.as_bool().unwrap_or_else(|| {
            self.wrong(&field, "is not true or false");
            default
        })
    }

    pub(super) fn optional_id(&mut self, parent: &Field<'_>, name: &str) -> Option<u64> {
        let field = parent.child(name);
        let id = field.value?.as_u64().filter(|id| *id > 0);
        if id.is_none() {
            self.wrong(&field, "is not a whole number above 0");
        }
        id
    }

    pub(super) fn url(&mut self, parent: &Field<'_>, name: &str) -> String {
        let Some((field, text)) = self.trimmed(parent, name) else {
            return String::new();
        };
        if let Err(problem) = check_url(text) {
            self.wrong(&field, problem);
        }
        text.to_owned()
    }
}

fn check_url(text: &str) -> Result<(), &'static str> {
    let url = url::Url::parse(text).map_err(|_| "is not an http(s) URL")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password");
    }
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" if !host.is_empty() => Ok(()),
        "http" if matches!(host, "127.0.0.1" | "localhost" | "[::1]") => Ok(()),
        "http" => Err("must be https (http is for this machine only)"),
        _ => Err("is not an http(s) URL"),
    }
}
