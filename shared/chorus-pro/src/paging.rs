//! Searches: one page, and all pages with the proof that none is missing.

mod page;
mod parcours;

pub use page::Page;
pub(crate) use page::{Paging, ParametresRetour, RawList, Row, no_result, rows, says_no_result};
pub(crate) use parcours::Search;
pub use parcours::{PAR_PAGE, Parcours};
