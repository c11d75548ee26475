//! A metric filter: which samples come of a log event.
//!
//! Rules recorded from AWS: a value from a field may be a JSON number or a text that is one; an event that matches but has
//! no such value gives no sample, and the default is not used for it either. The default is for events that do not
//! match: once for each of them, also in a minute in which others match.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use trailbell_filter_pattern::{
    Expression, JsonPattern, JsonTest, Operand, Pattern, Selector, Shape, Step, Value, ValueTest,
};
use trailbell_json::Json;

use crate::selection::Selection;
use crate::series::{floor, is_value, second};
use crate::{Dimension, Error, Metric, Sample, Unit};

/// The longest `metricValue`, in characters.
const LONGEST_VALUE: usize = 100;
/// The longest name of a metric or namespace, in characters.
const LONGEST_NAME: usize = 255;
/// The longest name of a filter or a log group, in characters.
const LONGEST_FILTER_NAME: usize = 512;
/// The longest value of a dimension, in characters: CloudWatch's own limit.
const LONGEST_DIMENSION: usize = 1024;
/// Dimensions of one metric filter, system fields counted.
const MOST_DIMENSIONS: usize = 3;

/// `AWS::Logs::MetricFilter`, `PutMetricFilter`, as it is asked for.
#[derive(Debug, Clone)]
pub struct MetricFilterDefinition {
    /// `logGroupName`.
    pub log_group: String,
    /// `filterName`.
    pub name: String,
    /// `filterPattern`.
    pub pattern: Pattern,
    /// `metricTransformations`; AWS takes exactly one.
    pub transformations: Vec<MetricTransformation>,
    /// `emitSystemFieldDimensions`.
    pub system_fields: Vec<String>,
    /// `fieldSelectionCriteria`.
    pub selection: Option<String>,
    /// `applyOnTransformedLogs`. No log group here has a transformer, so such a filter sees nothing.
    pub on_transformed_logs: bool,
}

/// One of `metricTransformations`.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricTransformation {
    /// `metricName`.
    pub metric_name: String,
    /// `metricNamespace`.
    pub namespace: String,
    /// `metricValue`: a number, `$.field` or `$name`.
    pub value: String,
    /// `defaultValue`.
    pub default_value: Option<f64>,
    /// `unit`, as written.
    pub unit: Option<String>,
    /// `dimensions`: name and selector.
    pub dimensions: Vec<(String, String)>,
}

/// A log event.
#[derive(Debug, Clone, Copy)]
pub struct LogEvent<'e> {
    /// Its text.
    pub message: &'e str,
    /// Its own time, not that of its coming.
    pub at: Timestamp,
    /// The account it is of (`@aws.account`).
    pub account: &'e str,
    /// The region it is of (`@aws.region`).
    pub region: &'e str,
    /// The log group it is in (`@source.log`).
    pub log_group: &'e str,
}

/// A metric filter that AWS would take.
#[derive(Debug, Clone)]
pub struct MetricFilter {
    log_group: String,
    name: String,
    pattern: Pattern,
    namespace: String,
    metric_name: String,
    value: Source,
    default_value: Option<f64>,
    unit: Unit,
    dimensions: Vec<(String, Path)>,
    system_fields: BTreeSet<SystemField>,
    selection: Option<Selection>,
    on_transformed_logs: bool,
}

#[derive(Debug, Clone)]
enum Source {
    Constant(f64),
    Field(Path),
}

/// Where in an event something is.
#[derive(Debug, Clone)]
enum Path {
    /// `$.field`
    Json(Selector),
    /// `$name`, the `$` included.
    Word(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SystemField {
    Account,
    Region,
    Log,
}

impl SystemField {
    const ALL: [Self; 3] = [Self::Region, Self::Account, Self::Log];

    const fn name(self) -> &'static str {
        match self {
            Self::Account => "@aws.account",
            Self::Region => "@aws.region",
            Self::Log => "@source.log",
        }
    }

    const fn of<'e>(self, event: &LogEvent<'e>) -> &'e str {
        match self {
            Self::Account => event.account,
            Self::Region => event.region,
            Self::Log => event.log_group,
        }
    }
}

