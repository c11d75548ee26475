//! `scan`: what you would have been told.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use trailbell_engine::{Progress, Scan};

use crate::args;
use crate::context::{Context, Failure, jobs, limits, shown};
use crate::output::Printer;
use crate::progress::Line;
use crate::report::{Readers, Sheet};

pub(crate) fn run(scan: &args::Scan, context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let since = context.time("--since", scan.window.since.as_deref())?;
    let until = context.time("--until", scan.window.until.as_deref())?;
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(Failure::Told("--since is not before --until: no event could be told".into()));
    }
    if let Some(folder) = &scan.mail_dir {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Told(format!("--mail-dir {}: {error}", shown(folder))))?;
    }
    let reader = context.reader()?;
    let begin = |path: &PathBuf| Sheet::begin(path, &scan.input.paths, (since, until), reader.clone());
    let sheet = scan.report.as_ref().map(begin).transpose()?;
    let progress = Arc::new(Progress::default());
    let line = Line::start(&progress, context.quiet);
    let jobs = jobs(scan.jobs);
    let printer =
        Printer::new(Box::new(io::stdout()), context, scan.mail_dir.clone(), Box::new(|| line.finish()))?;
    let mut readers = Readers::new(printer, sheet, &progress);
    let summary = Scan {
        paths: scan.input.paths.clone(),
        rules: &rules,
        settings: &context.settings,
        reader,
        since,
        until,
        limits: limits(&scan.input.unpacking),
        jobs,
    }
    .run(&progress, &mut readers)?;
    readers.summary(&summary)?;
    Ok(if summary.unreadable > 0 { 2 } else { 0 })
}
