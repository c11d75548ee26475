//! Whom or what a change changes. It is not always among the request's parameters.

use trailbell_json::Json;
use trailbell_text::{Outcome, Untrusted};

use crate::change::{found, last_part, resource};
use crate::{Actor, ActorKind, Operation, Record};

/// Whom or what a change changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What sort of thing.
    pub kind: TargetKind,
    /// Its name, or its id where the record has no name. Empty where the record does not say (a refused
    /// request is often recorded without its parameters).
    pub name: Untrusted,
    /// Whether it is the one who acted.
    pub is_actor: bool,
    /// Whether it is the root user, who has no `--user-name`.
    pub is_root: bool,
}

/// The sorts of things that are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetKind {
    /// An IAM user.
    User,
    /// An IAM group.
    Group,
    /// A role.
    Role,
    /// A managed policy.
    Policy,
    /// An instance profile.
    InstanceProfile,
    /// A virtual MFA device.
    MfaDevice,
    /// A server certificate.
    ServerCertificate,
    /// A SAML or OpenID Connect provider.
    IdentityProvider,
    /// An account.
    Account,
    /// The alias of an account.
    AccountAlias,
    /// A request of a partner for access.
    DelegationRequest,
    /// The name that temporary credentials were given.
    FederatedSession,
    /// A permission set of Identity Center.
    PermissionSet,
    /// Identity Center itself, or a part of it.
    IdentityCenter,
    /// A person in Identity Center's directory (often only the id: names are hidden since July 2025).
    DirectoryUser,
    /// A trust anchor or profile of IAM Roles Anywhere.
    TrustAnchor,
    /// A region.
    Region,
    /// An organization, or an account's place in it.
    Organization,
    /// Something the record names only by its event.
    Other,
}

impl TargetKind {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::InstanceProfile => "instance-profile",
            Self::MfaDevice => "mfa-device",
            Self::ServerCertificate => "server-certificate",
            Self::IdentityProvider => "identity-provider",
            Self::Account => "account",
            Self::AccountAlias => "account-alias",
            Self::DelegationRequest => "delegation-request",
            Self::FederatedSession => "federated-session",
            Self::PermissionSet => "permission-set",
            Self::IdentityCenter => "identity-center",
            Self::DirectoryUser => "identity-center-user",
            Self::TrustAnchor => "trust-anchor",
            Self::Region => "region",
            Self::Organization => "organization",
            Self::Other => "other",
        }
    }
}

impl Target {
    /// Whether the record says who or what it is.
    pub fn is_known(&self) -> bool {
        !self.name.is_empty() || self.is_root
    }

    pub(crate) fn of(operation: Operation, record: &Record, actor: &Actor, outcome: Outcome) -> Self {
        let (kind, paths) = place(operation, record);
        let name = paths.iter().find_map(|path| found(record, path)).map(|name| match kind {
            // The ARN of a provider ends in what people call it; that of a permission set in an id.
            TargetKind::Policy | TargetKind::PermissionSet => last_part(&name),
            TargetKind::Account if name.starts_with("arn:") => {
                name.split(':').nth(4).unwrap_or_default().to_owned()
            }
            TargetKind::IdentityProvider => {
                name.split_once("-provider/").map_or(name.clone(), |(_, last)| last.to_owned())
            }
            _ => name,
        });
        if kind == TargetKind::User {
            return Self::user(operation, name, record, actor, outcome);
        }
        let name = name.or_else(|| named_elsewhere(record, kind)).or_else(|| {
            let own = match operation {
                // These have no parameter for another account.
                Operation::UpdatePasswordPolicy
                | Operation::DeletePasswordPolicy
                | Operation::SetStsPreferences
                | Operation::EnableOutboundFederation
                | Operation::LeaveOrganization => true,
                // These are about the caller's unless they name another.
                Operation::ChangeContact
                | Operation::ChangePrimaryEmail
                | Operation::ChangeConsoleAuthorization => are_known(record, outcome),
                _ => false,
            };
            record.account().filter(|_| own).map(str::to_owned)
        });
        Self { kind, name: Untrusted::new(name.unwrap_or_default()), is_actor: false, is_root: false }
    }

