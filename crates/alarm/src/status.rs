//! What an alarm's state looks like from outside: the state, since when, why, and what holds its actions back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{State, Transition};

/// A state as `DescribeAlarms` and the events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// `StateValue`.
    pub state: State,
    /// `StateReason`.
    pub reason: String,
    /// `StateReasonData`: JSON text, where there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_data: Option<String>,
    /// `StateUpdatedTimestamp`. It also moves when only the suppression changes.
    pub at: Timestamp,
    /// Why a composite alarm's actions do not run, while they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppression>,
}

impl Status {
    /// What every alarm has when it is made.
    pub fn initial(at: Timestamp) -> Self {
        Self {
            state: State::InsufficientData,
            reason: crate::INITIAL_REASON.to_owned(),
            reason_data: None,
            at,
            suppressed: None,
        }
    }
}

/// The state a transition leads to.
impl From<&Transition> for Status {
    fn from(transition: &Transition) -> Self {
        Self {
            state: transition.to,
            reason: transition.reason.clone(),
            reason_data: transition.reason_data.clone(),
            at: transition.at,
            suppressed: None,
        }
    }
}

/// What holds a composite alarm's actions back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// `ActionsSuppressedBy`.
    pub by: SuppressedBy,
    /// `ActionsSuppressedReason`, in AWS's words.
    pub reason: String,
}

/// `ActionsSuppressedBy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SuppressedBy {
    /// The composite alarm waits for its suppressor to go into ALARM.
    WaitPeriod,
    /// The suppressor has left ALARM, not long ago.
    ExtensionPeriod,
    /// The suppressor is in ALARM.
    Alarm,
}

impl SuppressedBy {
    /// AWS's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WaitPeriod => "WaitPeriod",
            Self::ExtensionPeriod => "ExtensionPeriod",
            Self::Alarm => "Alarm",
        }
    }
}
