//! `explain`: every silence and every ring has its reason.

use crate::util::{file, run_in, trailbell};

fn some_event() -> String {
    let (notices, _) = trailbell(&["scan", &file("tests/forms/s3-object.json"), "--output", "json"]).scan();
    notices[0]["event_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_told_event_is_explained_rule_by_rule() {
    let id = some_event();
    let run = trailbell(&["explain", &id, &file("tests/forms")]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains(": met ("), "{}", run.stdout);
    assert!(run.stdout.contains(": not met"), "{}", run.stdout);
    let json = trailbell(&["explain", &id, &file("tests/forms"), "--output", "json"]).json();
    assert_eq!(json[0]["event_id"], id.as_str());
    assert!(json[0]["rules"].as_array().unwrap().len() >= 20, "rules that are off are explained too");
}

#[test]
fn an_id_that_is_not_there_is_status_1() {
    let run = trailbell(&["explain", "no-such-id", &file("tests/forms/s3-object.json")]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("no event with the id no-such-id"), "{}", run.stderr);
}

#[test]
fn a_rule_that_is_an_event_pattern_is_explained_field_by_field_as_eventbridge_sees_them() {
    let folder = tempfile::tempdir().unwrap();
    let settings = r"
rules:
  sign-ins:
    event-pattern:
      source: [aws.signin]
      detail-type: [AWS Console Signin via CloudTrail]
      detail: { eventName: [ConsoleLogin] }
    severity: high
  deletes: { event-pattern: { source: [aws.iam], detail: { eventName: [{ prefix: Delete }] } } }
";
    std::fs::write(folder.path().join("trailbell.yaml"), settings).unwrap();
    let event = r#"{"eventVersion":"1.08","eventID":"e-1","eventTime":"2026-11-13T08:00:00Z","eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","eventType":"AwsConsoleSignIn","awsRegion":"us-east-1","recipientAccountId":"123456789012","userIdentity":{"type":"Root"},"responseElements":{"ConsoleLogin":"Success"}}"#;
    let run = run_in(folder.path(), &["explain", "e-1", "-"], event.as_bytes());
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains(
            "\nsign-ins: met (high)\n  \
             yes: detail-type: [\"AWS Console Signin via CloudTrail\"] (it is \"AWS Console Signin via CloudTrail\")\n  \
             yes: detail.eventName: [\"ConsoleLogin\"] (it is \"ConsoleLogin\")\n  \
             yes: source: [\"aws.signin\"] (it is \"aws.signin\")\n"
        ),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("\ndeletes: not met\n"), "{}", run.stdout);
    let json = run_in(folder.path(), &["explain", "e-1", "-", "--output", "json"], event.as_bytes()).json();
    let rules = json[0]["rules"].as_array().unwrap();
    let deletes = rules.iter().find(|rule| rule["rule"] == "deletes").unwrap();
    assert_eq!(deletes["matched"], false);
    assert_eq!(
        deletes["facts"],
        serde_json::json!([
            "no:  detail.eventName: [{\"prefix\":\"Delete\"}] (it is \"ConsoleLogin\")",
            "no:  source: [\"aws.iam\"] (it is \"aws.signin\")",
        ])
    );
    let sign_ins = rules.iter().find(|rule| rule["rule"] == "sign-ins").unwrap();
    assert_eq!((&sign_ins["matched"], &sign_ins["severity"]), (&true.into(), &"high".into()));
}
