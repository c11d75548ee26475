//! A rule set of any language compiled into one matcher over a CloudTrail record.
//!
//! [`RuleSet::inspect`] says what a record is by the rules: one [`Detection`] an event, naming every rule it met.
//! A [`Matcher`] says of an event that has only been split off whether reading it is worth it, and is right whenever it says
//! no; [`RuleSet::explain`] says of every rule why it met the record or did not.
//!
//! ```
//! use trailbell_detect::{RuleSet, RuleSettings};
//! use trailbell_json::Json;
//! use trailbell_record::Record;
//!
//! let rules = RuleSet::new(RuleSettings::default())?;
//! let record = Record::new(Json::parse(
//!     r#"{"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "requestParameters": {"userName": "bob"}}"#,
//! )?);
//! let detection = rules.inspect(&record).unwrap();
//! assert_eq!(detection.rules[0].as_str(), "iam-change");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bits;
mod brought;
pub mod bus;
mod change_severity;
mod cis;
mod condition;
mod explain;
mod fields;
mod glance;
mod index;
mod matcher;
mod prescreen;
mod questions;
mod rule;
mod set;
mod sharing;
mod sign_in_severity;
mod tampering;

pub use brought::Brought;
pub use condition::Condition;
pub use explain::{RuleExplanation, explain_condition};
pub use fields::Fields;
pub use matcher::{Effort, Interest, Matcher};
pub use questions::Question;
pub use rule::{
    BUILTIN_RULES, BuiltinSettings, CorrelationSettings, CustomRule, Error, Rule, RuleName, RuleSettings,
    Title,
};
pub use set::{Detection, RuleSet, What};
pub use sharing::Sharing;
pub use tampering::Tampering;
