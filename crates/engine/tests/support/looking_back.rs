//! A scan of a few records, and what was heard of it.

use std::io;
use std::num::NonZeroUsize;

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_engine::{Audience, Progress, Scan, Summary, Unreadable};
use trailbell_notice::{Lang, Notice, Reader, Rung};
use trailbell_record::Limits;

#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) notices: Vec<Notice>,
    pub(crate) alarms: Vec<Rung>,
}

impl Audience for Heard {
    fn unreadable(&mut self, problem: &Unreadable) {
        panic!("{problem:?}");
    }
    fn notice(&mut self, notice: Notice, _: Option<&str>) -> io::Result<()> {
        self.notices.push(notice);
        Ok(())
    }
    fn alarm(&mut self, alarm: Rung) -> io::Result<()> {
        self.alarms.push(alarm);
        Ok(())
    }
}

pub(crate) fn scan(settings: &Settings, records: &[String]) -> (Heard, Summary) {
    let mut heard = Heard::default();
    let summary = over(settings, records, None, |scan| scan.run(&Progress::default(), &mut heard).unwrap());
    (heard, summary)
}

/// Looks back over these, up to then.
pub(crate) fn over<T>(
    settings: &Settings,
    records: &[String],
    until: Option<Timestamp>,
    look: impl FnOnce(Scan<'_>) -> T,
) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    std::fs::write(&path, records.join("\n")).unwrap();
    let rules = trailbell_engine::rules(settings).unwrap();
    look(Scan {
        paths: vec![path],
        rules: &rules,
        settings,
        reader: Reader::new(Lang::En),
        since: None,
        until,
        limits: Limits::default(),
        jobs: NonZeroUsize::MIN,
    })
}
