//! The watch at work: sources deliver, the one writer decides and makes it last, channels are sent to. The only clock.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tokio::task::block_in_place;
use trailbell_outbox::{Channel, Failure, FailureKind, LedgerError, Letter, Receipt};

use super::ears::SourceState;
use super::{Counts, Outbound, Outgoing, Watch};
use crate::source::{Arrival, Condition, Door, Source, Taken, Word};

/// Words that wait at the door. Sources wait when it is full.
const AT_THE_DOOR: usize = 256;
/// Arrivals, and bytes of them, that are taken in one transaction.
const TAKEN_AT_ONCE: usize = 256;
const BYTES_AT_ONCE: usize = 32 << 20;
/// How long to wait before a ledger that could not take something is asked again.
const LEDGER_PAUSE: Duration = Duration::from_secs(1);
/// How long letters that are on their way when the watch ends may still take.
const FAREWELL: Duration = Duration::from_secs(10);
/// How often channels are asked whether they would reach anybody.
const PROBED_EVERY: Duration = Duration::from_hours(1);
/// What an attempt may take beyond the channel's own limit before it is given up from outside.
const GRACE: Duration = Duration::from_secs(5);

/// Who watches the watch: metrics, and lines for a person.
pub trait Observer: Send + Sync {
    /// Whatever may have changed, after each round.
    fn round(&self, sources: &[SourceState], counts: &Counts);
    /// The ledger's trouble, or that it is over.
    fn ledger(&self, trouble: Option<&LedgerError>);
    /// What the ledger holds, now and then.
    fn kept(&self, counts: &trailbell_outbox::Counts);
    /// An attempt through a channel ended. `delay` is from the event to now, for a letter that tells one event as it comes
    /// and was taken.
    fn attempt(
        &self,
        channel: &str,
        outcome: Result<(), &Failure>,
        took: Duration,
        delay: Option<SignedDuration>,
    );
    /// A letter was given up.
    fn given_up(&self, channel: &str);
    /// What a probe of a channel found out.
    fn probed(&self, channel: &str, outcome: Result<&[String], &Failure>);
    /// How a source is, as it says it. Hostile.
    fn condition(&self, source: &str, condition: &Condition);
    /// What was wrong with something a source delivered. Hostile.
    fn problem(&self, source: &str, label: &str, problem: &str);
}

/// Why the watch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was asked to.
    Asked,
    /// Every source came to its end, and everything that was due has been sent or tried.
    Ended,
}

/// A watch with its channels.
pub struct Runner {
    watch: Watch,
    channels: HashMap<String, Arc<dyn Channel>>,
    observer: Arc<dyn Observer>,
}

/// Something that was on its way and has ended.
enum Done {
    /// An attempt.
    Attempt {
        letter: Letter,
        outcome: Result<Receipt, Failure>,
        took: Duration,
        event_time: Option<Timestamp>,
    },
    /// A probe of a channel.
    Probe { channel: String, outcome: Result<Vec<String>, Failure> },
}

/// What a round came to.
struct Round {
    outbound: Outbound,
    /// How long nothing happens by itself.
    wait: Duration,
    /// Why the ledger takes nothing just now.
    trouble: Option<LedgerError>,
}

type Answers = Vec<(oneshot::Sender<Taken>, Taken)>;

impl Runner {
    /// A watch that sends through these channels, by their names in the settings.
    pub fn new(
        watch: Watch,
        channels: HashMap<String, Arc<dyn Channel>>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self { watch, channels, observer }
    }

