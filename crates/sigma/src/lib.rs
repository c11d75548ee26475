//! Sigma rules over JSON events, made for CloudTrail's: text to a checked public syntax tree, evaluation, correlations.
//!
//! [`parse`] reads a text of one or several documents. A document in which something is wrong is left out and told of, with
//! the place and a hint; the others stay.
//!
//! ```
//! use trailbell_json::Json;
//! use trailbell_sigma::{Document, parse};
//!
//! let text = "
//! title: A bucket becomes a website
//! logsource: {product: aws, service: cloudtrail}
//! detection:
//!     selection:
//!         eventSource: s3.amazonaws.com
//!         eventName|startswith: putbucket
//!     condition: selection
//! level: medium
//! ";
//! let parsed = parse(text);
//! assert_eq!(parsed.problems, []);
//! let [Document::Rule(rule)] = parsed.documents.as_slice() else { return };
//! let event = Json::parse(r#"{"eventSource": "s3.amazonaws.com", "eventName": "PutBucketWebsite"}"#).unwrap();
//! assert!(rule.matches(&event));
//! assert!(!rule.could_match("eventName", Some("GetObject")));
//! ```
//!
//! A program that holds many rules asks [`Rule::required_values`], [`Rule::could_match`] and [`Rule::paths`] what it need
//! not look at. [`Rule::explain`] says why a rule matches or not. [`Correlation`] counts the matches of rules over time.
//!
//! What each construct means is told in `LANGUAGE.md` beside this crate. No I/O, no clock, no global state.

mod condition;
mod correlation;
mod detection;
mod document;
mod encode;
mod evaluate;
mod explain;
mod group;
mod header;
mod index;
mod kept;
mod lower;
mod modifier;
mod number;
mod pattern;
mod place;
mod rule;
mod running;
mod syntax;

pub use condition::MAX_DEPTH;
pub use correlation::{CorrelationRule, CorrelationType, Limits, MAX_COUNT};
pub use detection::{MAX_EXPRESSIONS, MAX_SELECTIONS, MAX_VALUES};
pub use document::{Document, MAX_LENGTH, Parsed, parse};
pub use explain::Explanation;
pub use header::{About, Level, Status};
pub use kept::KeptGroup;
pub use lower::lower;
pub use number::Number;
pub use pattern::Pattern;
pub use rule::{LogSource, Rule};
pub use running::{Bounds, Correlation, Cycle, Fired, GroupChange, MAX_EVENTS, MAX_GROUPS};
pub use syntax::{Expression, FieldReference, Item, Order, Position, Test, Value};

/// The README's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
