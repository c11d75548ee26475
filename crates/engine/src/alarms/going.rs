//! A stretch of time that an alarm goes through: the present, or history that came late.

use jiff::Timestamp;
use trailbell_alarm::{MetricAlarm, Running, State};

use super::memory::{KeptGoing, Untold};
use super::phase_before;

/// An alarm whose clock goes.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) running: Running,
    /// Up to when it has been evaluated.
    pub(super) clock: Timestamp,
    /// The newest event that counts.
    pub(super) newest: Option<Timestamp>,
    /// When it went to ALARM last.
    pub(super) since: Option<Timestamp>,
    /// When it was told of last.
    pub(super) told_at: Option<Timestamp>,
    /// Events that count and have not been told.
    pub(super) untold: Untold,
}

impl Going {
    /// Begins so that a minute with `at` in it is the first that is looked at. `None` where CloudWatch would refuse the alarm.
    pub(super) fn begin(definition: &MetricAlarm, at: Timestamp) -> Option<Self> {
        let clock = phase_before(at);
        let running = Running::new(definition.clone(), clock).ok()?;
        Some(Self { running, clock, newest: None, since: None, told_at: None, untold: Untold::default() })
    }

    /// Goes on with what was kept.
    pub(super) fn resume(kept: KeptGoing, definition: &MetricAlarm) -> Option<Self> {
        let KeptGoing { running, clock, newest, since, told_at, untold } = kept;
        let running = Running::resume(definition.clone(), running).ok()?;
        Some(Self { running, clock, newest, since, told_at, untold })
    }

    /// What must last of it.
    pub(super) fn kept(&self) -> KeptGoing {
        KeptGoing {
            running: self.running.kept(),
            clock: self.clock,
            newest: self.newest,
            since: self.since,
            told_at: self.told_at,
            untold: self.untold.clone(),
        }
    }

    pub(super) fn rings(&self) -> bool {
        self.running.state() == State::Alarm
    }
}
