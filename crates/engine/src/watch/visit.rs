//! The watch as short visits: somebody is woken with something to take, takes it, sends what is due, and is gone. Many may be at
//! it at once (a Lambda function's copies) over one ledger that nobody locks.
//!
//! What keeps them apart is the ledger: a commit by a copy that has been overtaken writes nothing
//! ([`LedgerErrorKind::Overtaken`]); then the copy looks again and decides again. A letter is claimed for a while in the
//! ledger before it is sent, so that no other copy sends it; a copy that dies with it leaves it to the next one.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinSet, block_in_place};
use trailbell_notice::Bulletin;
use trailbell_outbox::{
    Batch, Channel, Failure, FailureKind, LedgerError, LedgerErrorKind, Message, Receipt,
};

use super::{Observer, Outgoing, Watch};
use crate::source::{Arrival, Taken};

/// For how long letters that are being sent are one copy's: longer than any attempt may take.
const CLAIM: SignedDuration = SignedDuration::from_mins(3);
/// What an attempt may take beyond the channel's own limit before it is given up from outside.
const GRACE: Duration = Duration::from_secs(5);
/// How often something is decided anew before a ledger that others write to all the time counts as locked.
const TRIES: u32 = 12;
/// The bounds of the waits between two tries.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How long a letter waits that was to be given up and that the last resort did not take.
const LAST_RESORT_AGAIN: SignedDuration = SignedDuration::from_mins(30);

/// A letter that no channel will take any more.
#[derive(Debug, Clone)]
pub struct GivenUp {
    /// The channel's name in the settings.
    pub channel: String,
    /// Why, as it said it last, secrets masked. Hostile.
    pub reason: String,
    /// What it said.
    pub message: Message,
}

/// Where a [`GivenUp`] goes, so that it is not lost: the last resort.
pub type LastResort = Arc<dyn Fn(GivenUp) -> Resorting + Send + Sync>;
/// A running attempt of the last resort; the error says why it did not take it.
pub type Resorting = std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Opens the watch where the ledger stands.
type Opener = Box<dyn Fn(Timestamp) -> Result<Watch, LedgerError> + Send + Sync>;

/// Visits to a ledger, one after another, by one copy. What it remembers between two of them is good for as long as nobody else
/// has written, which the ledger knows.
pub struct Visit {
    open: Opener,
    watch: Option<Watch>,
    channels: HashMap<String, Arc<dyn Channel>>,
    last_resort: Option<LastResort>,
    observer: Arc<dyn Observer>,
}

impl Visit {
    /// Visits with a watch that `open` opens, whose [`super::Presence`] is that of visits. Nothing is opened yet.
    pub fn new(
        open: impl Fn(Timestamp) -> Result<Watch, LedgerError> + Send + Sync + 'static,
        channels: HashMap<String, Arc<dyn Channel>>,
        last_resort: Option<LastResort>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self { open: Box::new(open), watch: None, channels, last_resort, observer }
    }

    /// Opens the watch, so that the first visit need not.
    ///
    /// # Errors
    /// Where the ledger does not answer.
    pub async fn prepare(&mut self) -> Result<(), LedgerError> {
        self.decide(|_, _| Ok(())).await
    }

    /// Takes what arrived, from each named source: once it returns, everything in it is safe in the ledger. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the ledger does not answer, or others write to it all the time: nothing of it is taken.
    pub async fn take(&mut self, arrivals: &[(String, Arrival)]) -> Result<Vec<Taken>, LedgerError> {
        self.decide(|watch, now| {
            let taken = watch.take(arrivals, now)?;
            watch.tick(now)?;
            Ok(taken)
        })
        .await
    }

    /// Does what time brings.
    ///
    /// # Errors
    /// As [`Visit::take`].
    pub async fn tick(&mut self) -> Result<(), LedgerError> {
        // What comes due may be another copy's doing, which no commit of this one would stumble over.
        let is_current = self.watch.as_mut().map(|watch| block_in_place(|| watch.ledger().is_current()));
        if !matches!(is_current, Some(Ok(true))) {
            self.watch = None;
        }
        self.decide(|watch, now| watch.tick(now).map(drop)).await
    }

