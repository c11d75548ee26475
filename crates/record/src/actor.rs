//! Who acted.

use trailbell_text::Untrusted;

/// Who acted, told apart as a person would ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What sort of principal.
    pub kind: ActorKind,
    /// The human name first: `alice`, the session name of a role (an e-mail in Identity Center's case), the
    /// service's DNS name. Empty where the record has none (AWS hides names that do not exist).
    pub name: Untrusted,
    /// `userIdentity.arn`.
    pub arn: Option<Untrusted>,
    /// The account the principal belongs to (`userIdentity.accountId`), which may not be the record's account.
    pub account: Option<Untrusted>,
    /// The principal's unique id (`AIDA...`, `AROA...:session`), which survives a rename.
    pub principal_id: Option<Untrusted>,
    /// The role's name, for sessions of a role (issuer's `userName`).
    pub role: Option<Untrusted>,
    /// What it was done with.
    pub credential: Credential,
}

/// The sorts of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    IamUser,
    /// A session of a role (not Identity Center's, not a web or SAML identity's own call).
    AssumedRole,
    /// Somebody let in by SAML, by a web identity, or by GetFederationToken.
    FederatedUser,
    /// A person of IAM Identity Center: an `AWSReservedSSO_*` role session or an `IdentityCenterUser`.
    IdentityCenterUser,
    /// An AWS service acting for itself or for the account.
    AwsService,
    /// Another AWS account.
    OutsideAccount,
    /// The record does not say, or says something new.
    Unknown,
}

impl ActorKind {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::IamUser => "iam-user",
            Self::AssumedRole => "assumed-role",
            Self::FederatedUser => "federated-user",
            Self::IdentityCenterUser => "identity-center-user",
            Self::AwsService => "aws-service",
            Self::OutsideAccount => "outside-account",
            Self::Unknown => "unknown",
        }
    }
}

/// What an action was done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A long-lived access key (`AKIA...`), whole.
    AccessKey(Untrusted),
    /// A console session (a sign-in, or `sessionCredentialFromConsole`), with its temporary key where known.
    ConsoleSession(Option<Untrusted>),
    /// Temporary credentials (`ASIA...`) of a role or federated session.
    TemporarySession(Option<Untrusted>),
    /// AWS's own.
    Service,
    /// The record does not say.
    Unknown,
}
