//! Failed sign-ins, counted rather than told one by one: at three in five minutes, at each tenfold of that, and when
//! they have stopped. The root user's first is told at once, for nobody else's mistyped password looks like that.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{Kind, Outcome};

use crate::identity::Identity;
use crate::ledger::{Batch, Owed, Why};

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

/// All runs that go on, by channel and group.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    open: HashMap<String, Failures>,
}

/// Whether the notice is one of those that are counted.
pub(crate) fn counts(notice: &Owed) -> bool {
    notice.kind == Kind::ConsoleSignIn && notice.outcome != Outcome::Success
}

impl Runs {
    pub(crate) fn load(state: Vec<(String, String)>) -> Self {
        let read = |(key, value): (String, String)| {
            let run: Failures = serde_json::from_str(&value).ok()?;
            // The newest run of a group is the one that may go on.
            let group = key.rsplit_once('/')?.0.to_owned();
            Some((group, run))
        };
        Self { open: state.into_iter().filter_map(read).collect() }
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
        let goes_on = |run: &&mut Failures| now < run.grew.saturating_add(PAUSE).unwrap_or(run.grew);
        let run = match self.open.get_mut(&group).filter(goes_on) {
            Some(run) => run,
            None => self
                .open
                .entry(group.clone())
                .insert_entry(Failures {
                    who: notice.principal.clone(),
                    account: notice.account.clone(),
                    first: at,
                    last: at,
                    count: 0,
                    addresses: BTreeMap::new(),
                    next: if notice.is_root { 1 } else { BURST },
                    began: now,
                    grew: now,
                    told: 0,
                })
                .into_mut(),
        };
        run.count += 1;
        run.first = run.first.min(at);
        run.last = run.last.max(at);
        run.grew = now;
        let address = notice.address.clone().unwrap_or_default();
        let fits = run.addresses.len() < MAX_ADDRESSES || run.addresses.contains_key(&address);
        *run.addresses.entry(if fits { address } else { String::new() }).or_default() += 1;

        let key = run.key(&group);
        let letter = |at: &str| Identity::of(&["failures", &group, &run.began.to_string(), at]);
        let counted = if run.count >= run.next {
            let why = Why::Failures { at: run.next };
            let letter = letter(&run.next.to_string());
            run.next = if run.next < BURST { BURST } else { run.next.saturating_mul(10) };
            run.told = run.count;
            Counted::Ring { letter, key: key.clone(), why }
        } else if run.told > 0 {
            let due = now.saturating_add(PAUSE).unwrap_or(now);
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

    /// Forgets runs that ended long ago, told or not.
    pub(crate) fn tidy(&mut self, now: Timestamp, batch: &mut Batch) {
        self.open.retain(|group, run| {
            // A day: as long as a letter about it may be tried.
            let stays = run.grew.saturating_add(Duration::from_hours(48)).is_ok_and(|end| now <= end);
            if !stays {
                batch.state.push((run.key(group), None));
            }
            stays
        });
    }
}

impl Failures {
    /// Whether it has stopped: no further one for as long as a pause.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.grew.saturating_add(PAUSE).is_ok_and(|end| now >= end)
    }

    fn key(&self, group: &str) -> String {
        format!("{group}/{}", self.began.as_microsecond())
    }
}