    /// Keeps watch until `stop` is done or every source has ended. Fails only where the ledger cannot be used at all; one that is
    /// full or locked is waited for. Needs tokio's runtime of several threads.
    pub async fn run(
        mut self,
        sources: Vec<Box<dyn Source>>,
        stop: impl Future<Output = ()>,
    ) -> Result<Stopped, LedgerError> {
        let (door, mut words) = mpsc::channel(AT_THE_DOOR);
        for source in sources {
            let name = source.name().to_owned();
            self.watch.listens_to(&name, source.should_speak(), Timestamp::now());
            let position = self.watch.ledger().position(&name)?;
            tokio::spawn(source.listen(position, Door::new(name, door.clone())));
        }
        drop(door);
        for (channel, letters) in self.watch.abandoned() {
            for _ in 0..*letters {
                self.observer.given_up(channel);
            }
        }
        let (done, mut ended) = mpsc::channel::<Done>(AT_THE_DOOR);
        let mut answers: Answers = Vec::new();
        let mut sources_ended = false;
        let mut kept_at: Option<Instant> = None;
        let mut probed_at: Option<Instant> = None;
        tokio::pin!(stop);
        loop {
            let Round { outbound, wait, trouble } =
                block_in_place(|| self.round(&mut answers, sources_ended))?;
            self.observer.ledger(trouble.as_ref());
            self.observer.round(&self.watch.sources(), &self.watch.counts());
            if kept_at.is_none_or(|at| at.elapsed() >= Duration::from_secs(5)) {
                let week = Timestamp::now().saturating_sub(SignedDuration::from_hours(24 * 7));
                if let Ok(counts) = self.watch.ledger().counts(week.unwrap_or(Timestamp::MIN)) {
                    self.observer.kept(&counts);
                }
                kept_at = Some(Instant::now());
            }
            if probed_at.is_none_or(|at| at.elapsed() >= PROBED_EVERY) {
                self.probe(&done);
                probed_at = Some(Instant::now());
            }
            let is_idle = outbound.outgoing.is_empty()
                && !outbound.is_paced
                && !self.watch.is_sending()
                && !self.watch.has_unwritten();
            for outgoing in outbound.outgoing {
                self.send(outgoing, done.clone());
            }
            if sources_ended && is_idle {
                return Ok(Stopped::Ended);
            }
            let takes_more = !sources_ended && !self.watch.is_held_up();
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(first) = ended.recv() => {
                    self.settle(first);
                    while let Ok(next) = ended.try_recv() {
                        self.settle(next);
                    }
                }
                word = words.recv(), if takes_more => {
                    let Some(word) = word else {
                        sources_ended = true;
                        continue;
                    };
                    let taken = block_in_place(|| self.listen(word, &mut words, &mut answers));
                    // What was delivered is not answered, and the process that comes after this one gets it again.
                    taken?;
                }
                () = tokio::time::sleep(wait) => {}
            }
        }
        drop(words);
        self.farewell(ended).await?;
        Ok(Stopped::Asked)
    }

    /// One round: what is decided is made to last, sources are answered, what time brings is done, what is due is handed out;
    /// and how long nothing happens by itself. While the ledger takes nothing, letters are sent and what is old is forgotten
    /// all the same: that is the way out.
    fn round(&mut self, answers: &mut Answers, at_end: bool) -> Result<Round, LedgerError> {
        let now = Timestamp::now();
        let mut trouble = self.unless_for_now(Watch::commit)?;
        let mut wake = Timestamp::now().saturating_add(LEDGER_PAUSE).unwrap_or(now);
        if trouble.is_none() {
            for (answer, taken) in answers.drain(..) {
                // A source that no longer waits has ended.
                let _ = answer.send(taken);
            }
            wake = if at_end { self.watch.finish(now)? } else { self.watch.tick(now)? };
            trouble = self.unless_for_now(Watch::commit)?;
        }
        match &trouble {
            None => self.watch.ledger_is_well(now),
            Some(error) => {
                self.watch.ledger_trouble(error, now);
                self.watch.forget(now)?;
            }
        }
        let trouble = trouble.or(self.unless_for_now(Watch::commit_sending)?);
        let outbound = self.watch.due(now)?;
        let trouble = trouble.or(self.unless_for_now(Watch::commit_sending)?);
        let wake = outbound.wake.map_or(wake, |due| due.min(wake));
        let wait = Duration::try_from(wake.duration_since(Timestamp::now())).unwrap_or_default();
        let longest = if trouble.is_some() { LEDGER_PAUSE } else { Duration::from_mins(1) };
        Ok(Round { outbound, wait: wait.clamp(Duration::from_millis(5), longest), trouble })
    }

    /// Does something with the ledger; what may pass by waiting is told apart from what may not.
    fn unless_for_now(
        &mut self,
        write: impl FnOnce(&mut Watch) -> Result<(), LedgerError>,
    ) -> Result<Option<LedgerError>, LedgerError> {
        match write(&mut self.watch) {
            Ok(()) => Ok(None),
            Err(error) if error.is_for_now() => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }

    /// Takes what is at the door.
    fn listen(
        &mut self,
        first: Word,
        words: &mut mpsc::Receiver<Word>,
        answers: &mut Answers,
    ) -> Result<(), LedgerError> {
        let now = Timestamp::now();
        let mut arrivals: Vec<(String, Arrival)> = Vec::new();
        let mut waiting = Vec::new();
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(word) = next {
            match word {
                Word::Arrival { source, arrival, answer } => {
                    bytes += arrival.body.len();
                    arrivals.push((source, arrival));
                    waiting.push(answer);
                }
                Word::Condition { source, condition } => {
                    self.observer.condition(&source, &condition);
                    self.watch.heard(&source, &condition, now);
                }
            }
            let has_room = arrivals.len() < TAKEN_AT_ONCE && bytes < BYTES_AT_ONCE;
            next = has_room.then(|| words.try_recv().ok()).flatten();
        }
        if arrivals.is_empty() {
            return Ok(());
        }
        let taken = self.watch.take(&arrivals, now)?;
        for ((source, arrival), taken) in arrivals.iter().zip(&taken) {
            for problem in &taken.problems {
                self.observer.problem(source, &arrival.label, problem);
            }
        }
        answers.extend(waiting.into_iter().zip(taken));
        Ok(())
    }

    fn send(&self, outgoing: Outgoing, done: mpsc::Sender<Done>) {
        let Outgoing { letter, message, event_time } = outgoing;
        let channel = self.channels.get(&letter.channel).cloned();
        tokio::spawn(async move {
            let began = Instant::now();
            let outcome = match &channel {
                Some(channel) => {
                    let limit = channel.capabilities().timeout + GRACE;
                    tokio::time::timeout(limit, channel.send(&message)).await.unwrap_or_else(|_| {
                        Err(Failure {
                            kind: FailureKind::Temporary { after: None },
                            message: format!("no answer within {} seconds", limit.as_secs()),
                        })
                    })
                }
                None => Err(Failure {
                    kind: FailureKind::Refused,
                    message: format!("there is no channel `{}`", letter.channel),
                }),
            };
            // The watch is ending; the attempt will be repeated, with the same identity.
            let _ = done.send(Done::Attempt { letter, outcome, took: began.elapsed(), event_time }).await;
        });
    }

    /// Asks every channel that can say so whether it would reach anybody.
    fn probe(&self, done: &mpsc::Sender<Done>) {
        for (name, channel) in &self.channels {
            let (name, channel, done) = (name.clone(), Arc::clone(channel), done.clone());
            tokio::spawn(async move {
                let limit = channel.capabilities().timeout + GRACE;
                let Some(probe) = channel.probe() else { return };
                // No answer at all is what the next attempt to send will say too.
                if let Ok(outcome) = tokio::time::timeout(limit, probe).await {
                    let _ = done.send(Done::Probe { channel: name, outcome }).await;
                }
            });
        }
    }

    fn settle(&mut self, done: Done) {
        let now = Timestamp::now();
        let (letter, outcome, took, event_time) = match done {
            Done::Attempt { letter, outcome, took, event_time } => (letter, outcome, took, event_time),
            Done::Probe { channel, outcome } => {
                self.observer.probed(&channel, outcome.as_ref().map(Vec::as_slice));
                let target = self.channels.get(&channel).map(|channel| channel.target()).unwrap_or_default();
                self.watch.probed(&channel, &target, outcome.as_ref().map(Vec::as_slice), now);
                return;
            }
        };
        let delay = event_time.filter(|_| outcome.is_ok()).map(|time| now.duration_since(time));
        self.observer.attempt(&letter.channel, outcome.as_ref().map(|_| ()), took, delay);
        if self.watch.settle(&letter, &outcome, now, fastrand::f64()) {
            self.observer.given_up(&letter.channel);
        }
    }

    /// Waits a moment for letters on their way, so that what was taken is not sent again after a restart.
    async fn farewell(&mut self, mut ended: mpsc::Receiver<Done>) -> Result<(), LedgerError> {
        let until = tokio::time::Instant::now() + FAREWELL;
        while self.watch.is_sending() {
            match tokio::time::timeout_at(until, ended.recv()).await {
                Ok(Some(done)) => self.settle(done),
                Ok(None) | Err(_) => break,
            }
        }
        match block_in_place(|| self.watch.commit()) {
            // What could not be written is decided again after the restart: no source was answered for it.
            Err(error) if !error.is_for_now() => Err(error),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("watch", &self.watch).finish_non_exhaustive()
    }
}
