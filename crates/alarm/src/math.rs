//! Metric math computed: the queries of an alarm, checked once, then evaluated over the points of its readings.
//!
//! Missing points: arithmetic with a missing point gives a missing point; `SUM`, `AVG`, `MIN` and `MAX` over several series take,
//! period by period, the points there are; `FILL` puts points where there are none. What is no number (a division by
//! zero) is a missing point.

use trailbell_text::Diagnostic;

use crate::expression::{Node, NodeKind, Operator, is_id, parse};
use crate::{Error, Query, QuerySource};

/// The most queries an alarm has.
const MOST_QUERIES: usize = 10;
/// The most series an expression may hold at once: lists of lists of lists would grow without bound.
const MOST_SERIES: usize = 500;
/// A point a period, oldest first.
pub type Points = Vec<Option<f64>>;

/// The queries of an alarm, ready to be computed.
#[derive(Debug, Clone)]
pub struct Math {
    steps: Vec<Step>,
    /// Which step the alarm watches.
    watched: usize,
}

/// One query. Steps use only steps before them.
#[derive(Debug, Clone)]
enum Step {
    /// The reading of that number.
    Reading(usize),
    Expression(Formula),
}

/// An expression whose ids are found and whose parts fit.
#[derive(Debug, Clone)]
enum Formula {
    Number(f64),
    /// The outcome of a step before.
    Step(usize),
    Minus(Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
    Array(Vec<Self>),
    Constant(f64),
    Aggregate(Aggregate, Box<Self>),
    /// `FILL` and with what.
    Fill(Box<Self>, Filler),
    If(Box<Self>, Box<Self>, Option<Box<Self>>),
    First(Box<Self>),
    Last(Box<Self>),
    RemoveEmpty(Box<Self>),
    Sort {
        of: Box<Self>,
        by: Aggregate,
        descending: bool,
        limit: Option<usize>,
    },
}

#[derive(Debug, Clone)]
enum Filler {
    With(Box<Formula>),
    Repeat,
    Linear,
}

#[derive(Debug, Clone, Copy)]
enum Aggregate {
    Sum,
    Minimum,
    Maximum,
    Average,
}

impl Aggregate {
    fn named(name: &str) -> Option<Self> {
        match name {
            "SUM" => Some(Self::Sum),
            "MIN" => Some(Self::Minimum),
            "MAX" => Some(Self::Maximum),
            "AVG" => Some(Self::Average),
            _ => None,
        }
    }

    /// Of the points there are; `None` where there are none.
    fn of(self, points: impl Iterator<Item = Option<f64>>) -> Option<f64> {
        let (mut count, mut value) = (0.0_f64, 0.0_f64);
        for point in points.flatten() {
            value = match self {
                _ if count == 0.0 => point,
                Self::Sum | Self::Average => value + point,
                Self::Minimum => value.min(point),
                Self::Maximum => value.max(point),
            };
            count += 1.0;
        }
        let value = if matches!(self, Self::Average) { value / count } else { value };
        (count > 0.0 && value.is_finite()).then_some(value)
    }
}

/// What a part of an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// One number.
    Scalar,
    /// A point a period.
    Series,
    /// Several series.
    Several,
}

/// The outcome of a part.
#[derive(Debug, Clone)]
enum Value {
    Scalar(Option<f64>),
    Series(Points),
    Several(Vec<Points>),
}

