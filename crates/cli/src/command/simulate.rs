//! `simulate`: what the alarms and topics of CloudFormation templates would have done with past logs.

mod json;
mod remarks;
mod report;
mod templates;
mod timeline;
mod words;

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use trailbell_engine::simulate::{
    FilterDestination, Listener, Moment, Simulation, World, first_account, plot,
};
use trailbell_engine::{Progress, Unreadable};
use trailbell_template::Invalid;
use trailbell_text::Channel;

use self::templates::{Given, read};
use self::words::{Deployed, Words};
use crate::args;
use crate::context::{Context, Failure, jobs, limits, shown};
use crate::output::unreadable;
use crate::progress::Line;
use crate::when;

/// The account where neither flag nor log says: AWS's documentation has it.
const NOBODYS_ACCOUNT: &str = "123456789012";

pub(crate) fn run(simulate: &args::Simulate, context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let since = context.time("--since", simulate.window.since.as_deref())?;
    let until = context.time("--until", simulate.window.until.as_deref())?;
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(Failure::Told("--since is not before --until: no event could be told".into()));
    }
    let delivery_delay = when::duration(&simulate.delivery_delay)
        .map_err(|problem| Failure::Told(format!("--delivery-delay: {problem}")))?;
    let destinations = simulate
        .filter_destination
        .iter()
        .map(|text| FilterDestination::parse(text).ok_or_else(|| no_destination(text)))
        .collect::<Result<Vec<_>, _>>()?;
    let given = Given::sort(simulate);
    if given.paths.is_empty() {
        return Err(Failure::Told(
            "no logs are named: give a file, a folder, or - for standard input".into(),
        ));
    }
    let limits = limits(&simulate.unpacking);
    let first = if simulate.account.is_none() { first_account(&given.paths, limits) } else { None };
    let account = simulate.account.clone().or_else(|| first.map(|(account, _)| account));
    let shown_account = account.clone().unwrap_or_else(|| NOBODYS_ACCOUNT.to_owned());
    let stacks = read(simulate, &given, &shown_account)?;
    let world = World::new(&stacks, &destinations, account).map_err(|invalid| refused(&invalid))?;
    if !context.quiet {
        for notice in &stacks.notices {
            writeln!(io::stderr(), "warning: {}", notice.render())?;
        }
        if world.is_empty() {
            writeln!(
                io::stderr(),
                "warning: nothing in the templates hears of an event: no filter, alarm or rule"
            )?;
        }
    }
    let words = Words {
        context,
        deployed: Deployed { account: shown_account, region: simulate.region.clone(), delivery_delay },
    };
    let progress = Arc::new(Progress::default());
    let line = Line::start(&progress, context.quiet);
    let jobs = jobs(simulate.jobs);
    let mut teller = Teller { out: BufWriter::new(Box::new(io::stdout())), words: &words, line: Some(line) };
    let report = Simulation {
        world: &world,
        paths: given.paths,
        delivery_delay,
        rules: &rules,
        settings: &context.settings,
        reader: context.reader()?,
        since,
        until,
        limits,
        jobs,
        wants_plot: simulate.plot.is_some(),
    }
    .run(&progress, &mut teller)?;
    if let Some(path) = &simulate.plot {
        std::fs::write(path, plot(&report, context.lang, &context.zone))
            .map_err(|error| Failure::Told(format!("--plot {}: {error}", shown(path))))?;
    }
    if context.json {
        json::report(&mut teller.out, &report, &stacks, &words)?;
    } else if !context.quiet {
        report::write(&mut teller.out, &report, &stacks, &words)?;
    }
    teller.out.flush()?;
    Ok(if report.own.unreadable > 0 { 2 } else { 0 })
}

/// What AWS would not make.
fn refused(invalid: &Invalid) -> Failure {
    Failure::Told(format!("the templates cannot be run\n{}", invalid.render()))
}

fn no_destination(text: &str) -> Failure {
    let text = trailbell_text::Untrusted::from(text).render(Channel::Terminal);
    Failure::Told(format!(
        "--filter-destination: `{text}` names no function: write PATTERN=LOGICAL-ID, as '{{ $.eventType = \"AwsConsoleSignIn\" }}=MyFunction'"
    ))
}

/// Prints what happens.
struct Teller<'a> {
    out: BufWriter<Box<dyn Write + Send>>,
    words: &'a Words<'a>,
    /// The line of progress, which leaves the screen before the first word.
    line: Option<Line>,
}

impl Listener for Teller<'_> {
    fn unreadable(&mut self, problem: &Unreadable) {
        unreadable(problem);
    }

    fn read(&mut self) {
        if let Some(line) = self.line.take() {
            line.finish();
        }
    }

    fn words(&mut self, moment: &Moment) -> io::Result<String> {
        let mut out = Vec::new();
        if self.words.context.json {
            json::moment(&mut out, moment, self.words)?;
        } else {
            timeline::write(&mut out, moment, self.words)?;
        }
        String::from_utf8(out).map_err(io::Error::other)
    }

    fn tell(&mut self, words: &str) -> io::Result<()> {
        self.out.write_all(words.as_bytes())
    }
}
