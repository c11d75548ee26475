//! What a metric is: its name, its dimensions, its unit, and one sample of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A metric's identity. Two metrics with other dimensions are two metrics: CloudWatch adds nothing up across them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Metric {
    /// `Namespace`.
    pub namespace: String,
    /// `MetricName`.
    pub name: String,
    /// `Dimensions`, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
}

/// One dimension of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dimension {
    /// `Name`.
    pub name: String,
    /// `Value`.
    pub value: String,
}

/// One value of a metric at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The metric.
    pub metric: Metric,
    /// When it is of. A metric filter takes the minute of the log event's own time, not of its coming.
    pub at: Timestamp,
    /// The value.
    pub value: f64,
    /// Its unit; `Unit::NONE` where the filter names none.
    pub unit: Unit,
}

/// A unit of a metric, one of AWS's 27.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Unit(&'static str);

/// AWS's units, in the order in which its own error message lists them.
const UNITS: [&str; 27] = [
    "Gigabits/Second",
    "Gigabits",
    "Percent",
    "Terabits",
    "Bits",
    "Kilobits",
    "Megabytes/Second",
    "Kilobytes",
    "Megabits/Second",
    "Terabytes",
    "Bytes",
    "Count",
    "Gigabytes",
    "Milliseconds",
    "Count/Second",
    "Gigabytes/Second",
    "None",
    "Terabytes/Second",
    "Bytes/Second",
    "Megabits",
    "Kilobytes/Second",
    "Megabytes",
    "Microseconds",
    "Kilobits/Second",
    "Terabits/Second",
    "Bits/Second",
    "Seconds",
];

impl Unit {
    /// `None`: what a sample has that names no unit.
    pub const NONE: Self = Self("None");

    /// Reads a unit's name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        UNITS.into_iter().find(|unit| *unit == name).map(Self)
    }

    /// AWS's name of it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// All of them, in AWS's order.
    pub fn all() -> impl Iterator<Item = Self> {
        UNITS.into_iter().map(Self)
    }
}