impl MetricFilter {
    /// Checks a filter as `PutMetricFilter` does; errors are in AWS's words. What depends on other filters (quotas) and on
    /// the log group's existence is not checked.
    pub fn new(definition: MetricFilterDefinition) -> Result<Self, Error> {
        let MetricFilterDefinition { log_group, name, pattern, mut transformations, .. } = definition;
        check_text("logGroupName", &log_group, LONGEST_FILTER_NAME, &[':', '*'])?;
        check_text("filterName", &name, LONGEST_FILTER_NAME, &[':', '*'])?;
        if transformations.len() > 1 {
            return Err(constraint(
                "metricTransformations",
                "Member must have length less than or equal to 1",
            ));
        }
        let Some(transformation) = transformations.pop() else {
            return Err(constraint(
                "metricTransformations",
                "Member must have length greater than or equal to 1",
            ));
        };
        let member = |field: &str| format!("metricTransformations.1.member.{field}");
        check_text(&member("metricName"), &transformation.metric_name, LONGEST_NAME, &[':', '*', '$'])?;
        check_text(&member("metricNamespace"), &transformation.namespace, LONGEST_NAME, &[':', '*', '$'])?;
        check_text(&member("metricValue"), &transformation.value, LONGEST_VALUE, &[])?;
        let unit = match &transformation.unit {
            None => Unit::NONE,
            Some(unit) => Unit::parse(unit).ok_or_else(|| {
                let units: Vec<&str> = Unit::all().map(Unit::as_str).collect();
                constraint(
                    &member("unit"),
                    &format!("Member must satisfy enum value set: [{}]", units.join(", ")),
                )
            })?,
        };
        let value = source(&transformation.value)?;
        if transformation.default_value.is_some() && !transformation.dimensions.is_empty() {
            return Err(Error::parameter(
                "Invalid metric transformation: dimensions and default value are mutually exclusive properties",
            ));
        }
        if let Some(default) = transformation.default_value.filter(|default| !is_value(*default)) {
            return Err(Error::parameter(format!(
                "Invalid metric transformation: default value {default} must be a valid number"
            )));
        }
        let system_fields = definition
            .system_fields
            .iter()
            .map(|name| SystemField::ALL.into_iter().find(|field| field.name() == name))
            .collect::<Option<BTreeSet<_>>>()
            .ok_or_else(|| {
                let known = SystemField::ALL.map(SystemField::name).join(", ");
                Error::parameter(format!(
                    "The provided system fields are invalid. The supported system fields are - [{known}]"
                ))
            })?;
        let dimensions = transformation
            .dimensions
            .into_iter()
            .map(|(name, selector)| {
                let path = path(&selector).ok_or_else(|| {
                    Error::parameter("Invalid metric transformation: dimension value must be valid selector")
                })?;
                Ok((name, path))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        if dimensions.len() + system_fields.len() > MOST_DIMENSIONS {
            return Err(Error::parameter(
                "Number of dimensions exceeds the maximum number of dimensions supported per metric filter",
            ));
        }
        Ok(Self {
            log_group,
            name,
            pattern,
            namespace: transformation.namespace,
            metric_name: transformation.metric_name,
            value,
            default_value: transformation.default_value,
            unit,
            dimensions,
            system_fields,
            selection: definition.selection.as_deref().map(Selection::parse).transpose()?,
            on_transformed_logs: definition.on_transformed_logs,
        })
    }

    /// `logGroupName`.
    #[must_use]
    pub fn log_group(&self) -> &str {
        &self.log_group
    }

    /// `filterName`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `filterPattern`.
    #[must_use]
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// `metricNamespace` and `metricName` of what it publishes.
    #[must_use]
    pub fn metric(&self) -> (&str, &str) {
        (&self.namespace, &self.metric_name)
    }

    /// `unit`.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// `defaultValue`.
    #[must_use]
    pub const fn default_value(&self) -> Option<f64> {
        self.default_value
    }

    /// `metricValue`, where it is a number.
    #[must_use]
    pub const fn constant(&self) -> Option<f64> {
        match self.value {
            Source::Constant(value) => Some(value),
            Source::Field(_) => None,
        }
    }

    /// The names of the dimensions its metrics have, sorted.
    #[must_use]
    pub fn dimension_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .dimensions
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(self.system_fields.iter().map(|field| field.name()))
            .collect();
        names.sort_unstable();
        names
    }

    /// The sample that a log event of its group gives. Its time is the minute of the event's own time: a metric filter's
    /// metrics have a resolution of one minute.
    pub fn publish(&self, event: &LogEvent<'_>) -> Option<Sample> {
        let needs_json = matches!(self.pattern, Pattern::Json(_))
            || matches!(&self.value, Source::Field(Path::Json(_)))
            || self.dimensions.iter().any(|(_, path)| matches!(path, Path::Json(_)));
        let json = if needs_json { Json::parse(event.message).ok() } else { None };
        let json = json.as_ref();
        let matched = self.pattern.matches(|| Cow::Borrowed(event.message), || json);
        self.publish_known(matched, event, json)
    }

    /// The same, where it is known whether the event matches, and its JSON is read (`None`: it is no JSON), so that one reading
    /// serves many filters.
    pub fn publish_known<V: Value>(
        &self,
        matched: bool,
        event: &LogEvent<'_>,
        json: Option<V>,
    ) -> Option<Sample> {
        if self.on_transformed_logs
            || self.selection.as_ref().is_some_and(|selection| !selection.holds(event.account, event.region))
        {
            return None;
        }
        // The fields of a line, cut only where something asks for one.
        let asks_words = matches!(&self.value, Source::Field(Path::Word(_)))
            || self.dimensions.iter().any(|(_, path)| matches!(path, Path::Word(_)));
        let words = if matched && asks_words { self.pattern.extract(event.message) } else { None }
            .unwrap_or_default();
        let value = match (matched, &self.value) {
            (false, _) => self.default_value?,
            (true, Source::Constant(value)) => *value,
            (true, Source::Field(Path::Word(name))) => number(word(&words, name)?)?,
            (true, Source::Field(Path::Json(selector))) => match find(json?, selector)?.shape() {
                Shape::Number(text) => number(text)?,
                Shape::String(text) => number(&text)?,
                _ => return None,
            },
        };
        let mut dimensions = Vec::with_capacity(self.dimensions.len() + self.system_fields.len());
        for (name, path) in &self.dimensions {
            let value = match path {
                Path::Word(field) => word(&words, field)?.to_owned(),
                Path::Json(selector) => text(find(json?, selector)?.shape())?,
            };
            dimensions.push(Dimension { name: name.clone(), value });
        }
        for field in &self.system_fields {
            dimensions.push(Dimension { name: field.name().to_owned(), value: field.of(event).to_owned() });
        }
        // A dimension without a value, or with one too long, is one that CloudWatch does not take.
        if dimensions.iter().any(|one| one.value.is_empty() || one.value.chars().count() > LONGEST_DIMENSION)
        {
            return None;
        }
        dimensions.sort_unstable();
        Some(Sample {
            metric: Metric { namespace: self.namespace.clone(), name: self.metric_name.clone(), dimensions },
            at: Timestamp::from_second(floor(second(event.at), 60)).unwrap_or(event.at),
            value,
            unit: self.unit,
        })
    }
}

/// A constraint of the API's model, as CloudWatch Logs words it.
fn constraint(field: &str, constraint: &str) -> Error {
    Error::parameter(format!(
        "1 validation error detected: Value at '{field}' failed to satisfy constraint: {constraint}"
    ))
}

fn check_text(field: &str, text: &str, longest: usize, not: &[char]) -> Result<(), Error> {
    if text.is_empty() && longest != LONGEST_NAME && longest != LONGEST_VALUE {
        return Err(constraint(field, "Member must have length greater than or equal to 1"));
    }
    if text.chars().count() > longest {
        return Err(constraint(field, &format!("Member must have length less than or equal to {longest}")));
    }
    if text.contains(not) {
        let not: String = not.iter().collect();
        return Err(constraint(field, &format!("Member must satisfy regular expression pattern: [^{not}]*")));
    }
    Ok(())
}

fn source(value: &str) -> Result<Source, Error> {
    let field = || path(value).map(Source::Field);
    number(value).map(Source::Constant).or_else(field).ok_or_else(|| {
        Error::parameter(format!(
            "Invalid metric transformation: metric value {value} must be a valid number"
        ))
    })
}

/// `$.field`, without a wildcard, or `$name`.
fn path(text: &str) -> Option<Path> {
    if text.starts_with("$.") || text.starts_with("$[") {
        // The pattern language reads selectors; a text that is more than one makes another pattern.
        let Ok(Pattern::Json(JsonPattern { condition: Expression::Condition(condition), .. })) =
            Pattern::parse(&format!("{{ {text} = * }}"))
        else {
            return None;
        };
        let anything = match &condition.test {
            JsonTest::Value(ValueTest::Equal(Operand::Literal(literal))) => literal.text() == "*",
            _ => false,
        };
        return (anything && !condition.selector.has_wildcard()).then_some(Path::Json(condition.selector));
    }
    let name = text.strip_prefix('$')?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    (plain && !name.is_empty()).then(|| Path::Word(text.to_owned()))
}

/// A number as it is written in a log: digits, a point, an exponent; no `inf`, and not greater than CloudWatch takes.
fn number(text: &str) -> Option<f64> {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { text.parse().ok().filter(|value| is_value(*value)) } else { None }
}

fn word<'w>(words: &[(String, &'w str)], name: &str) -> Option<&'w str> {
    words.iter().find(|(field, _)| field == name).map(|(_, text)| *text)
}

/// The one value a selector without a wildcard leads to.
fn find<V: Value>(json: V, selector: &Selector) -> Option<V> {
    selector.steps.iter().try_fold(json, |value, step| match step {
        Step::Key(key) => value.member(key),
        Step::Index(index) => value.element(*index),
        Step::AnyElement | Step::AnyMember => None,
    })
}

/// The text of a value that can be a dimension's.
fn text(shape: Shape<'_>) -> Option<String> {
    match shape {
        Shape::String(text) => Some(text.into_owned()),
        Shape::Number(text) => Some(text.to_owned()),
        Shape::Bool(value) => Some(value.to_string()),
        Shape::Null | Shape::Array | Shape::Object => None,
    }
}
