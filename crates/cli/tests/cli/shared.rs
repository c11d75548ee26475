//! Real recordings and AWS's recorded answers, where they are beside the project.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::util::{run_in, shared, trailbell};

fn of_kind<'a>(notices: &'a [Value], kind: &str) -> Vec<&'a Value> {
    notices.iter().filter(|notice| notice["kind"] == kind).collect()
}

#[test]
fn invictus_gives_2_sign_ins_and_88_iam_writes_3_of_them_failed() {
    let Some(folder) = shared("data/invictus-ir_aws_dataset") else { return };
    let run = trailbell(&["scan", &folder, "--output", "json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (notices, summary) = run.scan();
    assert_eq!(summary["records"], 2900);
    let sign_ins = of_kind(&notices, "console-sign-in");
    let mut mfa: Vec<&str> = sign_ins.iter().map(|notice| notice["mfa"].as_str().unwrap()).collect();
    mfa.sort_unstable();
    assert_eq!(mfa, ["no", "yes"]);
    let with_code = sign_ins.iter().find(|notice| notice["mfa"] == "yes").unwrap();
    assert_eq!(with_code["folded"][0]["event_name"], "CheckMfa");
    let writes: Vec<_> = of_kind(&notices, "iam-change")
        .into_iter()
        .filter(|n| n["event_source"] == "iam.amazonaws.com")
        .collect();
    assert_eq!(writes.len(), 88);
    assert_eq!(writes.iter().filter(|notice| notice["outcome"] == "failure").count(), 3);
}

#[test]
fn stratus_gives_1_sign_in_and_10_iam_writes() {
    let Some(folder) = shared("data/stratus-red-team_detonation-logs") else { return };
    let (notices, summary) = trailbell(&["scan", &folder, "--output", "json"]).scan();
    assert_eq!(summary["records"], 310);
    assert_eq!(of_kind(&notices, "console-sign-in").len(), 1);
    let writes =
        of_kind(&notices, "iam-change").into_iter().filter(|n| n["event_source"] == "iam.amazonaws.com");
    assert_eq!(writes.count(), 10);
}

#[test]
fn the_same_events_again_as_gzip_eventbridge_and_logs_payload_add_duplicates_and_no_notices() {
    let Some(folder) = shared("data/invictus-ir_aws_dataset") else { return };
    let (once, before) = trailbell(&["scan", &folder, "--output", "json"]).scan();
    let records = trailbell(&["match", "--filter", "", &folder]).json();
    let again = tempfile::tempdir().unwrap();
    let event = |record: &Value| json!({"version": "0", "id": "x", "detail-type": "AWS API Call via CloudTrail", "source": "aws.x", "detail": record});
    let events: Vec<String> = records.iter().map(|record| event(record).to_string()).collect();
    std::fs::write(again.path().join("eventbridge.ndjson"), events.join("\n")).unwrap();
    let messages: Vec<Value> = records
        .iter()
        .map(|record| json!({"id": "1", "timestamp": 1, "message": record.to_string()}))
        .collect();
    let payload = json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["f"], "logEvents": messages});
    std::fs::write(again.path().join("payload.json"), payload.to_string()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, json!({"Records": records}).to_string().as_bytes()).unwrap();
    std::fs::write(again.path().join("again.json.gz"), gzip.finish().unwrap()).unwrap();

    let run = run_in(again.path(), &["scan", &folder, ".", "--output", "json"], b"");
    let (all, summary) = run.scan();
    assert_eq!(all.len(), once.len());
    assert_eq!(summary["records"], 4 * 2900);
    // The events told, those folded into them included, three times more.
    let told = before["notices"].as_u64().unwrap() + before["folded"].as_u64().unwrap();
    assert_eq!(summary["duplicates"], 3 * told);
}

#[test]
fn every_folder_of_real_data_is_read_and_what_is_broken_is_named() {
    let Some(folder) = shared("data") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let run = trailbell(&["scan", path.to_str().unwrap(), "--output", "json"]);
        let (_, summary) = run.scan();
        let broken = ["CloudGrappler", "cloudtrail-rs"].iter().any(|name| path.ends_with(name));
        assert_eq!(run.status == 2, broken, "{}: {}", path.display(), run.stderr);
        assert_eq!(summary["unreadable"].as_u64().unwrap() > 0, broken);
        assert!(!broken || run.stderr.contains(".json:"), "{}", run.stderr);
    }
}

