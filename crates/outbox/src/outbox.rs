//! The stages in their order: dedupe, route, mute, digest, group (or the counting of failures), and after an attempt retry.
//! Each says why; the whole story of a notice is its [`Entry`]s.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use trailbell_config::{ChannelSettings, DeliverySettings};
use trailbell_text::Severity;

use crate::calendar::next_daily;
use crate::channel::{Capabilities, Failure, Receipt};
use crate::failures::{self, Counted, Runs};
use crate::group::{self, Gathered, Groups};
use crate::health::{self, Healths, News};
use crate::identity::Identity;
use crate::ledger::{
    Attempt, Batch, Entry, Form, Ledger, LedgerError, Letter, LetterChange, LetterState, Mute, Owed, Why,
};
use crate::pace::Pace;
use crate::route::{Route, route};
use crate::{dedupe, digest, mute, retry};

/// The key under which the first start is remembered: the learning week counts from it.
const FIRST_START: &str = "first-start";
/// What a burst of failed sign-ins is worth, whatever one of them is.
const FAILURES_SEVERITY: Severity = Severity::Medium;

/// Decides what each channel is told and when. Time is passed in; what it decides is written into a [`Batch`].
#[derive(Debug)]
pub struct Outbox {
    channels: Vec<ChannelSettings>,
    /// The names of those that can be told that something is over.
    resolving: HashSet<String>,
    /// The names of those that show what belongs to one thread together.
    threading: HashSet<String>,
    delivery: DeliverySettings,
    zone: TimeZone,
    learning_until: Timestamp,
    groups: Groups,
    runs: Runs,
    mutes: Vec<Mute>,
    paces: HashMap<String, Pace>,
    health: Healths,
    /// Letters on their way, with their channel.
    away: HashMap<Identity, String>,
    abandoned: Vec<(String, u64)>,
}

/// When it is seen again whether what a letter closes has been opened.
const CLOSES_LATER: SignedDuration = SignedDuration::from_secs(10);
/// Waiting letters that are looked through for that.
const MOST_WAITING: usize = 1_000;
/// Letters on their way through one channel at once.
const AT_ONCE: usize = 4;

/// What is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// The letters.
    pub letters: Vec<Letter>,
    /// When to ask again, should nothing happen before.
    pub wake: Option<Timestamp>,
    /// Whether letters that have not been tried yet wait for nothing but their channel's pace.
    pub is_paced: bool,
    /// Whether more letters may be due than these.
    pub may_be_more: bool,
}

impl Due {
    fn wake(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }
}

/// A bulletin that is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Announcement<'a> {
    /// What makes it the same however often it is said.
    pub key: &'a [&'a str],
    /// How much it matters.
    pub severity: Severity,
    /// The bulletin as it is kept.
    pub bulletin: &'a str,
    /// Whether it tells of the account: then it is for every channel. A word of trailbell's own is for those that take such words
    /// (for all, where none does).
    pub is_of_the_account: bool,
    /// The channel it is not for, because it may speak of it.
    pub except: Option<&'a str>,
    /// What ends with it, by the thread of what was told: then it is for those channels alone that can close what they opened.
    pub resolves: Option<&'a Identity>,
    /// What was told before that it sums up: then it is for those channels alone, as far as they show a thread together.
    pub follows: Option<Follows<'a>>,
}

/// What a bulletin comes after.
#[derive(Debug, Clone, Copy)]
pub struct Follows<'a> {
    /// The thread.
    pub thread: &'a Identity,
    /// The channels that were told.
    pub channels: &'a BTreeSet<String>,
}

/// Whether a letter that says that something is over would overtake one that says that it began: what was closed first would
/// stay open.
fn closes_too_soon(letter: &Letter, ledger: &mut dyn Ledger) -> Result<bool, LedgerError> {
    // Every other bulletin is a thread of its own.
    if letter.form != Form::Bulletin || letter.thread == letter.letter {
        return Ok(false);
    }
    let is_before = |other: &Letter| {
        other.channel == letter.channel
            && other.thread == letter.thread
            && other.letter != letter.letter
            && other.opened <= letter.opened
    };
    Ok(ledger.letters(Some(LetterState::Waiting), MOST_WAITING)?.iter().any(is_before))
}

