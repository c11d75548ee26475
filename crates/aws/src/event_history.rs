//! CloudTrail's Event history as a source: `LookupEvents` in every enabled region, no trail needed.
//!
//! What AWS documents and what follows from it: an event may come late (typically within five minutes) and out of order, so
//! every look overlaps the one before by an hour and, once an hour, by six; two requests a second are allowed in a region
//! and account, so a region's queries take turns; a query can ask for one attribute only, so there is one for each event
//! source that rules need; what is older than 90 days is gone. Each region goes on by itself: one that is slow or
//! refused holds up no other.

mod look;
mod position;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio::time::Instant;
use trailbell_detect::Question;
use trailbell_engine::{Arrival, Closed, Condition, Door, Listening, Source};

use self::look::{Look, NONE};
use self::position::Position;
use self::shared::Shared;
use crate::backoff::{Backoff, pause, unless_closed};
use crate::client::Aws;
use crate::error::{Error, settings};

/// How much a look overlaps the one before, and how much it does once in [`DEEP_EVERY`].
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);
const DEEP_OVERLAP: SignedDuration = SignedDuration::from_hours(6);
const DEEP_EVERY: Duration = Duration::from_hours(1);
/// How long the Event history is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How often the account's regions are listed anew.
const REGIONS_EVERY: Duration = Duration::from_hours(6);
/// Two requests a second in a region.
const PACE: Duration = Duration::from_millis(500);
/// The bounds of the waits after failed looks.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// The Event history of an account.
#[derive(Debug, Clone)]
pub struct EventHistory {
    name: String,
    aws: Aws,
    regions: Vec<String>,
    every: Duration,
    first_look: Duration,
    /// Queries by the attribute they ask for, `EventSource=iam.amazonaws.com`; empty: everything.
    queries: Vec<String>,
    pace: Duration,
    first_wait: Duration,
}

impl EventHistory {
    /// Looks into `regions` (empty: all that the account has enabled) `every` so often, one query for each of
    /// `questions` (empty: one query for everything). The first look of all goes back `first_look`, at most 90 days.
    pub fn new(
        name: impl Into<String>,
        aws: Aws,
        regions: Vec<String>,
        every: Duration,
        first_look: Duration,
        questions: &[Question],
    ) -> Self {
        let mut queries: Vec<String> = questions.iter().map(attribute).collect();
        queries.sort_unstable();
        queries.dedup();
        if queries.is_empty() || queries.iter().any(String::is_empty) {
            queries = vec![String::new()];
        }
        let name = name.into();
        Self { name, aws, regions, every, first_look, queries, pace: PACE, first_wait: FIRST_WAIT }
    }
}

/// The attribute a question asks for, as it is kept in positions; empty: everything.
fn attribute(question: &Question) -> String {
    match question {
        Question::EventSource(source) => format!("EventSource={source}"),
        Question::EventName(name) => format!("EventName={name}"),
        Question::Username(name) => format!("Username={name}"),
        Question::Everything => String::new(),
    }
}

impl Source for EventHistory {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        match self.regions.as_slice() {
            [] => "Event history (LookupEvents) in every enabled region".to_owned(),
            regions => format!("Event history (LookupEvents) in {}", regions.join(", ")),
        }
    }

    fn listen(self: Box<Self>, position: Option<String>, door: Door) -> Listening {
        Box::pin(async move {
            // It ends with the door, and says nothing then.
            let _ = self.run(position.as_deref(), &door).await;
        })
    }
}

impl EventHistory {
    async fn run(&self, position: Option<&str>, door: &Door) -> Result<(), Closed> {
        let shared = Arc::new(Shared::new(Position::read(position)));
        let mut running: HashMap<String, tokio::task::AbortHandle> = HashMap::new();
        // Dropped with this future, and every region's task with it.
        let mut tasks = JoinSet::new();
        let mut backoff = Backoff::new(self.first_wait, LONGEST_WAIT);
        loop {
            let found = unless_closed(door, self.account_regions(&shared, door)).await??;
            let wait = match found {
                Err(error) => {
                    let what = format!("the account's regions cannot be listed: {error}");
                    door.say(Condition::Failing(what)).await?;
                    backoff.next(error.retry_after())
                }
                Ok(names) => {
                    backoff.reset();
                    let names: BTreeSet<String> = names.into_iter().collect();
                    running.retain(|name, task| {
                        let stays = names.contains(name);
                        if !stays {
                            task.abort();
                            shared.forget(name);
                        }
                        stays
                    });
                    for name in names {
                        running.entry(name).or_insert_with_key(|name| {
                            shared.expect(name);
                            let region =
                                Region::new(self.clone(), name.clone(), shared.clone(), door.clone());
                            tasks.spawn(region.run())
                        });
                    }
                    REGIONS_EVERY
                }
            };
            pause(door, wait).await?;
        }
    }

    async fn account_regions(
        &self,
        shared: &Shared,
        door: &Door,
    ) -> Result<Result<Vec<String>, Error>, Closed> {
        if let Some(wrong) = self.regions.iter().find(|name| !crate::region::is_region(name)) {
            return Ok(Err(settings(format!("{wrong:?} is no AWS region; write one such as eu-west-1"))));
        }
        if !self.regions.is_empty() {
            return Ok(Ok(self.regions.clone()));
        }
        let found = match self.aws.enabled_regions().await {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(error) = found.guessed.filter(|_| shared.remark_once()) {
            let remark = format!(
                "AWS does not say which regions are enabled, so those that every account has are looked at; list \
                 them under `regions:` to be sure ({error})"
            );
            door.say(Condition::Remark(remark)).await?;
        }
        Ok(Ok(found.names))
    }
}

/// One region's part.
struct Region {
    history: EventHistory,
    name: String,
    shared: Arc<Shared>,
    door: Door,
    look: Look,
    last_deep: Option<Instant>,
}

impl Region {
    fn new(history: EventHistory, name: String, shared: Arc<Shared>, door: Door) -> Self {
        let look = Look::new(history.aws.clone(), name.clone(), history.pace);
        Self { history, name, shared, door, look, last_deep: None }
    }

