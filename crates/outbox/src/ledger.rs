//! The ledger: what is kept across restarts, and the one transaction that changes it.
//!
//! Everything that must not be lost or repeated goes through [`Ledger::commit`]: event identities seen, events waiting for
//! company, notices owed, letters to be sent and what became of them, positions of sources, and state. Only after it
//! returns is a source told "done". So a crash at any instant loses nothing and repeats nothing up to here; from
//! here on delivery is at least once, with an identity that stays the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{Kind, Outcome, Severity};

use crate::identity::Identity;

/// What is kept across restarts. `trailbell mute` and the like are other processes, so every change is a transaction of its own.
/// Some ledgers have one writer beside those; others have many copies that decide at once, and a commit of one that was
/// overtaken is refused ([`LedgerErrorKind::Overtaken`]). No method waits longer than its store's own short busy timeout.
pub trait Ledger: Send {
    /// Does everything in the batch, or nothing.
    fn commit(&mut self, batch: &Batch) -> Result<(), LedgerError>;

    /// Whether what this way to the ledger remembers still stands: nobody else has written since it looked. A ledger that remembers nothing
    /// is always current.
    fn is_current(&mut self) -> Result<bool, LedgerError> {
        Ok(true)
    }

    /// What became of these events, in the same order.
    fn sightings(&mut self, events: &[Identity]) -> Result<Vec<Option<Sighting>>, LedgerError>;
    /// Events waiting to be told, by (time, identity), those after `after`; at most `limit`.
    fn held(&mut self, after: Option<(i64, &Identity)>, limit: usize) -> Result<Vec<Held>, LedgerError>;
    /// Where a source stopped.
    fn position(&mut self, source: &str) -> Result<Option<String>, LedgerError>;
    /// All state whose key begins with `prefix`, by key.
    fn state(&mut self, prefix: &str) -> Result<Vec<(String, String)>, LedgerError>;

    /// The notice of that identity.
    fn notice(&mut self, notice: &Identity) -> Result<Option<Owed>, LedgerError>;
    /// The sightings whose `event_id` is this text (an id may be known in several accounts).
    fn find(&mut self, event_id: &str) -> Result<Vec<(Identity, Sighting)>, LedgerError>;
    /// Notices by time of telling, newest first.
    fn notices(&mut self, listed: &Listed) -> Result<Vec<Owed>, LedgerError>;

    /// Letters of a channel that wait and are due, gravest first, then oldest due; at most `limit`.
    fn due(&mut self, channel: &str, now: Timestamp, limit: usize) -> Result<Vec<Letter>, LedgerError>;
    /// When the next waiting letter is due.
    fn next_due(&mut self) -> Result<Option<Timestamp>, LedgerError>;
    /// One letter.
    fn letter(&mut self, letter: &Identity) -> Result<Option<Letter>, LedgerError>;
    /// Letters in a state, newest first.
    fn letters(&mut self, state: Option<LetterState>, limit: usize) -> Result<Vec<Letter>, LedgerError>;
    /// What the letter tells, in order of the events' time; at most `limit`, and how many there are in all.
    fn told_in(&mut self, letter: &Identity, limit: usize) -> Result<(Vec<Owed>, u64), LedgerError>;
    /// What was decided for a notice, one entry a channel.
    fn entries(&mut self, notice: &Identity) -> Result<Vec<Entry>, LedgerError>;
    /// The attempts to send a letter, oldest first.
    fn attempts(&mut self, letter: &Identity) -> Result<Vec<Attempt>, LedgerError>;
    /// Letters of a channel sent since then (for budgets).
    fn sent_since(&mut self, channel: &str, since: Timestamp) -> Result<u64, LedgerError>;

    /// Mutes that have not expired at `now`, oldest first.
    fn mutes(&mut self, now: Timestamp) -> Result<Vec<Mute>, LedgerError>;
    /// Counts for `/metrics` and the weekly digest.
    fn counts(&mut self, since: Timestamp) -> Result<Counts, LedgerError>;
    /// Forgets what is older than `before`: sightings, told notices, sent and dead letters with their attempts,
    /// expired mutes. What waits is never forgotten. At most `limit` rows of each; whether there is more.
    fn forget(&mut self, before: Timestamp, limit: usize) -> Result<bool, LedgerError>;
}

