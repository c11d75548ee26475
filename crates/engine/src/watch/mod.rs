//! Keeping watch: what sources deliver becomes notices owed, each event once, whatever stops in between.
//!
//! [`Watch`] is the whole of it but the waiting: time is passed in, nothing here sleeps or sends. What it decides it
//! writes into batches; a [`Watch::commit`] makes them last, in one transaction each, and only then is a source answered. While the
//! ledger cannot take a batch (full, or locked by another process) the batch is kept and tried again, and nothing more is
//! taken: nothing is lost, and nothing counted twice.

mod compose;
mod count;
mod ears;
mod from_settings;
mod hear;
mod look;
mod read;
mod runner;
mod sittings;
mod stored;
mod tell;
mod tick;
mod visit;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use trailbell_config::{ChannelSettings, DeliverySettings, Settings};
use trailbell_detect::RuleSet;
use trailbell_notice::{Lang, Reader, Rung};
use trailbell_outbox::{
    Batch, Capabilities, Due, Failure, Identity, Ledger, LedgerError, Letter, LetterChange, LetterState,
    Listed, Message, Outbox, Receipt,
};
use trailbell_record::Limits;

pub use self::ears::SourceState;
pub use self::from_settings::{reader, rules};
pub use self::look::{Worded, WordedError, kept_record, worded};
pub use self::runner::{Observer, Runner, Stopped};
pub use self::visit::{Delivered, GivenUp, LastResort, Resorting, Visit};

use self::ears::Ears;
use self::sittings::Sittings;
use crate::action::Action;
use crate::alarms::Alarms;
use crate::compare::Habits;
use crate::correlations::{Completed, Correlations};
use crate::fold::Folder;
use crate::learn::{self, KNOWN_SINCE, PERSON};

/// Keys of the ledger's state.
const COMPANY: &str = "company/";
const ONCE: &str = "once/";
/// Credentials that were handed out, by their key: who is behind them.
const SESSION: &str = "session/";
/// What policies said, by their name.
pub(crate) const POLICY: &str = "policy/";
/// How often rules that count were met, by the rule and what it counts apart.
const TALLY: &str = "tally/";
/// What must last of a rule's alarm, by the rule's name: [`crate::AlarmMemory`].
pub const ALARM_STATE: &str = "alarm/";
/// Events that have counted and still wait to be told.
const COUNTED: &str = "counted";
/// What correlations have counted, by the correlation and the group.
const CORRELATION: &str = "correlation/";
/// What an event completed that still waits to be told, by the event.
const COMPLETED: &str = "completed/";

/// What keeping watch needs to know.
#[derive(Debug)]
pub struct WatchSettings {
    /// The rules.
    pub rules: RuleSet,
    /// What to ignore, and when and how people are told.
    pub settings: Settings,
    /// Who reads the notices, but for channels with a language of their own.
    pub reader: Reader,
    /// How much one arrival may unpack to.
    pub limits: Limits,
    /// Whether somebody is always there.
    pub presence: Presence,
}

/// Whether a watch is always there, or wakes up, looks and is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// One process that keeps watch from its start to its end, with a ledger of its own.
    #[default]
    Resident,
    /// Many short visits (a Lambda function's), perhaps at the same time: the time between two of them is no time in which nobody
    /// listened, and what is done now and then is remembered in the ledger.
    Visits,
}

/// The whole of keeping watch but the waiting: time is passed in, nothing here sleeps or sends.
pub struct Watch {
    rules: RuleSet,
    settings: Settings,
    reader: Reader,
    ledger: Box<dyn Ledger>,
    outbox: Outbox,
    bytes: trailbell_record::Reader,
    folder: Folder<Action>,
    habits: Habits,
    alarms: Alarms,
    /// What alarms have to say.
    rung: Vec<Rung>,
    /// When it was opened.
    opened: Timestamp,
    /// Events that have counted for correlations or alarms and still wait to be told: they do not count again.
    counted: BTreeSet<Identity>,
    counted_changed: bool,
    correlations: Correlations,
    /// What events completed that still wait to be told.
    completed: BTreeMap<Identity, Vec<Completed>>,
    completed_changes: BTreeSet<Identity>,
    ears: Ears,
    sittings: Sittings,
    /// Events in the folder that wait there and are held in the ledger.
    waiting: HashSet<Identity>,
    /// Whether the ledger may hold events that are not in the folder.
    has_backlog: bool,
    /// Sources that are catching up: when they last delivered.
    catching_up: BTreeMap<String, Timestamp>,
    /// Events that came after their action was told, with the notice they belong to.
    late: Vec<(Identity, Action)>,
    /// What taking and telling decided.
    taking: Batch,
    /// What became of letters: it must get through when there is no room for more events.
    sending: Batch,
    counts: Counts,
    chores: tick::Chores,
}

