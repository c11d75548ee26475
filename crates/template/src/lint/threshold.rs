//! Alarms whose threshold or period leave them always or never in ALARM.

use super::Findings;
use super::metric::{Published, Wanted, breaches, looks_upwards, number_of, published, wanted};
use crate::Stacks;
use crate::model::Alarm;

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    let published = published(stacks);
    for wanted in wanted(stacks).iter().filter(|wanted| wanted.is_direct) {
        let sources: Vec<&Published<'_>> = published.iter().filter(|one| one.is(wanted)).collect();
        if let [source] = sources.as_slice() {
            reach(wanted, source, findings);
            resolution(wanted.alarm, source, findings);
        }
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
