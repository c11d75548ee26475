//! How grave each thing is: one line for each row of the list of operations, conditions included.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use trailbell_detect::{Detection, RuleSet, RuleSettings, What};
use trailbell_json::Json;
use trailbell_record::Record;
use trailbell_text::Severity::{self, Critical, High, Info, Low, Medium};
use trailbell_text::{Kind, Outcome};

const ALICE: &str = r#"{"type":"IAMUser","accountId":"123456789012","principalId":"AIDAEXAMPLE","userName":"alice","accessKeyId":"AKIAEXAMPLE"}"#;
const STACK: &str = r#"{"type":"IAMUser","accountId":"123456789012","userName":"alice","invokedBy":"cloudformation.amazonaws.com"}"#;
const SSO: &str = r#"{"type":"AssumedRole","accountId":"123456789012","arn":"arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForSSO/x"}"#;
const ROOT: &str = r#"{"type":"Root","accountId":"123456789012"}"#;
const ROOT_KEY: &str = r#"{"type":"Root","accountId":"123456789012","accessKeyId":"AKIAEXAMPLE"}"#;

fn record(service: &str, event: &str, who: &str, more: &str) -> Record {
    let text = format!(
        r#"{{"eventSource":"{service}.amazonaws.com","eventName":"{event}","recipientAccountId":"123456789012","userIdentity":{who}{more}}}"#
    );
    Record::new(Json::parse(&text).unwrap())
}

fn inspect(service: &str, event: &str, who: &str, more: &str) -> Option<Detection> {
    RuleSet::new(RuleSettings::default()).unwrap().inspect(&record(service, event, who, more))
}

fn severity(service: &str, event: &str, who: &str, more: &str) -> Severity {
    inspect(service, event, who, more).unwrap_or_else(|| panic!("{event} is not met")).severity
}

