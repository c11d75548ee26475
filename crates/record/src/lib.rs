//! CloudTrail: the forms it comes in, the record, who acted, on what, and how it ended.
//!
//! - reading: bytes of any form CloudTrail is delivered in -> single events (`read`, `form`, `gzip`, `scan`);
//! - understanding: one event -> [`Record`], its [`Actor`], its [`SignIn`] or [`Operation`], its [`Outcome`].
//!
//! What the fields mean is AWS's own documentation of record contents plus what real recordings show; where
//! the two differ the comment at the place says so.

mod actor;
mod behind;
mod change;
mod form;
mod grant_texts;
mod gzip;
mod history_csv;
mod log_events;
mod operation;
mod outcome;
mod policy_edit;
mod read;
mod record;
mod scan;
mod session_grant;
mod sign_in;
mod target;

pub use actor::{Actor, ActorKind, Credential};
pub use behind::{Behind, Hop, How, Sure};
pub use change::{Change, Through};
pub use grant_texts::{GrantTexts, Picked, PlainCaller};
pub use operation::Operation;
pub use policy_edit::{Edit, PolicyEdit, PolicySeen};
pub use read::{
    Contents, Event, Glance, Limits, MOST_KEYS, Position, Problem, Reader, Seen, Sink, Skipped, can_be_key,
};
pub use record::{EventIdentity, Record, service_of};
pub use session_grant::{GrantWay, SessionGrant};
pub use sign_in::{Mfa, Opened, RoleSwitch, SignIn, Step, Way};
pub use target::{Target, TargetKind};
pub use trailbell_text::Outcome;