impl Math {
    /// Checks an alarm's queries. Its readings are counted in the order of the queries.
    pub fn new(queries: &[Query]) -> Result<Self, Error> {
        if queries.is_empty() || queries.len() > MOST_QUERIES {
            return Err(Error::validation(format!(
                "1 validation error detected: Value at 'metrics' failed to satisfy constraint: Member must have length between 1 and {MOST_QUERIES}"
            )));
        }
        for (at, query) in queries.iter().enumerate() {
            if !is_id(&query.id) {
                return Err(Error::whole_text(
                    "Id",
                    &query.id,
                    "this is no id of a query",
                    "an id begins with a small letter and goes on with letters, digits and underscores",
                ));
            }
            if queries.iter().take(at).any(|other| other.id == query.id) {
                return Err(Error::whole_text(
                    "Id",
                    &query.id,
                    "two queries have this id",
                    "give each its own",
                ));
            }
        }
        let mut watched = queries.iter().enumerate().filter(|(_, query)| query.returns_data);
        let (Some((watched, _)), None) = (watched.next(), watched.next()) else {
            return Err(Error::validation("Exactly one element of the metrics list should return data."));
        };
        let mut builder = Builder {
            queries,
            steps: Vec::new(),
            widths: Vec::new(),
            state: vec![Visit::Not; queries.len()],
        };
        let watched = builder.visit(watched)?;
        // What is not watched must be right all the same.
        for at in 0..queries.len() {
            builder.visit(at)?;
        }
        if let Some((_, kind)) = builder.steps.get(watched)
            && *kind != Kind::Series
            && let Some(Query { id, source: QuerySource::Expression(text), .. }) =
                queries.iter().find(|query| query.returns_data)
        {
            return Err(Error::whole_text(
                &format!("expression {id}"),
                text,
                "an alarm needs an expression that gives one time series",
                if *kind == Kind::Scalar {
                    "TIME_SERIES(...) makes a series of a number"
                } else {
                    "SUM(...), MAX(...) or FIRST(...) makes one of several"
                },
            ));
        }
        Ok(Self { steps: builder.steps.into_iter().map(|(step, _)| step).collect(), watched })
    }

    /// The watched series, given each reading's points; all have `count` points.
    pub fn compute(&self, readings: &[Points], count: usize) -> Points {
        let mut values: Vec<Value> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let value = match step {
                Step::Reading(at) => {
                    Value::Series(readings.get(*at).cloned().unwrap_or_else(|| vec![None; count]))
                }
                Step::Expression(formula) => formula.value(&values, count),
            };
            values.push(value);
        }
        match values.into_iter().nth(self.watched) {
            Some(Value::Series(points)) => points,
            Some(Value::Scalar(value)) => vec![value; count],
            Some(Value::Several(_)) | None => vec![None; count],
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Visit {
    Not,
    Inside,
    Done(usize),
}

struct Builder<'q> {
    queries: &'q [Query],
    steps: Vec<(Step, Kind)>,
    /// How many series each step can give.
    widths: Vec<usize>,
    state: Vec<Visit>,
}

impl Builder<'_> {
    /// The step of a query; its steps before it are made first.
    fn visit(&mut self, at: usize) -> Result<usize, Error> {
        let queries = self.queries;
        let Some(query) = queries.get(at) else {
            return Err(Error::validation("A query is missing."));
        };
        match self.state.get(at) {
            Some(Visit::Done(step)) => return Ok(*step),
            Some(Visit::Inside) => {
                return Err(Error::whole_text(
                    "Id",
                    &query.id,
                    "this expression uses itself",
                    "an expression can only use others that do not use it",
                ));
            }
            Some(Visit::Not) | None => {}
        }
        self.set(at, Visit::Inside);
        let step = match &query.source {
            QuerySource::Reading(_) => {
                let reading = queries
                    .iter()
                    .take(at)
                    .filter(|query| matches!(query.source, QuerySource::Reading(_)))
                    .count();
                (Step::Reading(reading), Kind::Series)
            }
            QuerySource::Expression(text) => {
                let wrong = |diagnostic| Error::text(format!("expression {}", query.id), text, diagnostic);
                let node = parse(text).map_err(wrong)?;
                let (formula, kind) = self.formula(&node).map_err(|error| match error {
                    Wrong::Here(diagnostic) => wrong(diagnostic),
                    Wrong::Elsewhere(error) => error,
                })?;
                (Step::Expression(formula), kind)
            }
        };
        let width = match &step.0 {
            Step::Reading(_) => 1,
            Step::Expression(formula) => formula.width(&self.widths),
        };
        if width > MOST_SERIES {
            return Err(Error::whole_text(
                &format!("expression {}", query.id),
                if let QuerySource::Expression(text) = &query.source { text } else { "" },
                format!("more than {MOST_SERIES} time series"),
                "lists of lists repeat what is in them",
            ));
        }
        self.widths.push(width);
        self.steps.push(step);
        let made = self.steps.len() - 1;
        self.set(at, Visit::Done(made));
        Ok(made)
    }

    fn set(&mut self, at: usize, visit: Visit) {
        if let Some(state) = self.state.get_mut(at) {
            *state = visit;
        }
    }

