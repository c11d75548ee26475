//! Who is behind temporary credentials: a role's session says which role acted, and a name that its taker chose.
//!
//! AWS records who asked for each set of credentials, with the access key that was handed out; what is done with them later carries that key.
//! [`Sessions`] is told what was handed out ([`Sessions::learn`]) and asked who acted ([`Sessions::behind`]), through any number of roles taken one
//! from another, across accounts where both accounts' records are seen, in whatever order those arrive. Where no such record was seen, what the
//! session itself says counts for what it is worth ([`trailbell_record::Sure`]).
//!
//! ```
//! use trailbell_json::Json;
//! use trailbell_record::{Actor, Record, SessionGrant, Sure};
//! use trailbell_session::Sessions;
//!
//! let record = |text: &str| Record::new(Json::parse(text).unwrap());
//! let taken = record(r#"{"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "eventTime": "2026-11-23T12:00:00Z",
//!     "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": "210987654321", "arn": "arn:aws:iam::210987654321:user/alice"},
//!     "requestParameters": {"roleArn": "arn:aws:iam::123456789012:role/Admin", "roleSessionName": "work"},
//!     "responseElements": {"credentials": {"accessKeyId": "ASIAEXAMPLE", "expiration": "Nov 23, 2026, 1:00:00 PM"}}}"#);
//! let mut sessions = Sessions::default();
//! let grant = SessionGrant::of(&taken).unwrap();
//! sessions.learn(&grant, grant.at);
//!
//! let acted = record(r#"{"eventTime": "2026-11-23T12:05:00Z", "userIdentity": {"type": "AssumedRole", "accountId": "123456789012",
//!     "accessKeyId": "ASIAEXAMPLE", "arn": "arn:aws:sts::123456789012:assumed-role/Admin/work"}}"#);
//! let behind = sessions.behind(&acted, &Actor::of(&acted)).unwrap();
//! assert_eq!((behind.name.raw(), behind.sure), ("alice", Sure::Certain));
//! ```

mod machine;
mod sessions;

pub use sessions::Sessions;
