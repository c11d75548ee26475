//! Everything trailbell has to say that is not one notice: several notices together, and words of its own (deaf, well again,
//! all is well, a test).
//!
//! A bulletin is plain data that can be kept as JSON and worded later, in any language. What somebody else said (a
//! source's reason, a name, an address) is kept as it came and shown only as [`Untrusted`].

mod alarm;
mod health;
mod json;
mod rung;
mod together;
mod week;
mod words;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{BothPhrases, Kind, Outcome, Severity, Untrusted};

pub use self::alarm::{Behind, ItemChange, WentOff};
pub use self::rung::{Ringing, Rung, Terms};
use crate::correlation;
use crate::facts::{Facts, Reader};
use crate::headline::headlines;
use crate::page::Page;

/// Something to say that is not one notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "bulletin", rename_all = "kebab-case")]
pub enum Bulletin {
    /// What followed the first notice of a group.
    Summary {
        /// Who did all of it, as notices name them; `None` where the records name nobody. Hostile.
        who: Option<String>,
        /// The things, in order of their time; those there was no room for are in `more`.
        items: Vec<Line>,
        /// How many more there are.
        more: u64,
        /// When the first of them was.
        since: Timestamp,
        /// When the last of them was.
        until: Timestamp,
    },
    /// What was done in a session in which nothing is done any more.
    Session {
        /// Who opened it, as notices name them; `None` where the records name nobody. Hostile.
        who: Option<String>,
        /// When it began.
        started: Timestamp,
        /// What was done and told, in the order it was told; those there was no room for are in `more`.
        items: Vec<Line>,
        /// How many more there are.
        more: u64,
    },
    /// Failed sign-ins as one user, counted.
    Failures {
        /// The user name as it is recorded; `None` where there is none. Hostile.
        who: Option<String>,
        /// At which account.
        account: Option<Untrusted>,
        /// How many.
        count: u64,
        /// When the first was.
        first: Timestamp,
        /// When the last was.
        last: Timestamp,
        /// How many from each `sourceIPAddress` (hostile); those of further addresses under "".
        addresses: Vec<(String, u64)>,
        /// Whether AWS hides the name, because no such user exists.
        unknown_name: bool,
        /// Whether they have stopped.
        at_end: bool,
        /// Whether it is known that no sign-in as this user succeeded meanwhile.
        none_succeeded: bool,
    },
    /// A CloudWatch alarm went off, and what is behind it.
    Alarm(Box<WentOff>),
    /// An alarm of one of the owner's rules rang, goes on, or is over.
    RuleAlarm(Box<Rung>),
    /// AWS Config saw a resource change.
    ConfigurationItem(Box<ItemChange>),
    /// What was held back for the day.
    Digest {
        /// The things; the page shows the gravest first, and at most fifty.
        items: Vec<Line>,
        /// How many more there are.
        more: u64,
        /// From when on.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// How many of each severity, in the order of `Severity::ALL`, as far as they were counted.
        counts: [u64; 5],
    },
    /// The weekly word that everything works: its absence says that something does not.
    AllIsWell {
        /// From when on.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// Notices told, in the order of `Severity::ALL`.
        notices: [u64; 5],
        /// Each source: its name, the newest event's own time, and how many events it brought.
        sources: Vec<(String, Option<Timestamp>, u64)>,
        /// Each channel: its name, and how many messages it took.
        channels: Vec<(String, u64)>,
        /// Messages that wait to be sent.
        waiting: u64,
        /// Messages that were given up.
        dead: u64,
    },
    /// A source can no longer be heard.
    Deaf {
        /// Its name in the settings.
        source: String,
        /// When something last arrived; `None`: nothing ever did.
        since: Option<Timestamp>,
        /// How many seconds its silences usually last at most, where that is known.
        usual_seconds: Option<i64>,
        /// What is wrong and what would mend it, where it says so itself; without it, it is merely silent. Hostile.
        reason: Option<String>,
    },
    /// A source can be heard again.
    WellAgain {
        /// Its name in the settings.
        source: String,
        /// Since when it could not be.
        deaf_since: Option<Timestamp>,
    },
    /// A channel takes nothing. Told through the others.
    ChannelRefusing {
        /// Its name in the settings.
        channel: String,
        /// Since when.
        since: Timestamp,
        /// What it said last, secrets masked. Hostile.
        reason: String,
    },
    /// A channel takes what it is sent again.
    ChannelWell {
        /// Its name in the settings.
        channel: String,
        /// Since when it had not.
        since: Timestamp,
    },
    /// Somebody who is to get what an SNS topic sends has not confirmed it, so AWS sends them nothing.
    SubscriptionUnconfirmed {
        /// The topic's ARN.
        topic: String,
        /// Whose subscription: an address, masked where it is a secret. Hostile.
        address: String,
    },
    /// The ledger takes nothing more; so nothing new is told.
    LedgerFull {
        /// Since when.
        since: Timestamp,
        /// Which ledger, what is wrong, and what would mend it.
        reason: String,
    },
    /// The ledger takes what it is given again.
    LedgerWell {
        /// Since when it had not.
        since: Timestamp,
    },
    /// A test that somebody asked for.
    Test {
        /// The channel's name in the settings.
        channel: String,
        /// What sort of channel: `email`, `slack`, ...
        kind: String,
    },
    /// The first start: what is watched and who is told.
    Welcome {
        /// The sources' names.
        sources: Vec<String>,
        /// The channels' names.
        channels: Vec<String>,
        /// Until when what is usual is being learnt; `None`: it is not.
        learning_until: Option<Timestamp>,
    },
}

