//! A change of who can do what: the operation, and the values its sentence and its undo need.

use trailbell_json::Json;
use trailbell_policy::Policy;
use trailbell_text::{Outcome, Untrusted};

use crate::actor::HIDDEN;
use crate::{Actor, ActorKind, Operation, Record, Target};

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
        if actor.kind == ActorKind::AwsService {
            return None;
        }
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
        let mut values = from_resources(record);
        let in_record = VALUES
            .iter()
            .filter_map(|(key, paths)| {
                paths.iter().find_map(|path| found(record, path)).map(|value| (*key, value))
            })
            .map(|(key, value)| (key, if shows_last_part(key) { last_part(&value) } else { value }))
            .map(|(key, value)| (key, Untrusted::new(value)));
        values.extend(in_record);
        let document = DOCUMENTS.iter().find_map(|path| found(record, path));
        values.extend(derived(operation, record, document.as_deref()));
        Some(Self { operation, target, through: Through::of(record, actor), values, document })
    }

    /// The value of a place in a sentence or an undo command: `target`, `event`, `account`, `region`, `kind`,
    /// `policy`, `policy_arn`, `role`, `group`, `key_id`, `version`, `provider_arn`, `provider`, `serial`,
    /// `ssh_id`, `cred_id`, `instance_arn`, `ps_arn`, `principal`, `principal_id`, `principal_type`,
    /// `user_id`, `store_id`, `anchor_id`, `membership_id`, `profile_id`, `client_id`, `policy_type`, `root_id`,
    /// `handshake_id`, `service`, `trusted`, `hours`, `new_name`, `contact`, `task`. `None` where the record has no such value; `old_version` and the like are never in a
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
    ("profile_id", &["requestParameters.profileId", "responseElements.profile.profileId"]),
    ("client_id", &["requestParameters.clientID"]),
    ("policy_type", &["requestParameters.policyType"]),
    ("root_id", &["requestParameters.rootId"]),
    ("handshake_id", &["responseElements.handshake.id"]),
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
pub(crate) fn last_part(value: &str) -> String {
    let last = if value.starts_with("arn:") { value.rsplit(['/', ':']).next() } else { None };
    last.unwrap_or(value).to_owned()
}

/// The text at a dotted path.
pub(crate) fn found(record: &Record, path: &str) -> Option<String> {
    let value = path.split('.').try_fold(record.json(), |json, key| member(json, key))?;
    match value {
        Json::String(text) | Json::Number(text) if !text.is_empty() && text != HIDDEN => Some(text.clone()),
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

/// The name of the first resource of that sort in an Event history download, which has no parameters.
pub(crate) fn resource<'a>(record: &'a Record, sort: &str) -> Option<&'a str> {
    let resources = record.json().get("resources")?.as_array()?;
    let is_it = |one: &&Json| one.get("resourceType").and_then(Json::as_str) == Some(sort);
    resources.iter().find(is_it)?.get("resourceName")?.as_str().filter(|name| !name.is_empty())
}

fn from_resources(record: &Record) -> Vec<(&'static str, Untrusted)> {
    let sorts = [
        ("policy", "AWS::IAM::Policy"),
        ("policy_arn", "AWS::IAM::Policy"),
        ("role", "AWS::IAM::Role"),
        ("group", "AWS::IAM::Group"),
        ("key_id", "AWS::IAM::AccessKey"),
    ];
    let values = sorts.iter().filter_map(|(key, sort)| Some((*key, resource(record, sort)?)));
    values
        .filter(|(key, value)| *key != "policy_arn" || value.starts_with("arn:"))
        .map(|(key, value)| {
            (key, Untrusted::new(if shows_last_part(key) { last_part(value) } else { value.to_owned() }))
        })
        .collect()
}

/// Values that have to be computed.
fn derived(operation: Operation, record: &Record, document: Option<&str>) -> Vec<(&'static str, Untrusted)> {
    let mut values = Vec::new();
    values.extend(account(operation, record).map(|account| ("account", Untrusted::new(account))));
    match operation {
        Operation::UpdateRoleSessions => {
            let seconds =
                found(record, "requestParameters.maxSessionDuration").and_then(|s| s.parse::<u32>().ok());
            values.extend(seconds.map(|seconds| ("hours", Untrusted::new(hours(seconds)))));
        }
        Operation::CreateRole | Operation::UpdateAssumeRolePolicy => {
            let trusted = document.and_then(|text| Policy::parse(text).ok()).map(|policy| policy.trusted());
            let mut names: Vec<String> = Vec::new();
            for name in trusted.iter().flatten().map(|trusted| trusted.who.to_string()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            values.extend((!names.is_empty()).then(|| ("trusted", Untrusted::new(names.join(", ")))));
        }
        Operation::ChangeContact if record.event_name() == "PutContactInformation" => {
            values.push(("contact", Untrusted::new("PRIMARY")));
        }
        _ => {}
    }
    values
}

/// The account a change is about: another one for what an organization or Identity Center does to its
/// accounts, else the record's.
fn account(operation: Operation, record: &Record) -> Option<String> {
    let other = match operation {
        Operation::CreateAccountAssignment
        | Operation::DeleteAccountAssignment
        | Operation::ProvisionPermissionSet => "requestParameters.targetId",
        Operation::AssumeRoot => "requestParameters.targetPrincipal",
        Operation::InviteAccountToOrganization => "requestParameters.target.id",
        Operation::RemoveAccountFromOrganization
        | Operation::EnableRegion
        | Operation::ChangeContact
        | Operation::ChangePrimaryEmail => "requestParameters.accountId",
        _ => return record.account().map(str::to_owned),
    };
    match found(record, other) {
        // The root of an account, by its ARN.
        Some(arn) if arn.starts_with("arn:") => arn.split(':').nth(4).map(str::to_owned),
        Some(account) => Some(account),
        // Without an id the Account API is about the caller's own.
        None if record.service() == "account" => record.account().map(str::to_owned),
        None => None,
    }
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
