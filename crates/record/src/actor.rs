//! Who acted.

use serde::{Deserialize, Serialize};
use trailbell_text::Untrusted;

use crate::Record;

/// What AWS writes in place of what could be a secret, such as a user name that does not exist: people type
/// passwords into the wrong box.
pub(crate) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// How Identity Center names the roles it makes: `AWSReservedSSO_<permission set>_<16 hex digits>`.
pub(crate) const RESERVED_SSO: &str = "AWSReservedSSO_";

/// Who acted, told apart as a person would ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The ARN of what the session comes from: the role, or the IAM user behind `GetFederationToken`.
    pub issuer_arn: Option<Untrusted>,
    /// What it was done with.
    pub credential: Credential,
}

/// The sorts of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    IamUser,
    /// A session of a role (not Identity Center's, not a web or SAML identity's own call).
    AssumedRole,
    /// Somebody let in by SAML, by a web identity, or by `GetFederationToken`.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

impl Actor {
    /// Who acted, as far as the record says.
    pub fn of(record: &Record) -> Self {
        let text = |key: &str| record.text(&["userIdentity", key]);
        // Old records of Identity Center have the account's id there, which is everybody's.
        let principal_id = text("principalId").filter(|id| Some(*id) != text("accountId"));
        let session = Session::of(record);
        let kind = kind(record, session.role);
        let name = match kind {
            ActorKind::Root => Some("root"),
            ActorKind::AssumedRole => session.name.or(text("userName")),
            ActorKind::FederatedUser => text("userName").or(session.name).or(principal_id),
            ActorKind::IdentityCenterUser if session.role.is_some() => session.name,
            ActorKind::IdentityCenterUser => text("userName")
                .or_else(|| record.text(&["additionalEventData", "UserName"]))
                .or_else(|| record.text(&["userIdentity", "onBehalfOf", "userId"]))
                .or(principal_id),
            ActorKind::AwsService => text("invokedBy").or(Some(record.event_source())),
            ActorKind::IamUser => text("userName").or_else(|| last_part(text("arn"))).or(principal_id),
            ActorKind::OutsideAccount => text("userName")
                .or(session.name)
                .or_else(|| last_part(text("arn")))
                .or(principal_id)
                .or(text("accountId")),
            ActorKind::Unknown => text("userName").or_else(|| last_part(text("arn"))).or(principal_id),
        };
        Self {
            kind,
            name: name.filter(|name| *name != HIDDEN).map(Untrusted::from).unwrap_or_default(),
            arn: text("arn").map(Untrusted::from),
            account: text("accountId").map(Untrusted::from),
            principal_id: record
                .text(&["userIdentity", "onBehalfOf", "userId"])
                .or(principal_id)
                .map(Untrusted::from),
            role: session.role.map(Untrusted::from),
            issuer_arn: session.issuer_arn.map(Untrusted::from),
            credential: Credential::of(record, kind),
        }
    }

    /// A text that is the same for every record of the same principal of the same account, also after a
    /// rename; `None` where the record names nobody.
    pub fn key(&self) -> Option<String> {
        let account = self.account.as_ref().map(Untrusted::raw).unwrap_or_default();
        match (self.kind, &self.principal_id) {
            (ActorKind::Root, _) => Some(format!("{account}/root")),
            (_, Some(id)) => Some(format!("{account}/{}", id.raw())),
            (_, None) if self.name.is_empty() => None,
            (kind, None) => Some(format!("{account}/{}/{}", kind.word(), self.name.raw())),
        }
    }

    /// Whether both are the same principal, as far as their records can tell.
    pub fn same_principal(&self, other: &Self) -> bool {
        self.key().is_some_and(|key| other.key().is_some_and(|other| key == other))
    }

    /// The permission set of an Identity Center session: `AWSReservedSSO_Admins_0123456789abcdef` -> `Admins`.
    pub fn permission_set(&self) -> Option<Untrusted> {
        let name = self.role.as_ref()?.raw().strip_prefix(RESERVED_SSO)?;
        Some(Untrusted::from(name.rsplit_once('_').map_or(name, |(set, _)| set)))
    }
}

