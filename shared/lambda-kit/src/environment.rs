//! A function's settings, from its environment variables: all that is missing or wrong is reported at once, by name.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive, sync::Arc};

use crate::{config::ConfigSource, metrics::DEFAULT_SERVICE};

/// Reads environment variables and remembers what was wrong with each.
///
/// A getter always returns a value, so that the next one is read too; the values are good only when [`Environment::finish`] is.
///
/// ```
/// use lambda_kit::environment::{Environment, EnvironmentError};
///
/// struct Settings { bucket: String, overlap_minutes: u32 }
///
/// fn read(mut env: Environment) -> Result<Settings, EnvironmentError> {
///     let settings = Settings {
///         bucket: env.required("RELAIS_ARCHIVE_BUCKET"),
///         overlap_minutes: env.number("RELAIS_OVERLAP_MINUTES", 30, 1..=1440),
///     };
///     env.finish().map(|()| settings)
/// }
///
/// let problems = read(Environment::of([("RELAIS_OVERLAP_MINUTES", "soon")])).err().map(|e| e.to_string()).unwrap_or_default();
/// assert!(problems.contains("RELAIS_ARCHIVE_BUCKET") && problems.contains("RELAIS_OVERLAP_MINUTES"));
/// ```
#[derive(Debug)]
pub struct Environment {
    values: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

/// One variable and what is wrong with it. The value itself is not kept: it may be a secret put in the wrong place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name, or the names of which one is needed.
    pub name: String,
    /// What is wrong, and what is expected.
    pub problem: String,
}

/// The environment lacks something, or something in it is wrong: for the person who deploys, no retry helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentError {
    /// Every problem found, in the order in which the variables were read.
    pub problems: Vec<Problem>,
}

impl std::error::Error for EnvironmentError {}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment of the function is not complete:")?;
        for (i, Problem { name, problem }) in self.problems.iter().enumerate() {
            let separator = if i == 0 { " " } else { "; " };
            write!(f, "{separator}{name}: {problem}")?;
        }
        Ok(())
    }
}

impl Environment {
    /// The environment of this process. A variable whose value is not UTF-8 counts as not set.
    #[must_use]
    pub fn from_process() -> Self {
        Self::of(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// An environment made of these variables.
    pub fn of<K: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let values = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self {
            values,
            problems: Vec::new(),
        }
    }

    /// The value of a variable; `None` when it is not set or holds white space only (an optional parameter left empty in a
    /// template arrives so).
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        let value = self.values.get(name)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The value of a variable that must be set.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.wrong(name, "is not set");
            String::new()
        })
    }

    /// The value of a variable that must be an `http` or `https` URL.
    pub fn url(&mut self, name: &str) -> String {
        let value = self.required(name);
        if !value.is_empty() && !is_web_url(&value) {
            self.wrong(name, "is not an http(s) URL");
        }
        value
    }

    /// A whole number within `range`; `default` when the variable is not set.
    pub fn number(&mut self, name: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let Some(text) = self.optional(name) else {
            return default;
        };
        match text.parse::<u32>() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (low, high) = range.into_inner();
                self.wrong(name, format!("is not a whole number from {low} to {high}"));
                default
            }
        }
    }

    /// Where the configuration document is: `RELAIS_CONFIG_FILE` or `RELAIS_CONFIG_SECRET_ARN`, exactly one of them.
    pub fn config_source(&mut self) -> ConfigSource {
        const FILE: &str = "RELAIS_CONFIG_FILE";
        const SECRET: &str = "RELAIS_CONFIG_SECRET_ARN";
        match (self.optional(FILE), self.optional(SECRET)) {
            (Some(path), None) => ConfigSource::File(path.into()),
            (None, Some(arn)) => ConfigSource::Secret(arn),
            (None, None) => {
                self.wrong(&format!("{SECRET} or {FILE}"), "neither is set");
                ConfigSource::Secret(String::new())
            }
            (Some(_), Some(arn)) => {
                self.wrong(
                    &format!("{SECRET} and {FILE}"),
                    "both are set: which one holds the configuration is not clear",
                );
                ConfigSource::Secret(arn)
            }
        }
    }

    /// How the metrics name this installation, among others of the same account: `RELAIS_SERVICE`, or `relais` when it is not set.
    ///
    /// CloudWatch takes up to 1024 ASCII characters for a dimension, and drops the whole metric for anything else.
    pub fn service(&mut self) -> Arc<str> {
        const NAME: &str = "RELAIS_SERVICE";
        let Some(service) = self.optional(NAME) else {
            return DEFAULT_SERVICE.into();
        };
        let fits = service.len() <= 1024 && !service.starts_with(':');
        if !fits || !service.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            self.wrong(NAME, "is not a name that CloudWatch takes: ASCII, 1024 characters at most, no colon in front");
        }
        service.into()
    }

    /// Adds a problem found by the caller, for a rule that this reader does not have.
    pub fn wrong(&mut self, name: &str, problem: impl Into<String>) {
        self.problems.push(Problem {
            name: name.to_owned(),
            problem: problem.into(),
        });
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// Every problem met since the start, together.
    pub fn finish(self) -> Result<(), EnvironmentError> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(EnvironmentError {
                problems: self.problems,
            })
        }
    }
}

