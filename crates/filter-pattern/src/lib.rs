//! CloudWatch Logs filter patterns: the language of metric filters, subscription filters, `FilterLogEvents` and
//! `TestMetricFilter`, with exactly the meaning AWS gives it.
//!
//! [`Pattern::parse`] reads a pattern into a public syntax tree and refuses what AWS refuses, in AWS's words, with
//! the place and a hint. Regular expressions are compiled while reading, so the tree *is* what is matched with.
//!
//! ```
//! use trailbell_filter_pattern::Pattern;
//!
//! let pattern = Pattern::parse(r#"{ $.eventName = CreateUser && $.sourceIPAddress != 10.* }"#)?;
//! assert!(pattern.matches_message(r#"{"eventName":"CreateUser","sourceIPAddress":"203.0.113.7"}"#));
//! // A comparison never holds of a field that is not there, `!=` included.
//! assert!(!pattern.matches_message(r#"{"eventName":"CreateUser"}"#));
//!
//! let line = r#"203.0.113.7 - frank [10/Oct/2000:13:25:15 -0700] "GET / HTTP/1.0" 404 1534"#;
//! let pattern = Pattern::parse("[ip, ..., status = 4*, bytes]")?;
//! assert!(pattern.extract(line).unwrap().contains(&("$status".to_owned(), "404")));
//!
//! let error = Pattern::parse("{ $.eventType = “AwsConsoleSignIn” }").unwrap_err();
//! assert_eq!(error.to_string(), "Invalid character(s) in term '“'");
//! assert!(error.diagnostic().hint.as_deref().unwrap().contains("straight"));
//! # Ok::<(), trailbell_filter_pattern::Error>(())
//! ```
//!
//! A program that has read its events already asks [`Pattern::matches`], through the small trait [`Value`]. One that
//! holds many patterns asks [`Pattern::required_values`] which events each can match at all.
//!
//! What AWS accepts and few people mean is told by [`Pattern::warnings`]:
//!
//! ```
//! use trailbell_filter_pattern::Pattern;
//!
//! let pattern = Pattern::parse("{ $.eventName = x || $.errorCode = Denied && $.userAgent != probe }")?;
//! let said: Vec<String> = pattern.warnings(&[]).into_iter().map(|warning| warning.message).collect();
//! assert!(said[0].contains("&& binds more tightly") && said[1].contains("!= never holds of an event without"));
//! # Ok::<(), trailbell_filter_pattern::Error>(())
//! ```
//!
//! Where the rules come from, and what is not known about AWS and was chosen here, is told statement by statement
//! in `LANGUAGE.md` beside this crate. No I/O, no clock, no global state.

mod always;
mod choices;
mod contradiction;
mod decimal;
mod display;
mod error;
mod evaluate;
mod fields;
mod hint;
mod implication;
mod never;
mod parse;
mod redundant;
mod regex;
#[cfg(test)]
mod regex_tests;
mod required;
mod syntax;
mod terms;
mod token;
mod value;
mod warnings;

pub use error::Error;
pub use parse::MAX_LENGTH;
pub use regex::Regex;
pub use syntax::{
    Expression, Field, FieldCondition, JsonCondition, JsonPattern, JsonTest, Literal, Operand, Order,
    Pattern, Role, Selector, SpaceDelimited, Step, Term, TermText, ValueTest, Wildcard,
};
pub use value::{Shape, Value};

/// The README's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
