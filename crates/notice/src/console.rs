//! Pages of the AWS console: the record's, and that of what was changed.
//!
//! A page opens in whatever account the browser is in, so the account stands beside each. No link is better than a wrong one: a
//! partition whose console is not known gets none. No value of a record gets out of its place in a link.

use trailbell_record::{Change, Operation, Record, TargetKind};
use trailbell_text::{Outcome, percent_encode};

use crate::facts::{Facts, What};
use crate::regions;

/// The console's host for a region. `None` where the region is no region, or its partition's console is not known: the isolated
/// partitions have theirs inside.
fn host(region: &str) -> Option<String> {
    if !regions::is_code(region) {
        return None;
    }
    let domain = match region.split('-').next() {
        _ if region.contains("-iso") => return None,
        Some("cn") => "console.amazonaws.cn",
        Some("us") if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        Some("eusc") => "console.amazonaws-eusc.eu",
        _ => "console.aws.amazon.com",
    };
    Some(format!("{region}.{domain}"))
}

/// The record's page in the console's Event history, which is kept per region and for 90 days.
pub(crate) fn event_link(record: &Record) -> Option<String> {
    let (region, id) = (record.region()?, record.event_id()?);
    if id.is_empty() || id.len() > 128 {
        return None;
    }
    let (host, id) = (host(region)?, percent_encode(id));
    Some(format!("https://{host}/cloudtrailv2/home?region={region}#/events/{id}"))
}

/// The page of the user, group, role or policy of IAM's that was changed, where it is there still.
pub(crate) fn target_link(facts: &Facts<'_>) -> Option<String> {
    let What::Change(change) = facts.what else { return None };
    let is_there = facts.outcome == Outcome::Success
        && facts.record.event_source() == "iam.amazonaws.com"
        && !change.target.is_root
        && !matches!(change.operation, Operation::DeleteEntity | Operation::Rename);
    let page = Some(change).filter(|_| is_there).and_then(|change| page(change, facts.record))?;
    let region = facts.record.region()?;
    // IAM is recorded in its partition's first region, and its console is there.
    Some(format!("https://{}/iam/home?region={region}#/{page}", host(region)?))
}

