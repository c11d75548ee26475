//! What AWS accepts of a metric filter, and values that a pattern cannot give.

use std::collections::BTreeMap;

use trailbell_alarm::{Error, MetricFilterDefinition, MetricTransformation, Unit};
use trailbell_filter_pattern::{
    Expression, FieldCondition, JsonCondition, JsonTest, Operand, Pattern, TermText, ValueTest,
};
use trailbell_text::Diagnostic;

use super::{Findings, Level};
use crate::model::{MetricFilter, Transformation};
use crate::problem::did_you_mean;
use crate::{Stacks, Text, is_placeholder};

/// What AWS accepts, in characters or pieces (`PutMetricFilter`).
const MAX_NAME: usize = 255;
const MAX_FILTER_NAME: usize = 512;
const MAX_VALUE: usize = 100;
const MAX_DIMENSIONS: usize = 3;
const MAX_REGEXES_OF_A_GROUP: usize = 5;

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for filter in &stacks.metric_filters {
        let before = findings.found.len();
        for transformation in &filter.transformations {
            names(filter, transformation, findings);
            value(filter, &transformation.metric_value, findings);
            dimensions(filter, transformation, findings);
        }
        if findings.found.len() == before {
            made(filter, findings);
        }
    }
    regexes(stacks, findings);
}

/// What else AWS refuses is found by making the filter; what is not known is as it should be.
fn made(filter: &MetricFilter, findings: &mut Findings) {
    let known = |text: &str, otherwise: &str| {
        if is_placeholder(text) { otherwise.to_owned() } else { text.to_owned() }
    };
    let mut definition = filter.definition(Pattern::MatchAll);
    definition.log_group = known(&definition.log_group, "unknown");
    definition.name = known(&definition.name, "unknown");
    definition.selection = definition.selection.filter(|text| !is_placeholder(text));
    definition.system_fields.retain(|text| !is_placeholder(text));
    for one in &mut definition.transformations {
        one.metric_name = known(&one.metric_name, "unknown");
        one.namespace = known(&one.namespace, "unknown");
        one.value = known(&one.value, "1");
        one.unit = one.unit.take().filter(|unit| !is_placeholder(unit));
        for (_, selector) in &mut one.dimensions {
            *selector = known(selector, "$.unknown");
        }
    }
    if let Err(error) = trailbell_alarm::MetricFilter::new(definition) {
        findings.add("metric-filter", Level::Error, &filter.origin, filter.diagnostic(&error));
    }
}

impl MetricFilter {
    /// The filter as it is asked for, with its pattern read.
    pub fn definition(&self, pattern: Pattern) -> MetricFilterDefinition {
        let transformations = self.transformations.iter().map(|transformation| MetricTransformation {
            metric_name: transformation.metric_name.value.clone(),
            namespace: transformation.metric_namespace.value.clone(),
            value: transformation.metric_value.value.clone(),
            default_value: transformation.default_value,
            unit: transformation.unit.as_ref().map(|unit| unit.value.clone()),
            dimensions: transformation
                .dimensions
                .iter()
                .map(|(name, selector)| (name.clone(), selector.value.clone()))
                .collect(),
        });
        MetricFilterDefinition {
            log_group: self.log_group.value.clone(),
            name: self.name.clone(),
            pattern,
            transformations: transformations.collect(),
            system_fields: self.emit_system_field_dimensions.clone(),
            selection: self.field_selection_criteria.as_ref().map(|criteria| criteria.value.clone()),
            on_transformed_logs: self.apply_on_transformed_logs,
        }
    }

    /// Why AWS refuses the filter, at its place in the template's text.
    pub fn diagnostic(&self, error: &Error) -> Diagnostic {
        if let (Some((_, found)), Some(criteria)) = (error.diagnostic(), &self.field_selection_criteria) {
            let range = found.span.start..found.span.end;
            return Diagnostic { span: criteria.place(self.origin.file.text(), range), ..found.clone() };
        }
        let first = self.transformations.first();
        let unit = first.and_then(|one| one.unit.as_ref()).filter(|unit| Unit::parse(&unit.value).is_none());
        match unit {
            Some(unit) => {
                let units = Unit::all().map(Unit::as_str);
                let hint = did_you_mean(&unit.value, units).unwrap_or_default();
                Diagnostic::new(error.to_string(), unit.span).with_hint(hint)
            }
            None => Diagnostic::new(error.to_string(), first.map_or(self.origin.span, |one| one.span)),
        }
    }
}

fn names(filter: &MetricFilter, transformation: &Transformation, findings: &mut Findings) {
    let origin = &filter.origin;
    for (property, text) in
        [("MetricName", &transformation.metric_name), ("MetricNamespace", &transformation.metric_namespace)]
    {
        let is_bad = text.value.chars().count() > MAX_NAME
            || text.value.contains([':', '*', '$'])
            || text.value.is_empty();
        if is_bad && !is_placeholder(&text.value) {
            let message = format!("AWS refuses this {property}");
            let fix = format!("1 to {MAX_NAME} characters, without `:`, `*` and `$`");
            findings.error("metric-filter-limit", origin, text.span, message, fix);
        }
    }
    let name = &filter.name;
    if !is_placeholder(name) && (name.chars().count() > MAX_FILTER_NAME || name.contains([':', '*'])) {
        let fix = format!("at most {MAX_FILTER_NAME} characters, without `:` and `*`");
        findings.error("metric-filter-limit", origin, origin.span, "AWS refuses this FilterName", fix);
    }
}