    fn formula(&mut self, node: &Node) -> Result<(Formula, Kind), Wrong> {
        let here = |message: String| Wrong::Here(Diagnostic::new(message, node.span));
        match &node.kind {
            NodeKind::Number(number) => Ok((Formula::Number(*number), Kind::Scalar)),
            NodeKind::Text(_) => Err(here("a text means nothing here".to_owned())),
            NodeKind::Word(word) => Err(Wrong::Here(
                Diagnostic::new(format!("{word} means nothing here"), node.span)
                    .with_hint("an id begins with a small letter; a function is followed by ("),
            )),
            NodeKind::Id(id) => {
                let Some(at) = self.queries.iter().position(|query| query.id == *id) else {
                    let ids: Vec<&str> = self.queries.iter().map(|query| query.id.as_str()).collect();
                    return Err(Wrong::Here(
                        Diagnostic::new(format!("there is no query {id}"), node.span)
                            .with_hint(format!("there are: {}", ids.join(", "))),
                    ));
                };
                let step = self.visit(at).map_err(Wrong::Elsewhere)?;
                let kind = self.steps.get(step).map_or(Kind::Series, |(_, kind)| *kind);
                Ok((Formula::Step(step), kind))
            }
            NodeKind::Minus(inner) => {
                let (inner, kind) = self.formula(inner)?;
                Ok((Formula::Minus(Box::new(inner)), kind))
            }
            NodeKind::Binary(operator, left, right) => {
                let (left, left_kind) = self.formula(left)?;
                let (right, right_kind) = self.formula(right)?;
                let kind = left_kind.max(right_kind);
                if left_kind == Kind::Several && right_kind == Kind::Several {
                    return Err(here("two lists of series cannot be put together".to_owned()));
                }
                Ok((Formula::Binary(*operator, Box::new(left), Box::new(right)), kind))
            }
            NodeKind::Array(elements) => {
                let mut formulas = Vec::new();
                for element in elements {
                    let (formula, kind) = self.formula(element)?;
                    if kind == Kind::Scalar {
                        return Err(Wrong::Here(Diagnostic::new(
                            "a list is of series, not of numbers",
                            element.span,
                        )));
                    }
                    formulas.push(formula);
                }
                Ok((Formula::Array(formulas), Kind::Several))
            }
            NodeKind::Call(name, arguments) => self.call(name, arguments, node),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Node], node: &Node) -> Result<(Formula, Kind), Wrong> {
        let usage = |usage: &str| {
            Wrong::Here(
                Diagnostic::new(format!("{name} is not used so"), node.span)
                    .with_hint(format!("write {usage}")),
            )
        };
        match (name, arguments) {
            ("METRICS", [] | [Node { kind: NodeKind::Text(_), .. }]) => {
                let part = match arguments {
                    [Node { kind: NodeKind::Text(part), .. }] => part.as_str(),
                    _ => "",
                };
                let chosen: Vec<usize> = self
                    .queries
                    .iter()
                    .enumerate()
                    .filter(|(_, query)| matches!(query.source, QuerySource::Reading(_)))
                    .filter(|(_, query)| query.id.contains(part))
                    .map(|(at, _)| at)
                    .collect();
                let mut formulas = Vec::new();
                for at in chosen {
                    formulas.push(Formula::Step(self.visit(at).map_err(Wrong::Elsewhere)?));
                }
                Ok((Formula::Array(formulas), Kind::Several))
            }
            ("TIME_SERIES", [number]) => match self.formula(number)? {
                (Formula::Number(number), _) => Ok((Formula::Constant(number), Kind::Series)),
                (Formula::Minus(inner), Kind::Scalar) => match *inner {
                    Formula::Number(number) => Ok((Formula::Constant(-number), Kind::Series)),
                    _ => Err(usage("TIME_SERIES(0)")),
                },
                _ => Err(usage("TIME_SERIES(0)")),
            },
            ("SUM" | "MIN" | "MAX" | "AVG", [of]) => {
                let aggregate = Aggregate::named(name).unwrap_or(Aggregate::Sum);
                let (of, kind) = self.formula(of)?;
                let kind = if kind == Kind::Several { Kind::Series } else { Kind::Scalar };
                Ok((Formula::Aggregate(aggregate, Box::new(of)), kind))
            }
            ("FILL", [of, with]) => {
                let (of, kind) = self.formula(of)?;
                if kind == Kind::Scalar {
                    return Err(usage("FILL(m1, 0): only series have gaps"));
                }
                let filler = match &with.kind {
                    NodeKind::Word(word) if word == "REPEAT" => Filler::Repeat,
                    NodeKind::Word(word) if word == "LINEAR" => Filler::Linear,
                    _ => match self.formula(with)? {
                        (_, Kind::Several) => {
                            return Err(usage("FILL(m1, 0), FILL(m1, REPEAT) or FILL(m1, LINEAR)"));
                        }
                        (with, _) => Filler::With(Box::new(with)),
                    },
                };
                Ok((Formula::Fill(Box::new(of), filler), kind))
            }
            ("IF", [condition, rest @ ..]) if matches!(rest.len(), 1 | 2) => {
                let (condition, mut kind) = self.formula(condition)?;
                let mut branches = Vec::new();
                for branch in rest {
                    let (branch, its) = self.formula(branch)?;
                    if its == Kind::Several {
                        return Err(usage("IF(m1 > 5, m2, 0): branches are numbers or series"));
                    }
                    if its == Kind::Series {
                        kind = if kind == Kind::Scalar { Kind::Series } else { kind };
                    }
                    branches.push(branch);
                }
                if kind == Kind::Several {
                    return Err(usage("IF(m1 > 5, m2, 0): the condition is a number or a series"));
                }
                let mut branches = branches.into_iter().map(Box::new);
                let Some(then) = branches.next() else { return Err(usage("IF(m1 > 5, m2, 0)")) };
                Ok((Formula::If(Box::new(condition), then, branches.next()), kind))
            }
            ("FIRST" | "LAST", [of]) => match self.formula(of)? {
                (of, Kind::Several) if name == "FIRST" => Ok((Formula::First(Box::new(of)), Kind::Series)),
                (of, Kind::Several) => Ok((Formula::Last(Box::new(of)), Kind::Series)),
                _ => Err(usage(&format!("{name}(METRICS()) or {name}([m1, m2])"))),
            },
            ("REMOVE_EMPTY", [of]) => match self.formula(of)? {
                (of, Kind::Several) => Ok((Formula::RemoveEmpty(Box::new(of)), Kind::Several)),
                _ => Err(usage("REMOVE_EMPTY(METRICS())")),
            },
            ("SORT", [of, by, rest @ ..]) if rest.len() <= 2 => {
                let (of, Kind::Several) = self.formula(of)? else {
                    return Err(usage("SORT(METRICS(), MAX, DESC)"));
                };
                let by = match &by.kind {
                    NodeKind::Word(word) => Aggregate::named(word),
                    _ => None,
                };
                let (descending, limit) = match rest {
                    [] => (Some(false), None),
                    [order] => (direction(order), None),
                    [order, limit, ..] => (direction(order), Some(count(limit))),
                };
                match (by, descending, limit) {
                    (Some(by), Some(descending), None) => {
                        Ok((Formula::Sort { of: Box::new(of), by, descending, limit: None }, Kind::Several))
                    }
                    (Some(by), Some(descending), Some(Some(limit))) => Ok((
                        Formula::Sort { of: Box::new(of), by, descending, limit: Some(limit) },
                        Kind::Several,
                    )),
                    _ => Err(usage("SORT(METRICS(), MAX, DESC) or SORT(METRICS(), AVG, ASC, 5)")),
                }
            }
            _ => Err(usage(match name {
                "METRICS" => "METRICS() or METRICS(\"part of an id\")",
                "TIME_SERIES" => "TIME_SERIES(0)",
                "FILL" => "FILL(m1, 0), FILL(m1, REPEAT) or FILL(m1, LINEAR)",
                "IF" => "IF(m1 > 5, m2, 0)",
                "SORT" => "SORT(METRICS(), MAX, DESC)",
                _ => "it with one argument, as SUM(METRICS())",
            })),
        }
    }
}

