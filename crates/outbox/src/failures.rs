//! Failed sign-ins, counted rather than told one by one: at three in five minutes, at each tenfold of that, and when
//! they have stopped. The root user's first is told at once, for nobody else's mistyped password looks like that.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{Kind, Outcome, Severity};

use crate::identity::Identity;
use crate::ledger::{Batch, LetterChange, LetterState, Owed, Why};

/// How many make a burst.
const BURST: u64 = 3;
/// Within how long they do, and how long a pause ends a run.
pub(crate) const PAUSE: Duration = Duration::from_mins(5);
/// Addresses counted apart; what comes from further ones is counted together.
const MAX_ADDRESSES: usize = 20;

pub(crate) const PREFIX: &str = "failures/";

/// A run of failed sign-ins as one user: failures with no pause of five minutes between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// As whom, as it was typed. Hostile.
    pub who: Option<String>,
    /// At which account.
    pub account: Option<String>,
    /// When the first was.
    pub first: Timestamp,
    /// When the last was.
    pub last: Timestamp,
    /// How many.
    pub count: u64,
    /// How many from each address (theirs: hostile); those of further addresses under "".
    pub addresses: BTreeMap<String, u64>,
    /// At how many it is told next.
    next: u64,
    /// When the run began to be counted: its name.
    began: Timestamp,
    /// When it last grew.
    grew: Timestamp,
    /// How many were in it when it was last told.
    told: u64,
}

/// What the stage says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Not enough yet to ring.
    Below(Why),
    /// Enough: a letter about the run, now.
    Ring { letter: Identity, key: String, why: Why },
    /// The run goes on; it will be told when it stops.
    AtEnd { letter: Identity, key: String, due: Timestamp, why: Why },
}

/// All runs of the last days, by channel and group; the last of each may go on.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    by_group: HashMap<String, Vec<Failures>>,
}

/// Whether the notice is one of those that are counted. What is grave by itself (a rule of the owner's says so) is not, and what
/// says more than that a sign-in failed is not.
pub(crate) fn counts(notice: &Owed) -> bool {
    !notice.stands_alone
        && notice.kind == Kind::ConsoleSignIn
        && notice.outcome != Outcome::Success
        && notice.severity < Severity::High
}

impl Runs {
    pub(crate) fn load(state: Vec<(String, String)>) -> Self {
        let mut by_group: HashMap<String, Vec<Failures>> = HashMap::new();
        for (key, value) in state {
            let run = serde_json::from_str::<Failures>(&value).ok();
            if let (Some((group, _)), Some(run)) = (key.rsplit_once('/'), run) {
                by_group.entry(group.to_owned()).or_default().push(run);
            }
        }
        for runs in by_group.values_mut() {
            runs.sort_by_key(|run| run.began);
        }
        Self { by_group }
    }

    pub(crate) fn count(
        &mut self,
        channel: &str,
        notice: &Owed,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Counted {
        let group = format!("{PREFIX}{channel}/{}", notice.group);
        let at = notice.time.unwrap_or(now);
        let runs = self.by_group.entry(group.clone()).or_default();
        if !runs.last().is_some_and(|run| run.goes_on(at, now)) {
            // Two runs may begin in one moment, of failures hours apart that arrived together.
            let began = runs.last().map_or(now, |run| {
                now.max(run.began.saturating_add(Duration::from_micros(1)).unwrap_or(now))
            });
            runs.push(Failures {
                who: notice.principal.clone(),
                account: notice.account.clone(),
                first: at,
                last: at,
                count: 0,
                addresses: BTreeMap::new(),
                next: if notice.is_root { 1 } else { BURST },
                began,
                grew: now,
                told: 0,
            });
        }
        let Some(run) = runs.last_mut() else { return Counted::Below(Why::Failures { at: BURST }) };
        run.count += 1;
        run.first = run.first.min(at);
        run.last = run.last.max(at);
        run.grew = now;
        let address = notice.address.clone().unwrap_or_default();
        let fits = run.addresses.len() < MAX_ADDRESSES || run.addresses.contains_key(&address);
        *run.addresses.entry(if fits { address } else { String::new() }).or_default() += 1;

        let key = run.key(&group);
        let letter = |at: &str| Identity::of(&["failures", &group, &run.began.to_string(), at]);
        let due = now.saturating_add(PAUSE).unwrap_or(now);
        let counted = if run.count >= run.next {
            let why = Why::Failures { at: run.next };
            // The word about their end, where one waits already, is put off by these too.
            batch.changes.push(LetterChange {
                letter: letter("end"),
                state: LetterState::Waiting,
                due,
                attempt: None,
            });
            let letter = letter(&run.next.to_string());
            run.next = if run.next < BURST { BURST } else { run.next.saturating_mul(10) };
            run.told = run.count;
            Counted::Ring { letter, key: key.clone(), why }
        } else if run.told > 0 {
            Counted::AtEnd {
                letter: letter("end"),
                key: key.clone(),
                due,
                why: Why::Failures { at: run.next },
            }
        } else {
            Counted::Below(Why::Failures { at: run.next })
        };
        batch.state.push((key, serde_json::to_string(&run).ok()));
        counted
    }

    /// Forgets runs that ended long ago, told or not: two days, longer than a letter about one may be tried.
    pub(crate) fn tidy(&mut self, now: Timestamp, batch: &mut Batch) {
        self.by_group.retain(|group, runs| {
            runs.retain(|run| {
                let stays = run.grew.saturating_add(Duration::from_hours(48)).is_ok_and(|end| now <= end);
                if !stays {
                    batch.state.push((run.key(group), None));
                }
                stays
            });
            !runs.is_empty()
        });
    }
}

impl Failures {
    /// Whether a failure of that time, arriving now, belongs to the run: neither the events nor their arrivals may be a pause apart.
    fn goes_on(&self, at: Timestamp, now: Timestamp) -> bool {
        let soon =
            |earlier: Timestamp, later: Timestamp| earlier.saturating_add(PAUSE).is_ok_and(|end| later < end);
        soon(self.grew, now)
            && soon(self.last, at)
            && self.first.saturating_sub(PAUSE).is_ok_and(|begin| begin < at)
    }

    /// Whether it has stopped: no further one for as long as a pause.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.grew.saturating_add(PAUSE).is_ok_and(|end| now >= end)
    }

    fn key(&self, group: &str) -> String {
        format!("{group}/{}", self.began.as_microsecond())
    }
}
