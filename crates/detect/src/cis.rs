//! The fifteen monitoring filters of the CIS AWS Foundations Benchmark, section 4: off until somebody wants them.
//!
//! The patterns are the benchmark's own (4.1 and 4.2 as from version 1.4), so that what is met here is what a
//! metric filter with the same text counts. The titles are ours.

use std::sync::Arc;

use trailbell_filter_pattern::Pattern;
use trailbell_text::Severity;

use crate::rule::{Check, Rule, RuleName, Title};

/// Name, title in English and Japanese, severity, pattern.
#[rustfmt::skip]
const FILTERS: &[(&str, &str, &str, Severity, &str)] = &[
    ("cis-4.1", "CIS 4.1: a call was refused", "CIS 4.1: 権限のない API 呼び出し", Severity::Low,
        r#"{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#),
    ("cis-4.2", "CIS 4.2: an IAM user signed in without MFA", "CIS 4.2: MFA を使わない IAM ユーザーのサインイン", Severity::Medium,
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#),
    ("cis-4.3", "CIS 4.3: the root user was used", "CIS 4.3: ルートユーザーの使用", Severity::Medium,
        r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#),
    ("cis-4.4", "CIS 4.4: an IAM policy changed", "CIS 4.4: IAM ポリシーの変更", Severity::Medium,
        "{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||($.eventName=CreatePolicy)||($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||($.eventName=DeletePolicyVersion)||($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)||($.eventName=AttachUserPolicy)||($.eventName=DetachUserPolicy)||($.eventName=AttachGroupPolicy)||($.eventName=DetachGroupPolicy)}"),
    ("cis-4.5", "CIS 4.5: a trail changed", "CIS 4.5: CloudTrail の設定変更", Severity::Medium,
        "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }"),
    ("cis-4.6", "CIS 4.6: a console sign-in failed", "CIS 4.6: コンソールへのサインインの失敗", Severity::Low,
        r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#),
    ("cis-4.7", "CIS 4.7: a KMS key was disabled or will be deleted", "CIS 4.7: KMS キーの無効化または削除の予約", Severity::Medium,
        "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"),
    ("cis-4.8", "CIS 4.8: a bucket's policy changed", "CIS 4.8: S3 バケットのポリシーなどの変更", Severity::Medium,
        "{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketAcl) || ($.eventName = PutBucketPolicy) || ($.eventName = PutBucketCors) || ($.eventName = PutBucketLifecycle) || ($.eventName = PutBucketReplication) || ($.eventName = DeleteBucketPolicy) || ($.eventName = DeleteBucketCors) || ($.eventName = DeleteBucketLifecycle) || ($.eventName = DeleteBucketReplication)) }"),
    ("cis-4.9", "CIS 4.9: AWS Config changed", "CIS 4.9: AWS Config の設定変更", Severity::Medium,
        "{ ($.eventSource = config.amazonaws.com) && (($.eventName=StopConfigurationRecorder)||($.eventName=DeleteDeliveryChannel)||($.eventName=PutDeliveryChannel)||($.eventName=PutConfigurationRecorder)) }"),
    ("cis-4.10", "CIS 4.10: a security group changed", "CIS 4.10: セキュリティグループの変更", Severity::Medium,
        "{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || ($.eventName = DeleteSecurityGroup)}"),
    ("cis-4.11", "CIS 4.11: a network ACL changed", "CIS 4.11: ネットワーク ACL の変更", Severity::Medium,
        "{ ($.eventName = CreateNetworkAcl) || ($.eventName = CreateNetworkAclEntry) || ($.eventName = DeleteNetworkAcl) || ($.eventName = DeleteNetworkAclEntry) || ($.eventName = ReplaceNetworkAclEntry) || ($.eventName = ReplaceNetworkAclAssociation) }"),
    ("cis-4.12", "CIS 4.12: a network gateway changed", "CIS 4.12: ネットワークゲートウェイの変更", Severity::Medium,
        "{ ($.eventName = CreateCustomerGateway) || ($.eventName = DeleteCustomerGateway) || ($.eventName = AttachInternetGateway) || ($.eventName = CreateInternetGateway) || ($.eventName = DeleteInternetGateway) || ($.eventName = DetachInternetGateway) }"),
    ("cis-4.13", "CIS 4.13: a route table changed", "CIS 4.13: ルートテーブルの変更", Severity::Medium,
        "{ ($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable) }"),
    ("cis-4.14", "CIS 4.14: a VPC changed", "CIS 4.14: VPC の変更", Severity::Medium,
        "{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) || ($.eventName = ModifyVpcAttribute) || ($.eventName = AcceptVpcPeeringConnection) || ($.eventName = CreateVpcPeeringConnection) || ($.eventName = DeleteVpcPeeringConnection) || ($.eventName = RejectVpcPeeringConnection) || ($.eventName = AttachClassicLinkVpc) || ($.eventName = DetachClassicLinkVpc) || ($.eventName = DisableVpcClassicLink) || ($.eventName = EnableVpcClassicLink) }"),
    ("cis-4.15", "CIS 4.15: the organization changed", "CIS 4.15: AWS Organizations の変更", Severity::Medium,
        r#"{ ($.eventSource = organizations.amazonaws.com) && (($.eventName = "AcceptHandshake") || ($.eventName = "AttachPolicy") || ($.eventName = "CreateAccount") || ($.eventName = "CreateOrganizationalUnit") || ($.eventName = "CreatePolicy") || ($.eventName = "DeclineHandshake") || ($.eventName = "DeleteOrganization") || ($.eventName = "DeleteOrganizationalUnit") || ($.eventName = "DeletePolicy") || ($.eventName = "DetachPolicy") || ($.eventName = "DisablePolicyType") || ($.eventName = "EnablePolicyType") || ($.eventName = "InviteAccountToOrganization") || ($.eventName = "LeaveOrganization") || ($.eventName = "MoveAccount") || ($.eventName = "RemoveAccountFromOrganization") || ($.eventName = "UpdatePolicy") || ($.eventName = "UpdateOrganizationalUnit")) }"#),
];

/// The fifteen rules. Every pattern is valid (a test sees to it), so none is left out.
pub(crate) fn rules() -> impl Iterator<Item = Rule> {
    FILTERS.iter().filter_map(|(name, en, ja, severity, pattern)| {
        Some(Rule {
            name: RuleName::new(name),
            title: Title::new(en, ja),
            enabled: false,
            severity: Some(*severity),
            check: Check::Condition(Arc::new(Pattern::parse(pattern).ok()?.into())),
        })
    })
}
