//! Whether a channel takes what it is sent: told once when it does not, through the others, and once when it does again.

use std::collections::HashMap;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::{Failure, FailureKind};
use crate::ledger::Batch;

/// How long a channel may fail in ways that pass by themselves before that is news.
const PATIENCE: Duration = Duration::from_mins(10);

pub(crate) const PREFIX: &str = "channel-health/";

/// Something about a channel that people should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It takes nothing.
    Refusing {
        /// The channel's name.
        channel: String,
        /// Since when.
        since: Timestamp,
        /// What it said last. Hostile.
        reason: String,
    },
    /// It takes what it is sent again.
    Well {
        /// The channel's name.
        channel: String,
        /// Since when it had not.
        since: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Trouble {
    since: Timestamp,
    told: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Healths {
    troubles: HashMap<String, Trouble>,
}

impl Healths {
    pub(crate) fn load(state: Vec<(String, String)>) -> Self {
        let read = |(key, value): (String, String)| {
            Some((key.strip_prefix(PREFIX)?.to_owned(), serde_json::from_str(&value).ok()?))
        };
        Self { troubles: state.into_iter().filter_map(read).collect() }
    }

    /// What an attempt, or a probe, says about its channel.
    pub(crate) fn after(
        &mut self,
        channel: &str,
        outcome: Result<(), &Failure>,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Option<News> {
        let key = format!("{PREFIX}{channel}");
        let failure = match outcome {
            Ok(()) => {
                let trouble = self.troubles.remove(channel)?;
                batch.state.push((key, None));
                let well = News::Well { channel: channel.to_owned(), since: trouble.since };
                return trouble.told.then_some(well);
            }
            // One letter that is not liked says nothing about the next.
            Err(Failure { kind: FailureKind::Refused, .. }) => return None,
            Err(failure) => failure,
        };
        let trouble = self.troubles.entry(channel.to_owned()).or_insert(Trouble { since: now, told: false });
        let is_news = !trouble.told
            && (failure.kind == FailureKind::Closed
                || trouble.since.saturating_add(PATIENCE).is_ok_and(|end| now >= end));
        trouble.told |= is_news;
        batch.state.push((key, serde_json::to_string(&trouble).ok()));
        is_news.then(|| News::Refusing {
            channel: channel.to_owned(),
            since: trouble.since,
            reason: failure.message.clone(),
        })
    }
}
