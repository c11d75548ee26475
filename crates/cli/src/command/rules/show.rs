//! `rules show`: one rule whole.

use std::io::{self, BufWriter, Write as _};

use serde_json::{Map, Value, json};
use trailbell_config::{RuleAlarm, RulePattern};
use trailbell_engine::CountedBy;
use trailbell_notice::Lang;
use trailbell_text::{Channel, Untrusted};

use super::{Described, described, shown, words};
use crate::context::{Context, Failure};
use crate::output;

/// Paths of a record that patterns commonly pin to a few values.
const PATHS: &[&[&str]] = &[
    &["eventName"],
    &["eventSource"],
    &["eventType"],
    &["errorCode"],
    &["awsRegion"],
    &["recipientAccountId"],
    &["userIdentity", "type"],
];

/// The same of the event that EventBridge makes of it.
const EVENT_PATHS: &[&str] = &["source", "detail-type", "account", "region"];

pub(super) fn run(name: &str, context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let all = described(&rules, &context.settings, context.lang);
    let Some(rule) = all.iter().find(|rule| rule.name == name) else {
        return Err(Failure::Told(unknown(name, &all)));
    };
    let pins = rule.own.map(|own| pins(&own.pattern)).unwrap_or_default();
    let alarm = context.settings.alarm_of(name);
    let counted = CountedBy::of(name, &context.settings, &rules);
    let mut out = BufWriter::new(io::stdout().lock());
    if context.json {
        let mut line = rule.json();
        line["pattern"] = rule.own.map(|own| own.written.clone()).into();
        line["looks_at"] = rule.own.is_none().then(|| words::looks_at(name, context.lang)).into();
        line["pins"] =
            pins.into_iter().map(|(path, texts)| (path, json!(texts))).collect::<Map<_, _>>().into();
        line["counted_by"] = counted.map(|counted| counted.correlations).into();
        line["when"] = context.settings.when_of(name).map(ToString::to_string).into();
        line["severity_when"] = severities(name, context)
            .map(|(when, severity)| json!({ "when": when, "severity": severity }))
            .collect::<Vec<_>>()
            .into();
        line["alarm"] = alarm.map_or(Value::Null, alarm_json);
        writeln!(out, "{}", output::harmless(&line))?;
    } else {
        text(rule, &pins, alarm, counted.as_ref(), context, &mut out)?;
    }
    out.flush()?;
    Ok(0)
}

