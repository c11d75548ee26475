//! `mute`: being quiet about something for a while.

use std::io::{self, Write as _};

use jiff::{SignedDuration, Timestamp};
use trailbell_config::Address;
use trailbell_outbox::{Batch, Identity, Mute};
use trailbell_text::{Channel, Untrusted};

use super::ledger;
use crate::args::{self, MuteAction};
use crate::context::{Context, Failure};
use crate::output;
use crate::when;

/// The longest a mute may be: what is to be quiet for good belongs under `ignore`, where it is reviewed.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 90);

pub(crate) fn run(mute: &args::Mute, context: &Context) -> Result<u8, Failure> {
    match &mute.action {
        Some(MuteAction::List(ledger)) => list(ledger, context),
        Some(MuteAction::End(end)) => self::end(end, context),
        None => add(mute, context),
    }
}

fn add(mute: &args::Mute, context: &Context) -> Result<u8, Failure> {
    if mute.rule.is_none() && mute.principal.is_none() && mute.address.is_none() {
        return Err(Failure::Told(
            "mute what? Give --principal, --rule or --address (`trailbell mute list` shows the mutes there are)".into(),
        ));
    }
    let Some(duration) = &mute.duration else {
        return Err(Failure::Told("for how long? Give --for, such as --for 2h: every mute expires".into()));
    };
    let duration = when::duration(duration).map_err(|problem| Failure::Told(format!("--for: {problem}")))?;
    if duration > LONGEST {
        return Err(Failure::Told(
            "--for: at most 90d; what is to stay quiet belongs under `ignore` in the configuration".into(),
        ));
    }
    if let Some(rule) = &mute.rule {
        let rules = context.rules()?;
        if !rules.rules().iter().any(|known| known.name().as_str() == rule) {
            let known: Vec<&str> = rules.rules().iter().map(|rule| rule.name().as_str()).collect();
            return Err(Failure::Told(format!("--rule: there is no such rule; known: {}", known.join(", "))));
        }
    }
    if mute.address.as_deref().is_some_and(|address| Address::parse(address).is_none()) {
        return Err(Failure::Told(
            "--address: write an IP address, a network such as 203.0.113.0/24, or an AWS service".into(),
        ));
    }
    let mut ledger = ledger::open(&mute.ledger, context)?;
    let created = Timestamp::now();
    let until = created.saturating_add(duration).unwrap_or(Timestamp::MAX);
    let id = Identity::of(&["mute", &created.to_string(), &std::process::id().to_string()]);
    let made = Mute {
        id: id.as_str()[..6].to_owned(),
        rule: mute.rule.clone(),
        principal: mute.principal.clone(),
        address: mute.address.clone(),
        created,
        until,
        author: std::env::var("USER").ok().filter(|user| !user.is_empty()),
        reason: mute.reason.clone(),
    };
    ledger.change(&Batch { mutes: vec![made.clone()], ..Batch::default() })?;
    show(&made, context)
}

fn list(ledger: &args::WhichLedger, context: &Context) -> Result<u8, Failure> {
    let mutes = ledger::open(ledger, context)?.mutes(Timestamp::now())?;
    if mutes.is_empty() && !context.quiet {
        writeln!(io::stderr(), "trailbell: nothing is muted")?;
    }
    for mute in &mutes {
        show(mute, context)?;
    }
    Ok(0)
}

fn end(end: &args::EndMute, context: &Context) -> Result<u8, Failure> {
    let mut ledger = ledger::open(&end.ledger, context)?;
    let now = Timestamp::now();
    let Some(mute) = ledger.mutes(now)?.into_iter().find(|mute| mute.id == end.id) else {
        let id = Untrusted::from(end.id.as_str()).render(Channel::Terminal);
        return Err(Failure::Told(format!("there is no mute {id}: `trailbell mute list` shows them")));
    };
    ledger.change(&Batch { mutes: vec![Mute { until: now, ..mute }], ..Batch::default() })?;
    if !context.quiet {
        writeln!(io::stderr(), "trailbell: the mute has ended; what keeps watch knows within a minute")?;
    }
    Ok(0)
}

fn show(mute: &Mute, context: &Context) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    if context.json {
        let mut line = serde_json::to_value(mute).map_err(|error| Failure::Told(error.to_string()))?;
        line["type"] = "mute".into();
        writeln!(out, "{}", output::harmless(&line))?;
        return Ok(0);
    }
    let shown =
        |text: &Option<String>| text.as_deref().map(|text| Untrusted::from(text).render(Channel::Terminal));
    let what = [("rule", &mute.rule), ("principal", &mute.principal), ("address", &mute.address)];
    let what: Vec<String> =
        what.iter().filter_map(|(name, text)| Some(format!("{name} {}", shown(text)?))).collect();
    let by = shown(&mute.author).map_or(String::new(), |author| format!(", by {author}"));
    let why = shown(&mute.reason).map_or(String::new(), |reason| format!(": {reason}"));
    writeln!(out, "{}  until {}  {}{by}{why}", mute.id, context.local(mute.until), what.join(", "))?;
    Ok(0)
}
