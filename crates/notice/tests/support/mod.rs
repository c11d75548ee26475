//! One realistic record for every row of the table of changes and for every way into the console, in an
//! invented account, and the way from a record to a notice.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test uses its own part of it, and the example with the tests' records too"
)]

pub mod bulletins;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use trailbell_history::{Travel, Unusual};
use trailbell_json::Json;
use trailbell_notice::{
    Account, Comparison, Correlated, CountedWhat, Facts, Folded, Lang, Notice, Reader, Rule, SigmaRule, What,
};
use trailbell_record::{Actor, ActorKind, Behind, Change, Hop, How, PolicySeen, Record, SignIn, Sure};
use trailbell_text::{BothPhrases, Kind, Outcome, Phrase, Severity, Untrusted};

#[rustfmt::skip]
/// Service, event, `requestParameters`, `responseElements`.
pub const ROWS: &[(&str, &str, &str, &str)] = &[
    ("iam", "CreateUser", r#"{"userName":"bob"}"#, "null"),
    (
        "iam",
        "CreateAccessKey",
        "null",
        r#"{"accessKey":{"userName":"alice","accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Active"}}"#,
    ),
    (
        "iam",
        "CreateAccessKey",
        r#"{"userName":"bob"}"#,
        r#"{"accessKey":{"userName":"bob","accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Active"}}"#,
    ),
    (
        "iam",
        "UpdateAccessKey",
        r#"{"userName":"bob","accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Active"}"#,
        "null",
    ),
    (
        "iam",
        "UpdateAccessKey",
        r#"{"userName":"bob","accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Inactive"}"#,
        "null",
    ),
    ("iam", "DeleteAccessKey", r#"{"userName":"bob","accessKeyId":"AKIAIOSFODNN7EXAMPLE"}"#, "null"),
    ("iam", "CreateLoginProfile", r#"{"userName":"bob","passwordResetRequired":false}"#, "null"),
    ("iam", "UpdateLoginProfile", r#"{"userName":"bob"}"#, "null"),
    ("iam", "UpdateLoginProfile", r#"{"userName":"alice"}"#, "null"),
    ("iam", "ChangePassword", "null", "null"),
    ("iam", "DeleteLoginProfile", r#"{"userName":"bob"}"#, "null"),
    (
        "iam",
        "DeactivateMFADevice",
        r#"{"userName":"bob","serialNumber":"arn:aws:iam::123456789012:mfa/bob"}"#,
        "null",
    ),
    (
        "iam",
        "EnableMFADevice",
        r#"{"userName":"bob","serialNumber":"arn:aws:iam::123456789012:mfa/bob"}"#,
        "null",
    ),
    (
        "iam",
        "CreateVirtualMFADevice",
        r#"{"virtualMFADeviceName":"bob"}"#,
        r#"{"virtualMFADevice":{"serialNumber":"arn:aws:iam::123456789012:mfa/bob"}}"#,
    ),
    ("iam", "DeleteVirtualMFADevice", r#"{"serialNumber":"arn:aws:iam::123456789012:mfa/bob"}"#, "null"),
    (
        "iam",
        "ResyncMFADevice",
        r#"{"userName":"bob","serialNumber":"arn:aws:iam::123456789012:mfa/bob"}"#,
        "null",
    ),
    (
        "iam",
        "UploadSSHPublicKey",
        r#"{"userName":"bob"}"#,
        r#"{"sSHPublicKey":{"sSHPublicKeyId":"APKAEIBAERJR2EXAMPLE"}}"#,
    ),
    (
        "iam",
        "CreateServiceSpecificCredential",
        r#"{"userName":"bob","serviceName":"bedrock.amazonaws.com"}"#,
        r#"{"serviceSpecificCredential":{"serviceSpecificCredentialId":"ACCAEXAMPLE123EXAMPLE"}}"#,
    ),
    (
        "iam",
        "ResetServiceSpecificCredential",
        r#"{"userName":"bob","serviceSpecificCredentialId":"ACCAEXAMPLE123EXAMPLE"}"#,
        r#"{"serviceSpecificCredential":{"serviceName":"codecommit.amazonaws.com"}}"#,
    ),
    (
        "iam",
        "UploadSigningCertificate",
        r#"{"userName":"bob"}"#,
        r#"{"certificate":{"certificateId":"TA7SMP42TDN5Z26OBPJE7EXAMPLE"}}"#,
    ),
    (
        "iam",
        "AttachUserPolicy",
        r#"{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#,
        "null",
    ),
    (
        "iam",
        "AttachGroupPolicy",
        r#"{"groupName":"developers","policyArn":"arn:aws:iam::aws:policy/IAMFullAccess"}"#,
        "null",
    ),
    (
        "iam",
        "AttachRolePolicy",
        r#"{"roleName":"web","policyArn":"arn:aws:iam::123456789012:policy/team/web-s3"}"#,
        "null",
    ),
    (
        "iam",
        "AttachUserPolicy",
        r#"{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}"#,
        "null",
    ),
    (
        "iam",
        "DetachUserPolicy",
        r#"{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AWSDenyAll"}"#,
        "null",
    ),
    (
        "iam",
        "DetachGroupPolicy",
        r#"{"groupName":"developers","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#,
        "null",
    ),
    (
        "iam",
        "DetachRolePolicy",
        r#"{"roleName":"web","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#,
        "null",
    ),
    (
        "iam",
        "PutUserPolicy",
        r#"{"userName":"bob","policyName":"x","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iam:*\",\"Resource\":\"*\"}]}"}"#,
        "null",
    ),
    (
        "iam",
        "PutGroupPolicy",
        r#"{"groupName":"developers","policyName":"logs","policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"logs:Get*\",\"Resource\":\"*\"}}"}"#,
        "null",
    ),
    (
        "iam",
        "PutRolePolicy",
        r#"{"roleName":"web","policyName":"all","policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}"#,
        "null",
    ),
    (
        "iam",
        "PutRolePolicy",
        r#"{"roleName":"web","policyName":"AWSRevokeOlderSessions","policyDocument":"{}"}"#,
        "null",
    ),
    ("iam", "DeleteUserPolicy", r#"{"userName":"bob","policyName":"x"}"#, "null"),
    ("iam", "DeleteGroupPolicy", r#"{"groupName":"developers","policyName":"logs"}"#, "null"),
    ("iam", "DeleteRolePolicy", r#"{"roleName":"web","policyName":"all"}"#, "null"),
    (
        "iam",
        "CreatePolicy",
        r#"{"policyName":"web-s3","policyDocument":"{}"}"#,
        r#"{"policy":{"policyName":"web-s3","arn":"arn:aws:iam::123456789012:policy/web-s3"}}"#,
    ),
    (
        "iam",
        "CreatePolicyVersion",
        r#"{"policyArn":"arn:aws:iam::123456789012:policy/web-s3","policyDocument":"{}","setAsDefault":false}"#,
        r#"{"policyVersion":{"versionId":"v3"}}"#,
    ),
    (
        "iam",
        "CreatePolicyVersion",
        r#"{"policyArn":"arn:aws:iam::123456789012:policy/web-s3","policyDocument":"{}","setAsDefault":true}"#,
        r#"{"policyVersion":{"versionId":"v3"}}"#,
    ),
    (
        "iam",
        "SetDefaultPolicyVersion",
        r#"{"policyArn":"arn:aws:iam::123456789012:policy/web-s3","versionId":"v1"}"#,
        "null",
    ),
    ("iam", "AddUserToGroup", r#"{"userName":"bob","groupName":"admins"}"#, "null"),
    ("iam", "RemoveUserFromGroup", r#"{"userName":"bob","groupName":"admins"}"#, "null"),
    (
        "iam",
        "CreateRole",
        r#"{"roleName":"partner","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::210987654321:root\"},\"Action\":\"sts:AssumeRole\"}]}"}"#,
        "null",
    ),
    (
        "iam",
        "UpdateAssumeRolePolicy",
        r#"{"roleName":"web","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"}"#,
        "null",
    ),
    ("iam", "UpdateRole", r#"{"roleName":"web","maxSessionDuration":43200}"#, "null"),
    ("iam", "UpdateRoleDescription", r#"{"roleName":"web","description":"x"}"#, "null"),
    (
        "iam",
        "PutUserPermissionsBoundary",
        r#"{"userName":"bob","permissionsBoundary":"arn:aws:iam::123456789012:policy/limit"}"#,
        "null",
    ),
    (
        "iam",
        "PutRolePermissionsBoundary",
        r#"{"roleName":"web","permissionsBoundary":"arn:aws:iam::123456789012:policy/limit"}"#,
        "null",
    ),
    ("iam", "DeleteUserPermissionsBoundary", r#"{"userName":"bob"}"#, "null"),
    ("iam", "CreateInstanceProfile", r#"{"instanceProfileName":"web-profile"}"#, "null"),
    ("iam", "AddRoleToInstanceProfile", r#"{"instanceProfileName":"web-profile","roleName":"web"}"#, "null"),
    ("iam", "CreateServiceLinkedRole", r#"{"aWSServiceName":"ecs.amazonaws.com"}"#, "null"),
    (
        "iam",
        "CreateSAMLProvider",
        r#"{"name":"Okta"}"#,
        r#"{"sAMLProviderArn":"arn:aws:iam::123456789012:saml-provider/Okta"}"#,
    ),
    (
        "iam",
        "UpdateSAMLProvider",
        r#"{"sAMLProviderArn":"arn:aws:iam::123456789012:saml-provider/Okta"}"#,
        "null",
    ),
    (
        "iam",
        "CreateOpenIDConnectProvider",
        r#"{"url":"https://token.actions.example.com"}"#,
        r#"{"openIDConnectProviderArn":"arn:aws:iam::123456789012:oidc-provider/token.actions.example.com"}"#,
    ),
    (
        "iam",
        "AddClientIDToOpenIDConnectProvider",
        r#"{"openIDConnectProviderArn":"arn:aws:iam::123456789012:oidc-provider/token.actions.example.com","clientID":"x"}"#,
        "null",
    ),
    ("iam", "DeleteUser", r#"{"userName":"bob"}"#, "null"),
    ("iam", "DeleteRole", r#"{"roleName":"web"}"#, "null"),
    ("iam", "UpdateUser", r#"{"userName":"bob","newUserName":"robert"}"#, "null"),
    ("iam", "UpdateGroup", r#"{"groupName":"admins","newGroupName":"readers"}"#, "null"),
    ("iam", "UpdateAccountPasswordPolicy", r#"{"minimumPasswordLength":6}"#, "null"),
    ("iam", "DeleteAccountPasswordPolicy", "null", "null"),
    ("iam", "SetSecurityTokenServicePreferences", r#"{"globalEndpointTokenVersion":"v2Token"}"#, "null"),
    ("iam", "CreateAccountAlias", r#"{"accountAlias":"my-blog"}"#, "null"),
    ("iam", "DeleteAccountAlias", r#"{"accountAlias":"my-blog"}"#, "null"),
    ("iam", "EnableOrganizationsRootSessions", "null", r#"{"organizationId":"o-exampleorg"}"#),
    ("iam", "DisableOrganizationsRootCredentialsManagement", "null", r#"{"organizationId":"o-exampleorg"}"#),
    ("iam", "EnableOutboundWebIdentityFederation", "null", "null"),
    ("iam", "CreateDelegationRequest", r#"{"description":"x"}"#, r#"{"delegationRequestId":"dr-example"}"#),
    ("iam", "AcceptDelegationRequest", r#"{"delegationRequestId":"dr-example"}"#, "null"),
    ("iam", "SendDelegationToken", r#"{"delegationRequestId":"dr-example"}"#, "null"),
    ("iam", "TagUser", r#"{"userName":"bob","tags":[]}"#, "null"),
    ("iam", "UpdateServerCertificate", r#"{"serverCertificateName":"www"}"#, "null"),
    (
        "sts",
        "AssumeRoot",
        r#"{"targetPrincipal":"210987654321","taskPolicyArn":{"arn":"arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}}"#,
        "null",
    ),
    ("sts", "GetFederationToken", r#"{"name":"helper"}"#, "null"),
    (
        "sso",
        "CreateAccountAssignment",
        r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-0123456789abcdef","targetId":"210987654321","targetType":"AWS_ACCOUNT","permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef","principalType":"USER","principalId":"544894e8-80c1-707f-60e3-3ba6510dfac1"}"#,
        "null",
    ),
    (
        "sso",
        "DeleteAccountAssignment",
        r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-0123456789abcdef","targetId":"210987654321","targetType":"AWS_ACCOUNT","permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef","principalType":"GROUP","principalId":"544894e8-80c1-707f-60e3-3ba6510dfac1"}"#,
        "null",
    ),
    (
        "sso",
        "AttachManagedPolicyToPermissionSet",
        r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-0123456789abcdef","permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef","managedPolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#,
        "null",
    ),
    (
        "sso",
        "PutInlinePolicyToPermissionSet",
        r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-0123456789abcdef","permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef","inlinePolicy":"{}"}"#,
        "null",
    ),
    ("sso", "CreatePermissionSet", r#"{"name":"Deploy"}"#, "null"),
    (
        "sso",
        "ProvisionPermissionSet",
        r#"{"permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"}"#,
        "null",
    ),
    ("sso", "CreateTrustedTokenIssuer", r#"{"name":"issuer"}"#, "null"),
    (
        "identitystore",
        "CreateUser",
        r#"{"identityStoreId":"d-1234567890"}"#,
        r#"{"userId":"544894e8-80c1-707f-60e3-3ba6510dfac1","identityStoreId":"d-1234567890"}"#,
    ),
    (
        "identitystore",
        "CreateGroupMembership",
        r#"{"identityStoreId":"d-1234567890","groupId":"54a884a8-80c1-707f-60e3-3ba6510dfac1","memberId":{"userId":"544894e8-80c1-707f-60e3-3ba6510dfac1"}}"#,
        r#"{"membershipId":"64a884a8-80c1-707f-60e3-3ba6510dfac1"}"#,
    ),
    ("sso-directory", "UpdatePassword", r#"{"userId":"544894e8-80c1-707f-60e3-3ba6510dfac1"}"#, "null"),
    (
        "sso-directory",
        "EnableExternalIdPConfigurationForDirectory",
        r#"{"directoryId":"d-1234567890"}"#,
        "null",
    ),
    (
        "rolesanywhere",
        "CreateTrustAnchor",
        r#"{"name":"ca"}"#,
        r#"{"trustAnchor":{"trustAnchorId":"3fb6a9f4-70c8-4d47-9d53-1b0bd35a9a5d"}}"#,
    ),
    (
        "rolesanywhere",
        "CreateProfile",
        r#"{"name":"servers"}"#,
        r#"{"profile":{"profileId":"7d1f4a52-9a1e-4a39-8c7e-2d51c5f0b1aa"}}"#,
    ),
    ("signin", "PutConsoleAuthorizationConfiguration", "{}", "null"),
    ("account", "StartPrimaryEmailUpdate", "null", "null"),
    ("account", "AcceptPrimaryEmailUpdate", "null", "null"),
    ("account", "PutAlternateContact", r#"{"alternateContactType":"SECURITY"}"#, "null"),
    ("account", "DeleteAlternateContact", r#"{"alternateContactType":"BILLING"}"#, "null"),
    ("account", "EnableRegion", r#"{"regionName":"ap-southeast-7"}"#, "null"),
    ("organizations", "LeaveOrganization", "null", "null"),
    ("organizations", "RemoveAccountFromOrganization", r#"{"accountId":"210987654321"}"#, "null"),
    ("organizations", "DetachPolicy", r#"{"policyId":"p-examplepolicy","targetId":"210987654321"}"#, "null"),
    (
        "organizations",
        "DisablePolicyType",
        r#"{"rootId":"r-examplerootid","policyType":"SERVICE_CONTROL_POLICY"}"#,
        "null",
    ),
    (
        "organizations",
        "InviteAccountToOrganization",
        r#"{"target":{"type":"ACCOUNT","id":"210987654321"}}"#,
        r#"{"handshake":{"id":"h-examplehandshakeid"}}"#,
    ),
    ("organizations", "AcceptHandshake", r#"{"handshakeId":"h-examplehandshake"}"#, "null"),
];

pub const ALICE: &str = r#"{"type":"IAMUser","principalId":"AIDACKCEVSQ6C2EXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","accessKeyId":"AKIAI44QH8DHBEXAMPLE","userName":"alice"}"#;
/// As sign-in events have her.
pub const ALICE_CONSOLE: &str = r#"{"type":"IAMUser","principalId":"AIDACKCEVSQ6C2EXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"}"#;
pub const ROOT: &str = r#"{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012"}"#;
pub const ROLE: &str = r#"{"type":"AssumedRole","principalId":"AROACKCEVSQ6C2EXAMPLE:carol","arn":"arn:aws:sts::123456789012:assumed-role/Admin/carol","accountId":"123456789012","accessKeyId":"ASIAI44QH8DHBEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROACKCEVSQ6C2EXAMPLE","arn":"arn:aws:iam::123456789012:role/Admin","accountId":"123456789012","userName":"Admin"},"attributes":{"mfaAuthenticated":"false"}}}"#;
pub const PERSON: &str = r#"{"type":"AssumedRole","principalId":"AROACKCEVSQ6C2EXAMPLE:dave@example.com","arn":"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/dave@example.com","accountId":"123456789012","accessKeyId":"ASIAI44QH8DHBEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROACKCEVSQ6C2EXAMPLE","arn":"arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef","accountId":"123456789012","userName":"AWSReservedSSO_AdministratorAccess_0123456789abcdef"}}}"#;
pub const SERVICE: &str = r#"{"type":"AWSService","invokedBy":"cloudformation.amazonaws.com"}"#;
pub const OUTSIDER: &str = r#"{"type":"IAMUser","principalId":"AIDACKCEVSQ6C2EXAMPLE","arn":"arn:aws:iam::210987654321:user/mallory","accountId":"210987654321","accessKeyId":"AKIAI44QH8DHBEXAMPLE","userName":"mallory"}"#;
pub const HIDDEN: &str = r#"{"type":"IAMUser","accountId":"123456789012","accessKeyId":"","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#;
pub const PORTAL: &str = r#"{"type":"IdentityCenterUser","accountId":"123456789012","onBehalfOf":{"userId":"544894e8-80c1-707f-60e3-3ba6510dfac1","identityStoreArn":"arn:aws:identitystore::123456789012:identitystore/d-1234567890"},"credentialId":"c"}"#;
pub const FEDERATED: &str = r#"{"type":"FederatedUser","principalId":"123456789012:helper","arn":"arn:aws:sts::123456789012:federated-user/helper","accountId":"123456789012","accessKeyId":"ASIAI44QH8DHBEXAMPLE","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDACKCEVSQ6C2EXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"}}}"#;

const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const CLI: &str = "aws-cli/2.22.0 md/awscrt#0.22.0 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.12.6 md/command#iam.create-user";

/// The JSON text of an API call by `identity`.
pub fn call(service: &str, event: &str, identity: &str, request: &str, response: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"2026-11-23T12:35:10Z","eventSource":"{service}.amazonaws.com","eventName":"{event}","awsRegion":"us-east-1","sourceIPAddress":"126.0.0.1","userAgent":"{CLI}","requestParameters":{request},"responseElements":{response},"requestID":"8a5e0b1c-0000-4000-8000-1f2e3d4c5b6a","eventID":"3038ebd2-c98a-4c65-9b6e-e22506292313","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012"{more}}}"#
    )
}

/// The JSON text of a sign-in event of `identity`.
pub fn sign_in(event: &str, identity: &str, address: &str, result: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"2026-11-23T12:35:10Z","eventSource":"signin.amazonaws.com","eventName":"{event}","awsRegion":"us-east-1","sourceIPAddress":"{address}","userAgent":"{CHROME}","requestParameters":null,"responseElements":{{"{event}":"{result}"}},"eventID":"2fe5a3a6-6d46-4f5c-9f33-6b9b1e0a7c11","readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"recipientAccountId":"123456789012"{more}}}"#
    )
}

/// Takes the parameters out of a successful call's text and makes it end in `code`.
pub fn ended(text: &str, code: &str) -> String {
    text.replacen(r#""requestID""#, &format!(r#""errorCode":"{code}","requestID""#), 1)
}

/// A record and what is understood of it.
pub struct Case {
    pub record: Record,
    pub actor: Actor,
    pub severity: Severity,
    pub kind: Option<Kind>,
    pub behind: Option<Behind>,
    pub comparison: Option<Comparison>,
    pub folded: Vec<Folded>,
    pub earlier_policy: Option<PolicySeen>,
    pub named_policy: Option<PolicySeen>,
    pub told_at: Option<jiff::Timestamp>,
    /// Rules of Sigma it met beside.
    pub sigma: Vec<SigmaRule>,
}

impl Case {
    pub fn new(text: &str) -> Self {
        Self::of(Record::new(Json::parse(text).unwrap()))
    }

    pub fn of(record: Record) -> Self {
        let actor = Actor::of(&record);
        Self {
            record,
            actor,
            severity: Severity::High,
            kind: None,
            behind: None,
            comparison: None,
            folded: Vec::new(),
            earlier_policy: None,
            named_policy: None,
            told_at: None,
            sigma: Vec::new(),
        }
    }

    pub fn notice(&self, reader: &Reader) -> Notice {
        self.with_facts(|facts| Notice::new(facts, reader))
    }

    fn rules(&self, kind: Kind) -> Vec<Rule> {
        let met = Rule { name: kind.word().to_owned(), title: None, sigma: None };
        let sigma = self.sigma.iter().map(|sigma| Rule {
            name: "sigma".to_owned(),
            title: None,
            sigma: Some(sigma.clone()),
        });
        std::iter::once(met).chain(sigma).collect()
    }

    /// What the notice is made of, with the kind that the record itself suggests.
    pub fn with_facts<T>(&self, use_them: impl FnOnce(&Facts<'_>) -> T) -> T {
        let outcome = self.record.outcome();
        let sign_in = SignIn::of(&self.record, &self.actor);
        let change = Change::of(&self.record, &self.actor, outcome);
        let target = self.record.untrusted(&["requestParameters", "name"]);
        let outside = [Untrusted::from("210987654321")];
        let (what, kind) = match (&sign_in, &change) {
            (Some(sign_in), _) => (What::SignIn(sign_in), Kind::ConsoleSignIn),
            (None, Some(change)) => (What::Change(change), Kind::IamChange),
            (None, None) => match self.kind {
                Some(Kind::TrailTampering) => {
                    (What::Recording { target: target.as_ref(), goes_dark: true }, Kind::TrailTampering)
                }
                Some(Kind::ResourceSharing) => (
                    What::Sharing { resource: target.as_ref(), anyone: false, outside: &outside },
                    Kind::ResourceSharing,
                ),
                kind => (What::Other, kind.unwrap_or(Kind::RuleMatch)),
            },
        };
        let facts = Facts {
            record: &self.record,
            actor: &self.actor,
            outcome,
            what,
            kind,
            severity: self.severity,
            rules: self.rules(kind),
            behind: self.behind.clone(),
            comparison: self.comparison.clone(),
            folded: self.folded.clone(),
            earlier_policy: self.earlier_policy.clone(),
            named_policy: self.named_policy.clone(),
            told_at: self.told_at,
        };
        use_them(&facts)
    }
}

/// One of each sort of correlation.
pub fn correlations() -> Vec<SigmaRule> {
    let at = |time: &str| format!("2026-11-23T{time}Z").parse().unwrap();
    let one = |title: &str, what, count, fields: &[&str], group: &[(&str, &str)], first: &str| SigmaRule {
        title: title.into(),
        id: None,
        correlated: Some(Correlated {
            what,
            count,
            fields: fields.iter().map(|field| (*field).into()).collect(),
            group: group.iter().map(|(field, value)| ((*field).into(), (*value).into())).collect(),
            first: at(first),
            last: at("12:35:10"),
        }),
    };
    let who = ("userIdentity.arn", "arn:aws:iam::123456789012:user/alice");
    vec![
        SigmaRule { title: "A call was refused".into(), id: None, correlated: None },
        one("Many refusals", CountedWhat::EventCount, 5, &[], &[who, ("awsRegion", "us-east-1")], "12:31:00"),
        one("Many places", CountedWhat::ValueCount, 3, &["sourceIPAddress"], &[], "12:35:10"),
        one("Both", CountedWhat::Temporal, 2, &[], &[who], "11:00:00"),
        one("One after the other", CountedWhat::TemporalOrdered, 2, &[], &[who], "12:35:01"),
    ]
}

/// A reader in Tokyo with one named account.
pub fn reader(lang: Lang) -> Reader {
    let blog = Account { name: Some("my-blog".into()), profile: None };
    Reader {
        time_zone: TimeZone::get("Asia/Tokyo").unwrap(),
        verification_phrase: Some("blue heron".into()),
        accounts: BTreeMap::from([("123456789012".into(), blog)]),
        ..Reader::new(lang)
    }
}

/// A case for every row, each by alice.
pub fn rows() -> impl Iterator<Item = (String, Case)> {
    ROWS.iter().map(|(service, event, request, response)| {
        (format!("{service} {event}"), Case::new(&call(service, event, ALICE, request, response, "")))
    })
}

/// Every way into the console and its steps, and what else gets a notice; by name.
#[rustfmt::skip]
pub fn others() -> Vec<(&'static str, Case)> {
    let mfa = |used: &str| {
        format!(
            r#","additionalEventData":{{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"{used}"}}"#
        )
    };
    let failed = |code: &str| {
        format!(
            r#","errorCode":"{code}","errorMessage":"Failed authentication","additionalEventData":{{"MFAUsed":"No"}}"#
        )
    };
    let console =
        |event, who, address, result, more: &str| Case::new(&sign_in(event, who, address, result, more));
    let with = |mut case: Case, change: &dyn Fn(&mut Case)| {
        change(&mut case);
        case
    };
    let hop = |role: &str, account: &str| Hop { role: role.into(), account: Some(account.into()) };
    let someone = |name: &str, kind, how, sure| Behind {
        name: name.into(),
        kind,
        account: None,
        arn: None,
        chain: vec![hop("Admin", "123456789012")],
        how,
        sure,
        at: Some("2026-11-23T12:30:00Z".parse().unwrap()),
    };
    let in_role = |session: &str| {
        let identity = ROLE.replace("carol", session);
        Case::new(&call("iam", "CreateUser", &identity, r#"{"userName":"bob"}"#, "null", ""))
    };
    let jp = || Some(("JP".to_owned(), 41));
    let last = || Some(("2026-11-20T00:12:00Z".parse().unwrap(), Some("JP".to_owned())));
    vec![
        ("root without MFA", with(console("ConsoleLogin", ROOT, "185.107.56.1", "Success", &mfa("No")), &|case| {
            case.severity = Severity::Critical;
            case.told_at = Some("2026-11-23T12:39:30Z".parse().unwrap());
            case.comparison = Some(Comparison {
                earlier: 1, from_here: Some(0), usual_place: Some(("JP".to_owned(), 1)),
                last: Some(("2026-04-23T12:34:56Z".parse().unwrap(), Some("JP".to_owned()))),
                unusual: vec![Unusual::Return], absent_seconds: Some(214 * 86_400), known_for_seconds: Some(300 * 86_400),
                ..Comparison::default()
            });
        })),
        ("root with MFA", console("ConsoleLogin", ROOT, "126.0.0.1", "Success", &mfa("Yes"))),
        ("IAM user from a new country", with(console("ConsoleLogin", ALICE_CONSOLE, "185.107.56.1", "Success", &mfa("No")), &|case| {
            case.comparison = Some(Comparison {
                earlier: 42, from_here: Some(0), with_this: Some(0), usual_place: jp(), first: None, last: last(), failures_before: 4,
                unusual: vec![Unusual::Country, Unusual::Client, Unusual::AfterFailures, Unusual::Travel],
                travel: Some(Travel { from: "JP".to_owned(), at: "2026-11-23T10:00:00Z".parse().unwrap(), kilometres: 8_400 }),
                known_for_seconds: Some(60 * 86_400),
                ..Comparison::default()
            });
        })),
        ("IAM user never seen before", with(console("ConsoleLogin", ALICE_CONSOLE, "126.0.0.1", "Success", &mfa("Yes")), &|case| {
            case.comparison = Some(Comparison {
                from_here: Some(0), with_this: Some(0), unusual: vec![Unusual::Person], known_for_seconds: Some(12 * 86_400),
                ..Comparison::default()
            });
        })),
        ("IAM user at an odd hour, in an expected place", with(console("ConsoleLogin", ALICE_CONSOLE, "185.107.56.1", "Success", &mfa("Yes")), &|case| {
            case.comparison = Some(Comparison {
                earlier: 42, from_here: Some(0), with_this: Some(42), usual_place: jp(), last: last(),
                unusual: vec![Unusual::Role, Unusual::Hour], is_expected_place: true, ..Comparison::default()
            });
        })),
        ("IAM user, the third failure", with(console("ConsoleLogin", ALICE_CONSOLE, "185.107.56.1", "Failure", &mfa("No")), &|case| {
            case.comparison = Some(Comparison {
                failures_before: 2, from_here: Some(0), unusual: vec![Unusual::Burst], known_for_seconds: Some(12 * 86_400),
                ..Comparison::default()
            });
        })),
        ("IAM user as always", with(console("ConsoleLogin", ALICE_CONSOLE, "126.0.0.1", "Success", &mfa("Yes")), &|case| {
            case.severity = Severity::Info;
            case.comparison = Some(Comparison {
                earlier: 42, from_here: Some(41), with_this: Some(42), usual_place: jp(), first: None, last: last(), ..Comparison::default()
            });
            case.folded = vec![Folded {
                event_id: Some("e-2".into()),
                event_name: "CheckMfa".into(),
                event_time: Some("2026-11-23T12:34:50Z".parse().unwrap()),
                outcome: Outcome::Success,
                severity: Severity::Info,
                headline: None,
            }];
        })),
        ("password accepted only", console("CheckMfa", ALICE_CONSOLE, "126.0.0.1", "Success", "")),
        ("failed sign-in", with(console("ConsoleLogin", ALICE_CONSOLE, "185.107.56.1", "Failure", r#","errorMessage":"Failed authentication","additionalEventData":{"MFAUsed":"No"}"#), &|case| case.severity = Severity::Low)),
        ("failed sign-in after MFA", console("ConsoleLogin", ALICE_CONSOLE, "185.107.56.1", "Failure", r#","errorMessage":"Failed authentication","additionalEventData":{"MFAUsed":"Yes"}"#)),
        ("failed sign-in of a hidden name", console("ConsoleLogin", HIDDEN, "185.107.56.1", "Failure", r#","errorMessage":"No username found in supplied account","additionalEventData":{"MFAUsed":"No"}"#)),
        ("failed root sign-in", console("ConsoleLogin", ROOT, "185.107.56.1", "Failure", r#","errorMessage":"Failed authentication","additionalEventData":{"MFAUsed":"No"}"#)),
        ("sign-in refused by a policy", console("ConsoleLogin", ALICE_CONSOLE, "185.107.56.1", "Failure", &failed("AccessDenied"))),
        ("federated sign-in", console("ConsoleLogin", ROLE, "126.0.0.1", "Success", &mfa("No"))),
        ("role switch", console("SwitchRole", ROLE, "126.0.0.1", "Success", r#","additionalEventData":{"SwitchFrom":"arn:aws:iam::210987654321:user/alice","RedirectTo":"https://console.aws.amazon.com/"}"#)),
        ("failed role switch", console("SwitchRole", ALICE_CONSOLE, "126.0.0.1", "Failure", r#","additionalEventData":{"SwitchFrom":"arn:aws:iam::123456789012:user/alice","SwitchTo":"arn:aws:iam::123456789012:role/Admin"}"#)),
        ("Identity Center console", console("ConsoleLogin", PERSON, "126.0.0.1", "Success", &mfa("No"))),
        ("Identity Center portal", Case::new(&sign_in("UserAuthentication", PORTAL, "126.0.0.1", "Success", r#","additionalEventData":{"AuthWorkflowID":"w-1","CredentialType":"PASSWORD,TOTP"},"serviceEventDetails":{"UserAuthentication":"Success"}"#))),
        ("Identity Center account", Case::new(&sign_in("Federate", PORTAL, "126.0.0.1", "Success", r#","serviceEventDetails":{"account_id":"123456789012","role_name":"AdministratorAccess"}"#).replace("signin.amazonaws.com", "sso.amazonaws.com"))),
        ("sign-in link", console("GetSigninToken", ROLE, "3.112.23.0", "Success", "")),
        ("aws login", Case::new(&call("signin", "CreateOAuth2Token", ALICE, "null", "null", r#","additionalEventData":{"success":"true"}"#))),
        ("trail switched off", with(Case::new(&call("cloudtrail", "StopLogging", ALICE, r#"{"name":"arn:aws:cloudtrail:ap-northeast-1:123456789012:trail/main"}"#, "null", "")), &|case| {
            case.kind = Some(Kind::TrailTampering);
            case.severity = Severity::Critical;
        })),
        ("trail not switched off", with(Case::new(&ended(&call("cloudtrail", "StopLogging", ALICE, r#"{"name":"main"}"#, "null", ""), "AccessDenied")), &|case| case.kind = Some(Kind::TrailTampering))),
        ("root activity", with(Case::new(&call("s3", "CreateBucket", ROOT, r#"{"bucketName":"x"}"#, "null", "")), &|case| case.kind = Some(Kind::RootActivity))),
        ("resource sharing", with(Case::new(&call("ram", "CreateResourceShare", PERSON, r#"{"name":"subnets"}"#, "null", "")), &|case| case.kind = Some(Kind::ResourceSharing))),
        ("rule match", Case::new(&call("ec2", "AuthorizeSecurityGroupIngress", ROLE, "{}", "null", ""))),
        ("correlation", with(Case::new(&ended(&call("ec2", "DescribeInstances", ALICE, "null", "null", ""), "AccessDenied")), &|case| case.sigma = correlations())),
        ("by a service", Case::new(&call("iam", "CreateRole", SERVICE, r#"{"roleName":"stack-role"}"#, "null", ""))),
        ("by another account", Case::new(&call("sts", "GetFederationToken", OUTSIDER, r#"{"name":"x"}"#, "null", ""))),
        ("by a role session", Case::new(&call("iam", "CreateUser", ROLE, r#"{"userName":"bob"}"#, "null", ""))),
        ("by an Identity Center user", Case::new(&call("iam", "CreateUser", PERSON, r#"{"userName":"bob"}"#, "null", ""))),
        ("by a federated user", Case::new(&call("iam", "CreateUser", FEDERATED, r#"{"userName":"bob"}"#, "null", ""))),
        ("root access key", with(Case::new(&call("iam", "CreateAccessKey", ROOT, "null", r#"{"accessKey":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}"#, "")), &|case| case.severity = Severity::Critical)),
        ("role, alice of another account behind it", with(in_role("work"), &|case| {
            case.behind = Some(Behind {
                account: Some("210987654321".into()), chain: vec![hop("Admin", "123456789012"), hop("Jump", "210987654321")],
                ..someone("alice", ActorKind::IamUser, How::KeyIssued, Sure::Certain)
            });
        })),
        ("role, alice of this account behind it", with(in_role("work"), &|case| {
            case.behind = Some(Behind {
                account: Some("123456789012".into()), ..someone("alice", ActorKind::IamUser, How::KeyIssued, Sure::Certain)
            });
        })),
        ("role, a switch in the console behind it", with(in_role("alice"), &|case| {
            case.behind = Some(Behind {
                account: Some("210987654321".into()), ..someone("alice", ActorKind::IamUser, How::RoleSwitch, Sure::Certain)
            });
        })),
        ("role, somebody of another account behind it", with(in_role("work"), &|case| {
            case.behind = Some(Behind {
                account: Some("210987654321".into()),
                ..someone("AIDACKCEVSQ6C2OTHER", ActorKind::OutsideAccount, How::KeyIssued, Sure::Likely)
            });
        })),
        ("role, by its source identity", with(in_role("work"), &|case| {
            case.behind = Some(Behind { at: None, ..someone("alice", ActorKind::Unknown, How::SourceIdentity, Sure::Likely) });
        })),
        ("role, by an identity provider", with(in_role("dave"), &|case| {
            case.behind = Some(someone("dave@example.com", ActorKind::FederatedUser, How::Federated, Sure::Certain));
        })),
        ("role, by the session's word", with(in_role("alice"), &|case| {
            case.behind = Some(Behind { at: None, ..someone("alice", ActorKind::Unknown, How::SessionName, Sure::Claimed) });
        })),
        ("role, by another session's word", with(in_role("work"), &|case| {
            case.behind = Some(Behind {
                chain: vec![hop("Admin", "123456789012"), hop("Jump", "210987654321")],
                ..someone("alice", ActorKind::AssumedRole, How::SessionName, Sure::Claimed)
            });
        })),
        ("role, a pipeline", with(in_role("GitHubActions"), &|case| {
            case.behind = Some(someone("repo:example/app:ref:refs/heads/main", ActorKind::FederatedUser, How::Machine, Sure::Certain));
        })),
        ("role, an instance", with(in_role("i-0123456789abcdef0"), &|case| {
            case.behind = Some(Behind { at: None, ..someone("i-0123456789abcdef0", ActorKind::AssumedRole, How::Machine, Sure::Likely) });
        })),
        ("refused", with(Case::new(&ended(&call("iam", "AttachUserPolicy", ALICE, r#"{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#, "null", ""), "AccessDenied")), &|case| case.severity = Severity::High)),
        ("failed", with(Case::new(&ended(&call("iam", "DeleteUser", ALICE, r#"{"userName":"bob"}"#, "null", ""), "NoSuchEntityException")), &|case| case.severity = Severity::Info)),
        ("through a stack", with(Case::new(&call("iam", "AttachRolePolicy", ALICE, r#"{"roleName":"web","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#, "null", "").replace(r#""sourceIPAddress":"#, r#""sourceIPAddress":"cloudformation.amazonaws.com","was":"#)), &|case| {
            case.folded = [("AttachRolePolicy", Severity::High, "alice attached PowerUserAccess to role batch."), ("CreateRole", Severity::Low, "alice created role web.")]
                .map(|(event, severity, headline)| Folded {
                    event_id: None,
                    event_name: event.into(),
                    event_time: None,
                    outcome: Outcome::Success,
                    severity,
                    headline: Some(BothPhrases { en: Phrase::ours(headline), ja: Phrase::ours(headline) }),
                })
                .to_vec();
        })),
        ("refused without parameters", Case::new(&ended(&call("iam", "CreateAccessKey", ALICE, "null", "null", ""), "AccessDenied"))),
    ]
}