fn direction(node: &Node) -> Option<bool> {
    match &node.kind {
        NodeKind::Word(word) if word == "DESC" => Some(true),
        NodeKind::Word(word) if word == "ASC" => Some(false),
        _ => None,
    }
}

fn count(node: &Node) -> Option<usize> {
    let NodeKind::Number(number) = node.kind else { return None };
    let whole = number.fract() == 0.0 && (0.0..1e6).contains(&number);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be small and whole"
    )]
    whole.then_some(number as usize)
}

enum Wrong {
    /// In the expression being read.
    Here(Diagnostic),
    /// In another that it uses.
    Elsewhere(Error),
}

impl Formula {
    /// The most series it can hold on the way to its value.
    fn width(&self, before: &[usize]) -> usize {
        match self {
            Self::Number(_) | Self::Constant(_) => 1,
            Self::Step(at) => before.get(*at).copied().unwrap_or(1),
            Self::Array(elements) => {
                elements.iter().fold(0, |sum, element| sum.saturating_add(element.width(before)))
            }
            Self::Binary(_, left, right) => left.width(before).max(right.width(before)),
            Self::If(condition, then, otherwise) => {
                let otherwise = otherwise.as_ref().map_or(0, |otherwise| otherwise.width(before));
                condition.width(before).max(then.width(before)).max(otherwise)
            }
            Self::Fill(of, Filler::With(with)) => of.width(before).max(with.width(before)),
            Self::Minus(of)
            | Self::Aggregate(_, of)
            | Self::Fill(of, _)
            | Self::First(of)
            | Self::Last(of)
            | Self::RemoveEmpty(of)
            | Self::Sort { of, .. } => of.width(before),
        }
    }