impl Outbox {
    /// Goes on where the ledger stands. `channels` come with what they can do.
    pub fn open(
        channels: Vec<(ChannelSettings, Capabilities)>,
        delivery: DeliverySettings,
        zone: TimeZone,
        ledger: &mut dyn Ledger,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let started = ledger.state(FIRST_START)?.into_iter().find_map(|(_, at)| at.parse().ok());
        let first_start: Timestamp = if let Some(at) = started {
            at
        } else {
            let state = vec![(FIRST_START.to_owned(), Some(now.to_string()))];
            ledger.commit(&Batch { state, ..Batch::default() })?;
            now
        };
        let abandoned = give_up_for_lost_channels(&channels, ledger, now)?;
        let paces =
            channels.iter().map(|(channel, can)| (channel.name.clone(), Pace::new(can, now))).collect();
        let resolving = channels.iter().filter(|(_, can)| can.resolves);
        let threading = channels.iter().filter(|(_, can)| can.threads);
        Ok(Self {
            resolving: resolving.map(|(channel, _)| channel.name.clone()).collect(),
            threading: threading.map(|(channel, _)| channel.name.clone()).collect(),
            channels: channels.into_iter().map(|(channel, _)| channel).collect(),
            learning_until: learning_until(first_start, delivery.learning),
            delivery,
            zone,
            groups: Groups::load(ledger.state(group::PREFIX)?),
            runs: Runs::load(ledger.state(failures::PREFIX)?),
            mutes: ledger.mutes(now)?,
            paces,
            health: Healths::load(ledger.state(health::PREFIX)?),
            away: HashMap::new(),
            abandoned,
        })
    }

    /// Channels that letters waited for and the settings no longer have, each with how many were given up when the outbox was opened.
    pub fn abandoned(&self) -> &[(String, u64)] {
        &self.abandoned
    }

    /// Until when everything below high waits for the digest.
    pub const fn learning_until(&self) -> Timestamp {
        self.learning_until
    }

    /// The channels.
    pub fn channels(&self) -> &[ChannelSettings] {
        &self.channels
    }

    /// Reads the mutes again: another process writes them.
    pub fn refresh(&mut self, ledger: &mut dyn Ledger, now: Timestamp) -> Result<(), LedgerError> {
        self.mutes = ledger.mutes(now)?;
        Ok(())
    }

    /// Decides for a new notice, channel by channel, and writes entries and letters into the batch.
    pub fn plan(
        &mut self,
        notice: &Owed,
        now: Timestamp,
        ledger: &mut dyn Ledger,
        batch: &mut Batch,
    ) -> Result<(), LedgerError> {
        for index in 0..self.channels.len() {
            let channel = self.channels[index].clone();
            let (letter, why) = match dedupe::already(&channel, &self.channels[..index], notice, now, batch) {
                Some(why) => (None, vec![why]),
                None => self.plan_for(&channel, notice, now, ledger, batch)?,
            };
            batch.entries.push(Entry { notice: notice.notice.clone(), channel: channel.name, letter, why });
        }
        Ok(())
    }

    fn plan_for(
        &mut self,
        channel: &ChannelSettings,
        notice: &Owed,
        now: Timestamp,
        ledger: &mut dyn Ledger,
        batch: &mut Batch,
    ) -> Result<(Option<Identity>, Vec<Why>), LedgerError> {
        let counted = failures::counts(notice);
        // What is counted is told as what it grows into.
        let severity = if counted { notice.severity.max(FAILURES_SEVERITY) } else { notice.severity };
        if let Some(why) = mute::muted(&self.mutes, notice) {
            return Ok((None, vec![why]));
        }
        match route(channel, notice, severity, now, &self.zone, ledger, &batch.letters)? {
            Route::Not(why) => return Ok((None, vec![why])),
            Route::Later(why, until) => {
                let letter = gathering(channel, Form::Digest, "quiet", until, notice, batch);
                return Ok((Some(letter), vec![why, Why::InDigest { due: until }]));
            }
            Route::Digest(why) => return Ok(self.digested(channel, notice, why, now, batch)),
            Route::Through => {}
        }
        if let Some(why) = digest::waits(channel, severity, self.learning_until, now) {
            return Ok(self.digested(channel, notice, why, now, batch));
        }
        if counted {
            return Ok(match self.runs.count(&channel.name, notice, now, batch) {
                Counted::Below(why) => self.digested(channel, notice, why, now, batch),
                Counted::Ring { letter, key, why } => {
                    let rings = letter_of(channel, letter.clone(), Form::Failures, now, notice, severity);
                    // What it says is counted until it is sent.
                    batch.letters.push(Letter { bulletin: Some(key), ..rings });
                    (Some(letter), vec![why])
                }
                Counted::AtEnd { letter, key, due, why } => {
                    let rings = letter_of(channel, letter.clone(), Form::Failures, due, notice, severity);
                    // What it says is counted until it is sent.
                    batch.letters.push(Letter { bulletin: Some(key), ..rings });
                    // The end is when they have stopped: each further one puts it off.
                    batch.changes.push(LetterChange {
                        letter: letter.clone(),
                        state: LetterState::Waiting,
                        due,
                        attempt: None,
                    });
                    (Some(letter), vec![why, Why::Follows { due }])
                }
            });
        }
        Ok(match self.groups.gather(&channel.name, notice, now, self.delivery.group, batch) {
            Gathered::AtOnce(why) => {
                let letter = Identity::of(&["notice", &channel.name, notice.notice.as_str()]);
                batch.letters.push(letter_of(
                    channel,
                    letter.clone(),
                    Form::Notice,
                    now,
                    notice,
                    notice.severity,
                ));
                (Some(letter), vec![why])
            }
            Gathered::With(due) => {
                let group = notice.group.as_str().to_owned();
                let letter = gathering(channel, Form::Summary, &group, due, notice, batch);
                (Some(letter), vec![Why::Follows { due }])
            }
        })
    }

