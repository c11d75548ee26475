//! An SNS topic as its publishers and subscribers see it, without a network: what `Publish` accepts ([`Publish`]), who
//! gets it ([`FilterPolicy`]), and the very text each of them gets ([`Notification`]).
//!
//! ```
//! use trailbell_sns::{FilterPolicy, Notification, Protocol, Publish, Scope, Subscription};
//!
//! let message = Publish {
//!     subject: Some("ALARM".to_owned()),
//!     message: r#"{"NewStateValue": "ALARM"}"#.to_owned(),
//!     ..Publish::default()
//! }
//! .accept(trailbell_sns::DEFAULT_MESSAGE_SIZE)?;
//!
//! // An alarm's message has no attributes, so only its body can be filtered by.
//! let policy = FilterPolicy::parse(r#"{"NewStateValue": ["ALARM"]}"#, Scope::MessageBody)?;
//! assert!(policy.accepts(&message, Protocol::Email));
//!
//! let topic = "arn:aws:sns:eu-central-1:123456789012:alarms";
//! let notification = Notification {
//!     message: &message,
//!     message_id: "11111111-2222-3333-4444-555555555555",
//!     topic_arn: topic,
//!     timestamp: "2026-09-14T11:18:44.401Z",
//!     signature: None,
//! };
//! let to = Subscription {
//!     arn: "arn:aws:sns:eu-central-1:123456789012:alarms:6666",
//!     protocol: Protocol::Email,
//!     endpoint: "ops@example.com",
//!     raw: false,
//! };
//! let email = notification.email(&to, None);
//! assert_eq!(email.subject, "ALARM");
//! assert!(email.body.contains("unsubscribe.html?SubscriptionArn=arn:aws:sns:eu-central-1"));
//! # Ok::<(), trailbell_sns::Error>(())
//! ```
//!
//! How each rule is known: recorded from AWS where the shared conformance cases have it, AWS's documentation otherwise;
//! what is neither is marked "chosen" where it stands. Signing and sending are the caller's.

mod arn;
mod attribute;
mod confirmation;
mod email;
mod envelope;
mod error;
mod filter_policy;
mod http;
mod notification;
mod protocol;
mod publish;
mod structure;

pub use attribute::Attribute;
pub use confirmation::Confirmation;
pub use email::Email;
pub use envelope::Signature;
pub use error::Error;
pub use filter_policy::{FilterPolicy, MAX_COMBINATIONS, MAX_KEYS, Scope};
pub use notification::{Notification, Subscription};
pub use protocol::Protocol;
pub use publish::{DEFAULT_MESSAGE_SIZE, LARGEST_MESSAGE_SIZE, MAX_SUBJECT, Message, Publish};
