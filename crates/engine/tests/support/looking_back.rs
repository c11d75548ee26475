//! A scan of a few records, and what was heard of it.

use std::io;
use std::num::NonZeroUsize;

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
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    std::fs::write(&path, records.join("\n")).unwrap();
    let rules = trailbell_engine::rules(settings).unwrap();
    let mut heard = Heard::default();
    let summary = Scan {
        paths: vec![path],
        rules: &rules,
        settings,
        reader: Reader::new(Lang::En),
        since: None,
        until: None,
        limits: Limits::default(),
        jobs: NonZeroUsize::MIN,
    }
    .run(&Progress::default(), &mut heard)
    .unwrap();
    (heard, summary)
}
