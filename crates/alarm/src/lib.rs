//! CloudWatch metrics and alarms: what a metric filter publishes, when an alarm changes its state, and what AWS says
//! about it. Pure: no I/O, no clock, no global state; time is an argument.

mod bucket;
mod composite;
mod definition;
mod error;
mod evaluate;
mod expression;
mod math;
mod message;
mod metric;
mod metric_filter;
mod properties;
mod reason;
mod running;
mod scope;
mod selection;
mod series;
mod state;
mod statistic;
mod status;
mod time;

pub use bucket::{Bucket, MOST_VALUES, Totals};
pub use composite::{
    Composite, CompositeAlarm, CompositeState, Composites, Expression, Observed, Outcome, Rule, RuleError,
    Suppressor, Threshold, Told,
};
pub use definition::{
    Actions, Comparison, LowSamples, Measured, MetricAlarm, MissingData, Query, QuerySource, Reading,
};
pub use error::Error;
pub use evaluate::{Datapoint, Range, Terms, evaluate, range_periods};
pub use message::{AlarmRef, Ids, Message, Operation, configuration_event, email_footer};
pub use metric::{Dimension, Metric, Sample, Unit};
pub use metric_filter::{LogEvent, MetricFilter, MetricFilterDefinition, MetricTransformation};
pub use properties::{Alarm, Problem, Properties, PropertyError, Segment, UnknownProperty};
pub use running::{INITIAL_REASON, Kept, Running};
pub use scope::{Scope, alarm_name};
pub use state::{State, Transition};
pub use statistic::Statistic;
pub use status::{Status, SuppressedBy, Suppression};
