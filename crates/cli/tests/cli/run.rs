//! `run`: a scan that does not end. The same notices, each once, however often and by whatever way an event comes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::util::{file, run_in, shared, trailbell};

/// A running trailbell with a folder of its own; it is killed when it is dropped.
pub struct Running {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    pub fn start(folder: &Path, configuration: &str, arguments: &[&str]) -> Self {
        std::fs::write(folder.join("trailbell.yaml"), configuration).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_trailbell"))
            .arg("run")
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs([("TZ", "Asia/Tokyo"), ("LC_ALL", "C.UTF-8")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a line with these words on standard error.
    pub fn says(&mut self, words: &str) {
        let end = Instant::now() + Duration::from_mins(1);
        while !self.seen.iter().any(|line| line.contains(words)) {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.seen.push(line),
                Err(error) => panic!("it never said {words:?} ({error}): {:#?}", self.seen),
            }
        }
        // What was said before is not said again for the next question.
        let at = self.seen.iter().position(|line| line.contains(words)).unwrap();
        self.seen.drain(..=at);
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Ends it as systemd would; its exit status.
    pub fn stop(mut self) -> i32 {
        self.signal("TERM");
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Posts a body; the status of the answer.
fn post(port: u16, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nx-trailbell-secret: a-secret-for-the-door\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0)
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The notices in the ledger of that folder, as programs read them.
pub fn kept(folder: &Path) -> Vec<Value> {
    let run = run_in(folder, &["timeline", "--limit", "100000", "--output", "json", "--quiet"], b"");
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.json()
}

pub fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !happened() {
        assert!(Instant::now() < end, "after a minute still not: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn sorted(mut notices: Vec<Value>) -> Vec<Value> {
    notices.sort_by_key(ToString::to_string);
    notices
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { files.extend(all_files(&path)) } else { files.push(path) }
    }
    files
}

/// Watches a folder and an HTTP door that bring the same, and compares with a scan of it.
fn brings_what_a_scan_brings(data: &str) {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let configuration = format!(
        "sources:
  drop: {{ type: folder, path: '{data}', every: 1s }}
  door: {{ type: http, listen: '127.0.0.1:{port}', secret: a-secret-for-the-door }}
channels:
  log: {{ type: file, path: told.jsonl }}
delivery: {{ learning: off }}
ledger: {{ path: trailbell.db }}
listen: off
"
    );
    let mut running = Running::start(folder.path(), &configuration, &[]);
    running.says("door: listening");
    for path in all_files(Path::new(data)) {
        let status = post(port, &std::fs::read(&path).unwrap());
        assert!(status == 200 || status == 400, "{status} for {}", path.display());
    }
    running.says("drop: listening");
    let (scanned, _) = trailbell(&["scan", data, "--output", "json"]).scan();
    until("every notice kept", || kept(folder.path()).len() >= scanned.len());
    assert_eq!(running.stop(), 0);
    assert_eq!(sorted(kept(folder.path())), sorted(scanned));
}

#[test]
fn a_folder_and_a_door_that_bring_the_same_bring_what_a_scan_brings() {
    brings_what_a_scan_brings(&file("samples"));
}

#[test]
fn real_recordings_too() {
    if let Some(data) = shared("data/invictus-ir_aws_dataset") {
        brings_what_a_scan_brings(&data);
    }
}

#[test]
fn standard_input_is_told_to_its_end_and_then_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = "channels: { log: { type: file, path: told.jsonl } }\ndelivery: { learning: off, all_is_well: off }\nledger: { path: trailbell.db }\n";
    std::fs::write(folder.path().join("trailbell.yaml"), configuration).unwrap();
    let records: Vec<u8> = all_files(Path::new(&file("samples")))
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| std::fs::read(path).unwrap())
        .next()
        .unwrap_or_default();
    let run = run_in(folder.path(), &["run", "--stdin"], &records);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let path = folder.path().join("input.json");
    std::fs::write(&path, &records).unwrap();
    let (scanned, _) = trailbell(&["scan", path.to_str().unwrap(), "--output", "json"]).scan();
    assert_eq!(sorted(kept(folder.path())), sorted(scanned));
}

#[test]
fn it_shows_its_health_reads_its_configuration_again_and_ends_gracefully() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("drop")).unwrap();
    let status = free_port();
    let configuration = |extra: &str| {
        format!(
            "sources: {{ drop: {{ type: folder, path: drop, every: 1s }} }}
channels: {{ log: {{ type: file, path: told.jsonl }} }}
ledger: {{ path: trailbell.db }}
listen: 127.0.0.1:{status}
{extra}"
        )
    };
    let mut running = Running::start(folder.path(), &configuration(""), &[]);
    running.says("drop: listening");
    let health = get(status, "/healthz");
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("\"status\":\"ok\""), "{health}");
    assert!(get(status, "/metrics").contains("trailbell_"));

    // A slip in the file does not end the watch; a good one is taken over.
    std::fs::write(folder.path().join("trailbell.yaml"), configuration("languag: ja\n")).unwrap();
    running.signal("HUP");
    running.says("still with the configuration as it was");
    running.says("drop: listening");
    std::fs::write(folder.path().join("trailbell.yaml"), configuration("language: ja\n")).unwrap();
    running.signal("HUP");
    running.says("reading the configuration again");
    running.says("drop: listening");
    assert_eq!(running.stop(), 0);
}