/// One transaction's worth of changes, done in this order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Events met. An identity that is known already keeps its first time and takes the new fate.
    pub seen: Vec<(Identity, Sighting)>,
    /// Events that wait. One that waits already stays as it is.
    pub held: Vec<Held>,
    /// Events that wait no longer.
    pub released: Vec<Identity>,
    /// Notices. One that exists is replaced (late company joined it).
    pub notices: Vec<Owed>,
    /// Letters to be sent. One that exists stays as it is, except that it takes an earlier `due` and a higher severity while it waits.
    pub letters: Vec<Letter>,
    /// What was decided per notice and channel. One that exists stays as it is.
    pub entries: Vec<Entry>,
    /// What became of letters. One that was sent stays sent.
    pub changes: Vec<LetterChange>,
    /// Where sources are: (source's name, position).
    pub positions: Vec<(String, String)>,
    /// State by key; `None` removes.
    pub state: Vec<(String, Option<String>)>,
    /// Mutes; one that exists (by id) is replaced.
    pub mutes: Vec<Mute>,
}

impl Batch {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What became of an event some rule met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Its `eventID`, where it has one.
    pub event_id: Option<String>,
    /// When it was first met.
    pub at: Timestamp,
    /// The last word on it.
    pub fate: Fate,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fate")]
pub enum Fate {
    /// It waits for company, or for its turn.
    Held,
    /// It has a notice of its own.
    Told {
        /// The notice.
        notice: Identity,
    },
    /// It is told inside another event's notice.
    Folded {
        /// The notice.
        notice: Identity,
    },
    /// It is the same thing again, of something that rings once.
    Again,
    /// An `ignore` entry quiets every rule it met.
    Ignored,
    /// It counts for correlations or for the alarms of the rules it met, and is not told by itself.
    Counted,
    /// It met rules that count, and came too late to count.
    Late,
    /// Every rule it met asks for more (`when`), and that was not so.
    Unmet,
    /// It is the same action as another event, recorded in a second account (`sharedEventID`).
    Shared {
        /// The event met first.
        first: Identity,
    },
}

/// An event that some rule met and that has not been told yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Which.
    pub event: Identity,
    /// Its time, in microseconds since 1970; `i64::MAX` where it has none.
    pub time: i64,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Its JSON text.
    pub text: String,
}

/// A notice, as far as delivery is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Which; derived from the event's identity.
    pub notice: Identity,
    /// The event's `eventID`, where it has one.
    pub event_id: Option<String>,
    /// When the event happened, where it says.
    pub time: Option<Timestamp>,
    /// When it was told: when its notice was committed.
    pub told_at: Timestamp,
    /// How much it matters.
    pub severity: Severity,
    /// What sort of notice.
    pub kind: Kind,
    /// How the event ended.
    pub outcome: Outcome,
    /// The account's 12 digits, where known. Theirs: hostile, like all the texts below.
    pub account: Option<String>,
    /// Who acted, as notices name them.
    pub principal: Option<String>,
    /// The actor's ARN, where known.
    pub principal_arn: Option<String>,
    /// Whether that is the root user, who is never held back.
    pub is_root: bool,
    /// Where from.
    pub address: Option<String>,
    /// Every rule it met.
    pub rules: Vec<String>,
    /// Account, principal and kind: notices that come in one go are gathered by it.
    pub group: Identity,
    /// What its mails are shown with.
    pub thread: Identity,
    /// The whole notice, serialised by the engine, which can word it in any language.
    pub facts: String,
    /// Whether it says more than what happened, so that it is told where its like is only counted. It is for planning alone: no
    /// ledger keeps it.
    #[serde(skip)]
    pub stands_alone: bool,
}

/// What is to be sent through one channel: one notice, or several together, or a word of trailbell's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The same in every attempt.
    pub letter: Identity,
    /// The channel's name in the settings.
    pub channel: String,
    /// What it holds.
    pub form: Form,
    /// What it is shown with.
    pub thread: Identity,
    /// The gravest thing in it.
    pub severity: Severity,
    /// When it came to be.
    pub opened: Timestamp,
    /// When it is to be sent, or tried again.
    pub due: Timestamp,
    /// What became of it.
    pub state: LetterState,
    /// Attempts so far.
    pub attempts: u32,
    /// When the first attempt was.
    pub first_attempt: Option<Timestamp>,
    /// When it was sent or given up.
    pub ended: Option<Timestamp>,
    /// For a word of trailbell's own: what it says, serialised by the engine. For counted failures: the key of the state that
    /// counts them.
    pub bulletin: Option<String>,
}

/// What a [`Letter`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// One notice.
    Notice,
    /// What followed in the same group.
    Summary,
    /// Failed sign-ins, counted.
    Failures,
    /// What was held for the day.
    Digest,
    /// A word of trailbell's own: deaf, well again, all is well, a test.
    Bulletin,
}

