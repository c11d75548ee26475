//! Alarms on what rules meet: the same in a scan and in a watch, each event counted once whatever stops in between.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

#[path = "support/channels.rs"]
mod channels;
#[path = "support/looking_back.rs"]
mod looking_back;
#[path = "support/watching.rs"]
mod watching;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use trailbell_config::{Lookups, Settings};
use trailbell_engine::{ALARM_STATE, AlarmMemory, Arrival, Summary, Watch};
use trailbell_notice::Ringing;
use trailbell_outbox::{Capabilities, Receipt};

use self::channels::CAN;
use self::looking_back::Heard;

/// Five refused calls within five minutes.
const FIVE_REFUSED: &str = "rules:
  refused-calls:
    filter: '{ $.errorCode = \"AccessDenied*\" }'
    severity: high
    description: Calls were refused
    alarm: { threshold: 5, period: 5m }
channels: { desk: 'stdout:', pager: { type: file, path: pager.ndjson } }
delivery: { learning: off, all_is_well: off }
";

fn settings(text: &str) -> Settings {
    trailbell_config::parse(text, trailbell_detect::BUILTIN_RULES, Lookups::none())
        .unwrap_or_else(|invalid| panic!("{}", invalid.render("", text)))
        .settings
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-24T{text}Z").parse().unwrap()
}

/// A call that was refused (or was not).
fn record(number: u32, who: &str, at: Timestamp, error: Option<&str>) -> String {
    let error = error.map(|error| format!(r#""errorCode":"{error}","#)).unwrap_or_default();
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDA{who}","arn":"arn:aws:iam::123456789012:user/{who}","accountId":"123456789012","userName":"{who}"}},"eventTime":"{at}","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7",{error}"eventID":"e-{number}","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"123456789012"}}"#
    )
}

fn refused(number: u32, who: &str, at: Timestamp) -> String {
    record(number, who, at, Some("AccessDenied"))
}

fn scan(text: &str, records: &[String]) -> (Heard, Summary) {
    looking_back::scan(&settings(text), records)
}

const fn can(word: &'static str, resolves: bool) -> Capabilities {
    Capabilities { word, resolves, ..CAN }
}

fn watch(text: &str, ledger: &Path, now: Timestamp) -> Watch {
    watching::watch(&settings(text), |channel| can("test", channel.name == "pager"), ledger, now)
}

fn arrival(records: &[String], backlog: bool) -> (String, Arrival) {
    let body = records.join("\n").into_bytes();
    ("trail".to_owned(), Arrival { body, label: "test".into(), position: None, backlog })
}

fn take(watch: &mut Watch, records: &[String], backlog: bool, now: Timestamp) {
    watch.take(&[arrival(records, backlog)], now).unwrap();
    watch.commit().unwrap();
}

