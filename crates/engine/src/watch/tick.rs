//! What comes with time alone: patience that is over, silence, the weekly word, tidying.

use jiff::{SignedDuration, Timestamp};
use trailbell_notice::Bulletin;
use trailbell_outbox::{
    Announcement, Batch, Failure, Identity, Ledger, LedgerError, LedgerErrorKind, Letter, News, next_weekly,
};

use super::ears::{Hearing, SourceState};
use super::{Presence, Watch};
use crate::learn;

const NEXT_WELL: &str = "all-is-well/next";
const LAST_WELL: &str = "all-is-well/last";
const UNCONFIRMED: &str = "unconfirmed/";
const WELCOMED: &str = "welcomed";
const NEXT_FORGET: &str = "forget/next";

/// How long a source that is catching up may be silent before it counts as caught up.
const CAUGHT_UP: SignedDuration = SignedDuration::from_secs(5);
/// How long old events are gathered at most before they are told.
const GATHERED: SignedDuration = SignedDuration::from_mins(10);
/// How long a source may take to speak before time passes without it.
const HEARD: SignedDuration = SignedDuration::from_mins(1);
/// How often mutes are read, silence is looked for, and the outbox is tidied.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// How often what is past keeping is forgotten, and how much of it at once.
const FORGET_EVERY: SignedDuration = SignedDuration::from_mins(10);
const FORGOTTEN_AT_ONCE: usize = 5_000;

/// When what is to be done next.
#[derive(Debug)]
pub(super) struct Chores {
    minute: Timestamp,
    forget: Timestamp,
    next_well: Option<Timestamp>,
    last_well: Timestamp,
    backlog_since: Option<Timestamp>,
    welcomed: bool,
    presence: Presence,
    ledger_trouble: Option<Timestamp>,
}

impl Chores {
    pub(super) fn load(
        ledger: &mut dyn Ledger,
        presence: Presence,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let mut time = |key: &str| -> Result<Option<Timestamp>, LedgerError> {
            Ok(ledger.state(key)?.into_iter().find_map(|(_, at)| at.parse().ok()))
        };
        Ok(Self {
            next_well: time(NEXT_WELL)?,
            last_well: time(LAST_WELL)?.unwrap_or(now),
            welcomed: time(WELCOMED)?.is_some(),
            minute: now,
            forget: time(NEXT_FORGET)?.unwrap_or(now),
            presence,
            backlog_since: None,
            ledger_trouble: None,
        })
    }
}

impl Watch {
    /// A source the settings have; silence means something where it should speak.
    pub fn listens_to(&mut self, source: &str, should_speak: bool, now: Timestamp) {
        self.ears.listens_to(source, should_speak, now);
    }

    /// How the sources are.
    pub fn sources(&self) -> Vec<SourceState> {
        self.ears.states()
    }

    /// Does what time brings; to be called at least when it says, and after every [`Watch::take`]. [`Watch::commit`] follows.
    pub fn tick(&mut self, now: Timestamp) -> Result<Timestamp, LedgerError> {
        self.catch_up(now)?;
        // While sources bring what is past, the alarms' time goes on with it, and what is counted is not over.
        let is_present = !self.has_backlog && self.catching_up.is_empty() && self.has_heard_all(now);
        if is_present {
            self.pass_time(now);
        }
        self.tell_ready(now)?;
        if now >= self.chores.minute {
            self.chores.minute = after(now, MINUTE);
            self.outbox.refresh(self.ledger.as_mut(), now)?;
            self.outbox.tidy(now, &mut self.taking);
            learn::take_in(&mut self.habits, &self.settings, self.ledger.as_mut(), &mut self.taking)?;
            if is_present {
                self.correlations.forget(now);
                self.habits.forget(now);
            }
            for hearing in self.ears.listen(now, &mut self.sending) {
                self.tell_of_source(hearing, now);
            }
            self.sum_up(now)?;
            self.say_all_is_well(now)?;
        }
        self.forget(now)?;
        self.ears.note(now, &mut self.taking);
        let patience = self.folder.next_told().and_then(|at| Timestamp::from_microsecond(at).ok());
        let caught_up = self.has_backlog.then(|| after(now, CAUGHT_UP));
        let alarms = self.alarms.next_wake().filter(|at| *at > now);
        let wake = [Some(self.chores.minute), patience, caught_up, alarms].into_iter().flatten().min();
        Ok(wake.unwrap_or(self.chores.minute))
    }

