//! Alarms that look for a metric that is not there, and metrics that nothing looks at: a metric is its namespace, its name, its
//! dimensions, and for an alarm that names one its unit.

use std::collections::BTreeSet;

use trailbell_text::Diagnostic;

use super::metric::{Published, Wanted, published, wanted};
use super::{Findings, Level, is_left_out};
use crate::{Stacks, is_placeholder};

/// Namespaces beside `AWS/` that agents and services of AWS fill.
const FILLED_BY_OTHERS: [&str; 6] =
    ["CWAgent", "ContainerInsights", "ECS/", "Glue", "LambdaInsights", "System/"];

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    let published = published(stacks);
    let all_wanted = wanted(stacks);
    for wanted in &all_wanted {
        let named: Vec<&Published<'_>> = published.iter().filter(|one| one.has_the_name_of(wanted)).collect();
        if named.is_empty() {
            unpublished(stacks, wanted, &published, findings);
        } else if !named.iter().any(|one| one.is(wanted)) {
            dimensions(wanted, &named, findings);
        } else {
            unit(wanted, &named, findings);
        }
    }
    // Metric math may search for metrics by their names' parts.
    let searches = stacks.alarms.iter().any(|alarm| alarm.properties.json().to_string().contains("SEARCH("));
    for one in published
        .iter()
        .filter(|one| !searches && !all_wanted.iter().any(|wanted| one.has_the_name_of(wanted)))
    {
        let message = "no alarm here reads this metric: nobody is told of what it counts";
        let level = if stacks.alarms.is_empty() { Level::Note } else { Level::Warning };
        let diagnostic = Diagnostic::new(message, one.transformation.metric_name.span)
            .with_hint("add an alarm on it, or check the names the alarms have");
        findings.add("unread-metric", level, &one.filter.origin, diagnostic);
    }
}

fn unpublished(stacks: &Stacks, wanted: &Wanted<'_>, published: &[Published<'_>], findings: &mut Findings) {
    let namespace = wanted.namespace.value.as_str();
    // What is not known may be the very same; a name that is written alike in both is known well enough.
    let same_name = |one: &&Published<'_>| one.transformation.metric_name.value == wanted.name.value;
    let is_unknown = is_placeholder(namespace)
        || is_placeholder(&wanted.name.value) && !published.iter().any(|one| same_name(&one));
    if namespace.starts_with("AWS/")
        || FILLED_BY_OTHERS.iter().any(|filled| namespace.starts_with(filled))
        || is_unknown
    {
        return;
    }
    // A filter of nearly this name was meant; else a program, or a filter that was not handed in, may publish it.
    let near = published
        .iter()
        .find(|one| one.transformation.metric_namespace.value == namespace || same_name(one))
        .map(|one| one.transformation);
    let is_left_out = is_left_out(stacks, &wanted.alarm.origin, "AWS::Logs::MetricFilter");
    if near.is_none() && (!stacks.functions.is_empty() || is_left_out) {
        return;
    }
    let (level, fix) = match near {
        Some(near) => {
            let names = format!("{} {}", near.metric_namespace.value, near.metric_name.value);
            (Level::Warning, format!("a filter publishes {names}: is that meant?"))
        }
        None => (
            Level::Note,
            "hand in the template of the filter too, or make sure that a program publishes it".to_owned(),
        ),
    };
    let message = format!(
        "no metric filter here publishes {namespace} {}: an alarm without its metric stays in INSUFFICIENT_DATA",
        wanted.name.value
    );
    let diagnostic = Diagnostic::new(message, wanted.name.span).with_hint(fix);
    findings.add("unpublished-metric", level, &wanted.alarm.origin, diagnostic);
}

fn dimensions(wanted: &Wanted<'_>, named: &[&Published<'_>], findings: &mut Findings) {
    let Some(source) = named.first() else { return };
    let list = |keys: &BTreeSet<&str>| {
        if keys.is_empty() {
            "no dimensions".to_owned()
        } else {
            keys.iter().copied().collect::<Vec<_>>().join(", ")
        }
    };
    let filter = &source.filter.origin.logical_id;
    let message = format!(
        "{filter} publishes this metric with {}, and the alarm asks for {}: CloudWatch adds nothing up over dimensions, \
         so the alarm gets no data, ever",
        list(&source.dimensions),
        list(&wanted.dimensions),
    );
    let fix = if source.dimensions.is_empty() {
        "take the Dimensions out of the alarm".to_owned()
    } else {
        format!(
            "give the alarm {} with a value each, or take the dimensions out of {filter}",
            list(&source.dimensions)
        )
    };
    findings.warn("dimension-mismatch", &wanted.alarm.origin, wanted.dimensions_span, message, fix);
}

fn unit(wanted: &Wanted<'_>, named: &[&Published<'_>], findings: &mut Findings) {
    let Some(unit) = wanted.unit.as_ref().filter(|unit| !is_placeholder(&unit.value)) else { return };
    let sources = || named.iter().filter(|one| one.is(wanted));
    let of = |one: &Published<'_>| {
        one.transformation.unit.as_ref().map_or_else(|| "None".to_owned(), |unit| unit.value.clone())
    };
    let Some(source) = sources().next() else { return };
    if sources().all(|one| of(one) != unit.value && !is_placeholder(&of(one))) {
        let filter = &source.filter.origin.logical_id;
        findings.warn(
            "unit-mismatch",
            &wanted.alarm.origin,
            unit.span,
            format!(
                "the alarm asks for the unit {}, and {filter} publishes {}: the alarm gets no data, ever",
                unit.value,
                of(source)
            ),
            format!("take the Unit out of the alarm, or write Unit: {} in {filter}", unit.value),
        );
    }
}
