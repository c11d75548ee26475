//! How trailbell is, in numbers and in words: written by whoever keeps watch, read by whoever asks.

mod metrics;
mod server;
#[cfg(test)]
mod tests;

pub use self::server::serve;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use trailbell_engine::Condition;
use trailbell_text::{Channel, Severity, Untrusted};

use self::metrics::Metrics;

/// How trailbell is. Everything starts at nothing and is counted since this process began; a source or channel is known
/// from the first word about it.
#[derive(Debug)]
pub struct Status {
    version: String,
    metrics: Metrics,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    sources: BTreeMap<String, SourceStatus>,
    channels: BTreeMap<String, ChannelStatus>,
    ledger: LedgerStatus,
}

#[derive(Debug, Default)]
struct SourceStatus {
    condition: SourceCondition,
    silent: Option<String>,
    last_event: Option<Timestamp>,
    events: u64,
}

#[derive(Debug, Default)]
enum SourceCondition {
    #[default]
    Starting,
    Listening,
    Failing(String),
    Ended,
}

#[derive(Debug, Default)]
struct ChannelStatus {
    refusing: Option<String>,
    waiting: u64,
    dead: u64,
}

#[derive(Debug, Default)]
struct LedgerStatus {
    blocked: Option<String>,
    bytes: u64,
    held: u64,
    waiting: u64,
}

impl Status {
    /// Nothing is known yet of the trailbell of this version.
    pub fn new(version: impl Into<String>) -> Self {
        let version = version.into();
        let metrics = Metrics::new(&version);
        Self { version, metrics, known: Mutex::default() }
    }

    /// There is such a source; it has not said anything yet.
    pub fn source_known(&self, source: &str) {
        self.metrics.source_known(source);
        self.known().sources.entry(source.to_owned()).or_default();
    }

    /// A source says how it is.
    pub fn source_is(&self, source: &str, condition: &Condition) {
        let new = match condition {
            Condition::Listening => SourceCondition::Listening,
            Condition::Failing(why) => SourceCondition::Failing(why.clone()),
            Condition::Ended => SourceCondition::Ended,
            Condition::Remark(_) => return,
        };
        self.source_known(source);
        let is_failing = matches!(new, SourceCondition::Failing(_));
        self.metrics.source_failing(source, is_failing);
        self.known().sources.entry(source.to_owned()).or_default().condition = new;
    }

    /// A source has been silent for too long, in words; or it has spoken again (`None`).
    pub fn source_silent(&self, source: &str, why: Option<&str>) {
        self.source_known(source);
        self.metrics.source_silent(source, why.is_some());
        self.known().sources.entry(source.to_owned()).or_default().silent = why.map(str::to_owned);
    }

    /// So many events of a source are safe; `newest` is the latest time among them.
    pub fn source_took(&self, source: &str, events: u64, newest: Option<Timestamp>) {
        self.source_known(source);
        let mut known = self.known();
        let status = known.sources.entry(source.to_owned()).or_default();
        status.events = status.events.saturating_add(events);
        status.last_event = status.last_event.max(newest);
        self.metrics.source_took(source, events, status.last_event);
    }

    /// There is such a channel; nothing has been sent through it yet.
    pub fn channel_known(&self, channel: &str) {
        self.metrics.channel_known(channel);
        self.known().channels.entry(channel.to_owned()).or_default();
    }

    /// A channel took a letter.
    pub fn letter_sent(&self, channel: &str) {
        self.channel_known(channel);
        self.metrics.letter_sent(channel);
    }

    /// An attempt to send a letter failed.
    pub fn letter_failed(&self, channel: &str) {
        self.channel_known(channel);
        self.metrics.letter_failed(channel);
    }

    /// A letter was given up.
    pub fn letter_dead(&self, channel: &str) {
        self.metrics.letter_dead(channel);
        self.known().channels.entry(channel.to_owned()).or_default().dead += 1;
    }

