//! Retry: when a letter that was not taken is tried again, and when it is given up.

use std::time::Duration;

use jiff::Timestamp;

use crate::channel::{Failure, FailureKind};
use crate::ledger::{Attempt, Letter, LetterChange, LetterState};

/// Waits after the first, second, ... failed attempt; the last one repeats.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
];
/// The longest wait another machine may ask for.
const LONGEST: Duration = Duration::from_hours(6);

/// How long to wait after that many attempts failed. `chance` is at least 0 and below 1: the wait is between 0.75 and
/// 1.25 of the table's, so that letters that failed together do not come back together.
pub(crate) fn wait(attempts: u32, chance: f64) -> Duration {
    let nth = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    WAITS[nth].mul_f64(0.75 + chance.clamp(0.0, 1.0) / 2.0)
}

/// What becomes of a letter after an attempt that failed at `now`.
pub(crate) fn after_failure(
    letter: &Letter,
    failure: &Failure,
    now: Timestamp,
    give_up_after: Duration,
    chance: f64,
) -> LetterChange {
    let first = letter.first_attempt.unwrap_or(now);
    let wait = match failure.kind {
        FailureKind::Temporary { after } => {
            wait(letter.attempts + 1, chance).max(after.unwrap_or_default().min(LONGEST))
        }
        // Somebody has to mend it: until then an attempt now and then finds out whether they have.
        FailureKind::Closed => wait(letter.attempts.saturating_add(3), chance),
        FailureKind::Refused => Duration::ZERO,
    };
    let due = now.saturating_add(wait).unwrap_or(now);
    let gives_up = failure.kind == FailureKind::Refused
        || first.saturating_add(give_up_after).is_ok_and(|end| due >= end);
    LetterChange {
        letter: letter.letter.clone(),
        state: if gives_up { LetterState::Dead } else { LetterState::Waiting },
        due,
        attempt: Some(Attempt { at: now, taken: false, detail: failure.message.clone() }),
    }
}
