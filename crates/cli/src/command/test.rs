//! `test`: runs files of tests, and says of each test whether it holds.

use std::io::{self, Write as _};
use std::path::Path;

use trailbell_engine::records_in;
use trailbell_notice::Lang;
use trailbell_record::{Limits, Record};
use trailbell_text::Channel;
use trailbell_trial::{Outcome, Suite, Surroundings, Trials, junit};

use crate::args::{self, Global, Test};
use crate::context::{Context, Failure, read_text, shown};
use crate::output;

/// Events a file may have that a test names.
const MOST_EVENTS: usize = 100_000;

pub(crate) fn run(test: &Test, global: &Global, context: &Context) -> Result<u8, Failure> {
    let mut results = Vec::new();
    let (mut passed, mut failed) = (0_usize, 0_usize);
    let mut out = io::stdout().lock();
    for path in &test.files {
        let file = path.display().to_string();
        match outcomes(path, test, global, context) {
            Ok(outcomes) => {
                for outcome in &outcomes {
                    let counted = if outcome.passed() { &mut passed } else { &mut failed };
                    *counted += 1;
                    if context.json {
                        writeln!(out, "{}", output::harmless(&outcome.json(&file)))?;
                    } else if !(context.quiet && outcome.passed()) {
                        writeln!(out, "{}", outcome.text(&file, context.verbose))?;
                    }
                }
                results.push((file, None, outcomes));
            }
            Err(problem) => {
                writeln!(io::stderr(), "trailbell: {problem}")?;
                results.push((file, Some(problem), Vec::new()));
            }
        }
    }
    let broken = results.iter().any(|(_, error, _)| error.is_some());
    // Where no file could be run, there is nothing to count.
    if !context.json && !context.quiet && (passed + failed > 0 || !broken) {
        writeln!(out, "{passed} passed, {failed} failed")?;
    }
    if let Some(path) = &test.junit {
        let suites: Vec<Suite<'_>> = results
            .iter()
            .map(|(file, error, outcomes)| Suite { file, error: error.as_deref(), outcomes })
            .collect();
        std::fs::write(path, junit(&suites))
            .map_err(|error| Failure::Told(format!("--junit: {}: {error}", shown(path))))?;
    }
    if let (Some(filter), 0, false) = (&test.filter, passed + failed, broken) {
        let filter = trailbell_text::Untrusted::from(filter.as_str()).render(Channel::Terminal);
        return Err(Failure::Told(format!("--filter: no test has `{filter}` in its name")));
    }
    Ok(if broken { 2 } else { u8::from(failed > 0) })
}

/// What became of a file's tests; the error says what is wrong with the file.
fn outcomes(path: &Path, test: &Test, global: &Global, context: &Context) -> Result<Vec<Outcome>, String> {
    let source = read_text(path).map_err(|failure| match failure {
        Failure::Told(message) => message,
        Failure::ReaderLeft => String::new(),
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let surroundings = Surroundings {
        settings: &context.settings,
        lang: global.lang.map(|lang| match lang {
            args::Lang::En => Lang::En,
            args::Lang::Ja => Lang::Ja,
        }),
        zone: global.timezone.is_some().then(|| context.zone.clone()),
        events: &|name| events(folder, name),
    };
    let name = path.display().to_string();
    let trials = Trials::parse(&source, &surroundings)
        .map_err(|invalid| format!("the tests cannot be run\n{}", invalid.render(&name, &source)))?;
    Ok(trials.run(|name| test.filter.as_ref().is_none_or(|filter| name.contains(filter))))
}

/// The events of a file that a test names, beside the file of tests.
fn events(folder: &Path, name: &str) -> Result<Vec<Record>, String> {
    // `-` is a file's name here, and not standard input.
    let path = Path::new(".").join(folder).join(name);
    let (records, unreadable) = records_in(path, Limits::default(), MOST_EVENTS);
    if let Some(problem) = unreadable.first() {
        return Err(format!("{}: {}", shown(&problem.path), problem.message.render(Channel::Terminal)));
    }
    if records.len() >= MOST_EVENTS {
        return Err(format!("There are {MOST_EVENTS} events or more here, which is too much for a test"));
    }
    Ok(records)
}
