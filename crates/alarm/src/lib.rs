//! CloudWatch metrics and alarms: what a metric filter publishes, when an alarm changes its state, and what AWS says
//! about it. Pure: no I/O, no clock, no global state; time is an argument.
//!
//! A [`MetricFilter`] makes [`Sample`]s of log events. A [`Running`] alarm takes them, says when it is to be evaluated next,
//! and tells each change of state in AWS's words. [`evaluate`] is one evaluation alone, over datapoints that are given.
//!
//! ```
//! use trailbell_alarm::*;
//! use trailbell_filter_pattern::Pattern;
//!
//! let filter = MetricFilter::new(MetricFilterDefinition {
//!     log_group: "trail".to_owned(),
//!     name: "iam-changes".to_owned(),
//!     pattern: Pattern::parse("{ $.eventName = CreateUser }")?,
//!     transformations: vec![MetricTransformation {
//!         metric_name: "IamChanges".to_owned(),
//!         namespace: "CISBenchmark".to_owned(),
//!         value: "1".to_owned(),
//!         default_value: None,
//!         unit: None,
//!         dimensions: Vec::new(),
//!     }],
//!     system_fields: Vec::new(),
//!     selection: None,
//!     on_transformed_logs: false,
//! })?;
//! let metric = Metric { namespace: "CISBenchmark".to_owned(), name: "IamChanges".to_owned(), dimensions: Vec::new() };
//! let alarm = MetricAlarm {
//!     name: "iam-changes".to_owned(),
//!     description: None,
//!     measured: Measured::Metric(Reading { metric, statistic: "Sum".to_owned(), unit: None }),
//!     period: 300,
//!     evaluation_periods: 1,
//!     datapoints_to_alarm: None,
//!     comparison: Comparison::GreaterOrEqual,
//!     threshold: 1.0,
//!     missing: Some(MissingData::NotBreaching),
//!     low_samples: None,
//!     actions: Actions::default(),
//!     configured_at: None,
//! };
//! let mut running = Running::new(alarm, "2026-09-14T05:00:00Z".parse()?)?;
//! let event = LogEvent {
//!     message: r#"{"eventName":"CreateUser"}"#,
//!     at: "2026-09-14T05:02:10Z".parse()?,
//!     account: "123456789012",
//!     region: "eu-west-1",
//!     log_group: "trail",
//! };
//! running.take(&filter.publish(&event).unwrap());
//! let change = running.evaluate("2026-09-14T05:04:00Z".parse()?).unwrap();
//! assert_eq!(change.to, State::Alarm);
//! assert_eq!(
//!     change.reason,
//!     "Threshold Crossed: 1 datapoint [1.0 (14/09/26 04:58:00)] was greater than or equal to the threshold (1.0)."
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is exact here and approximate at AWS, or not known of AWS and chosen, is told where it is decided: percentiles in
//! [`Statistic`], the size of the range in [`range_periods`], few samples of a percentile in [`Terms::cautious`], the time of
//! evaluations in [`Running::next_evaluation`].

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
mod number;
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
pub use math::{Math, Points};
pub use message::{AlarmRef, Ids, Message, Operation, configuration_event, email_footer};
pub use metric::{Dimension, Metric, Sample, Unit};
pub use metric_filter::{LogEvent, MetricFilter, MetricFilterDefinition, MetricTransformation};
pub use properties::{Alarm, Problem, Properties, PropertyError, Segment, UnknownProperty};
pub use running::{INITIAL_REASON, Kept, Running};
pub use scope::{Scope, alarm_name};
pub use state::{State, Transition};
pub use statistic::Statistic;
pub use status::{Status, SuppressedBy, Suppression};
