//! `test`: tests written in YAML, run by the program.

use crate::util::{file, run_in, trailbell};

#[test]
fn one_line_a_test_and_the_sum() {
    let run = trailbell(&["test", &file("tests/trials/alarms.yaml"), &file("tests/trials/rules.yaml")]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let (sum, tests) = lines.split_last().unwrap();
    assert!(tests.len() >= 17 && tests.iter().all(|line| line.starts_with("ok ")), "{}", run.stdout);
    assert_eq!(*sum, format!("{} passed, 0 failed", tests.len()));
}

#[test]
fn a_failed_test_is_status_1_and_says_why() {
    let run = trailbell(&["test", &file("tests/trials/failing.yaml")]);
    assert_eq!(run.status, 1);
    assert!(run.stdout.starts_with("FAILED three of three breach and it stays quiet ("), "{}", run.stdout);
    assert!(run.stdout.contains("\n    expected  OK\n    got       ALARM\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n0 passed, 5 failed\n"), "{}", run.stdout);
}

#[test]
fn a_file_that_is_wrong_is_status_2_and_the_others_are_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.yaml"), "tests:\n  - name: a\n    filtr: x\n").unwrap();
    std::fs::write(
        folder.path().join("good.yaml"),
        "tests:\n  - { name: a, filter: x, event: x, expect: match }\n",
    )
    .unwrap();
    let run = run_in(folder.path(), &["test", "bad.yaml", "absent.yaml", "good.yaml"], b"");
    assert_eq!(run.status, 2);
    assert_eq!(run.stdout, "ok a\n1 passed, 0 failed\n");
    assert!(run.stderr.contains("bad.yaml:3:5: Unknown key `filtr`"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `filter`?"), "{}", run.stderr);
    assert!(run.stderr.contains("absent.yaml: "), "{}", run.stderr);
}

#[test]
fn tests_are_chosen_by_name_and_reported_as_junit_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let tests = file("tests/trials/alarms.yaml");
    let run = run_in(
        folder.path(),
        &["test", "-k", "percentile", "--junit", "out.xml", "--output", "json", &tests],
        b"",
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let json = run.json();
    assert_eq!(json.len(), 1);
    assert_eq!((json[0]["type"].as_str(), json[0]["passed"].as_bool()), (Some("test"), Some(true)));
    let xml = std::fs::read_to_string(folder.path().join("out.xml")).unwrap();
    assert!(xml.contains("<testsuites tests=\"1\" failures=\"0\" errors=\"0\">"), "{xml}");
    let run = run_in(folder.path(), &["test", "-k", "nothing is called so", &tests], b"");
    assert_eq!(run.status, 2);
}

#[test]
fn a_test_names_a_file_of_events_beside_it_and_is_run_with_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("inner")).unwrap();
    std::fs::write(
        root.join("inner/log.json"),
        r#"{"Records":[{"eventVersion":"1.11","eventTime":"2026-11-26T09:30:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket","eventID":"e-1","eventType":"AwsApiCall","recipientAccountId":"123456789012","userIdentity":{"type":"IAMUser","userName":"alice"}}]}"#,
    )
    .unwrap();
    std::fs::write(
        root.join("inner/t.yaml"),
        "tests:\n  - { name: a, file: log.json, expect: { rules: [bucket-gone], severity: high, contains: alice } }\n",
    )
    .unwrap();
    std::fs::write(
        root.join("trailbell.yaml"),
        "rules:\n  bucket-gone: { filter: '{ $.eventName = DeleteBucket }', severity: high }\n",
    )
    .unwrap();
    let run = run_in(root, &["test", "inner/t.yaml"], b"");
    assert_eq!((run.status, run.stdout.as_str()), (0, "ok a\n1 passed, 0 failed\n"), "{}", run.stderr);
}