/// What has been sent since, as (channel, the one JSON form, thread).
fn sent(watch: &mut Watch, now: Timestamp) -> Vec<(String, serde_json::Value, String)> {
    let mut all = Vec::new();
    loop {
        let outbound = watch.due(now).unwrap();
        if outbound.outgoing.is_empty() {
            break;
        }
        for outgoing in outbound.outgoing {
            watch.settle(&outgoing.letter, &Ok(Receipt::default()), now, 0.5);
            let thread = outgoing.message.thread.as_str().to_owned();
            all.push((outgoing.letter.channel, outgoing.message.json, thread));
        }
        watch.commit_sending().unwrap();
    }
    all.retain(|(_, json, _)| json["bulletin"] == "rule-alarm" || json["type"] != "bulletin");
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// Lets the minutes pass.
fn pass(watch: &mut Watch, from: Timestamp, to: Timestamp) {
    let mut now = from;
    while now < to {
        now = to.min(now + SignedDuration::from_secs(30));
        watch.tick(now).unwrap();
        watch.commit().unwrap();
    }
}

#[test]
fn a_scan_rings_when_it_is_too_much_and_says_who() {
    let mut records = Vec::new();
    for (number, minute) in
        [(1, "10:00:00"), (2, "10:20:10"), (3, "10:21:20"), (4, "10:22:30"), (5, "10:22:40")]
    {
        records.push(refused(number, "mallory", at(minute)));
    }
    records.push(refused(6, "bob", at("10:23:50")));
    records.push(record(7, "mallory", at("10:23:55"), None));
    let (heard, summary) = scan(FIVE_REFUSED, &records);
    assert_eq!(heard.notices.len(), 0, "a rule that counts does not tell each event");
    let [rung] = &heard.alarms[..] else { panic!("{:?}", heard.alarms) };
    assert_eq!((rung.rule.as_str(), rung.news, rung.at), ("refused-calls", Ringing::Began, at("10:24:10")));
    assert_eq!(rung.count, 5, "what is long past is not in it");
    assert_eq!(rung.who, [("mallory".to_owned(), 4), ("bob".to_owned(), 1)]);
    assert_eq!(rung.span, Some((at("10:20:10"), at("10:23:50"))));
    assert_eq!(rung.events.len(), 5);
    assert!(
        rung.reason.contains("1 out of the last 1 datapoints [5.0 (24/11/26 10:19:00)]"),
        "{}",
        rung.reason
    );
    assert_eq!((summary.alarms, summary.counted, summary.notices), (1, 6, 0));
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let records: Vec<String> = (0..4).chain(0..4).map(|n| refused(n, "mallory", at("10:20:00"))).collect();
    assert_eq!(scan(FIVE_REFUSED, &records).0.alarms.len(), 0);
}

#[test]
fn a_built_in_rule_with_an_alarm_tells_each_event_too_unless_it_is_told_not_to() {
    let change = |number| {
        refused(number, "mallory", at("10:20:00"))
            .replace("DescribeInstances", "CreateUser")
            .replace("ec2.amazonaws.com", "iam.amazonaws.com")
            .replace(r#""readOnly":true"#, r#""readOnly":false"#)
    };
    let records: Vec<String> = (0..3).map(change).collect();
    let (heard, _) = scan("rules: { iam-change: { alarm: { threshold: 3 } } }", &records);
    assert_eq!((heard.notices.len(), heard.alarms.len()), (3, 1));
    let (heard, _) = scan("rules: { iam-change: { alarm: { threshold: 3, each: false } } }", &records);
    assert_eq!((heard.notices.len(), heard.alarms.len()), (0, 1));
}

#[test]
fn what_an_ignore_entry_quiets_does_not_count() {
    let records: Vec<String> = (0..9).map(|n| refused(n, "robot", at("10:20:00"))).collect();
    let text = format!("{FIVE_REFUSED}ignore: [{{ principal: robot, rule: refused-calls }}]\n");
    let (heard, summary) = scan(&text, &records);
    assert_eq!((heard.alarms.len(), summary.counted, summary.ignored), (0, 0, 9));
}

#[test]
fn a_watch_rings_once_says_what_was_added_and_closes_what_it_opened() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("trailbell.db");
    let mut watch = watch(FIVE_REFUSED, &ledger, at("10:00:00"));
    pass(&mut watch, at("10:00:00"), at("10:20:00"));
    sent(&mut watch, at("10:20:00"));
    let records: Vec<String> = (0..5).map(|n| refused(n, "mallory", at("10:20:30"))).collect();
    watch.take(&[arrival(&records, false)], at("10:20:40")).unwrap();
    watch.commit().unwrap();
    assert_eq!(sent(&mut watch, at("10:20:40")), []);
    pass(&mut watch, at("10:20:40"), at("10:21:30"));
    let began = sent(&mut watch, at("10:21:30"));
    assert_eq!(began.len(), 2, "both channels: {began:?}");
    assert!(began.iter().all(|(_, json, _)| json["news"] == "began" && json["count"] == 5), "{began:?}");

    // A second burst while it is on is not kept silent about.
    let more: Vec<String> = (10..13).map(|n| refused(n, "eve", at("10:22:00"))).collect();
    watch.take(&[arrival(&more, false)], at("10:22:10")).unwrap();
    watch.commit().unwrap();
    pass(&mut watch, at("10:22:10"), at("10:50:00"));
    let over = sent(&mut watch, at("10:50:00"));
    let told: Vec<_> = over
        .iter()
        .map(|(channel, json, _)| (channel.as_str(), json["news"].clone(), json["count"].clone()))
        .collect();
    // The desk hears of the three that were added; the pager closes what it opened.
    assert_eq!(
        told.iter()
            .filter(|(channel, news, count)| *channel == "desk" && news == "over" && *count == 3)
            .count(),
        1,
        "{told:?}"
    );
    assert!(told.iter().any(|(channel, news, _)| *channel == "pager" && news == "over"), "{told:?}");
    assert!(over.iter().all(|(_, _, thread)| *thread == began[0].2), "one incident has one name");
}

#[test]
fn what_goes_on_for_hours_is_told_again_every_hour() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = watch(FIVE_REFUSED, &folder.path().join("trailbell.db"), at("08:00:00"));
    let mut now = at("08:00:00");
    let mut number = 0;
    let mut news = Vec::new();
    while now < at("11:30:00") {
        now += SignedDuration::from_secs(20);
        number += 1;
        watch.take(&[arrival(&[refused(number, "mallory", now)], false)], now).unwrap();
        watch.tick(now).unwrap();
        watch.commit().unwrap();
        let here = sent(&mut watch, now);
        news.extend(here.into_iter().filter(|(channel, ..)| channel == "desk").map(|(_, json, _)| json));
    }
    let words: Vec<&str> = news.iter().map(|json| json["news"].as_str().unwrap()).collect();
    assert_eq!(words, ["began", "goes-on", "goes-on", "goes-on"]);
    assert_eq!(news[1]["count"], 180);
}

