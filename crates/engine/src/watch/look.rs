//! Looking at what is kept: a notice in words, in whichever language is asked for.

use jiff::Timestamp;
use trailbell_detect::RuleSet;
use trailbell_notice::{Notice, Page, Reader};
use trailbell_outbox::Owed;
use trailbell_record::Record;

use super::stored;

/// Why a kept notice cannot be worded: a later version wrote it, or it is damaged.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WordedError(String);

/// A kept notice in words. `told_at` shows the delay; without it none is shown, as when looking back.
pub fn worded(
    owed: &Owed,
    rules: &RuleSet,
    reader: &Reader,
    told_at: Option<Timestamp>,
) -> Result<Notice, WordedError> {
    let telling = stored::read(&owed.facts).map_err(|error| WordedError(error.to_string()))?;
    let facts = telling.facts(rules, reader.lang);
    Ok(Notice::new(&trailbell_notice::Facts { told_at, ..facts }, reader))
}

/// The page of a kept notice: its event is in the ledger, so `explain` needs no path.
pub fn kept_page(notice: &Notice) -> Page {
    let page = notice.page();
    let details = page.details.map(|command| command.trim_end_matches(" PATH...").to_owned());
    Page { details, ..page }
}

/// The record a kept notice tells of.
pub fn kept_record(owed: &Owed) -> Result<Record, WordedError> {
    stored::read(&owed.facts).map(|telling| telling.record).map_err(|error| WordedError(error.to_string()))
}
