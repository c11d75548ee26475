//! What is usual, asked by rules and told in notices: the same in a scan and in a watch, and kept across restarts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

#[path = "support/channels.rs"]
mod channels;
#[path = "support/delivered.rs"]
mod delivered;
#[path = "support/lesson.rs"]
mod lesson;
#[path = "support/looking_back.rs"]
mod looking_back;
#[path = "support/settings.rs"]
mod settings;
#[path = "support/watching.rs"]
mod watching;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use trailbell_config::Settings;
use trailbell_engine::{Watch, known_since};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_notice::render;
use trailbell_outbox::{Fate, Ledger as _};
use trailbell_text::Severity;

use self::channels::CAN;
use self::delivered::take;
use self::lesson::lesson;
use self::looking_back::{Heard, scan};
use self::settings::settings;

const JAPAN: &str = "126.0.0.1";
const NETHERLANDS: &str = "185.107.56.1";

/// Days and minutes from the beginning of the story.
fn at(day: i64, minute: i64) -> Timestamp {
    let start: Timestamp = "2026-10-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(day * 24 * 60 + minute)
}

fn call(who: &str, service: &str, event: &str, at: Timestamp, address: &str, more: &str) -> String {
    let id = trailbell_text::stable_hash(&[who, event, &at.to_string(), address]);
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDA{who}","arn":"arn:aws:iam::123456789012:user/{who}","accountId":"123456789012","userName":"{who}"}},"eventTime":"{at}","eventSource":"{service}.amazonaws.com","eventName":"{event}","awsRegion":"us-east-1","sourceIPAddress":"{address}","eventID":"{id:032x}","readOnly":false,"recipientAccountId":"123456789012"{more}}}"#
    )
}

fn sign_in(who: &str, at: Timestamp, address: &str) -> String {
    let more = r#","eventType":"AwsConsoleSignIn","responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"Yes"}"#;
    call(who, "signin", "ConsoleLogin", at, address, more)
}

