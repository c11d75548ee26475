//! `match`: the records, or the raw log events, that a pattern or a rule matches.

mod conditions;

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::sync::Arc;

use serde_json::Value;
use trailbell_detect::{Condition, RuleSet};
use trailbell_engine::find::{Find, LogEvent};
use trailbell_engine::{Progress, Unreadable};
use trailbell_filter_pattern::Pattern;
use trailbell_text::{Channel, Phrase};

use crate::args::Match;
use crate::context::{Context, Failure, jobs, limits};
use crate::output;
use crate::progress::Line;

pub(crate) fn run(find: &Match, context: &Context) -> Result<u8, Failure> {
    let (conditions, left_out) = conditions::of(find)?;
    let filters: Vec<Pattern> = conditions.iter().filter_map(Condition::filter).cloned().collect();
    let rules = RuleSet::of_conditions(conditions);
    if !context.quiet {
        for line in left_out {
            // Nothing is left to be done about a standard error that cannot be written to.
            let _ = writeln!(io::stderr(), "trailbell: {line}");
        }
    }
    let find_in = Find {
        rules: &rules,
        paths: find.input.paths.clone(),
        since: context.time("--since", find.window.since.as_deref())?,
        until: context.time("--until", find.window.until.as_deref())?,
        limits: limits(&find.input.unpacking),
    };
    if find.lines && (find_in.since.is_some() || find_in.until.is_some()) {
        return Err(Failure::Told(
            "--since and --until need CloudTrail events: a raw line has no time".into(),
        ));
    }
    let progress = Arc::new(Progress::default());
    // A terminal that is being written to shows by itself that the work goes on.
    let line = Line::start(&progress, context.quiet || io::stdout().is_terminal());
    let mut out =
        Out { stdout: BufWriter::new(io::stdout().lock()), context, matched: 0, find, filters: &filters };
    let mut unreadable = |problem: &Unreadable| output::unreadable(problem);
    let tally = if find.lines {
        find_in.log_events(&progress, &mut |event| out.log_event(event), &mut unreadable)
    } else if find.count {
        let jobs = jobs(find.jobs);
        let (tally, matched) = find_in.count(jobs, &progress, &mut unreadable);
        out.matched = matched;
        Ok(tally)
    } else {
        find_in.records(&progress, &mut |record| out.record(record), &mut unreadable)
    };
    line.finish();
    let tally = tally?;
    if find.count {
        writeln!(out.stdout, "{}", out.matched)?;
    }
    out.stdout.flush()?;
    Ok(match (tally.unreadable, out.matched) {
        (1.., _) => 2,
        (0, 0) => 1,
        (0, _) => 0,
    })
}

struct Out<'a> {
    stdout: BufWriter<io::StdoutLock<'static>>,
    context: &'a Context,
    find: &'a Match,
    /// The filter patterns among what is looked for: they take fields out of lines.
    filters: &'a [Pattern],
    matched: u64,
}

impl Out<'_> {
    fn record(&mut self, record: &trailbell_json::Json) -> io::Result<()> {
        self.matched += 1;
        writeln!(self.stdout, "{record}")
    }

    fn log_event(&mut self, event: LogEvent<'_>) -> io::Result<()> {
        self.matched += 1;
        if self.find.count {
            return Ok(());
        }
        if self.context.json {
            let extracted = self.filters.iter().find_map(|pattern| pattern.extract(event.message));
            let extracted = extracted.unwrap_or_default();
            let extracted = extracted.into_iter().map(|(name, value)| (name, Value::from(value)));
            let line = serde_json::json!({
                "index": event.index,
                "message": event.message,
                "extracted": Value::Object(extracted.collect()),
            });
            return writeln!(self.stdout, "{}", output::harmless(&line));
        }
        if io::stdout().is_terminal() {
            return writeln!(
                self.stdout,
                "{}",
                Phrase::ours(event.message.to_owned()).render(Channel::Terminal)
            );
        }
        writeln!(self.stdout, "{}", event.message)
    }
}
