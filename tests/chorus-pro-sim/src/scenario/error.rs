//! What is wrong with a scenario: everything, at once.

use std::fmt;

/// All that is wrong with a scenario, each with the number of its step or the name of its robot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScenarioError {
    problems: Vec<String>,
}

impl ScenarioError {
    /// One sentence each: `step 3: …`, `robots.accountant: …`.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [only] => f.write_str(only),
            several => {
                write!(f, "{} things to mend", several.len())?;
                several
                    .iter()
                    .try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl std::error::Error for ScenarioError {}

/// Where problems are gathered while a file is read.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<(String, String)>);

impl Problems {
    pub(super) fn add(&mut self, place: &str, problem: impl fmt::Display) {
        self.0.push((place.to_owned(), problem.to_string()));
    }

    /// The value, or nothing and one more problem.
    pub(super) fn keep<T, E: fmt::Display>(
        &mut self,
        place: &str,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_err(|problem| self.add(place, problem)).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was gathered, the steps in their order after all else; nothing when all is well.
    pub(super) fn error(mut self) -> Option<ScenarioError> {
        self.0.sort_by_key(|(place, _)| step_number(place));
        let tell = |(place, problem)| format!("{place}: {problem}");
        Some(ScenarioError {
            problems: self.0.into_iter().map(tell).collect(),
        })
        .filter(|error| !error.problems.is_empty())
    }
}

/// 3 of `step 3` and of `step 3: at`.
fn step_number(place: &str) -> Option<usize> {
    let rest = place.strip_prefix("step ")?;
    rest.split(':').next()?.parse().ok()
}