#[test]
fn a_ledger_of_a_newer_version_is_refused_clearly() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("trailbell.yaml"),
        "ledger: { path: trailbell.db }\nlisten: off\nchannels: { log: 'file:///dev/null' }\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("trailbell.db"), b"SQLite format 3\0 but not really").unwrap();
    let run = run_in(folder.path(), &["run", "--stdin"], b"");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("trailbell.db"), "{}", run.stderr);
}

const KEY: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"},"eventTime":"2026-11-24T00:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2.22.0","requestParameters":{"userName":"bob"},"responseElements":{"accessKey":{"userName":"bob","accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Active"}},"eventID":"11111111-2222-4333-8444-555555555555","readOnly":false,"eventType":"AwsApiCall","recipientAccountId":"123456789012"}"#;

#[test]
fn the_whole_story_of_an_event_is_told_and_what_is_muted_stays_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = "channels:
  log: { type: file, path: told.jsonl }
  grave: { type: file, path: grave.jsonl, minimum_severity: critical }
delivery: { learning: off, all_is_well: off }
ledger: { path: trailbell.db }
";
    std::fs::write(folder.path().join("trailbell.yaml"), quiet).unwrap();
    assert_eq!(run_in(folder.path(), &["run", "--stdin"], b"").status, 0);
    let here = |arguments: &[&str]| run_in(folder.path(), arguments, b"");
    let muted = here(&["mute", "--principal", "ali*", "--for", "2h", "--reason", "moving house"]);
    assert_eq!(muted.status, 0, "{}", muted.stderr);
    let id = muted.stdout.split(' ').next().unwrap().to_owned();
    assert!(here(&["mute", "list"]).stdout.contains("moving house"));

    assert_eq!(run_in(folder.path(), &["run", "--stdin"], KEY.as_bytes()).status, 0);
    let told = std::fs::read_to_string(folder.path().join("told.jsonl")).unwrap();
    assert!(!told.contains("11111111-2222-4333"), "{told}");
    let story = here(&["explain", "11111111-2222-4333-8444-555555555555"]).stdout;
    for words in
        ["iam-change: met (high)", "it has a notice of its own", &format!("log: not sent: muted by {id}")]
    {
        assert!(story.contains(words), "{words:?} in {story}");
    }
    // The mute ends; something else by the same person is told, and why the other channel was not is told too.
    assert_eq!(here(&["mute", "end", &id]).status, 0);
    let other = KEY.replace("11111111-2222", "66666666-2222");
    assert_eq!(run_in(folder.path(), &["run", "--stdin"], other.as_bytes()).status, 0);
    let story = here(&["explain", "66666666-2222-4333-8444-555555555555"]).stdout;
    for words in [
        "log: at once: the first of its group",
        "sent 2",
        "grave: not sent: the channel is told critical and graver",
    ] {
        assert!(story.contains(words), "{words:?} in {story}");
    }
    let shown = here(&["show", "66666666-2222-4333-8444-555555555555"]).stdout;
    assert!(shown.contains("alice created an access key for bob"), "{shown}");
    let sent = here(&["deliveries", "--state", "sent", "--output", "json"]);
    assert!(sent.json().iter().any(|letter| letter["form"] == "notice" && letter["channel"] == "log"));
    assert_eq!(here(&["explain", "no-such-event"]).status, 1);
    assert_eq!(here(&["mute", "--for", "2h"]).status, 2);
}

#[test]
fn what_only_looks_needs_none_of_the_channels_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = "channels: { chat: '${NOT_SET_HERE}' }\nledger: { path: trailbell.db }\n";
    std::fs::write(folder.path().join("trailbell.yaml"), configuration).unwrap();
    let scan = run_in(folder.path(), &["scan", "-", "--quiet"], KEY.as_bytes());
    assert_eq!(scan.status, 0, "{}", scan.stderr);
    let run = run_in(folder.path(), &["run", "--stdin"], b"");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("NOT_SET_HERE"), "{}", run.stderr);
}

#[test]
fn one_process_keeps_a_ledger() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("drop")).unwrap();
    let configuration = "sources: { drop: { type: folder, path: drop, every: 1s } }
channels: { log: { type: file, path: told.jsonl } }
ledger: { path: trailbell.db }
listen: off
";
    let mut running = Running::start(folder.path(), configuration, &[]);
    running.says("drop: listening");
    let second = run_in(folder.path(), &["run", "--stdin"], b"");
    assert_eq!(second.status, 2);
    assert!(second.stderr.contains("another `trailbell run` keeps the ledger"), "{}", second.stderr);
    assert_eq!(running.stop(), 0);
    // Its end frees the ledger.
    assert_eq!(run_in(folder.path(), &["run", "--stdin"], b"").status, 0);
}

#[test]
fn a_reload_that_cannot_be_used_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("drop")).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let configuration = |listen: &str| {
        format!(
            "sources: {{ drop: {{ type: folder, path: drop, every: 1s }} }}
channels: {{ log: {{ type: file, path: told.jsonl }} }}
ledger: {{ path: trailbell.db }}
listen: {listen}
"
        )
    };
    let mut running = Running::start(folder.path(), &configuration("off"), &[]);
    running.says("drop: listening");
    let occupied = configuration(&taken.local_addr().unwrap().to_string());
    std::fs::write(folder.path().join("trailbell.yaml"), occupied).unwrap();
    running.signal("HUP");
    running.says("still with the configuration as it was");
    running.says("drop: listening");
    assert_eq!(running.stop(), 0);
}
