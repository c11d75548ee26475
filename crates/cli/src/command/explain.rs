//! `explain`: what each rule makes of one event, field by field, and what became of its notice.

use std::io::{self, Write as _};
use std::sync::Arc;

use serde_json::{Value, json};
use trailbell_detect::{RuleExplanation, RuleSet};
use trailbell_engine::{CountedBy, Progress, Unreadable, explain::find_event, kept_record, subject};
use trailbell_record::{Actor, Record};
use trailbell_text::{Channel, Untrusted};

use super::ledger;
use super::story;
use crate::args::Explain;
use crate::context::{Context, Failure, limits};
use crate::output;
use crate::progress::Line;

pub(crate) fn run(explain: &Explain, context: &Context) -> Result<u8, Failure> {
    if explain.paths.is_empty() {
        return from_ledger(explain, context);
    }
    let rules = context.rules()?;
    let progress = Arc::new(Progress::default());
    let line = Line::start(&progress, context.quiet);
    let mut unreadable = |problem: &Unreadable| output::unreadable(problem);
    let limits = limits(&explain.unpacking);
    let (found, tally) =
        find_event(&explain.event_id, explain.paths.clone(), limits, &progress, &mut unreadable);
    line.finish();
    let broken = if tally.unreadable > 0 { 2 } else { 0 };
    let Some(record) = found else {
        let id = Untrusted::from(explain.event_id.as_str()).render(Channel::Terminal);
        writeln!(io::stderr(), "trailbell: no event with the id {id} among the {} read", tally.records)?;
        return Ok(broken.max(1));
    };
    let explanations = rules.explain(&record);
    if context.json {
        print_json(&record, &explanations, &rules, None, context)?;
    } else {
        print_text(&record, &explanations, &rules, context)?;
    }
    Ok(broken)
}

/// What a running trailbell made of the event, and what became of its notice.
fn from_ledger(explain: &Explain, context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let mut ledger = ledger::open(&explain.ledger, context)?;
    let found = ledger.find(&explain.event_id)?;
    if found.is_empty() {
        let id = Untrusted::from(explain.event_id.as_str()).render(Channel::Terminal);
        writeln!(
            io::stderr(),
            "trailbell: no rule has met an event with the id {id} while keeping watch, or it is past keeping; to look in logs: trailbell explain {id} PATH..."
        )?;
        return Ok(1);
    }
    for (event, sighting) in &found {
        // The event's own record is kept where it has a notice of its own, or waits for one.
        let notice = ledger.notice(event)?;
        let record = match notice {
            Some(owed) => Some(kept_record(&owed).map_err(|error| Failure::Told(error.to_string()))?),
            None => None,
        };
        let explanations = record.as_ref().map(|record| rules.explain(record)).unwrap_or_default();
        if context.json {
            let story = story::json(sighting, &mut *ledger)?;
            if let Some(record) = &record {
                print_json(record, &explanations, &rules, Some(story), context)?;
            } else {
                let line = json!({ "type": "explanation", "event_id": explain.event_id, "rules": [], "story": story });
                writeln!(io::stdout(), "{}", output::harmless(&line))?;
            }
            continue;
        }
        if let Some(record) = &record {
            print_text(record, &explanations, &rules, context)?;
            writeln!(io::stdout())?;
        }
        for line in story::lines(event, sighting, &mut *ledger, context)? {
            writeln!(io::stdout(), "{line}")?;
        }
    }
    Ok(0)
}

/// Why an `ignore` entry of the configuration quiets this rule for the event, where one does.
fn ignored(record: &Record, rule: &str, context: &Context) -> Option<String> {
    let actor = Actor::of(record);
    let subject = subject(record, &actor, &context.zone);
    let entry = context.settings.ignored_by(&subject, rule)?;
    Some(entry.reason.clone().unwrap_or_else(|| "no reason given".to_owned()))
}

fn print_text(
    record: &Record,
    explanations: &[RuleExplanation],
    rules: &RuleSet,
    context: &Context,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let shown = |value: Option<&str>| Untrusted::from(value.unwrap_or("-")).render(Channel::Terminal);
    writeln!(
        out,
        "{} ({}), {}, account {}, recorded in {}",
        shown(Some(record.event_name())),
        shown(Some(record.event_source())),
        shown(record.text(&["eventTime"])),
        shown(record.account()),
        shown(record.region()),
    )?;
    let mut hidden = 0;
    for explanation in explanations {
        // A rule that is off and would not have met it anyway is of no interest to most.
        if !context.verbose && !explanation.enabled && !explanation.matched {
            hidden += 1;
            continue;
        }
        let verdict = match (explanation.matched, explanation.severity) {
            (true, Some(severity)) => format!("met ({severity})"),
            (true, None) => "met".to_owned(),
            (false, _) => "not met".to_owned(),
        };
        let name = Untrusted::from(explanation.rule.as_str()).render(Channel::Terminal);
        let off = if explanation.enabled { "" } else { ", but the rule is off" };
        writeln!(out, "\n{name}: {verdict}{off}")?;
        for fact in &explanation.facts {
            writeln!(out, "  {}", fact.render(Channel::Terminal))?;
        }
        if explanation.matched
            && let Some(counted) = CountedBy::of(explanation.rule.as_str(), &context.settings, rules)
        {
            let by = Untrusted::from(counted.correlations.join(", ")).render(Channel::Terminal);
            let alone = if counted.alone { "; not told by itself" } else { "" };
            writeln!(out, "  counted by {by}{alone}")?;
        }
        if explanation.matched
            && let Some(when) = context.settings.when_of(explanation.rule.as_str())
        {
            // One event alone does not say what came before it.
            writeln!(out, "  told only when {when}; what was seen before decides that")?;
        }
        if explanation.matched
            && let Some(reason) = ignored(record, explanation.rule.as_str(), context)
        {
            let reason = Untrusted::from(reason).render(Channel::Terminal);
            writeln!(out, "  quieted by an `ignore` entry of the configuration: {reason}")?;
        }
    }
    if hidden > 0 {
        writeln!(out, "\n{hidden} more rules are off and would not have met it (-v shows them)")?;
    }
    if context.verbose {
        writeln!(out, "\n{}", record.json())?;
    }
    Ok(())
}

fn print_json(
    record: &Record,
    explanations: &[RuleExplanation],
    rules: &RuleSet,
    story: Option<Value>,
    context: &Context,
) -> io::Result<()> {
    let explained: Vec<Value> = explanations
        .iter()
        .map(|e| {
            let counted =
                e.matched.then(|| CountedBy::of(e.rule.as_str(), &context.settings, rules)).flatten();
            let facts: Vec<String> = e.facts.iter().map(|fact| fact.render(Channel::Terminal)).collect();
            json!({
                "rule": e.rule.as_str(), "enabled": e.enabled, "matched": e.matched,
                "severity": e.severity.map(trailbell_text::Severity::word), "facts": facts,
                "counted_by": counted.map(|counted| counted.correlations),
                "when": context.settings.when_of(e.rule.as_str()).map(ToString::to_string),
                "ignored": e.matched.then(|| ignored(record, e.rule.as_str(), context)).flatten(),
            })
        })
        .collect();
    let mut line = json!({ "type": "explanation", "event_id": record.event_id(), "rules": explained });
    if let Some(story) = story {
        line["story"] = story;
    }
    writeln!(io::stdout(), "{}", output::harmless(&line))
}
