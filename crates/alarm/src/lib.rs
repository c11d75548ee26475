//! CloudWatch metrics and alarms: what a metric filter publishes, when an alarm changes its state, and what AWS says
//! about it. Pure: no I/O, no clock, no global state; time is an argument.

mod composite;
mod definition;
mod message;
mod metric;
mod properties;
mod scope;
mod state;
mod status;
mod time;

pub use composite::{
    Composite, CompositeAlarm, CompositeState, Composites, Expression, Observed, Outcome, Rule, RuleError,
    Suppressor, Threshold, Told,
};
pub use definition::{
    Actions, Comparison, LowSamples, Measured, MetricAlarm, MissingData, Query, QuerySource, Reading,
};
pub use message::{AlarmRef, Ids, Message, Operation, configuration_event, email_footer};
pub use metric::{Dimension, Metric, Sample, Unit};
pub use properties::{Alarm, Problem, Properties, PropertyError, Segment, UnknownProperty};
pub use scope::{Scope, alarm_name};
pub use state::{State, Transition};
pub use status::{Status, SuppressedBy, Suppression};
