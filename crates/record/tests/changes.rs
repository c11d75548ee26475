//! Which change an event is, whom it changes, and the values its sentence and its undo need.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use proptest::prelude::*;
use trailbell_json::Json;
use trailbell_record::{Actor, Change, Mfa, Operation, Outcome, Record, SignIn, TargetKind, Through};

const ALICE: &str = r#"{"type":"IAMUser","accountId":"123456789012","arn":"arn:aws:iam::123456789012:user/alice","userName":"alice","accessKeyId":"AKIAEXAMPLE"}"#;
const ROOT: &str = r#"{"type":"Root","accountId":"123456789012","arn":"arn:aws:iam::123456789012:root"}"#;
const ROLE: &str = r#"{"type":"AssumedRole","accountId":"123456789012","arn":"arn:aws:sts::123456789012:assumed-role/Admin/bob"}"#;

/// A record of a service's event by somebody, with `more` members after a comma.
fn record(service: &str, event: &str, who: &str, more: &str) -> Record {
    let text = format!(
        r#"{{"eventSource":"{service}.amazonaws.com","eventName":"{event}","awsRegion":"us-east-1","recipientAccountId":"123456789012","userIdentity":{who}{more}}}"#
    );
    Record::new(Json::parse(&text).unwrap())
}

fn change_of(record: &Record) -> Option<Change> {
    Change::of(record, &Actor::of(record), record.outcome())
}

fn change(service: &str, event: &str, who: &str, more: &str) -> Change {
    change_of(&record(service, event, who, more)).unwrap()
}

