//! What is published to a topic: the structure with `default`, `sms` and `email`, and the subject.

use super::json::{Object, array, text};
use super::{AlarmRef, Message, triggering};
use crate::number::java_double;
use crate::{Dimension, Measured, MetricAlarm, QuerySource, Reading};

/// Characters a subject has at most: SNS takes no more.
const MAX_SUBJECT: usize = 100;
/// Characters of the alarm's name that an SMS shows.
const MAX_NAME_IN_SMS: usize = 90;

impl Message<'_> {
    /// The subject: `ALARM: "name" in US East (N. Virginia)`, at most 100 characters, the name cut for it. Each run
    /// of characters outside ASCII is one `_`.
    #[must_use]
    pub fn subject(&self) -> String {
        let (name, region) = (ascii(self.alarm.name()), ascii(self.scope.region_name()));
        let around = heading(self.after.state.as_str(), "", &region).chars().count();
        let name = cut(&name, MAX_SUBJECT.saturating_sub(around));
        heading(self.after.state.as_str(), &name, &region)
    }

    /// The SMS: the same words, at most 90 characters of the name.
    #[must_use]
    pub fn sms(&self) -> String {
        let name = cut(self.alarm.name(), MAX_NAME_IN_SMS);
        heading(self.after.state.as_str(), &name, self.scope.region_name())
    }

    /// The whole message as it is published with `MessageStructure=json`.
    #[must_use]
    pub fn published(&self) -> String {
        Object::new()
            .text("default", &self.default_json())
            .text("sms", &self.sms())
            .text("email", &self.email())
            .end()
    }

    /// `default`: what every subscriber gets but mail and SMS.
    ///
    /// An action that a suppressor held back runs with the alarm already in its state: its `OldStateValue` is the
    /// same state, as the events of that moment have it.
    #[must_use]
    pub fn default_json(&self) -> String {
        let state = Object::new()
            .text("AlarmName", self.alarm.name())
            .text_or_null("AlarmDescription", self.alarm.description())
            .text("AWSAccountId", &self.scope.account);
        let at = self.alarm.configured_at().map(crate::time::json_time);
        let metric = matches!(self.alarm, AlarmRef::Metric(_));
        let state = if metric {
            state.text_or_null("AlarmConfigurationUpdatedTimestamp", at.as_deref())
        } else {
            state
        };
        let state = state
            .text("NewStateValue", self.after.state.as_str())
            .text("NewStateReason", &self.after.reason)
            .text("StateChangeTime", &crate::time::json_time(self.after.at))
            .text("Region", self.scope.region_name())
            .text("AlarmArn", &self.arn());
        let before = self.before.state.as_str();
        match self.alarm {
            AlarmRef::Metric(alarm) => self
                .actions(state.text("OldStateValue", before).raw("ActionExecutedAfterMuteWindow", false))
                .raw("Trigger", trigger(alarm))
                .end(),
            AlarmRef::Composite(alarm) => {
                let children = triggering(self.after.reason_data.as_deref()).into_iter().map(|child| {
                    let state = Object::new().text("Value", &child.state).text("Timestamp", &child.at).end();
                    Object::new().text("Arn", &child.arn).raw("State", state).end()
                });
                self.actions(state)
                    .raw("ActionExecutedAfterMuteWindow", false)
                    .text("OldStateValue", before)
                    .text("AlarmRule", alarm.rule.as_str())
                    .raw("TriggeringChildren", array(children))
                    .end()
            }
        }
    }

    fn actions(&self, object: Object) -> Object {
        let arns = |arns: &[String]| array(arns.iter().map(|arn| text(arn)));
        let actions = self.alarm.actions();
        object
            .raw("OKActions", arns(&actions.ok))
            .raw("AlarmActions", arns(&actions.alarm))
            .raw("InsufficientDataActions", arns(&actions.insufficient_data))
    }
}

