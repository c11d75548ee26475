//! What policies said before they were changed: the same in a scan and in a watch that is killed after every event, and learned from past logs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

#[path = "support/channels.rs"]
mod channels;
#[path = "support/delivered.rs"]
mod delivered;
#[path = "support/lesson.rs"]
mod lesson;
#[path = "support/looking_back.rs"]
mod looking_back;
#[path = "support/settings.rs"]
mod settings;
#[path = "support/watching.rs"]
mod watching;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use trailbell_config::Settings;
use trailbell_engine::Watch;
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_notice::render;
use trailbell_outbox::Ledger as _;

use self::channels::CAN;
use self::delivered::take;
use self::lesson::lesson;
use self::looking_back::scan;
use self::settings::settings;

const ARN: &str = "arn:aws:iam::123456789012:policy/ops";

fn at(day: u8) -> Timestamp {
    format!("2026-11-{day:02}T10:00:00Z").parse().unwrap()
}

fn call(day: u8, who: &str, name: &str, request: &Value, response: &Value) -> String {
    json!({
        "eventVersion": "1.11", "eventTime": at(day).to_string(), "eventSource": "iam.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": "126.0.0.1", "eventID": format!("e-{day}"), "eventType": "AwsApiCall", "recipientAccountId": "123456789012",
        "userIdentity": { "type": "IAMUser", "principalId": "AIDA", "userName": who, "accountId": "123456789012", "arn": format!("arn:aws:iam::123456789012:user/{who}") },
        "readOnly": false, "requestParameters": request, "responseElements": response,
    })
    .to_string()
}

