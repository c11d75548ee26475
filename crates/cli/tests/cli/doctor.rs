//! `doctor`: what is wrong is found, with how to mend it; what is well is said to be.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::aws::{self, Account};
use crate::run::Running;
use crate::util::run_in;

/// The checks, in an environment whose AWS is a closed port of this machine.
fn examined(folder: &Path, arguments: &[&str]) -> (i32, Vec<Value>, String) {
    examined_at(1, folder, arguments)
}

/// The same where AWS is at that port.
fn examined_at(aws: u16, folder: &Path, arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_trailbell"))
        .args(["doctor", "--output", "json"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(aws::environment(aws))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stdout.contains("verysecret") && !stderr.contains("verysecret"), "{stdout}{stderr}");
    let checks: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(checks.iter().all(|check| check["type"] == "check"), "{stdout}");
    (output.status.code().unwrap(), checks, stderr)
}

fn configured(yaml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), yaml).unwrap();
    folder
}

/// The check of that thing with that result, and these words in what it says or advises.
fn says(checks: &[Value], about: &str, result: &str, words: &str) {
    let found = checks.iter().any(|check| {
        let text = format!("{} {}", check["message"], check["fix"]);
        check["about"] == about && check["result"] == result && text.contains(words)
    });
    assert!(found, "{about}: {result}: {words:?} in {checks:#?}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn closed_doors_are_found_and_so_is_what_would_open_them() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = configured(&format!(
        "listen: 127.0.0.1:{}
ledger: {{ path: trailbell.yaml/trailbell.db }}
sources:
  history: event-history
  gone: {{ type: folder, path: not-here }}
  door: {{ type: http, listen: '127.0.0.1:{port}' }}
channels:
  hook: {{ type: webhook, url: 'http://127.0.0.1:1/verysecretverysecret' }}
  mail: {{ type: email, to: [me@example.com], from: bell@example.com, server: 'smtp://127.0.0.1:1' }}
  ring: command:/not/here
  lines: file:///not/here/lines.jsonl
",
        free_port()
    ));
    let (status, checks, stderr) = examined(folder.path(), &[]);
    assert_eq!(status, 1);
    for (about, result, words) in [
        ("configuration", "ok", "trailbell.yaml holds"),
        ("trailbell run", "warn", "start it with `trailbell run`"),
        ("ledger", "fail", "cannot be written"),
        ("source gone", "fail", "make the folder"),
        ("source door", "fail", "stop what listens there"),
        ("AWS", "fail", "history cannot be heard"),
        ("channel hook", "fail", "http://127.0.0.1:1 cannot be reached"),
        ("channel mail", "fail", "no connection"),
        ("channel ring", "fail", "there is no program"),
        ("channel lines", "fail", "make its folder"),
    ] {
        says(&checks, about, result, words);
    }
    assert_eq!(stderr, "");
    let run = run_in(folder.path(), &["doctor"], b"");
    assert_eq!(run.status, 1);
    assert!(
        run.stdout.contains("WRONG    channel ring: there is no program /not/here\n         -> "),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("things are wrong"), "{}", run.stderr);
}

#[test]
fn a_configuration_that_cannot_be_used_is_told_with_its_place() {
    let folder = configured("langage: en\n");
    let (status, checks, _) = examined(folder.path(), &[]);
    assert_eq!((status, checks.len()), (1, 1));
    says(&checks, "configuration", "fail", "did you mean `language`?");
}

#[test]
fn a_watch_that_is_well_is_well_and_its_container_hears_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("drop")).unwrap();
    std::fs::write(folder.path().join("drop/log.json"), "{\"Records\": []}").unwrap();
    let (health, door) = (free_port(), free_port());
    let configuration = format!(
        "listen: 127.0.0.1:{health}
ledger: {{ path: trailbell.db, max_size: 1G }}
sources:
  drop: {{ type: folder, path: drop, every: 1s }}
  door: {{ type: http, listen: '127.0.0.1:{door}' }}
channels: {{ lines: {{ type: file, path: told.jsonl }}, more: {{ type: file, path: more.jsonl }} }}
"
    );
    let mut running = Running::start(folder.path(), &configuration, &[]);
    running.says("drop: listening");
    let (status, checks, _) = examined(folder.path(), &[]);
    assert_eq!(status, 0, "{checks:#?}");
    for (about, words) in [
        ("trailbell run", "it runs and is well"),
        ("ledger", "of at most"),
        ("disk", "free"),
        ("source drop", "its newest file is"),
        ("source door", "is taken"),
        ("channel lines", "can be written"),
    ] {
        says(&checks, about, "ok", words);
    }
    assert!(checks.iter().all(|check| check["result"] == "ok"), "{checks:#?}");
    let (status, checks, _) = examined(folder.path(), &["--health"]);
    assert_eq!((status, checks.len()), (0, 1), "{checks:#?}");
    assert_eq!(running.stop(), 0);
    let (status, checks, _) = examined(folder.path(), &["--health"]);
    assert_eq!(status, 1);
    says(&checks, "trailbell run", "fail", "it does not run here");
}

