//! CloudFormation templates, YAML and JSON -> what trailbell can run: topics, subscriptions, filters, alarms, event rules and
//! the functions that forward. What `describe-metric-filters` and `describe-alarms` print is read into the same [`Stacks`].
//!
//! Nothing here opens a file: who calls hands in the texts, and a function that finds the templates of nested stacks. Every
//! problem is reported at once, each with file, line, column, caret and what to do; where CloudFormation has words for it,
//! they are CloudFormation's.
//!
//! What `Ref` and `Fn::GetAtt` give follows from the properties (a topic's ARN from its name, region and account). A name that
//! CloudFormation would make up is made up the same way, always alike; what only AWS knows is a placeholder that
//! [`is_placeholder`] tells. Values stay as they are written: `012345678901` and `yes` are texts.
//!
//! ```
//! use trailbell_template::{Assignment, File, Request, read};
//!
//! let template = "
//! Parameters:
//!   Address: { Type: String }
//! Resources:
//!   Bell:
//!     Type: AWS::SNS::Topic
//!     Properties:
//!       TopicName: !Sub bell-${AWS::AccountId}
//!       Subscription:
//!         - { Protocol: email, Endpoint: !Ref Address }
//! ";
//! let request = Request {
//!     files: vec![File::new("bell.yaml", template)],
//!     account: "012345678901".into(),
//!     region: "eu-west-1".into(),
//!     assignments: vec![Assignment::parse("--parameter", "Address=owner@example.com")?],
//!     ..Request::default()
//! };
//! let stacks = read(&request, &|_| None)?;
//! assert_eq!(stacks.topics[0].arn, "arn:aws:sns:eu-west-1:012345678901:bell-012345678901");
//! assert_eq!(stacks.subscriptions[0].endpoint.value, "owner@example.com");
//! # Ok::<(), trailbell_template::Invalid>(())
//! ```
//!
//! Sources: the CloudFormation User Guide (template anatomy, intrinsic functions, pseudo parameters, limits) and each resource
//! type's page of the template reference (what Ref and `Fn::GetAtt` return). Of YAML, more is read than CloudFormation takes:
//! aliases and merge keys are resolved, with a bound, as tools do before an upload.

mod assignment;
mod collect;
mod described;
mod document;
mod evaluate;
mod file;
mod json;
mod limits;
mod lint;
mod model;
mod order;
mod parameters;
mod physical;
mod problem;
mod pseudo;
mod resolved;
mod stack;
mod substitution;
mod template;
mod tree;
mod yaml;

pub use assignment::{Assignment, parse_parameter_file};
pub use file::{File, is_template};
pub use limits::MAX_BYTES;
pub use lint::{Finding, Level, lint};
pub use model::{
    Alarm, EventRule, InputTransformer, LambdaFunction, LambdaPermission, LogGroup, MetricFilter, Origin,
    Output, Resource, Stack, Stacks, Subscription, SubscriptionFilter, Target, Topic, TopicPolicy, Trail,
    Transformation,
};
pub use physical::{PLACEHOLDER, is_placeholder};
pub use problem::{Invalid, Problem};
pub use resolved::{Properties, Text};
pub use stack::{Missing, Request, read};
