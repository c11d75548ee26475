//! `learn`: a ledger that is taught before anybody is told anything.

use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::aws::{self, Account};
use crate::util::run_in;

const JAPAN: &str = "126.0.0.1";
const NETHERLANDS: &str = "185.107.56.1";

/// A sign-in of alice's, so many hours ago.
fn sign_in(hours_ago: i64, address: &str) -> Value {
    let at = Timestamp::now() - SignedDuration::from_hours(hours_ago);
    json!({
        "eventVersion": "1.11", "eventID": format!("00000000-0000-0000-0000-{hours_ago:012}"), "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "userIdentity": { "type": "IAMUser", "principalId": "AIDAALICE", "arn": "arn:aws:iam::123456789012:user/alice",
            "accountId": "123456789012", "userName": "alice" },
        "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "us-east-1", "sourceIPAddress": address,
        "eventType": "AwsConsoleSignIn", "recipientAccountId": "123456789012", "responseElements": { "ConsoleLogin": "Success" },
        "additionalEventData": { "MFAUsed": "Yes" },
    })
}

fn write(folder: &Path, events: &[Value]) {
    let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
    std::fs::write(folder.join("log.ndjson"), lines.join("\n")).unwrap();
}

/// What is unusual of each notice that `run` tells of standard input.
fn told(folder: &Path, events: &[Value]) -> Vec<Value> {
    let input: Vec<String> = events.iter().map(ToString::to_string).collect();
    let arguments = ["run", "--stdin", "--ledger", "l.db", "--output", "json"];
    let run = run_in(folder, &arguments, input.join("\n").as_bytes());
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.json()
        .into_iter()
        .filter(|line| line["type"] == "notice")
        .map(|line| line["unusual"].clone())
        .collect()
}

#[test]
fn day_one_after_a_lesson_knows_what_is_usual_and_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), "delivery: { learning: off }\n").unwrap();
    let mut past: Vec<Value> = (3..20).map(|day| sign_in(day * 24, JAPAN)).collect();
    // Of the last day `run` tells, so that it must not be known.
    past.push(sign_in(2, NETHERLANDS));
    write(folder.path(), &past);
    let learn = |more: &[&str]| {
        let mut arguments = vec!["learn", "log.ndjson", "--ledger", "l.db"];
        arguments.extend(more);
        let run = run_in(folder.path(), &arguments, b"");
        assert_eq!(run.status, 0, "{}", run.stderr);
        run
    };
    let line = learn(&["--output", "json"]).json().pop().unwrap();
    assert_eq!((&line["type"], &line["records"], &line["people"]), (&json!("lesson"), &json!(18), &json!(1)));
    assert_eq!(line["known_since"], Value::Null);
    // The same again teaches nothing new.
    let again = learn(&[]).stdout;
    assert!(again.starts_with("Nothing to learn: none of the 18 events before "), "{again}");
    let japanese = learn(&["--lang", "ja"]).stdout;
    assert!(japanese.starts_with("学習できるものはありませんでした"), "{japanese}");
    assert_eq!(told(folder.path(), &[sign_in(2, NETHERLANDS)]), [json!(["country"])]);
}

#[test]
fn the_event_history_teaches_too() {
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<Value> = (3..20).map(|day| sign_in(day * 24, JAPAN)).collect();
    let port = aws::serve(Account { events, ..Account::default() });
    std::fs::write(folder.path().join("trailbell.yaml"), "delivery: { learning: off }\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_trailbell"))
        .args(["learn", "--event-history", "--ledger", "l.db", "--output", "json"])
        .current_dir(folder.path())
        .env_clear()
        .envs(aws::environment(port))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&line["people"], line["from"].is_string()), (&json!(1), true), "{line}");
    assert_eq!(told(folder.path(), &[sign_in(2, NETHERLANDS)]), [json!(["country"])]);
}

#[test]
fn without_anything_to_learn_from_it_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path(), &["learn"], b"");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("<PATH|--event-history>"), "{}", run.stderr);
    assert!(!folder.path().join("l.db").exists());
}
