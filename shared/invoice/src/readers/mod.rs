//! One reader per syntax. Each takes text or bytes and gives the model, or says why not; none panics, and none takes
//! more memory or time than its limits and the size of its input allow.

mod cii;
pub(crate) mod encoding;
pub(crate) mod pdf;
pub mod pivot;
mod ubl;
mod ubl_chorus;
pub(crate) mod xml;

pub(crate) use cii::read as read_cii;
pub(crate) use ubl::read as read_ubl;