    /// Whether every source has spoken since the start, or has had the time to.
    fn has_heard_all(&self, now: Timestamp) -> bool {
        self.chores.presence == Presence::Visits
            || now.duration_since(self.opened) >= HEARD
            || self.ears.have_all_spoken()
    }

    /// Forgets what is past keeping, now and then; also while the ledger takes nothing else, for that may make room.
    pub fn forget(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        if now >= self.chores.forget {
            let before = now.saturating_sub(self.settings.ledger.keep).unwrap_or(Timestamp::MIN);
            let more = match self.ledger.forget(before, FORGOTTEN_AT_ONCE) {
                Err(error) if error.is_for_now() => false,
                more => more?,
            };
            self.chores.forget = if more { after(now, CAUGHT_UP) } else { after(now, FORGET_EVERY) };
            // Who comes next has no other memory.
            if self.chores.presence == Presence::Visits {
                self.taking.state.push((NEXT_FORGET.to_owned(), Some(self.chores.forget.to_string())));
            }
        }
        Ok(())
    }

    /// Says something, once for a `key`.
    pub fn say(&mut self, key: &[&str], bulletin: &Bulletin, now: Timestamp) {
        self.announce(key, bulletin, None, now);
    }

    /// There is nothing more to come: what waits for company is told without it.
    pub fn finish(&mut self, now: Timestamp) -> Result<Timestamp, LedgerError> {
        self.catching_up.clear();
        let wake = self.tick(now)?;
        self.folder.finish();
        self.tell_ready(now)?;
        Ok(wake)
    }

    /// The ledger takes nothing. It is told once, for a letter still finds its place where events do not.
    pub fn ledger_trouble(&mut self, error: &LedgerError, now: Timestamp) {
        if self.chores.ledger_trouble.is_none() && error.kind == LedgerErrorKind::Full {
            self.chores.ledger_trouble = Some(now);
            let bulletin = Bulletin::LedgerFull { since: now, reason: error.message.clone() };
            self.announce(&["ledger-full", &now.to_string()], &bulletin, None, now);
        }
    }

    /// The ledger takes what it is given.
    pub fn ledger_is_well(&mut self, now: Timestamp) {
        if let Some(since) = self.chores.ledger_trouble.take() {
            self.announce(&["ledger-well", &now.to_string()], &Bulletin::LedgerWell { since }, None, now);
        }
    }

    /// Old events that were gathered while sources caught up are told, in the order of their time.
    fn catch_up(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        self.catching_up.retain(|_, last| now.duration_since(*last) < CAUGHT_UP);
        if !self.has_backlog {
            self.chores.backlog_since = None;
            return Ok(());
        }
        let since = *self.chores.backlog_since.get_or_insert(now);
        if self.catching_up.is_empty() || now.duration_since(since) >= GATHERED {
            self.chores.backlog_since = None;
            self.tell_backlog(now)?;
        }
        Ok(())
    }

    /// The first start says what is watched; every week says that it still is.
    fn say_all_is_well(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        if !self.chores.welcomed {
            self.chores.welcomed = true;
            self.taking.state.push((WELCOMED.to_owned(), Some(now.to_string())));
            let sources = self.ears.states().into_iter().map(|source| source.name).collect();
            let channels = self.outbox.channels().iter().map(|channel| channel.name.clone()).collect();
            let learning = self.outbox.learning_until();
            let learning_until = (learning > now).then_some(learning);
            self.announce(&["welcome"], &Bulletin::Welcome { sources, channels, learning_until }, None, now);
        }
        let Some((day, at)) = self.settings.delivery.all_is_well else { return Ok(()) };
        let zone = self.reader.time_zone.clone();
        let from = match self.chores.next_well {
            Some(next) if now < next => return Ok(()),
            // What is not well has been told; the word waits until it is.
            Some(_) if !self.ears.all_well() => return Ok(()),
            Some(next) => {
                self.tell_all_is_well(next, now)?;
                now
            }
            // The first start has just said so.
            None => after(now, SignedDuration::from_hours(24)),
        };
        let next = next_weekly(from, day, at, &zone);
        self.chores.next_well = Some(next);
        self.chores.last_well = now;
        self.taking.state.push((NEXT_WELL.to_owned(), Some(next.to_string())));
        self.taking.state.push((LAST_WELL.to_owned(), Some(now.to_string())));
        Ok(())
    }

