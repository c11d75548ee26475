//! Digest: what can wait for the day's one message.

use jiff::Timestamp;
use trailbell_config::ChannelSettings;
use trailbell_text::Severity;

use crate::ledger::Why;

/// Why a notice of that severity waits for the digest, where it does.
pub(crate) fn waits(
    channel: &ChannelSettings,
    severity: Severity,
    learning_until: Timestamp,
    now: Timestamp,
) -> Option<Why> {
    if channel.digest_below.is_some_and(|below| severity < below) {
        return Some(Why::Daily);
    }
    // The first week everything is a first: only what is grave by itself rings.
    (now < learning_until && severity < Severity::High).then_some(Why::Learning { until: learning_until })
}
