//! The keys of the state bucket: small objects that are rewritten.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{KeyError, check_part, check_siret};

/// The cursor of an establishment for one kind of invoice, in the state bucket.
///
/// # Errors
/// A part cannot stand in a key.
pub fn cursor(siret: &str, kind: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    check_part(kind)?;
    Ok(format!("cursors/{siret}/{kind}.json"))
}

/// An establishment's kill switches, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn switches(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("switches/{siret}.json"))
}

/// A circuit breaker, in the state bucket: `portal`, or an establishment's SIRET.
///
/// # Errors
/// The name cannot stand in a key.
pub fn breaker(name: &str) -> Result<String, KeyError> {
    check_part(name)?;
    Ok(format!("breakers/{name}.json"))
}

/// How often a message of a queue failed, in the state bucket.
///
/// # Errors
/// A part cannot stand in a key.
pub fn failures(queue: &str, message_id: &str) -> Result<String, KeyError> {
    check_part(queue)?;
    check_part(message_id)?;
    Ok(format!("failures/{queue}/{message_id}.json"))
}

/// The completeness report of an establishment for a day, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn report(date: Date, siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("reports/{date}/{siret}.json"))
}

/// The prefix of what is known of a queue's dead letters, in the state bucket.
///
/// # Errors
/// The queue's name cannot stand in a key.
pub fn dead_letters_prefix(queue: &str) -> Result<String, KeyError> {
    check_part(queue)?;
    Ok(format!("dead-letters/{queue}/"))
}

/// What is known of a dead letter, in the state bucket: by the id that the message had in its own queue.
///
/// # Errors
/// A part cannot stand in a key.
pub fn dead_letter(queue: &str, message_id: &str) -> Result<String, KeyError> {
    check_part(message_id)?;
    Ok(format!("{}{message_id}.json", dead_letters_prefix(queue)?))
}

/// What the last probe said of an establishment's credentials, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn probe(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("probes/{siret}.json"))
}

/// How far a backfill that began with this day of deposit has come, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn backfill(siret: &str, from: Date) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("backfills/{siret}/{from}.json"))
}

/// What an operator did, in the state bucket. The instant stands in the key to the microsecond, so that two acts have two keys.
///
/// # Errors
/// The action's name cannot stand in a key.
pub fn audit(at: Timestamp, action: &str) -> Result<String, KeyError> {
    check_part(action)?;
    let day = at.strftime("%Y-%m-%d");
    let instant = at.strftime("%Y%m%dT%H%M%S%6fZ");
    Ok(format!("audit/{day}/{instant}-{action}.json"))
}

/// When each month of an establishment was last proven complete, in the state bucket.
///
/// # Errors
/// The SIRET cannot stand in a key.
pub fn reconcile_progress(siret: &str) -> Result<String, KeyError> {
    check_siret(siret)?;
    Ok(format!("reconcile/{siret}.json"))
}
