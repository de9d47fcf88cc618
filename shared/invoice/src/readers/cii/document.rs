//! `ExchangedDocument`: number, type, date, notes.

use super::super::xml::El;
use super::date_at;
use crate::model::{Invoice, Note};

pub(super) fn read(el: El<'_>, invoice: &mut Invoice) {
    invoice.number = el.text_at(&["ID"]);
    invoice.type_code = el.text_at(&["TypeCode"]);
    invoice.issue_date = date_at(el, &["IssueDateTime"]);
    invoice.notes = el.all("IncludedNote").filter_map(note).collect();
}

pub(super) fn note(el: El<'_>) -> Option<Note> {
    let text = el.text_at(&["Content"])?;
    Some(Note {
        subject: el.text_at(&["SubjectCode"]),
        text,
    })
}
