//! What a change does to a policy: which one, and whether a text, one of its versions, or nothing is in force afterwards.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{Outcome, Untrusted};

use crate::{Change, EventIdentity, Operation, Record, TargetKind};

/// A policy was made, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyEdit {
    /// The policy: the same for every edit of it.
    pub policy: String,
    /// When.
    pub at: Timestamp,
    /// The event, as [`Record::identity`] tells it from others.
    pub event: String,
    /// Its `eventID`, by which a person finds it.
    pub event_id: Option<Untrusted>,
    /// What was done.
    pub edit: Edit,
}

/// What was done to a policy. Texts are as they stand in the record; `None` where it has none (CloudTrail leaves out what is too long).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// It was made; there was none.
    Made {
        /// Its text.
        text: Option<String>,
        /// What its first version is called.
        version: Option<Untrusted>,
    },
    /// An inline policy or a trust policy has this text now, whether or not there was one.
    Put {
        /// Its text.
        text: Option<String>,
    },
    /// A managed policy has one more version.
    Version {
        /// Its text.
        text: Option<String>,
        /// What it is called.
        version: Option<Untrusted>,
        /// Whether it is in force at once.
        in_force: bool,
    },
    /// Another of its versions is in force.
    InForce {
        /// Which.
        version: Option<Untrusted>,
    },
    /// It is gone.
    Gone,
}

/// A policy as it was seen earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySeen {
    /// Its text, where that was seen.
    pub text: Option<String>,
    /// What the version is called, for a managed policy.
    pub version: Option<Untrusted>,
    /// The event that has the text, or put the version in force.
    pub event_id: Option<Untrusted>,
    /// The time of that event.
    pub at: Timestamp,
}

impl PolicyEdit {
    /// What a change that succeeded did to a policy; `None` where it did nothing to one's text.
    pub fn of(record: &Record, change: &Change, outcome: Outcome) -> Option<Self> {
        use Operation as O;
        if outcome != Outcome::Success {
            return None;
        }
        let text = || change.document().map(str::to_owned);
        let version = change.value("version");
        let (policy, edit) = match change.operation {
            O::PutInlinePolicy | O::RevokeSessions => (inline(record, change)?, Edit::Put { text: text() }),
            O::DeleteInlinePolicy => (inline(record, change)?, Edit::Gone),
            O::CreateRole => (trust(record, change)?, Edit::Made { text: text(), version: None }),
            O::UpdateAssumeRolePolicy => (trust(record, change)?, Edit::Put { text: text() }),
            O::CreatePolicy => (managed(change)?, Edit::Made { text: text(), version }),
            O::ChangePolicy => (managed(change)?, Edit::Version { text: text(), version, in_force: true }),
            O::CreatePolicyVersion => {
                (managed(change)?, Edit::Version { text: text(), version, in_force: false })
            }
            O::SetDefaultPolicyVersion => (managed(change)?, Edit::InForce { version }),
            O::DeleteEntity if change.target.kind == TargetKind::Policy => (managed(change)?, Edit::Gone),
            O::DeleteEntity if change.target.kind == TargetKind::Role => (trust(record, change)?, Edit::Gone),
            O::ChangePermissionSet => {
                let set = change.value("ps_arn")?;
                let edit = match record.event_name() {
                    "PutInlinePolicyToPermissionSet" => Edit::Put { text: text() },
                    "DeleteInlinePolicyFromPermissionSet" | "DeletePermissionSet" => Edit::Gone,
                    _ => return None,
                };
                (format!("permission-set/{}", set.raw()), edit)
            }
            _ => return None,
        };
        let event = match record.identity() {
            EventIdentity::Event(account, event) => format!("{account}/{event}"),
            EventIdentity::Content(content) => format!("{content:032x}"),
        };
        let event_id = record.event_id().map(Untrusted::from);
        Some(Self { policy, at: record.event_time()?, event, event_id, edit })
    }

    /// The managed policy that is attached: its text is in no record of that.
    pub fn attached_by(change: &Change) -> Option<String> {
        (change.operation == Operation::AttachPolicy).then(|| managed(change))?
    }
}

/// An inline policy has a name only together with whom it is on.
fn inline(record: &Record, change: &Change) -> Option<String> {
    let (target, policy) = (change.value("target")?, change.value("policy")?);
    Some(format!("{}/{}/{}/{}", record.account()?, change.target.kind.word(), target.raw(), policy.raw()))
}

fn trust(record: &Record, change: &Change) -> Option<String> {
    Some(format!("{}/trust/{}", record.account()?, change.value("target")?.raw()))
}

fn managed(change: &Change) -> Option<String> {
    let arn = change.value("policy_arn")?;
    arn.raw().starts_with("arn:").then(|| arn.raw().to_owned())
}
