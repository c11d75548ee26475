//! A session as people see it: a sign-in, and what was done in it afterwards. Its messages are one thread; when nothing has been done for an
//! hour, a last one sums up what the session did.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use trailbell_notice::{Bulletin, Line};
use trailbell_outbox::{Announcement, Entry, Follows, Identity, LedgerError, Owed, Why};
use trailbell_text::{Kind, Outcome};

use super::Watch;
use crate::compare::Telling;

/// Keys of the ledger's state.
const SITTING: &str = "sitting/";
/// How long nothing is done before it is summed up.
const QUIET: SignedDuration = SignedDuration::from_hours(1);
/// The longest life of a console session, and the hour after it.
const LONGEST: SignedDuration = SignedDuration::from_hours(13);
/// How far a role's session may have begun before the sign-in that opened it was recorded.
const APART: SignedDuration = SignedDuration::from_mins(2);
/// What one summary lists; what is more is counted.
const MOST_LINES: usize = 50;
/// Sessions that are open at once; of more, the oldest is summed up no more.
const MOST_SITTINGS: usize = 1_000;
/// A single deed has its own notice, right under the sign-in.
const WORTH_SUMMING_UP: u64 = 2;

/// The sessions that are open, by their thread.
#[derive(Debug, Default)]
pub(super) struct Sittings {
    open: BTreeMap<Identity, Sitting>,
    changed: BTreeSet<Identity>,
}

/// One session.
#[derive(Debug, Serialize, Deserialize)]
struct Sitting {
    /// Account and principal, by which what is done in it is told from what others do.
    principal: String,
    who: Option<String>,
    started: Timestamp,
    /// When something of it was told last.
    last: Timestamp,
    lines: Vec<Line>,
    more: u64,
    /// The notices of it, for whom they were told to.
    told: Vec<Identity>,
}

impl Sittings {
    /// Goes on with what the ledger holds.
    pub(super) fn restore(&mut self, rows: Vec<(String, String)>) {
        for (key, kept) in rows {
            let thread = key.strip_prefix(SITTING).and_then(Identity::parse);
            // What another version wrote is a session that is not summed up.
            if let (Some(thread), Ok(sitting)) = (thread, serde_json::from_str(&kept)) {
                self.open.insert(thread, sitting);
            }
        }
    }

    /// What has changed, for keeping.
    pub(super) fn take_changes(&mut self) -> Vec<(String, Option<String>)> {
        let changed = std::mem::take(&mut self.changed);
        let kept = |thread: Identity| {
            let kept = self.open.get(&thread).and_then(|sitting| serde_json::to_string(sitting).ok());
            (format!("{SITTING}{thread}"), kept)
        };
        changed.into_iter().map(kept).collect()
    }

    /// Where the ledger keeps them.
    pub(super) const fn key() -> &'static str {
        SITTING
    }

    /// The thread of the session that this principal opened then, give or take what lies between the credentials and the sign-in.
    fn near(&self, principal: &str, started: Timestamp) -> Option<&Identity> {
        let is_it = |sitting: &Sitting| {
            sitting.principal == principal && sitting.started.duration_since(started).abs() <= APART
        };
        self.open.iter().find(|(_, sitting)| is_it(sitting)).map(|(thread, _)| thread)
    }

    /// Takes note of what is about to be told, and shows it under the sign-in that it belongs to.
    fn take(&mut self, telling: &Telling, owed: &mut Owed, line: impl FnOnce() -> Line, now: Timestamp) {
        let Telling { record, detection, .. } = telling;
        let Some(started) = trailbell_notice::session_start(record, detection.kind, detection.outcome) else {
            return;
        };
        let account = record.account().unwrap_or_default();
        let principal = format!("{account}/{}", detection.actor.key().unwrap_or_default());
        if detection.kind == Kind::ConsoleSignIn {
            while self.open.len() >= MOST_SITTINGS {
                let oldest = self.open.iter().min_by_key(|(_, sitting)| sitting.last);
                let Some(oldest) = oldest.map(|(thread, _)| thread.clone()) else { break };
                self.open.remove(&oldest);
                self.changed.insert(oldest);
            }
            let sitting = Sitting {
                principal,
                who: owed.principal.clone(),
                started,
                last: now,
                lines: Vec::new(),
                more: 0,
                told: vec![owed.notice.clone()],
            };
            self.open.insert(owed.thread.clone(), sitting);
            self.changed.insert(owed.thread.clone());
            return;
        }
        if let Some(thread) = self.near(&principal, started) {
            owed.thread = thread.clone();
        }
        let Some(sitting) = self.open.get_mut(&owed.thread) else { return };
        self.changed.insert(owed.thread.clone());
        sitting.last = now;
        if owed.outcome != Outcome::Success {
            return;
        }
        if sitting.lines.len() < MOST_LINES {
            sitting.lines.push(line());
            sitting.told.push(owed.notice.clone());
        } else {
            sitting.more += 1;
        }
    }

    /// Sessions in which nothing has been done for a while, each with what is to be said of it.
    fn quiet(&mut self, now: Timestamp) -> Vec<(Identity, Vec<Identity>, Bulletin)> {
        let mut over = Vec::new();
        for (thread, sitting) in &mut self.open {
            if now.duration_since(sitting.last) < QUIET {
                continue;
            }
            let count = sitting.lines.len() as u64 + sitting.more;
            if count < WORTH_SUMMING_UP {
                continue;
            }
            self.changed.insert(thread.clone());
            let bulletin = Bulletin::Session {
                who: sitting.who.clone(),
                started: sitting.started,
                items: std::mem::take(&mut sitting.lines),
                more: std::mem::take(&mut sitting.more),
            };
            over.push((thread.clone(), sitting.told.clone(), bulletin));
        }
        let is_over = |sitting: &Sitting| now.duration_since(sitting.started.max(sitting.last)) >= LONGEST;
        let gone: Vec<Identity> = self
            .open
            .iter()
            .filter(|(_, sitting)| is_over(sitting))
            .map(|(thread, _)| thread.clone())
            .collect();
        for thread in gone {
            self.open.remove(&thread);
            self.changed.insert(thread);
        }
        over
    }
}

impl Watch {
    /// Shows what is about to be told under its session.
    pub(super) fn seat(&mut self, telling: &Telling, owed: &mut Owed, now: Timestamp) {
        let (rules, reader) = (&self.rules, &self.reader);
        let line = || Line::of(&telling.facts(rules, reader.lang), reader);
        self.sittings.take(telling, owed, line, now);
    }

    /// Sums up the sessions in which nothing has been done for an hour, to those who were told of them in a thread.
    pub(super) fn sum_up(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        for (thread, told, bulletin) in self.sittings.quiet(now) {
            let mut channels = BTreeSet::new();
            for notice in &told {
                let entries = self.ledger.entries(notice)?;
                // A digest says the day's things once.
                let at_once = |entry: &Entry| {
                    let in_digest = entry.why.iter().any(|why| matches!(why, Why::InDigest { .. }));
                    entry.letter.is_some() && !in_digest
                };
                let told = entries.into_iter().filter(at_once);
                channels.extend(told.map(|entry| entry.channel));
            }
            let Ok(json) = serde_json::to_string(&bulletin) else { continue };
            let announcement = Announcement {
                key: &["session", thread.as_str(), &now.to_string()],
                severity: bulletin.severity(),
                bulletin: &json,
                is_of_the_account: true,
                except: None,
                resolves: None,
                follows: Some(Follows { thread: &thread, channels: &channels }),
            };
            self.outbox.announce(&announcement, now, &mut self.taking);
        }
        Ok(())
    }
}