fn is_web_url(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(env: Environment) -> Vec<(String, String)> {
        env.finish()
            .expect_err("problems are expected")
            .problems
            .into_iter()
            .map(|p| (p.name, p.problem))
            .collect()
    }

    #[test]
    fn all_that_is_wrong_is_reported_together_and_by_name() {
        let mut env = Environment::of([("QUEUE", "not a url"), ("RATE", "11"), ("BLANK", "  ")]);
        env.url("QUEUE");
        env.required("BUCKET");
        env.required("BLANK");
        env.number("RATE", 5, 1..=10);
        let found = problems(env);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["QUEUE", "BUCKET", "BLANK", "RATE"]);
        assert!(found[3].1.contains("from 1 to 10"));
    }

    #[test]
    fn the_text_of_the_error_names_every_variable_but_no_value() {
        let mut env = Environment::of([("QUEUE", "hunter2")]);
        env.url("QUEUE");
        env.required("BUCKET");
        let text = env.finish().expect_err("problems").to_string();
        assert!(
            text.contains("QUEUE: is not an http(s) URL; BUCKET: is not set"),
            "{text}"
        );
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn good_values_are_returned_trimmed() {
        let mut env = Environment::of([
            ("QUEUE", "https://sqs.eu-west-3.amazonaws.com/1/jobs "),
            ("RATE", " 7"),
        ]);
        assert_eq!(
            env.url("QUEUE"),
            "https://sqs.eu-west-3.amazonaws.com/1/jobs"
        );
        assert_eq!(env.number("RATE", 5, 1..=10), 7);
        assert_eq!(env.number("OTHER", 5, 1..=10), 5);
        assert!(env.finish().is_ok());
    }

    #[test]
    fn an_installation_is_named_as_the_template_says_or_relais() {
        let mut unnamed = Environment::of([("RELAIS_SERVICE", " ")]);
        assert_eq!(&*unnamed.service(), "relais");
        let mut named = Environment::of([("RELAIS_SERVICE", "relais-test")]);
        assert_eq!(&*named.service(), "relais-test");
        assert!(named.finish().is_ok());
        for wrong in ["Recette été", ":test"] {
            let mut env = Environment::of([("RELAIS_SERVICE", wrong)]);
            env.service();
            assert_eq!(problems(env)[0].0, "RELAIS_SERVICE", "{wrong}");
        }
    }

    #[test]
    fn the_configuration_is_in_one_place() {
        let mut file = Environment::of([("RELAIS_CONFIG_FILE", "/etc/relais.json")]);
        assert_eq!(
            file.config_source(),
            ConfigSource::File("/etc/relais.json".into())
        );
        assert!(file.finish().is_ok());

        let mut none = Environment::of::<&str, &str>([]);
        none.config_source();
        assert!(problems(none)[0].1.contains("neither"));

        let mut both = Environment::of([
            ("RELAIS_CONFIG_FILE", "a"),
            ("RELAIS_CONFIG_SECRET_ARN", "b"),
        ]);
        both.config_source();
        assert!(problems(both)[0].1.contains("both"));
    }
}
