//! What a person is told: one sentence, the facts in a fixed order, what is unusual, what to do now.
//!
//! [`Facts`] (one event, understood) and a [`Reader`] (language, zone, account names) make a [`Notice`], which
//! is plain data. Its [`Page`] is what one message shows; [`render`] turns that into text for a terminal, plain
//! text, HTML or a whole mail, and the notice itself into JSON. How a
//! notice is sent and where its facts come from is not this crate's matter. It reads no clock: without
//! [`Facts::told_at`] no delay is shown.
//!
//! A [`Bulletin`] is what else there is to say (a digest, "I cannot hear"); it makes a page too.
//!
//! Three rules hold everywhere here. A notice never claims what the record does not say; what is not known is
//! left out, not filled. Every value of a record is [`trailbell_text::Untrusted`] until a renderer escapes it.
//! And advice must not be able to hurt: see [`Advice`].
//!
//! ```
//! use trailbell_json::Json;
//! use trailbell_notice::{Facts, Lang, Notice, Reader, Rule, What, render};
//! use trailbell_record::{Actor, Change, Record};
//! use trailbell_text::{Kind, Outcome, Severity};
//!
//! let record = Record::new(Json::parse(r#"{
//!     "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventID": "e-1",
//!     "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": "123456789012"},
//!     "requestParameters": {"userName": "bob"}, "recipientAccountId": "123456789012"
//! }"#)?);
//! let actor = Actor::of(&record);
//! let change = Change::of(&record, &actor, Outcome::Success).ok_or("no change")?;
//! let facts = Facts {
//!     record: &record,
//!     actor: &actor,
//!     outcome: Outcome::Success,
//!     what: What::Change(&change),
//!     kind: Kind::IamChange,
//!     severity: Severity::Medium,
//!     rules: vec![Rule { name: "iam-change".into(), title: None, sigma: None }],
//!     behind: None,
//!     comparison: None,
//!     folded: Vec::new(),
//!     earlier_policy: None,
//!     named_policy: None,
//!     told_at: None,
//! };
//! let text = render::plain(&Notice::new(&facts, &Reader::new(Lang::En)).page());
//! assert!(text.starts_with("MEDIUM: alice created IAM user bob."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod advice;
mod allows;
mod behind;
mod bulletin;
mod changed;
mod client;
mod comparison;
mod console;
mod correlation;
mod facts;
mod grants;
mod headline;
mod known;
mod lang;
mod network;
mod notice;
mod page;
mod regions;
pub mod render;
mod template;
mod threads;
mod time;
mod to_page;
mod words;

pub use advice::{Advice, CommandLine, Purpose, Step, When};
pub use bulletin::{Behind, Bulletin, ItemChange, Line, Ringing, Rung, Terms, WentOff};
pub use client::Client;
pub use correlation::{Correlated, CountedWhat};
pub use facts::{Account, Comparison, Facts, Folded, Reader, Rule, SigmaRule, What};
pub use headline::{headline, headlines};
pub use lang::Lang;
pub use notice::{Fact, FactName, Notice};
pub use page::{Item, Page, Row};
pub use threads::{gathered, session_start};
pub use trailbell_network::{Network, Networks, distance_km};
