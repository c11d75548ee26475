//! Sessions as threads: what is done in a session stands under its sign-in, and is summed up when nothing more is done.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

#[path = "support/channels.rs"]
mod channels;
#[path = "support/delivered.rs"]
mod delivered;
#[path = "support/settings.rs"]
mod settings;
#[path = "support/watching.rs"]
mod watching;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use trailbell_engine::Watch;
use trailbell_outbox::{Capabilities, Identity};

use self::channels::CAN;
use self::delivered::{sent, take};
use self::settings::settings;

fn at(time: &str) -> Timestamp {
    format!("2026-11-24T{time}Z").parse().unwrap()
}

fn watch(ledger: &Path, threads: bool, now: Timestamp) -> Watch {
    watching::watch(&settings(""), |_| Capabilities { threads, ..CAN }, ledger, now)
}

/// A sign-in of alice's, as it ended.
fn sign_in(time: &str, result: &str) -> String {
    let at = at(time);
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"}},"eventTime":"{at}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"126.0.0.1","eventID":"s-{time}-{result}","eventType":"AwsConsoleSignIn","responseElements":{{"ConsoleLogin":"{result}"}},"additionalEventData":{{"MFAUsed":"Yes"}},"recipientAccountId":"123456789012"}}"#
    )
}

/// A user made in the session that began then; refused where there is an error.
fn change(time: &str, started: &str, user: &str, error: &str) -> String {
    let (at, started) = (at(time), at(started));
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","accessKeyId":"ASIAEXAMPLE","userName":"alice","sessionContext":{{"attributes":{{"creationDate":"{started}","mfaAuthenticated":"true"}}}}}},"eventTime":"{at}","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"126.0.0.1",{error}"requestParameters":{{"userName":"{user}"}},"eventID":"c-{time}","readOnly":false,"eventType":"AwsApiCall","sessionCredentialFromConsole":"true","recipientAccountId":"123456789012"}}"#
    )
}

const REFUSED: &str = r#""errorCode":"AccessDenied","#;

/// Runs records through a watch that is killed after each, and what was sent until two hours later.
fn story(threads: bool, records: &[(&str, String)]) -> Vec<(Identity, Value)> {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let mut all = Vec::new();
    let mut now = at("00:00:00");
    for (time, record) in records {
        now = at(time) + SignedDuration::from_mins(2);
        let mut watch = watch(&ledger, threads, now);
        take(&mut watch, record, now);
        all.extend(sent(&mut watch, now));
        now += SignedDuration::from_mins(3);
        all.extend(sent(&mut watch, now));
    }
    for _ in 0..24 {
        now += SignedDuration::from_mins(5);
        let mut watch = watch(&ledger, threads, now);
        all.extend(sent(&mut watch, now));
    }
    all.retain(|(_, json)| json["bulletin"] != "welcome");
    all
}

fn sessions(all: &[(Identity, Value)]) -> Vec<&(Identity, Value)> {
    all.iter().filter(|(_, json)| json["bulletin"] == "session").collect()
}

#[test]
fn a_session_is_one_thread_and_is_summed_up_once_when_it_is_quiet() {
    let records = [
        ("10:00:00", sign_in("10:00:00", "Success")),
        ("10:10:00", change("10:10:00", "10:00:00", "carol", "")),
        ("10:20:00", change("10:20:00", "10:00:00", "dave", "")),
        ("10:30:00", change("10:30:00", "10:00:00", "erin", REFUSED)),
    ];
    let all = story(true, &records);
    let [(thread, sum)] = sessions(&all)[..] else { panic!("{all:?}") };
    assert!(all.iter().all(|(other, _)| other == thread), "all of it is one thread: {all:?}");
    assert_eq!(all.len(), 5);
    assert_eq!(
        sum["headline"],
        "Nothing more to tell of alice's session of 2026-11-24 10:00 UTC for an hour; 2 things done in it were told."
    );
    let items: Vec<&str> =
        sum["items"].as_array().unwrap().iter().map(|item| item["headline"].as_str().unwrap()).collect();
    assert_eq!(items, ["alice created IAM user carol.", "alice created IAM user dave."]);
}

#[test]
fn another_session_is_another_thread() {
    let records = [
        ("10:00:00", sign_in("10:00:00", "Success")),
        ("10:10:00", sign_in("10:10:00", "Success")),
        ("10:20:00", change("10:20:00", "10:10:00", "carol", "")),
        ("10:25:00", change("10:25:00", "10:00:00", "dave", "")),
        // Of a session whose sign-in nobody saw.
        ("10:30:00", change("10:30:00", "08:00:00", "erin", "")),
    ];
    let all = story(true, &records);
    let threads: Vec<&Identity> = all.iter().map(|(thread, _)| thread).collect();
    assert_eq!(threads[2], threads[1]);
    assert_eq!(threads[3], threads[0]);
    assert!(threads[4] != threads[0] && threads[4] != threads[1] && threads[0] != threads[1]);
    assert!(sessions(&all).is_empty(), "one thing alone has been told already");
}

#[test]
fn the_credentials_of_a_session_may_be_a_little_older_than_its_sign_in() {
    let records = [
        ("10:00:05", sign_in("10:00:05", "Success")),
        ("10:10:00", change("10:10:00", "10:00:00", "carol", "")),
        ("10:20:00", change("10:20:00", "10:00:00", "dave", "")),
    ];
    let all = story(true, &records);
    assert_eq!(sessions(&all).len(), 1);
    assert!(all.iter().all(|(thread, _)| *thread == all[0].0), "{all:?}");
}

#[test]
fn a_channel_without_threads_is_told_each_thing_once() {
    let records = [
        ("10:00:00", sign_in("10:00:00", "Success")),
        ("10:10:00", change("10:10:00", "10:00:00", "carol", "")),
        ("10:20:00", change("10:20:00", "10:00:00", "dave", "")),
    ];
    assert!(sessions(&story(false, &records)).is_empty());
}
