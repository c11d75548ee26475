//! `rules stats`: how many events of the logs each rule meets, the noisiest first.

use std::cmp::Reverse;
use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use serde_json::json;
use trailbell_config::Settings;
use trailbell_detect::{BUILTIN_RULES, Rule};
use trailbell_engine::{Counted, Met, Progress, Stats, Unreadable};
use trailbell_notice::Lang;

use super::shown;
use crate::args::RulesStats;
use crate::context::{Context, Failure, jobs, limits};
use crate::output;
use crate::progress::Line;

pub(super) fn run(stats: &RulesStats, context: &Context) -> Result<u8, Failure> {
    let rules =
        if stats.all { context.with(with_all_rules(&context.settings)).rules()? } else { context.rules()? };
    let since = context.time("--since", stats.window.since.as_deref())?;
    let until = context.time("--until", stats.window.until.as_deref())?;
    let progress = Arc::new(Progress::default());
    let line = Line::start(&progress, context.quiet);
    let counted = Stats {
        paths: stats.input.paths.clone(),
        rules: &rules,
        since,
        until,
        limits: limits(&stats.input.unpacking),
        jobs: jobs(stats.jobs),
    }
    .run(&progress, &mut |problem: &Unreadable| output::unreadable(problem))?;
    line.finish();
    let mut by_rule: Vec<(&str, Met)> = rules
        .rules()
        .iter()
        .filter(|rule| rule.is_enabled())
        .map(|rule| (rule.name().as_str(), counted.by_rule.get(rule.name()).copied().unwrap_or_default()))
        .collect();
    // Rules that met equally many stay in the order of the rule set.
    by_rule.sort_by_key(|(_, met)| Reverse(met.events));
    if context.json { json(&by_rule, rules.rules(), &counted) } else { text(&by_rule, &counted, context) }?;
    Ok(if counted.tally.unreadable > 0 { 2 } else { 0 })
}

/// The settings with every rule on.
fn with_all_rules(settings: &Settings) -> Settings {
    let mut all = settings.clone();
    for name in BUILTIN_RULES {
        let rule = all.built_in_rules.entry((*name).to_owned()).or_default();
        rule.enabled = Some(true);
    }
    for rule in &mut all.own_rules {
        rule.enabled = true;
    }
    all
}

/// The part of all events read, from 0 to 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share of more than 2^53 events may be off in its last digit"
)]
fn share(events: u64, counted: &Counted) -> f64 {
    match counted.tally.records {
        0 => 0.0,
        records => events as f64 / records as f64,
    }
}

fn json(by_rule: &[(&str, Met)], rules: &[Rule], counted: &Counted) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (name, met) in by_rule {
        let mut line = json!({
            "type": "rule-stats", "rule": name, "events": met.events, "share": share(met.events, counted),
            "first": met.first.map(|at| at.to_string()), "last": met.last.map(|at| at.to_string()),
        });
        if let Some(sigma) = rules.iter().find(|rule| rule.name().as_str() == *name).and_then(Rule::about) {
            line["sigma"] = json!({"title": sigma.title, "id": sigma.id});
        }
        writeln!(out, "{}", output::harmless(&line))?;
    }
    let effort = counted.effort;
    let line = json!({
        "effort": {
            "unread": counted.tally.records.saturating_sub(effort.asked()), "by_fields": effort.by_fields,
            "by_members": effort.by_members, "with_care": effort.with_care, "whole": effort.whole,
        },
        "type": "summary", "records": counted.tally.records, "met": counted.met, "duplicates": counted.duplicates,
        "unreadable": counted.tally.unreadable, "skipped": counted.tally.skipped,
    });
    writeln!(out, "{line}")?;
    out.flush()
}

fn text(by_rule: &[(&str, Met)], counted: &Counted, context: &Context) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let (loud, silent): (Vec<_>, Vec<_>) = by_rule.iter().partition(|(_, met)| met.events > 0);
    let width = loud.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let time = |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| context.local(at));
    for (name, met) in &loud {
        writeln!(
            out,
            "{:>9}  {:>7.3}%  {:<width$}  {} .. {}",
            met.events,
            share(met.events, counted) * 100.0,
            shown(name),
            time(met.first),
            time(met.last),
        )?;
    }
    if !silent.is_empty() {
        let names: Vec<String> = silent.iter().map(|(name, _)| shown(name)).collect();
        let blank = if loud.is_empty() { "" } else { "\n" };
        match context.lang {
            Lang::En => writeln!(out, "{blank}Met nothing: {}", names.join(", "))?,
            Lang::Ja => writeln!(out, "{blank}一致なし: {}", names.join("、"))?,
        }
    }
    if !context.quiet {
        writeln!(out, "\n{}", summary(counted, context.lang))?;
    }
    out.flush()
}

fn summary(counted: &Counted, lang: Lang) -> String {
    let Counted { tally, met, duplicates, .. } = counted;
    let (records, copies) = (tally.records, *duplicates);
    let mut words = vec![match lang {
        Lang::En => format!("{records} events read, {met} of them met by some rule."),
        Lang::Ja => format!("{records} 件のイベントを読み、{met} 件がいずれかのルールに一致しました。"),
    }];
    if copies > 0 {
        words.push(match lang {
            Lang::En => format!(" {copies} more were copies of those and are not counted."),
            Lang::Ja => format!("ほかに、その重複が {copies} 件ありました(数えていません)。"),
        });
    }
    words.concat()
}