#[test]
fn a_restart_neither_forgets_nor_counts_twice() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("trailbell.db");
    // The event is told by a rule that waits for company, and counted at once.
    let text = "rules: { console-sign-in: { alarm: { threshold: 3, period: 5m } } }
channels: { desk: 'stdout:' }
delivery: { learning: off, all_is_well: off }
";
    let sign_in = |number: u32, at: Timestamp| {
        format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDAX","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"}},"eventTime":"{at}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","responseElements":{{"ConsoleLogin":"Success"}},"additionalEventData":{{"MFAUsed":"No"}},"eventID":"s-{number}","readOnly":false,"eventType":"AwsConsoleSignIn","recipientAccountId":"123456789012"}}"#
        )
    };
    let mut now = at("10:20:00");
    for number in 0..2 {
        let mut watch = watch(text, &ledger, now);
        watch.take(&[arrival(&[sign_in(number, now)], false)], now).unwrap();
        watch.commit().unwrap();
        // It stops here, as if killed, and begins again some seconds later.
        now += SignedDuration::from_secs(5);
    }
    let mut last = watch(text, &ledger, now);
    pass(&mut last, now, at("10:22:00"));
    let state = last.ledger().state(ALARM_STATE).unwrap();
    let memory: AlarmMemory = serde_json::from_str(&state[0].1).unwrap();
    assert_eq!(memory.state.as_str(), "OK", "two are not three");
    last.take(&[arrival(&[sign_in(9, at("10:22:00"))], false)], at("10:22:01")).unwrap();
    last.commit().unwrap();
    pass(&mut last, at("10:22:01"), at("10:23:30"));
    let state = last.ledger().state(ALARM_STATE).unwrap();
    let memory: AlarmMemory = serde_json::from_str(&state[0].1).unwrap();
    assert_eq!(memory.state.as_str(), "ALARM", "{:?}", memory.history);
}