/// What became of a [`Letter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterState {
    /// It is to be sent when due.
    Waiting,
    /// The channel took it.
    Sent,
    /// It was given up; `deliveries retry` revives it.
    Dead,
}

/// What became of a letter, or a new time for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterChange {
    /// Which.
    pub letter: Identity,
    /// Its state from now on.
    pub state: LetterState,
    /// When it is due next, for one that waits.
    pub due: Timestamp,
    /// The attempt that led to this, where one did.
    pub attempt: Option<Attempt>,
}

/// One attempt to send a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// Whether the channel took it.
    pub taken: bool,
    /// What the other side called it, or what went wrong, secrets masked. Hostile.
    pub detail: String,
}

/// What was decided for one notice and one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The notice.
    pub notice: Identity,
    /// The channel's name in the settings.
    pub channel: String,
    /// The letter it goes with; `None` where nothing is sent.
    pub letter: Option<Identity>,
    /// Why, stage by stage.
    pub why: Vec<Why>,
}

/// Why a stage did what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Why {
    /// Route: below what the channel is to be told.
    BelowMinimum {
        /// The least severity of the channel.
        minimum: Severity,
    },
    /// Route: the channel is for other accounts.
    OtherAccount,
    /// Route: the channel is for other kinds.
    OtherKind,
    /// Route: quiet hours; it waits for their end.
    QuietHours {
        /// When they end.
        until: Timestamp,
    },
    /// Route: as many as the month's budget allows have been sent; it waits for the digest.
    Budget {
        /// Messages a month.
        limit: u64,
    },
    /// Mute: somebody muted this.
    Muted {
        /// The mute.
        mute: String,
        /// When it expires.
        until: Timestamp,
    },
    /// Digest: the first week learns what is usual; below high waits for the digest.
    Learning {
        /// When the learning ends.
        until: Timestamp,
    },
    /// Digest: the channel takes this severity once a day.
    Daily,
    /// Digest: the letter it goes with.
    InDigest {
        /// When that is sent.
        due: Timestamp,
    },
    /// Group: the first of its group goes at once.
    First,
    /// Group: it follows another of its group and goes with the summary.
    Follows {
        /// When that is sent.
        due: Timestamp,
    },
    /// Group: critical, or the root user: never held back.
    NeverHeld,
    /// Group: a failed sign-in is told when there are as many as this.
    Failures {
        /// So many.
        at: u64,
    },
    /// Dedupe: another channel tells the same place.
    Already,
}

/// A mute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// A short id, for taking it back.
    pub id: String,
    /// Only this rule.
    pub rule: Option<String>,
    /// Only this principal: a name or an ARN, `*` for anything.
    pub principal: Option<String>,
    /// Only this address or network.
    pub address: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it expires: every mute does.
    pub until: Timestamp,
    /// Who made it.
    pub author: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Which notices to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Told at or after this.
    pub since: Option<Timestamp>,
    /// Told before this.
    pub until: Option<Timestamp>,
    /// At least this grave.
    pub minimum: Option<Severity>,
    /// At most so many.
    pub limit: usize,
}

/// Counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Notices told since then, by severity (in the order of `Severity::ALL`).
    pub notices: [u64; 5],
    /// Letters sent since then.
    pub sent: u64,
    /// Letters given up since then.
    pub dead: u64,
    /// Letters that wait now.
    pub waiting: u64,
    /// The same by channel, by its name; one without any is not in it.
    pub waiting_by_channel: Vec<(String, u64)>,
    /// Events that wait now.
    pub held: u64,
    /// Bytes of the ledger; 0 where its store does not say.
    pub bytes: u64,
}

/// Why the ledger could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LedgerError {
    /// What may be done about it.
    pub kind: LedgerErrorKind,
    /// What is wrong and the next step, naming the ledger.
    pub message: String,
}

impl LedgerError {
    /// Whether it may pass by waiting.
    pub const fn is_for_now(&self) -> bool {
        matches!(self.kind, LedgerErrorKind::Full | LedgerErrorKind::Locked)
    }
}

/// What may be done about a [`LedgerError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerErrorKind {
    /// No room (the disk, or the configured size): wait, say so, lose nothing.
    Full,
    /// Another process writes: wait, say so.
    Locked,
    /// Another copy has written since this one looked (many copies share a ledger without a lock): nothing was written; look
    /// again, decide again.
    Overtaken,
    /// A newer version of trailbell wrote it.
    Newer,
    /// It is not a ledger, or it is damaged.
    Broken,
}
