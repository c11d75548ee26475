//! A test of a metric alarm: its properties, the datapoints of its evaluation range, and the state they lead to.

use jiff::Timestamp;
use serde_json::{Value, json};
use trailbell_alarm::{
    Datapoint, Math, Measured, MetricAlarm, PropertyError, Query, QuerySource, Range, Reading, Segment,
    State, Statistic, Terms, UnknownProperty, evaluate,
};
use trailbell_text::{Diagnostic, Span};
use trailbell_yaml::{Fields, JsonText, Node, Reader, Value as Yaml, suggestion};

use crate::outcome::Difference;
use crate::points::{Series, series};
use crate::words::{any_text, required, state, state_before, time};

pub(crate) const KEYS: &[&str] =
    &["name", "alarm", "state", "datapoints", "samples", "at", "expect", "reason"];

/// What a test may leave out of `alarm`: it gives the points, so which metric they are of makes no difference.
const LEFT_OUT: [(&str, &str); 4] =
    [("Namespace", "Test"), ("MetricName", "Test"), ("Statistic", "Sum"), ("Period", "60")];

/// What is told, and to whom, has no part in an evaluation: it may stand there as a template has it, functions and all.
const PASSED_OVER: [&str; 7] = [
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "InsufficientDataActions",
    "OKActions",
    "Tags",
];

/// The id of the metric, and of the expression, where `Expression` stands for `Metrics`.
const METRIC: &str = "m1";
const EXPRESSION: &str = "e1";

/// Periods of a range that are shown one by one.
const SHOWN: usize = 50;

#[derive(Debug)]
pub(crate) struct AlarmTest {
    alarm: MetricAlarm,
    terms: Terms,
    before: State,
    expected: State,
    reason: Option<String>,
    /// When the newest period begins; without it, times in reasons are not compared.
    at: Option<Timestamp>,
    /// What the alarm looks at.
    points: Series,
    /// What that was computed of: each metric's points.
    of: Vec<(String, Series)>,
}

impl AlarmTest {
    pub(crate) fn read(
        fields: &Fields<'_>,
        span: Span,
        node: &Node,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let alarm = alarm(node, reader);
        let before = state_before(fields, reader);
        let expected = required(fields, "expect", span, "say the state it must have: expect: ALARM", reader)
            .and_then(|node| state(node, "`expect`", reader));
        let reason = match fields.get("reason").filter(|node| !node.is_null()) {
            Some(node) => Some(any_text(node, "`reason`", "put it in quotes", reader)?.to_owned()),
            None => None,
        };
        let at = match fields.get("at").filter(|node| !node.is_null()) {
            Some(node) => Some(time(node, "`at`", reader)?),
            None => None,
        };
        let (alarm, shorthand) = alarm?;
        let terms = match Terms::of(&alarm) {
            Ok(terms) => terms,
            Err(error) => {
                note(&error, node, reader);
                return None;
            }
        };
        let (points, of) = match &alarm.measured {
            Measured::Metric(reading) => {
                let statistic = statistic(reading, node, reader)?;
                let (points, samples) = (fields.get("datapoints"), fields.get("samples"));
                (series(points, samples, Some(&statistic), span, reader)?, Vec::new())
            }
            Measured::Math(queries) => math(fields, queries, shorthand, span, node, reader)?,
        };
        Some(Self { alarm, terms, before: before?, expected: expected?, reason, at, points, of })
    }

