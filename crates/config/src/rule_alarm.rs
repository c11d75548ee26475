//! `alarm` under a rule: what the rule meets is counted, and told when it is too much, on a CloudWatch alarm's terms.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_alarm::{Comparison, MissingData};

use crate::keys::{Key, flag};
use crate::reader::Reader;
use crate::values::DURATION;
use trailbell_yaml::{Node, Plain, Value as Yaml};

/// CloudWatch's own bounds: a day, or a week where a period is an hour or longer.
const DAY: u64 = 86_400;
const WEEK: u64 = 7 * DAY;
const HOUR: u32 = 3_600;

/// The statistics of a count that mean something; each event a rule meets is a sample of 1.
const STATISTICS: &[&str] = &["Sum", "SampleCount", "Average", "Minimum", "Maximum"];
const COMPARISONS: &[&str] = &[
    Comparison::GreaterOrEqual.as_str(),
    Comparison::Greater.as_str(),
    Comparison::Less.as_str(),
    Comparison::LessOrEqual.as_str(),
];
const MISSING: &[&str] = &[
    MissingData::NotBreaching.as_str(),
    MissingData::Missing.as_str(),
    MissingData::Ignore.as_str(),
    MissingData::Breaching.as_str(),
];

/// An alarm on what a rule meets, in the terms of a CloudWatch alarm whose metric has a sample of 1 for each event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleAlarm {
    /// `Threshold`.
    pub threshold: f64,
    /// `ComparisonOperator`.
    pub comparison: Comparison,
    /// `Period` in seconds: 10, 20, 30 or a multiple of 60.
    pub period: u32,
    /// The M of "M of N" (`DatapointsToAlarm`).
    pub datapoints_to_alarm: u32,
    /// The N (`EvaluationPeriods`).
    pub evaluation_periods: u32,
    /// `Statistic`, in AWS's word.
    pub statistic: &'static str,
    /// `TreatMissingData`.
    pub missing: MissingData,
    /// Whether each event is told besides, as without an alarm.
    pub each: bool,
}

pub(crate) const ALARM: &[Key] = &[
    Key {
        name: "threshold",
        about: "How much is too much, such as 5: the alarm goes off when the statistic of a period is at least this.",
        value: |_| json!({"type": "number"}),
    },
    Key {
        name: "period",
        about: "How long one period is: 10s, 20s, 30s or whole minutes; 5m without it.",
        value: |_| json!({"type": "string", "pattern": DURATION}),
    },
    Key {
        name: "evaluate",
        about: "How many of how many periods must be over the threshold, such as 2 of 3; 1 of 1 without it.",
        value: |_| json!({"type": "string", "pattern": "^ *[1-9][0-9]* +of +[1-9][0-9]* *$"}),
    },
    Key {
        name: "statistic",
        about: "What is compared with the threshold; each event is a sample of 1. Sum, their number, without it.",
        value: |_| json!({"enum": STATISTICS}),
    },
    Key {
        name: "missing",
        about: "What a period without events counts as, CloudWatch's TreatMissingData; notBreaching without it.",
        value: |_| json!({"enum": MISSING}),
    },
    Key {
        name: "comparison",
        about: "CloudWatch's ComparisonOperator; GreaterThanOrEqualToThreshold without it. With LessThanThreshold the alarm goes off when something that should happen does not.",
        value: |_| json!({"enum": COMPARISONS}),
    },
    Key {
        name: "each",
        about: "Whether each event is told besides the alarm. Without it, a built-in rule's are and those of a rule of your own are not.",
        value: flag,
    },
];

/// The schema of an `alarm`.
pub(crate) fn schema(built_in_rules: &[&str]) -> Value {
    crate::keys::mapping(ALARM, built_in_rules, json!({"required": ["threshold"]}))
}

/// Reads an `alarm`. `each` is what it is where nothing is said.
pub(crate) fn read(node: &Node, each: bool, reader: &mut Reader<'_>) -> Option<RuleAlarm> {
    let fields = reader.fields(node, ALARM, "`alarm`");
    let threshold = if let Some(node) = fields.get("threshold") {
        number(node, reader)
    } else {
        if trailbell_yaml::is_mapping(node) {
            reader.problem_with_hint(
                node.span,
                "An alarm needs a `threshold`",
                "say how many are too many, such as threshold: 5",
            );
        }
        None
    };
    let period = fields.get("period").map_or(Some(300), |node| period(node, reader));
    let evaluate = fields.get("evaluate").map_or(Some((1, 1)), |node| m_of_n(node, reader));
    let statistic =
        fields.get("statistic").map_or(Some("Sum"), |node| reader.word(node, STATISTICS, "`statistic`"));
    let comparison = fields.get("comparison").map_or(Some(Comparison::GreaterOrEqual), |node| {
        reader.word(node, COMPARISONS, "`comparison`").and_then(Comparison::parse)
    });
    let missing = fields.get("missing").map_or(Some(MissingData::NotBreaching), |node| {
        reader.word(node, MISSING, "`missing`").and_then(MissingData::parse)
    });
    let each = fields.get("each").map_or(Some(each), |node| reader.flag(node, "`each`"));
    let (period, (datapoints_to_alarm, evaluation_periods)) = (period?, evaluate?);
    let most = if period >= HOUR { WEEK } else { DAY };
    if u64::from(period) * u64::from(evaluation_periods) > most {
        reader.problem_with_hint(
            node.span,
            "This alarm looks back too far",
            "all periods together may be a day, or seven days where a period is an hour or longer",
        );
        return None;
    }
    Some(RuleAlarm {
        threshold: threshold?,
        comparison: comparison?,
        period,
        datapoints_to_alarm,
        evaluation_periods,
        statistic: statistic?,
        missing: missing?,
        each: each?,
    })
}

fn number(node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
    let number = match &node.value {
        Yaml::Scalar(scalar) if scalar.kind() == Plain::Number => {
            scalar.text.parse::<f64>().ok().filter(|number| number.is_finite())
        }
        _ => None,
    };
    if number.is_none() {
        reader.problem(node.span, "`threshold` must be a number, such as 5");
    }
    number
}

/// Seconds.
fn period(node: &Node, reader: &mut Reader<'_>) -> Option<u32> {
    let bounds = (Duration::from_secs(10), Duration::from_secs(WEEK));
    let seconds = u32::try_from(reader.duration(node, "`period`", bounds)?.as_secs()).ok()?;
    if matches!(seconds, 10 | 20 | 30) || seconds.is_multiple_of(60) {
        return Some(seconds);
    }
    reader.problem_with_hint(
        node.span,
        "`period` cannot be this long",
        "CloudWatch's periods are 10s, 20s, 30s and whole minutes",
    );
    None
}

fn m_of_n(node: &Node, reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    let scalar = reader.scalar(node, "`evaluate`")?;
    let parsed = scalar
        .text
        .split_once(" of ")
        .and_then(|(m, n)| Some((m.trim().parse::<u32>().ok()?, n.trim().parse::<u32>().ok()?)));
    let good = parsed.filter(|(m, n)| (1..=*n).contains(m));
    if good.is_none() {
        reader.problem_with_hint(
            node.span,
            "`evaluate` is not so many of so many periods",
            "write it as 2 of 3: two of the last three periods; the first number is the smaller one, or the same",
        );
    }
    good
}
