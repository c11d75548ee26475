//! A change of who can do what: the operation, whom it changes, and the values its sentence and its undo need.

use trailbell_json::Json;
use trailbell_text::{Outcome, Untrusted};

use crate::{Actor, ActorKind, Operation, Record};

/// A change of who can do what, or an attempt at one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was done.
    pub operation: Operation,
    /// Whom or what it changes.
    pub target: Target,
    /// The service that did it for the actor, where one did.
    pub through: Option<Through>,
    values: Vec<(&'static str, Untrusted)>,
    document: Option<String>,
}

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

/// The AWS service through which somebody changed something. Taken from `invokedBy` and the source address,
/// which AWS writes; never from the user agent, which the caller chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Through {
    /// A `CloudFormation` stack.
    CloudFormation,
    /// Identity Center provisioning a permission set.
    IdentityCenter,
    /// Any other service.
    OtherService,
}

impl Through {
    /// The service through which the record's action came, if any.
    pub fn of(record: &Record, actor: &Actor) -> Option<Self> {
        if actor.role.as_ref().is_some_and(|role| role.raw() == "AWSServiceRoleForSSO") {
            return Some(Self::IdentityCenter);
        }
        let invoked_by = record.text(&["userIdentity", "invokedBy"]);
        [invoked_by, record.source_address()].into_iter().flatten().find_map(|host| {
            match host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))? {
                "cloudformation" => Some(Self::CloudFormation),
                "sso" => Some(Self::IdentityCenter),
                // The console speaks for the person in front of it.
                "signin" | "console" => None,
                _ => Some(Self::OtherService),
            }
        })
    }
}

impl Change {
    /// What the record changes, where it is a change of who can do what.
    pub fn of(record: &Record, actor: &Actor, outcome: Outcome) -> Option<Self> {
        let operation = Operation::by_name(record, outcome)?;
        let target = Target::of(operation, record, actor, outcome);
        let operation = operation.refine(record, &target);
        let mut values: Vec<_> = VALUES
            .iter()
            .filter_map(|(key, paths)| {
                paths.iter().find_map(|path| found(record, path)).map(|value| (*key, value))
            })
            .map(|(key, value)| (key, if shows_last_part(key) { last_part(&value) } else { value }))
            .map(|(key, value)| (key, Untrusted::new(value)))
            .collect();
        let document = DOCUMENTS.iter().find_map(|path| found(record, path));
        values.extend(derived(operation, record, &target, document.as_deref()));
        Some(Self { operation, target, through: Through::of(record, actor), values, document })
    }

    /// The value of a place in a sentence or an undo command: `target`, `event`, `account`, `region`, `kind`,
    /// `policy`, `policy_arn`, `role`, `group`, `key_id`, `version`, `provider_arn`, `provider`, `serial`,
    /// `ssh_id`, `cred_id`, `instance_arn`, `ps_arn`, `principal`, `principal_id`, `principal_type`,
    /// `user_id`, `store_id`, `anchor_id`, `membership_id`, `service`, `trusted`, `hours`, `new_name`,
    /// `contact`, `task`. `None` where the record has no such value; `old_version` and the like are never in a
    /// record, only in what was seen before.
    pub fn value(&self, key: &str) -> Option<Untrusted> {
        match key {
            "target" => Some(self.target.name.clone()).filter(|name| !name.is_empty()),
            "kind" => Some(Untrusted::new(self.target.kind.word())),
            _ => self.values.iter().rev().find(|(k, _)| *k == key).map(|(_, value)| value.clone()),
        }
    }

    /// The policy text in the record, as it stands there (plain or URL-encoded JSON): what is put on the
    /// target, or who may assume the role.
    pub fn document(&self) -> Option<&str> {
        self.document.as_deref()
    }
}

