//! Faults on demand: by rate, by operation, by account, or for the next calls.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::api::Operation;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer is late, by `min_ms` to `max_ms`.
    Latency,
    /// HTTP 429, with `Retry-After` when `retry_after` is there.
    TooManyRequests,
    /// HTTP `status` (500 unless given; 404 is one of them) with a gateway's HTML page.
    ServerError,
    /// HTTP 503 with the portal's maintenance page.
    Maintenance,
    /// HTTP 200 with an HTML page.
    NotJson,
    /// HTTP 200 with JSON that stops in the middle; the message itself is whole.
    CutJson,
    /// The connection breaks in the middle of the answer.
    Truncated,
    /// The connection breaks before any answer.
    Dropped,
    /// The token endpoint answers 200 without a usable token.
    EmptyToken,
    /// The technical account's password ran out: 401.
    ExpiredPassword,
    /// The bearer is refused: 401, as when PISTE forgot the token.
    Unauthorized,
    /// HTTP 403 in one of its three shapes.
    Forbidden,
}

/// Whether the call has its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Nothing was done.
    Before,
    /// It was done, and the caller is not told.
    After,
}

/// The three bodies of a 403, and the shapes of an unusable token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `{}`: not routed. For a token: an empty object.
    EmptyObject,
    /// The request's own body: no right.
    Echo,
    /// Nothing.
    Empty,
    /// For a token: `access_token` is an empty text.
    EmptyField,
}

/// One rule. Without `rate` and `next` it strikes at every call it applies to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// A name for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `factures/v1/traiter/recue`, `factures/*`, `token`; all but the token when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Login of a technical account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Probability from 0 to 1, drawn from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How many times it still strikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// Whether the call has its effect; `before` unless given, `after` for a cut answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Status of a `server_error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `Retry-After` of a 429 or a maintenance: seconds or an HTTP date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
    /// Shortest latency in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_ms: Option<u64>,
    /// Longest latency in milliseconds; the shortest unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ms: Option<u64>,
    /// Shape of a 403 or of an empty token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
}

/// The value of `Retry-After`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// Seconds.
    Seconds(u64),
    /// As it stands: an HTTP date, or nonsense.
    Text(String),
}

impl std::fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "{seconds}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Why a rule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Not a probability.
    #[error("faults[{0}].rate must be between 0 and 1")]
    Rate(usize),
    /// An operation that does not exist strikes nothing.
    #[error(
        "faults[{index}].operation: no operation is called \"{operation}\"; GET /_sim/ lists them, `factures/*` stands for a family"
    )]
    Operation {
        /// Which rule.
        index: usize,
        /// What it named.
        operation: String,
    },
    /// A latency without a length.
    #[error("faults[{0}]: a latency needs min_ms, and max_ms not below it")]
    Latency(usize),
    /// A status that no server error has.
    #[error("faults[{0}].status must be between 500 and 599, or 404")]
    Status(usize),
}

impl FaultRule {
    /// A rule of this kind that strikes at every call.
    #[must_use]
    pub fn always(kind: FaultKind) -> Self {
        Self {
            kind,
            name: None,
            operation: None,
            account: None,
            rate: None,
            next: None,
            when: None,
            status: None,
            retry_after: None,
            min_ms: None,
            max_ms: None,
            shape: None,
        }
    }

    /// The same for one operation, or a family of them.
    #[must_use]
    pub fn on(self, operation: &str) -> Self {
        Self {
            operation: Some(operation.to_owned()),
            ..self
        }
    }

    /// The same for the next `times` calls only.
    #[must_use]
    pub fn next(self, times: u32) -> Self {
        Self {
            next: Some(times),
            ..self
        }
    }

    /// The same, after the call had its effect.
    #[must_use]
    pub fn after_effect(self) -> Self {
        Self {
            when: Some(When::After),
            ..self
        }
    }

