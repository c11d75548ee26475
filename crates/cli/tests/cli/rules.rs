//! `rules`: which there are, one of them whole, and how noisy each is.

use crate::util::{Run, file, run_in, trailbell};

const SETTINGS: &str = r#"
rules:
  root-activity: { severity: critical }
  cis-4.4: { enabled: true }
  cis-4.7: { severity: critical }
  deletes:
    event-pattern:
      source: [aws.iam]
      detail: { eventName: [{ prefix: Delete }, CreateUser] }
    description: Something was deleted
    severity: high
  asleep: { filter: '{ $.eventName = "CreateUser" }', enabled: false }
"#;

fn with_settings(arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trailbell.yaml"), SETTINGS).unwrap();
    run_in(folder.path(), arguments, b"")
}

#[test]
fn every_rule_is_listed_with_its_language_those_that_are_off_too() {
    let run = with_settings(&["rules", "list"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout.lines().count(), 22, "{}", run.stdout);
    for line in [
        "on   root-activity     built-in       critical  The root user did something",
        // What a rule with a pattern tells has one severity; what one of the others tells depends on the event.
        "on   iam-change        built-in       -         Who can do what was changed",
        "off  cis-4.5           filter         medium    CIS 4.5: a trail changed",
        "off  cis-4.6           filter         low       CIS 4.6: a console sign-in failed",
        "off  cis-4.7           filter         critical  CIS 4.7: a KMS key was disabled or will be deleted",
        "on   deletes           event-pattern  high      Something was deleted",
        "off  asleep            filter         medium    asleep",
    ] {
        assert!(run.stdout.lines().any(|shown| shown == line), "{line}\n{}", run.stdout);
    }
    assert_eq!(with_settings(&["rules"]).stdout, run.stdout, "list is what `rules` alone does");
    let japanese = with_settings(&["rules", "list", "--lang", "ja"]).stdout;
    assert!(
        japanese.contains("有効  root-activity     built-in       critical  ルートユーザーの操作"),
        "{japanese}"
    );
    let json = with_settings(&["rules", "list", "--output", "json"]).json();
    assert_eq!(json.len(), 22);
    assert_eq!(
        json[20],
        serde_json::json!({
            "type": "rule", "rule": "deletes", "enabled": true, "built_in": false, "language": "event-pattern",
            "severity": "high", "title": "Something was deleted",
        })
    );
}

#[test]
fn a_rule_is_shown_as_it_is_written_with_what_it_insists_on() {
    let run = with_settings(&["rules", "show", "deletes"]);
    assert_eq!(
        run.stdout,
        "deletes (event-pattern, on)\nSomething was deleted\n  severity: high\n  only where source: aws.iam\n\n  \
         {\"source\":[\"aws.iam\"],\"detail\":{\"eventName\":[{\"prefix\":\"Delete\"},\"CreateUser\"]}}\n"
    );
    for (rule, severity) in [("cis-4.6", "low"), ("iam-change", "depends on the event")] {
        let shown = with_settings(&["rules", "show", rule]).stdout;
        assert!(shown.contains(&format!("\n  severity: {severity}\n")), "{shown}");
    }
    let json = with_settings(&["rules", "show", "asleep", "--output", "json"]).json();
    assert_eq!(json[0]["pattern"], "{ $.eventName = \"CreateUser\" }");
    assert_eq!(json[0]["pins"], serde_json::json!({"$.eventName": ["CreateUser"]}));
}

#[test]
fn a_built_in_rule_says_in_words_what_it_looks_at() {
    for rule in trailbell(&["rules", "list", "--output", "json"]).json() {
        for lang in ["en", "ja"] {
            let run = trailbell(&["rules", "show", rule["rule"].as_str().unwrap(), "--lang", lang]);
            assert_eq!(run.status, 0);
            let words = if lang == "en" { "looks at: " } else { "見るもの: " };
            assert!(run.stdout.contains(words), "{}", run.stdout);
        }
    }
}

#[test]
fn a_rule_that_is_not_there_is_wrong_usage_with_the_name_that_was_probably_meant() {
    let run = with_settings(&["rules", "show", "delete"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert_eq!(run.stderr, "trailbell: there is no rule delete; did you mean deletes?\n");
}

#[test]
fn the_noisiest_rule_is_first_and_every_event_counts_once_for_each_it_meets() {
    let samples = file("samples");
    let run = with_settings(&["rules", "stats", &samples, "--output", "json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let mut lines = run.json();
    let summary = lines.pop().unwrap();
    let (_, scan) = with_settings(&["scan", &samples, "--output", "json"]).scan();
    assert_eq!((&summary["records"], &summary["duplicates"]), (&scan["records"], &scan["duplicates"]));
    let effort: Vec<u64> = ["unread", "by_fields", "by_members", "with_care", "whole"]
        .iter()
        .map(|how| summary["effort"][how].as_u64().unwrap())
        .collect();
    assert_eq!(effort.iter().sum::<u64>(), summary["records"], "{effort:?}");
    let counts: Vec<u64> = lines.iter().map(|line| line["events"].as_u64().unwrap()).collect();
    assert!(counts.is_sorted_by(|before, after| before >= after), "{counts:?}");
    let deletes = lines.iter().find(|line| line["rule"] == "deletes").unwrap();
    let pattern = r#"{"source": ["aws.iam"], "detail": {"eventName": [{"prefix": "Delete"}, "CreateUser"]}}"#;
    let mut found = trailbell(&["match", "--event-pattern", pattern, &samples]).json();
    found.sort_by_key(|record| record["eventTime"].as_str().unwrap().to_owned());
    found.dedup_by_key(|record| record["eventID"].clone());
    assert_eq!(deletes["events"], found.len());
    assert_eq!(deletes["first"], found[0]["eventTime"]);
    assert_eq!(deletes["last"], found[found.len() - 1]["eventTime"]);
    assert!(lines.iter().all(|line| line["rule"] != "asleep"));
}

#[test]
fn a_rule_that_is_off_is_counted_on_demand_and_one_that_met_nothing_is_named() {
    let samples = file("samples");
    let all = with_settings(&["rules", "stats", "--all", &samples]);
    assert!(all.stdout.contains("asleep"), "{}", all.stdout);
    let silent = with_settings(&["rules", "stats", &samples, "--since", "2030-01-01", "-q"]);
    assert_eq!(
        silent.stdout,
        "Met nothing: console-sign-in, iam-change, trail-tampering, root-activity, cis-4.4, deletes\n"
    );
    let japanese =
        with_settings(&["rules", "stats", &samples, "--since", "2030-01-01", "--lang", "ja"]).stdout;
    assert!(japanese.starts_with("一致なし: console-sign-in、"), "{japanese}");
}

#[test]
fn any_number_of_threads_counts_the_same() {
    let samples = file("samples");
    let counted = |jobs: &str| trailbell(&["rules", "stats", "--all", "--jobs", jobs, &samples]).stdout;
    assert_eq!(counted("1"), counted("7"));
}

#[test]
fn what_cannot_be_read_is_told_and_status_2() {
    let run = trailbell(&["rules", "stats", "no-such-folder"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("no-such-folder"), "{}", run.stderr);
}
