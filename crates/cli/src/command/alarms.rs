//! `alarms`: the alarms of rules, where they stand, and what they went through.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write as _};

use serde_json::json;
use trailbell_config::RuleAlarm;
use trailbell_engine::{ALARM_STATE, AlarmMemory};
use trailbell_text::{Channel, Untrusted};

use super::ledger;
use crate::args::Alarms;
use crate::context::{Context, Failure};
use crate::output;

/// One alarm: what the settings say of it, and what the ledger does.
struct Shown {
    terms: Option<RuleAlarm>,
    memory: Option<AlarmMemory>,
}

pub(crate) fn run(alarms: &Alarms, context: &Context) -> Result<u8, Failure> {
    let mut shown: BTreeMap<String, Shown> = BTreeMap::new();
    for rule in context.rules()?.rules().iter().filter(|rule| rule.is_enabled()) {
        if let Some(terms) = context.settings.alarm_of(rule.name().as_str()) {
            shown.insert(rule.name().to_string(), Shown { terms: Some(terms), memory: None });
        }
    }
    let mut ledger = ledger::open(&alarms.ledger, context)?;
    for (key, memory) in ledger.state(ALARM_STATE)? {
        let name = key.trim_start_matches(ALARM_STATE).to_owned();
        let memory = serde_json::from_str(&memory).ok();
        shown.entry(name).or_insert(Shown { terms: None, memory: None }).memory = memory;
    }
    if let Some(rule) = &alarms.rule {
        shown.retain(|name, _| name == rule);
        if shown.is_empty() {
            let rule = Untrusted::from(rule.as_str()).render(Channel::Terminal);
            return Err(Failure::Told(format!(
                "the rule {rule} has no alarm (`trailbell alarms` lists those that do)"
            )));
        }
    }
    let mut out = BufWriter::new(io::stdout().lock());
    for (name, one) in &shown {
        if context.json {
            writeln!(out, "{}", output::harmless(&as_json(name, one, alarms.rule.is_some())))?;
            continue;
        }
        let name = Untrusted::from(name.as_str()).render(Channel::Terminal);
        writeln!(out, "{:<17}  {name}  {}", state(one), on_what(one, context))?;
        if alarms.rule.is_some() {
            history(one, context, &mut out)?;
        }
    }
    out.flush()?;
    if shown.is_empty() && !context.quiet {
        writeln!(
            io::stderr(),
            "trailbell: no rule has an alarm; `alarm: {{threshold: 5, period: 5m}}` under a rule of trailbell.yaml makes one"
        )?;
    }
    Ok(0)
}

fn state(one: &Shown) -> &'static str {
    one.memory.as_ref().map_or("not looked at yet", |memory| memory.state.as_str())
}

fn on_what(one: &Shown, context: &Context) -> String {
    let since = one.memory.as_ref().and_then(|memory| memory.history.back());
    let since = since.map(|last| format!(" (since {})", context.local(last.at))).unwrap_or_default();
    let Some(terms) = one.terms else { return format!("no longer in the configuration{since}") };
    format!(
        "{} {} {}, {} of {} periods of {} s, missing: {}{since}",
        terms.statistic,
        terms.comparison.as_str(),
        terms.threshold,
        terms.datapoints_to_alarm,
        terms.evaluation_periods,
        terms.period,
        terms.missing.as_str(),
    )
}

fn history(one: &Shown, context: &Context, out: &mut impl io::Write) -> io::Result<()> {
    let Some(memory) = &one.memory else { return Ok(()) };
    for past in &memory.history {
        writeln!(out, "  {}  {} -> {}", context.local(past.at), past.from, past.to)?;
        writeln!(out, "      {}", past.reason)?;
    }
    Ok(())
}

fn as_json(name: &str, one: &Shown, with_history: bool) -> serde_json::Value {
    let memory = one.memory.as_ref();
    let mut object = json!({
        "type": "alarm",
        "rule": name,
        "state": memory.map(|memory| memory.state),
        "since": memory.and_then(|memory| memory.history.back()).map(|last| last.at),
        "told_at": memory.and_then(|memory| memory.told_at),
        "terms": one.terms.map(|terms| json!({
            "threshold": terms.threshold, "comparison": terms.comparison.as_str(), "statistic": terms.statistic,
            "period": terms.period, "datapoints_to_alarm": terms.datapoints_to_alarm,
            "evaluation_periods": terms.evaluation_periods, "missing": terms.missing.as_str(), "each": terms.each,
        })),
    });
    if with_history {
        object["history"] = json!(memory.map(|memory| &memory.history));
    }
    object
}