    pub(crate) fn input(&self) -> Vec<String> {
        let terms = &self.terms;
        let measured = match &self.alarm.measured {
            Measured::Metric(reading) => format!("{} of {}", reading.statistic, reading.metric.name),
            Measured::Math(queries) => {
                let watched = queries.iter().find(|query| query.returns_data);
                watched.map_or_else(String::new, |query| match &query.source {
                    QuerySource::Expression(text) => format!("{} = {text}", query.id),
                    QuerySource::Reading(reading) => format!("{} = {}", query.id, reading.statistic),
                })
            }
        };
        let mut lines = vec![
            format!(
                "alarm         {measured} {} {}, {} of {} periods of {} s, missing data: {}",
                terms.comparison.as_str(),
                shown_number(terms.threshold),
                terms.to_alarm.unwrap_or(terms.periods),
                terms.periods,
                terms.period,
                terms.missing.as_str()
            ),
            format!("state before  {}", self.before),
        ];
        lines.extend(self.of.iter().map(|(id, series)| format!("{id:<13} {}", shown_series(series))));
        lines.push(format!("datapoints    {}", shown_series(&self.points)));
        lines
    }

    pub(crate) fn run(&self) -> (Vec<Difference>, Vec<String>) {
        let newest = self.at.unwrap_or(Timestamp::UNIX_EPOCH);
        let now = newest
            .checked_add(jiff::SignedDuration::from_secs(i64::from(self.terms.period)))
            .unwrap_or(Timestamp::MAX);
        let range = Range { newest, points: &self.points };
        let transition = evaluate(&self.terms, range, self.before, now);
        let got = transition.as_ref().map_or(self.before, |transition| transition.to);
        let mut differences = Vec::new();
        if got != self.expected {
            differences.push(Difference::new("state", self.expected.as_str(), got.as_str()));
        }
        if let Some(expected) = &self.reason {
            let compared =
                |reason: &str| if self.at.is_some() { one_line(reason) } else { undated(&one_line(reason)) };
            match &transition {
                None => differences.push(Difference::new(
                    "reason",
                    expected,
                    "none: the state stays, and AWS gives a reason for a change alone",
                )),
                Some(transition) if compared(&transition.reason) != compared(expected) => {
                    differences.push(Difference::new(
                        "reason",
                        compared(expected),
                        compared(&transition.reason),
                    ));
                }
                Some(_) => {}
            }
        }
        (differences, self.trace(got))
    }

    /// Each point of the range, and what the evaluation made of them.
    fn trace(&self, got: State) -> Vec<String> {
        let terms = &self.terms;
        let periods = usize::try_from(terms.periods).unwrap_or(usize::MAX);
        let needed = terms.to_alarm.unwrap_or(terms.periods);
        let (mut real, mut breaching) = (0_usize, 0_usize);
        let mut lines = Vec::new();
        for (age, point) in self.points.iter().rev().enumerate() {
            let looked_at = real < periods;
            let what = match point {
                None => "missing".to_owned(),
                Some(Datapoint { value, samples }) => {
                    let breaches = terms.comparison.breaches(*value, terms.threshold);
                    if looked_at {
                        real += 1;
                        breaching += usize::from(breaches);
                    }
                    let verdict = if breaches { "breaches" } else { "is good" };
                    let samples =
                        samples.map_or_else(String::new, |samples| format!(", of {samples} samples"));
                    let older = if looked_at { "" } else { ", older than what decides" };
                    format!("{} {verdict}{samples}{older}", shown_number(*value))
                }
            };
            if age < SHOWN {
                let place = if age == 0 { "newest".to_owned() } else { format!("{age} before") };
                lines.push(format!("{place:<10} {what}"));
            }
        }
        if self.points.len() > SHOWN {
            lines.push(format!("and {} older periods", self.points.len() - SHOWN));
        }
        lines.push(format!(
            "{breaching} of the {real} real points that count breach; {needed} of {} are an ALARM",
            terms.periods
        ));
        if real < periods {
            lines.push(format!(
                "{} fewer than {}: missing data is `{}`",
                periods - real,
                terms.periods,
                terms.missing.as_str()
            ));
        }
        lines.push(if got == self.before {
            format!("the state stays {got}")
        } else {
            format!("{} -> {got}", self.before)
        });
        lines
    }
}