    fn check(&self, index: usize) -> Result<(), FaultError> {
        if self.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err(FaultError::Rate(index));
        }
        if let Some(wanted) = &self.operation
            && !Operation::ALL
                .into_iter()
                .any(|operation| matches_operation(wanted, operation))
        {
            return Err(FaultError::Operation {
                index,
                operation: wanted.clone(),
            });
        }
        if self.kind == FaultKind::Latency
            && self
                .min_ms
                .is_none_or(|min| self.max_ms.is_some_and(|max| max < min))
        {
            return Err(FaultError::Latency(index));
        }
        match self.status {
            Some(status) if status != 404 && !(500..600).contains(&status) => {
                Err(FaultError::Status(index))
            }
            _ => Ok(()),
        }
    }

    fn applies(&self, operation: Operation, account: Option<&str>) -> bool {
        let to_token = operation == Operation::Token;
        let operation_fits = match (&self.operation, self.kind) {
            (Some(wanted), _) => matches_operation(wanted, operation),
            (None, FaultKind::EmptyToken) => to_token,
            (None, _) => !to_token,
        };
        let token_fault = self.kind == FaultKind::EmptyToken;
        operation_fits
            && (!token_fault || to_token)
            && self
                .account
                .as_deref()
                .is_none_or(|wanted| account == Some(wanted))
            && self.next != Some(0)
    }

    pub(crate) fn label(&self) -> String {
        let kind = serde_json::to_value(self.kind)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default();
        self.name.clone().unwrap_or(kind)
    }

    pub(crate) fn when(&self) -> When {
        match self.kind {
            FaultKind::Truncated | FaultKind::CutJson => When::After,
            _ => self.when.unwrap_or(When::Before),
        }
    }
}

fn matches_operation(wanted: &str, operation: Operation) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => operation.name().starts_with(prefix),
        None => operation.name() == wanted,
    }
}

/// What one call has to suffer.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay_before: Duration,
    pub(crate) delay_after: Duration,
    /// The one fault that decides the answer.
    pub(crate) fault: Option<FaultRule>,
    pub(crate) names: Vec<String>,
}

/// The rules in force.
#[derive(Debug)]
pub struct Faults {
    rules: Vec<FaultRule>,
    rng: ChaCha8Rng,
}

impl Faults {
    /// No faults; `seed` draws the rates.
    #[must_use]
    pub fn none(seed: u64) -> Self {
        Self {
            rules: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0xFA_17),
        }
    }

    /// Puts these rules in force instead of what was there.
    ///
    /// # Errors
    ///
    /// When one of them can strike nothing; none is then taken.
    pub fn set(&mut self, rules: Vec<FaultRule>) -> Result<(), FaultError> {
        check(&rules)?;
        self.rules = rules;
        Ok(())
    }

    /// Adds rules to those in force.
    ///
    /// # Errors
    ///
    /// When one of them can strike nothing; none is then taken.
    pub fn add(&mut self, rules: Vec<FaultRule>) -> Result<(), FaultError> {
        check(&rules)?;
        self.rules.extend(rules);
        Ok(())
    }

    /// The rules in force, with what is left of their `next`.
    #[must_use]
    pub fn rules(&self) -> &[FaultRule] {
        &self.rules
    }

    /// Decides what this call suffers. Latencies add up; the first other rule that strikes decides the answer.
    pub(crate) fn plan(&mut self, operation: Operation, account: Option<&str>) -> Plan {
        let mut plan = Plan::default();
        for rule in &mut self.rules {
            if !rule.applies(operation, account)
                || (rule.kind != FaultKind::Latency && plan.fault.is_some())
            {
                continue;
            }
            if rule.rate.is_some_and(|rate| !self.rng.random_bool(rate)) {
                continue;
            }
            if let Some(left) = rule.next.as_mut() {
                *left = left.saturating_sub(1);
            }
            plan.names.push(rule.label());
            if rule.kind != FaultKind::Latency {
                plan.fault = Some(rule.clone());
                continue;
            }
            let min = rule.min_ms.unwrap_or(0);
            let delay = Duration::from_millis(
                self.rng
                    .random_range(min..=rule.max_ms.unwrap_or(min).max(min)),
            );
            match rule.when() {
                When::Before => plan.delay_before += delay,
                When::After => plan.delay_after += delay,
            }
        }
        plan
    }
}

