//! Who is behind a role: the same in a scan and in a watch that is killed after every event, told with what the role did.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

#[path = "support/channels.rs"]
mod channels;
#[path = "support/delivered.rs"]
mod delivered;
#[path = "support/looking_back.rs"]
mod looking_back;
#[path = "support/settings.rs"]
mod settings;
#[path = "support/watching.rs"]
mod watching;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use trailbell_engine::Watch;
use trailbell_notice::render;

use self::channels::CAN;
use self::delivered::take;
use self::looking_back::scan;
use self::settings::settings;

const MAIN: &str = "123456789012";
const JUMP: &str = "210987654321";

fn at(time: &str) -> Timestamp {
    format!("2026-11-24T{time}Z").parse().unwrap()
}

fn event(time: &str, service: &str, name: &str, who: &Value, more: &Value) -> Value {
    let mut event = json!({
        "eventVersion": "1.11", "eventTime": at(time).to_string(), "eventSource": format!("{service}.amazonaws.com"), "eventName": name,
        "awsRegion": "us-east-1", "sourceIPAddress": "126.0.0.1", "eventID": format!("e-{time}-{name}"), "eventType": "AwsApiCall",
        "userIdentity": who, "recipientAccountId": MAIN, "readOnly": false,
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn alice() -> Value {
    json!({ "type": "IAMUser", "principalId": "AIDAALICE", "userName": "alice", "accountId": JUMP, "accessKeyId": "AKIAEXAMPLE",
        "arn": format!("arn:aws:iam::{JUMP}:user/alice") })
}

fn role(name: &str, session: &str, account: &str, key: &str) -> Value {
    json!({ "type": "AssumedRole", "principalId": format!("AROA{name}:{session}"), "accountId": account, "accessKeyId": key,
        "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
        "sessionContext": { "sessionIssuer": { "type": "Role", "userName": name, "arn": format!("arn:aws:iam::{account}:role/{name}") } } })
}

fn taken(time: &str, who: &Value, account: &str, role: &str, key: &str) -> Value {
    let more = json!({ "readOnly": true, "recipientAccountId": account,
        "requestParameters": { "roleArn": format!("arn:aws:iam::{account}:role/{role}"), "roleSessionName": "work" },
        "responseElements": { "credentials": { "accessKeyId": key, "expiration": "Nov 24, 2026, 11:00:00 PM" } } });
    event(time, "sts", "AssumeRole", who, &more)
}

/// Alice takes Jump, in it Admin of the main account, and makes a user there; then again, an hour later.
fn story() -> Vec<(&'static str, Value)> {
    let admin = role("Admin", "work", MAIN, "ASIA2");
    let made = |time, user: &str| {
        event(time, "iam", "CreateUser", &admin, &json!({ "requestParameters": { "userName": user } }))
    };
    vec![
        ("10:00:00", taken("10:00:00", &alice(), JUMP, "Jump", "ASIA1")),
        ("10:01:00", taken("10:01:00", &role("Jump", "work", JUMP, "ASIA1"), MAIN, "Admin", "ASIA2")),
        ("10:02:00", made("10:02:00", "carol")),
        ("11:02:00", made("11:02:00", "dave")),
    ]
}

fn watch(ledger: &Path, now: Timestamp) -> Watch {
    watching::watch(&settings(""), |_| CAN, ledger, now)
}

fn sent(watch: &mut Watch, now: Timestamp) -> Vec<Value> {
    let all = delivered::sent(watch, now).into_iter().map(|(_, json)| json);
    all.filter(|json| json["type"] == "notice").collect()
}

#[test]
fn a_scan_knows_who_took_the_role_and_tells_nothing_of_the_taking() {
    let records: Vec<String> = story().into_iter().rev().map(|(_, event)| event.to_string()).collect();
    let (heard, summary) = scan(&settings(""), &records);
    assert_eq!((summary.records, summary.notices, summary.counted, summary.ignored), (4, 2, 0, 0));
    let notices: Vec<Value> = heard.notices.iter().map(render::json_value).collect();
    assert_eq!(
        notices[0]["headline"],
        format!("alice of account {JUMP} (role Admin) created IAM user carol.")
    );
    let behind = &notices[0]["behind"];
    assert_eq!((&behind["name"], &behind["account"]), (&json!("alice"), &json!(JUMP)));
    assert_eq!((&behind["how"], &behind["sure"]), (&json!("key-issued"), &json!("certain")));
    let chain = json!([{ "role": "Admin", "account": MAIN }, { "role": "Jump", "account": JUMP }]);
    assert_eq!(behind["chain"], chain);
}

#[test]
fn a_watch_that_is_killed_after_every_event_knows_it_too_and_forgets_it_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let mut told = Vec::new();
    for (time, event) in story() {
        let now = at(time) + SignedDuration::from_mins(1);
        let mut watch = watch(&ledger, now);
        take(&mut watch, &event.to_string(), now);
        told.extend(sent(&mut watch, now + SignedDuration::from_secs(30)));
    }
    let records: Vec<String> = story().into_iter().map(|(_, event)| event.to_string()).collect();
    let (heard, _) = scan(&settings(""), &records);
    assert_eq!(told.len(), heard.notices.len());
    for (notice, told) in heard.notices.iter().zip(&told) {
        assert_eq!(render::json_value(notice)["behind"], told["behind"]);
        assert_eq!(render::json_value(notice)["headline"], told["headline"]);
    }
    let mut watch = watch(&ledger, at("12:00:00"));
    assert_eq!(watch.ledger().state("session/").unwrap().len(), 2);
    let after = at("23:00:00") + SignedDuration::from_hours(4);
    watch.tick(after).unwrap();
    watch.tick(after + SignedDuration::from_mins(2)).unwrap();
    watch.commit().unwrap();
    assert!(watch.ledger().state("session/").unwrap().is_empty());
}

#[test]
fn what_a_person_does_in_a_role_is_compared_with_what_they_do_without_it() {
    let mut records = Vec::new();
    // Alice signs in to the jump account for two weeks, then does something in a role of the main account, from elsewhere.
    for day in 10..24 {
        let more = json!({ "eventTime": format!("2026-11-{day}T10:00:00Z"), "eventID": format!("s-{day}"), "eventType": "AwsConsoleSignIn",
            "recipientAccountId": JUMP, "responseElements": { "ConsoleLogin": "Success" }, "additionalEventData": { "MFAUsed": "Yes" } });
        records.push(event("10:00:00", "signin", "ConsoleLogin", &alice(), &more).to_string());
    }
    for (_, mut event) in story() {
        event["sourceIPAddress"] = json!("185.107.56.1");
        records.push(event.to_string());
    }
    let (heard, _) = scan(&settings(""), &records);
    let unusual: Vec<Value> =
        heard.notices.iter().map(|notice| render::json_value(notice)["unusual"].clone()).collect();
    assert_eq!(unusual.len(), 16);
    assert_eq!(unusual[14], json!(["country", "role"]));
    assert_eq!(unusual[15], json!([]));
}

#[test]
fn whoever_is_expected_is_expected_in_a_role_too_and_nobody_by_a_name_of_their_own_choice() {
    let unusual = |more: &str, events: Vec<Value>| {
        let records: Vec<String> = events.iter().map(Value::to_string).collect();
        let (heard, _) = scan(&settings(more), &records);
        let last = render::json_value(heard.notices.last().unwrap());
        last["unusual"].as_array().cloned().unwrap_or_default().contains(&json!("person"))
    };
    let mut known = event("00:00:00", "iam", "CreateUser", &role("Ops", "ci", MAIN, "ASIA9"), &json!({}));
    known["eventTime"] = json!("2026-11-01T00:00:00Z");
    let by_alice: Vec<Value> =
        [known].into_iter().chain(story().into_iter().take(3).map(|(_, event)| event)).collect();
    assert!(unusual("", by_alice.clone()));
    assert!(!unusual("expected: { people: [alice] }", by_alice));
    // Of a rule that tells only what is not expected.
    let told = |who: &Value| {
        let more = "expected: { people: [alice] }\nrules: { iam-change: { when: not expected(person) } }";
        let event = event("10:02:00", "iam", "CreateUser", who, &json!({}));
        scan(&settings(more), &[event.to_string()]).1.notices
    };
    let mut alice = alice();
    alice["accountId"] = json!(MAIN);
    assert_eq!(told(&alice), 0);
    assert_eq!(told(&role("Admin", "alice", MAIN, "ASIA8")), 1);
    alice["accountId"] = json!(JUMP);
    assert_eq!(told(&alice), 1, "another account's");
}
