//! Who is behind temporary credentials: plain data, found out by whoever saw them handed out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::Untrusted;

use crate::ActorKind;

/// Who is behind a role's session or other temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// Who, as notices name people.
    pub name: Untrusted,
    /// What sort of principal; a program is told by [`How`].
    pub kind: ActorKind,
    /// Whose account that is.
    pub account: Option<Untrusted>,
    /// Its ARN, where known.
    pub arn: Option<Untrusted>,
    /// The roles from the one that acted back to the person, each taken with the next one's credentials. Empty where no role was taken.
    pub chain: Vec<Hop>,
    /// How it is known.
    pub how: How,
    /// How sure it is.
    pub sure: Sure,
    /// When the credentials that acted were handed out, where that was seen.
    pub at: Option<Timestamp>,
}

/// A role that was taken on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The role's name.
    pub role: Untrusted,
    /// Its account.
    pub account: Option<Untrusted>,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The record that handed out the key that was used says who asked for it.
    KeyIssued,
    /// The session carries a `sourceIdentity`.
    SourceIdentity,
    /// The console's record of the role switch says who switched.
    RoleSwitch,
    /// Identity Center names its sessions after the person.
    IdentityCenter,
    /// The session is called so, which its taker chose.
    SessionName,
    /// An outside identity provider says so.
    Federated,
    /// It is a program: an instance, a function, a pipeline.
    Machine,
}

impl How {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::KeyIssued => "key-issued",
            Self::SourceIdentity => "source-identity",
            Self::RoleSwitch => "role-switch",
            Self::IdentityCenter => "identity-center",
            Self::SessionName => "session-name",
            Self::Federated => "federated",
            Self::Machine => "machine",
        }
    }
}

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// Whoever acted says so themselves.
    Claimed,
    /// It is so unless somebody took pains to make it look so.
    Likely,
    /// AWS's own records say so.
    Certain,
}

impl Sure {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}