/// What happened since the start, for whoever watches the watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// CloudTrail events read, every copy counted.
    pub events: u64,
    /// Events that some rule met and that had been met before.
    pub duplicates: u64,
    /// Events every rule of which is ignored.
    pub ignored: u64,
    /// Events every rule of which asks for more, which was not so.
    pub unmet: u64,
    /// Events told inside another one's notice, or not again.
    pub folded: u64,
    /// Notices, by severity in the order of `Severity::ALL`.
    pub notices: [u64; 5],
}

/// What is to be sent now.
#[derive(Debug, Clone, Default)]
pub struct Outbound {
    /// Letters with their messages.
    pub outgoing: Vec<Outgoing>,
    /// When to ask again, should nothing happen before.
    pub wake: Option<Timestamp>,
    /// Whether letters that have not been tried yet wait for nothing but their channel's pace.
    pub is_paced: bool,
    /// Whether more may be due than these.
    pub may_be_more: bool,
}

/// A letter, and the message to send for it.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The letter.
    pub letter: Letter,
    /// What to send.
    pub message: Message,
    /// The time of the event it tells, for one that tells one event as it comes: for measuring the delay.
    pub event_time: Option<Timestamp>,
}

impl Watch {
    /// Goes on where the ledger stands. `channels` come with what they can do.
    pub fn open(
        settings: WatchSettings,
        channels: Vec<(ChannelSettings, Capabilities)>,
        mut ledger: Box<dyn Ledger>,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let WatchSettings { rules, settings, reader, limits, presence } = settings;
        let delivery: DeliverySettings = settings.delivery.clone();
        let zone: TimeZone = reader.time_zone.clone();
        let outbox = Outbox::open(channels, delivery, zone, ledger.as_mut(), now)?;
        let mut folder = Folder::keeping_watch();
        for (_, company) in ledger.state(COMPANY)? {
            // What a later version wrote differently is company that is not met again.
            if let Ok(company) = serde_json::from_str(&company) {
                folder.rejoin(company);
            }
        }
        for (key, until) in ledger.state(ONCE)? {
            if let (Some(key), Ok(until)) = (key.strip_prefix(ONCE), until.parse()) {
                folder.rejoin_once(key.to_owned(), until);
            }
        }
        let mut habits = Habits::new(&settings, &reader.networks);
        for (key, known) in ledger.state(PERSON)? {
            habits.history.restore(key[PERSON.len()..].to_owned(), &known);
        }
        for (_, since) in ledger.state(KNOWN_SINCE)? {
            if let Ok(since) = since.parse() {
                habits.history.restore_since(since);
            }
        }
        let sessions = ledger.state(SESSION)?.into_iter();
        habits.sessions.restore(sessions.map(|(key, kept)| (key[SESSION.len()..].to_owned(), kept)));
        let policies = ledger.state(POLICY)?.into_iter();
        habits.policies.restore(policies.map(|(key, kept)| (key[POLICY.len()..].to_owned(), kept)));
        for (key, kept) in ledger.state(TALLY)? {
            habits.tally.restore(key[TALLY.len()..].to_owned(), &kept);
        }
        let mut taking = Batch::default();
        learn::take_in(&mut habits, &settings, ledger.as_mut(), &mut taking)?;
        let mut alarms = Alarms::new(&settings, &rules);
        for (key, memory) in ledger.state(ALARM_STATE)? {
            // What a later version wrote differently begins anew.
            if let Ok(memory) = serde_json::from_str(&memory) {
                alarms.resume(&key[ALARM_STATE.len()..], memory, now);
            }
        }
        let mut correlations = Correlations::lasting(&settings, &rules);
        for (key, kept) in ledger.state(CORRELATION)? {
            correlations.resume(&key[CORRELATION.len()..], &kept);
        }
        let mut completed = BTreeMap::new();
        for (key, kept) in ledger.state(COMPLETED)? {
            let event = Identity::parse(&key[COMPLETED.len()..]);
            if let (Some(event), Ok(kept)) = (event, serde_json::from_str(&kept)) {
                completed.insert(event, kept);
            }
        }
        let mut sittings = Sittings::default();
        sittings.restore(ledger.state(Sittings::key())?);
        let counted = ledger.state(COUNTED)?.into_iter().find(|(key, _)| key == COUNTED);
        let counted = counted.and_then(|(_, counted)| serde_json::from_str(&counted).ok());
        let mut watch = Self {
            alarms,
            rung: Vec::new(),
            opened: now,
            counted: counted.unwrap_or_default(),
            counted_changed: false,
            correlations,
            completed,
            completed_changes: BTreeSet::new(),
            ears: Ears::load(ledger.as_mut(), settings.delivery.silence, presence, now)?,
            sittings,
            chores: tick::Chores::load(ledger.as_mut(), presence, now)?,
            rules,
            settings,
            reader,
            ledger,
            outbox,
            bytes: trailbell_record::Reader::new(limits),
            folder,
            habits,
            waiting: HashSet::new(),
            has_backlog: true,
            catching_up: BTreeMap::new(),
            late: Vec::new(),
            taking,
            sending: Batch::default(),
            counts: Counts::default(),
        };
        watch.remember_failures(now)?;
        Ok(watch)
    }

