//! The portal's lists of an establishment's invoices, as every function that reads them understands them.
//!
//! - [`PortalList`]: which lists there are, and how a search of one is begun; [`Criteria`]: by which of its dates, or by number;
//!   [`Search`]: page by page, the rows of every list under the same names;
//! - [`Seen`] and [`appearance`]: which appearance of an invoice a row is;
//! - [`PortalList::job`]: the job that a row makes for `archive`;
//! - [`Structure`] and [`structure_id`]: the establishment in the portal's directory, which a search is made for.
//!
//! What it does not know: queues, cursors, and what becomes of a job.

mod criteria;
mod job;
mod list;
mod search;
mod seen;
mod structure;

pub use criteria::Criteria;
pub use job::appearance;
pub use list::PortalList;
pub use search::Search;
pub use seen::Seen;
pub use structure::{Structure, StructureError, structure_id};
