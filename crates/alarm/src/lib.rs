//! CloudWatch metrics and alarms: what a metric filter publishes, when an alarm changes its state, and what AWS says
//! about it. Pure: no I/O, no clock, no global state; time is an argument.

mod definition;
mod metric;
mod state;

pub use definition::{
    Actions, Comparison, LowSamples, Measured, MetricAlarm, MissingData, Query, QuerySource, Reading,
};
pub use metric::{Dimension, Metric, Sample, Unit};
pub use state::{State, Transition};
