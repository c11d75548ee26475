//! `init`: a file a person would have written, without a secret in it, which every other command takes.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::aws::{self, Account};
use crate::util::{Run, run_in};

const SECRET: &str = "abcdefghijklmnopqrstuvwx";
const SLACK: &str = "slack://T0000000000/B0000000000/abcdefghijklmnopqrstuvwx";
const OTHER: &str = "slack://T0000000000/B0000000001/abcdefghijklmnopqrstuvwx";

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn shows_no_secret(run: &Run) {
    assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{}{}", run.stdout, run.stderr);
}

#[test]
fn flags_alone_make_a_file_that_check_takes_and_send_test_can_use() {
    for lang in ["en", "ja"] {
        let folder = tempfile::tempdir().unwrap();
        let here = |arguments: &[&str]| run_in(folder.path(), arguments, b"");
        let made = here(&[
            "init",
            "--yes",
            "--lang",
            lang,
            "--source",
            "folder:/var/log/cloudtrail",
            "--channel",
            SLACK,
            "--channel",
            OTHER,
            "--channel",
            "stdout:",
            "--secrets",
            "file",
        ]);
        assert_eq!((made.status, made.stdout.as_str()), (0, ""), "{}", made.stderr);
        shows_no_secret(&made);
        let yaml = read(folder.path(), "trailbell.yaml");
        assert!(!yaml.contains(SECRET), "{yaml}");
        assert_eq!(mode(&folder.path().join("trailbell.yaml")), 0o600);
        assert_eq!(mode(&folder.path().join("trailbell-secrets")), 0o700);
        assert_eq!(mode(&folder.path().join("trailbell-secrets/slack-webhook-2")), 0o600);
        let checked = here(&["check"]);
        assert_eq!((checked.status, checked.stdout.as_str()), (0, ""), "{yaml}");
        let shown = here(&["send-test", "slack-2", "--dry-run"]);
        assert_eq!(shown.status, 0, "{}", shown.stderr);
        assert!(shown.stdout.contains("slack-2"), "{}", shown.stdout);
        shows_no_secret(&shown);
    }
}

#[test]
fn a_secret_is_a_variable_where_nothing_else_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let made = run_in(
        folder.path(),
        &[
            "init",
            "--yes",
            "--channel",
            SLACK,
            "--mail",
            "me@example.com",
            "--smtp",
            "smtps://me@smtp.example.com",
        ],
        b"",
    );
    assert_eq!(made.status, 0, "{}", made.stderr);
    shows_no_secret(&made);
    for variable in ["  SLACK_WEBHOOK  (what you gave for it)\n", "  SMTP_PASSWORD\n"] {
        assert!(made.stderr.contains(variable), "{}", made.stderr);
    }
    let yaml = read(folder.path(), "trailbell.yaml");
    assert!(yaml.contains("webhook: ${SLACK_WEBHOOK}\n"), "{yaml}");
    assert!(yaml.contains("password: ${SMTP_PASSWORD}\n"), "{yaml}");
    assert!(!folder.path().join("trailbell-secrets").exists());
}

#[test]
fn the_secret_itself_is_in_the_file_only_for_who_insists() {
    let folder = tempfile::tempdir().unwrap();
    let made = run_in(folder.path(), &["init", "--yes", "--channel", SLACK, "--secrets", "plain"], b"");
    assert_eq!(made.status, 0, "{}", made.stderr);
    assert!(read(folder.path(), "trailbell.yaml").contains(SECRET));
    assert!(made.stderr.contains("holds a secret in plain text"), "{}", made.stderr);
    shows_no_secret(&made);
    assert_eq!(run_in(folder.path(), &["check"], b"").status, 0);
}

#[test]
fn a_configuration_that_is_there_is_replaced_only_on_request() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), "language: ja\n").unwrap();
    let refused = run_in(folder.path(), &["init", "--yes"], b"");
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(read(folder.path(), "trailbell.yaml"), "language: ja\n");
    assert_eq!(run_in(folder.path(), &["init", "--yes", "-c", "other.yaml"], b"").status, 0);
    assert_eq!(
        run_in(folder.path(), &["init", "--yes", "--force", "--timezone", "Asia/Tokyo"], b"").status,
        0
    );
    assert!(read(folder.path(), "trailbell.yaml").contains("timezone: Asia/Tokyo\n"));
    assert_eq!(run_in(folder.path(), &["check", "other.yaml", "trailbell.yaml"], b"").status, 0);
}