    /// Says something through every channel, once for a `key`.
    ///
    /// # Errors
    /// As [`Visit::take`].
    pub async fn say(&mut self, key: &[&str], bulletin: &Bulletin) -> Result<(), LedgerError> {
        self.decide(|watch, now| {
            watch.say(key, bulletin, now);
            Ok(())
        })
        .await
    }

    /// Decides something and makes it last; again, from what the ledger holds by then, where another copy was faster.
    async fn decide<T>(
        &mut self,
        decide: impl Fn(&mut Watch, Timestamp) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut pause = Pause::default();
        loop {
            let outcome = block_in_place(|| {
                let now = Timestamp::now();
                let watch = self.watch(now)?;
                let decided = decide(watch, now)?;
                watch.commit()?;
                Ok(decided)
            });
            match outcome {
                Ok(decided) => return Ok(decided),
                Err(error) => {
                    // Whatever it was, what this copy remembers is no longer sure.
                    self.watch = None;
                    pause.unless_over(error).await?;
                }
            }
        }
    }

    /// The watch, opened where it is not.
    fn watch(&mut self, now: Timestamp) -> Result<&mut Watch, LedgerError> {
        if self.watch.is_none() {
            let mut watch = (self.open)(now)?;
            // What waited for company when the last one left.
            watch.tick(now)?;
            watch.commit()?;
            self.watch = Some(watch);
        }
        self.watch.as_mut().ok_or_else(|| LedgerError {
            kind: LedgerErrorKind::Broken,
            message: "the ledger was opened and is not there".to_owned(),
        })
    }

    /// Sends what is due, as fast as the channels' pace allows, until nothing is or `until` comes; what is left is for the
    /// next visit. How many letters were sent, and how many attempts failed.
    ///
    /// # Errors
    /// Where the ledger does not answer: letters that left are sent again later, under the same identity.
    pub async fn deliver(&mut self, until: Instant) -> Result<Delivered, LedgerError> {
        let mut delivered = Delivered::default();
        let mut pause = Pause::default();
        loop {
            let claimed = block_in_place(|| {
                let now = Timestamp::now();
                let watch = self.watch(now)?;
                let outbound = watch.due(now)?;
                watch.claim(&outbound.outgoing, now.saturating_add(CLAIM).unwrap_or(now));
                watch.commit_sending()?;
                Ok(outbound)
            });
            let outbound = match claimed {
                Ok(outbound) => outbound,
                Err(error) => {
                    self.watch = None;
                    pause.unless_over(error).await?;
                    continue;
                }
            };
            if outbound.outgoing.is_empty() {
                let wake = outbound.wake.filter(|_| outbound.is_paced);
                // The moment may have passed while the ledger wrote: then there is no wait left, but still a letter.
                let wait = wake
                    .map(|at| Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default());
                match wait {
                    Some(wait) if Instant::now() + wait < until => {
                        tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
                        continue;
                    }
                    _ => return Ok(delivered),
                }
            }
            let may_be_more = outbound.may_be_more;
            let has_changed_more = self.send_all(outbound.outgoing, &mut delivered).await?;
            // Where everything that was due has gone well, another look would cost two questions and find nothing.
            if Instant::now() >= until || !(may_be_more || has_changed_more) {
                return Ok(delivered);
            }
        }
    }