#[test]
fn history_is_told_as_it_was_and_mixes_with_nothing_it_was_no_part_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = watch(FIVE_REFUSED, &folder.path().join("trailbell.db"), at("12:00:00"));
    pass(&mut watch, at("12:00:00"), at("12:02:00"));
    // Something counts already when a source brings this morning's events: two apart, then five together.
    take(&mut watch, &[refused(20, "eve", at("12:02:10"))], false, at("12:02:20"));
    let mut records = vec![refused(0, "mallory", at("01:00:00")), refused(1, "mallory", at("02:00:00"))];
    records.extend((2..7).map(|n| refused(n, "mallory", at("03:00:30"))));
    // Scattered over the last minutes are more: not five in five minutes.
    records.extend((7..12).map(|n| refused(n, "bob", at(&format!("11:{}:00", 20 + 8 * (n - 7))))));
    take(&mut watch, &records, true, at("12:02:30"));
    pass(&mut watch, at("12:02:30"), at("12:30:00"));
    let told = sent(&mut watch, at("12:30:00"));
    let began: Vec<_> = told.iter().filter(|(_, json, _)| json["news"] == "began").collect();
    assert_eq!(began.len(), 2, "both channels, once: {told:?}");
    assert!(
        began.iter().all(|(_, json, _)| json["at"] == "2026-11-24T03:01:10Z" && json["count"] == 5),
        "{began:?}"
    );
    assert!(told.iter().any(|(channel, json, _)| channel == "pager" && json["news"] == "over"), "{told:?}");
}

#[test]
fn hours_that_come_at_once_are_told_as_if_they_had_come_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = watch(FIVE_REFUSED, &folder.path().join("trailbell.db"), at("12:00:00"));
    let mut records: Vec<String> = (0..8).map(|n| refused(n, "mallory", at("09:00:30"))).collect();
    records.extend((8..14).map(|n| refused(n, "bob", at(&format!("11:{}:00", 4 * (n - 5))))));
    let (heard, _) = scan(FIVE_REFUSED, &records);
    take(&mut watch, &records, false, at("12:00:00"));
    pass(&mut watch, at("12:00:00"), at("12:10:00"));
    let told = sent(&mut watch, at("12:10:00"));
    let began: Vec<_> =
        told.iter().filter(|(channel, json, _)| channel == "desk" && json["news"] == "began").collect();
    assert_eq!((began.len(), heard.alarms.len()), (1, 1));
    assert_eq!(began[0].1["at"], heard.alarms[0].at.to_string());
    assert_eq!((&began[0].1["count"], heard.alarms[0].count), (&8.into(), 8));
}

