//! Buckets and queues, as the template makes them.

use jiff::SignedDuration;

use crate::cloud::{Cloud, QueueSettings};

/// The bucket of the invoices.
pub const ARCHIVE: &str = "archive";
/// The bucket of the cursors.
pub const STATE: &str = "state";
/// From poll to archive.
pub const JOBS: &str = "jobs";
/// Jobs that were given up.
pub const JOBS_DEAD: &str = "jobs-dead";
/// To the ERP.
pub const ERP: &str = "erp.fifo";
/// Events that the ERP did not take.
pub const ERP_DEAD: &str = "erp-dead.fifo";
/// From the ERP to push-status.
pub const STATUSES: &str = "statuses.fifo";
/// Commands that were given up.
pub const STATUSES_DEAD: &str = "statuses-dead.fifo";

/// `MaxReceives` of the template.
const MAX_RECEIVES: u32 = 400;
/// `ErpMaxReceives` of the template.
const ERP_MAX_RECEIVES: u32 = 20;

/// How long a message of the jobs queue is hidden, by the template.
const JOBS_VISIBILITY: SignedDuration = SignedDuration::from_secs(1800);
const STATUSES_VISIBILITY: SignedDuration = SignedDuration::from_secs(720);
const ERP_VISIBILITY: SignedDuration = SignedDuration::from_secs(300);

/// Makes the queues.
pub(super) fn create(cloud: &Cloud) {
    cloud.queues(|queues, _| {
        for (name, dead, settings) in [
            (JOBS, JOBS_DEAD, QueueSettings::standard(JOBS_VISIBILITY)),
            (ERP, ERP_DEAD, QueueSettings::fifo(ERP_VISIBILITY)),
            (
                STATUSES,
                STATUSES_DEAD,
                QueueSettings::fifo(STATUSES_VISIBILITY),
            ),
        ] {
            let graveyard = QueueSettings {
                visibility: SignedDuration::from_secs(30),
                ..settings.clone()
            };
            queues.create(dead, graveyard);
            let receives = if name == ERP {
                ERP_MAX_RECEIVES
            } else {
                MAX_RECEIVES
            };
            queues.create(name, settings.with_dead_letters(dead, receives));
        }
    });
}
