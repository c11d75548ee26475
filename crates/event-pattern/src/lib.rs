//! EventBridge event patterns, with exactly the meaning AWS gives them.
//!
//! [`EventPattern::parse`] reads a pattern into a public syntax tree and refuses what AWS refuses, in AWS's words, with
//! the place and a hint.
//!
//! ```
//! use trailbell_event_pattern::EventPattern;
//!
//! let pattern = EventPattern::parse(
//!     r#"{"source": ["aws.signin"], "detail": {"sourceIPAddress": [{"anything-but": {"prefix": "10."}}]}}"#,
//! )?;
//! let event = r#"{"source": "aws.signin", "detail": {"sourceIPAddress": "203.0.113.7"}}"#;
//! assert!(pattern.matches_text(event)?);
//! // A test never holds of a field that is not there, `anything-but` included.
//! assert!(!pattern.matches_text(r#"{"source": "aws.signin", "detail": {}}"#)?);
//!
//! let error = EventPattern::parse(r#"{"source": "aws.signin"}"#).unwrap_err();
//! assert_eq!(error.to_string(), r#""source" must be an object or an array"#);
//! assert_eq!(error.diagnostic().hint.as_deref(), Some(r#"values stand in a list: ["aws.signin"]"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A program that holds many patterns asks [`EventPattern::required_values`] which events each can match at all. What
//! AWS accepts and few people mean is told by [`EventPattern::warnings`]. SNS filter policies are made of the same
//! tests of one value: [`ValueTest`].
//!
//! Where the rules come from, and what is not known about AWS and was chosen here, is told statement by statement
//! in `LANGUAGE.md` beside this crate. No I/O, no clock, no global state.

mod absence;
mod address;
mod complexity;
mod consistency;
mod display;
mod error;
mod evaluate;
mod hint;
mod ignore_case;
mod number;
mod parse;
mod required;
mod syntax;
mod token;
mod warnings;
mod wildcard;

pub use address::Cidr;
pub use error::Error;
pub use ignore_case::IgnoreCase;
pub use number::Number;
pub use parse::{MAX_BRANCHES, MAX_FIELDS, MAX_LENGTH};
pub use syntax::{AnythingBut, Bound, Branch, EventPattern, Field, Range, Scalar, Test, ValueTest};
pub use wildcard::Wildcard;

/// The README's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
