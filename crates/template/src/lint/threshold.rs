//! Alarms whose threshold, period or counts leave them always or never in ALARM.

use super::Findings;
use super::metric::{Published, Wanted, breaches, looks_upwards, number, number_of, published, wanted};
use crate::Stacks;
use crate::model::Alarm;
use serde_json::Value;

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    let published = published(stacks);
    for wanted in wanted(stacks).iter().filter(|wanted| wanted.is_direct) {
        let sources: Vec<&Published<'_>> = published.iter().filter(|one| one.is(wanted)).collect();
        if let [source] = sources.as_slice() {
            reach(wanted, source, findings);
            resolution(wanted.alarm, source, findings);
        }
    }
    for alarm in &stacks.alarms {
        range(alarm, findings);
    }
}

/// Whether what the one filter publishes can pass the threshold, and can fail to.
fn reach(wanted: &Wanted<'_>, source: &Published<'_>, findings: &mut Findings) {
    let alarm = wanted.alarm;
    let (Some(statistic), Some(is_upwards)) = (&wanted.statistic, looks_upwards(alarm)) else { return };
    let statistic = statistic.value.as_str();
    if !["Sum", "Maximum", "Minimum", "Average"].contains(&statistic) {
        return;
    }
    let span = alarm.properties.span_of(&["Threshold"]);
    let filter = &source.filter.origin.logical_id;
    let default = source.transformation.default_value;
    if let (Some(default), true) = (default, is_upwards)
        && (statistic == "Maximum" || statistic == "Sum" && default == 0.0)
        && breaches(alarm, default) == Some(true)
    {
        findings.warn(
            "always-in-alarm",
            &alarm.origin,
            span,
            format!("the default value {default} of {filter} is past this threshold already: the alarm is always in ALARM"),
            "set a threshold that only a matching event passes, such as 1",
        );
        return;
    }
    // Only a value that is written as a number is known.
    let Ok(value) = source.transformation.metric_value.value.trim().parse::<f64>() else { return };
    let values = [Some(value), default];
    let each_breaches = || values.iter().flatten().filter_map(|value| breaches(alarm, *value));
    // A sum of several grows with their number, in the direction they point to.
    let grows = statistic == "Sum"
        && values.iter().flatten().any(|value| if is_upwards { *value > 0.0 } else { *value < 0.0 });
    let treats_as_breaching =
        alarm.properties.text(&["TreatMissingData"]).is_some_and(|treatment| treatment.value == "breaching");
    if each_breaches().count() > 0 && !each_breaches().any(|one| one) && !grows && !treats_as_breaching {
        let list: Vec<String> = values.iter().flatten().map(ToString::to_string).collect();
        let fix = if is_upwards {
            "lower the threshold, or ask for Sum".to_owned()
        } else {
            format!(
                "to alarm when nothing comes, write TreatMissingData: breaching, or DefaultValue: 0 in {filter}"
            )
        };
        findings.warn(
            "never-in-alarm",
            &alarm.origin,
            span,
            format!(
                "{filter} publishes only {}, and {statistic} of that never passes this threshold",
                list.join(" and ")
            ),
            fix,
        );
    }
}

/// Metric filters store one value a minute.
fn resolution(alarm: &Alarm, source: &Published<'_>, findings: &mut Findings) {
    if let Some(period) = number_of(alarm, "Period").filter(|period| [10.0, 20.0, 30.0].contains(period)) {
        findings.warn(
            "period",
            &alarm.origin,
            alarm.properties.span_of(&["Period"]),
            format!(
                "{} publishes once a minute: most periods of {period} seconds have no data",
                source.filter.origin.logical_id
            ),
            "write a period of 60 seconds or more; one shorter than that also costs more",
        );
    }
}

/// What AWS accepts of an alarm's period and counts.
fn range(alarm: &Alarm, findings: &mut Findings) {
    let (period, periods) = (number_of(alarm, "Period"), number_of(alarm, "EvaluationPeriods"));
    let at = |property: &str| alarm.properties.span_of(&[property]);
    if let Some(period) = period
        .filter(|period| ![10.0, 20.0, 30.0].contains(period) && (*period < 60.0 || period % 60.0 != 0.0))
    {
        let message = format!("AWS takes no Period of {period} seconds");
        findings.error(
            "period",
            &alarm.origin,
            at("Period"),
            message,
            "write 10, 20, 30 or a multiple of 60",
        );
    }
    if let (Some(period), Some(periods)) = (period, periods) {
        let (limit, words) = if period < 3600.0 { (86_400.0, "a day") } else { (604_800.0, "7 days") };
        if period * periods > limit {
            findings.error(
                "period",
                &alarm.origin,
                at("EvaluationPeriods"),
                format!(
                    "Period times EvaluationPeriods is {} seconds; AWS takes {words} at most here",
                    period * periods
                ),
                "a day is the limit for periods below an hour, 7 days for longer ones",
            );
        }
    }
    if let (Some(points), Some(periods)) = (number_of(alarm, "DatapointsToAlarm"), periods)
        && points > periods
    {
        findings.error(
            "datapoints-to-alarm",
            &alarm.origin,
            at("DatapointsToAlarm"),
            format!("{points} datapoints of {periods} periods cannot breach: AWS refuses it"),
            "DatapointsToAlarm is EvaluationPeriods at most",
        );
    }
    let has_threshold = alarm.properties.json().get("Threshold").map(|value| (value, number(value)));
    if let Some((Value::String(text), None)) = has_threshold
        && !crate::is_placeholder(text)
    {
        let message = format!("Threshold must be a number, not `{text}`");
        findings.error("threshold", &alarm.origin, at("Threshold"), message, "write a number");
    }
}