/// The alarm that `alarm` describes, and whether its expression is written as `Expression`.
fn alarm(node: &Node, reader: &mut Reader<'_>) -> Option<(MetricAlarm, bool)> {
    let before = reader.problems.len();
    reader.entries(node, "`alarm`");
    let text = (reader.problems.len() == before).then(|| JsonText::of(node, reader)).flatten()?;
    let mut properties: Value = serde_json::from_str(text.as_str()).ok()?;
    let members = properties.as_object_mut()?;
    members.retain(|key, _| !PASSED_OVER.contains(&key.as_str()));
    let expression = match members.remove("Expression") {
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            let span = place(node, &[Segment::Key("Expression".to_owned())]);
            reader.problem(span, "`Expression` must be a text");
            return None;
        }
        None => None,
    };
    if !members.contains_key("Metrics") {
        for (key, value) in LEFT_OUT {
            let other = if key == "Statistic" { "ExtendedStatistic" } else { key };
            if !members.contains_key(key) && !members.contains_key(other) {
                members.insert(key.to_owned(), json!(value));
            }
        }
    }
    // Points are given, not times: a test may have a period that no alarm has.
    let period = members.get("Period").and_then(Value::as_u64).and_then(|period| u32::try_from(period).ok());
    let odd = period.filter(|period| *period > 0 && !matches!(period, 10 | 20 | 30) && period % 60 != 0);
    if odd.is_some() {
        members.insert("Period".to_owned(), json!(60));
    }
    let read = match MetricAlarm::read(&properties, Some("test")) {
        Ok(read) => read,
        Err(error) => {
            note_property(&error, node, reader);
            return None;
        }
    };
    let mut alarm = read.alarm;
    for UnknownProperty { path, suggestion } in &read.unknown {
        let name = match path.last() {
            Some(Segment::Key(name)) => name.as_str(),
            _ => "",
        };
        let hint = suggestion.map_or_else(
            || "an alarm has no such property".to_owned(),
            |suggestion| format!("did you mean `{suggestion}`?"),
        );
        reader.problem_with_hint(key_place(node, path), format!("Unknown key `{name}` in `alarm`"), hint);
    }
    if !read.unknown.is_empty() {
        return None;
    }
    if let Some(period) = odd {
        alarm.period = period;
    }
    let Some(expression) = expression else { return Some((alarm, false)) };
    let Measured::Metric(reading) = alarm.measured else {
        let span = place(node, &[Segment::Key("Expression".to_owned())]);
        reader.problem_with_hint(
            span,
            "`Expression` stands beside `Metrics`",
            "write it as one of the Metrics",
        );
        return None;
    };
    let query =
        |id: &str, source, returns_data| Query { id: id.to_owned(), label: None, source, returns_data };
    alarm.measured = Measured::Math(vec![
        query(METRIC, QuerySource::Reading(reading), false),
        query(EXPRESSION, QuerySource::Expression(expression), true),
    ]);
    Some((alarm, true))
}

fn statistic(reading: &Reading, node: &Node, reader: &mut Reader<'_>) -> Option<Statistic> {
    Statistic::parse(&reading.statistic).map_err(|error| note(&error, node, reader)).ok()
}