    fn tell_all_is_well(&mut self, due: Timestamp, now: Timestamp) -> Result<(), LedgerError> {
        let from = self.chores.last_well;
        let counts = self.ledger.counts(from)?;
        let sources = self.ears.states();
        self.ears.reset_counts();
        let mut channels = Vec::new();
        for channel in self.outbox.channels() {
            channels.push((channel.name.clone(), self.ledger.sent_since(&channel.name, from)?));
        }
        let bulletin = Bulletin::AllIsWell {
            from,
            until: now,
            notices: counts.notices,
            sources: sources.into_iter().map(|source| (source.name, source.newest, source.events)).collect(),
            channels,
            waiting: counts.waiting,
            dead: counts.dead,
        };
        self.announce(&["all-is-well", &due.to_string()], &bulletin, None, now);
        Ok(())
    }

    fn tell_of_source(&mut self, hearing: Hearing, now: Timestamp) {
        match hearing {
            Hearing::Deaf { source, last, usual, reason } => {
                let since = last.map_or_else(String::new, |last| last.to_string());
                let bulletin = Bulletin::Deaf {
                    source: source.clone(),
                    since: last,
                    usual_seconds: usual.map(|usual| usual.as_secs()),
                    reason,
                };
                self.announce(&["deaf", &source, &since, &now.to_string()], &bulletin, None, now);
            }
            Hearing::Well { source, since } => {
                let key = ["well", &source, &since.to_string(), &now.to_string()].map(str::to_owned);
                let bulletin = Bulletin::WellAgain { source, deaf_since: Some(since) };
                self.announce(&key.each_ref().map(String::as_str), &bulletin, None, now);
            }
        }
    }

    /// What a probe of a channel found out: that nobody would be reached, or who would not be though others are.
    pub fn probed(
        &mut self,
        channel: &str,
        target: &str,
        outcome: Result<&[String], &Failure>,
        now: Timestamp,
    ) {
        if let Some(news) = self.outbox.probed(channel, outcome.map(|_| ()), now, &mut self.sending) {
            self.tell_of_channel(news, now);
        }
        let Ok(unconfirmed) = outcome else { return };
        let prefix = format!("{UNCONFIRMED}{channel}/");
        let Ok(told) = self.ledger.state(&prefix) else { return };
        let key = |address: &String| format!("{prefix}{}", Identity::of(&[address]));
        let now_unconfirmed: Vec<String> = unconfirmed.iter().map(key).collect();
        for (address, key) in unconfirmed.iter().zip(&now_unconfirmed) {
            if told.iter().all(|(known, _)| known != key) {
                self.sending.state.push((key.clone(), Some(now.to_string())));
                let bulletin =
                    Bulletin::SubscriptionUnconfirmed { topic: target.to_owned(), address: address.clone() };
                self.announce(&["unconfirmed", channel, address, &now.to_string()], &bulletin, None, now);
            }
        }
        let over = told.into_iter().filter(|(known, _)| !now_unconfirmed.contains(known));
        self.sending.state.extend(over.map(|(known, _)| (known, None)));
    }

    pub(super) fn tell_of_channel(&mut self, news: News, now: Timestamp) {
        let at = now.to_string();
        match news {
            News::Refusing { channel, since, reason } => {
                let bulletin = Bulletin::ChannelRefusing { channel: channel.clone(), since, reason };
                self.announce(&["refusing", &channel, &at], &bulletin, Some(&channel), now);
            }
            News::Well { channel, since } => {
                let bulletin = Bulletin::ChannelWell { channel: channel.clone(), since };
                self.announce(&["channel-well", &channel, &at], &bulletin, None, now);
            }
        }
    }

    fn announce(&mut self, key: &[&str], bulletin: &Bulletin, except: Option<&str>, now: Timestamp) {
        let Ok(json) = serde_json::to_string(bulletin) else { return };
        let announcement = Announcement {
            key,
            severity: bulletin.severity(),
            bulletin: &json,
            is_of_the_account: bulletin.is_of_the_account(),
            except,
            resolves: None,
            follows: None,
        };
        let mut batch = Batch::default();
        self.outbox.announce(&announcement, now, &mut batch);
        // Posting a letter once more makes it due now, and it may be on its way in another copy's hands.
        let is_known =
            |letter: &Letter, ledger: &mut dyn Ledger| matches!(ledger.letter(&letter.letter), Ok(Some(_)));
        let new = batch.letters.into_iter().filter(|letter| !is_known(letter, self.ledger.as_mut()));
        self.sending.letters.extend(new);
    }
}

fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(now)
}
