//! `match`: records and raw log events, and the exit status a script asks for.

use crate::util::{file, run_in, trailbell, with_input};

#[test]
fn matching_records_come_out_as_ndjson_and_count_as_told() {
    let samples = file("samples");
    let filter = "{ $.eventName = \"ConsoleLogin\" }";
    let found = trailbell(&["match", "--filter", filter, &samples]);
    assert_eq!(found.status, 0, "{}", found.stderr);
    let records = found.json();
    assert!(records.iter().all(|record| record["eventName"] == "ConsoleLogin"));
    let counted = trailbell(&["match", "--filter", filter, "--count", &samples]);
    assert_eq!(counted.stdout.trim(), records.len().to_string());
}

#[test]
fn nothing_matched_is_status_1_and_a_refused_pattern_status_2_with_awss_words() {
    let samples = file("samples");
    assert_eq!(trailbell(&["match", "--filter", "{ $.eventName = \"NoSuch\" }", &samples]).status, 1);
    let refused = trailbell(&["match", "--filter", "{ $.eventType = “AwsConsoleSignIn” }", &samples]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("Invalid character(s) in term '“'"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
}

#[test]
fn raw_lines_give_index_message_and_what_awss_test_would_extract() {
    let log = b"10.0.0.1 - - 404 12\n10.0.0.2 - - 200 9\n\n10.0.0.3 - - 404 7\n";
    let run = with_input(
        &["match", "--lines", "--filter", "[ip, a, b, status = 4*, bytes]", "--output", "json", "-"],
        log,
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(
        run.stdout,
        "{\"extracted\":{\"$a\":\"-\",\"$b\":\"-\",\"$bytes\":\"12\",\"$ip\":\"10.0.0.1\",\"$status\":\"404\"},\"index\":0,\"message\":\"10.0.0.1 - - 404 12\"}\n\
         {\"extracted\":{\"$a\":\"-\",\"$b\":\"-\",\"$bytes\":\"7\",\"$ip\":\"10.0.0.3\",\"$status\":\"404\"},\"index\":3,\"message\":\"10.0.0.3 - - 404 7\"}\n"
    );
}

#[test]
fn a_logs_payload_gives_its_messages_also_when_they_are_no_lines() {
    let payload = br#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"ERROR\n500"},{"id":"2","message":"fine"}]}"#;
    let run = with_input(
        &["match", "--lines", "--filter", "%^ERROR\\s[0-9]{3}$%", "--output", "json", "-"],
        payload,
    );
    assert_eq!(run.stdout, "{\"extracted\":{},\"index\":0,\"message\":\"ERROR\\n500\"}\n");
}

#[test]
fn a_term_that_begins_with_a_hyphen_is_no_flag() {
    let run = with_input(&["match", "--lines", "--filter", "-ERROR", "-"], b"ERROR\nfine\n");
    assert_eq!((run.status, run.stdout.as_str()), (0, "fine\n"));
}

const DELETES: &str = r#"{"source": ["aws.iam"], "detail": {"eventName": [{"prefix": "Delete"}]}}"#;

#[test]
fn an_event_pattern_is_asked_about_the_event_that_eventbridge_makes_of_a_record() {
    let samples = file("samples");
    let by_filter = "{ $.eventSource = \"iam.amazonaws.com\" && $.eventName = \"Delete*\" }";
    let expected = trailbell(&["match", "--filter", by_filter, &samples]);
    let found = trailbell(&["match", "--event-pattern", DELETES, &samples]);
    assert_eq!((found.status, &found.stdout), (0, &expected.stdout), "{}", found.stderr);
    assert!(found.json().len() > 1, "records come out, not events");
    // A pattern that pins names, and the spelling of the detail-type that AWS's other page has.
    let sign_ins = |detail_type: &str| {
        let pattern =
            format!(r#"{{"detail-type": ["{detail_type}"], "detail": {{"eventName": ["ConsoleLogin"]}}}}"#);
        trailbell(&["match", "-e", &pattern, "--count", &samples]).stdout
    };
    let counted =
        trailbell(&["match", "-f", "{ $.eventName = \"ConsoleLogin\" }", "--count", &samples]).stdout;
    assert_eq!(sign_ins("AWS Console Sign In via CloudTrail"), counted);
    assert_eq!(sign_ins("AWS Console Signin via CloudTrail"), counted);
    assert_eq!(sign_ins("AWS API Call via CloudTrail").trim(), "0");
}

#[test]
fn an_event_pattern_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("deletes.json"), format!("{DELETES}\n")).unwrap();
    let arguments = ["match", "--event-pattern", "@deletes.json", "--count", &file("samples")];
    let from_file = run_in(folder.path(), &arguments, b"");
    assert_eq!(from_file.status, 0, "{}", from_file.stderr);
    let given = trailbell(&["match", "--event-pattern", DELETES, "--count", &file("samples")]);
    assert_eq!(from_file.stdout, given.stdout);
    let missing = run_in(folder.path(), &["match", "--event-pattern", "@nothing.json", "."], b"");
    assert_eq!(missing.status, 2);
    assert!(missing.stderr.contains("nothing.json"), "{}", missing.stderr);
}

#[test]
fn of_raw_lines_each_is_the_event_that_an_event_pattern_is_asked_about() {
    let lines = b"{\"source\":\"my.app\",\"detail\":{\"n\":5}}\nno event\n{\"source\":\"my.app\",\"detail\":{\"n\":7}}\n";
    let pattern = r#"{"source": ["my.app"], "detail": {"n": [{"numeric": [">", 6]}]}}"#;
    let run = with_input(&["match", "--lines", "--event-pattern", pattern, "--output", "json", "-"], lines);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(
        run.stdout,
        "{\"extracted\":{},\"index\":2,\"message\":\"{\\\"source\\\":\\\"my.app\\\",\\\"detail\\\":{\\\"n\\\":7}}\"}\n"
    );
}

#[test]
fn a_refused_event_pattern_has_its_place_and_some_pattern_is_asked_for() {
    let samples = file("samples");
    let refused = trailbell(&["match", "--event-pattern", r#"{"source": "aws.iam"}"#, &samples]);
    assert_eq!(refused.status, 2);
    assert!(
        refused.stderr.contains(r#"--event-pattern:1:12: "source" must be an object or an array"#),
        "{}",
        refused.stderr
    );
    assert_eq!(trailbell(&["match", &samples]).status, 2);
}

const SIGMA: &str = "\
title: The root user signed in
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: consolelogin, userIdentity.type: root}
    condition: selection
level: high
";

#[test]
fn rules_of_three_languages_in_a_folder_are_looked_for_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("users.filter", "{ $.eventName = \"CreateUser\" }\n");
    write("deletes.json", DELETES);
    write("root.yml", SIGMA);
    write("other.yml", "title: t\nlogsource: {product: windows}\ndetection: {s: {a: b}, condition: s}\n");
    write("README.md", "not a rule");
    let (rules, samples) = (folder.path().to_str().unwrap(), file("samples"));
    let found = trailbell(&["match", "--rules", rules, &samples]);
    assert_eq!(found.status, 0, "{}", found.stderr);
    assert!(
        found.stderr.contains("other.yml:1:8: the rule `t` is for another log source and is left out"),
        "{}",
        found.stderr
    );
    let alone = [
        trailbell(&["match", "--filter", "{ $.eventName = \"CreateUser\" }", &samples]),
        trailbell(&["match", "--event-pattern", DELETES, &samples]),
        trailbell(&["match", "--sigma", &format!("{rules}/root.yml"), &samples]),
    ];
    let mut expected: Vec<String> =
        alone.iter().flat_map(|run| run.stdout.lines().map(str::to_owned)).collect();
    let mut got: Vec<String> = found.stdout.lines().map(str::to_owned).collect();
    expected.sort();
    got.sort();
    assert!(alone.iter().all(|run| run.status == 0));
    assert!(got == expected, "{} and {} records", got.len(), expected.len());
    for jobs in ["1", "3"] {
        let counted = trailbell(&["match", "--rules", rules, "--count", "--jobs", jobs, "-q", &samples]);
        assert_eq!(counted.stdout.trim(), got.len().to_string());
    }
}

#[cfg(unix)]
#[test]
fn a_rule_may_come_through_a_pipe() {
    let samples = file("samples");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.yml");
    std::fs::write(&path, SIGMA).unwrap();
    let expected = trailbell(&["match", "--sigma", path.to_str().unwrap(), "--count", &samples]);
    assert!(expected.status == 0 && expected.stdout.trim() != "0", "{}", expected.stdout);
    for flag in ["--sigma", "--rules"] {
        let piped = with_input(&["match", flag, "/dev/stdin", "--count", &samples], SIGMA.as_bytes());
        assert_eq!((piped.status, &piped.stdout), (0, &expected.stdout), "{flag}: {}", piped.stderr);
        let broken = with_input(&["match", flag, "/dev/stdin", "--count", &samples], b"title: [");
        assert_eq!(broken.status, 2);
        assert!(broken.stderr.contains("/dev/stdin:1:"), "{}", broken.stderr);
    }
}

#[test]
fn what_a_sigma_rule_asks_that_is_unknown_is_named_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.yml");
    std::fs::write(&path, SIGMA.replace("eventName:", "eventName|soundslike:")).unwrap();
    let run = trailbell(&["match", "--sigma", path.to_str().unwrap(), &file("samples")]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("bad.yml:4:") && run.stderr.contains("soundslike"), "{}", run.stderr);
}

#[test]
fn what_is_counted_is_what_would_be_printed_and_what_cannot_be_read_is_told_of_alike() {
    // Valid JSON, and a name that is no Unicode text.
    let odd = br#"{"eventVersion":"1.11","eventName":"CreateUser","eventSource":"iam.amazonaws.com","userIdentity":{"\ud800":1,"type":"Root"}}"#;
    let filter = "{ $.userIdentity.type = \"Root\" }";
    let printed = with_input(&["match", "--filter", filter, "-"], odd);
    let counted = with_input(&["match", "--filter", filter, "--count", "-"], odd);
    assert_eq!((printed.status, printed.stdout.as_str()), (2, ""), "{}", printed.stderr);
    assert_eq!((counted.status, counted.stdout.as_str()), (2, "0\n"), "{}", counted.stderr);
    assert_eq!(counted.stderr, printed.stderr);
}