    /// IAM operations on a user without `userName` act on the caller.
    fn user(
        operation: Operation,
        name: Option<String>,
        record: &Record,
        actor: &Actor,
        outcome: Outcome,
    ) -> Self {
        let elsewhere = named_elsewhere(record, TargetKind::User);
        let serial = found(record, "requestParameters.serialNumber").unwrap_or_default();
        let roots_device =
            serial.ends_with(":mfa/root-account-mfa-device") || serial.contains(":u2f/root-account");
        let known = are_known(record, outcome)
            || record.service() == "signin"
            || operation == Operation::ChangePassword;
        let unnamed = record.request("userName").is_none() && elsewhere.is_none() && known;
        let is_root = actor.kind == ActorKind::Root && (unnamed || roots_device)
            || matches!(
                operation,
                Operation::RequestRootPasswordRecovery
                    | Operation::CompleteRootPasswordRecovery
                    | Operation::UpdateRootEmail
            );
        let name = match name.or(elsewhere) {
            _ if is_root => "root".to_owned(),
            Some(name) => name,
            None if known => actor.name.raw().to_owned(),
            None => String::new(),
        };
        let is_actor = actor.kind == ActorKind::Root && is_root
            || actor.kind == ActorKind::IamUser && !name.is_empty() && actor.name.raw() == name;
        Self { kind: TargetKind::User, name: Untrusted::new(name), is_actor, is_root }
    }
}

/// Whether the record says all of the request's parameters. Refused requests are often recorded without
/// (`null`), successful ones only where there were none; an Event history download has none at all.
fn are_known(record: &Record, outcome: Outcome) -> bool {
    match record.json().get("requestParameters") {
        None => false,
        Some(Json::Null) => outcome == Outcome::Success,
        Some(_) => true,
    }
}

/// The target's name where it is not among the parameters: in a refusal's message or an Event history
/// download's resources.
fn named_elsewhere(record: &Record, kind: TargetKind) -> Option<String> {
    let sort = match kind {
        TargetKind::User => "AWS::IAM::User",
        TargetKind::Group => "AWS::IAM::Group",
        TargetKind::Role => "AWS::IAM::Role",
        TargetKind::Policy => "AWS::IAM::Policy",
        TargetKind::InstanceProfile => "AWS::IAM::InstanceProfile",
        _ => return refused_resource(record, kind),
    };
    refused_resource(record, kind).or_else(|| resource(record, sort).map(last_part))
}

/// The name of the resource in a refusal: `... is not authorized to perform: iam:CreateAccessKey on resource:
/// user bob because ...`. It is `user bob` or an ARN; of another sort than `kind` it is not the target
/// (`AddUserToGroup` is refused on the group).
fn refused_resource(record: &Record, kind: TargetKind) -> Option<String> {
    let word = match kind {
        TargetKind::User => "user",
        TargetKind::Group => "group",
        TargetKind::Role => "role",
        TargetKind::Policy => "policy",
        TargetKind::InstanceProfile => "instance-profile",
        TargetKind::PermissionSet => "permissionSet",
        _ => return None,
    };
    let (_, rest) = record.error_message()?.split_once(" on resource: ")?;
    let ends = [" because", " with an explicit"].iter().filter_map(|mark| rest.find(mark));
    let resource = rest[..ends.min().unwrap_or(rest.len())].trim();
    let (_, name) = match resource.strip_prefix("arn:") {
        Some(arn) => arn.splitn(5, ':').nth(4)?.split_once('/').filter(|(sort, _)| *sort == word)?,
        None => resource.split_once(' ').filter(|(sort, _)| *sort == word)?,
    };
    let name = name.rsplit(['/', ' ']).next().unwrap_or(name);
    (!name.is_empty() && name != "*").then(|| name.to_owned())
}

