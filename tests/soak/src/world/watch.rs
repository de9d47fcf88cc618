//! An eye on the portal's journal: a status whose fate is not known must not be sent again before somebody has looked.

use std::collections::BTreeSet;

use chorus_pro_sim::{Operation, Simulator, journal::Entry};
use serde::Deserialize;

/// What the journal has shown so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    next: u64,
    /// Invoices with a `traiter/recue` that ended without a clear answer, and no look at the history since.
    unclear: BTreeSet<i64>,
    complaints: Vec<String>,
    faulty: u64,
}

impl Watch {
    /// Begins with what the journal will show from here on.
    pub(super) fn from_now(portal: &Simulator) -> Self {
        Self {
            next: portal.journal().count() + 1,
            ..Self::default()
        }
    }

    /// Reads what is new.
    pub(super) fn look(&mut self, portal: &Simulator) {
        for entry in portal.journal().since(self.next) {
            self.next = entry.seq + 1;
            self.faulty += u64::from(!entry.faults.is_empty());
            self.note(&entry);
        }
    }

    /// What must not have happened.
    pub(super) fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// How many calls a fault of the portal has struck.
    pub(super) fn faulty(&self) -> u64 {
        self.faulty
    }

    fn note(&mut self, entry: &Entry) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct About {
            id_facture: i64,
        }
        let body = entry.request.body.as_ref().map(|body| body.get());
        let about = body.and_then(|body| serde_json::from_str::<About>(body).ok());
        let Some(About { id_facture }) = about else {
            return;
        };
        match entry.operation {
            Operation::TraiterRecue => {
                if self.unclear.contains(&id_facture) {
                    self.complaints.push(format!(
                        "invoice {id_facture}: traiter/recue was sent again before anybody looked what the first had done"
                    ));
                }
                if is_unclear(entry) {
                    self.unclear.insert(id_facture);
                }
            }
            Operation::ConsulterHistorique if entry.response.status == 200 => {
                self.unclear.remove(&id_facture);
            }
            _ => {}
        }
    }
}

/// No answer, an error of the server, or a page where JSON should be: the status may be set, or not.
fn is_unclear(entry: &Entry) -> bool {
    let response = &entry.response;
    let with_code = response
        .body
        .as_ref()
        .is_some_and(|body| body.get().starts_with("{\"codeRetour\":"));
    match response.status {
        0 | 500.. => true,
        200 => !with_code,
        _ => false,
    }
}