    async fn run(mut self) {
        let mut backoff = Backoff::new(self.history.first_wait, LONGEST_WAIT);
        loop {
            let wait = match self.look_at_everything().await {
                Err(Closed) => return,
                Ok(Ok(())) => {
                    backoff.reset();
                    self.history.every
                }
                Ok(Err(error)) => self.history.every.max(backoff.next(error.retry_after())),
            };
            if pause(&self.door, wait).await.is_err() {
                return;
            }
        }
    }

    /// One look: every query, then the position, then how it went.
    async fn look_at_everything(&mut self) -> Result<Result<(), Error>, Closed> {
        let is_deep = self.last_deep.is_none_or(|last| last.elapsed() >= DEEP_EVERY);
        let overlap = if is_deep { DEEP_OVERLAP } else { OVERLAP };
        let mut outcome = Ok(());
        let mut has_moved = false;
        for query in self.history.queries.clone() {
            match self.query(&query, overlap).await? {
                Ok(moved) => has_moved |= moved,
                Err(error) => {
                    // What is wrong for every query is not asked again for each; anything else may be this one's alone.
                    let is_for_all =
                        error.is_about_credentials() || error.is_unreachable() || error.is_denied();
                    outcome = outcome.and(Err(error));
                    if is_for_all {
                        break;
                    }
                }
            }
        }
        let was_catching_up = {
            let mut state = self.shared.state();
            match &outcome {
                Ok(()) => state.failing.remove(&self.name),
                Err(error) => state.failing.insert(self.name.clone(), error.to_string()),
            };
            // A region that is refused must not hold back what others found.
            state.catching_up.remove(&self.name)
        };
        if has_moved || was_catching_up {
            self.deliver(NONE.to_vec(), true).await?;
        }
        if outcome.is_ok() && is_deep {
            self.last_deep = Some(Instant::now());
        }
        let failing = self.shared.state().failing.clone();
        if outcome.is_err() {
            let words: Vec<&str> = failing.values().take(3).map(String::as_str).collect();
            let more = failing.len().saturating_sub(words.len());
            let more = if more > 0 { format!(" | and {more} more regions") } else { String::new() };
            self.door.say(Condition::Failing(format!("{}{more}", words.join(" | ")))).await?;
        } else if failing.is_empty() {
            self.door.say(Condition::Listening).await?;
        }
        Ok(outcome)
    }

    /// Brings one query up to now: window after window from where it stopped, each delivered as it comes. Whether its
    /// position has moved.
    async fn query(&mut self, source: &str, overlap: SignedDuration) -> Result<Result<bool, Error>, Closed> {
        let now = Timestamp::now();
        let floor = earlier(now, KEPT);
        let stopped = self.shared.state().position.get(&self.name, source);
        let first_look = SignedDuration::try_from(self.history.first_look).unwrap_or(KEPT);
        let at = stopped.unwrap_or_else(|| earlier(now, first_look));
        let mut from = earlier(at, if stopped.is_some() { overlap } else { SignedDuration::ZERO }).max(floor);
        let mut width = look::DAY;
        loop {
            // Old windows are closed, so that a long way back is not lost by a restart; the last one is open.
            let settled = earlier(now, DEEP_OVERLAP);
            let until = later(from, width);
            let until = (until < settled).then_some(until);
            let seen = match self.window(source, from, until).await? {
                Ok(seen) => seen,
                Err(error) => return Ok(Err(error)),
            };
            let moved = match until {
                Some(until) => until,
                // Events that are more than a day late do not come; a quiet query need not ask for a month each time.
                None => seen.newest.unwrap_or(at).max(earlier(now, look::DAY)).max(at).min(now),
            };
            let has_moved = self.shared.state().position.set(&self.name, source, moved);
            let Some(until) = until else { return Ok(Ok(has_moved)) };
            self.deliver(NONE.to_vec(), true).await?;
            from = until;
            width = look::next_width(width, seen.pages);
        }
    }

    /// One window, page by page. A token that AWS no longer knows starts the window again; what was delivered is known.
    async fn window(
        &mut self,
        source: &str,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> Result<Result<look::Seen, Error>, Closed> {
        let mut restarts = 0;
        let mut seen = look::Seen::default();
        let mut token = None;
        loop {
            let page = unless_closed(&self.door, self.look.page(source, from, until, token.take())).await?;
            let page = match page {
                Ok(page) => page,
                Err(error) if error.code().is_some_and(look::is_token_fault) && restarts < 3 => {
                    restarts += 1;
                    continue;
                }
                Err(error) => return Ok(Err(error)),
            };
            seen.pages += 1;
            seen.newest = seen.newest.max(page.newest);
            token = page.next;
            if !page.ids.is_empty() || self.shared.is_catching_up() {
                self.deliver(page.body, false).await?;
                self.look.remember(page.ids);
            }
            if token.is_none() {
                return Ok(Ok(seen));
            }
        }
    }

    async fn deliver(&self, body: Vec<u8>, with_position: bool) -> Result<(), Closed> {
        let (position, backlog) = {
            let state = self.shared.state();
            (with_position.then(|| state.position.write()), !state.catching_up.is_empty())
        };
        let label = format!("Event history of {}", self.name);
        self.door.deliver(Arrival { body, label, position, backlog }).await.map(drop)
    }
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH).max(Timestamp::UNIX_EPOCH)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
