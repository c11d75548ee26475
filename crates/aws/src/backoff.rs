//! Waiting longer after each failure, by chance, so that many who failed together do not come back together.

use std::time::Duration;

use trailbell_engine::{Closed, Door};

/// Waits with full jitter: anywhere between nothing and a bound that doubles with every failure.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, failures: 0 }
    }

    /// All is well again.
    pub(crate) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure; never less than the other side asked for, as far as that is believed.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let bound = self.base.saturating_mul(1 << self.failures.min(16)).min(self.cap);
        self.failures = self.failures.saturating_add(1);
        let wait = bound.mul_f64(fastrand::f64());
        wait.max(asked.unwrap_or_default().min(self.cap))
    }
}

/// Sleeps, unless the watch ends first.
pub(crate) async fn pause(door: &Door, wait: Duration) -> Result<(), Closed> {
    unless_closed(door, tokio::time::sleep(wait)).await
}

/// Waits for something, unless the watch ends first.
pub(crate) async fn unless_closed<T>(door: &Door, what: impl Future<Output = T>) -> Result<T, Closed> {
    tokio::select! {
        biased;
        () = door.closed() => Err(Closed),
        outcome = what => Ok(outcome),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_cap_and_never_undercut_what_was_asked() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
        for bound in [100, 200, 400, 800, 1600, 2000, 2000] {
            assert!(backoff.next(None) <= Duration::from_millis(bound));
        }
        assert!(backoff.next(Some(Duration::from_secs(1))) >= Duration::from_secs(1));
        assert!(
            backoff.next(Some(Duration::from_hours(9))) <= Duration::from_secs(2),
            "believed up to the cap"
        );
        backoff.reset();
        assert!(backoff.next(None) <= Duration::from_millis(100));
    }
}