    fn digested(
        &self,
        channel: &ChannelSettings,
        notice: &Owed,
        why: Why,
        now: Timestamp,
        batch: &mut Batch,
    ) -> (Option<Identity>, Vec<Why>) {
        let due = next_daily(now, self.delivery.digest_at, &self.zone);
        let letter = gathering(channel, Form::Digest, "day", due, notice, batch);
        (Some(letter), vec![why, Why::InDigest { due }])
    }

    /// Writes a bulletin for everybody it is for.
    pub fn announce(&self, what: &Announcement<'_>, now: Timestamp, batch: &mut Batch) {
        let others = || self.channels.iter().filter(|channel| Some(channel.name.as_str()) != what.except);
        let some_take_them = others().any(|channel| channel.operations);
        let everybody = what.is_of_the_account || !some_take_them;
        let closes =
            |channel: &ChannelSettings| what.resolves.is_none() || self.resolving.contains(&channel.name);
        let was_told = |channel: &ChannelSettings| {
            what.follows.is_none_or(|follows| {
                follows.channels.contains(&channel.name) && self.threading.contains(&channel.name)
            })
        };
        let is_for = |channel: &&ChannelSettings| {
            (everybody || channel.operations) && closes(channel) && was_told(channel)
        };
        let thread = what.resolves.or(what.follows.map(|follows| follows.thread));
        for channel in others().filter(is_for) {
            let mut parts = vec!["bulletin", &channel.name];
            parts.extend(what.key);
            let letter = Identity::of(&parts);
            batch.letters.push(Letter {
                thread: thread.unwrap_or(&letter).clone(),
                letter,
                channel: channel.name.clone(),
                form: Form::Bulletin,
                severity: what.severity,
                opened: now,
                due: now,
                state: LetterState::Waiting,
                attempts: 0,
                first_attempt: None,
                ended: None,
                bulletin: Some(what.bulletin.to_owned()),
            });
        }
    }

    /// The letters to be sent now, each handed out once until it is settled. `undecided` are letters that a batch changes which could
    /// not be made to last yet: they wait for it.
    pub fn due(
        &mut self,
        now: Timestamp,
        ledger: &mut dyn Ledger,
        undecided: &HashSet<Identity>,
    ) -> Result<Due, LedgerError> {
        let mut due = Due::default();
        for channel in &self.channels {
            let Some(pace) = self.paces.get_mut(&channel.name) else { continue };
            let away = self.away.values().filter(|name| **name == channel.name).count();
            let room = AT_ONCE.saturating_sub(away);
            if room == 0 {
                due.may_be_more = true;
                continue;
            }
            // Those on their way, and those undecided, are found again.
            let looked_at = room + away + undecided.len();
            let mut letters = ledger.due(&channel.name, now, looked_at)?;
            due.may_be_more |= letters.len() >= looked_at;
            letters.retain(|letter| {
                !self.away.contains_key(&letter.letter) && !undecided.contains(&letter.letter)
            });
            due.may_be_more |= letters.len() > room;
            let mut ready = Vec::new();
            for letter in letters {
                if closes_too_soon(&letter, ledger)? {
                    due.wake(now.saturating_add(CLOSES_LATER).unwrap_or(now));
                } else {
                    ready.push(letter);
                }
            }
            for letter in ready.into_iter().take(room) {
                let next = pace.next(now);
                if next > now {
                    due.may_be_more = true;
                    due.is_paced |= letter.attempts == 0 && !pace.is_paused(now);
                    due.wake(next);
                    break;
                }
                pace.sent(now);
                self.away.insert(letter.letter.clone(), letter.channel.clone());
                due.letters.push(letter);
            }
        }
        if let Some(at) = ledger.next_due()?.filter(|at| *at > now) {
            due.wake(at);
        }
        Ok(due)
    }

