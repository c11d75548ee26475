//! `match`: records and raw log events, and the exit status a script asks for.

use crate::util::{file, trailbell, with_input};

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
