//! What policies said before they were changed. AWS overwrites an inline policy and a trust policy without a word, and the record of
//! another version put in force names it without its text.
//!
//! [`PolicyVersions`] is told of every edit ([`PolicyVersions::learn`]), in whatever order those arrive, and asked what was in force before one
//! ([`PolicyVersions::before`]), and what a policy that is only named says ([`PolicyVersions::named`]). Nothing is made up: where an edit in between
//! had no text, the text before it is unknown.
//!
//! ```
//! use trailbell_json::Json;
//! use trailbell_policy_versions::PolicyVersions;
//! use trailbell_record::{Actor, Change, Outcome, PolicyEdit, Record};
//!
//! let edit = |id: &str, time: &str, action: &str| {
//!     let record = Record::new(Json::parse(&format!(r#"{{"eventID": "{id}", "eventSource": "iam.amazonaws.com", "eventName": "PutUserPolicy", "eventTime": "{time}",
//!         "userIdentity": {{"type": "IAMUser", "userName": "alice", "accountId": "123456789012"}},
//!         "requestParameters": {{"userName": "bob", "policyName": "x", "policyDocument":
//!             "{{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"}}]}}"}}}}"#)).unwrap());
//!     let change = Change::of(&record, &Actor::of(&record), Outcome::Success).unwrap();
//!     PolicyEdit::of(&record, &change, Outcome::Success).unwrap()
//! };
//! let first = edit("e1", "2026-11-23T12:00:00Z", "s3:GetObject");
//! let second = edit("e2", "2026-11-24T12:00:00Z", "s3:*");
//! let mut versions = PolicyVersions::default();
//! versions.learn(&first);
//! versions.learn(&second);
//! assert!(versions.before(&second).unwrap().text.unwrap().contains("s3:GetObject"));
//! assert_eq!(versions.before(&first), None);
//! ```

mod policy_versions;

pub use policy_versions::PolicyVersions;