    fn value(&self, before: &[Value], count: usize) -> Value {
        match self {
            Self::Number(number) => Value::Scalar(Some(*number)),
            Self::Constant(number) => Value::Series(vec![Some(*number); count]),
            Self::Step(at) => before.get(*at).cloned().unwrap_or(Value::Scalar(None)),
            Self::Minus(inner) => inner.value(before, count).map(|point| point.map(|value| -value)),
            Self::Binary(operator, left, right) => {
                combine(&left.value(before, count), &right.value(before, count), |left, right| {
                    operator.of(left?, right?)
                })
            }
            Self::Array(elements) => {
                let mut all = Vec::new();
                for element in elements {
                    all.extend(element.value(before, count).into_series(count));
                }
                Value::Several(all)
            }
            Self::Aggregate(aggregate, of) => match of.value(before, count) {
                Value::Scalar(value) => Value::Scalar(value),
                Value::Series(points) => Value::Scalar(aggregate.of(points.into_iter())),
                Value::Several(all) => Value::Series(
                    (0..count)
                        .map(|at| aggregate.of(all.iter().map(|points| points.get(at).copied().flatten())))
                        .collect(),
                ),
            },
            Self::Fill(of, filler) => {
                let with = match filler {
                    Filler::With(with) => Some(with.value(before, count)),
                    Filler::Repeat | Filler::Linear => None,
                };
                let fill = |points: Points| match (filler, &with) {
                    (Filler::Linear, _) => linear(&points),
                    (Filler::With(_), Some(with)) => {
                        points.iter().enumerate().map(|(at, point)| point.or_else(|| with.at(at))).collect()
                    }
                    _ => repeat(&points),
                };
                match of.value(before, count) {
                    Value::Several(all) => Value::Several(all.into_iter().map(fill).collect()),
                    other => Value::Series(
                        other.into_series(count).into_iter().next().map(fill).unwrap_or_default(),
                    ),
                }
            }
            Self::If(condition, then, otherwise) => {
                let condition = condition.value(before, count);
                let then = then.value(before, count);
                let otherwise = otherwise.as_ref().map(|otherwise| otherwise.value(before, count));
                let choose = |at: usize| match condition.at(at) {
                    Some(value) if value != 0.0 => then.at(at),
                    Some(_) => otherwise.as_ref().and_then(|otherwise| otherwise.at(at)),
                    None => None,
                };
                let scalar = [Some(&condition), Some(&then), otherwise.as_ref()]
                    .into_iter()
                    .flatten()
                    .all(|value| matches!(value, Value::Scalar(_)));
                if scalar {
                    Value::Scalar(choose(0))
                } else {
                    Value::Series((0..count).map(choose).collect())
                }
            }
            Self::First(of) => {
                let first = of.value(before, count).into_series(count).into_iter().next();
                Value::Series(first.unwrap_or_else(|| vec![None; count]))
            }
            Self::Last(of) => {
                let last = of.value(before, count).into_series(count).pop();
                Value::Series(last.unwrap_or_else(|| vec![None; count]))
            }
            Self::RemoveEmpty(of) => {
                let mut all = of.value(before, count).into_series(count);
                all.retain(|points| points.iter().any(Option::is_some));
                Value::Several(all)
            }
            Self::Sort { of, by, descending, limit } => {
                let mut all = of.value(before, count).into_series(count);
                // A series without a point comes last, whichever the order is.
                all.sort_by(|left, right| {
                    let (left, right) = (by.of(left.iter().copied()), by.of(right.iter().copied()));
                    match (left, right) {
                        (Some(left), Some(right)) if *descending => right.total_cmp(&left),
                        (Some(left), Some(right)) => left.total_cmp(&right),
                        (left, right) => left.is_none().cmp(&right.is_none()),
                    }
                });
                all.truncate(limit.unwrap_or(usize::MAX));
                Value::Several(all)
            }
        }
    }
}

