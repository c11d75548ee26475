//! From the properties of a template, a `PutMetricAlarm` request or `describe-alarms` to an alarm, and what AWS
//! would say where they are not right.
//!
//! Numbers and booleans may be strings and the other way round, as in CloudFormation, whose parameters are strings.
//! What `describe-alarms` shows besides the definition (states, ARNs) is passed over.

mod composite;
mod error;
mod metric;
mod reader;

pub use error::{Problem, PropertyError, Segment};

use serde_json::Value;

use crate::{CompositeAlarm, MetricAlarm};

/// An alarm of either kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Alarm {
    /// `AWS::CloudWatch::Alarm`.
    Metric(Box<MetricAlarm>),
    /// `AWS::CloudWatch::CompositeAlarm`.
    Composite(Box<CompositeAlarm>),
}

/// What was read, and what in it means nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Properties<T> {
    /// The alarm.
    pub alarm: T,
    /// Properties that nobody knows, in the order of their names.
    pub unknown: Vec<UnknownProperty>,
}

/// A property that the resource does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProperty {
    /// Where it stands.
    pub path: Vec<Segment>,
    /// What was probably meant.
    pub suggestion: Option<&'static str>,
}

impl Alarm {
    /// Reads the properties of a resource of CloudFormation's type `kind`. `name` is the alarm's name where
    /// `AlarmName` gives none, as CloudFormation makes one up.
    pub fn read(
        kind: &str,
        properties: &Value,
        name: Option<&str>,
    ) -> Result<Properties<Self>, PropertyError> {
        match kind {
            "AWS::CloudWatch::Alarm" => MetricAlarm::read(properties, name)
                .map(|read| Properties { alarm: Self::Metric(Box::new(read.alarm)), unknown: read.unknown }),
            "AWS::CloudWatch::CompositeAlarm" => CompositeAlarm::read(properties, name).map(|read| {
                Properties { alarm: Self::Composite(Box::new(read.alarm)), unknown: read.unknown }
            }),
            "AWS::CloudWatch::LogAlarm" => Err(PropertyError::not_run_here(
                "a log alarm runs a query of Logs Insights",
                "write a metric filter and an alarm on its metric",
            )),
            _ => Err(PropertyError::wrong(format!("{kind} is no alarm"))),
        }
    }
}

impl MetricAlarm {
    /// Reads `AWS::CloudWatch::Alarm`'s properties, or what `PutMetricAlarm` takes.
    pub fn read(properties: &Value, name: Option<&str>) -> Result<Properties<Self>, PropertyError> {
        metric::read(properties, name)
    }
}

impl CompositeAlarm {
    /// Reads `AWS::CloudWatch::CompositeAlarm`'s properties, or what `PutCompositeAlarm` takes. Whether the alarms
    /// of its rule exist is [`Rule::check`](crate::Rule::check)'s.
    pub fn read(properties: &Value, name: Option<&str>) -> Result<Properties<Self>, PropertyError> {
        composite::read(properties, name)
    }
}
