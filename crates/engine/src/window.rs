//! From when to when: the one meaning of `--since` and `--until`.

use jiff::Timestamp;

/// Whether a time is from `since` on and before `until`, where these are given.
pub(crate) fn holds(since: Option<Timestamp>, until: Option<Timestamp>, at: Timestamp) -> bool {
    since.is_none_or(|since| at >= since) && until.is_none_or(|until| at < until)
}

/// The same of an event, which may have no time: that is in no window, and in every search that has none.
pub(crate) fn holds_of_event(
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    time: Option<Timestamp>,
) -> bool {
    time.map_or(since.is_none() && until.is_none(), |at| holds(since, until, at))
}
