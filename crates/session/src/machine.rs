//! Programs that act in roles: what tells them from people.

use trailbell_record::{Actor, Record};

/// What the SDKs say of where they run, in functions and containers that nobody sits at.
const ENVIRONMENTS: &[&str] = &["exec-env/AWS_Lambda", "exec-env/AWS_ECS"];

/// Whether it is a program's session: `true` by what AWS itself writes into it, `false` by what it says itself.
pub(crate) fn is_machine(record: &Record, actor: &Actor) -> Option<bool> {
    let identity =
        |path: &[&str]| record.json().at(&[&["userIdentity", "sessionContext"], path].concat()).is_some();
    // Credentials that an instance's metadata service handed out.
    if identity(&["ec2RoleDelivery"]) || identity(&["ec2InstanceId"]) {
        return Some(true);
    }
    let says_so =
        record.user_agent().is_some_and(|agent| ENVIRONMENTS.iter().any(|mark| agent.contains(mark)));
    (says_so || is_machine_name(actor.name.raw())).then_some(false)
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
