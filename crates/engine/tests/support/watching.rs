//! A watch over a ledger in a file, which a test may open as often as it likes: what was there before was killed.

use std::path::Path;

use jiff::Timestamp;
use trailbell_config::{ChannelSettings, Settings};
use trailbell_engine::{Presence, Watch, WatchSettings};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_notice::{Lang, Reader};
use trailbell_outbox::Capabilities;
use trailbell_record::Limits;

/// Opens it; `can` says what each channel can do.
pub(crate) fn watch(
    settings: &Settings,
    can: impl Fn(&ChannelSettings) -> Capabilities,
    ledger: &Path,
    now: Timestamp,
) -> Watch {
    let rules = trailbell_engine::rules(settings).unwrap();
    let channels = settings.channels.iter().map(|channel| (channel.clone(), can(channel))).collect();
    let ledger = SqliteLedger::open(ledger, &Options::default()).unwrap();
    let settings = WatchSettings {
        rules,
        settings: settings.clone(),
        reader: Reader::new(Lang::En),
        limits: Limits::default(),
        presence: Presence::Resident,
    };
    Watch::open(settings, channels, Box::new(ledger), now).unwrap()
}