    /// Failed sign-ins of the last hour are the prelude of a success: they are in the ledger, as notices.
    fn remember_failures(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        let since = now.saturating_sub(trailbell_history::FAILURE_MEMORY * 2).unwrap_or(now);
        let listed = Listed { since: Some(since), until: None, minimum: None, limit: 10_000 };
        let mut notices = self.ledger.notices(&listed)?;
        notices.retain(|notice| {
            notice.kind == trailbell_text::Kind::ConsoleSignIn
                && notice.outcome != trailbell_text::Outcome::Success
        });
        notices.sort_by_key(|notice| notice.time);
        for notice in notices {
            if let Ok(telling) = stored::read(&notice.facts) {
                self.habits.remember_failure(&telling);
            }
        }
        Ok(())
    }

    /// Makes what became of letters last.
    pub fn commit_sending(&mut self) -> Result<(), LedgerError> {
        if !self.sending.is_empty() {
            self.ledger.commit(&self.sending)?;
            self.sending = Batch::default();
        }
        Ok(())
    }

    /// Makes what was decided last. Until it succeeds nothing more is taken and no source is answered.
    pub fn commit(&mut self) -> Result<(), LedgerError> {
        self.commit_sending()?;
        self.note_memory();
        if !self.taking.is_empty() {
            self.ledger.commit(&self.taking)?;
            self.taking = Batch::default();
        }
        Ok(())
    }

    /// Whether something is decided that could not be made to last: no more is to be taken.
    pub fn is_held_up(&self) -> bool {
        !self.taking.is_empty()
    }

    /// Whether anything at all is still to be written.
    pub fn has_unwritten(&self) -> bool {
        !self.taking.is_empty() || !self.sending.is_empty()
    }

    /// What happened since the start.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The ledger, for looking.
    pub fn ledger(&mut self) -> &mut dyn Ledger {
        self.ledger.as_mut()
    }

    /// The letters to be sent now, each handed out once until it is settled, and when to ask again. It works while the ledger
    /// takes no events: what is undecided then waits, the rest is sent.
    pub fn due(&mut self, now: Timestamp) -> Result<Outbound, LedgerError> {
        let letters = self.taking.letters.iter().map(|letter| letter.letter.clone());
        let changes = self.taking.changes.iter().map(|change| change.letter.clone());
        let undecided: HashSet<Identity> = letters.chain(changes).collect();
        let Due { letters, wake, is_paced, mut may_be_more } =
            self.outbox.due(now, self.ledger.as_mut(), &undecided)?;
        let mut outgoing = Vec::with_capacity(letters.len());
        let mut letters = letters.into_iter();
        while let Some(letter) = letters.next() {
            let composed = match self.compose(&letter, now) {
                Ok(composed) => composed,
                Err(error) => {
                    // None of them has left.
                    let left = outgoing.iter().map(|outgoing: &Outgoing| &outgoing.letter);
                    for letter in left.chain([&letter]).chain(letters.as_slice()) {
                        self.outbox.put_back(letter);
                    }
                    return Err(error);
                }
            };
            match composed {
                Ok((message, event_time)) => outgoing.push(Outgoing { letter, message, event_time }),
                Err(reason) => {
                    let failure = Failure { kind: trailbell_outbox::FailureKind::Refused, message: reason };
                    self.settle(&letter, &Err(failure), now, 0.0);
                    may_be_more = true;
                }
            }
        }
        Ok(Outbound { outgoing, wake, is_paced, may_be_more })
    }