fn page(change: &Change, record: &Record) -> Option<String> {
    let name = change.target.name.raw();
    let is_name = (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b));
    let name = is_name.then(|| percent_encode(name));
    match change.target.kind {
        TargetKind::User => {
            let section = match change.operation {
                Operation::AttachPolicy
                | Operation::AttachQuarantinePolicy
                | Operation::DetachPolicy
                | Operation::PutInlinePolicy
                | Operation::DeleteInlinePolicy
                | Operation::PutPermissionsBoundary
                | Operation::DeletePermissionsBoundary
                | Operation::CreateUser => "permissions",
                Operation::AddUserToGroup | Operation::RemoveUserFromGroup => "groups",
                _ => "security_credentials",
            };
            Some(format!("users/details/{}?section={section}", name?))
        }
        TargetKind::Role => {
            let section = match change.operation {
                Operation::UpdateAssumeRolePolicy => "trust_relationships",
                _ => "permissions",
            };
            Some(format!("roles/details/{}?section={section}", name?))
        }
        TargetKind::Group => Some(format!("groups/details/{}", name?)),
        TargetKind::Policy => {
            let arn = record.request("policyArn").map(str::to_owned);
            let made = || record.text(&["responseElements", "policy", "arn"]).map(str::to_owned);
            let arn = arn.or_else(made).filter(|arn| arn.starts_with("arn:") && arn.len() <= 256)?;
            Some(format!("policies/details/{}?section=permissions", percent_encode(&arn)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use trailbell_json::Json;
    use trailbell_record::Actor;
    use trailbell_text::{Kind, Severity};

    use super::*;

    fn record(region: &str, event: &str, request: &str, id: &str) -> Record {
        let text = |text: &str| serde_json::to_string(text).unwrap();
        Record::new(
            Json::parse(&format!(
                r#"{{"eventSource": "iam.amazonaws.com", "eventName": "{event}", "eventID": {}, "awsRegion": {},
                    "userIdentity": {{"type": "IAMUser", "userName": "alice", "accountId": "123456789012"}},
                    "requestParameters": {request}, "recipientAccountId": "123456789012"}}"#,
                text(id),
                text(region)
            ))
            .unwrap(),
        )
    }

    fn event(region: &str, id: &str) -> Option<String> {
        event_link(&record(region, "CreateUser", "null", id))
    }

    fn object(region: &str, event: &str, request: &str, outcome: Outcome) -> Option<String> {
        let record = record(region, event, request, "e-1");
        let actor = Actor::of(&record);
        let change = Change::of(&record, &actor, outcome).unwrap();
        target_link(&Facts {
            record: &record,
            actor: &actor,
            outcome,
            what: What::Change(&change),
            kind: Kind::IamChange,
            severity: Severity::Medium,
            rules: Vec::new(),
            behind: None,
            comparison: None,
            folded: Vec::new(),
            earlier_policy: None,
            named_policy: None,
            told_at: None,
        })
    }

    #[test]
    fn a_link_goes_to_the_console_of_the_records_partition_and_nowhere_where_that_is_not_known() {
        for (region, host) in [
            ("ap-northeast-1", "ap-northeast-1.console.aws.amazon.com"),
            ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
            ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
            ("eusc-de-east-1", "eusc-de-east-1.console.amazonaws-eusc.eu"),
        ] {
            let expected = format!("https://{host}/cloudtrailv2/home?region={region}#/events/a1");
            assert_eq!(event(region, "a1"), Some(expected));
            let user = object(region, "CreateAccessKey", r#"{"userName": "bob"}"#, Outcome::Success);
            let expected = format!(
                "https://{host}/iam/home?region={region}#/users/details/bob?section=security_credentials"
            );
            assert_eq!(user, Some(expected));
        }
        for region in
            ["us-iso-east-1", "us-isob-west-1", "eu-isoe-west-1", "us-isof-south-1", "global", "", "xx"]
        {
            assert_eq!(event(region, "a1"), None, "{region}");
            assert_eq!(
                object(region, "CreateUser", r#"{"userName": "bob"}"#, Outcome::Success),
                None,
                "{region}"
            );
        }
    }

    #[test]
    fn what_was_changed_has_its_page_and_what_is_gone_has_none() {
        let page = |event: &str, request: &str| {
            let link = object("us-east-1", event, request, Outcome::Success)?;
            Some(link.split_once("#/").unwrap().1.to_owned())
        };
        for (event, request, expected) in [
            (
                "AttachUserPolicy",
                r#"{"userName": "bob", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}"#,
                Some("users/details/bob?section=permissions"),
            ),
            (
                "AddUserToGroup",
                r#"{"userName": "bob", "groupName": "admins"}"#,
                Some("users/details/bob?section=groups"),
            ),
            (
                "UpdateAssumeRolePolicy",
                r#"{"roleName": "deploy", "policyDocument": "{}"}"#,
                Some("roles/details/deploy?section=trust_relationships"),
            ),
            (
                "AttachRolePolicy",
                r#"{"roleName": "deploy"}"#,
                Some("roles/details/deploy?section=permissions"),
            ),
            (
                "PutGroupPolicy",
                r#"{"groupName": "admins", "policyName": "x", "policyDocument": "{}"}"#,
                Some("groups/details/admins"),
            ),
            (
                "CreatePolicyVersion",
                r#"{"policyArn": "arn:aws:iam::123456789012:policy/team/deploy", "policyDocument": "{}"}"#,
                Some(
                    "policies/details/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Fteam%2Fdeploy?section=permissions",
                ),
            ),
            ("DeleteUser", r#"{"userName": "bob"}"#, None),
            ("UpdateUser", r#"{"userName": "bob", "newUserName": "carol"}"#, None),
            ("UpdateAccountPasswordPolicy", "{}", None),
            ("CreateAccessKey", r#"{"userName": "bob/../../evil?x=#"}"#, None),
        ] {
            assert_eq!(page(event, request).as_deref(), expected, "{event}");
        }
        let refused = object("us-east-1", "CreateUser", r#"{"userName": "bob"}"#, Outcome::Denied);
        assert_eq!(refused, None);
    }

    #[test]
    fn a_hostile_region_or_id_cannot_leave_its_place_in_the_link() {
        assert_eq!(event("evil.example/us-east-1", "a"), None);
        let link = event("us-east-1", "a\"><script>/../?#\u{202e}").unwrap();
        assert!(link.ends_with("#/events/a%22%3E%3Cscript%3E%2F..%2F%3F%23%E2%80%AE"), "{link}");
    }
}
