//! What past logs teach.

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_engine::{Lesson, Progress};

use super::looking_back::{Heard, over};

/// What a scan of these teaches, up to then.
pub(crate) fn lesson(settings: &Settings, records: &[String], until: Timestamp) -> Lesson {
    let mut heard = Heard::default();
    let learn = |scan: trailbell_engine::Scan<'_>| scan.learn(&Progress::default(), &mut heard).unwrap();
    let lesson = over(settings, records, Some(until), learn);
    assert!(heard.notices.is_empty() && heard.alarms.is_empty());
    lesson
}
