//! An alarm's configuration as the events show it.

use super::AlarmRef;
use super::json::{Object, array, event_number, text};
use crate::time::json_time;
use crate::{Measured, MetricAlarm, QuerySource, Reading, Unit};

/// In a state change: what is measured, or the rule, and the description.
pub(super) fn of_state_change(alarm: AlarmRef<'_>, metric_id: &str) -> String {
    measured(Object::new(), alarm, metric_id).maybe_text("description", alarm.description()).end()
}

/// In a configuration change: all of it. Of a composite alarm, which was not captured, what it has of it.
pub(super) fn whole(alarm: AlarmRef<'_>, metric_id: &str) -> String {
    let object = match alarm {
        AlarmRef::Metric(metric) => Object::new()
            .raw("evaluationPeriods", metric.evaluation_periods)
            .maybe_raw("datapointsToAlarm", metric.datapoints_to_alarm)
            .raw("threshold", event_number(metric.threshold))
            .text("comparisonOperator", metric.comparison.as_str())
            .maybe_text("treatMissingData", metric.missing.map(crate::MissingData::as_str)),
        AlarmRef::Composite(_) => Object::new(),
    };
    let arns = |arns: &[String]| array(arns.iter().map(|arn| text(arn)));
    let actions = alarm.actions();
    measured(object, alarm, metric_id)
        .text("alarmName", alarm.name())
        .maybe_text("description", alarm.description())
        .raw("actionsEnabled", actions.enabled)
        .maybe_text("timestamp", alarm.configured_at().map(json_time).as_deref())
        .raw("okActions", arns(&actions.ok))
        .raw("alarmActions", arns(&actions.alarm))
        .raw("insufficientDataActions", arns(&actions.insufficient_data))
        .end()
}

fn measured(object: Object, alarm: AlarmRef<'_>, metric_id: &str) -> Object {
    match alarm {
        AlarmRef::Metric(alarm) => object.raw("metrics", metrics(alarm, metric_id)),
        AlarmRef::Composite(alarm) => {
            let object = object.text("alarmRule", alarm.rule.as_str());
            match &alarm.suppressor {
                None => object,
                Some(suppressor) => object
                    .text("actionsSuppressor", &suppressor.alarm)
                    .raw("actionsSuppressorWaitPeriod", suppressor.wait)
                    .raw("actionsSuppressorExtensionPeriod", suppressor.extension),
            }
        }
    }
}

fn metrics(alarm: &MetricAlarm, metric_id: &str) -> String {
    let stat = |reading: &Reading| metric_stat(reading, alarm.period);
    match &alarm.measured {
        Measured::Metric(reading) => array([Object::new()
            .text("id", metric_id)
            .raw("metricStat", stat(reading))
            .raw("returnData", true)
            .end()]),
        Measured::Math(queries) => array(queries.iter().map(|query| {
            let object = Object::new().text("id", &query.id);
            let object = match &query.source {
                QuerySource::Reading(reading) => object.raw("metricStat", stat(reading)),
                QuerySource::Expression(expression) => object.text("expression", expression),
            };
            object.maybe_text("label", query.label.as_deref()).raw("returnData", query.returns_data).end()
        })),
    }
}

fn metric_stat(reading: &Reading, period: u32) -> String {
    let dimensions = reading.metric.dimensions.iter();
    let dimensions =
        dimensions.fold(Object::new(), |object, dimension| object.text(&dimension.name, &dimension.value));
    let metric = Object::new()
        .text("namespace", &reading.metric.namespace)
        .text("name", &reading.metric.name)
        .raw("dimensions", dimensions.end())
        .end();
    Object::new()
        .raw("metric", metric)
        .raw("period", period)
        .text("stat", &reading.statistic)
        .maybe_text("unit", reading.unit.map(Unit::as_str))
        .end()
}