/// What is measured and on what terms. Of math the form of older public payloads, whose members are sorted by name.
fn trigger(alarm: &MetricAlarm) -> String {
    let (object, metrics) = match &alarm.measured {
        Measured::Metric(reading) => (scalar(reading), None),
        Measured::Math(queries) => {
            let queries = queries.iter().map(|query| {
                let object = Object::new();
                let object = match &query.source {
                    QuerySource::Expression(expression) => object.text("Expression", expression),
                    QuerySource::Reading(_) => object,
                };
                let object = object.text("Id", &query.id).maybe_text("Label", query.label.as_deref());
                let object = match &query.source {
                    QuerySource::Reading(reading) => {
                        object.raw("MetricStat", metric_stat(reading, alarm.period))
                    }
                    QuerySource::Expression(_) => object,
                };
                object.raw("ReturnData", query.returns_data).end()
            });
            (Object::new(), Some(array(queries)))
        }
    };
    object
        .raw("Period", alarm.period)
        .raw("EvaluationPeriods", alarm.evaluation_periods)
        .maybe_raw("DatapointsToAlarm", alarm.datapoints_to_alarm)
        .text("ComparisonOperator", alarm.comparison.as_str())
        .raw("Threshold", java_double(alarm.threshold))
        .text("TreatMissingData", missing(alarm))
        .text("EvaluateLowSampleCountPercentile", low_samples(alarm))
        .maybe_raw("Metrics", metrics)
        .end()
}

fn scalar(reading: &Reading) -> Object {
    let extended = !is_plain(&reading.statistic);
    let statistic = if extended { reading.statistic.clone() } else { plain_statistic(&reading.statistic) };
    Object::new()
        .text("MetricName", &reading.metric.name)
        .text("Namespace", &reading.metric.namespace)
        .text("StatisticType", if extended { "ExtendedStatistic" } else { "Statistic" })
        .text("Statistic", &statistic)
        .text_or_null("Unit", reading.unit.map(crate::Unit::as_str))
        .raw("Dimensions", dimensions(&reading.metric.dimensions))
}

fn metric_stat(reading: &Reading, period: u32) -> String {
    let metric = Object::new()
        .raw("Dimensions", dimensions(&reading.metric.dimensions))
        .text("MetricName", &reading.metric.name)
        .text("Namespace", &reading.metric.namespace)
        .end();
    Object::new()
        .raw("Metric", metric)
        .raw("Period", period)
        .text("Stat", &reading.statistic)
        .maybe_text("Unit", reading.unit.map(crate::Unit::as_str))
        .end()
}

fn dimensions(dimensions: &[Dimension]) -> String {
    let one = |dimension: &Dimension| {
        Object::new().text("value", &dimension.value).text("name", &dimension.name).end()
    };
    array(dimensions.iter().map(one))
}

/// Whether it is one of the five of `Statistic`.
pub(super) fn is_plain(statistic: &str) -> bool {
    matches!(statistic, "SampleCount" | "Average" | "Sum" | "Minimum" | "Maximum")
}

/// `SUM`, `SAMPLE_COUNT`.
fn plain_statistic(statistic: &str) -> String {
    if statistic == "SampleCount" { "SAMPLE_COUNT".to_owned() } else { statistic.to_ascii_uppercase() }
}

/// `TreatMissingData` as messages say it: where it is not set, `missing`.
pub(super) fn missing(alarm: &MetricAlarm) -> &'static str {
    alarm.missing.unwrap_or(crate::MissingData::Missing).as_str()
}

fn low_samples(alarm: &MetricAlarm) -> &'static str {
    match alarm.low_samples {
        None => "",
        Some(crate::LowSamples::Evaluate) => "evaluate",
        Some(crate::LowSamples::Ignore) => "ignore",
    }
}

fn heading(state: &str, name: &str, region: &str) -> String {
    format!("{state}: \"{name}\" in {region}")
}

/// A text of at most `characters`, with `...` at its end where it was cut.
fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(3)).chain("...".chars()).collect()
}

/// Each run of characters outside ASCII as one `_`.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut within = false;
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else if !within {
            out.push('_');
        }
        within = !character.is_ascii();
    }
    out
}