/// A metric's value: a number, or a field that the pattern must be able to give.
fn value(filter: &MetricFilter, text: &Text, findings: &mut Findings) {
    let written = text.value.trim();
    if is_placeholder(written) {
        return;
    }
    let origin = &filter.origin;
    if written.chars().count() > MAX_VALUE {
        let message = format!("AWS takes {MAX_VALUE} characters of MetricValue at most");
        findings.error("metric-value", origin, text.span, message, "write 1 to count, or a shorter selector");
        return;
    }
    let Some(field) = written.strip_prefix('$') else {
        if written.parse::<f64>().is_err() {
            let message = format!("MetricValue must be a number or a field, not `{written}`");
            findings.error(
                "metric-value",
                origin,
                text.span,
                message,
                "write 1 to count what matches, or $.field for its number",
            );
        }
        return;
    };
    let fix = "write 1 to count what matches, or a pattern of the kind that has such fields";
    let problem = match (Pattern::parse(&filter.pattern.value), field.starts_with('.')) {
        (Ok(Pattern::Json(_)), true) | (Err(_), _) => return,
        (Ok(Pattern::SpaceDelimited(fields)), false) => {
            let after = fields.after.as_deref().unwrap_or_default();
            let named = fields.before.iter().chain(after).any(|one| one.name.as_deref() == Some(field));
            if named || field.parse::<usize>().is_ok() {
                return;
            }
            format!("no field of the pattern is called {field}: nothing is ever counted")
        }
        (Ok(_), true) => format!(
            "{written} is a field of a JSON event, and the pattern is none in {{ }}: nothing is ever counted"
        ),
        (Ok(_), false) => {
            format!("{written} is a field of a pattern in [ ], and this is none: nothing is ever counted")
        }
    };
    findings.warn("metric-value", origin, text.span, problem, fix);
}

fn dimensions(filter: &MetricFilter, transformation: &Transformation, findings: &mut Findings) {
    let count = transformation.dimensions.len();
    if count > MAX_DIMENSIONS {
        let message = format!("AWS takes {MAX_DIMENSIONS} dimensions at most, not {count}");
        findings.error("metric-filter-limit", &filter.origin, transformation.span, message, "take some out");
    }
    if count > 0 && transformation.default_value.is_some() {
        findings.error(
            "default-with-dimensions",
            &filter.origin,
            transformation.span,
            "AWS refuses DefaultValue beside Dimensions: it would not know whose default it is",
            "take the one or the other out; without a default, alarms need TreatMissingData",
        );
    }
}

/// The limit for a whole log group; that of one pattern is checked where it is read.
fn regexes(stacks: &Stacks, findings: &mut Findings) {
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    let metric =
        stacks.metric_filters.iter().map(|filter| (&filter.log_group, &filter.pattern, &filter.origin));
    let subscription =
        stacks.subscription_filters.iter().map(|filter| (&filter.log_group, &filter.pattern, &filter.origin));
    for (group, pattern, origin) in metric.chain(subscription) {
        let Ok(parsed) = Pattern::parse(&pattern.value) else { continue };
        let count = regex_count(&parsed);
        let sum = groups.entry(&group.value).or_default();
        let before = *sum;
        *sum += count;
        if before <= MAX_REGEXES_OF_A_GROUP && *sum > MAX_REGEXES_OF_A_GROUP {
            findings.error(
                "metric-filter-limit",
                origin,
                pattern.span,
                format!("with this filter the log group has {sum} regular expressions; AWS takes {MAX_REGEXES_OF_A_GROUP}"),
                "write words or * where they do, as in *Denied",
            );
        }
    }
}

fn regex_count(pattern: &Pattern) -> usize {
    let is_regex = |test: &ValueTest| {
        matches!(test, ValueTest::Equal(Operand::Regex(_)) | ValueTest::NotEqual(Operand::Regex(_)))
    };
    match pattern {
        Pattern::MatchAll => 0,
        Pattern::Terms(terms) => terms.iter().filter(|term| matches!(term.text, TermText::Regex(_))).count(),
        Pattern::Json(json) => {
            let compares =
                |one: &&&JsonCondition| matches!(&one.test, JsonTest::Value(test) if is_regex(test));
            json.condition.conditions().iter().filter(compares).count()
        }
        Pattern::SpaceDelimited(fields) => {
            let after = fields.after.as_deref().unwrap_or_default();
            let all = fields.before.iter().chain(after).filter_map(|field| field.condition.as_ref());
            all.flat_map(Expression::conditions).filter(|one: &&FieldCondition| is_regex(&one.test)).count()
        }
    }
}
