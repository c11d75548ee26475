//! The files in `tests/trials`, which are also documentation: the good ones hold, the failing ones say why.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::path::Path;

use trailbell_trial::{Outcome, Suite, Surroundings, Trials, junit};

fn source(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/trials").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn outcomes(source: &str) -> Vec<Outcome> {
    let trials = Trials::parse(source, &Surroundings::default());
    trials.unwrap_or_else(|invalid| panic!("{}", invalid.render("t.yaml", source))).run(|_| true)
}

fn text_of(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(|outcome| outcome.text("t.yaml", false) + "\n").collect()
}

#[test]
fn the_samples_of_alarms_hold() {
    let outcomes = outcomes(&source("alarms.yaml"));
    assert!(outcomes.len() >= 10);
    assert!(outcomes.iter().all(Outcome::passed), "{}", text_of(&outcomes));
}

#[test]
fn the_samples_of_rules_patterns_and_messages_hold() {
    let outcomes = outcomes(&source("rules.yaml"));
    assert!(outcomes.len() >= 7);
    assert!(outcomes.iter().all(Outcome::passed), "{}", text_of(&outcomes));
}

#[test]
fn a_test_that_fails_shows_the_input_the_trace_what_was_expected_and_what_came() {
    let outcomes = outcomes(&source("failing.yaml"));
    assert!(outcomes.iter().all(|outcome| !outcome.passed()), "{}", text_of(&outcomes));
    let shown: Vec<String> = outcomes.iter().map(|outcome| outcome.text("t.yaml", false)).collect();
    assert_eq!(
        shown[0],
        "FAILED three of three breach and it stays quiet (t.yaml:3): state: expected OK, got ALARM
  input
    alarm         Sum of Test GreaterThanThreshold 50.0, 3 of 3 periods of 60 s, missing data: missing
    state before  OK
    datapoints    [0.0, 100.0, ~, 100.0, 100.0]
  trace
    newest     100.0 breaches
    1 before   100.0 breaches
    2 before   missing
    3 before   100.0 breaches
    4 before   0.0 is good, older than what decides
    3 of the 3 real points that count breach; 3 of 3 are an ALARM
    OK -> ALARM
  state
    expected  OK
    got       ALARM
  reason
    expected  nothing happened
    got       Threshold Crossed: 3 datapoints [100.0, 100.0, 100.0] were greater than the threshold (50.0)."
    );
    assert_eq!(
        shown[1],
        "FAILED both must ring, and one does (t.yaml:10): state: expected ALARM, got OK
  input
    rule          ALARM(a) AND ALARM(b)
    state before  OK
    a is ALARM
    b is OK
  trace
    no:  ALARM(a) AND ALARM(b)
      yes: ALARM(a)
      no:  ALARM(b)
  state
    expected  ALARM
    got       OK"
    );
    assert!(shown[2].contains("rules: expected iam-change, got none"), "{}", shown[2]);
    assert!(shown[2].contains("iam-change: not met\n        eventName is ListUsers"), "{}", shown[2]);
    assert_eq!(
        shown[3],
        "FAILED the wrong name matches (t.yaml:19): match: expected match, got no match
  input
    filter  { $.eventName = ConsoleLogin && $.userIdentity.type = Root }
    event   {\"eventName\":\"ConsoleLogin\",\"userIdentity\":{\"type\":\"IAMUser\"}}
  trace
    yes: $.eventName = ConsoleLogin (it is \"ConsoleLogin\")
    no:  $.userIdentity.type = Root (it is \"IAMUser\")
  match
    expected  match
    got       no match"
    );
    assert_eq!(
        shown[4],
        "FAILED the pattern means another service (t.yaml:24): match: expected match, got no match
  input
    event-pattern  {\"source\":[\"aws.iam\"],\"detail\":{\"eventName\":[\"ConsoleLogin\"]}}
    event          {\"source\":\"aws.signin\",\"detail\":{\"eventName\":\"ConsoleLogin\"}}
  trace
    yes: detail.eventName: [\"ConsoleLogin\"] (it is \"ConsoleLogin\")
    no:  source: [\"aws.iam\"] (it is \"aws.signin\")
  match
    expected  match
    got       no match"
    );
}

#[test]
fn a_sigma_rule_is_tried_as_yaml_or_as_a_text_and_may_be_refused() {
    let outcomes = outcomes(
        r#"tests:
  - name: as YAML
    sigma: &rule
      title: A key is made for somebody else
      logsource: { product: aws, service: cloudtrail }
      detection:
        made: { eventSource: iam.amazonaws.com, eventName: CreateAccessKey }
        own: { userIdentity.userName|fieldref: requestParameters.userName }
        condition: made and not own
    event: { eventSource: iam.amazonaws.com, eventName: CreateAccessKey, userIdentity: { userName: eve }, requestParameters: { userName: bob } }
    expect: match
  - name: for oneself
    sigma: *rule
    event: { eventSource: iam.amazonaws.com, eventName: CreateAccessKey, userIdentity: { userName: eve }, requestParameters: { userName: eve } }
    expect: no match
  - name: as a text
    sigma: |
      title: t
      logsource: { product: aws }
      detection: { s: { eventName|endswith: Key }, condition: s }
    event: '{"eventName":"CreateAccessKey"}'
    expect: match
  - name: no such modifier
    sigma: { title: t, logsource: { product: aws }, detection: { s: { eventName|sounds_like: A }, condition: s } }
    expect: error
  - name: a rule and another
    sigma: "title: a\nlogsource: {product: aws}\ndetection: {s: {a: 1}, condition: s}\n---\ntitle: b\nlogsource: {product: aws}\ndetection: {s: {a: 1}, condition: s}\n"
    expect: error
  - name: a correlation asks for several events
    sigma: { title: c, correlation: { type: event_count, rules: [a], timespan: 1m, condition: { gte: 2 } } }
    expect: error
  - name: it is understood
    sigma: *rule
    expect: error
"#,
    );
    let shown: Vec<String> = outcomes.iter().map(|outcome| outcome.text("t.yaml", false)).collect();
    let (right, wrong) = shown.split_at(6);
    assert!(right.iter().all(|one| !one.contains("FAILED")), "{}", right.join("\n"));
    assert!(wrong[0].contains("expected error, got no error"), "{}", wrong[0]);
    assert!(wrong[0].contains("the rule is one that is understood"), "{}", wrong[0]);
}

#[test]
fn junit_counts_and_quotes_and_has_no_character_that_xml_cannot_write() {
    let source = "tests:
  - name: \"a <b> & \\e[31m\"
    filter: x
    event: y
    expect: match
  - { name: good, filter: x, event: x, expect: match }
";
    let outcomes = outcomes(source);
    let xml = junit(&[
        Suite { file: "t.yaml", error: None, outcomes: &outcomes },
        Suite { file: "u.yaml", error: Some("u.yaml:1:1: wrong\nmore"), outcomes: &[] },
    ]);
    assert!(xml.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites tests=\"3\" failures=\"1\" errors=\"1\">
  <testsuite name=\"t.yaml\" tests=\"2\" failures=\"1\" errors=\"0\">
    <testcase name=\"a &lt;b&gt; &amp; \u{fffd}[31m\" classname=\"t.yaml\" file=\"t.yaml\" line=\"2\">
      <failure message=\"match: expected match, got no match\">FAILED a &lt;b&gt; &amp; \u{fffd}[31m (t.yaml:2)"
    ), "{xml}");
    assert!(
        xml.contains("<testcase name=\"good\" classname=\"t.yaml\" file=\"t.yaml\" line=\"6\"/>"),
        "{xml}"
    );
    assert!(xml.contains("<error message=\"u.yaml:1:1: wrong\">u.yaml:1:1: wrong\nmore</error>"), "{xml}");
}

#[test]
fn what_a_program_reads_has_the_same_in_it() {
    let outcomes = outcomes(&source("failing.yaml"));
    let json = outcomes[0].json("t.yaml");
    assert_eq!(json["type"], "test");
    assert_eq!((json["line"].as_u64(), json["passed"].as_bool()), (Some(3), Some(false)));
    assert_eq!(json["differences"][0]["what"], "state");
    assert_eq!(json["differences"][0]["expected"], "OK");
    assert_eq!(json["differences"][0]["got"], "ALARM");
}

#[test]
fn every_test_in_the_documents_holds() {
    for document in ["test.md", "test.ja.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(document);
        let text = std::fs::read_to_string(path).unwrap();
        let blocks: Vec<&str> =
            text.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
        assert_eq!(blocks.len(), 6, "{document}");
        for block in blocks {
            let outcomes = outcomes(block);
            assert!(outcomes.iter().all(Outcome::passed), "{document}:\n{}", text_of(&outcomes));
        }
    }
}
