//! Dedupe: two channels of the settings may lead to one place; what that place is told at once by the first of them it is
//! not told by the next. (The same event arriving twice never gets here: the ledger knows it. A letter that is sent again keeps its identity.)

use jiff::Timestamp;
use trailbell_config::ChannelSettings;

use crate::identity::Identity;
use crate::ledger::{Batch, Owed, Why};

/// Whether one of the `earlier` channels, leading to the same place in the same language, tells it of the notice at once.
pub(crate) fn already(
    channel: &ChannelSettings,
    earlier: &[ChannelSettings],
    notice: &Owed,
    now: Timestamp,
    batch: &Batch,
) -> Option<Why> {
    let same =
        |other: &&ChannelSettings| other.target == channel.target && other.language == channel.language;
    let tells = |other: &ChannelSettings| {
        let letter = batch.entries.iter().find_map(|entry| {
            let is_its = entry.notice == notice.notice && entry.channel == other.name;
            entry.letter.as_ref().filter(|_| is_its)
        });
        letter.is_some_and(|letter: &Identity| {
            batch.letters.iter().any(|written| written.letter == *letter && written.due <= now)
        })
    };
    earlier.iter().filter(same).any(tells).then_some(Why::Already)
}
