//! Pace: how fast one channel may be sent to, and how long it is left alone after it failed.

use std::time::Duration;

use jiff::Timestamp;

use crate::channel::{Capabilities, Failure, FailureKind};
use crate::retry;

/// The longest a failing channel is left alone, even where it asks for longer: what is urgent must get through soon after
/// it is well. The letter that was put off waits as long as it was asked to.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// One channel's pace: a bucket of `burst` messages that fills by one each `interval`, and pauses after failures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    burst: f64,
    interval: Duration,
    tokens: f64,
    filled: Timestamp,
    paused_until: Timestamp,
    failures: u32,
}

impl Pace {
    pub(crate) fn new(capabilities: &Capabilities, now: Timestamp) -> Self {
        let burst = f64::from(capabilities.burst.max(1));
        Self {
            burst,
            interval: capabilities.interval,
            tokens: burst,
            filled: now,
            paused_until: now,
            failures: 0,
        }
    }

    /// When the next message may be sent; `now` or earlier: at once.
    pub(crate) fn next(&self, now: Timestamp) -> Timestamp {
        let tokens = self.tokens_at(now);
        let missing = (1.0 - tokens).max(0.0);
        let filled = now.saturating_add(self.interval.mul_f64(missing)).unwrap_or(now);
        // A clock that was set back must not make a pause of an hour.
        let longest = now.saturating_add(LONGEST_PAUSE * 2).unwrap_or(now);
        filled.max(self.paused_until).min(longest)
    }

    /// Whether it is left alone because it failed, rather than because it was sent enough.
    pub(crate) fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until > now
    }

    /// A message is on its way.
    pub(crate) fn sent(&mut self, now: Timestamp) {
        self.tokens = self.tokens_at(now) - 1.0;
        self.filled = now;
    }

    /// The channel took a message.
    pub(crate) const fn well(&mut self) {
        self.failures = 0;
    }

    /// The channel did not take a message. Only what concerns the channel, not the one message, makes a pause.
    pub(crate) fn failed(&mut self, failure: &Failure, now: Timestamp, chance: f64) {
        let after = match failure.kind {
            FailureKind::Refused => return,
            FailureKind::Temporary { after } => after,
            FailureKind::Closed => None,
        };
        self.failures = self.failures.saturating_add(1);
        let pause = retry::wait(self.failures, chance).max(after.unwrap_or_default()).min(LONGEST_PAUSE);
        self.paused_until = now.saturating_add(pause).unwrap_or(now);
    }

    fn tokens_at(&self, now: Timestamp) -> f64 {
        let passed = Duration::try_from(now.duration_since(self.filled)).unwrap_or_default();
        if self.interval.is_zero() {
            return self.burst;
        }
        (self.tokens + passed.as_secs_f64() / self.interval.as_secs_f64()).min(self.burst)
    }
}
