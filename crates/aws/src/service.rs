//! The services that are called: their hosts, their protocols, and what IAM calls their actions.

use crate::region::dns_suffix;

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Account,
    CloudFormation,
    CloudTrail,
    CloudWatch,
    DynamoDb,
    Ec2,
    Kinesis,
    Kms,
    Lambda,
    Logs,
    S3,
    Ses,
    Sns,
    Sqs,
    Ssm,
    Sts,
}

impl Service {
    /// All of them.
    pub(crate) const ALL: [Self; 16] = [
        Self::Account,
        Self::CloudFormation,
        Self::CloudTrail,
        Self::CloudWatch,
        Self::DynamoDb,
        Self::Ec2,
        Self::Kinesis,
        Self::Kms,
        Self::Lambda,
        Self::Logs,
        Self::S3,
        Self::Ses,
        Self::Sns,
        Self::Sqs,
        Self::Ssm,
        Self::Sts,
    ];

    /// The environment variable with an endpoint for this service alone (AWS SDKs and Tools Reference Guide, service-specific
    /// endpoints).
    pub(crate) fn endpoint_variable(self) -> String {
        let id = match self {
            Self::CloudWatch => "CLOUDWATCH".to_owned(),
            Self::Logs => "CLOUDWATCH_LOGS".to_owned(),
            Self::Ses => "SESV2".to_owned(),
            other => other.signing_name().to_ascii_uppercase(),
        };
        format!("AWS_ENDPOINT_URL_{id}")
    }

    /// Its name, for people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Account => "Account Management",
            Self::CloudFormation => "CloudFormation",
            Self::CloudTrail => "CloudTrail",
            Self::CloudWatch => "CloudWatch",
            Self::DynamoDb => "DynamoDB",
            Self::Ec2 => "EC2",
            Self::Kinesis => "Kinesis",
            Self::Kms => "KMS",
            Self::Lambda => "Lambda",
            Self::Logs => "CloudWatch Logs",
            Self::S3 => "S3",
            Self::Ses => "SES",
            Self::Sns => "SNS",
            Self::Sqs => "SQS",
            Self::Ssm => "Systems Manager",
            Self::Sts => "STS",
        }
    }

    /// The name in a signature, and (but for CloudWatch's) the prefix of its IAM actions.
    pub(crate) const fn signing_name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::CloudFormation => "cloudformation",
            Self::CloudTrail => "cloudtrail",
            Self::CloudWatch => "monitoring",
            Self::DynamoDb => "dynamodb",
            Self::Ec2 => "ec2",
            Self::Kinesis => "kinesis",
            Self::Kms => "kms",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::S3 => "s3",
            Self::Ses => "ses",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::Sts => "sts",
        }
    }

    /// The first label of its host, where that is not the signing name.
    const fn host_prefix(self) -> &'static str {
        match self {
            Self::Ses => "email",
            other => other.signing_name(),
        }
    }

    /// Its host in a region.
    pub(crate) fn host(self, region: &str) -> String {
        format!("{}.{region}.{}", self.host_prefix(), dns_suffix(region))
    }

    /// What stands before the operation in `X-Amz-Target`, and the version of AWS JSON; `None` where it speaks another
    /// protocol. From the services' public API models.
    pub(crate) const fn json(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::CloudTrail => {
                Some(("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "application/x-amz-json-1.1"))
            }
            Self::DynamoDb => Some(("DynamoDB_20120810", "application/x-amz-json-1.0")),
            Self::Kinesis => Some(("Kinesis_20131202", "application/x-amz-json-1.1")),
            Self::Kms => Some(("TrentService", "application/x-amz-json-1.1")),
            Self::Logs => Some(("Logs_20140328", "application/x-amz-json-1.1")),
            Self::Sqs => Some(("AmazonSQS", "application/x-amz-json-1.0")),
            Self::Ssm => Some(("AmazonSSM", "application/x-amz-json-1.1")),
            Self::Account
            | Self::CloudFormation
            | Self::CloudWatch
            | Self::Ec2
            | Self::Lambda
            | Self::S3
            | Self::Ses
            | Self::Sns
            | Self::Sts => None,
        }
    }

    /// The version of its query API.
    pub(crate) const fn query_version(self) -> Option<&'static str> {
        match self {
            Self::CloudFormation => Some("2010-05-15"),
            Self::CloudWatch => Some("2010-08-01"),
            Self::Ec2 => Some("2016-11-15"),
            Self::Sns => Some("2010-03-31"),
            Self::Sts => Some("2011-06-15"),
            _ => None,
        }
    }

    /// What IAM calls the permission for an operation.
    pub(crate) fn action(self, operation: &str) -> String {
        // Actions that are not named as their operations are (Service Authorization Reference).
        let operation = match (self, operation) {
            (Self::Sqs, "DeleteMessageBatch") => "DeleteMessage",
            (Self::Sqs, "ChangeMessageVisibilityBatch") => "ChangeMessageVisibility",
            (Self::S3, "HeadBucket" | "ListObjectsV2") => "ListBucket",
            (Self::S3, "ListObjectVersions") => "ListBucketVersions",
            (Self::S3, "PutPublicAccessBlock") => "PutBucketPublicAccessBlock",
            (Self::S3, "PutBucketEncryption") => "PutEncryptionConfiguration",
            (Self::S3, "DeleteObjects") => return "s3:DeleteObject and s3:DeleteObjectVersion".to_owned(),
            (Self::Ses, "SendEmail") => return "ses:SendEmail and ses:SendRawEmail".to_owned(),
            (_, operation) => operation,
        };
        let prefix = if self == Self::CloudWatch { "cloudwatch" } else { self.signing_name() };
        format!("{prefix}:{operation}")
    }
}