    /// What became of a letter that [`Watch::due`] handed out. `chance` (at least 0, below 1) spreads the next attempts.
    /// Whether it is given up.
    pub fn settle(
        &mut self,
        letter: &Letter,
        outcome: &Result<Receipt, Failure>,
        now: Timestamp,
        chance: f64,
    ) -> bool {
        let news = self.outbox.settle(letter, outcome, now, chance, &mut self.sending);
        if let Some(news) = news {
            self.tell_of_channel(news, now);
        }
        let last = self.sending.changes.iter().rev().find(|change| change.letter == letter.letter);
        last.is_some_and(|change| change.state == LetterState::Dead)
    }

    /// Letters that were handed out are this copy's until then; one that is not settled by then is anybody's again. For copies that
    /// share a ledger: to be made to last with [`Watch::commit_sending`] before any of them is sent.
    fn claim(&mut self, outgoing: &[Outgoing], until: Timestamp) {
        let claim = |outgoing: &Outgoing| LetterChange {
            letter: outgoing.letter.letter.clone(),
            state: LetterState::Waiting,
            due: until,
            attempt: None,
        };
        self.sending.changes.extend(outgoing.iter().map(claim));
    }

    /// A letter that was to be given up stays, for nobody else took it in.
    fn keep_waiting(&mut self, letter: &Identity, until: Timestamp) {
        let change =
            LetterChange { letter: letter.clone(), state: LetterState::Waiting, due: until, attempt: None };
        self.sending.changes.push(change);
    }

    /// Channels that letters waited for and the settings no longer have, each with how many were given up at the start.
    pub fn abandoned(&self) -> &[(String, u64)] {
        self.outbox.abandoned()
    }

    /// Whether letters are on their way.
    pub fn is_sending(&self) -> bool {
        self.outbox.is_busy()
    }

    /// The reader of one channel's notices.
    fn reader_of(&self, channel: &str) -> Reader {
        let language = self
            .outbox
            .channels()
            .iter()
            .find(|settings| settings.name == channel)
            .and_then(|settings| settings.language);
        Reader {
            lang: match language {
                Some(trailbell_config::Language::En) => Lang::En,
                Some(trailbell_config::Language::Ja) => Lang::Ja,
                None => self.reader.lang,
            },
            ..self.reader.clone()
        }
    }

    /// Puts what the folder and the habits must remember into the batch.
    fn note_memory(&mut self) {
        use crate::fold::Memory;
        for change in self.folder.take_changes() {
            self.taking.state.push(match change {
                Memory::Company(told, company) => (
                    format!("{COMPANY}{told}"),
                    company.and_then(|company| serde_json::to_string(&company).ok()),
                ),
                Memory::Once(key, until) => (format!("{ONCE}{key}"), until.map(|until| until.to_string())),
            });
        }
        for (rule, memory) in self.alarms.take_changes() {
            let memory = memory.and_then(|memory| serde_json::to_string(memory).ok());
            self.taking.state.push((format!("{ALARM_STATE}{rule}"), memory));
        }
        if std::mem::take(&mut self.counted_changed) {
            let counted = serde_json::to_string(&self.counted).ok().filter(|_| !self.counted.is_empty());
            self.taking.state.push((COUNTED.to_owned(), counted));
        }
        for (key, kept) in self.correlations.take_changes() {
            self.taking.state.push((format!("{CORRELATION}{key}"), kept));
        }
        for event in std::mem::take(&mut self.completed_changes) {
            let kept = self.completed.get(&event).and_then(|kept| serde_json::to_string(kept).ok());
            self.taking.state.push((format!("{COMPLETED}{event}"), kept));
        }
        self.taking.state.extend(self.sittings.take_changes());
        let people = self.habits.history.take_changes().into_iter();
        self.taking.state.extend(people.map(|(who, known)| (format!("{PERSON}{who}"), known)));
        let since = self.habits.history.take_since();
        self.taking.state.extend(since.map(|since| (KNOWN_SINCE.to_owned(), Some(since.to_string()))));
        let sessions = self.habits.sessions.take_changes().into_iter();
        self.taking.state.extend(sessions.map(|(key, kept)| (format!("{SESSION}{key}"), kept)));
        let policies = self.habits.policies.take_changes().into_iter();
        self.taking.state.extend(policies.map(|(policy, kept)| (format!("{POLICY}{policy}"), kept)));
        let counted = self.habits.tally.take_changes().into_iter();
        self.taking.state.extend(counted.map(|(key, kept)| (format!("{TALLY}{key}"), kept)));
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("counts", &self.counts).finish_non_exhaustive()
    }
}
