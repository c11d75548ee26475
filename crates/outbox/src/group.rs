//! Group: the first of a group goes at once, what follows within minutes goes together.
//!
//! The key is account, principal and kind; the root user and what is critical is never held. While a summary was
//! needed, the next minutes are gathered too, so that a long `terraform apply` is one message, then one every few minutes.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::Severity;

use crate::identity::Identity;
use crate::ledger::{Batch, Owed, Why};

/// What a group is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Until when followers are gathered.
    until: Timestamp,
    /// Whether any came.
    followed: bool,
}

/// What the stage says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gathered {
    /// It goes alone, at once.
    AtOnce(Why),
    /// It goes with the summary that is due then.
    With(Timestamp),
}

/// All groups that are gathering, by channel and key.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    open: HashMap<String, Group>,
}

pub(crate) const PREFIX: &str = "group/";

fn key(channel: &str, group: &Identity) -> String {
    format!("{PREFIX}{channel}/{group}")
}

impl Groups {
    /// From the ledger's state. A value that a later version wrote differently is a group that begins anew.
    pub(crate) fn load(state: Vec<(String, String)>) -> Self {
        let read = |(key, value): (String, String)| Some((key, serde_json::from_str(&value).ok()?));
        Self { open: state.into_iter().filter_map(read).collect() }
    }

    pub(crate) fn gather(
        &mut self,
        channel: &str,
        notice: &Owed,
        now: Timestamp,
        window: Duration,
        batch: &mut Batch,
    ) -> Gathered {
        if notice.severity == Severity::Critical || notice.is_root {
            return Gathered::AtOnce(Why::NeverHeld);
        }
        let key = key(channel, &notice.group);
        let after = |start: Timestamp| start.saturating_add(window).unwrap_or(start);
        let (group, gathered) = match self.open.get(&key).copied() {
            Some(group) if now < group.until => {
                (Group { followed: true, ..group }, Gathered::With(group.until))
            }
            Some(group) if group.followed && now < after(group.until) => {
                let until = after(now);
                (Group { until, followed: true }, Gathered::With(until))
            }
            _ => (Group { until: after(now), followed: false }, Gathered::AtOnce(Why::First)),
        };
        if self.open.get(&key) != Some(&group) {
            batch.state.push((key.clone(), serde_json::to_string(&group).ok()));
            self.open.insert(key, group);
        }
        gathered
    }

    /// Forgets groups whose time is long over.
    pub(crate) fn tidy(&mut self, now: Timestamp, window: Duration, batch: &mut Batch) {
        self.open.retain(|key, group| {
            let stays = group.until.saturating_add(window * 2).is_ok_and(|end| now <= end);
            if !stays {
                batch.state.push((key.clone(), None));
            }
            stays
        });
    }
}