impl Value {
    /// The point of a period; a number is the same in each.
    fn at(&self, at: usize) -> Option<f64> {
        match self {
            Self::Scalar(value) => *value,
            Self::Series(points) => points.get(at).copied().flatten(),
            Self::Several(_) => None,
        }
    }

    fn map(self, of: impl Fn(Option<f64>) -> Option<f64>) -> Self {
        match self {
            Self::Scalar(value) => Self::Scalar(of(value)),
            Self::Series(points) => Self::Series(points.into_iter().map(of).collect()),
            Self::Several(all) => {
                Self::Several(all.into_iter().map(|points| points.into_iter().map(&of).collect()).collect())
            }
        }
    }

    fn into_series(self, count: usize) -> Vec<Points> {
        match self {
            Self::Scalar(value) => vec![vec![value; count]],
            Self::Series(points) => vec![points],
            Self::Several(all) => all,
        }
    }
}

/// Point by point.
fn combine(left: &Value, right: &Value, of: impl Fn(Option<f64>, Option<f64>) -> Option<f64>) -> Value {
    let with = |points: &Points, other: &Value, swapped: bool| -> Points {
        points
            .iter()
            .enumerate()
            .map(|(at, point)| if swapped { of(other.at(at), *point) } else { of(*point, other.at(at)) })
            .collect()
    };
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => Value::Scalar(of(*left, *right)),
        (Value::Several(all), other) => {
            Value::Several(all.iter().map(|points| with(points, other, false)).collect())
        }
        (other, Value::Several(all)) => {
            Value::Several(all.iter().map(|points| with(points, other, true)).collect())
        }
        (Value::Series(points), other) => Value::Series(with(points, other, false)),
        (other, Value::Series(points)) => Value::Series(with(points, other, true)),
    }
}

/// Gaps take the point before them; what is before the first point stays missing.
fn repeat(points: &[Option<f64>]) -> Points {
    let mut last = None;
    points
        .iter()
        .map(|point| {
            last = point.or(last);
            last
        })
        .collect()
}

/// Gaps between two points lie on the line between them; at the ends they stay missing.
fn linear(points: &[Option<f64>]) -> Points {
    let mut filled = points.to_vec();
    let mut before: Option<(usize, f64)> = None;
    for (at, point) in points.iter().enumerate() {
        let Some(value) = point else { continue };
        if let Some((start, from)) = before {
            let length = float(at - start);
            for (step, gap) in filled.iter_mut().enumerate().take(at).skip(start + 1) {
                *gap = Some(from + (value - from) * float(step - start) / length);
            }
        }
        before = Some((at, *value));
    }
    filled
}

