//! `explain-alarm`: who did what behind a CloudWatch alarm, asked of CloudWatch and its logs. Nothing needs to be deployed for it.

use std::io::{self, Write as _};

use jiff::{SignedDuration, Timestamp};
use trailbell_aws::{Alarm, Aws};
use trailbell_engine::Teller;
use trailbell_notice::render::{self, Colour};
use trailbell_notice::{Bulletin, Page, Reader};
use trailbell_text::Channel;

use super::deploy::talk::theirs;
use super::deploy::{access, in_runtime, region_of};
use crate::args::ExplainAlarm;
use crate::context::{Context, Failure};
use crate::output;

/// For how long CloudWatch remembers what became of an alarm.
const HISTORY: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn run(explain: &ExplainAlarm, context: &Context) -> Result<u8, Failure> {
    let since = context.time("--since", explain.since.as_deref())?;
    let rules = context.rules()?;
    let reader = context.reader()?;
    let told = in_runtime(ask(explain, since, &Teller::new(&rules, &reader)))?;
    if told.is_empty() {
        if !context.quiet {
            let from = since.map_or_else(
                || "in the last 30 days".to_owned(),
                |at| format!("since {}", context.local(at)),
            );
            writeln!(
                io::stderr(),
                "trailbell: the alarm {} has not gone off {from}",
                theirs(&explain.alarm)
            )?;
        }
        return Ok(1);
    }
    print(&told, &reader, context)?;
    Ok(0)
}

/// Each time it went off, oldest first, with what is behind it.
async fn ask(
    explain: &ExplainAlarm,
    since: Option<Timestamp>,
    teller: &Teller<'_>,
) -> Result<Vec<Bulletin>, Failure> {
    let aws = Aws::connect(&access(&explain.aws)).await?;
    let region = region_of(&aws)?;
    let alarm = aws.alarm(&region, &explain.alarm).await?.ok_or_else(|| {
        Failure::Told(format!(
            "there is no alarm {} in {region}: capitals count; is it another --region or --profile?",
            theirs(&explain.alarm)
        ))
    })?;
    let from = since.unwrap_or_else(|| Timestamp::now().saturating_sub(HISTORY).unwrap_or(Timestamp::MIN));
    let mut times = aws.went_off(&alarm, from).await?;
    if since.is_none() {
        times.truncate(1);
        // Longer ago than the history reaches, and still so.
        if times.is_empty() && alarm.went_off() {
            times.push(alarm);
        }
    }
    let mut told = Vec::new();
    for time in times.iter().rev() {
        told.push(explained(&aws, &region, time, teller).await?);
    }
    Ok(told)
}

async fn explained(aws: &Aws, region: &str, alarm: &Alarm, teller: &Teller<'_>) -> Result<Bulletin, Failure> {
    let behind = aws.behind(alarm, region, None).await?;
    Ok(alarm.explained(Ok(behind), |message| teller.tell(message)))
}

fn print(told: &[Bulletin], reader: &Reader, context: &Context) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for (index, bulletin) in told.iter().enumerate() {
        if context.json {
            writeln!(out, "{}", output::harmless(&bulletin.json(reader)))?;
            continue;
        }
        if index > 0 {
            writeln!(out)?;
        }
        let colour = if context.color { Colour::On } else { Colour::Off };
        // The command that is named as the one to ask again with is this one.
        let page = Page { details: None, ..bulletin.page(reader) };
        writeln!(out, "{}", render::terminal(&page, colour))?;
        let Bulletin::Alarm(alarm) = bulletin else { continue };
        for event in &alarm.events {
            if let Some(id) = &event.line.event_id {
                let at = event.line.time.map(|at| context.local(at)).unwrap_or_default();
                writeln!(out, "{at}  event {}", id.render(Channel::Terminal))?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