/// What sort of thing an operation changes and where its name stands.
fn place(operation: Operation, record: &Record) -> (TargetKind, &'static [&'static str]) {
    use Operation as O;
    use TargetKind as T;
    match operation {
        O::CreateAccessKeySelf | O::CreateAccessKeyOther | O::CreateAccessKeyRoot => {
            (T::User, &["requestParameters.userName", "responseElements.accessKey.userName"])
        }
        O::CreateUser
        | O::ActivateAccessKey
        | O::DeactivateAccessKey
        | O::DeleteAccessKey
        | O::CreateLoginProfile
        | O::CreateLoginProfileRoot
        | O::UpdateLoginProfileOther
        | O::UpdateLoginProfileSelf
        | O::ChangePassword
        | O::DeleteLoginProfile
        | O::DeactivateMfaDevice
        | O::EnableMfaDevice
        | O::ResyncMfaDevice
        | O::UploadSshPublicKey
        | O::CreateServiceSpecificCredential
        | O::ResetServiceSpecificCredential
        | O::UploadSigningCertificate
        | O::AttachQuarantinePolicy
        | O::AddUserToGroup
        | O::RemoveUserFromGroup => (T::User, USER),
        O::UpdateRootPassword
        | O::UpdateRootEmail
        | O::RequestRootPasswordRecovery
        | O::CompleteRootPasswordRecovery => (T::User, &[]),
        O::CreateVirtualMfaDevice | O::DeleteVirtualMfaDevice => (
            T::MfaDevice,
            &[
                "requestParameters.virtualMFADeviceName",
                "requestParameters.serialNumber",
                "responseElements.virtualMFADevice.serialNumber",
            ],
        ),
        O::RevokeSessions
        | O::CreateRole
        | O::UpdateAssumeRolePolicy
        | O::UpdateRole
        | O::UpdateRoleSessions
        | O::CreateServiceLinkedRole => (T::Role, ROLE),
        O::AssumeRoleFederated => (T::Role, &["requestParameters.roleArn"]),
        O::CreatePolicy | O::CreatePolicyVersion | O::ChangePolicy | O::SetDefaultPolicyVersion => {
            (T::Policy, POLICY)
        }
        O::AttachPolicy
        | O::DetachPolicy
        | O::PutInlinePolicy
        | O::DeleteInlinePolicy
        | O::PutPermissionsBoundary
        | O::DeletePermissionsBoundary
        | O::DeleteEntity
        | O::Rename
        | O::ChangeTags
        | O::OtherIamWrite => by_event_name(record.event_name()),
        O::CreateInstanceProfile | O::AddRoleToInstanceProfile => {
            (T::InstanceProfile, &["requestParameters.instanceProfileName"])
        }
        O::CreateSamlProvider | O::UpdateSamlProvider | O::CreateOidcProvider | O::UpdateOidcProvider => {
            (T::IdentityProvider, PROVIDER)
        }
        O::UpdatePasswordPolicy
        | O::DeletePasswordPolicy
        | O::SetStsPreferences
        | O::EnableOutboundFederation
        | O::ChangePrimaryEmail
        | O::ChangeContact
        | O::ChangeConsoleAuthorization
        | O::LeaveOrganization
        | O::RemoveAccountFromOrganization => (T::Account, &["requestParameters.accountId"]),
        O::AssumeRoot => (T::Account, &["requestParameters.targetPrincipal"]),
        O::CreateAccountAlias | O::DeleteAccountAlias => {
            (T::AccountAlias, &["requestParameters.accountAlias"])
        }
        O::EnableCentralRootAccess | O::DisableCentralRootAccess => {
            (T::Organization, &["responseElements.organizationId"])
        }
        O::DisableOrganizationPolicyType => (T::Organization, &["requestParameters.policyType"]),
        O::DetachOrganizationPolicy => (T::Organization, &["requestParameters.targetId"]),
        O::AcceptHandshake => (T::Organization, &["requestParameters.handshakeId"]),
        O::InviteAccountToOrganization => (T::Account, &["requestParameters.target.id"]),
        O::CreateDelegationRequest | O::AcceptDelegationRequest | O::SendDelegationToken => (
            T::DelegationRequest,
            &["requestParameters.delegationRequestId", "responseElements.delegationRequestId"],
        ),
        O::GetFederationToken => (T::FederatedSession, &["requestParameters.name"]),
        O::CreateAccountAssignment
        | O::DeleteAccountAssignment
        | O::AddPolicyToPermissionSet
        | O::ChangePermissionSet
        | O::CreatePermissionSet
        | O::ProvisionPermissionSet => (
            T::PermissionSet,
            &[
                "requestParameters.name",
                "requestParameters.permissionSetName",
                "requestParameters.permissionSetArn",
                "responseElements.permissionSet.name",
            ],
        ),
        O::ChangeIdentityCenter => (
            T::IdentityCenter,
            &[
                "requestParameters.name",
                "requestParameters.trustedTokenIssuerArn",
                "requestParameters.instanceArn",
            ],
        ),
        O::CreateDirectoryUser => (
            T::DirectoryUser,
            &["responseElements.userId", "responseElements.user.userId", "requestParameters.userName"],
        ),
        O::AddMemberToDirectoryGroup => (
            T::DirectoryUser,
            &[
                "requestParameters.memberId.userId",
                "requestParameters.member.memberId",
                "requestParameters.memberId",
            ],
        ),
        O::ChangeDirectorySignIn => (
            T::DirectoryUser,
            &["requestParameters.userId", "requestParameters.userName", "requestParameters.directoryId"],
        ),
        O::ChangeExternalIdentityProvider => {
            (T::IdentityCenter, &["requestParameters.directoryId", "requestParameters.identityStoreId"])
        }
        O::TrustCertificateAuthority => (
            T::TrustAnchor,
            &[
                "requestParameters.name",
                "responseElements.trustAnchor.name",
                "responseElements.profile.name",
                "requestParameters.trustAnchorId",
            ],
        ),
        O::EnableRegion => (T::Region, &["requestParameters.regionName"]),
    }
}