    /// So many letters wait for a channel now.
    pub fn letters_waiting(&self, channel: &str, waiting: u64) {
        self.metrics.letters_waiting(channel, waiting);
        self.known().channels.entry(channel.to_owned()).or_default().waiting = waiting;
    }

    /// A channel takes nothing, in words; or it does again (`None`).
    pub fn channel_refusing(&self, channel: &str, why: Option<&str>) {
        self.channel_known(channel);
        self.metrics.channel_refusing(channel, why.is_some());
        self.known().channels.entry(channel.to_owned()).or_default().refusing = why.map(str::to_owned);
    }

    /// What the ledger holds: its bytes, events that wait for company, letters that wait to be sent.
    pub fn ledger_holds(&self, bytes: u64, held: u64, waiting: u64) {
        self.metrics.ledger_holds(bytes, held, waiting);
        let mut known = self.known();
        let blocked = known.ledger.blocked.take();
        known.ledger = LedgerStatus { blocked, bytes, held, waiting };
    }

    /// The ledger cannot be written (full, locked), in words; or it can again (`None`).
    pub fn ledger_blocked(&self, why: Option<&str>) {
        self.metrics.ledger_blocked(why.is_some());
        self.known().ledger.blocked = why.map(str::to_owned);
    }

    /// A notice of that severity came to be.
    pub fn notice_told(&self, severity: Severity) {
        self.metrics.notice_told(severity);
    }

    /// A notice was delivered, so long after its event happened (where that is known) and after it arrived here. What was
    /// told late on purpose (a digest) is not to be counted.
    pub fn delivered(&self, after_event: Option<SignedDuration>, after_arrival: SignedDuration) {
        self.metrics.delivered(after_event, after_arrival);
    }

    /// What is wrong, in words: one sentence each, safe to show, with nothing secret in it. Empty when all is well.
    pub fn troubles(&self) -> Vec<String> {
        let known = self.known();
        let show = |why: &str| Untrusted::from(why).render(Channel::Plain);
        let mut troubles = Vec::new();
        for (name, source) in &known.sources {
            if let SourceCondition::Failing(why) = &source.condition {
                troubles.push(format!("the source {} is failing: {}", show(name), show(why)));
            } else if let Some(why) = &source.silent {
                troubles.push(format!("the source {} is silent: {}", show(name), show(why)));
            }
        }
        for (name, channel) in &known.channels {
            if let Some(why) = &channel.refusing {
                troubles.push(format!("the channel {} takes nothing: {}", show(name), show(why)));
            }
        }
        if let Some(why) = &known.ledger.blocked {
            troubles.push(format!("the ledger cannot be written: {}", show(why)));
        }
        troubles
    }

    /// What `/healthz` shows, and whether all is well.
    fn health(&self) -> (bool, Value) {
        let troubles = self.troubles();
        let known = self.known();
        let source = |status: &SourceStatus| {
            let condition = match &status.condition {
                _ if status.silent.is_some() => "silent",
                SourceCondition::Starting => "starting",
                SourceCondition::Listening => "listening",
                SourceCondition::Failing(_) => "failing",
                SourceCondition::Ended => "ended",
            };
            let last = status.last_event.map(|time| time.to_string());
            json!({ "condition": condition, "events": status.events, "last_event": last })
        };
        let channel = |status: &ChannelStatus| json!({ "refusing": status.refusing.is_some(), "waiting": status.waiting, "dead": status.dead });
        let ledger = &known.ledger;
        let is_well = troubles.is_empty();
        let health = json!({
            "status": if is_well { "ok" } else { "failing" },
            "reasons": troubles,
            "version": self.version,
            "sources": known.sources.iter().map(|(name, s)| (name.clone(), source(s))).collect::<BTreeMap<_, _>>(),
            "channels": known.channels.iter().map(|(name, c)| (name.clone(), channel(c))).collect::<BTreeMap<_, _>>(),
            "ledger": {
                "blocked": ledger.blocked.is_some(),
                "bytes": ledger.bytes,
                "held": ledger.held,
                "waiting": ledger.waiting,
            },
        });
        (is_well, health)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Whoever panicked left counts behind, not something half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