#[expect(clippy::cast_precision_loss, reason = "places in a range of points")]
const fn float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Metric, Reading};

    fn reading(id: &str) -> Query {
        let metric = Metric { namespace: "N".into(), name: id.into(), dimensions: Vec::new() };
        let source = QuerySource::Reading(Reading { metric, statistic: "Sum".into(), unit: None });
        Query { id: id.into(), label: None, source, returns_data: false }
    }

    fn expression(id: &str, text: &str, returns_data: bool) -> Query {
        Query { id: id.into(), label: None, source: QuerySource::Expression(text.into()), returns_data }
    }

    fn computed(text: &str) -> Points {
        let math = Math::new(&[reading("m1"), expression("e1", text, true), reading("m2"), reading("m3")]);
        let m1 = vec![Some(1.0), None, Some(3.0), Some(4.0), None];
        let m2 = vec![Some(10.0), Some(20.0), None, Some(0.0), None];
        math.unwrap().compute(&[m1, m2, vec![None; 5]], 5)
    }

    fn refused(text: &str) -> Diagnostic {
        let error = Math::new(&[reading("m1"), expression("e1", text, true)]).unwrap_err();
        error.diagnostic().unwrap().1.clone()
    }

    #[test]
    fn each_part_of_the_language_has_its_value() {
        let gap = f64::NAN;
        for (text, points) in [
            ("m1", [1.0, gap, 3.0, 4.0, gap]),
            ("m1 + 1", [2.0, gap, 4.0, 5.0, gap]),
            ("m1+m2", [11.0, gap, gap, 4.0, gap]),
            ("m1 / m2", [0.1, gap, gap, gap, gap]),
            ("-m1 ^ 2 * 2 - 1", [-3.0, gap, -19.0, -33.0, gap]),
            ("2 ^ 3 ^ 2 - 500 + TIME_SERIES(0)", [12.0; 5]),
            ("(m1 - 1) * 10 / 2", [0.0, gap, 10.0, 15.0, gap]),
            ("m1 >= 3", [0.0, gap, 1.0, 1.0, gap]),
            ("m1 > 1 AND m1 != 3 OR m1 == 1", [1.0, gap, 0.0, 1.0, gap]),
            ("FILL(m1, 0)", [1.0, 0.0, 3.0, 4.0, 0.0]),
            ("FILL(m1, m2)", [1.0, 20.0, 3.0, 4.0, gap]),
            ("FILL(m1, REPEAT)", [1.0, 1.0, 3.0, 4.0, 4.0]),
            ("FILL(m1, LINEAR)", [1.0, 2.0, 3.0, 4.0, gap]),
            ("FILL(m3, 0)", [0.0; 5]),
            ("SUM(METRICS())", [11.0, 20.0, 3.0, 4.0, gap]),
            ("SUM(FILL(METRICS(), 1))", [12.0, 22.0, 5.0, 5.0, 3.0]),
            ("AVG([m1, m2])", [5.5, 20.0, 3.0, 2.0, gap]),
            ("MIN([m1, m2])", [1.0, 20.0, 3.0, 0.0, gap]),
            ("MAX(METRICS(\"1\"))", [1.0, gap, 3.0, 4.0, gap]),
            ("m1 - MAX(m1)", [-3.0, gap, -1.0, 0.0, gap]),
            ("m1 / AVG(m2) + SUM(m1) - MIN(m1)", [7.1, gap, 7.3, 7.4, gap]),
            ("m1 - MAX(m3)", [gap; 5]),
            ("TIME_SERIES(-2.5e1)", [-25.0; 5]),
            ("IF(m1 > 2, m1, 0)", [0.0, gap, 3.0, 4.0, gap]),
            ("IF(m1 > 2, m1)", [gap, gap, 3.0, 4.0, gap]),
            ("IF(2 > 1, m2, m1)", [10.0, 20.0, gap, 0.0, gap]),
            ("FIRST(METRICS())", [1.0, gap, 3.0, 4.0, gap]),
            ("LAST(METRICS())", [gap; 5]),
            ("LAST(REMOVE_EMPTY(METRICS()))", [10.0, 20.0, gap, 0.0, gap]),
            ("FIRST(SORT(METRICS(),MAX,DESC))", [10.0, 20.0, gap, 0.0, gap]),
            ("LAST(SORT(METRICS(), SUM, ASC, 1))", [1.0, gap, 3.0, 4.0, gap]),
            ("FIRST(-METRICS() * 2)", [-2.0, gap, -6.0, -8.0, gap]),
        ] {
            for (at, (got, wanted)) in computed(text).into_iter().zip(points).enumerate() {
                let same = got.map_or(wanted.is_nan(), |got| (got - wanted).abs() < 1e-9);
                assert!(same, "{text} at {at}: {got:?}, not {wanted}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_the_next_step() {
        for (text, message, at) in [
            ("m1 + ", "expected a number, an id or a function, not the end", 5),
            ("m1 + m9", "there is no query m9", 5),
            ("1 + RATE(m1)", "the function RATE is not computed here", 4),
            ("1 + SMOOTH(m1)", "SMOOTH is no function of metric math", 4),
            ("fill(m1, 0)", "fill is no function of metric math", 0),
            ("m1 + M1", "M1 means nothing here", 5),
            ("(m1", "expected `)`, not the end", 3),
            ("m1 m1", "expected an operator or the end", 3),
            ("FILL(m1)", "FILL is not used so", 0),
            ("SUM(m1)", "an alarm needs an expression that gives one time series", 0),
            ("METRICS()", "an alarm needs an expression that gives one time series", 0),
            ("[1, m1]", "a list is of series, not of numbers", 1),
            ("METRICS() + METRICS()", "two lists of series cannot be put together", 0),
            ("1.2.3", "this is no number", 0),
            ("METRICS(\"m1)", "the quote is not closed", 8),
            ("SORT(METRICS(), MAX, UP)", "SORT is not used so", 0),
            ("e1 + 1", "this expression uses itself", 0),
        ] {
            let diagnostic = refused(text);
            assert_eq!((diagnostic.message.as_str(), diagnostic.span.start), (message, at), "{text}");
        }
        assert_eq!(refused("fill(m1, 0)").hint.as_deref(), Some("write FILL: functions are in capitals"));
        assert!(refused(&format!("{}m1", "(".repeat(5000))).message.contains("at most 2048"));
        assert!(refused(&format!("{}m1", "(".repeat(2000))).message.contains("32 deep"));
        assert!(refused(&format!("{}m1", "-".repeat(2000))).message.contains("32 deep"));
        assert!(refused(&format!("m1{}", "+1".repeat(1000))).message.contains("256 operators"));
        assert!(refused(&format!("m1{}", "^1".repeat(1000))).message.contains("32 deep"));
    }

    #[test]
    fn exactly_one_query_returns_data_and_ids_are_ids() {
        for queries in [
            vec![],
            vec![reading("m1")],
            vec![expression("e1", "TIME_SERIES(0)", true), expression("e2", "TIME_SERIES(0)", true)],
            vec![reading("m1"), expression("m1", "TIME_SERIES(0)", true)],
            vec![expression("E1", "TIME_SERIES(0)", true)],
            vec![expression("a", "b + 1", true), expression("b", "a + 1", false)],
            (0..11).map(|at| expression(&format!("e{at}"), "TIME_SERIES(0)", at == 0)).collect(),
        ] {
            assert!(Math::new(&queries).is_err(), "{queries:?}");
        }
    }

    #[test]
    fn lists_of_lists_do_not_grow_without_bound() {
        let list = |of: &str| format!("[{}]", vec![of; 100].join(","));
        let mut queries = vec![reading("m1"), expression("e1", &list("m1"), false)];
        queries.extend((2..9).map(|at| expression(&format!("e{at}"), &list(&format!("e{}", at - 1)), false)));
        queries.push(expression("last", "SUM(e8)", true));
        let error = Math::new(&queries).unwrap_err();
        assert_eq!(error.to_string(), "expression e2: more than 500 time series");
        // Also where one of them is chosen again at once.
        let chosen = format!("FIRST({})", list("METRICS()").replace("METRICS()", "[m1,m1,m1,m1,m1,m1]"));
        assert!(Math::new(&[reading("m1"), expression("e1", &chosen, true)]).is_err());
    }

    #[test]
    fn an_expression_may_use_one_that_comes_later() {
        let queries = [expression("e1", "e2 * 2", true), expression("e2", "m1 + 1", false), reading("m1")];
        let points = Math::new(&queries).unwrap().compute(&[vec![Some(2.0), None]], 2);
        assert_eq!(points, [Some(6.0), None]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(m1|[0-9.eE]|[-+*/^()\\[\\],<>=!\" ]|SUM|FILL|IF|SORT|METRICS|MAX|DESC|AND|\u{e9}){0,24}") {
            if let Ok(math) = Math::new(&[reading("m1"), expression("e1", &text, true)]) {
                prop_assert_eq!(math.compute(&[vec![Some(1.0), None, Some(2.0)]], 3).len(), 3);
            }
        }
    }
}