    /// Sends them, and makes what became of them last. Whether more came of it than that they were sent: an attempt failed, or
    /// something is to be told about a channel.
    async fn send_all(
        &mut self,
        outgoing: Vec<Outgoing>,
        delivered: &mut Delivered,
    ) -> Result<bool, LedgerError> {
        let failed_before = delivered.failed;
        let count = outgoing.len();
        let mut attempts = JoinSet::new();
        for outgoing in outgoing {
            let channel = self.channels.get(&outgoing.letter.channel).cloned();
            attempts.spawn(attempt(channel, outgoing));
        }
        let mut ended = Vec::new();
        while let Some(done) = attempts.join_next().await {
            // An attempt that was torn down is repeated when its claim is over.
            ended.extend(done);
        }
        let now = Timestamp::now();
        let mut lost = Vec::new();
        let Some(watch) = self.watch.as_mut() else { return Ok(true) };
        let all_ended = ended.len() == count;
        for Ended { outgoing, outcome, took } in ended {
            let Outgoing { letter, message, event_time } = outgoing;
            let delay = event_time.filter(|_| outcome.is_ok()).map(|time| now.duration_since(time));
            self.observer.attempt(&letter.channel, outcome.as_ref().map(|_| ()), took, delay);
            let is_dead = watch.settle(&letter, &outcome, now, fastrand::f64());
            match outcome {
                Ok(_) => delivered.sent += 1,
                Err(failure) => {
                    delivered.failed += 1;
                    if is_dead {
                        self.observer.given_up(&letter.channel);
                        let reason = failure.message;
                        lost.push((letter.letter, GivenUp { channel: letter.channel, reason, message }));
                    }
                }
            }
        }
        let posted = !watch.sending.letters.is_empty();
        if let Some(last_resort) = self.last_resort.clone() {
            for (letter, given_up) in lost {
                let channel = given_up.channel.clone();
                if let Err(why) = last_resort(given_up).await {
                    self.observer.problem(&channel, "the last resort", &why);
                    if let Some(watch) = self.watch.as_mut() {
                        let until = now.saturating_add(LAST_RESORT_AGAIN).unwrap_or(now);
                        watch.keep_waiting(&letter, until);
                    }
                }
            }
        }
        self.write_what_became().await?;
        Ok(posted || !all_ended || delivered.failed > failed_before)
    }

    /// Makes what became of letters last, whoever else writes: it does not depend on what they wrote.
    async fn write_what_became(&mut self) -> Result<(), LedgerError> {
        let mut pause = Pause::default();
        let mut carried: Option<Batch> = None;
        loop {
            let outcome = block_in_place(|| {
                let watch = self.watch(Timestamp::now())?;
                if let Some(batch) = carried.take() {
                    watch.sending = batch;
                }
                watch.commit_sending()
            });
            let Err(error) = outcome else { return Ok(()) };
            carried = self.watch.take().map(|watch| watch.sending).or(carried);
            pause.unless_over(error).await?;
        }
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit").field("watch", &self.watch).finish_non_exhaustive()
    }
}

/// What [`Visit::deliver`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivered {
    /// Letters that were taken.
    pub sent: u64,
    /// Attempts that failed; their letters wait, or were given up.
    pub failed: u64,
}

struct Ended {
    outgoing: Outgoing,
    outcome: Result<Receipt, Failure>,
    took: Duration,
}

async fn attempt(channel: Option<Arc<dyn Channel>>, outgoing: Outgoing) -> Ended {
    let began = Instant::now();
    let outcome = match &channel {
        Some(channel) => {
            let limit = channel.capabilities().timeout + GRACE;
            tokio::time::timeout(limit, channel.send(&outgoing.message)).await.unwrap_or_else(|_| {
                Err(Failure {
                    kind: FailureKind::Temporary { after: None },
                    message: format!("no answer within {} seconds", limit.as_secs()),
                })
            })
        }
        None => Err(Failure {
            kind: FailureKind::Refused,
            message: format!("there is no channel `{}`", outgoing.letter.channel),
        }),
    };
    Ended { outgoing, outcome, took: began.elapsed() }
}

/// The waits between tries, and how many there were.
#[derive(Debug, Default)]
struct Pause {
    tries: u32,
}

impl Pause {
    /// Waits a moment after an error that looking again may mend.
    async fn unless_over(&mut self, error: LedgerError) -> Result<(), LedgerError> {
        let is_passing = error.kind == LedgerErrorKind::Overtaken || error.is_for_now();
        self.tries += 1;
        if !is_passing || self.tries >= TRIES {
            return Err(error);
        }
        let wait = FIRST_WAIT.saturating_mul(1 << self.tries.min(10)).min(LONGEST_WAIT);
        tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        Ok(())
    }
}
