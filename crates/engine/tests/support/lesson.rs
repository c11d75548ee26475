//! What past logs teach.

use std::num::NonZeroUsize;

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_engine::{Lesson, Progress, Scan};
use trailbell_notice::{Lang, Reader};
use trailbell_record::Limits;

use super::looking_back::Heard;

/// What a scan of these teaches, up to then.
pub(crate) fn lesson(settings: &Settings, records: &[String], until: Timestamp) -> Lesson {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    std::fs::write(&path, records.join("\n")).unwrap();
    let rules = trailbell_engine::rules(settings).unwrap();
    let scan = Scan {
        paths: vec![path],
        rules: &rules,
        settings,
        reader: Reader::new(Lang::En),
        since: None,
        until: Some(until),
        limits: Limits::default(),
        jobs: NonZeroUsize::MIN,
    };
    let mut heard = Heard::default();
    let lesson = scan.learn(&Progress::default(), &mut heard).unwrap();
    assert!(heard.notices.is_empty() && heard.alarms.is_empty());
    lesson
}
