//! What holds a composite alarm's actions back, and until when.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Observed, Suppressor};
use crate::status::{SuppressedBy, Suppression};
use crate::time::long_date;
use crate::{Scope, State, alarm_name};

/// Why the actions of the last transition have not run yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Hold {
    /// The suppressor may still go into ALARM.
    Wait { until: Timestamp },
    /// The suppressor is in ALARM.
    Alarm,
    /// The suppressor has left ALARM.
    Extension { until: Timestamp },
}

impl Hold {
    /// What holds the actions of a transition at `at`; `None` where they run at once.
    pub(super) fn of_transition(
        suppressor: Option<&Suppressor>,
        observed: Option<Observed>,
        at: Timestamp,
    ) -> Option<Self> {
        let suppressor = suppressor?;
        if observed.is_some_and(|observed| observed.state == State::Alarm) {
            return Some(Self::Alarm);
        }
        (suppressor.wait > 0).then(|| Self::Wait { until: after(at, suppressor.wait) })
    }

    /// What holds them after the suppressor has changed, at `at`.
    pub(super) fn after_suppressor(
        self,
        suppressor: &Suppressor,
        state: State,
        at: Timestamp,
    ) -> Option<Self> {
        match self {
            _ if state == State::Alarm => Some(Self::Alarm),
            Self::Alarm => {
                (suppressor.extension > 0).then(|| Self::Extension { until: after(at, suppressor.extension) })
            }
            other => Some(other),
        }
    }

    /// When it ends by itself.
    pub(super) const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Wait { until } | Self::Extension { until } => Some(until),
            Self::Alarm => None,
        }
    }

    /// What AWS says of it.
    pub(super) fn said(self, suppressor: &str, observed: Option<Observed>, scope: &Scope) -> Suppression {
        let by = match self {
            Self::Wait { .. } => SuppressedBy::WaitPeriod,
            Self::Alarm => SuppressedBy::Alarm,
            Self::Extension { .. } => SuppressedBy::ExtensionPeriod,
        };
        let reason = match (self, observed) {
            (Self::Alarm, Some(observed)) => format!(
                "Actions suppressed by {} that transitioned to {} at {}",
                scope.alarm_arn(alarm_name(suppressor)),
                observed.state,
                long_date(observed.at)
            ),
            _ => format!("Actions suppressed by {}", by.as_str()),
        };
        Suppression { by, reason }
    }
}

/// `seconds` later; the end of time where there is no later.
fn after(at: Timestamp, seconds: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(Timestamp::MAX)
}
