//! Alarms of rules, from the file that asks for one to what people are told and what `alarms` shows.

use serde_json::Value;

use crate::run::{Running, kept, until};
use crate::util::{Run, file, run_in};

/// Calls that are refused, three of them within ten minutes.
const RULES: &str = "rules:
  refused-calls:
    filter: '{ $.errorCode = \"AccessDenied*\" }'
    description: API calls were refused
    severity: high
    alarm: { threshold: 3, period: 10m }
";

fn scanned(folder: &std::path::Path, arguments: &[&str]) -> Run {
    let run = run_in(folder, &[&["scan", &file("samples")], arguments].concat(), b"");
    assert_eq!(run.status, 0, "{}", run.stderr);
    run
}

fn alarms(lines: &[Value]) -> Vec<Value> {
    lines.iter().filter(|line| line["bulletin"] == "rule-alarm").cloned().collect()
}

#[test]
fn a_scan_says_who_was_refused_how_often_and_counts_what_it_does_not_tell() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), RULES).unwrap();
    let lines = scanned(folder.path(), &["--output", "json"]).json();
    let rung = alarms(&lines);
    assert_eq!(rung.len(), 1, "{rung:#?}");
    assert_eq!(
        (&rung[0]["rule"], &rung[0]["news"], &rung[0]["severity"]),
        (&"refused-calls".into(), &"began".into(), &"high".into())
    );
    assert!(rung[0]["count"].as_u64().unwrap() >= 3 && !rung[0]["datapoints"].as_array().unwrap().is_empty());
    assert!(rung[0]["events"][0]["event_id"].is_string() && rung[0]["who"][0]["principal"].is_string());
    let summary = lines.last().unwrap();
    assert_eq!(summary["alarms"], 1);
    // What only counts has no notice of its own, and each is found again.
    let text = scanned(folder.path(), &[]).stdout;
    assert!(
        text.contains("API calls were refused: ") && text.contains("trailbell alarms refused-calls"),
        "{text}"
    );
    assert!(text.contains("1 message of alarms"), "{text}");
    let ja = scanned(folder.path(), &["--lang", "ja"]).stdout;
    assert!(ja.contains("アラーム条件") && ja.contains("1 件のアラーム通知"), "{ja}");
    let mails = folder.path().join("mails");
    scanned(folder.path(), &["--quiet", "--mail-dir", mails.to_str().unwrap()]);
    let written = std::fs::read_dir(&mails).unwrap().map(Result::unwrap);
    let alarm_mails = written.filter(|entry| entry.file_name().to_string_lossy().contains("-alarm-"));
    assert_eq!(alarm_mails.count(), 1);
}

#[test]
fn a_watch_tells_of_history_what_a_scan_tells() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!(
        "{RULES}sources: {{ drop: {{ type: folder, path: '{}', every: 1s }} }}
channels: {{ log: {{ type: file, path: told.jsonl }} }}
delivery: {{ learning: off, all_is_well: off }}
ledger: {{ path: trailbell.db }}
listen: off
",
        file("samples")
    );
    let scan = {
        std::fs::write(folder.path().join("trailbell.yaml"), &configuration).unwrap();
        alarms(&scanned(folder.path(), &["--output", "json"]).json())
    };
    let running = Running::start(folder.path(), &configuration, &[]);
    until("the ledger is there", || {
        folder.path().join("trailbell.db").exists() && run_in(folder.path(), &["timeline"], b"").status == 0
    });
    until("the alarm is told", || alarms(&kept(folder.path())).len() == scan.len());
    assert_eq!(alarms(&kept(folder.path())), scan);
    let told = || std::fs::read_to_string(folder.path().join("told.jsonl")).unwrap_or_default();
    until("the channel has it", || told().contains("rule-alarm"));
    assert_eq!(running.stop(), 0);

    let list = run_in(folder.path(), &["alarms"], b"");
    assert_eq!(list.status, 0, "{}", list.stderr);
    assert!(
        list.stdout.starts_with("OK ")
            && list
                .stdout
                .contains("refused-calls  Sum GreaterThanOrEqualToThreshold 3, 1 of 1 periods of 600 s"),
        "{}",
        list.stdout
    );
    let one = run_in(folder.path(), &["alarms", "refused-calls"], b"");
    assert!(
        one.stdout.contains("OK -> ALARM\n      Threshold Crossed: 1 out of the last 1 datapoints ["),
        "{}",
        one.stdout
    );
    let json = run_in(folder.path(), &["alarms", "refused-calls", "--output", "json"], b"").json();
    assert_eq!(json[0]["state"], "OK");
    assert!(json[0]["history"].as_array().unwrap().iter().any(|past| past["to"] == "ALARM"), "{json:?}");
    // An event that only counts says so.
    let event = scan[0]["events"][0]["event_id"].as_str().unwrap().to_owned();
    let story = run_in(folder.path(), &["explain", &event], b"");
    assert!(
        format!("{}{}", story.stdout, story.stderr)
            .contains("counts for a correlation or for the alarm of a rule"),
        "{}{}",
        story.stdout,
        story.stderr
    );
}

#[test]
fn an_alarm_that_nobody_asked_for_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("trailbell.yaml"),
        format!("{RULES}ledger: {{ path: trailbell.db }}\n"),
    )
    .unwrap();
    let list = run_in(folder.path(), &["alarms"], b"");
    assert!(list.status == 0 || list.stderr.contains("ledger"), "{}", list.stderr);
    let none = run_in(folder.path(), &["alarms", "no-such-rule"], b"");
    assert_eq!(none.status, 2);
}