#[test]
fn health_is_yes_or_no_whatever_is_wrong() {
    let (status, ..) = examined(configured("listen: off\n").path(), &["--health"]);
    assert_eq!(status, 1);
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = stranger.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        assert!(
            lines.any(|line| line.is_ok_and(|line| line.is_empty())),
            "a request ends with an empty line"
        );
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let (status, checks, _) =
        examined(configured(&format!("listen: 127.0.0.1:{port}\n")).path(), &["--health"]);
    assert_eq!(status, 1);
    says(&checks, "trailbell run", "fail", "another program has 127.0.0.1");
}

/// An event of so long ago.
fn event(minutes: i64) -> Value {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
    json!({ "eventTime": at.to_string(), "eventID": "e-1", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser" })
}

#[test]
fn aws_is_asked_who_we_are_what_is_new_and_whether_the_trails_record() {
    let account = Account { events: vec![event(5)], trails: vec![("all", true, None)], ..Account::default() };
    let folder = configured(
        "sources: { history: event-history }\nlisten: off\nchannels: { screen: 'stdout:' }\nledger: { path: x.db }\n",
    );
    let (status, checks, _) = examined_at(aws::serve(account), folder.path(), &[]);
    assert_eq!(status, 0, "{checks:#?}");
    for (about, words) in [
        ("AWS", "account 123456789012, as arn:aws:iam::123456789012:user/bell"),
        ("source history", "answers in one region; its newest event is of 5 min ago (us-east-1)"),
        ("trail all", "it records every region"),
        ("IAM Identity Center", "sign-ins to its portal are recorded only in the account it is set up in"),
    ] {
        says(&checks, about, "ok", words);
    }
}

#[test]
fn what_is_wrong_in_the_account_is_told_with_advice_that_cannot_hurt() {
    let account = Account {
        events: vec![event(60 * 72)],
        trails: vec![("stopped", false, None), ("full", true, Some("AccessDenied"))],
        subscriptions: vec![("email", "me@example.com", false)],
        queue: (5_000, 3),
        ..Account::default()
    };
    let port = aws::serve(account);
    let folder = configured(&format!(
        "sources:
  history: {{ type: event-history, regions: [eu-west-1] }}
  queue: {{ type: sqs, url: 'http://127.0.0.1:{port}/123456789012/trail' }}
listen: off
channels: {{ topic: 'arn:aws:sns:us-east-1:123456789012:bell' }}
"
    ));
    let (status, checks, _) = examined_at(port, folder.path(), &["--ledger", "x.db"]);
    assert_eq!(status, 1);
    for (about, result, words) in [
        ("source history", "fail", "add us-east-1 to `regions`"),
        ("source history", "warn", "its newest event is of 3 days ago"),
        ("source queue", "warn", "5000 waiting"),
        ("source queue", "warn", "3 messages lie in the dead-letter queue dead"),
        (
            "trail stopped",
            "fail",
            "aws cloudtrail start-logging --name arn:aws:cloudtrail:us-east-1:123456789012:trail/stopped --region us-east-1",
        ),
        ("trail stopped", "fail", "who stopped it?"),
        ("trail full", "warn", "cannot be delivered to the bucket: AccessDenied"),
        ("channel topic", "warn", "me@example.com (email) has not confirmed"),
        ("channel topic", "fail", "nobody is told"),
    ] {
        says(&checks, about, result, words);
    }
}

#[test]
fn an_account_without_a_trail_is_heard_all_the_same() {
    let account = Account { events: vec![event(5)], ..Account::default() };
    let folder = configured("listen: off\nchannels: { screen: 'stdout:' }\nledger: { path: x.db }\n");
    let (status, checks, _) = examined_at(aws::serve(account), folder.path(), &[]);
    assert_eq!(status, 0, "{checks:#?}");
    says(&checks, "trails", "ok", "the account has no trail");
    says(&checks, "source event-history", "ok", "one region");
}

#[test]
fn the_policy_that_a_configuration_needs_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let configuration =
        "sources: { queue: { type: sqs, url: 'https://sqs.eu-west-1.amazonaws.com/123456789012/trail' } }\n";
    std::fs::write(folder.path().join("trailbell.yaml"), configuration).unwrap();
    let run = run_in(folder.path(), &["doctor", "--policy"], b"");
    assert_eq!(run.status, 0, "{}", run.stderr);
    let policy: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(policy["Statement"][0]["Resource"][0], "arn:aws:sqs:eu-west-1:123456789012:trail");
    assert!(run.stderr.contains("YOUR-TRAIL-BUCKET"), "{}", run.stderr);
}
