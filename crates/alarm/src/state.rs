//! The three states of an alarm, and its going from one to another.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A state, as AWS writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The metric is where it should be.
    Ok,
    /// The metric is over its threshold.
    Alarm,
    /// There is too little to say; also every new alarm's state.
    #[default]
    InsufficientData,
}

impl State {
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    /// Reads AWS's word, upper-case as AWS writes it.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData].into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A change of state, with what AWS says about why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The state it had.
    pub from: State,
    /// The state it has now.
    pub to: State,
    /// When (`StateUpdatedTimestamp`).
    pub at: Timestamp,
    /// `StateReason`, in AWS's words.
    pub reason: String,
    /// `StateReasonData`: the JSON text AWS would give. `None` where it gives none.
    pub reason_data: Option<String>,
}