/// Where values stand: the first path that has one counts. Paths start at the record; a key is met without
/// regard to case, since CloudTrail lowers the first letter of API names (`SSHPublicKeyId` -> `sSHPublicKeyId`).
#[rustfmt::skip]
const VALUES: &[(&str, &[&str])] = &[
    ("event", &["eventName"]),
    ("region", &["requestParameters.regionName", "awsRegion"]),
    ("account", &["requestParameters.targetId", "requestParameters.targetPrincipal", "requestParameters.accountId", "recipientAccountId", "userIdentity.accountId"]),
    ("policy", &["requestParameters.policyName", "requestParameters.policyArn", "requestParameters.managedPolicyArn",
        "requestParameters.customerManagedPolicyReference.name", "requestParameters.permissionsBoundary",
        "requestParameters.policyId", "responseElements.policy.policyName"]),
    ("policy_arn", &["requestParameters.policyArn", "requestParameters.managedPolicyArn", "requestParameters.permissionsBoundary", "responseElements.policy.arn"]),
    ("role", &["requestParameters.roleName", "requestParameters.roleArn", "responseElements.role.roleName"]),
    ("group", &["requestParameters.groupName", "requestParameters.displayName", "requestParameters.groupId"]),
    ("key_id", &["requestParameters.accessKeyId", "responseElements.accessKey.accessKeyId"]),
    ("version", &["requestParameters.versionId", "responseElements.policyVersion.versionId", "responseElements.policy.defaultVersionId"]),
    ("provider_arn", &["requestParameters.sAMLProviderArn", "requestParameters.openIDConnectProviderArn",
        "responseElements.sAMLProviderArn", "responseElements.openIDConnectProviderArn"]),
    ("provider", &["requestParameters.providerId", "userIdentity.identityProvider", "requestParameters.principalArn"]),
    ("serial", &["requestParameters.serialNumber", "responseElements.virtualMFADevice.serialNumber"]),
    ("ssh_id", &["requestParameters.sSHPublicKeyId", "responseElements.sSHPublicKey.sSHPublicKeyId"]),
    ("cred_id", &["requestParameters.serviceSpecificCredentialId", "responseElements.serviceSpecificCredential.serviceSpecificCredentialId",
        "requestParameters.certificateId", "responseElements.certificate.certificateId"]),
    ("instance_arn", &["requestParameters.instanceArn"]),
    ("ps_arn", &["requestParameters.permissionSetArn", "responseElements.permissionSet.permissionSetArn"]),
    ("principal", &["requestParameters.principalId"]),
    ("principal_id", &["requestParameters.principalId"]),
    ("principal_type", &["requestParameters.principalType"]),
    ("user_id", &["responseElements.userId", "responseElements.user.userId", "requestParameters.userId", "requestParameters.memberId.userId"]),
    ("store_id", &["requestParameters.identityStoreId", "responseElements.identityStoreId"]),
    ("anchor_id", &["requestParameters.trustAnchorId", "responseElements.trustAnchor.trustAnchorId"]),
    ("membership_id", &["responseElements.membershipId"]),
    ("service", &["requestParameters.serviceName", "responseElements.serviceSpecificCredential.serviceName", "requestParameters.aWSServiceName"]),
    ("new_name", &["requestParameters.newUserName", "requestParameters.newGroupName"]),
    ("contact", &["requestParameters.alternateContactType"]),
    ("task", &["requestParameters.taskPolicyArn.arn", "requestParameters.taskPolicyArn"]),
];

/// Where policy texts stand.
const DOCUMENTS: &[&str] = &[
    "requestParameters.policyDocument",
    "requestParameters.assumeRolePolicyDocument",
    "requestParameters.inlinePolicy",
    "requestParameters.policy",
];

/// Values of which a person reads only what follows the last `/` of an ARN.
fn shows_last_part(key: &str) -> bool {
    matches!(key, "policy" | "role" | "task")
}

/// `arn:aws:iam::aws:policy/job-function/ViewOnlyAccess` -> `ViewOnlyAccess`; no ARN stays as it is.
fn last_part(value: &str) -> String {
    let last = if value.starts_with("arn:") { value.rsplit(['/', ':']).next() } else { None };
    last.unwrap_or(value).to_owned()
}

