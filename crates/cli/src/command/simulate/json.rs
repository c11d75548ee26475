//! The timeline and the report for programs: one object a line.

use std::io::{self, Write};

use serde_json::{Value, json};
use trailbell_engine::simulate::{AlarmReport, Happening, Moment, Publisher, Receiver, Report};
use trailbell_notice::Behind;
use trailbell_template::Stacks;
use trailbell_text::{Channel, LineColumn, Untrusted};

use super::remarks::sentence;
use super::words::Words;
use crate::output::harmless;

pub(super) fn moment(out: &mut dyn Write, moment: &Moment, words: &Words<'_>) -> io::Result<()> {
    let at = moment.at.to_string();
    let about = |about: &Option<Box<Behind>>| about.as_ref().map(|about| operation(about, words));
    let line = match &moment.what {
        // A notice has one JSON form everywhere.
        Happening::Told(own) => return writeln!(out, "{}", own_line(&own.json)),
        Happening::Counted(counted) => json!({
            "type": "metric", "time": at, "filter": counted.filter, "metric": counted.metric, "events": counted.events,
            "samples": counted.samples, "sum": counted.sum,
            "first": counted.first.iter().map(|behind| operation(behind, words)).collect::<Vec<_>>(),
        }),
        Happening::Changed(changed) => json!({
            "type": "state-change", "time": at, "alarm": changed.alarm, "composite": changed.is_composite,
            "from": changed.from.as_str(), "to": changed.to.as_str(), "reason": changed.reason, "held_back": changed.held_back,
        }),
        Happening::Sent(sent) => json!({
            "type": "message", "time": at, "topic": sent.topic, "to": sent.to.as_ref().map(receiver), "by": publisher(&sent.by),
            "from": sent.from, "subject": sent.subject, "body": sent.body, "about": about(&sent.about),
            "names_who_or_what": sent.names_it,
        }),
        Happening::Filtered { topic, to, by, subject } => json!({
            "type": "filtered", "time": at, "topic": topic, "to": receiver(to), "by": publisher(by), "subject": subject,
        }),
        Happening::Lost { destination, by, why, about: of } => json!({
            "type": "lost", "time": at, "destination": destination, "by": publisher(by), "why": why, "about": about(of),
        }),
        Happening::Called { arn, by, payload, about: of } => json!({
            "type": "call", "time": at, "arn": arn, "by": publisher(by), "payload": payload, "about": about(of),
        }),
    };
    writeln!(out, "{}", harmless(&line))
}

/// What trailbell tells was made harmless where it was written; read again, it still is.
fn own_line(text: &str) -> String {
    serde_json::from_str(text).map_or_else(|_| text.to_owned(), |value: Value| harmless(&value))
}

pub(super) fn report(
    out: &mut dyn Write,
    report: &Report,
    stacks: &Stacks,
    words: &Words<'_>,
) -> io::Result<()> {
    for alarm in &report.alarms {
        writeln!(out, "{}", harmless(&alarm_line(alarm, words)))?;
    }
    for filter in &report.filters {
        let line = json!({
            "type": "metric-filter", "filter": filter.id, "log_group": filter.log_group, "metric": filter.metric,
            "matched": filter.matched, "samples": filter.samples, "default_samples": filter.defaults,
        });
        writeln!(out, "{}", harmless(&line))?;
    }
    for filter in &report.subscription_filters {
        let line = json!({
            "type": "subscription-filter", "filter": filter.name, "destination": filter.destination, "matched": filter.matched,
        });
        writeln!(out, "{}", harmless(&line))?;
    }
    for rule in &report.rules {
        writeln!(out, "{}", harmless(&json!({ "type": "rule", "rule": rule.id, "matched": rule.matched })))?;
    }
    for ((topic, to), got) in &report.receivers {
        let line = json!({
            "type": "receiver", "topic": topic, "to": to.as_ref().map(receiver), "messages": got.messages,
            "nameless": got.nameless, "filtered": got.filtered,
        });
        writeln!(out, "{}", harmless(&line))?;
    }
    for remark in &report.remarks {
        writeln!(out, "{}", harmless(&json!({ "type": "remark", "text": sentence(remark, words.lang()) })))?;
    }
    for resource in stacks.not_run() {
        let at = LineColumn::of(resource.origin.file.text(), resource.origin.span.start);
        let line = json!({
            "type": "not-run", "resource": stacks.id_of(&resource.origin), "resource_type": resource.origin.type_name,
            "file": resource.origin.file.name(), "line": at.line,
        });
        writeln!(out, "{}", harmless(&line))?;
    }
    let mut summary = serde_json::to_value(&report.own)?;
    let more = json!({
        "type": "summary", "account": words.deployed.account, "region": words.deployed.region,
        "delivery_delay_seconds": words.deployed.delivery_delay.as_secs(),
        "from": report.span.map(|(first, _)| first.to_string()), "to": report.span.map(|(_, last)| last.to_string()),
        "events": report.events, "messages": report.messages, "nameless": report.nameless, "lost": report.lost,
    });
    if let (Some(summary), Value::Object(more)) = (summary.as_object_mut(), more) {
        summary.extend(more);
    }
    writeln!(out, "{}", harmless(&summary))
}

fn alarm_line(alarm: &AlarmReport, words: &Words<'_>) -> Value {
    let hidden = alarm.hidden_list.iter().map(|hidden| {
        let mut line = operation(&hidden.operation, words);
        line["came"] = hidden.at.to_string().into();
        line["in_alarm_since"] = hidden.since.to_string().into();
        line
    });
    let history =
        alarm.history.iter().map(|(at, state)| json!({ "time": at.to_string(), "state": state.as_str() }));
    let delay = (alarm.delay.count > 0).then(|| {
        json!({
            "least": alarm.delay.least.as_secs(), "mean": alarm.delay.mean().as_secs(), "most": alarm.delay.most.as_secs(),
        })
    });
    json!({
        "type": "alarm", "alarm": alarm.name, "composite": alarm.is_composite, "state": alarm.state.as_str(),
        "since": alarm.since.to_string(), "changes": alarm.changes, "fired": alarm.fired,
        "in_alarm_seconds": alarm.in_alarm.as_secs(), "operations": alarm.operations, "behind": alarm.behind,
        "hidden": alarm.hidden, "without_alarm": alarm.without_alarm, "delay_seconds": delay,
        "messages": alarm.messages, "nameless": alarm.nameless,
        "history": history.collect::<Vec<_>>(), "hidden_operations": hidden.collect::<Vec<_>>(),
    })
}

fn operation(behind: &Behind, words: &Words<'_>) -> Value {
    let line = &behind.line;
    json!({
        "event_time": line.time.map(|time| time.to_string()),
        "headline": words.lang().of(&line.headline).render(Channel::Plain),
        "severity": line.severity.word(),
        "event_id": line.event_id.as_ref().map(Untrusted::raw),
        "account": line.account.as_ref().map(Untrusted::raw),
        "source_address": behind.address,
    })
}

fn receiver(to: &Receiver) -> Value {
    json!({ "protocol": to.protocol, "endpoint": to.endpoint })
}

fn publisher(by: &Publisher) -> Value {
    let (kind, name) = match by {
        Publisher::Alarm(name) => ("alarm", name),
        Publisher::Function(name) => ("function", name),
        Publisher::Filter(name) => ("subscription-filter", name),
        Publisher::Rule(name) => ("rule", name),
    };
    json!({ "kind": kind, "name": name })
}