    /// A letter that was handed out could not be composed: it is handed out again.
    pub fn put_back(&mut self, letter: &Letter) {
        self.away.remove(&letter.letter);
    }

    /// What became of a letter that [`Outbox::due`] handed out. `chance` (at least 0, below 1) spreads the next attempts.
    /// Says when this is the moment to tell of the channel itself.
    pub fn settle(
        &mut self,
        letter: &Letter,
        outcome: &Result<Receipt, Failure>,
        now: Timestamp,
        chance: f64,
        batch: &mut Batch,
    ) -> Option<News> {
        self.away.remove(&letter.letter);
        let pace = self.paces.get_mut(&letter.channel);
        match outcome {
            Ok(receipt) => {
                if let Some(pace) = pace {
                    pace.well();
                }
                let detail = receipt.id.clone().unwrap_or_default();
                batch.changes.push(LetterChange {
                    letter: letter.letter.clone(),
                    state: LetterState::Sent,
                    due: letter.due,
                    attempt: Some(Attempt { at: now, taken: true, detail }),
                });
            }
            Err(failure) => {
                if let Some(pace) = pace {
                    pace.failed(failure, now, chance);
                }
                let change = retry::after_failure(letter, failure, now, self.delivery.give_up_after, chance);
                batch.changes.push(change);
            }
        }
        self.health.after(&letter.channel, outcome.as_ref().map(|_| ()), now, batch)
    }

    /// What a probe of a channel found out. Says when this is the moment to tell of it.
    pub fn probed(
        &mut self,
        channel: &str,
        outcome: Result<(), &Failure>,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Option<News> {
        self.health.after(channel, outcome, now, batch)
    }

    /// Whether letters are on their way.
    pub fn is_busy(&self) -> bool {
        !self.away.is_empty()
    }

    /// Forgets what is over. Now and then.
    pub fn tidy(&mut self, now: Timestamp, batch: &mut Batch) {
        self.groups.tidy(now, self.delivery.group, batch);
        self.runs.tidy(now, batch);
    }
}

/// The letter of that form that is due then: the first notice opens it, the others join.
fn gathering(
    channel: &ChannelSettings,
    form: Form,
    what: &str,
    due: Timestamp,
    notice: &Owed,
    batch: &mut Batch,
) -> Identity {
    let letter = Identity::of(&["gathering", &channel.name, what, &due.to_string()]);
    batch.letters.push(letter_of(channel, letter.clone(), form, due, notice, notice.severity));
    letter
}

fn letter_of(
    channel: &ChannelSettings,
    letter: Identity,
    form: Form,
    due: Timestamp,
    notice: &Owed,
    severity: Severity,
) -> Letter {
    Letter {
        thread: match form {
            Form::Digest | Form::Bulletin => letter.clone(),
            Form::Notice | Form::Summary | Form::Failures => notice.thread.clone(),
        },
        letter,
        channel: channel.name.clone(),
        form,
        severity,
        opened: notice.told_at,
        due,
        state: LetterState::Waiting,
        attempts: 0,
        first_attempt: None,
        ended: None,
        bulletin: None,
    }
}

/// Gives up the letters that wait for channels the settings no longer have: nobody would ever send them.
fn give_up_for_lost_channels(
    channels: &[(ChannelSettings, Capabilities)],
    ledger: &mut dyn Ledger,
    now: Timestamp,
) -> Result<Vec<(String, u64)>, LedgerError> {
    let mut lost = ledger.counts(now)?.waiting_by_channel;
    lost.retain(|(name, _)| channels.iter().all(|(channel, _)| channel.name != *name));
    for (name, _) in &lost {
        let give_up = |letter: Letter| LetterChange {
            letter: letter.letter,
            state: LetterState::Dead,
            due: now,
            attempt: Some(Attempt {
                at: now,
                taken: false,
                detail: format!("the settings have no channel `{name}` any more"),
            }),
        };
        let letters = ledger.due(name, Timestamp::MAX, usize::MAX)?;
        let changes = letters.into_iter().map(give_up).collect();
        ledger.commit(&Batch { changes, ..Batch::default() })?;
    }
    Ok(lost)
}

/// Switched off it ends before everything: another copy may have begun a moment after this one's `now`.
fn learning_until(first_start: Timestamp, learning: Duration) -> Timestamp {
    if learning.is_zero() {
        return Timestamp::MIN;
    }
    first_start.saturating_add(learning).unwrap_or(first_start)
}