/// The text at a dotted path.
fn found(record: &Record, path: &str) -> Option<String> {
    let value = path.split('.').try_fold(record.json(), |json, key| member(json, key))?;
    match value {
        Json::String(text) | Json::Number(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// A member by its exact name, else by its name without regard to case.
fn member<'a>(json: &'a Json, key: &str) -> Option<&'a Json> {
    json.get(key).or_else(|| {
        let members = json.as_object()?;
        members.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    })
}

/// Values that have to be computed.
fn derived(
    operation: Operation,
    record: &Record,
    target: &Target,
    document: Option<&str>,
) -> Vec<(&'static str, Untrusted)> {
    let mut values = Vec::new();
    match operation {
        Operation::UpdateRoleSessions => {
            let seconds =
                found(record, "requestParameters.maxSessionDuration").and_then(|s| s.parse::<u32>().ok());
            values.extend(seconds.map(|seconds| ("hours", Untrusted::new(hours(seconds)))));
        }
        Operation::CreateRole | Operation::UpdateAssumeRolePolicy => {
            let trust = document
                .and_then(|text| trailbell_policy::Policy::parse(text).ok())
                .map(|policy| policy.trusted());
            let names = trust.map(|trusted| {
                trusted.iter().map(|trusted| trusted.who.to_string()).collect::<Vec<_>>().join(", ")
            });
            values.extend(
                names.filter(|names| !names.is_empty()).map(|names| ("trusted", Untrusted::new(names))),
            );
        }
        Operation::ChangeContact if record.event_name() == "PutContactInformation" => {
            values.push(("contact", Untrusted::new("PRIMARY")));
        }
        Operation::AssumeRoot => {
            // `targetPrincipal` is an account's id or its root's ARN.
            let account = found(record, "requestParameters.targetPrincipal");
            let account = account.map(|p| {
                if p.starts_with("arn:") { p.split(':').nth(4).unwrap_or_default().to_owned() } else { p }
            });
            values.extend(account.map(|account| ("account", Untrusted::new(account))));
        }
        _ if target.kind != TargetKind::Account && record.service() == "iam" => {
            // `accountId` among IAM's parameters would be a stranger's word for it.
            values.extend(record.account().map(|account| ("account", Untrusted::from(account))));
        }
        _ => {}
    }
    values
}

/// Seconds as hours, at most one digit after the point: `12`, `1.5`.
fn hours(seconds: u32) -> String {
    let tenths = (u64::from(seconds) * 10 + 1800) / 3600;
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

impl Target {
    /// Whether the record says who or what it is.
    pub fn is_known(&self) -> bool {
        !self.name.is_empty() || self.is_root
    }

    fn of(operation: Operation, record: &Record, actor: &Actor, outcome: Outcome) -> Self {
        let (kind, paths) = place(operation, record);
        let name = paths.iter().find_map(|path| found(record, path)).map(|name| match kind {
            // The ARN of a provider ends in what people call it; that of a permission set in an id.
            TargetKind::Policy | TargetKind::PermissionSet => last_part(&name),
            TargetKind::IdentityProvider => {
                name.split_once("-provider/").map_or(name.clone(), |(_, last)| last.to_owned())
            }
            _ => name,
        });
        if kind == TargetKind::User && record.service() != "signin" {
            return Self::user(name, record, actor, outcome);
        }
        let is_root =
            record.service() == "signin" && kind == TargetKind::User && actor.kind == ActorKind::Root
                || matches!(
                    operation,
                    Operation::RequestRootPasswordRecovery
                        | Operation::CompleteRootPasswordRecovery
                        | Operation::UpdateRootEmail
                );
        let name = match (name, kind) {
            (Some(name), _) => name,
            (None, TargetKind::User) if is_root => "root".to_owned(),
            (None, TargetKind::User) => actor.name.raw().to_owned(),
            (None, TargetKind::Account | TargetKind::Organization) => {
                record.account().unwrap_or_default().to_owned()
            }
            (None, _) => refused_resource(record).unwrap_or_default(),
        };
        Self { kind, name: Untrusted::new(name), is_actor: kind == TargetKind::User, is_root }
    }

    /// IAM operations on a user without `userName` act on the caller.
    fn user(name: Option<String>, record: &Record, actor: &Actor, outcome: Outcome) -> Self {
        // Refused requests are often recorded without parameters: then only the message can name the user.
        let name = name.or_else(|| refused_resource(record));
        let parameters_kept = record.json().at(&["requestParameters"]).is_some_and(|p| *p != Json::Null);
        let serial = found(record, "requestParameters.serialNumber").unwrap_or_default();
        let is_root = actor.kind == ActorKind::Root
            && (name.is_none()
                || name.as_deref() == Some("root")
                || serial.ends_with(":mfa/root-account-mfa-device"));
        let name = match name {
            _ if is_root => "root".to_owned(),
            Some(name) => name,
            None if parameters_kept || outcome == Outcome::Success => actor.name.raw().to_owned(),
            None => String::new(),
        };
        let is_actor =
            is_root || (actor.kind == ActorKind::IamUser && !name.is_empty() && actor.name.raw() == name);
        Self { kind: TargetKind::User, name: Untrusted::new(name), is_actor, is_root }
    }
}

/// The name of the resource in a refusal: `... is not authorized to perform: iam:CreateAccessKey on resource:
/// user bob because ...`. IAM says `user bob`, `policy path name`, or an ARN.
fn refused_resource(record: &Record) -> Option<String> {
    let (_, rest) = record.error_message()?.split_once(" on resource: ")?;
    let end = [" because", " with an explicit"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
        .unwrap_or(rest.len());
    let resource = rest[..end].trim();
    let name = resource.rsplit([' ', '/']).next().unwrap_or(resource);
    (!name.is_empty() && name != "*" && !name.starts_with("arn:")).then(|| name.to_owned())
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
        O::AttachQuarantinePolicy => (T::User, USER),
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
        | O::ChangeConsoleAuthorization => (T::Account, &["requestParameters.accountId"]),
        O::AssumeRoot => (T::Account, &["requestParameters.targetPrincipal"]),
        O::CreateAccountAlias | O::DeleteAccountAlias => {
            (T::AccountAlias, &["requestParameters.accountAlias"])
        }
        O::EnableCentralRootAccess | O::DisableCentralRootAccess | O::LeaveOrganization => {
            (T::Organization, &["responseElements.organizationId"])
        }
        O::DisableOrganizationPolicyType => (T::Organization, &["requestParameters.policyType"]),
        O::DetachOrganizationPolicy => (T::Organization, &["requestParameters.targetId"]),
        O::AcceptHandshake => (T::Organization, &["requestParameters.handshakeId"]),
        O::RemoveAccountFromOrganization => (T::Account, &["requestParameters.accountId"]),
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
