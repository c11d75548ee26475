//! Programs that act in roles: what tells them from people.

use trailbell_record::{Actor, Record};

/// What sort of program's session it is, by what AWS itself writes into it; with whether only the name says so.
pub(crate) fn is_machine(record: &Record, actor: &Actor) -> Option<bool> {
    let identity =
        |path: &[&str]| record.json().at(&[&["userIdentity", "sessionContext"], path].concat()).is_some();
    // Credentials that an instance's metadata service handed out.
    if identity(&["ec2RoleDelivery"]) || identity(&["ec2InstanceId"]) {
        return Some(true);
    }
    is_machine_name(actor.name.raw()).then_some(false)
}

/// Names that programs give their sessions: instances, SDKs, pipelines, numbers.
pub(crate) fn is_machine_name(name: &str) -> bool {
    let is_instance = name
        .strip_prefix("i-")
        .is_some_and(|id| (8..=17).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let made_up = [
        "botocore-session-",
        "aws-go-sdk-",
        "aws-sdk-js-",
        "AWSCLI-Session",
        "GitHubActions",
        "gitlab-",
        "terraform-",
    ];
    let is_number = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'.');
    is_instance || is_number || made_up.iter().any(|start| name.starts_with(start))
}