fn text(
    rule: &Described<'_>,
    pins: &[(String, Vec<String>)],
    alarm: Option<RuleAlarm>,
    counted: Option<&CountedBy>,
    context: &Context,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let ja = context.lang == Lang::Ja;
    let state = words::on_or_off(rule.enabled, context.lang).trim_end();
    writeln!(out, "{} ({}, {state})", shown(rule.name), rule.language())?;
    if rule.title != rule.name {
        writeln!(out, "{}", shown(rule.title))?;
    }
    let severity = match rule.severity {
        Some(severity) => severity.word(),
        None if ja => "イベントによって変わる",
        None => "depends on the event",
    };
    writeln!(out, "  {} {severity}", if ja { "重要度:" } else { "severity:" })?;
    for (when, severity) in severities(rule.name, context) {
        writeln!(out, "    {severity}{} {when}", if ja { ":" } else { " when" })?;
    }
    if let Some(when) = context.settings.when_of(rule.name) {
        writeln!(out, "  {} {when}", if ja { "通知する条件:" } else { "told only when" })?;
    }
    if let Some(sigma) = rule.sigma() {
        let title = Some(sigma.title).filter(|title| *title != rule.title);
        let file = rule.own.and_then(|own| own.file.as_deref());
        let labels = if ja {
            ["Sigma タイトル:", "id:", "level:", "ファイル:"]
        } else {
            ["title:", "id:", "level:", "file:"]
        };
        let said = [title, sigma.id, sigma.level.map(trailbell_sigma::Level::word), file];
        for (label, said) in labels.into_iter().zip(said) {
            if let Some(said) = said {
                writeln!(out, "  {label} {}", shown(said))?;
            }
        }
    }
    if let Some(counted) = counted {
        let by = shown(&counted.correlations.join(if ja { "、" } else { ", " }));
        let alone = match (counted.alone, ja) {
            (false, _) => "",
            (true, false) => "; not told by itself",
            (true, true) => "(このルールだけでは通知しません)",
        };
        writeln!(out, "  {} {by}{alone}", if ja { "集計する相関ルール:" } else { "counted by:" })?;
    }
    if let Some(alarm) = alarm {
        writeln!(
            out,
            "  {} {} {} {}, {} of {} periods of {} s",
            if ja { "アラーム:" } else { "alarm:" },
            alarm.statistic,
            alarm.comparison.as_str(),
            alarm.threshold,
            alarm.datapoints_to_alarm,
            alarm.evaluation_periods,
            alarm.period,
        )?;
    }
    let Some(own) = rule.own else {
        let looks_at = words::looks_at(rule.name, context.lang);
        return writeln!(out, "  {} {looks_at}", if ja { "見るもの:" } else { "looks at:" });
    };
    for (path, texts) in pins {
        let texts = texts.join(if ja { "、" } else { ", " });
        writeln!(out, "  {} {path}: {}", if ja { "限定:" } else { "only where" }, shown(&texts))?;
    }
    if let Some(correlation) = rule.correlation() {
        writeln!(out, "  {} {}", if ja { "集計:" } else { "counts:" }, shown(&correlation.to_string()))?;
        let base = match (ja, correlation.generates()) {
            (true, true) => "集計の対象になったルールも、それぞれ通知します",
            (true, false) => "集計の対象になったルールは、それだけでは通知しません",
            (false, true) => "what it counts is told event by event as well",
            (false, false) => "what it counts is not told by itself",
        };
        writeln!(out, "  {base}")?;
    } else if pins.is_empty() {
        let all = if ja {
            "eventName や eventSource などを限定していないため、どのイベントも一致し得ます"
        } else {
            "any event may meet it: it insists on no eventName, eventSource or the like"
        };
        writeln!(out, "  {all}")?;
    }
    writeln!(out)?;
    for line in own.written.lines() {
        writeln!(out, "  {}", Untrusted::from(line).render(Channel::Terminal))?;
    }
    Ok(())
}

/// The severities by what is so, as they are written.
fn severities(name: &str, context: &Context) -> impl Iterator<Item = (String, &'static str)> {
    let severities = context.settings.severity_when_of(name).iter();
    severities.map(|(when, severity)| (when.to_string(), severity.word()))
}

/// The texts one of which a record must have for the pattern to match, by the path as the pattern writes it.
fn pins(pattern: &RulePattern) -> Vec<(String, Vec<String>)> {
    let owned = |texts: std::collections::BTreeSet<&str>| texts.into_iter().map(str::to_owned).collect();
    match pattern {
        RulePattern::Filter(pattern) => PATHS
            .iter()
            .filter_map(|path| Some((format!("$.{}", path.join(".")), owned(pattern.required_values(path)?))))
            .collect(),
        // In the lower case that Sigma compares in.
        RulePattern::Sigma(rule) => PATHS
            .iter()
            .map(|path| path.join("."))
            .filter_map(|path| {
                let texts = rule.required_values(&path)?.into_iter().collect();
                Some((path, texts))
            })
            .collect(),
        RulePattern::Correlation(_) => Vec::new(),
        RulePattern::Event(pattern) => {
            let around = EVENT_PATHS.iter().map(|path| (*path).to_owned());
            let within = PATHS.iter().map(|path| format!("detail.{}", path.join(".")));
            around
                .chain(within)
                .filter_map(|path| {
                    let texts = owned(pattern.required_values(&path)?);
                    Some((path, texts))
                })
                .collect()
        }
    }
}

fn alarm_json(alarm: RuleAlarm) -> Value {
    json!({
        "statistic": alarm.statistic.to_string(), "comparison": alarm.comparison.as_str(), "threshold": alarm.threshold,
        "period": alarm.period, "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.datapoints_to_alarm, "missing": alarm.missing.as_str(),
    })
}

fn unknown(name: &str, all: &[Described<'_>]) -> String {
    let likeness =
        |rule: &&Described<'_>| strsim::jaro_winkler(&name.to_lowercase(), &rule.name.to_lowercase());
    let nearest = all.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = match nearest.filter(|rule| likeness(rule) > 0.8) {
        Some(rule) => format!("did you mean {}?", shown(rule.name)),
        None => "`trailbell rules list` has all there are".to_owned(),
    };
    format!("there is no rule {}; {hint}", shown(name))
}