/// What a session's record says of where it comes from.
struct Session<'a> {
    name: Option<&'a str>,
    role: Option<&'a str>,
    issuer_arn: Option<&'a str>,
}

impl<'a> Session<'a> {
    fn of(record: &'a Record) -> Self {
        let issuer = |key: &str| record.text(&["userIdentity", "sessionContext", "sessionIssuer", key]);
        let arn = record.text(&["userIdentity", "arn"]);
        // `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION`, `...:federated-user/NAME`.
        let mut parts =
            arn.and_then(|arn| arn.split_once(":assumed-role/")).map(|(_, path)| path.rsplitn(2, '/'));
        let (session, role) = parts.as_mut().map_or((None, None), |parts| (parts.next(), parts.next()));
        let principal = record.text(&["userIdentity", "principalId"]).and_then(|id| id.split_once(':'));
        let issued_by_role = issuer("type").is_none_or(|kind| kind == "Role");
        Self {
            name: principal.map(|(_, name)| name).filter(|name| !name.is_empty()).or(session),
            role: issuer("userName").filter(|_| issued_by_role).or(role),
            issuer_arn: issuer("arn"),
        }
    }
}

fn kind(record: &Record, role: Option<&str>) -> ActorKind {
    let account = record.text(&["userIdentity", "accountId"]);
    let recipient = record.text(&["recipientAccountId"]);
    let outside = account.zip(recipient).is_some_and(|(account, recipient)| account != recipient);
    let of_identity_center = role.is_some_and(|role| role.starts_with(RESERVED_SSO));
    let on_behalf = record.text(&["userIdentity", "onBehalfOf", "userId"]).is_some();
    match record.text(&["userIdentity", "type"]).unwrap_or_default() {
        "IdentityCenterUser" => ActorKind::IdentityCenterUser,
        "AWSService" => ActorKind::AwsService,
        "AWSAccount" if outside || recipient.is_none() => ActorKind::OutsideAccount,
        "Root" | "IAMUser" | "AssumedRole" | "FederatedUser" | "SAMLUser" | "WebIdentityUser" if outside => {
            ActorKind::OutsideAccount
        }
        "Root" => ActorKind::Root,
        "IAMUser" => ActorKind::IamUser,
        "AssumedRole" if of_identity_center => ActorKind::IdentityCenterUser,
        "AssumedRole" => ActorKind::AssumedRole,
        "FederatedUser" | "SAMLUser" | "WebIdentityUser" => ActorKind::FederatedUser,
        // Until July 2025 people of Identity Center had no type of their own.
        "Unknown" if on_behalf || speaks_for_identity_center(record) => ActorKind::IdentityCenterUser,
        // An Event history download has no types, but only users (and root, which it names) have such keys.
        "" if record.access_key_id().is_some_and(|key| key.starts_with("AKIA")) => ActorKind::IamUser,
        "" if record.text(&["userIdentity", "invokedBy"]).is_some()
            || record.event_type().eq_ignore_ascii_case("AwsServiceEvent") =>
        {
            ActorKind::AwsService
        }
        _ => ActorKind::Unknown,
    }
}

/// Events of Identity Center's portal and directory.
fn speaks_for_identity_center(record: &Record) -> bool {
    match record.service() {
        "sso" | "sso-directory" | "identitystore" => true,
        "signin" => matches!(
            record.event_name(),
            "UserAuthentication" | "CredentialChallenge" | "CredentialVerification"
        ),
        _ => false,
    }
}

fn last_part(arn: Option<&str>) -> Option<&str> {
    arn?.rsplit(['/', ':']).next().filter(|part| !part.is_empty())
}