#[test]
fn without_a_terminal_what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path(), &["init", "--source", "event-history"], b"y\n");
    assert_eq!(run.status, 2);
    for flag in ["--lang", "--timezone", "--channel", "--phrase", "--yes"] {
        assert!(run.stderr.contains(flag), "{}", run.stderr);
    }
    assert!(!run.stderr.contains("--source"), "{}", run.stderr);
    assert!(!folder.path().join("trailbell.yaml").exists());
    let whole = [
        "init",
        "--lang",
        "en",
        "--timezone",
        "UTC",
        "--source",
        "event-history",
        "--channel",
        "stdout:",
        "--phrase",
        "",
    ];
    assert_eq!(run_in(folder.path(), &whole, b"").status, 0);
    assert!(!read(folder.path(), "trailbell.yaml").contains("verification_phrase"));
}

#[test]
fn a_slip_in_a_flag_names_the_flag_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let broken = format!("slack://T0/{SECRET}");
    let by_http = format!("http://hooks.example.com/{SECRET}");
    for (arguments, words) in [
        (&["--channel", broken.as_str()][..], "--channel: "),
        (&["--channel", &by_http], "--channel: "),
        (&["--source", "event-histori"], "--source: known here: event-history"),
        (&["--source", "sqs"], "--source: sqs needs its url"),
        (&["--source", "sqs:queue"], "--source: "),
        (&["--timezone", "Tokyo"], "--timezone: there is no such time zone"),
        (&["--mail", "me", "--smtp", "smtps://smtp.example.com"], "--mail: "),
        (&["--mail", "me@example.com", "--smtp", "https://smtp.example.com"], "--smtp: "),
        (&["--phrase", "a\nb"], "--phrase: "),
    ] {
        let run = run_in(folder.path(), &[&["init", "--yes"], arguments].concat(), b"");
        assert_eq!(run.status, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
        shows_no_secret(&run);
        assert!(!folder.path().join("trailbell.yaml").exists());
    }
}

/// Runs `init` for somebody who types these lines at a terminal.
fn typed(folder: &Path, aws: u16, lines: &str) -> Run {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let mut terminal = std::fs::File::from(terminal);
    let keyboard = std::fs::OpenOptions::new().read(true).write(true).open(name).unwrap();
    terminal.write_all(lines.as_bytes()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_trailbell"))
        .args(["init", "--lang", "en"])
        .current_dir(folder)
        .env_clear()
        .envs(aws::environment(aws))
        .stdin(Stdio::from(keyboard))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        said
    });
    let output = child.wait_with_output().unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: reading.join().unwrap(),
    }
}

#[test]
fn at_a_terminal_it_asks_tries_the_channel_and_looks_back_a_week() {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(30);
    let event = serde_json::json!({
        "eventVersion": "1.11", "eventTime": at.to_string(), "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
        "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.7", "eventID": "e-1", "eventType": "AwsApiCall",
        "userIdentity": { "type": "IAMUser", "userName": "alice", "accountId": "123456789012" },
        "requestParameters": { "userName": "bob" }, "recipientAccountId": "123456789012",
    });
    let aws = aws::serve(Account { events: vec![event], ..Account::default() });
    let folder = tempfile::tempdir().unwrap();
    // Zone, source, channel (another URL), no more, phrase, a test, a look back.
    let run = typed(folder.path(), aws, "Asia/Tokyo\n1\n13\nfile:///not/here.jsonl\nn\nblue heron\ny\ny\n");
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    for words in [
        "account 123456789012, arn:aws:iam::123456789012:user/bell",
        "Where is it to watch?",
        "file: not sent: ",
        "Written: trailbell.yaml",
        "trailbell doctor",
    ] {
        assert!(run.stderr.contains(words), "{words:?} in {}", run.stderr);
    }
    assert!(run.stdout.contains("alice created IAM user bob."), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("blue heron"), "{}", run.stdout);
    assert_eq!(run_in(folder.path(), &["check"], b"").status, 0);
}
