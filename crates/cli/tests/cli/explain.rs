//! `explain`: every silence and every ring has its reason.

use crate::util::{file, trailbell};

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
