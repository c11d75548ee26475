//! Route: whether a channel is to be told of a notice at all, and whether now.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trailbell_config::ChannelSettings;
use trailbell_text::Severity;

use crate::calendar;
use crate::ledger::{Ledger, LedgerError, Letter, Owed, Why};

/// What the stage says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// Not this channel.
    Not(Why),
    /// This channel, but not before then.
    Later(Why, Timestamp),
    /// This channel, with the day's digest.
    Digest(Why),
    /// This channel.
    Through,
}

/// Where a notice of this severity goes. `severity` is the notice's own, or that of the letter it would go with; `planned` are
/// letters that are decided and not in the ledger yet.
pub(crate) fn route(
    channel: &ChannelSettings,
    notice: &Owed,
    severity: Severity,
    now: Timestamp,
    zone: &TimeZone,
    ledger: &mut dyn Ledger,
    planned: &[Letter],
) -> Result<Route, LedgerError> {
    if severity < channel.minimum_severity {
        return Ok(Route::Not(Why::BelowMinimum { minimum: channel.minimum_severity }));
    }
    // What is of no one account (an alarm over several of them, or over silence) concerns everybody.
    let is_of = |account: &String| notice.account.as_ref().is_none_or(|own| own == account);
    if !channel.accounts.is_empty() && !channel.accounts.iter().any(is_of) {
        return Ok(Route::Not(Why::OtherAccount));
    }
    if !channel.kinds.is_empty() && !channel.kinds.contains(&notice.kind) {
        return Ok(Route::Not(Why::OtherKind));
    }
    if severity == Severity::Critical {
        return Ok(Route::Through);
    }
    if let Some(until) = channel.quiet_hours.and_then(|hours| calendar::end_of_hours(now, hours, zone)) {
        return Ok(Route::Later(Why::QuietHours { until }, until));
    }
    if let Some(limit) = channel.monthly_budget {
        let (since, days_left) = calendar::month(now, zone);
        // What waits will be sent too. One a day is kept for the digests that what comes too often waits for.
        let waiting = ledger.counts(now)?.waiting_by_channel;
        let waiting =
            waiting.iter().find(|(name, _)| *name == channel.name).map_or(0, |(_, waiting)| *waiting);
        let decided = planned.iter().filter(|letter| letter.channel == channel.name).count() as u64;
        let spent = ledger.sent_since(&channel.name, since)? + waiting + decided;
        if spent >= limit.saturating_sub(days_left) {
            return Ok(Route::Digest(Why::Budget { limit }));
        }
    }
    Ok(Route::Through)
}
