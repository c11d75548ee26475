"""What docs/deploy-policy.json must allow: what `trailbell deploy` calls itself, by its source, and what CloudFormation calls for it, by the types of
the templates' resources (the handlers in AWS's own resource schemas; of reading, what they cannot do without)."""

import re
import sys
from pathlib import Path

LONGEST = 6_144
"""IAM's limit for a managed policy, white space not counted."""

BY_TYPE = {
    "AWS::CloudTrail::Trail": "cloudtrail:CreateTrail StartLogging UpdateTrail StopLogging DeleteTrail iam:PassRole",
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm DescribeAlarms DeleteAlarms",
    "AWS::DynamoDB::Table": "dynamodb:CreateTable DescribeTable UpdateTable UpdateTimeToLive DescribeTimeToLive UpdateContinuousBackups DescribeContinuousBackups "
                            "DeleteTable kms:CreateGrant DescribeKey Decrypt",
    "AWS::Events::Rule": "events:PutRule PutTargets DescribeRule ListTargetsByRule RemoveTargets DeleteRule iam:PassRole",
    "AWS::IAM::Role": "iam:CreateRole PutRolePolicy GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies UpdateAssumeRolePolicy DeleteRolePolicy DeleteRole",
    "AWS::KMS::Key": "kms:CreateKey EnableKeyRotation DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy UpdateKeyDescription ScheduleKeyDeletion",
    "AWS::Lambda::EventInvokeConfig": "lambda:PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
    "AWS::Lambda::EventSourceMapping": "lambda:CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping",
    "AWS::Lambda::Function": "lambda:CreateFunction GetFunction GetFunctionCodeSigningConfig GetRuntimeManagementConfig GetFunctionRecursionConfig UpdateFunctionCode "
                             "UpdateFunctionConfiguration DeleteFunction s3:GetObject iam:PassRole kms:CreateGrant Encrypt Decrypt",
    "AWS::Lambda::Permission": "lambda:AddPermission GetPolicy RemovePermission",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup DescribeLogGroups PutRetentionPolicy AssociateKmsKey DeleteLogGroup",
    "AWS::Logs::MetricFilter": "logs:PutMetricFilter DescribeMetricFilters DeleteMetricFilter",
    "AWS::Logs::SubscriptionFilter": "logs:PutSubscriptionFilter DescribeSubscriptionFilters DeleteSubscriptionFilter",
    "AWS::S3::Bucket": "s3:CreateBucket PutEncryptionConfiguration PutBucketPublicAccessBlock PutBucketOwnershipControls PutBucketVersioning PutLifecycleConfiguration "
                       "GetLifecycleConfiguration DeleteBucket",
    "AWS::S3::BucketPolicy": "s3:PutBucketPolicy GetBucketPolicy DeleteBucketPolicy",
    "AWS::SNS::Subscription": "sns:Subscribe GetSubscriptionAttributes Unsubscribe",
    "AWS::SNS::Topic": "sns:CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic",
    "AWS::SNS::TopicPolicy": "sns:SetTopicAttributes GetTopicAttributes",
    "AWS::SQS::Queue": "sqs:CreateQueue GetQueueAttributes SetQueueAttributes DeleteQueue",
    "AWS::SQS::QueuePolicy": "sqs:SetQueueAttributes GetQueueAttributes",
}

# Operations whose permission is called otherwise (as crates/aws/src/service.rs has it).
NAMES = {
    "s3:HeadBucket": ["s3:ListBucket"], "s3:ListObjectVersions": ["s3:ListBucketVersions"], "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"], "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
}
# What `deploy` asks through what it shares with `doctor` and the configuration's sources; who the caller is, everybody may ask.
SHARED = ["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors", "account:ListRegions", "ec2:DescribeRegions",
          "sns:ListSubscriptionsByTopic", "s3:GetObject"]

LOOKING = {*SHARED, "cloudformation:DescribeStacks", "cloudformation:ListStackResources", "s3:ListBucket", "s3:ListBucketVersions"}
"""What `--dry-run`, `--delete --dry-run` and `recipients list` ask: docs/deploy.md says that the statements `Look...` are enough."""


def by_types(templates: dict[str, dict]) -> set[str]:
    """The actions CloudFormation takes for these templates; fails for a type of which that is not written down."""
    needed: set[str] = set()
    for data in templates.values():
        for resource in data["Resources"].values():
            if resource["Type"] not in BY_TYPE:
                sys.exit(f"what CloudFormation must be allowed for {resource['Type']} is not written down in scripts/support/deploy_policy.py")
            service = ""
            for word in BY_TYPE[resource["Type"]].split():
                service, _, name = word.rpartition(":") if ":" in word else (service, "", word)
                needed.add(f"{service}:{name}")
    return needed


def by_source(folder: Path) -> set[str]:
    """The actions behind the calls in the source of `deploy`."""
    needed: set[str] = set(SHARED)
    for path in folder.glob("*.rs"):
        if path.name == "tests.rs":
            continue
        text = path.read_text(encoding="utf-8")
        calls = {(service.lower(), name) for service, name in re.findall(r'Service::(\w+),\s*&?\w+,\s*"(\w+)"', text)}
        calls |= {("s3", name) for name in re.findall(r'self\s*\.call\(\s*Method::\w+,\s*"(\w+)"|\("(Put\w+)", "\w+="', text) for name in name if name}
        for service, name in calls:
            needed.update(NAMES.get(f"{service}:{name}", [f"{service}:{name}"]))
    return needed


def allowed(policy: dict, begin: str = "") -> list[str]:
    """The actions of the statements whose name begins so."""
    actions: list[str] = []
    for statement in policy["Statement"]:
        if not statement["Sid"].startswith(begin):
            continue
        actions += [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    return actions


def missing(needed: set[str], actions: list[str]) -> list[str]:
    patterns = [re.compile(re.escape(action).replace(r"\*", ".*")) for action in actions]
    return sorted(action for action in needed if not any(pattern.fullmatch(action) for pattern in patterns))