/// Request parameters of an operation on bob.
fn on_bob(parameters: &str) -> String {
    format!(r#","requestParameters":{{"userName":"bob","roleName":"app","groupName":"ops"{parameters}}}"#)
}

/// A policy of one statement, as a JSON string.
fn document(statement: &str) -> String {
    format!(r#"{{"Statement":[{statement}]}}"#).replace('"', "\\\"")
}

#[test]
fn operations_whose_severity_does_not_depend_on_details() {
    for (service, event, severity_of_success) in [
        ("iam", "CreateUser", Medium),
        ("iam", "CreateAccessKey", High),
        ("iam", "DeleteAccessKey", Low),
        ("iam", "CreateLoginProfile", High),
        ("iam", "UpdateLoginProfile", High),
        ("iam", "ChangePassword", Low),
        ("iam", "DeleteLoginProfile", Low),
        ("iam", "DeactivateMFADevice", High),
        ("iam", "CreateVirtualMFADevice", Info),
        ("iam", "DeleteVirtualMFADevice", Info),
        ("iam", "ResyncMFADevice", Info),
        ("iam", "UploadSSHPublicKey", Medium),
        ("iam", "CreateServiceSpecificCredential", High),
        ("iam", "ResetServiceSpecificCredential", High),
        ("iam", "UploadSigningCertificate", High),
        ("iam", "AttachGroupPolicy", Medium),
        ("iam", "DetachRolePolicy", Low),
        ("iam", "DeleteUserPolicy", Low),
        ("iam", "SetDefaultPolicyVersion", High),
        ("iam", "AddUserToGroup", Medium),
        ("iam", "RemoveUserFromGroup", Low),
        ("iam", "UpdateRole", Low),
        ("iam", "PutUserPermissionsBoundary", Medium),
        ("iam", "DeleteRolePermissionsBoundary", High),
        ("iam", "CreateInstanceProfile", Info),
        ("iam", "AddRoleToInstanceProfile", Medium),
        ("iam", "CreateServiceLinkedRole", Info),
        ("iam", "CreateSAMLProvider", Critical),
        ("iam", "CreateOpenIDConnectProvider", High),
        ("iam", "DeleteUser", Low),
        ("iam", "UpdateAccountPasswordPolicy", Medium),
        ("iam", "SetSecurityTokenServicePreferences", Low),
        ("iam", "CreateAccountAlias", Low),
        ("iam", "EnableOrganizationsRootSessions", High),
        ("iam", "EnableOutboundWebIdentityFederation", Medium),
        ("iam", "CreateDelegationRequest", Medium),
        ("iam", "AcceptDelegationRequest", High),
        ("iam", "TagRole", Info),
        ("iam", "DeletePolicyVersion", Low),
        ("sts", "AssumeRoot", Critical),
        ("sts", "GetFederationToken", Medium),
        ("sso", "CreateAccountAssignment", High),
        ("sso", "DeleteAccountAssignment", Low),
        ("sso", "UpdatePermissionSet", High),
        ("sso", "DetachManagedPolicyFromPermissionSet", Medium),
        ("sso", "ProvisionPermissionSet", Info),
        ("sso", "CreateTrustedTokenIssuer", High),
        ("identitystore", "CreateUser", Medium),
        ("identitystore-scim", "CreateUser", Info),
        ("sso-directory", "AddMemberToGroup", High),
        ("sso-directory", "UpdatePassword", High),
        ("sso-directory", "EnableExternalIdPConfigurationForDirectory", Critical),
        ("rolesanywhere", "CreateTrustAnchor", High),
        ("signin", "PutConsoleAuthorizationConfiguration", Critical),
        ("signin", "DeleteConsoleAuthorizationConfiguration", High),
        ("signin", "PasswordRecoveryRequested", High),
        ("signin", "PasswordRecoveryCompleted", Critical),
        ("account", "StartPrimaryEmailUpdate", Critical),
        ("account", "PutAlternateContact", High),
        ("account", "EnableRegion", Medium),
        ("organizations", "LeaveOrganization", Critical),
        ("organizations", "DetachPolicy", Critical),
        ("organizations", "RemoveAccountFromOrganization", High),
    ] {
        let with = |error: &str| severity(service, event, ALICE, &(on_bob("") + error));
        assert_eq!(with(""), severity_of_success, "{event}");
        assert_eq!(with(r#","errorCode":"AccessDenied""#), severity_of_success.lower(), "{event} refused");
        assert_eq!(with(r#","errorCode":"NoSuchEntityException""#), Info, "{event} failed");
    }
}

#[test]
fn whom_it_is_done_to_decides() {
    let none = r#","requestParameters":null"#;
    assert_eq!(severity("iam", "CreateAccessKey", ALICE, none), Medium);
    assert_eq!(severity("iam", "CreateAccessKey", ROOT, none), Critical);
    assert_eq!(severity("iam", "CreateLoginProfile", ROOT, none), Critical);
    assert_eq!(severity("iam", "DeactivateMFADevice", ROOT, none), Critical);
    assert_eq!(severity("iam", "EnableMFADevice", ALICE, none), Low);
    assert_eq!(severity("iam", "EnableMFADevice", ALICE, &on_bob("")), High);
    assert_eq!(severity("iam", "EnableMFADevice", ROOT, none), High);
    assert_eq!(severity("iam", "UpdateAccessKey", ALICE, &on_bob(r#","status":"Active""#)), Medium);
    assert_eq!(severity("iam", "UpdateAccessKey", ALICE, &on_bob(r#","status":"Inactive""#)), Low);
    let own = r#","requestParameters":{"principalId":"AIDAEXAMPLE"}"#;
    assert_eq!(severity("sso", "DeleteAccountAssignment", ALICE, own), High);
}

#[test]
fn awss_own_policies_count_by_name() {
    let arn = |name: &str| on_bob(&format!(r#","policyArn":"arn:aws:iam::aws:policy/{name}""#));
    let attach = |who: &str, event: &str, name: &str| severity("iam", event, who, &arn(name));
    assert_eq!(attach(ALICE, "AttachUserPolicy", "AdministratorAccess"), Critical);
    assert_eq!(attach(ALICE, "AttachRolePolicy", "AdministratorAccess"), Critical);
    assert_eq!(attach(STACK, "AttachRolePolicy", "AdministratorAccess"), High);
    assert_eq!(attach(SSO, "AttachRolePolicy", "AdministratorAccess"), High);
    assert_eq!(attach(STACK, "AttachUserPolicy", "AdministratorAccess"), Critical);
    assert_eq!(attach(ALICE, "AttachUserPolicy", "IAMFullAccess"), High);
    assert_eq!(attach(ALICE, "AttachUserPolicy", "PowerUserAccess"), High);
    assert_eq!(attach(ALICE, "AttachUserPolicy", "ReadOnlyAccess"), Medium);
    assert_eq!(attach(ALICE, "AttachUserPolicy", "AmazonS3FullAccess"), Medium);
    // A way to everything: any role handed to a function, but only where a condition is met.
    assert_eq!(attach(ALICE, "AttachUserPolicy", "AWSLambda_FullAccess"), Medium);
    assert_eq!(attach(ALICE, "AttachUserPolicy", "AWSSSOMasterAccountAdministrator"), High);
    // `*` under a condition.
    assert_eq!(attach(ALICE, "AttachUserPolicy", "AWSMcpServiceActionsFullAccess"), High);
    // Made by AWS after the table was.
    assert_eq!(attach(ALICE, "AttachUserPolicy", "SomethingOfNextYear"), Medium);
    assert_eq!(attach(ALICE, "AttachUserPolicy", "AWSDenyAll"), Low);
    assert_eq!(attach(ALICE, "AttachUserPolicy", "AWSCompromisedKeyQuarantineV3"), Critical);
    assert_eq!(attach(ALICE, "DetachUserPolicy", "AWSCompromisedKeyQuarantineV3"), Critical);
    assert_eq!(attach(ALICE, "DetachUserPolicy", "AWSDenyAll"), Critical);
    assert_eq!(attach(ALICE, "DetachUserPolicy", "AdministratorAccess"), Low);
    // Deleting one of the two Denies that are known by name lifts a block too.
    let delete = |name: &str| {
        severity("iam", "DeleteRolePolicy", ALICE, &on_bob(&format!(r#","policyName":"{name}""#)))
    };
    assert_eq!(delete("AWSRevokeOlderSessions"), High);
    assert_eq!(delete("TrailbellDenyAll"), High);
    assert_eq!(delete("read-content"), Low);
    let set = r#","requestParameters":{"managedPolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#;
    assert_eq!(severity("sso", "AttachManagedPolicyToPermissionSet", ALICE, set), Critical);
}

#[test]
fn policy_texts_count_by_what_they_allow() {
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let iam = r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#;
    let some = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
    let with_mfa = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let with = |event: &str, statement: &str, more: &str| {
        severity(
            "iam",
            event,
            ALICE,
            &on_bob(&format!(r#","policyDocument":"{}"{more}"#, document(statement))),
        )
    };
    assert_eq!(with("PutUserPolicy", everything, ""), Critical);
    assert_eq!(with("PutUserPolicy", iam, ""), High);
    assert_eq!(with("PutUserPolicy", some, ""), Medium);
    assert_eq!(with("PutUserPolicy", with_mfa, ""), High);
    assert_eq!(severity("iam", "PutUserPolicy", ALICE, &on_bob("")), Medium);
    let key = r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}"#;
    let own_key = r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}"#;
    let function = r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction"],"Resource":"*"}"#;
    let function_with_mfa =
        &function.replace(r#""*"}"#, r#""*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#);
    let block = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    assert_eq!(with("PutUserPolicy", key, ""), High);
    assert_eq!(with("PutUserPolicy", own_key, ""), Medium);
    assert_eq!(with("PutUserPolicy", function, ""), High);
    assert_eq!(with("PutUserPolicy", function_with_mfa, ""), Medium);
    assert_eq!(with("PutUserPolicy", block, ""), Low);
    let default = r#","setAsDefault":true"#;
    assert_eq!(with("CreatePolicyVersion", everything, default), Critical);
    assert_eq!(with("CreatePolicyVersion", some, default), High);
    assert_eq!(with("CreatePolicyVersion", some, ""), Low);
    assert_eq!(with("CreatePolicyVersion", everything, ""), Medium);
    assert_eq!(with("CreatePolicy", everything, ""), Medium);
    assert_eq!(with("CreatePolicy", some, ""), Low);
    let revoke = on_bob(r#","policyName":"AWSRevokeOlderSessions""#);
    assert_eq!(severity("iam", "PutRolePolicy", ALICE, &revoke), Low);
    let inline = format!(r#","requestParameters":{{"inlinePolicy":"{}"}}"#, document(everything));
    assert_eq!(severity("sso", "PutInlinePolicyToPermissionSet", ALICE, &inline), Critical);
}

#[test]
fn trust_policies_count_by_whom_they_let_in() {
    let trusting = |event: &str, who: &str, principal: &str| {
        let text = document(&format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole",{principal}}}"#));
        let key = if event == "CreateRole" { "assumeRolePolicyDocument" } else { "policyDocument" };
        severity("iam", event, who, &on_bob(&format!(r#","{key}":"{text}""#)))
    };
    let service = r#""Principal":{"Service":"ec2.amazonaws.com"}"#;
    let own = r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#;
    let outside = r#""Principal":{"AWS":"arn:aws:iam::210987654321:root"}"#;
    let outside_if = r#""Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}"#;
    let anyone = r#""Principal":"*""#;
    let github = r#""Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:o/r:*"}}"#;
    let any_repository = r#""Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#;
    for (principal, create, update) in [
        (service, Low, High),
        (own, Low, High),
        (github, Medium, High),
        (any_repository, High, Critical),
        (outside_if, High, High),
        (outside, High, Critical),
        (anyone, High, Critical),
    ] {
        assert_eq!(trusting("CreateRole", ALICE, principal), create, "{principal}");
        assert_eq!(trusting("UpdateAssumeRolePolicy", ALICE, principal), update, "{principal}");
    }
    assert_eq!(trusting("CreateRole", SSO, github), Low);
    assert_eq!(severity("iam", "CreateSAMLProvider", SSO, ""), Info);
}

#[test]
fn sign_ins() {
    let login = |who: &str, mfa: &str, result: &str| {
        let more = format!(
            r#","eventType":"AwsConsoleSignIn","additionalEventData":{{"MFAUsed":"{mfa}"}},"responseElements":{{"ConsoleLogin":"{result}"}}"#
        );
        severity("signin", "ConsoleLogin", who, &more)
    };
    let federated = r#"{"type":"FederatedUser","accountId":"123456789012","principalId":"123456789012:x"}"#;
    let okta = r#"{"type":"AssumedRole","accountId":"123456789012","arn":"arn:aws:sts::123456789012:assumed-role/Okta/bob"}"#;
    assert_eq!(login(ROOT, "No", "Success"), Critical);
    assert_eq!(login(ROOT, "Yes", "Success"), High);
    assert_eq!(login(ROOT, "No", "Failure"), Medium);
    assert_eq!(login(ALICE, "No", "Success"), Medium);
    assert_eq!(login(ALICE, "Yes", "Success"), Info);
    assert_eq!(login(ALICE, "Yes", "Failure"), Low);
    assert_eq!(login(okta, "No", "Success"), Info);
    assert_eq!(login(federated, "No", "Success"), Medium);
    assert_eq!(severity("signin", "CheckMfa", ALICE, r#","responseElements":{"CheckMfa":"Success"}"#), Low);
    assert_eq!(severity("signin", "SwitchRole", okta, ""), Low);
    assert_eq!(severity("signin", "AuthorizeOAuth2Access", ALICE, r#","readOnly":true"#), Low);
    assert_eq!(inspect("signin", "RenewRole", okta, r#","eventType":"AwsConsoleSignIn""#), None);
}

#[test]
fn what_root_does_is_met_beside_other_rules() {
    let rules = |detection: &Detection| detection.rules.iter().map(ToString::to_string).collect::<Vec<_>>();
    let sign_in = inspect("signin", "ConsoleLogin", ROOT, "").unwrap();
    assert_eq!(
        (sign_in.kind, rules(&sign_in)),
        (Kind::ConsoleSignIn, vec!["console-sign-in".into(), "root-activity".into()])
    );
    let stop = inspect("cloudtrail", "StopLogging", ROOT, "").unwrap();
    assert_eq!((stop.kind, stop.severity), (Kind::TrailTampering, Critical));
    assert_eq!(rules(&stop), ["trail-tampering", "root-activity"]);
    assert!(matches!(stop.what, What::Trail(_)));

    assert_eq!(severity("ec2", "RunInstances", ROOT, r#","readOnly":false"#), High);
    assert_eq!(severity("ec2", "DescribeInstances", ROOT, r#","readOnly":true"#), Low);
    assert_eq!(severity("ec2", "DescribeInstances", ROOT_KEY, r#","readOnly":true"#), High);
    assert_eq!(inspect("kms", "RotateKey", ROOT, r#","eventType":"AwsServiceEvent""#), None);
    let invoked = ROOT.replacen('{', r#"{"invokedBy":"health.amazonaws.com","#, 1);
    assert_eq!(inspect("health", "DescribeEvents", &invoked, ""), None);
    let elsewhere = ROOT.replace("123456789012", "210987654321");
    assert_eq!(inspect("s3", "GetObject", &elsewhere, ""), None);
}

#[test]
fn the_record_keeping() {
    for (service, event, expected) in [
        ("cloudtrail", "StopLogging", Critical),
        ("cloudtrail", "DeleteTrail", Critical),
        ("cloudtrail", "UpdateTrail", High),
        ("cloudtrail", "PutEventSelectors", High),
        ("cloudtrail", "DeleteEventDataStore", High),
        ("guardduty", "DeleteDetector", High),
        ("guardduty", "DisassociateFromMasterAccount", High),
        ("config", "StopConfigurationRecorder", High),
        ("config", "DeleteDeliveryChannel", High),
        ("ec2", "DeleteFlowLogs", High),
        ("access-analyzer", "DeleteAnalyzer", Medium),
        ("securityhub", "DisableSecurityHub", High),
    ] {
        let met = inspect(service, event, ALICE, "").unwrap();
        assert_eq!((met.kind, met.severity), (Kind::TrailTampering, expected), "{event}");
    }
    let detector = |enable: &str| {
        severity(
            "guardduty",
            "UpdateDetector",
            ALICE,
            &format!(r#","requestParameters":{{"enable":{enable}}}"#),
        )
    };
    assert_eq!((detector("false"), detector("true")), (High, Low));
    let refused = inspect("cloudtrail", "StopLogging", ALICE, r#","errorCode":"AccessDenied""#).unwrap();
    assert_eq!((refused.severity, refused.outcome), (High, Outcome::Denied));
}

#[test]
fn sharing_is_off_until_asked_for() {
    let public = r#","requestParameters":{"bucketName":"b","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}}"#;
    assert_eq!(inspect("s3", "PutBucketPolicy", ALICE, public), None);
    let mut settings = RuleSettings::default();
    settings.builtin.entry("resource-sharing".into()).or_default().enabled = Some(true);
    let rules = RuleSet::new(settings).unwrap();
    let met = |service: &str, event: &str, more: &str| rules.inspect(&record(service, event, ALICE, more));
    let What::Sharing(sharing) = met("s3", "PutBucketPolicy", public).unwrap().what else { panic!() };
    assert!(sharing.anyone && sharing.resource.unwrap().raw() == "b");
    let lambda = r#","requestParameters":{"functionName":"f","principal":"210987654321"}"#;
    let What::Sharing(sharing) = met("lambda", "AddPermission20150331v2", lambda).unwrap().what else {
        panic!()
    };
    assert_eq!(sharing.outside[0].raw(), "210987654321");
    assert_eq!(
        met("sns", "SetTopicAttributes", r#","requestParameters":{"attributeName":"DisplayName"}"#),
        None
    );
}