/// One event inside a [`Bulletin`]: its sentence in both languages, and what it is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How much it matters.
    pub severity: Severity,
    /// What sort of notice.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// When it happened, where it says.
    pub time: Option<Timestamp>,
    /// Its one sentence.
    pub headline: BothPhrases,
    /// The account's 12 digits, where known.
    pub account: Option<Untrusted>,
    /// Its `eventID`, where it has one.
    pub event_id: Option<Untrusted>,
}

impl Line {
    /// The line for an event; the reader says what accounts are called.
    pub fn of(facts: &Facts<'_>, reader: &Reader) -> Self {
        Self {
            severity: facts.severity,
            kind: facts.kind,
            outcome: facts.outcome,
            time: facts.record.event_time(),
            headline: correlation::behind(headlines(facts, reader), &facts.rules, reader),
            account: facts.record.account().map(Untrusted::from),
            event_id: facts.record.event_id().map(Untrusted::from),
        }
    }
}

impl Bulletin {
    /// How much it matters: what keeps trailbell from hearing or from being heard is high.
    pub fn severity(&self) -> Severity {
        let gravest = |items: &[Line]| items.iter().map(|item| item.severity).max();
        match self {
            Self::Summary { items, .. } | Self::Session { items, .. } => {
                gravest(items).unwrap_or(Severity::Info)
            }
            // What was held for the day is not urgent; but nothing high is hidden behind the word "digest".
            Self::Digest { items, counts, .. } => {
                let counted = Severity::ALL.iter().zip(counts).filter(|(_, count)| **count > 0);
                let gravest = gravest(items).max(counted.map(|(severity, _)| *severity).max());
                gravest.filter(|gravest| *gravest >= Severity::High).unwrap_or(Severity::Info)
            }
            Self::Alarm(alarm) => alarm.severity(),
            Self::RuleAlarm(rung) => rung.severity(),
            Self::Failures { count, .. } if *count >= MANY_FAILURES => Severity::High,
            Self::ConfigurationItem(_) | Self::Failures { .. } => Severity::Medium,
            Self::AllIsWell { dead, .. } if *dead > 0 => Severity::Medium,
            Self::Deaf { .. }
            | Self::ChannelRefusing { .. }
            | Self::SubscriptionUnconfirmed { .. }
            | Self::LedgerFull { .. } => Severity::High,
            Self::AllIsWell { .. }
            | Self::WellAgain { .. }
            | Self::ChannelWell { .. }
            | Self::LedgerWell { .. }
            | Self::Test { .. }
            | Self::Welcome { .. } => Severity::Info,
        }
    }

    /// Whether it tells of the account, as a notice does, and not of trailbell itself.
    pub const fn is_of_the_account(&self) -> bool {
        matches!(
            self,
            Self::Summary { .. }
                | Self::Session { .. }
                | Self::Failures { .. }
                | Self::Digest { .. }
                | Self::Alarm(_)
                | Self::RuleAlarm(_)
                | Self::ConfigurationItem(_)
        )
    }

    /// What a message of it shows.
    pub fn page(&self, reader: &Reader) -> Page {
        let draft = match self {
            Self::Summary { .. } | Self::Session { .. } | Self::Failures { .. } | Self::Digest { .. } => {
                self.together(reader)
            }
            Self::AllIsWell { .. } | Self::Test { .. } | Self::Welcome { .. } => self.week(reader),
            Self::Alarm(alarm) => alarm.draft(reader),
            Self::RuleAlarm(rung) => rung.draft(reader),
            Self::ConfigurationItem(item) => item.draft(reader),
            _ => self.health(reader),
        };
        draft.page(self.severity(), reader)
    }
}

/// From so many on, failed sign-ins are high: nobody mistypes a password that often.
const MANY_FAILURES: u64 = 30;