fn request(parameters: &str) -> String {
    format!(r#","requestParameters":{{{parameters}}}"#)
}

#[test]
fn every_row_is_known_by_its_event() {
    for (service, event) in Operation::events() {
        let refused = r#","errorCode":"AccessDenied","requestParameters":null"#;
        assert!(change_of(&record(service, event, ALICE, refused)).is_some(), "{service} {event}");
    }
}

/// Details decide: event, who, parameters -> operation, target.
#[test]
fn details_decide_which_operation_it_is() {
    use Operation as O;
    let key = r#","requestParameters":null,"responseElements":{"accessKey":{"userName":"alice","accessKeyId":"AKIANEW"}}"#;
    let cases: &[(&str, &str, &str, Operation, &str)] = &[
        ("CreateAccessKey", ALICE, key, O::CreateAccessKeySelf, "alice"),
        ("CreateAccessKey", ALICE, &request(r#""userName":"bob""#), O::CreateAccessKeyOther, "bob"),
        ("CreateAccessKey", ROLE, &request(r#""userName":"bob""#), O::CreateAccessKeyOther, "bob"),
        ("CreateAccessKey", ROOT, key, O::CreateAccessKeyRoot, "root"),
        ("CreateAccessKey", ROOT, &request(r#""userName":"bob""#), O::CreateAccessKeyOther, "bob"),
        (
            "UpdateAccessKey",
            ALICE,
            &request(r#""status":"Active","userName":"bob""#),
            O::ActivateAccessKey,
            "bob",
        ),
        ("UpdateAccessKey", ALICE, &request(r#""status":"Inactive""#), O::DeactivateAccessKey, "alice"),
        ("DeleteAccessKey", ALICE, &request(r#""accessKeyId":"AKIAOLD""#), O::DeleteAccessKey, "alice"),
        ("CreateLoginProfile", ALICE, &request(r#""userName":"bob""#), O::CreateLoginProfile, "bob"),
        ("CreateLoginProfile", ROOT, r#","requestParameters":null"#, O::CreateLoginProfileRoot, "root"),
        ("UpdateLoginProfile", ALICE, &request(r#""userName":"bob""#), O::UpdateLoginProfileOther, "bob"),
        ("UpdateLoginProfile", ALICE, &request(r#""userName":"alice""#), O::UpdateLoginProfileSelf, "alice"),
        ("ChangePassword", ALICE, r#","requestParameters":null"#, O::ChangePassword, "alice"),
        (
            "AttachUserPolicy",
            ALICE,
            &request(
                r#""userName":"bob","policyArn":"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2""#,
            ),
            O::AttachQuarantinePolicy,
            "bob",
        ),
        (
            "AttachUserPolicy",
            ALICE,
            &request(
                r#""userName":"bob","policyArn":"arn:aws:iam::123456789012:policy/AWSCompromisedKeyQuarantineV2""#,
            ),
            O::AttachPolicy,
            "bob",
        ),
        (
            "PutRolePolicy",
            ALICE,
            &request(r#""roleName":"Admin","policyName":"AWSRevokeOlderSessions""#),
            O::RevokeSessions,
            "Admin",
        ),
        (
            "PutUserPolicy",
            ALICE,
            &request(r#""userName":"bob","policyName":"AWSRevokeOlderSessions""#),
            O::PutInlinePolicy,
            "bob",
        ),
        (
            "CreatePolicyVersion",
            ALICE,
            &request(r#""policyArn":"arn:aws:iam::123456789012:policy/path/p","setAsDefault":true"#),
            O::ChangePolicy,
            "p",
        ),
        (
            "CreatePolicyVersion",
            ALICE,
            &request(r#""policyArn":"arn:aws:iam::123456789012:policy/p""#),
            O::CreatePolicyVersion,
            "p",
        ),
        (
            "UpdateRole",
            ALICE,
            &request(r#""roleName":"Admin","maxSessionDuration":43200"#),
            O::UpdateRoleSessions,
            "Admin",
        ),
        ("UpdateRole", ALICE, &request(r#""roleName":"Admin","description":"x""#), O::UpdateRole, "Admin"),
        ("UpdateUser", ALICE, &request(r#""userName":"bob","newUserName":"rob""#), O::Rename, "bob"),
        ("UpdateUser", ALICE, &request(r#""userName":"bob","newPath":"/x/""#), O::OtherIamWrite, "bob"),
        ("DeleteGroup", ALICE, &request(r#""groupName":"ops""#), O::DeleteEntity, "ops"),
        ("UntagRole", ALICE, &request(r#""roleName":"Admin""#), O::ChangeTags, "Admin"),
        (
            "DeletePolicyVersion",
            ALICE,
            &request(r#""policyArn":"arn:aws:iam::123456789012:policy/p""#),
            O::OtherIamWrite,
            "p",
        ),
        (
            "UploadServerCertificate",
            ALICE,
            &request(r#""serverCertificateName":"web""#),
            O::OtherIamWrite,
            "web",
        ),
        (
            "EnableMFADevice",
            ROOT,
            &request(
                r#""userName":"my-blog","serialNumber":"arn:aws:iam::123456789012:mfa/root-account-mfa-device""#,
            ),
            O::EnableMfaDevice,
            "root",
        ),
        ("CreateSAMLProvider", ALICE, &request(r#""name":"okta""#), O::CreateSamlProvider, "okta"),
        (
            "AddClientIDToOpenIDConnectProvider",
            ALICE,
            &request(
                r#""openIDConnectProviderArn":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com""#,
            ),
            O::UpdateOidcProvider,
            "token.actions.githubusercontent.com",
        ),
    ];
    for (event, who, more, operation, target) in cases {
        let change = change("iam", event, who, more);
        assert_eq!((change.operation, change.target.name.raw()), (*operation, *target), "{event} {more}");
    }
}

#[test]
fn without_a_user_name_the_caller_is_the_target_and_root_has_no_name() {
    let own = change("iam", "UploadSSHPublicKey", ALICE, r#","requestParameters":{"sSHPublicKeyBody":"x"}"#);
    assert!(own.target.is_actor && !own.target.is_root);
    let root = change(
        "iam",
        "DeactivateMFADevice",
        ROOT,
        r#","requestParameters":{"serialNumber":"arn:aws:iam::123456789012:mfa/root-account-mfa-device"}"#,
    );
    assert!(root.target.is_actor && root.target.is_root);
}

/// A refused request is often recorded without its parameters: the message may name the target, and where it
/// does not, nothing is claimed.
#[test]
fn a_refused_request_claims_no_target_the_record_does_not_name() {
    let refused = |event: &str, resource: &str| {
        let more = format!(
            r#","requestParameters":null,"errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:{event} on resource: {resource} because no identity-based policy allows the iam:{event} action""#
        );
        let change = change("iam", event, ALICE, &more);
        (change.target.name.raw().to_owned(), change.operation, change.target.is_actor)
    };
    assert_eq!(
        refused("CreateAccessKey", "user bob"),
        ("bob".into(), Operation::CreateAccessKeyOther, false)
    );
    assert_eq!(
        refused("CreateAccessKey", "user alice"),
        ("alice".into(), Operation::CreateAccessKeySelf, true)
    );
    assert_eq!(
        refused("CreateUser", "arn:aws:iam::123456789012:user/dev/eve"),
        ("eve".into(), Operation::CreateUser, false)
    );
    assert_eq!(refused("AddUserToGroup", "group admins"), (String::new(), Operation::AddUserToGroup, false));
    assert_eq!(refused("CreateAccessKey", "*"), (String::new(), Operation::CreateAccessKeyOther, false));
    assert_eq!(
        refused("CreateRole", "arn:aws:iam::123456789012:role/x"),
        ("x".into(), Operation::CreateRole, false)
    );
}

/// The console's Event history download has no parameters, only the resources' names.
#[test]
fn a_download_without_parameters_claims_what_its_resources_say() {
    let alice = r#"{"userName":"alice","accessKeyId":"AKIAEXAMPLE"}"#;
    let key = r#","resources":[{"resourceType":"AWS::IAM::AccessKey","resourceName":"AKIANEW"},{"resourceType":"AWS::IAM::User","resourceName":"bob"}]"#;
    let created = change("iam", "CreateAccessKey", alice, key);
    assert_eq!((created.operation, created.target.name.raw()), (Operation::CreateAccessKeyOther, "bob"));
    assert_eq!(created.value("key_id").unwrap().raw(), "AKIANEW");
    let policy = r#","resources":[{"resourceType":"AWS::IAM::Policy","resourceName":"arn:aws:iam::aws:policy/AdministratorAccess"},{"resourceType":"AWS::IAM::Role","resourceName":"app"}]"#;
    let attached = change("iam", "AttachRolePolicy", alice, policy);
    assert_eq!(attached.target.name.raw(), "app");
    assert_eq!(attached.value("policy").unwrap().raw(), "AdministratorAccess");
    assert_eq!(attached.value("policy_arn").unwrap().raw(), "arn:aws:iam::aws:policy/AdministratorAccess");
    let unknown = change("iam", "CreateAccessKey", alice, "");
    assert_eq!(unknown.operation, Operation::CreateAccessKeyOther);
    assert!(!unknown.target.is_known() && !unknown.target.is_actor);
}

#[test]
fn a_read_is_no_change_and_a_write_without_a_row_is() {
    for event in ["GetUser", "ListRoles", "SimulateCustomPolicy", "GenerateCredentialReport"] {
        assert_eq!(change_of(&record("iam", event, ALICE, "")), None, "{event}");
        assert_eq!(change_of(&record("iam", event, ALICE, r#","readOnly":true"#)), None, "{event}");
    }
    assert_eq!(change_of(&record("iam", "Reticulate", ALICE, r#","readOnly":true"#)), None);
    for more in ["", r#","readOnly":false"#, r#","readOnly":"false""#] {
        assert_eq!(change("iam", "ReticulateSplines", ALICE, more).operation, Operation::OtherIamWrite);
    }
    assert_eq!(change_of(&record("ec2", "CreateUser", ALICE, "")), None);
}

#[test]
fn a_federated_role_is_told_only_when_refused() {
    let more = r#","requestParameters":{"roleArn":"arn:aws:iam::123456789012:role/ci"}"#;
    assert_eq!(change_of(&record("sts", "AssumeRoleWithWebIdentity", ALICE, more)), None);
    let refused = format!(r#"{more},"errorCode":"AccessDenied""#);
    let change = change("sts", "AssumeRoleWithWebIdentity", ALICE, &refused);
    assert_eq!(change.operation, Operation::AssumeRoleFederated);
    assert_eq!(change.value("role").unwrap().raw(), "ci");
}

/// Every value a sentence or an undo command asks for: event, parameters and response, key, value.
#[test]
fn values_are_found_where_aws_writes_them() {
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        (
            "iam",
            "CreateAccessKey",
            r#","responseElements":{"accessKey":{"accessKeyId":"AKIANEW"}}"#,
            "key_id",
            "AKIANEW",
        ),
        ("iam", "DeleteAccessKey", r#","requestParameters":{"accessKeyId":"AKIAOLD"}"#, "key_id", "AKIAOLD"),
        (
            "iam",
            "AttachRolePolicy",
            r#","requestParameters":{"policyArn":"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}"#,
            "policy",
            "ViewOnlyAccess",
        ),
        (
            "iam",
            "AttachRolePolicy",
            r#","requestParameters":{"policyArn":"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}"#,
            "policy_arn",
            "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        ),
        (
            "iam",
            "PutUserPermissionsBoundary",
            r#","requestParameters":{"permissionsBoundary":"arn:aws:iam::aws:policy/AWSDenyAll"}"#,
            "policy",
            "AWSDenyAll",
        ),
        (
            "iam",
            "CreatePolicy",
            r#","responseElements":{"policy":{"policyName":"p","arn":"arn:aws:iam::1:policy/p","defaultVersionId":"v1"}}"#,
            "version",
            "v1",
        ),
        (
            "iam",
            "CreatePolicyVersion",
            r#","responseElements":{"policyVersion":{"versionId":"v3"}}"#,
            "version",
            "v3",
        ),
        (
            "iam",
            "UploadSSHPublicKey",
            r#","responseElements":{"sSHPublicKey":{"sSHPublicKeyId":"APKAEXAMPLE"}}"#,
            "ssh_id",
            "APKAEXAMPLE",
        ),
        (
            "iam",
            "CreateServiceSpecificCredential",
            r#","requestParameters":{"serviceName":"codecommit.amazonaws.com"},"responseElements":{"serviceSpecificCredential":{"serviceSpecificCredentialId":"ACCAEXAMPLE"}}"#,
            "cred_id",
            "ACCAEXAMPLE",
        ),
        (
            "iam",
            "CreateServiceLinkedRole",
            r#","requestParameters":{"aWSServiceName":"sso.amazonaws.com"}"#,
            "service",
            "sso.amazonaws.com",
        ),
        (
            "iam",
            "UploadSigningCertificate",
            r#","responseElements":{"certificate":{"certificateId":"TA7SMP42"}}"#,
            "cred_id",
            "TA7SMP42",
        ),
        (
            "iam",
            "CreateSAMLProvider",
            r#","responseElements":{"sAMLProviderArn":"arn:aws:iam::1:saml-provider/okta"}"#,
            "provider_arn",
            "arn:aws:iam::1:saml-provider/okta",
        ),
        ("iam", "UpdateRole", r#","requestParameters":{"maxSessionDuration":43200}"#, "hours", "12"),
        ("iam", "UpdateRole", r#","requestParameters":{"maxSessionDuration":5400}"#, "hours", "1.5"),
        ("iam", "UpdateUser", r#","requestParameters":{"newUserName":"rob"}"#, "new_name", "rob"),
        (
            "iam",
            "AddUserToGroup",
            r#","requestParameters":{"userName":"bob","groupName":"ops"}"#,
            "group",
            "ops",
        ),
        ("iam", "DeleteRole", r#","requestParameters":{"roleName":"x"}"#, "kind", "role"),
        ("iam", "CreateUser", "", "account", "123456789012"),
        (
            "sts",
            "AssumeRoot",
            r#","requestParameters":{"targetPrincipal":"arn:aws:iam::210987654321:root","taskPolicyArn":{"arn":"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}}"#,
            "account",
            "210987654321",
        ),
        (
            "sts",
            "AssumeRoot",
            r#","requestParameters":{"targetPrincipal":"210987654321","taskPolicyArn":{"arn":"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}}"#,
            "task",
            "S3UnlockBucketPolicy",
        ),
        (
            "sso",
            "CreateAccountAssignment",
            r#","requestParameters":{"targetId":"210987654321","principalType":"GROUP","principalId":"g-1","permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-1/ps-1"}"#,
            "account",
            "210987654321",
        ),
        (
            "sso",
            "CreateAccountAssignment",
            r#","requestParameters":{"permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-1/ps-1"}"#,
            "target",
            "ps-1",
        ),
        (
            "identitystore",
            "CreateGroupMembership",
            r#","requestParameters":{"memberId":{"userId":"u-1"},"groupId":"g-1"},"responseElements":{"membershipId":"m-1"}"#,
            "target",
            "u-1",
        ),
        (
            "identitystore",
            "CreateGroupMembership",
            r#","requestParameters":{"groupId":"g-1"},"responseElements":{"membershipId":"m-1"}"#,
            "membership_id",
            "m-1",
        ),
        (
            "rolesanywhere",
            "CreateTrustAnchor",
            r#","requestParameters":{"name":"ca"},"responseElements":{"trustAnchor":{"trustAnchorId":"a-1"}}"#,
            "anchor_id",
            "a-1",
        ),
        (
            "account",
            "PutAlternateContact",
            r#","requestParameters":{"alternateContactType":"SECURITY"}"#,
            "contact",
            "SECURITY",
        ),
        ("account", "PutContactInformation", "", "contact", "PRIMARY"),
        (
            "account",
            "EnableRegion",
            r#","requestParameters":{"regionName":"ap-south-2"}"#,
            "region",
            "ap-south-2",
        ),
    ];
    for (service, event, more, key, value) in cases {
        let found = change(service, event, ALICE, more).value(key);
        assert_eq!(found.as_ref().map(trailbell_text::Untrusted::raw), Some(*value), "{event} {key}");
    }
}

#[test]
fn who_may_assume_a_role_is_read_from_its_document() {
    let trust = r#"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::210987654321:root\",\"Service\":\"ec2.amazonaws.com\"}}]}"#;
    let change = change(
        "iam",
        "CreateRole",
        ALICE,
        &request(&format!(r#""roleName":"x","assumeRolePolicyDocument":"{trust}""#)),
    );
    assert_eq!(change.value("trusted").unwrap().raw(), "210987654321, ec2.amazonaws.com");
    assert!(change.document().unwrap().starts_with("{\"Statement\""));
}

#[test]
fn the_root_users_password_and_address_are_changes_not_sign_ins() {
    for (event, operation) in [
        ("PasswordRecoveryRequested", Operation::RequestRootPasswordRecovery),
        ("PasswordRecoveryCompleted", Operation::CompleteRootPasswordRecovery),
        ("PasswordUpdated", Operation::UpdateRootPassword),
        ("EmailUpdated", Operation::UpdateRootEmail),
    ] {
        let change = change("signin", event, ROOT, "");
        assert_eq!(
            (change.operation, change.target.is_root, change.target.kind),
            (operation, true, TargetKind::User)
        );
    }
    assert_eq!(change("signin", "PasswordUpdated", ALICE, "").operation, Operation::ChangePassword);
}

/// What AWS itself writes counts; a user agent is whatever the caller likes.
#[test]
fn the_service_in_between_is_not_taken_from_the_user_agent() {
    let through = |who: &str, more: &str| change("iam", "AttachRolePolicy", who, more).through;
    let stack = ALICE.replacen('{', r#"{"invokedBy":"cloudformation.amazonaws.com","#, 1);
    assert_eq!(through(&stack, ""), Some(Through::CloudFormation));
    assert_eq!(
        through(ALICE, r#","sourceIPAddress":"cloudformation.amazonaws.com""#),
        Some(Through::CloudFormation)
    );
    assert_eq!(through(ALICE, r#","userAgent":"cloudformation.amazonaws.com""#), None);
    let provisioning =
        r#"{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForSSO/SSO"}"#;
    assert_eq!(through(provisioning, ""), Some(Through::IdentityCenter));
    assert_eq!(through(ALICE, r#","sourceIPAddress":"203.0.113.7""#), None);
}

#[test]
fn the_outcome_is_asked_for_not_guessed() {
    let failed = record(
        "iam",
        "DeleteLoginProfile",
        ALICE,
        r#","errorCode":"NoSuchEntityException","requestParameters":{"userName":"bob"}"#,
    );
    assert_eq!(failed.outcome(), Outcome::Failure);
    assert_eq!(change_of(&failed).unwrap().target.name.raw(), "bob");
}

proptest! {
    /// Whatever an outsider writes into a record, it is understood or not, and nothing breaks.
    #[test]
    fn no_text_in_a_record_breaks_the_understanding(
        (service, event) in prop::sample::select(Operation::events().chain([("signin", "SwitchRole"), ("sso", "Federate")]).collect::<Vec<_>>()),
        kind in prop::sample::select(vec!["IAMUser", "Root", "AssumedRole", "FederatedUser", "Unknown", "x"]),
        texts in prop::collection::vec(
            prop_oneof![any::<String>(), "(arn:|:|/|%|user | on resource: |\\*|assumed-role|AWSReservedSSO_|_|because|あ){0,12}"],
            6,
        ),
    ) {
        let text = |index: usize| Json::String(texts[index].clone()).to_string();
        let (a, b, c, d, e, f) = (text(0), text(1), text(2), text(3), text(4), text(5));
        let record = Record::new(Json::parse(&format!(
            r#"{{"eventSource":"{service}.amazonaws.com","eventName":"{event}","errorCode":"AccessDenied","errorMessage":{f},
                "userIdentity":{{"type":"{kind}","arn":{a},"principalId":{b},"sessionContext":{{"sessionIssuer":{{"userName":{c}}}}}}},
                "additionalEventData":{{"SwitchFrom":{a},"SwitchTo":{b},"CredentialType":{c}}},
                "requestParameters":{{"policyArn":{d},"permissionSetArn":{d},"roleArn":{d},"targetPrincipal":{d},"sAMLProviderArn":{d},
                    "policyDocument":{e},"maxSessionDuration":{e}}}}}"#
        )).unwrap());
        let actor = Actor::of(&record);
        let _ = (change_of(&record), SignIn::of(&record, &actor), Mfa::of(&record, &actor), actor.permission_set(), actor.key());
    }
}
