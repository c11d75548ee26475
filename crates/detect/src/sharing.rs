//! Changing who can do what without IAM: the policies that resources have of their own.

use trailbell_policy::{Policy, Who};
use trailbell_record::Record;
use trailbell_text::{Severity, Untrusted};

/// A change of a resource's own policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// The resource; `None` where the record does not say.
    pub resource: Option<Untrusted>,
    /// Whether its policy now lets anyone in, without a condition.
    pub anyone: bool,
    /// Accounts outside that are let in.
    pub outside: Vec<Untrusted>,
}

const EVENTS: &[(&str, &str)] = &[
    ("s3", "PutBucketPolicy"),
    ("s3", "DeleteBucketPolicy"),
    ("s3", "PutBucketAcl"),
    ("s3", "PutObjectAcl"),
    ("s3", "PutBucketPublicAccessBlock"),
    ("s3", "DeleteBucketPublicAccessBlock"),
    ("s3", "PutAccountPublicAccessBlock"),
    ("s3", "DeleteAccountPublicAccessBlock"),
    ("s3", "PutAccessPointPolicy"),
    ("kms", "PutKeyPolicy"),
    ("kms", "CreateGrant"),
    ("lambda", "AddPermission20150331"),
    ("lambda", "AddPermission20150331v2"),
    ("lambda", "AddLayerVersionPermission20181031"),
    ("lambda", "CreateFunctionUrlConfig"),
    ("ram", "CreateResourceShare"),
    ("ram", "AssociateResourceShare"),
    ("ram", "UpdateResourceShare"),
    ("sqs", "AddPermission"),
    ("sqs", "SetQueueAttributes"),
    ("sns", "AddPermission"),
    ("sns", "SetTopicAttributes"),
    ("ec2", "ModifySnapshotAttribute"),
    ("ec2", "ModifyImageAttribute"),
    ("rds", "ModifyDBSnapshotAttribute"),
    ("rds", "ModifyDBClusterSnapshotAttribute"),
    ("secretsmanager", "PutResourcePolicy"),
    ("ecr", "SetRepositoryPolicy"),
    ("elasticfilesystem", "PutFileSystemPolicy"),
    ("backup", "PutBackupVaultAccessPolicy"),
    ("dynamodb", "PutResourcePolicy"),
    ("events", "PutPermission"),
];

/// Names of request parameters that say which resource; the first that is there.
const RESOURCES: &[&str] = &[
    "bucketName",
    "keyId",
    "functionName",
    "layerName",
    "queueUrl",
    "topicArn",
    "snapshotId",
    "imageId",
    "dBSnapshotIdentifier",
    "dBClusterSnapshotIdentifier",
    "secretId",
    "repositoryName",
    "fileSystemId",
    "backupVaultName",
    "resourceArn",
    "resourceShareArn",
    "name",
];

impl Sharing {
    /// The names of every event that can be one.
    pub(crate) fn event_names() -> impl Iterator<Item = &'static str> {
        EVENTS.iter().map(|(_, name)| *name)
    }

    /// Service and name of every event that can be one.
    pub(crate) fn events() -> impl Iterator<Item = (&'static str, &'static str)> {
        EVENTS.iter().copied()
    }

    /// What the record shares, if anything.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        let (service, name) = (record.service(), record.event_name());
        if !EVENTS.contains(&(service, name)) || !carries_a_policy(record) {
            return None;
        }
        let trusted = policy(record).map(|policy| policy.trusted()).unwrap_or_default();
        // Lambda, SNS and EventBridge name one principal instead of writing a policy.
        let principal =
            record.request("principal").filter(|principal| !principal.ends_with(".amazonaws.com"));
        let named = principal
            .map(|principal| if principal == "*" { Who::Anyone } else { Who::Aws(principal.to_owned()) });
        let free = trusted.iter().any(|trusted| trusted.who == Who::Anyone && !trusted.conditional);
        let whos = trusted.into_iter().map(|trusted| trusted.who).chain(named.clone());
        let outside = whos.filter(|who| who.is_outside(record.account()));
        Some(Self {
            resource: RESOURCES.iter().find_map(|key| record.request(key)).map(Untrusted::from),
            outside: outside.map(|who| Untrusted::new(who.to_string())).collect(),
            anyone: free || named == Some(Who::Anyone) && record.request("sourceArn").is_none(),
        })
    }

    pub(crate) const fn severity(&self) -> Severity {
        match (self.anyone, self.outside.is_empty()) {
            (true, _) => Severity::High,
            (false, false) => Severity::Medium,
            (false, true) => Severity::Low,
        }
    }
}

/// Queue and topic attributes are many; only the policy shares.
fn carries_a_policy(record: &Record) -> bool {
    match record.event_name() {
        "SetQueueAttributes" => record.json().at(&["requestParameters", "attributes", "Policy"]).is_some(),
        "SetTopicAttributes" => record.request("attributeName") == Some("Policy"),
        _ => true,
    }
}

/// The policy in the request: a text, or (S3) the document itself.
fn policy(record: &Record) -> Option<Policy> {
    if let Some(document) = record.json().at(&["requestParameters", "bucketPolicy"]) {
        return Policy::parse(&document.to_string()).ok();
    }
    let text = ["policy", "policyText", "resourcePolicy", "attributeValue"]
        .iter()
        .find_map(|key| record.request(key))
        .or_else(|| record.text(&["requestParameters", "attributes", "Policy"]))?;
    Policy::parse(text).ok()
}