#[test]
fn an_alarm_that_is_changed_or_removed_while_it_rings_is_over() {
    for text in [
        FIVE_REFUSED.replace("threshold: 5", "threshold: 50"),
        FIVE_REFUSED.replace("    alarm:", "    # alarm:"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("trailbell.db");
        let mut first = watch(FIVE_REFUSED, &ledger, at("10:00:00"));
        let records: Vec<String> = (0..5).map(|n| refused(n, "mallory", at("10:00:30"))).collect();
        take(&mut first, &records, false, at("10:00:40"));
        pass(&mut first, at("10:00:40"), at("10:02:00"));
        assert_eq!(sent(&mut first, at("10:02:00")).len(), 2);
        drop(first);
        let mut second = watch(&text, &ledger, at("10:02:10"));
        pass(&mut second, at("10:02:10"), at("10:05:00"));
        let told: Vec<_> = sent(&mut second, at("10:05:00"));
        let over: Vec<_> = told
            .iter()
            .filter(|(_, json, _)| json["news"] == "over")
            .map(|(channel, ..)| channel.as_str())
            .collect();
        assert_eq!(over, ["pager"], "{told:?}");
        drop(second);
        // Said once.
        let mut third = watch(&text, &ledger, at("10:06:00"));
        pass(&mut third, at("10:06:00"), at("10:08:00"));
        assert!(sent(&mut third, at("10:08:00")).is_empty());
    }
}

#[test]
fn an_alarm_is_as_grave_as_what_is_behind_it_unless_its_rule_says() {
    let change = |number| {
        refused(number, "mallory", at("10:20:00"))
            .replace(r#""errorCode":"AccessDenied","#, "")
            .replace("DescribeInstances", "CreateLoginProfile")
            .replace("ec2.amazonaws.com", "iam.amazonaws.com")
            .replace(r#""readOnly":true"#, r#""readOnly":false,"requestParameters":{"userName":"eve"}"#)
    };
    let records: Vec<String> = (0..3).map(change).collect();
    let (heard, _) = scan("rules: { iam-change: { alarm: { threshold: 3 } } }", &records);
    let gravest = heard.notices.iter().map(|notice| notice.severity).max().unwrap();
    assert_eq!(heard.alarms[0].severity, gravest);
    let (heard, _) = scan("rules: { iam-change: { severity: low, alarm: { threshold: 3 } } }", &records);
    assert_eq!(heard.alarms[0].severity.word(), "low");
}

#[test]
fn records_that_come_late_as_cloudtrail_s_do_still_ring() {
    let folder = tempfile::tempdir().unwrap();
    let text = FIVE_REFUSED.replace("period: 5m", "period: 1m");
    let mut watch = watch(&text, &folder.path().join("trailbell.db"), at("12:00:00"));
    pass(&mut watch, at("12:00:00"), at("12:20:00"));
    let records: Vec<String> = (0..5).map(|n| refused(n, "mallory", at("12:10:10"))).collect();
    watch.take(&[arrival(&records, false)], at("12:20:00")).unwrap();
    watch.commit().unwrap();
    pass(&mut watch, at("12:20:00"), at("12:22:00"));
    assert_eq!(
        sent(&mut watch, at("12:22:00")).iter().filter(|(_, json, _)| json["news"] == "began").count(),
        2
    );
}

#[test]
fn silence_of_something_that_should_happen_rings() {
    let folder = tempfile::tempdir().unwrap();
    let text = "rules:
  backups:
    filter: '{ $.eventName = \"DescribeInstances\" }'
    description: Backups
    alarm: { threshold: 1, comparison: LessThanThreshold, period: 1h, missing: breaching }
channels: { desk: 'stdout:' }
delivery: { learning: off, all_is_well: off }
";
    let mut watch = watch(text, &folder.path().join("trailbell.db"), at("08:00:00"));
    let mut number = 0;
    let mut now = at("08:00:00");
    while now < at("10:00:00") {
        now += SignedDuration::from_mins(20);
        number += 1;
        watch.take(&[arrival(&[record(number, "backup", now, None)], false)], now).unwrap();
        watch.tick(now).unwrap();
        watch.commit().unwrap();
        if now > at("09:00:00") {
            assert!(sent(&mut watch, now).iter().all(|(_, json, _)| json["news"] != "began"));
        } else {
            sent(&mut watch, now);
        }
    }
    pass(&mut watch, now, at("14:00:00"));
    let told = sent(&mut watch, at("14:00:00"));
    assert!(told.iter().any(|(_, json, _)| json["news"] == "began" && json["count"] == 0), "{told:?}");
}

#[test]
fn a_start_and_a_restart_are_no_silence() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("trailbell.db");
    let text = "rules:
  backups:
    filter: '{ $.eventName = \"DescribeInstances\" }'
    alarm: { threshold: 1, comparison: LessThanThreshold, period: 1m, evaluate: 3 of 3, missing: breaching }
channels: { desk: 'stdout:' }
delivery: { learning: off, all_is_well: off }
";
    let mut now = at("08:00:00");
    for _ in 0..6 {
        // A minute of life is too short for three minutes of silence, and the wait does not begin anew each time.
        let mut watch = watch(text, &ledger, now);
        pass(&mut watch, now, now + SignedDuration::from_secs(60));
        now += SignedDuration::from_secs(60);
        let told = sent(&mut watch, now);
        let rang = told.iter().any(|(_, json, _)| json["news"] == "began");
        assert_eq!(rang, now == at("08:06:00"), "{now}: {told:?}");
    }
}