impl Credential {
    fn of(record: &Record, kind: ActorKind) -> Self {
        let key = record.access_key_id().map(Untrusted::from);
        let from_console = record.text(&["sessionCredentialFromConsole"]) == Some("true")
            // The console's own calls on somebody's behalf; not to be had by setting a user agent.
            || record.text(&["userIdentity", "invokedBy"]) == Some("signin.amazonaws.com");
        let signs_in = record.event_type().eq_ignore_ascii_case("AwsConsoleSignIn");
        match key {
            _ if kind == ActorKind::AwsService => Self::Service,
            key if from_console || signs_in => Self::ConsoleSession(key),
            Some(key) if key.raw().starts_with("AKIA") => Self::AccessKey(key),
            Some(key) if key.raw().starts_with("ASIA") => Self::TemporarySession(Some(key)),
            _ if record.json().at(&["userIdentity", "sessionContext", "sessionIssuer", "arn"]).is_some() => {
                Self::TemporarySession(None)
            }
            _ => Self::Unknown,
        }
    }

    /// The access key's id, where known.
    pub const fn access_key_id(&self) -> Option<&Untrusted> {
        match self {
            Self::AccessKey(id) => Some(id),
            Self::ConsoleSession(id) | Self::TemporarySession(id) => id.as_ref(),
            Self::Service | Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use trailbell_json::Json;

    use super::*;

    fn actor(fields: &str) -> Actor {
        Actor::of(&Record::new(Json::parse(&format!("{{{fields}}}")).unwrap()))
    }

    /// Each identity AWS documents, or that was recorded: kind, name, role.
    #[test]
    fn everybody_is_told_apart() {
        let role = r#""sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::123456789012:role/Admin","userName":"Admin"}}"#;
        let reserved = r#""sessionContext":{"sessionIssuer":{"type":"Role","userName":"AWSReservedSSO_Power_Users_0123456789abcdef"}}"#;
        let cases: &[(&str, ActorKind, &str, Option<&str>)] = &[
            (
                r#""recipientAccountId":"123456789012","userIdentity":{"type":"Root","accountId":"123456789012","userName":"my-alias"}"#,
                ActorKind::Root,
                "root",
                None,
            ),
            (r#""userIdentity":{"type":"IAMUser","userName":"alice"}"#, ActorKind::IamUser, "alice", None),
            (
                r#""userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/dev/alice"}"#,
                ActorKind::IamUser,
                "alice",
                None,
            ),
            (
                r#""userIdentity":{"type":"IAMUser","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
                ActorKind::IamUser,
                "",
                None,
            ),
            (
                &format!(r#""userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:bob",{role}}}"#),
                ActorKind::AssumedRole,
                "bob",
                Some("Admin"),
            ),
            (
                r#""userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/Admin/bob"}"#,
                ActorKind::AssumedRole,
                "bob",
                Some("Admin"),
            ),
            (
                &format!(
                    r#""userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:c@example.com",{reserved}}}"#
                ),
                ActorKind::IdentityCenterUser,
                "c@example.com",
                Some("AWSReservedSSO_Power_Users_0123456789abcdef"),
            ),
            (
                r#""userIdentity":{"type":"IdentityCenterUser","onBehalfOf":{"userId":"544894e8-80c1","identityStoreArn":"arn:aws:identitystore::123456789012:identitystore/d-1"}}"#,
                ActorKind::IdentityCenterUser,
                "544894e8-80c1",
                None,
            ),
            (
                r#""eventSource":"sso.amazonaws.com","userIdentity":{"type":"Unknown","principalId":"123456789012","userName":"carol"}"#,
                ActorKind::IdentityCenterUser,
                "carol",
                None,
            ),
            (
                r#""userIdentity":{"type":"FederatedUser","principalId":"123456789012:helper","sessionContext":{"sessionIssuer":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/alice","userName":"alice"}}}"#,
                ActorKind::FederatedUser,
                "helper",
                None,
            ),
            (
                r#""userIdentity":{"type":"SAMLUser","principalId":"x=:dave","userName":"dave"}"#,
                ActorKind::FederatedUser,
                "dave",
                None,
            ),
            (
                r#""userIdentity":{"type":"WebIdentityUser","userName":"repo:example/app"}"#,
                ActorKind::FederatedUser,
                "repo:example/app",
                None,
            ),
            (
                r#""userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#,
                ActorKind::AwsService,
                "ec2.amazonaws.com",
                None,
            ),
            (
                r#""userIdentity":{"accountId":"123456789012","invokedBy":"secretsmanager.amazonaws.com"}"#,
                ActorKind::AwsService,
                "secretsmanager.amazonaws.com",
                None,
            ),
            (
                r#""recipientAccountId":"123456789012","userIdentity":{"type":"AWSAccount","accountId":"210987654321","principalId":"AIDAEXAMPLE"}"#,
                ActorKind::OutsideAccount,
                "AIDAEXAMPLE",
                None,
            ),
            (
                r#""recipientAccountId":"123456789012","userIdentity":{"type":"Root","accountId":"210987654321","arn":"arn:aws:iam::210987654321:root"}"#,
                ActorKind::OutsideAccount,
                "root",
                None,
            ),
            (
                r#""userIdentity":{"userName":"alice","accessKeyId":"AKIAEXAMPLE"}"#,
                ActorKind::IamUser,
                "alice",
                None,
            ),
            (r#""userIdentity":{"type":"Directory"}"#, ActorKind::Unknown, "", None),
            (r#""userIdentity":null"#, ActorKind::Unknown, "", None),
        ];
        for (fields, kind, name, role) in cases {
            let actor = actor(fields);
            assert_eq!(
                (actor.kind, actor.name.raw(), actor.role.as_ref().map(Untrusted::raw)),
                (*kind, *name, *role),
                "{fields}"
            );
        }
    }

    #[test]
    fn the_accounts_id_is_nobodys() {
        let person = |name: &str| {
            actor(&format!(
                r#""eventSource":"sso.amazonaws.com","userIdentity":{{"type":"Unknown","principalId":"123456789012","accountId":"123456789012","userName":"{name}"}}"#
            ))
        };
        assert!(person("carol").same_principal(&person("carol")));
        assert!(!person("carol").same_principal(&person("dave")));
    }

    #[test]
    fn a_permission_set_is_read_from_its_role() {
        let actor = actor(
            r#""userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Power_Users_0123456789abcdef/c@example.com"}"#,
        );
        assert_eq!(actor.permission_set().unwrap().raw(), "Power_Users");
    }

    #[test]
    fn the_credential_is_told_by_its_key_and_by_what_aws_says() {
        let key = |fields: &str| actor(&format!(r#"{fields}"eventVersion":"1.11""#)).credential;
        assert_eq!(
            key(r#""userIdentity":{"type":"IAMUser","accessKeyId":"AKIAEXAMPLE"},"#),
            Credential::AccessKey("AKIAEXAMPLE".into())
        );
        assert_eq!(
            key(
                r#""sessionCredentialFromConsole":"true","userIdentity":{"type":"IAMUser","accessKeyId":"ASIAEXAMPLE"},"#
            ),
            Credential::ConsoleSession(Some("ASIAEXAMPLE".into()))
        );
        assert_eq!(
            key(r#""userIdentity":{"type":"AssumedRole","accessKeyId":"ASIAEXAMPLE"},"#),
            Credential::TemporarySession(Some("ASIAEXAMPLE".into()))
        );
        assert_eq!(
            key(r#""eventType":"AwsConsoleSignIn","userIdentity":{"type":"Root"},"#),
            Credential::ConsoleSession(None)
        );
        assert_eq!(
            key(r#""userIdentity":{"type":"AWSService","accessKeyId":"ASIAEXAMPLE"},"#),
            Credential::Service
        );
        assert_eq!(key(r#""userIdentity":{"type":"IAMUser","accessKeyId":""},"#), Credential::Unknown);
    }

    #[test]
    fn a_principal_is_the_same_after_a_rename_and_nobody_is_nobody() {
        let alice = actor(
            r#""userIdentity":{"type":"IAMUser","accountId":"1","principalId":"AIDAEXAMPLE","userName":"alice"}"#,
        );
        let renamed = actor(
            r#""userIdentity":{"type":"IAMUser","accountId":"1","principalId":"AIDAEXAMPLE","userName":"al"}"#,
        );
        let hidden = actor(
            r#""userIdentity":{"type":"IAMUser","accountId":"1","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        );
        assert!(alice.same_principal(&renamed));
        assert!(!hidden.same_principal(&hidden));
    }
}