fn bucket(who: &str, at: Timestamp, address: &str) -> String {
    call(who, "s3", "DeleteBucket", at, address, r#","eventType":"AwsApiCall""#)
}

/// Alice signs in from Japan on ten days, at the same minute.
fn habits() -> Vec<String> {
    (0..10).map(|day| sign_in("alice", at(day, 0), JAPAN)).collect()
}

fn unusual(heard: &Heard) -> Vec<(Timestamp, Vec<String>)> {
    heard
        .notices
        .iter()
        .filter_map(|notice| {
            let words = render::json_value(notice)["unusual"].as_array().unwrap().clone();
            let words: Vec<String> = words.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
            (!words.is_empty()).then(|| (notice.time.unwrap(), words))
        })
        .collect()
}

#[test]
fn what_is_unusual_is_said_once_and_raises_the_severity() {
    let mut records = habits();
    let change = |at, address| {
        let more = r#","eventType":"AwsApiCall","requestParameters":{"userName":"carol"}"#;
        call("alice", "iam", "CreateUser", at, address, more)
    };
    records.push(sign_in("alice", at(10, 0), NETHERLANDS));
    records.push(change(at(10, 30), NETHERLANDS));
    records.push(sign_in("alice", at(11, 0), NETHERLANDS));
    records.push(sign_in("bob", at(12, 0), JAPAN));
    let (heard, _) = scan(&settings(""), &records);
    assert_eq!(
        unusual(&heard),
        [(at(10, 0), vec!["country".to_owned()]), (at(12, 0), vec!["person".to_owned()])]
    );
    let severities: Vec<Severity> = heard.notices[9..].iter().map(|notice| notice.severity).collect();
    let [usual, country, _, again, person] = severities[..] else { unreachable!() };
    assert_eq!((country, person), (Severity::Medium, Severity::Medium));
    assert!(usual < Severity::Medium && again < Severity::Medium);
}

#[test]
fn what_the_settings_expect_is_not_unusual() {
    let mut records = habits();
    records.push(sign_in("alice", at(10, 0), NETHERLANDS));
    records.push(sign_in("bob", at(12, 0), JAPAN));
    let (heard, _) = scan(&settings("expected: { people: [b*], places: [NL] }"), &records);
    assert_eq!(unusual(&heard), []);
    let (heard, _) = scan(&settings("expected: { people: [b*], places: [185.107.0.0/16] }"), &records);
    assert_eq!(unusual(&heard), []);
    let (heard, _) = scan(&settings("expected: { people: [carol], places: [DE] }"), &records);
    assert_eq!(unusual(&heard).len(), 2);
}

#[test]
fn a_rule_that_asks_is_told_where_it_holds_and_a_severity_is_what_holds_says() {
    let text = "rules:
  bucket: { filter: '{ $.eventName = \"DeleteBucket\" }', when: first-seen(country), severity: low }
  console-sign-in: { severity_when: { 'first-seen(country)': critical, expected(place): info } }
expected: { places: [JP] }
";
    let mut records = habits();
    records.extend([
        bucket("alice", at(9, 10), JAPAN),
        bucket("alice", at(10, 0), NETHERLANDS),
        bucket("alice", at(10, 1), NETHERLANDS),
    ]);
    let (heard, summary) = scan(&settings(text), &records);
    let told: Vec<(&str, Timestamp)> = heard
        .notices
        .iter()
        .flat_map(|notice| notice.rules.iter().map(|rule| (rule.name.as_str(), notice.time.unwrap())))
        .filter(|(rule, _)| *rule == "bucket")
        .collect();
    assert_eq!(told, [("bucket", at(10, 0))]);
    assert_eq!((summary.notices, summary.unmet), (11, 2));
    assert!(heard.notices[..10].iter().all(|notice| notice.severity == Severity::Info));

    let mut records = habits();
    records.push(sign_in("alice", at(10, 0), NETHERLANDS));
    let (heard, _) = scan(&settings(text), &records);
    assert_eq!(heard.notices.last().unwrap().severity, Severity::Critical);
}

#[test]
fn a_rule_whose_condition_does_not_hold_leaves_the_others_their_notice() {
    // The built-in rule meets the same event: the notice is its, in its severity.
    let text = "rules:
  own: { filter: '{ $.eventName = \"ConsoleLogin\" }', when: first-seen(country), severity: critical }
";
    let mut records = habits();
    records.push(sign_in("alice", at(10, 0), NETHERLANDS));
    let (heard, summary) = scan(&settings(text), &records);
    let rules = |nth: usize| -> Vec<&str> {
        heard.notices[nth].rules.iter().map(|rule| rule.name.as_str()).collect()
    };
    assert_eq!(rules(9), ["console-sign-in"]);
    assert!(heard.notices[9].severity < Severity::Medium);
    assert_eq!((rules(10), heard.notices[10].severity), (vec!["console-sign-in", "own"], Severity::Critical));
    assert_eq!(summary.unmet, 0);
}

fn watch(settings: &Settings, ledger: &Path, now: Timestamp) -> Watch {
    watching::watch(settings, |_| CAN, ledger, now)
}

/// The notices that were sent by then, as JSON.
fn sent(watch: &mut Watch, now: Timestamp) -> Vec<Value> {
    let notices = |json: Value| match json["notices"].as_array() {
        Some(notices) => notices.clone(),
        None if json["type"] == "notice" => vec![json],
        None => Vec::new(),
    };
    delivered::sent(watch, now).into_iter().flat_map(|(_, json)| notices(json)).collect()
}

#[test]
fn a_watch_that_is_killed_after_every_event_knows_what_a_scan_knows() {
    let mut records: Vec<(Timestamp, String)> =
        (0..10).map(|day| (at(day, 0), sign_in("alice", at(day, 0), JAPAN))).collect();
    records.push((at(10, 0), sign_in("alice", at(10, 0), NETHERLANDS)));
    records.push((at(11, 0), sign_in("alice", at(11, 0), NETHERLANDS)));
    records.push((at(12, 0), sign_in("bob", at(12, 0), JAPAN)));
    let settings = settings("");
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let mut told = Vec::new();
    for (time, record) in &records {
        let now = *time + SignedDuration::from_mins(3);
        let mut watch = watch(&settings, &ledger, now);
        take(&mut watch, record, now);
        told.extend(sent(&mut watch, now + SignedDuration::from_mins(20)));
    }
    assert_eq!(told.len(), records.len());
    let said: Vec<(usize, &Value)> = told
        .iter()
        .map(|notice| &notice["unusual"])
        .enumerate()
        .filter(|(_, words)| *words != &Value::Array(Vec::new()))
        .collect();
    assert_eq!(said, [(10, &serde_json::json!(["country"])), (12, &serde_json::json!(["person"]))]);
    let text: Vec<String> = records.into_iter().map(|(_, record)| record).collect();
    let (heard, _) = scan(&settings, &text);
    for (notice, told) in heard.notices.iter().zip(&told) {
        assert_eq!(render::json_value(notice)["comparison"], told["comparison"]);
    }
}

#[test]
fn what_is_counted_lasts_and_what_is_not_told_says_why() {
    let settings = settings(
        "rules: { often: { filter: '{ $.eventName = \"DeleteBucket\" }', when: count > 2 in 10m } }",
    );
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.db");
    let records: Vec<String> = [(0, "alice"), (1, "bob"), (2, "alice"), (4, "alice"), (20, "alice")]
        .into_iter()
        .map(|(minute, who)| bucket(who, at(1, minute), JAPAN))
        .collect();
    let mut told = Vec::new();
    for (record, minute) in records.iter().zip([0, 1, 2, 4, 20]) {
        let now = at(1, minute) + SignedDuration::from_secs(20);
        let mut watch = watch(&settings, &ledger, now);
        take(&mut watch, record, now);
        told.extend(sent(&mut watch, now + SignedDuration::from_secs(30)));
        let name = record.split(r#""eventID":""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let (_, sighting) = watch.ledger().find(&name).unwrap().pop().unwrap();
        let is_told = minute == 4;
        assert_eq!(matches!(sighting.fate, Fate::Told { .. }), is_told, "{:?}", sighting.fate);
        assert_eq!(sighting.fate == Fate::Unmet, !is_told);
        assert_eq!(watch.counts().unmet, u64::from(!is_told));
    }
    let times: Vec<&Value> = told.iter().map(|notice| &notice["event_time"]).collect();
    assert_eq!(times, [&Value::String(at(1, 4).to_string())]);
    let (heard, summary) = scan(&settings, &records);
    assert_eq!((heard.notices.len(), summary.unmet), (1, 4));
}

#[test]
fn what_was_learned_from_the_past_is_known_on_day_one() {
    let settings = settings("");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut past = habits();
    past.push(sign_in("alice", at(10, 0), NETHERLANDS));
    let lesson = lesson(&settings, &past, at(10, 0));
    assert_eq!((lesson.people, lesson.from, lesson.summary.records), (1, Some(at(0, 0)), 11));
    {
        let mut ledger = SqliteLedger::open(&path, &Options::default()).unwrap();
        assert_eq!(known_since(&mut ledger).unwrap(), None);
        ledger.commit(&lesson.for_ledger(at(10, 0))).unwrap();
        assert_eq!(known_since(&mut ledger).unwrap(), Some(at(0, 0)));
    }
    let mut watch = watch(&settings, &path, at(11, 0));
    take(&mut watch, &sign_in("alice", at(11, 1), NETHERLANDS), at(11, 2));
    let told = sent(&mut watch, at(11, 20));
    assert_eq!(
        told[0]["unusual"],
        serde_json::json!(["country"]),
        "what came after the lesson was not in it"
    );
    take(&mut watch, &sign_in("alice", at(12, 1), JAPAN), at(12, 2));
    let told = sent(&mut watch, at(12, 20));
    let comparison = told[0]["comparison"].as_str().unwrap();
    assert!(
        comparison.starts_with("10 of the last 11 sign-ins came from Japan"),
        "taken in once: {comparison}"
    );
    assert_eq!(known_since(watch.ledger()).unwrap(), Some(at(0, 0)));
    assert!(watch.ledger().state("learned/").unwrap().is_empty());
}

#[test]
fn a_running_watch_takes_a_lesson_in_beside_what_it_knows() {
    let settings = settings("");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut watch = watch(&settings, &path, at(20, 0));
    for day in 20..24 {
        take(&mut watch, &sign_in("alice", at(day, 1), NETHERLANDS), at(day, 2));
    }
    // Two lessons wait at once; neither writes over what the watch knows.
    let early: Vec<String> = habits().into_iter().take(4).collect();
    let late: Vec<String> = habits().into_iter().skip(4).collect();
    let mut ledger = SqliteLedger::open(&path, &Options::default()).unwrap();
    ledger.commit(&lesson(&settings, &late, at(20, 0)).for_ledger(at(23, 5))).unwrap();
    assert_eq!(known_since(&mut ledger).unwrap(), Some(at(4, 0)));
    ledger.commit(&lesson(&settings, &early, at(4, 0)).for_ledger(at(23, 6))).unwrap();
    watch.tick(at(23, 10)).unwrap();
    watch.commit().unwrap();
    assert!(ledger.state("learned/").unwrap().is_empty());
    take(&mut watch, &sign_in("alice", at(24, 1), JAPAN), at(24, 2));
    let told = sent(&mut watch, at(24, 20));
    let last = told.last().unwrap();
    assert_eq!(last["unusual"], serde_json::json!([]));
    assert!(
        last["comparison"].as_str().unwrap().starts_with("10 of the last 14 sign-ins came from Japan"),
        "{last}"
    );
}
