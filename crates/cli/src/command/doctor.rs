//! `doctor`: can it hear, can it be heard, and how to mend what cannot. It only looks.

mod aws;
mod channels;
pub(super) mod check;
mod here;
mod sources;
pub(super) mod trails;

use std::io::{self, Write as _};

use jiff::Timestamp;
use serde_json::json;
use trailbell_config::{Settings, SourceKind, Target};

use self::check::{Check, Verdict};
use self::here::Running;
use crate::args::{Doctor, Global, OutputForm};
use crate::context::{Context, Failure};
use crate::output;
use crate::station::watched;

pub(crate) fn run(doctor: &Doctor, global: &Global) -> Result<u8, Failure> {
    if doctor.policy {
        return policy(&Context::new(global)?);
    }
    let json = global.output == OutputForm::Json;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let (settings, mut checks) = here::configuration(global)?;
        let mut report = Report::new(json, global.quiet || doctor.health);
        if doctor.health {
            // A slip in the file must not end a process that runs with it as it was: it is asked where it usually is.
            let listen = settings.unwrap_or_default().listen;
            let running = Running::ask(listen.as_deref()).await;
            if !running.is_up() {
                checks.retain(|check| check.verdict == Verdict::Fail);
                report.tell(&checks)?;
            }
            report.health(&running, listen.as_deref())?;
            return Ok(report.status());
        }
        report.tell(&checks)?;
        if let Some(settings) = settings {
            let context = Context::of(global, settings)?;
            examine(doctor, &context, &mut report).await?;
        }
        report.end()
    });
    // A question that hangs in the system's resolver must not keep the command from ending.
    runtime.shutdown_background();
    match status {
        // A container knows healthy and unhealthy, and nothing else.
        Err(Failure::Told(message)) if doctor.health => {
            writeln!(io::stderr(), "trailbell: {message}")?;
            Ok(1)
        }
        status => status,
    }
}

/// What must be allowed in AWS for what the settings name.
fn policy(context: &Context) -> Result<u8, Failure> {
    let sources: Vec<SourceKind> =
        watched(&context.settings).into_iter().map(|source| source.source).collect();
    let channels: Vec<Target> =
        context.settings.channels.iter().map(|channel| channel.target.clone()).collect();
    let policy = trailbell_aws::policy(&sources, &channels);
    let text = serde_json::to_string_pretty(&policy).map_err(|error| Failure::Told(error.to_string()))?;
    writeln!(io::stdout(), "{text}")?;
    if !context.quiet && text.contains("YOUR-TRAIL-BUCKET") {
        writeln!(
            io::stderr(),
            "trailbell: put the name of the trail's bucket where YOUR-TRAIL-BUCKET stands"
        )?;
    }
    Ok(0)
}

/// Everything live: asked at once, told in order.
async fn examine(doctor: &Doctor, context: &Context, report: &mut Report) -> Result<(), Failure> {
    let now = Timestamp::now();
    let Settings { listen, channels, .. } = &context.settings;
    let running = Running::ask(listen.as_deref()).await;
    let wanted = watched(&context.settings);
    let tasks = [
        tokio::spawn(sources::all(wanted.clone(), running.is_up())),
        tokio::spawn(aws::all(wanted, now)),
        tokio::spawn(channels::all(channels.clone())),
    ];
    report.tell(&running.checks(listen.as_deref()))?;
    report.tell(&here::ledger(&doctor.ledger, context, now))?;
    for task in tasks {
        let checks = task.await.map_err(|error| Failure::Told(format!("a check broke off: {error}")))?;
        report.tell(&checks)?;
    }
    Ok(())
}

pub(super) struct Report {
    json: bool,
    quiet: bool,
    warned: usize,
    wrong: usize,
}

impl Report {
    pub(super) const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet, warned: 0, wrong: 0 }
    }

    pub(super) fn tell(&mut self, checks: &[Check]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        for Check { about, verdict, message, fix } in checks {
            match verdict {
                Verdict::Ok => {}
                Verdict::Warn => self.warned += 1,
                Verdict::Fail => self.wrong += 1,
            }
            if self.json {
                let line = json!({
                    "type": "check", "about": about, "result": verdict.word(), "message": message, "fix": fix,
                });
                writeln!(out, "{}", output::harmless(&line))?;
                continue;
            }
            writeln!(out, "{:<8} {}: {}", verdict.shown(), check::plain(about), check::plain(message))?;
            if let Some(fix) = fix {
                writeln!(out, "         -> {}", check::plain(fix))?;
            }
        }
        Ok(())
    }

    pub(super) fn end(&self) -> Result<u8, Failure> {
        if !self.quiet && !self.json {
            let counted = |count: usize, one: &str, many: &str| match count {
                1 => format!("1 {one}"),
                _ => format!("{count} {many}"),
            };
            let warned = counted(self.warned, "warning", "warnings");
            let words = match (self.wrong, self.warned) {
                (0, 0) => "all well".to_owned(),
                (0, _) => format!("nothing wrong; {warned}"),
                (wrong, _) => format!("{}; {warned}", counted(wrong, "thing is wrong", "things are wrong")),
            };
            writeln!(io::stderr(), "trailbell: {words}")?;
        }
        Ok(self.status())
    }

    /// What the running process says of itself, and nothing else.
    fn health(&mut self, running: &Running, listen: Option<&str>) -> Result<(), Failure> {
        let mut checks = running.checks(listen);
        // Here it is the question itself whether it runs.
        if !running.is_up() {
            for check in &mut checks {
                check.verdict = Verdict::Fail;
            }
        }
        self.tell(&checks)
    }

    const fn status(&self) -> u8 {
        if self.wrong > 0 { 1 } else { 0 }
    }
}