fn allowing(action: &str) -> String {
    json!({ "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] }).to_string()
}

fn put(day: u8, who: &str, action: &str) -> String {
    call(
        day,
        who,
        "PutUserPolicy",
        &json!({ "userName": "bob", "policyName": "x", "policyDocument": allowing(action) }),
        &Value::Null,
    )
}

/// A policy's life, day by day: an inline one that a colleague's program changed in between, and a managed one.
fn story() -> Vec<String> {
    let version = |day, action: &str, name: &str| {
        let request = json!({ "policyArn": ARN, "policyDocument": allowing(action), "setAsDefault": false });
        let response = json!({ "policyVersion": { "versionId": name, "isDefaultVersion": false } });
        call(day, "alice", "CreatePolicyVersion", &request, &response)
    };
    vec![
        put(1, "alice", "s3:GetObject"),
        put(2, "robot", "s3:PutObject"),
        put(3, "alice", "iam:*"),
        call(
            4,
            "alice",
            "CreatePolicy",
            &json!({ "policyName": "ops", "policyDocument": allowing("ec2:Describe*") }),
            &json!({ "policy": { "policyName": "ops", "arn": ARN, "defaultVersionId": "v1" } }),
        ),
        version(5, "*", "v2"),
        call(6, "alice", "AttachUserPolicy", &json!({ "userName": "bob", "policyArn": ARN }), &Value::Null),
        call(
            7,
            "alice",
            "SetDefaultPolicyVersion",
            &json!({ "policyArn": ARN, "versionId": "v2" }),
            &Value::Null,
        ),
        call(8, "alice", "DeleteUserPolicy", &json!({ "userName": "bob", "policyName": "x" }), &Value::Null),
    ]
}

/// What a notice says of policies: what it allows, what changed, and the commands that take it back.
fn said(notice: &Value) -> [String; 3] {
    let text = |key: &str| notice[key].as_str().unwrap_or_default().to_owned();
    let steps = notice["advice"].as_array().unwrap();
    let commands =
        steps.iter().skip(1).flat_map(|step| step["commands"].as_array().cloned().unwrap_or_default());
    let commands: Vec<String> = commands.map(|line| line.as_str().unwrap().to_owned()).collect();
    [text("allows"), text("changed"), commands.join("\n")]
}

fn watch(settings: &Settings, ledger: &Path, now: Timestamp) -> Watch {
    watching::watch(settings, |_| CAN, ledger, now)
}

fn sent(watch: &mut Watch, now: Timestamp) -> Vec<Value> {
    let all = delivered::sent(watch, now).into_iter().map(|(_, json)| json);
    all.filter(|json| json["type"] == "notice").collect()
}

const QUIET: &str = "ignore: [{ principal: robot }]\n";

#[test]
fn a_scan_tells_what_changed_since_the_version_before_also_where_that_was_not_told() {
    let (heard, summary) = scan(&settings(QUIET), &story());
    assert_eq!((summary.notices, summary.ignored), (7, 1));
    let notices: Vec<[String; 3]> =
        heard.notices.iter().map(|notice| said(&render::json_value(notice))).collect();
    let [first, put, made, version, attached, switched, deleted] = &notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!(first[1], "");
    assert_eq!(put[1], "now also allows iam:* on everything; no longer allows s3:PutObject on everything");
    assert!(put[2].starts_with("aws iam put-user-policy"), "{}", put[2]);
    assert_eq!([&made[1], &version[1]], ["", ""], "what is not in force changes nothing");
    assert_eq!(
        attached[0],
        "lists and descriptions only, as far as this policy goes; because it allows ec2:Describe* on everything (by the policy's text as seen on 2026-11-04, in event e-4)"
    );
    assert!(switched[0].starts_with("everything in this account"), "{}", switched[0]);
    assert_eq!(switched[1], "now also allows every action on everything");
    assert_eq!(switched[2], format!("aws iam set-default-policy-version --policy-arn {ARN} --version-id v1"));
    assert!(deleted[2].starts_with("aws iam put-user-policy"), "{}", deleted[2]);
}

#[test]
fn a_policy_that_is_known_for_an_administrators_is_worth_as_much_by_its_name() {
    let named = |more: &str, action: &str| {
        let made = call(
            1,
            "alice",
            "CreatePolicy",
            &json!({ "policyName": "ops", "policyDocument": allowing(action) }),
            &json!({ "policy": { "policyName": "ops", "arn": ARN, "defaultVersionId": "v1" } }),
        );
        let request = json!({ "userName": "bob", "policyArn": ARN });
        let attached = call(2, "alice", "AttachUserPolicy", &request, &Value::Null);
        let (heard, _) = scan(&settings(more), &[made, attached]);
        render::json_value(&heard.notices[1])["severity"].clone()
    };
    assert_eq!(named("", "*"), "critical");
    assert_eq!(named("", "iam:PutUserPolicy"), "high");
    assert_eq!(named("", "s3:GetObject"), "medium");
    // Also where another rule it meets asks for more than is so.
    let more = "expected: { people: [alice] }\nrules: { new: { filter: '{ $.eventName = AttachUserPolicy }', when: not expected(person) } }";
    assert_eq!(named(more, "*"), "critical");
    // The owner's own word stands.
    assert_eq!(named("rules: { iam-change: { severity: low } }", "*"), "low");
}

#[test]
fn a_watch_that_is_killed_after_every_event_tells_the_same_and_forgets_in_time() {
    let settings = settings(QUIET);
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let mut told = Vec::new();
    for (day, record) in (1..).zip(story()) {
        let now = at(day) + SignedDuration::from_mins(1);
        let mut watch = watch(&settings, &ledger, now);
        take(&mut watch, &record, now);
        told.extend(sent(&mut watch, now + SignedDuration::from_secs(30)));
    }
    let (heard, _) = scan(&settings, &story());
    assert_eq!(told.len(), heard.notices.len());
    for (notice, told) in heard.notices.iter().zip(&told) {
        assert_eq!(said(&render::json_value(notice)), said(told));
    }
    let mut watch = watch(&settings, &ledger, at(9));
    assert_eq!(watch.ledger().state("policy/").unwrap().len(), 2);
    let after = at(9) + SignedDuration::from_hours(24 * 500);
    watch.tick(after).unwrap();
    watch.tick(after + SignedDuration::from_mins(2)).unwrap();
    watch.commit().unwrap();
    assert!(watch.ledger().state("policy/").unwrap().is_empty());
}

#[test]
fn what_past_logs_taught_is_the_version_before() {
    let settings = settings("");
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let lesson = lesson(&settings, &story()[..2], at(3));
    SqliteLedger::open(&ledger, &Options::default()).unwrap().commit(&lesson.for_ledger(at(2))).unwrap();
    let mut watch = watch(&settings, &ledger, at(3));
    take(&mut watch, &story()[2], at(3));
    let told = sent(&mut watch, at(3) + SignedDuration::from_secs(30));
    assert_eq!(
        said(&told[0])[1],
        "now also allows iam:* on everything; no longer allows s3:PutObject on everything"
    );
    assert!(watch.ledger().state("learned-policies/").unwrap().is_empty());
    assert_eq!(watch.ledger().state("policy/").unwrap().len(), 1);
}