/// The program's verdicts, not only the library's: each case's event as a message of a Logs payload.
#[test]
fn match_agrees_with_every_conformance_case() {
    let Some(cases) = shared("conformance/filter-pattern.jsonl") else { return };
    let mut by_pattern: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in std::fs::read_to_string(cases).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        by_pattern.entry(case["pattern"].as_str().unwrap().to_owned()).or_default().push(case);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for (pattern, cases) in by_pattern {
        let messages: Vec<Value> =
            cases.iter().map(|case| json!({"id": "1", "message": case["event"]})).collect();
        std::fs::write(folder.path().join("p.json"), json!({"logEvents": messages}).to_string()).unwrap();
        let run = run_in(
            folder.path(),
            &["match", "--lines", "--filter", &pattern, "--output", "json", "p.json"],
            b"",
        );
        let found: BTreeMap<u64, Value> = run
            .json()
            .into_iter()
            .map(|line| (line["index"].as_u64().unwrap(), line["extracted"].clone()))
            .collect();
        for (index, case) in (0..).zip(&cases) {
            if case["certain"] == false {
                continue;
            }
            checked += 1;
            if case["error"] == true {
                assert_eq!(run.status, 2, "{pattern}");
                let message = case["message"].as_str().unwrap_or_default();
                assert!(run.stderr.contains(message), "{pattern}: {}", run.stderr);
                continue;
            }
            assert_eq!(found.contains_key(&index), case["match"] == true, "{pattern} on {}", case["event"]);
            if case["match"] == true && !case["extracted"].is_null() {
                assert_eq!(found[&index], case["extracted"], "{pattern}");
            }
        }
    }
    assert!(checked > 1000, "{checked}");
}

/// What each notice of the recorded attacks says in both languages, to be read by eye: nobody is told "no MFA" of a session AWS cannot see into.
#[test]
fn the_notices_of_the_recorded_attacks_read_as_they_should() {
    for folder in ["invictus-ir_aws_dataset", "stratus-red-team_detonation-logs", "streamalert"] {
        let Some(path) = shared(&format!("data/{folder}")) else { return };
        let scan = |lang: &str| trailbell(&["scan", &path, "--output", "json", "--lang", lang]).scan().0;
        let (english, japanese) = (scan("en"), scan("ja"));
        assert_eq!(english.len(), japanese.len());
        let told: Vec<String> = english.iter().zip(&japanese).map(|(en, ja)| read_by_eye(en, ja)).collect();
        insta::assert_snapshot!(format!("attack-{folder}"), told.join("\n"));
    }
}

/// A notice's sentences, the English and the Japanese one of each under one another.
fn read_by_eye(english: &Value, japanese: &Value) -> String {
    let severity = english["severity"].as_str().unwrap();
    let mut lines = vec![format!("[{severity}] {}", english["event_name"].as_str().unwrap())];
    let mfa = english["mfa"].as_str().unwrap();
    if mfa != "unknown" {
        lines.push(format!("  MFA {mfa}"));
        // An IAM user's or root's own sign-in is the one place where AWS knows.
        let is_own = matches!(english["actor"]["kind"].as_str(), Some("iam-user" | "root"));
        assert!(mfa != "no" || is_own && english["kind"] == "console-sign-in", "{english}");
    }
    if !english["behind"].is_null() {
        lines.push(format!("  behind {}", english["behind"]));
    }
    for key in ["headline", "comparison", "allows", "changed"] {
        for text in [english, japanese].into_iter().filter_map(|notice| notice[key].as_str()) {
            lines.push(format!("  {text}"));
        }
    }
    for (english, japanese) in
        english["advice"].as_array().unwrap().iter().zip(japanese["advice"].as_array().unwrap())
    {
        for text in [english, japanese].into_iter().filter_map(|step| step["text"].as_str()) {
            lines.push(format!("  - {text}"));
        }
    }
    lines.join("\n")
}
