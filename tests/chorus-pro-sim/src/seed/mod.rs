//! The invented data set: the same for the same seed.

mod deposits;
mod iban;
mod invoices;
mod parties;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::dates;
use crate::documents::FolderError;
use crate::options::Options;
use crate::state::{Invoice, PisteApplication, Portal};

pub(crate) use deposits::set_totals;
pub(crate) use invoices::{Moment, generate};
pub(crate) use parties::stranger;

/// OAuth `client_id` of every simulator.
pub const CLIENT_ID: &str = "relais-demo";
/// OAuth `client_secret` of every simulator.
pub const CLIENT_SECRET: &str = "relais-demo-secret";

/// Over how long before the start the first invoices were made available.
const SPREAD: SignedDuration = SignedDuration::from_hours(6);

/// A portal filled as `options` say.
pub(crate) fn portal(options: &Options) -> Result<Portal, FolderError> {
    // One instant for all: two starts with the same seed and `now` agree to the millisecond.
    let scenario = options.scenario.as_ref();
    let chosen = scenario
        .map(crate::scenario::Scenario::starts)
        .or(options.now);
    let now = dates::to_millisecond(chosen.unwrap_or_else(Timestamp::now));
    let mut portal = without_invoices(options, now);
    let count = i32::try_from(options.invoices.max(1)).unwrap_or(i32::MAX);
    let step = SPREAD / count;
    let start = now.checked_sub(SPREAD).unwrap_or(now);
    for index in 0..options.invoices {
        let made_available = step
            .checked_mul(i32::try_from(index).unwrap_or(i32::MAX))
            .and_then(|after| start.checked_add(after).ok());
        let invoice = generate(
            &mut portal,
            index,
            Moment::Past {
                made_available: made_available.unwrap_or(start),
                step,
            },
        );
        portal.put(invoice);
    }
    if let Some(folder) = &options.documents {
        deposits::folder(&mut portal, folder)?;
    }
    Ok(portal)
}

/// A portal that has its establishments, accounts and suppliers, and nothing deposited.
pub(crate) fn without_invoices(options: &Options, now: Timestamp) -> Portal {
    let clock = Clock::starting_at(Some(now));
    let application = PisteApplication {
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
    };
    let mut portal = Portal::empty(options.seed, clock, options.behaviour.clone(), application);
    parties::fill(&mut portal);
    portal
}

/// Deposits generated invoices at the present instant.
pub(crate) fn deposit_now(portal: &mut Portal, count: usize) -> Vec<Arc<Invoice>> {
    (0..count)
        .map(|_| {
            let index = portal.invoices.len();
            let invoice = generate(portal, index, Moment::Now);
            portal.put(invoice)
        })
        .collect()
}
