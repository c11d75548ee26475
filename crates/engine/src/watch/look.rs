//! Looking at what is kept: a notice in words, in whichever language is asked for.

use jiff::Timestamp;
use serde_json::Value;
use trailbell_detect::RuleSet;
use trailbell_json::Json;
use trailbell_notice::{Bulletin, Notice, Page, Reader, render};
use trailbell_outbox::Owed;
use trailbell_record::Record;

use super::stored::{self, Kept};

/// Why a kept notice cannot be worded: a later version wrote it, or it is damaged.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WordedError(String);

/// A kept notice in words.
#[derive(Debug, Clone)]
pub enum Worded {
    /// Of an event.
    Notice(Box<Notice>),
    /// Of a rule's alarm: what it shows, and its JSON.
    Alarm(Box<Page>, Value),
}

impl Worded {
    /// What it shows. An event is in the ledger, so `explain` needs no path.
    pub fn page(&self) -> Page {
        match self {
            Self::Notice(notice) => {
                let page = notice.page();
                let details = page.details.map(|command| command.trim_end_matches(" PATH...").to_owned());
                Page { details, ..page }
            }
            Self::Alarm(page, _) => (**page).clone(),
        }
    }

    /// The same for programs: one object.
    pub fn json(&self) -> Value {
        match self {
            Self::Notice(notice) => render::json_value(notice),
            Self::Alarm(_, json) => json.clone(),
        }
    }

    /// The same as one line that no terminal can be moved by.
    pub fn json_line(&self) -> String {
        match self {
            Self::Notice(notice) => render::json(notice),
            Self::Alarm(_, json) => {
                let text = json.to_string();
                // What serde_json wrote can be read.
                Json::parse(&text).map_or(text, |json| json.to_string())
            }
        }
    }
}

/// A kept notice in words. `told_at` shows the delay; without it none is shown, as when looking back.
pub fn worded(
    owed: &Owed,
    rules: &RuleSet,
    reader: &Reader,
    told_at: Option<Timestamp>,
) -> Result<Worded, WordedError> {
    Ok(match stored::read_any(&owed.facts).map_err(|error| WordedError(error.to_string()))? {
        Kept::Action(telling) => {
            let facts = telling.facts(rules, reader.lang);
            let notice = Notice::new(&trailbell_notice::Facts { told_at, ..facts }, reader);
            Worded::Notice(Box::new(notice))
        }
        Kept::Alarm(rung) => {
            let bulletin = Bulletin::RuleAlarm(rung);
            Worded::Alarm(Box::new(bulletin.page(reader)), bulletin.json(reader))
        }
    })
}

/// The record a kept notice tells of.
pub fn kept_record(owed: &Owed) -> Result<Record, WordedError> {
    stored::read(&owed.facts).map(|telling| telling.record).map_err(|error| WordedError(error.to_string()))
}