const USER: &[&str] = &["requestParameters.userName"];
const ROLE: &[&str] = &["requestParameters.roleName", "responseElements.role.roleName"];
const POLICY: &[&str] =
    &["requestParameters.policyName", "requestParameters.policyArn", "responseElements.policy.policyName"];
const PROVIDER: &[&str] = &[
    "requestParameters.name",
    "requestParameters.sAMLProviderArn",
    "requestParameters.openIDConnectProviderArn",
    "requestParameters.url",
    "responseElements.sAMLProviderArn",
    "responseElements.openIDConnectProviderArn",
];

/// IAM puts the sort of thing into the operation's name; the longer words come first (`RolePolicy` is about a
/// role, `InstanceProfile` is not about a profile of something else).
fn by_event_name(event: &str) -> (TargetKind, &'static [&'static str]) {
    use TargetKind as T;
    #[rustfmt::skip]
    const WORDS: &[(&str, TargetKind, &[&str])] = &[
        ("InstanceProfile", T::InstanceProfile, &["requestParameters.instanceProfileName"]),
        ("SAMLProvider", T::IdentityProvider, PROVIDER),
        ("OpenIDConnectProvider", T::IdentityProvider, PROVIDER),
        ("MFADevice", T::MfaDevice, &["requestParameters.virtualMFADeviceName", "requestParameters.serialNumber"]),
        ("ServerCertificate", T::ServerCertificate, &["requestParameters.serverCertificateName"]),
        ("DelegationRequest", T::DelegationRequest, &["requestParameters.delegationRequestId"]),
        ("OutboundWebIdentity", T::Account, &[]),
        ("ServiceSpecificCredential", T::User, USER),
        ("SigningCertificate", T::User, USER),
        ("SSHPublicKey", T::User, USER),
        ("AccessKey", T::User, USER),
        ("Role", T::Role, ROLE),
        ("Group", T::Group, &["requestParameters.groupName"]),
        ("User", T::User, USER),
        ("Policy", T::Policy, POLICY),
    ];
    WORDS
        .iter()
        .find(|(word, ..)| event.contains(word))
        .map_or((T::Other, &[]), |(_, kind, paths)| (*kind, paths))
}