/// The points the alarm looks at, and those of the metrics they are computed of.
///
/// Points by the ids of metrics go through the math. A plain list is that of the only metric of `Metrics`; where there are
/// several, or where the math is written as `Expression`, it is what the math gives, as are points by the id that returns data.
fn math(
    fields: &Fields<'_>,
    queries: &[Query],
    shorthand: bool,
    span: Span,
    node: &Node,
    reader: &mut Reader<'_>,
) -> Option<(Series, Vec<(String, Series)>)> {
    let readings: Vec<(&str, &Reading)> = queries
        .iter()
        .filter_map(|query| match &query.source {
            QuerySource::Reading(reading) => Some((query.id.as_str(), reading)),
            QuerySource::Expression(_) => None,
        })
        .collect();
    let (points, samples) = (fields.get("datapoints"), fields.get("samples"));
    let by_id = |node: Option<&Node>| node.is_some_and(|node| matches!(node.value, Yaml::Mapping(_)));
    let mut given: Vec<(String, Series)> = Vec::new();
    if by_id(points) || by_id(samples) {
        let ids: Vec<&str> = queries.iter().map(|query| query.id.as_str()).collect();
        let points = points.map(|node| of_ids(node, "`datapoints`", &ids, reader)).unwrap_or_default();
        let samples = samples.map(|node| of_ids(node, "`samples`", &ids, reader)).unwrap_or_default();
        for id in &ids {
            let (points, samples) = (of_id(&points, id), of_id(&samples, id));
            let statistic = match readings.iter().find(|(known, _)| known == id) {
                Some((_, reading)) => Some(statistic(reading, node, reader)?),
                None => None,
            };
            if points.is_some() || samples.is_some() {
                given.push(((*id).to_owned(), series(points, samples, statistic.as_ref(), span, reader)?));
            }
        }
    } else if let (false, [(id, reading)]) = (shorthand, readings.as_slice()) {
        let statistic = statistic(reading, node, reader)?;
        given.push(((*id).to_owned(), series(points, samples, Some(&statistic), span, reader)?));
    } else {
        return Some((series(points, samples, None, span, reader)?, Vec::new()));
    }
    let watched = queries.iter().find(|query| query.returns_data).map_or("", |query| query.id.as_str());
    if let Some(at) = given.iter().position(|(id, _)| id == watched) {
        let (_, series) = given.remove(at);
        return Some((series, given));
    }
    let length = given.first().map_or(0, |(_, series)| series.len());
    let mut columns = Vec::with_capacity(readings.len());
    for (id, _) in &readings {
        let place = points.or(samples).map_or(span, |node| node.span);
        let Some((_, series)) = given.iter().find(|(known, _)| known == id) else {
            reader.problem_with_hint(
                place,
                format!("There are no datapoints of `{id}`"),
                format!("give them by their ids: {{{id}: [0, 1], ...}}"),
            );
            return None;
        };
        if series.len() != length {
            reader.problem_with_hint(
                place,
                "The metrics have different numbers of datapoints",
                "each has one a period",
            );
            return None;
        }
        columns.push(series.iter().map(|point| point.map(|point| point.value)).collect());
    }
    let math = Math::new(queries).map_err(|error| note(&error, node, reader)).ok()?;
    let points = math.compute(&columns, length);
    let points = points.into_iter().map(|value| Some(Datapoint { value: value?, samples: None })).collect();
    Some((points, given))
}

/// The values of a mapping by the ids of metrics.
fn of_ids<'n, 'i>(
    node: &'n Node,
    what: &str,
    ids: &[&'i str],
    reader: &mut Reader<'_>,
) -> Vec<(&'i str, &'n Node)> {
    let mut found = Vec::new();
    for (key, span, value) in reader.entries(node, what) {
        match ids.iter().find(|id| **id == key.text) {
            Some(id) => found.push((*id, value)),
            None => reader.problem_with_hint(
                span,
                format!("The alarm has no metric with the id `{}`", key.text),
                suggestion(&key.text, ids),
            ),
        }
    }
    found
}

fn of_id<'n>(all: &[(&str, &'n Node)], id: &str) -> Option<&'n Node> {
    all.iter().find(|(known, _)| *known == id).map(|(_, node)| *node)
}

/// Notes what the alarm's own reader says, at the text it says it of.
fn note(error: &trailbell_alarm::Error, node: &Node, reader: &mut Reader<'_>) {
    let Some((text, diagnostic)) = error.diagnostic() else {
        reader.problem(node.span, error.to_string());
        return;
    };
    let mut problem: Diagnostic = diagnostic.clone();
    problem.span = match scalar_of(node, text) {
        Some(node) => crate::file::within(node, problem.span, reader),
        None => node.span,
    };
    reader.problems.push(problem);
}

