use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    Error, ErrorKind, Statut,
    http::{Answer, deserialize},
    values::response,
};

/// One page of a search.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows, as the portal sorted them.
    pub rows: Vec<T>,
    /// Number of this page, from 1.
    pub page_courante: u32,
    /// Number of pages.
    pub pages: u32,
    /// Rows a page.
    pub nb_resultats_par_page: u32,
    /// Rows in all pages.
    pub total: u64,
}

impl<T> Page<T> {
    /// "No result" is a code of its own, without any paging field.
    pub(crate) fn empty() -> Self {
        Self {
            rows: Vec::new(),
            page_courante: 1,
            pages: 0,
            nb_resultats_par_page: 0,
            total: 0,
        }
    }
}

response! {
    #[expect(unreachable_pub, reason = "declared like the public answers")]
    /// Paging of an answer, nested in `parametresRetour` or at its top level.
    pub struct ParametresRetour {
        /// Number of this page, from 1.
        page_courante: Option<i64> = "pageCourante",
        /// Number of pages.
        pages: Option<i64> = "pages",
        /// Rows a page.
        nb_resultats_par_page: Option<i64> = "nbResultatsParPage",
        /// Rows in all pages.
        total: Option<i64> = "total",
    }
}

/// The paging of an answer, checked: an answer that has none would end a search early, and lose what follows without a word.
pub(crate) struct Paging<'a>(pub(crate) &'a ParametresRetour);

impl Paging<'_> {
    pub(crate) fn page<T>(
        &self,
        answer: &Answer,
        rows: Option<Vec<T>>,
        list: &str,
    ) -> Result<Page<T>, Error> {
        let number = |value: Option<i64>, name: &str| {
            value
                .and_then(|value| u32::try_from(value).ok())
                .ok_or_else(|| answer.content(name, "paging is missing from a successful search, or not a number of pages or rows"))
        };
        let total = number(self.0.total, "total")?;
        let rows = match rows {
            Some(rows) => rows,
            None if total == 0 => Vec::new(),
            None => {
                return Err(answer.content(list, "the list is missing from a successful search"));
            }
        };
        Ok(Page {
            page_courante: number(self.0.page_courante, "pageCourante")?,
            pages: number(self.0.pages, "pages")?,
            nb_resultats_par_page: number(self.0.nb_resultats_par_page, "nbResultatsParPage")?,
            total: u64::from(total),
            rows,
        })
    }
}

/// Turns the code for "no result" into an empty page.
pub(crate) fn no_result<T>(
    error: Error,
    is_no_result: impl Fn(i64, &str) -> bool,
) -> Result<Page<T>, Error> {
    match error.refusal() {
        Some((code, libelle)) if is_no_result(code, libelle) => Ok(Page::empty()),
        _ => Err(error),
    }
}

/// A row of a search for invoices.
pub(crate) trait Row: DeserializeOwned {
    /// The name of its identifier, without which the row is of no use.
    const ID: &'static str;

    fn has_id(&self) -> bool;

    /// What makes one appearance of an invoice: the same id comes back after SUSPENDUE and A_RECYCLER.
    fn episode(&self) -> (i64, Statut, Option<Timestamp>);

    /// Notes a field whose value could not be read.
    fn note_unreadable(&mut self, field: String);
}

/// Reads the rows of a list one by one, so that a value that cannot be read costs that value and not the page: it is left out, and the row
/// says which. Only a row without its id is an error.
pub(crate) fn rows<T: Row>(
    answer: &Answer,
    list: &str,
    raw: &RawList,
) -> Result<Option<Vec<T>>, Error> {
    let Some(raw) = &raw.0 else { return Ok(None) };
    let mut rows = Vec::with_capacity(raw.len());
    for (index, json) in raw.iter().enumerate() {
        let row: T = row(json).map_err(|(path, reason)| {
            let place = if path == "." {
                String::new()
            } else {
                format!(".{path}")
            };
            answer.content(format!("{list}[{index}]{place}"), reason)
        })?;
        if !row.has_id() {
            return Err(answer.content(format!("{list}[{index}].{}", T::ID), "it is missing"));
        }
        rows.push(row);
    }
    Ok(Some(rows))
}

fn row<T: Row>(json: &RawValue) -> Result<T, (String, String)> {
    let (mut path, mut reason) = match deserialize::<T>(json.get().as_bytes()) {
        Ok(row) => return Ok(row),
        Err(error) => error,
    };
    let mut fields: BTreeMap<String, &RawValue> =
        serde_json::from_str(json.get()).map_err(|_| (path.clone(), reason.clone()))?;
    let mut unreadable = Vec::new();
    // One field less with every turn: it ends.
    loop {
        let field = path.split(['.', '[']).next().unwrap_or_default().to_owned();
        if fields.remove(&field).is_none() {
            return Err((path, reason));
        }
        unreadable.push(field);
        let rest =
            serde_json::to_vec(&fields).map_err(|error| (path.clone(), error.to_string()))?;
        match deserialize::<T>(&rest) {
            Ok(mut row) => {
                unreadable
                    .into_iter()
                    .for_each(|field| row.note_unreadable(field));
                return Ok(row);
            }
            Err(error) => (path, reason) = error,
        }
    }
}

/// A list of objects not yet read; `None` when the key is absent or null. One object stands for a list of one.
#[derive(Debug, Default)]
pub(crate) struct RawList(Option<Vec<Box<RawValue>>>);

impl<'de> Deserialize<'de> for RawList {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        let raw = Box::<RawValue>::deserialize(input)?;
        match raw.get().as_bytes().first() {
            Some(b'[') => {
                let list: Vec<Option<Box<RawValue>>> =
                    serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
                Ok(Self(Some(list.into_iter().flatten().collect())))
            }
            Some(b'{') => Ok(Self(Some(vec![raw]))),
            Some(b'n') => Ok(Self(None)),
            _ => Err(D::Error::custom("a list was expected")),
        }
    }
}

/// The empty page for services whose "no result" code is not known: the message is.
pub(crate) fn says_no_result(_code: i64, libelle: &str) -> bool {
    libelle.to_lowercase().contains("aucun résultat")
}

impl<T> Page<T> {
    /// What is wrong with this page as the answer to "page `asked`", if anything is.
    pub(crate) fn complaint(&self, asked: u32) -> Option<String> {
        if self.page_courante != asked {
            return Some(format!(
                "page {asked} was asked for, page {} came",
                self.page_courante
            ));
        }
        let got = self.rows.len();
        let full = usize::try_from(self.nb_resultats_par_page).unwrap_or(usize::MAX);
        (asked < self.pages && got < full).then(|| {
            format!(
                "page {asked} of {} has {got} rows instead of {full}",
                self.pages
            )
        })
    }
}

impl Answer {
    /// An error that a search is not complete.
    pub(crate) fn short_read(
        operation: crate::Operation,
        read: u64,
        expected: u64,
        reason: String,
    ) -> Error {
        Error::new(
            operation,
            ErrorKind::ShortRead {
                read,
                expected,
                reason,
            },
        )
    }
}
