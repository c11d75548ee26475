//! `learn`: teach a ledger what is usual, from past logs or the Event history, before anybody is told anything.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use trailbell_config::{Settings, SourceKind};
use trailbell_engine::{Audience, Lesson, Progress, Scan, Unreadable, known_since};
use trailbell_notice::{Lang, Notice, Rung};

use super::event_history::Fetch;
use super::ledger;
use crate::args;
use crate::context::{Context, Failure, jobs, limits};
use crate::output;
use crate::progress::Line;

/// All that AWS keeps.
const HISTORY: Fetch =
    Fetch { back: Duration::from_hours(90 * 24), longest: Duration::from_hours(6), most: 16 << 30 };

pub(crate) fn run(learn: &args::Learn, context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let now = Timestamp::now();
    let mut ledger = ledger::open_or_make(&learn.ledger, context)?;
    let since = known_since(&mut *ledger)?;
    let until = context
        .time("--until", learn.until.as_deref())?
        .unwrap_or_else(|| first_told(&context.settings, now));
    let until = since.map_or(until, |since| since.min(until));
    let fetched = tempfile::tempdir()?;
    let mut paths: Vec<PathBuf> = learn.paths.clone();
    let mut missing = None;
    if learn.event_history {
        missing = HISTORY.run(fetched.path(), context)?;
        paths.push(fetched.path().to_owned());
    }
    let progress = Arc::new(Progress::default());
    let line = Line::start(&progress, context.quiet);
    let mut listener = Listener;
    let lesson = Scan {
        paths,
        rules: &rules,
        settings: &context.settings,
        reader: context.reader()?,
        since: None,
        until: Some(until),
        limits: limits(&learn.unpacking),
        jobs: jobs(learn.jobs),
    }
    .learn(&progress, &mut listener)?;
    line.finish();
    let status = if lesson.summary.unreadable > 0 { 2 } else { 0 };
    say(&lesson, until, since, context)?;
    ledger.change(&lesson.for_ledger(now))?;
    if let Some(missing) = missing {
        writeln!(io::stderr(), "trailbell: this is not all of it: {missing}")?;
    }
    Ok(status)
}

/// From when on `run` tells at its first start: what it tells must not be known before.
fn first_told(settings: &Settings, now: Timestamp) -> Timestamp {
    let looks = settings.sources.iter().map(|source| match &source.source {
        SourceKind::EventHistory { first_look, .. } | SourceKind::CloudwatchLogs { first_look, .. } => {
            *first_look
        }
        _ => Duration::ZERO,
    });
    let default = match SourceKind::event_history() {
        SourceKind::EventHistory { first_look, .. } if settings.sources.is_empty() => first_look,
        _ => Duration::ZERO,
    };
    let longest = looks.max().unwrap_or(default);
    now.checked_sub(longest).unwrap_or(now)
}

fn say(
    lesson: &Lesson,
    until: Timestamp,
    since: Option<Timestamp>,
    context: &Context,
) -> Result<(), Failure> {
    let Lesson { from, people, summary, .. } = lesson;
    let mut out = io::stdout().lock();
    if context.json {
        let line = json!({
            "type": "lesson", "records": summary.records, "duplicates": summary.duplicates,
            "unreadable": summary.unreadable, "skipped": summary.skipped, "people": people, "from": from.map(|at| at.to_string()),
            "until": until.to_string(), "known_since": since.map(|at| at.to_string()),
        });
        writeln!(out, "{}", output::harmless(&line))?;
        return Ok(());
    }
    let end = context.local(until);
    let sentence = match (from.map(|from| context.local(from)), context.lang) {
        (Some(from), Lang::En) => format!(
            "Learned what is usual for {people} {} from {} events, {from} to {end}.",
            if *people == 1 { "principal" } else { "principals" },
            summary.records
        ),
        (Some(from), Lang::Ja) => format!(
            "{} 件のイベント({from}〜{end})から、{people} 名の普段の利用状況を学習しました。",
            summary.records
        ),
        (None, Lang::En) => format!(
            "Nothing to learn: none of the {} events before {end} is a sign-in, a change or another thing that is told.",
            summary.records
        ),
        (None, Lang::Ja) => format!(
            "学習できるものはありませんでした({end} より前の {} 件のイベントに、サインインや変更など、通知の対象になるものがありません)。",
            summary.records
        ),
    };
    writeln!(out, "{sentence}")?;
    let more = match (since, context.lang) {
        (Some(since), Lang::En) => format!(
            "What happened from {} on is known already and was left out. A running trailbell takes this in within a minute.",
            context.local(since)
        ),
        (Some(since), Lang::Ja) => format!(
            "{} 以降は学習済みのため、対象から除きました。動作中の trailbell には 1 分以内に反映されます。",
            context.local(since)
        ),
        (None, Lang::En) => "What happened later is told by `trailbell run`, and learned then.".to_owned(),
        (None, Lang::Ja) => "これより後の操作は `trailbell run` が通知し、そのときに学習します。".to_owned(),
    };
    writeln!(out, "{more}")?;
    Ok(())
}

/// Hears of what cannot be read; nothing is told.
struct Listener;

impl Audience for Listener {
    fn unreadable(&mut self, problem: &Unreadable) {
        output::unreadable(problem);
    }

    fn notice(&mut self, _: Notice, _: Option<&str>) -> io::Result<()> {
        Ok(())
    }

    fn alarm(&mut self, _: Rung) -> io::Result<()> {
        Ok(())
    }
}
