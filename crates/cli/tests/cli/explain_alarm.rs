//! `explain-alarm`: who did what behind an alarm, asked of an AWS.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::aws::{self, Account};
use crate::util::Run;

fn explain(account: Account, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_trailbell"))
        .arg("explain-alarm")
        .args(arguments)
        .current_dir(tempfile::tempdir().unwrap().path())
        .env_clear()
        .envs(aws::environment(aws::serve(account)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn created(user: &str, at: &str) -> Value {
    json!({
        "eventVersion": "1.09", "eventID": format!("id-of-{user}"), "eventName": "CreateUser", "eventSource": "iam.amazonaws.com",
        "eventTime": at, "awsRegion": "us-east-1", "recipientAccountId": "123456789012", "sourceIPAddress": "203.0.113.5",
        "userAgent": "aws-cli/2.22.0", "readOnly": false, "requestParameters": { "userName": user },
        "userIdentity": { "type": "IAMUser", "userName": "alice", "principalId": "AIDA", "accountId": "123456789012",
            "arn": "arn:aws:iam::123456789012:user/alice", "accessKeyId": "AKIAEXAMPLE" },
    })
}

fn account() -> Account {
    Account {
        events: vec![
            created("old", "2026-11-20T10:01:00Z"),
            created("new", "2026-11-24T10:02:00Z"),
            created("after", "2026-11-24T10:05:00Z"),
        ],
        went_off: vec!["2026-11-24T10:00:00Z", "2026-11-20T10:00:00Z"],
        ..Account::default()
    }
}

#[test]
fn the_last_time_is_explained_by_who_did_what_from_where() {
    let run = explain(account(), &["iam-changes"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    for words in [
        "Alarm iam-changes went off: alice created IAM user new",
        "CIS 4.4",
        "Threshold Crossed: 1 datapoint [1.0 (24/11/26 10:00:00)]",
        "CIS/IamChanges",
        "trail: { $.eventSource = \"iam.*\" }",
        "From 203.0.113.5",
        "event id-of-new",
    ] {
        assert!(run.stdout.contains(words), "{words}\n{}", run.stdout);
    }
    assert!(!run.stdout.contains("user old") && !run.stdout.contains("user after"), "{}", run.stdout);
}

#[test]
fn every_time_since_then_is_one_object_a_line_the_oldest_first() {
    let run =
        explain(account(), &["iam-changes", "--since", "2026-11-01", "--output", "json", "--lang", "ja"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = run.json();
    let ids: Vec<_> = lines.iter().map(|line| line["events"][0]["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["id-of-old", "id-of-new"]);
    assert_eq!(
        (&lines[0]["type"], &lines[0]["bulletin"], &lines[0]["lang"]),
        (&json!("bulletin"), &json!("alarm"), &json!("ja"))
    );
    assert_eq!(lines[0]["filters"][0]["log_group"], "trail");
    assert_eq!(lines[1]["window"]["until"], "2026-11-24T10:05:00Z");
}

#[test]
fn what_has_not_gone_off_or_is_not_there_says_so() {
    let run = explain(Account::default(), &["iam-changes"]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    assert!(
        run.stderr.contains("the alarm iam-changes has not gone off in the last 30 days"),
        "{}",
        run.stderr
    );
    let run = explain(Account::default(), &["IAM-changes"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("there is no alarm IAM-changes in us-east-1: capitals count"),
        "{}",
        run.stderr
    );
}