fn note_property(error: &PropertyError, node: &Node, reader: &mut Reader<'_>) {
    let span = place(node, &error.path);
    let mut problem = Diagnostic::new(error.message.clone(), span);
    problem.hint.clone_from(&error.hint);
    reader.problems.push(problem);
}

/// The first scalar below a node that has this text.
fn scalar_of<'n>(node: &'n Node, text: &str) -> Option<&'n Node> {
    match &node.value {
        Yaml::Scalar(scalar) => (scalar.text == text).then_some(node),
        Yaml::Sequence(items) => items.iter().find_map(|item| scalar_of(item, text)),
        Yaml::Mapping(pairs) => pairs.iter().find_map(|(_, value)| scalar_of(value, text)),
    }
}

/// Where a property's value stands; where it is not there, where it should be.
fn place(node: &Node, path: &[Segment]) -> Span {
    let Some((first, rest)) = path.split_first() else { return node.span };
    let inner = match (first, &node.value) {
        (Segment::Key(key), Yaml::Mapping(pairs)) => {
            pairs.iter().find(|(name, _)| is_key(name, key)).map(|(_, value)| value)
        }
        (Segment::Index(index), Yaml::Sequence(items)) => items.get(*index),
        _ => None,
    };
    inner.map_or(node.span, |inner| place(inner, rest))
}

/// Where a property's name stands.
fn key_place(node: &Node, path: &[Segment]) -> Span {
    match (path, &node.value) {
        ([Segment::Key(key)], Yaml::Mapping(pairs)) => {
            pairs.iter().find(|(name, _)| is_key(name, key)).map_or(node.span, |(name, _)| name.span)
        }
        ([Segment::Key(key), rest @ ..], Yaml::Mapping(pairs)) => pairs
            .iter()
            .find(|(name, _)| is_key(name, key))
            .map_or(node.span, |(_, value)| key_place(value, rest)),
        ([Segment::Index(index), rest @ ..], Yaml::Sequence(items)) => {
            items.get(*index).map_or(node.span, |item| key_place(item, rest))
        }
        _ => node.span,
    }
}

fn is_key(node: &Node, name: &str) -> bool {
    matches!(&node.value, Yaml::Scalar(scalar) if scalar.text == name)
}

/// A reason on one line: YAML may have folded it.
fn one_line(reason: &str) -> String {
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A reason without the times behind its datapoints: ` (26/11/26 09:30:00)`.
fn undated(reason: &str) -> String {
    const SHAPE: &[u8] = b" (dd/dd/dd dd:dd:dd)";
    let is_time = |text: &[u8]| {
        text.len() == SHAPE.len()
            && text
                .iter()
                .zip(SHAPE)
                .all(|(byte, shape)| if *shape == b'd' { byte.is_ascii_digit() } else { byte == shape })
    };
    let mut out = String::with_capacity(reason.len());
    let mut rest = reason;
    while let Some(character) = rest.chars().next() {
        if rest.as_bytes().get(..SHAPE.len()).is_some_and(is_time) {
            // All of it is ASCII.
            rest = rest.get(SHAPE.len()..).unwrap_or_default();
            continue;
        }
        out.push(character);
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    out
}

fn shown_series(series: &Series) -> String {
    let shown: Vec<String> = series
        .iter()
        .rev()
        .take(SHOWN)
        .rev()
        .map(|point| point.map_or_else(|| "~".to_owned(), |point| shown_number(point.value)))
        .collect();
    let more = if series.len() > SHOWN { "..., " } else { "" };
    format!("[{more}{}]", shown.join(", "))
}

/// A number as AWS's reasons show one: `50.0`.
fn shown_number(value: f64) -> String {
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_datapoints_are_left_out_of_a_reason_and_nothing_else() {
        assert_eq!(
            undated("1 datapoint [10.0 (14/09/26 05:42:40)] was (not) greater (14/09/26)"),
            "1 datapoint [10.0] was (not) greater (14/09/26)"
        );
        assert_eq!(undated("日本 (14/09/26 05:42:40)語"), "日本語");
    }
}
