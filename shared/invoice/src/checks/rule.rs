//! What a rule is, and how a check is called.

use super::Context;
use super::limit::Limit;
use super::verdict::Verdict;
use crate::model::Invoice;

/// A rule that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id: the official one where there is one, else `RELAIS-…`.
    pub id: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What it looks at, in French.
    pub looks_at: &'static str,
}

/// A rule and how to judge an invoice by it.
pub(super) struct Check {
    pub(super) rule: Rule,
    pub(super) judge: Judge,
}

pub(super) enum Judge {
    /// One answer.
    One(fn(&Invoice, &Context<'_>) -> Verdict),
    /// At least one answer; more when several things are wrong, each with its own refusal code.
    Many(fn(&Invoice, &Context<'_>) -> Vec<Verdict>),
    /// No text longer than Chorus Pro takes.
    Length(Limit),
}