fn check(rules: &[FaultRule]) -> Result<(), FaultError> {
    rules
        .iter()
        .enumerate()
        .try_for_each(|(index, rule)| rule.check(index))
}

/// Reads `{"faults": […]}` or a bare list.
///
/// # Errors
///
/// When the text is not such a document; the message says where.
pub fn read(text: &str) -> Result<Vec<FaultRule>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Named {
        faults: Vec<FaultRule>,
    }
    // Not an untagged enum: that would hide which field is wrong.
    match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text),
        false => serde_json::from_str::<Named>(text).map(|named| named.faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECUE: Operation = Operation::TraiterRecue;

    fn rate(rate: f64) -> FaultRule {
        FaultRule {
            rate: Some(rate),
            ..FaultRule::always(FaultKind::Dropped)
        }
    }

    fn strikes(seed: u64, rule: FaultRule) -> Vec<bool> {
        let mut faults = Faults::none(seed);
        faults.set(vec![rule]).unwrap();
        (0..1000)
            .map(|_| faults.plan(RECUE, None).fault.is_some())
            .collect()
    }

    #[test]
    fn a_rate_is_drawn_from_the_seed() {
        let one = strikes(1, rate(0.05));
        assert_eq!(one, strikes(1, rate(0.05)));
        assert_ne!(one, strikes(2, rate(0.05)));
        let count = one.iter().filter(|struck| **struck).count();
        assert!((20..=90).contains(&count), "{count} of 1000 at 5 %");
    }

    #[test]
    fn next_counts_down_and_then_leaves_calls_alone() {
        let struck = strikes(1, FaultRule::always(FaultKind::ServerError).next(3));
        assert_eq!(struck.iter().filter(|struck| **struck).count(), 3);
        assert!(struck[..3].iter().all(|struck| *struck));
    }

    #[test]
    fn a_rule_keeps_to_its_operation_and_account() {
        let mut faults = Faults::none(1);
        let rule = FaultRule {
            account: Some("A".into()),
            ..FaultRule::always(FaultKind::ServerError).on("factures/*")
        };
        faults.set(vec![rule]).unwrap();
        assert!(faults.plan(RECUE, Some("A")).fault.is_some());
        assert!(faults.plan(RECUE, Some("B")).fault.is_none());
        assert!(
            faults
                .plan(Operation::RechercherTravaux, Some("A"))
                .fault
                .is_none()
        );
        assert!(faults.plan(Operation::Token, Some("A")).fault.is_none());
    }

    #[test]
    fn a_rule_that_can_strike_nothing_is_refused_by_name() {
        let mut faults = Faults::none(1);
        let unknown = faults
            .set(vec![
                FaultRule::always(FaultKind::Dropped).on("factures/v1/recue"),
            ])
            .unwrap_err();
        assert!(
            unknown.to_string().contains("factures/v1/recue"),
            "{unknown}"
        );
        assert_eq!(faults.set(vec![rate(1.5)]), Err(FaultError::Rate(0)));
        assert_eq!(
            faults.set(vec![FaultRule::always(FaultKind::Latency)]),
            Err(FaultError::Latency(0))
        );
    }

    #[test]
    fn latencies_add_up_with_the_fault_that_decides() {
        let mut faults = Faults::none(1);
        let late = FaultRule {
            min_ms: Some(5),
            ..FaultRule::always(FaultKind::Latency)
        };
        faults
            .set(vec![
                late.clone(),
                FaultRule::always(FaultKind::Dropped),
                late.after_effect(),
            ])
            .unwrap();
        let plan = faults.plan(RECUE, None);
        assert_eq!(
            (plan.delay_before, plan.delay_after),
            (Duration::from_millis(5), Duration::from_millis(5))
        );
        assert_eq!(plan.fault.map(|rule| rule.kind), Some(FaultKind::Dropped));
    }
}
