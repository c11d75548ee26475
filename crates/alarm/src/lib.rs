//! CloudWatch metrics and alarms: what a metric filter publishes, when an alarm changes its state, and what AWS says
//! about it. Pure: no I/O, no clock, no global state; time is an argument.

mod bucket;
mod definition;
mod error;
mod evaluate;
mod expression;
mod math;
mod metric;
mod metric_filter;
mod reason;
mod running;
mod selection;
mod series;
mod state;
mod statistic;

pub use bucket::{Bucket, MOST_VALUES, Totals};
pub use definition::{
    Actions, Comparison, LowSamples, Measured, MetricAlarm, MissingData, Query, QuerySource, Reading,
};
pub use error::Error;
pub use evaluate::{Datapoint, Range, Terms, evaluate, range_periods};
pub use metric::{Dimension, Metric, Sample, Unit};
pub use metric_filter::{LogEvent, MetricFilter, MetricFilterDefinition, MetricTransformation};
pub use running::{INITIAL_REASON, Kept, Running};
pub use state::{State, Transition};
pub use statistic::Statistic;
