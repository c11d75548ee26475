//! Correlations of Sigma rules: the same in a scan and in a watch, each event counted once whatever stops in between.

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

use std::num::NonZeroUsize;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use trailbell_config::{Lookups, Settings, SigmaFile};
use trailbell_engine::{Arrival, Progress, Stats, Watch};

use trailbell_notice::{CountedWhat, Notice};
use trailbell_outbox::Receipt;
use trailbell_record::Limits;
use trailbell_text::Severity;

use self::channels::CAN;
use self::looking_back::{Heard, scan};

const REFUSED: &str = "title: A call was refused
name: refused
logsource: { product: aws, service: cloudtrail }
detection: { s: { errorCode: AccessDenied }, condition: s }
level: low
";
const CALLED: &str = "title: A call went through
name: called
logsource: { product: aws, service: cloudtrail }
detection: { s: { eventName: DescribeInstances }, f: { errorCode|exists: true }, condition: s and not f }
";
const MANY: &str = "title: Many refusals
name: many
level: high
correlation:
    type: event_count
    rules: [refused]
    group-by: [userIdentity.userName]
    timespan: 5m
    condition: { gte: 3 }
";
const PLACES: &str = "title: Many places
correlation:
    type: value_count
    rules: [refused]
    timespan: 5m
    condition: { field: sourceIPAddress, gte: 3 }
";
const THROUGH: &str = "title: Refused and then let through
level: critical
correlation:
    type: temporal_ordered
    rules: [refused, called]
    group-by: [userIdentity.userName]
    timespan: 5m
";

/// The settings that name a folder of these documents, each a file of its own, with more lines of settings.
fn settings(documents: &[&str], more: &str) -> Settings {
    let text = format!(
        "rules: {{ all: {{ sigma: rules.d }} }}\nchannels: {{ desk: 'stdout:' }}\ndelivery: {{ learning: off, all_is_well: off }}\n{more}"
    );
    let sigma = |_: &str| {
        let file = |document: &&str| {
            let title = document.lines().next().unwrap().trim_start_matches("title: ");
            SigmaFile { name: format!("{}.yml", title.replace(' ', "-")), text: (*document).to_owned() }
        };
        Ok(documents.iter().map(file).collect())
    };
    let lookups = Lookups { sigma: &sigma, ..Lookups::none() };
    trailbell_config::parse(&text, trailbell_detect::BUILTIN_RULES, lookups)
        .unwrap_or_else(|invalid| panic!("{}", invalid.render("", &text)))
        .settings
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-24T{text}Z").parse().unwrap()
}

fn record(number: u32, who: &str, at: Timestamp, address: &str, error: Option<&str>) -> String {
    let error = error.map(|error| format!(r#""errorCode":"{error}","#)).unwrap_or_default();
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDA{who}","arn":"arn:aws:iam::123456789012:user/{who}","accountId":"123456789012","userName":"{who}"}},"eventTime":"{at}","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1","sourceIPAddress":"{address}",{error}"eventID":"e-{number}","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"123456789012"}}"#
    )
}

fn refused(number: u32, who: &str, at: Timestamp) -> String {
    record(number, who, at, "198.51.100.7", Some("AccessDenied"))
}

/// The rules that each notice names.
fn named(heard: &Heard) -> Vec<Vec<&str>> {
    heard.notices.iter().map(|notice| notice.rules.iter().map(|rule| rule.name.as_str()).collect()).collect()
}

fn watch(settings: &Settings, ledger: &Path, now: Timestamp) -> Watch {
    watching::watch(settings, |_| CAN, ledger, now)
}

fn take(watch: &mut Watch, records: &[String], backlog: bool, now: Timestamp) {
    let body = records.join("\n").into_bytes();
    let arrival = Arrival { body, label: "test".into(), position: None, backlog };
    watch.take(&[("trail".to_owned(), arrival)], now).unwrap();
    watch.tick(now).unwrap();
    watch.commit().unwrap();
}

/// The notices that were sent since, as JSON.
fn sent(watch: &mut Watch, now: Timestamp) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    loop {
        let outgoing = watch.due(now).unwrap().outgoing;
        if outgoing.is_empty() {
            return all;
        }
        for one in outgoing {
            if one.message.json["type"] != "bulletin" {
                all.push(one.message.json.clone());
            }
            watch.settle(&one.letter, &Ok(Receipt::default()), now, 0.0);
        }
        watch.commit().unwrap();
    }
}

#[test]
fn the_event_that_completes_a_count_is_told_and_those_it_counts_are_not() {
    let settings = settings(&[REFUSED, MANY], "");
    let mut records: Vec<String> =
        (0..3).map(|n| refused(n, "mallory", at(&format!("10:2{n}:00")))).collect();
    records.push(refused(3, "mallory", at("10:23:00")));
    records.extend([refused(4, "bob", at("10:20:30")), refused(5, "bob", at("10:21:30"))]);
    let (heard, summary) = scan(&settings, &records);
    assert_eq!(named(&heard), [["Many-refusals"]], "once, for mallory alone");
    let notice = &heard.notices[0];
    assert_eq!((notice.severity, notice.time), (Severity::High, Some(at("10:22:00"))));
    let told = notice.rules[0].sigma.clone().unwrap();
    let counted = told.correlated.unwrap();
    assert_eq!((counted.what, counted.count), (CountedWhat::EventCount, 3));
    assert_eq!((counted.first, counted.last), (at("10:20:00"), at("10:22:00")));
    assert_eq!(counted.group, [("userIdentity.userName".into(), "mallory".into())]);
    assert_eq!((summary.notices, summary.counted), (1, 5));
}

/// How often the rules met, in a window, as `rules stats` counts.
fn counted(settings: &Settings, records: &[String], since: Option<Timestamp>) -> Vec<(String, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    std::fs::write(&path, records.join("\n")).unwrap();
    let rules = trailbell_engine::rules(settings).unwrap();
    let (paths, limits, jobs) = (vec![path], Limits::default(), NonZeroUsize::MIN);
    let stats = Stats { paths, rules: &rules, since, until: None, limits, jobs };
    let counted = stats.run(&Progress::default(), &mut |problem| panic!("{problem:?}")).unwrap();
    counted.by_rule.into_iter().map(|(rule, met)| (rule.as_str().to_owned(), met.events)).collect()
}

#[test]
fn statistics_count_what_would_have_been_told() {
    let settings = settings(&[REFUSED, MANY], "");
    let mut records: Vec<String> =
        (0..3).map(|n| refused(n, "mallory", at(&format!("10:2{n}:00")))).collect();
    let named =
        |of: &[(&str, u64)]| of.iter().map(|(rule, met)| ((*rule).to_owned(), *met)).collect::<Vec<_>>();
    // Refusals before the window count with the one in it.
    let all = [("A-call-was-refused", 3), ("Many-refusals", 1)];
    assert_eq!(counted(&settings, &records, None), named(&all));
    let last = [("A-call-was-refused", 1), ("Many-refusals", 1)];
    assert_eq!(counted(&settings, &records, Some(at("10:22:00"))), named(&last));
    assert_eq!(counted(&settings, &records, Some(at("10:23:00"))), []);
    // One action that two accounts have in their logs is one.
    records.pop();
    for (number, record) in records.iter_mut().enumerate() {
        *record = record.replacen('{', r#"{"sharedEventID":"s-1","#, 1).replace("10:21", "10:20");
        assert!(record.contains(&format!("e-{number}")));
    }
    records.push(refused(2, "mallory", at("10:21:00")));
    assert_eq!(counted(&settings, &records, None), named(&all[..1]));
    assert_eq!(scan(&settings, &records).0.notices.len(), 0);
}

#[test]
fn an_event_that_is_there_twice_counts_once() {
    let settings = settings(&[REFUSED, MANY], "");
    let records: Vec<String> = (0..2).chain(0..2).map(|n| refused(n, "mallory", at("10:20:00"))).collect();
    assert_eq!(scan(&settings, &records).0.notices.len(), 0);
}

#[test]
fn different_values_and_rules_in_their_order_are_told_too() {
    let records: Vec<String> = (0..3)
        .map(|n| {
            record(n, "mallory", at(&format!("10:20:0{n}")), &format!("198.51.100.{n}"), Some("AccessDenied"))
        })
        .chain([record(3, "mallory", at("10:21:00"), "198.51.100.7", None)])
        .chain([record(4, "bob", at("10:22:00"), "198.51.100.7", None)])
        .collect();
    let (heard, _) = scan(&settings(&[REFUSED, CALLED, PLACES, THROUGH], ""), &records);
    assert_eq!(named(&heard), [["Many-places"], ["Refused-and-then-let-through"]]);
    let counted = |notice: &Notice| notice.rules[0].sigma.clone().unwrap().correlated.unwrap();
    let places = counted(&heard.notices[0]);
    assert_eq!(
        (places.what, places.count, places.fields),
        (CountedWhat::ValueCount, 3, vec!["sourceIPAddress".into()])
    );
    assert_eq!(
        (counted(&heard.notices[1]).what, heard.notices[1].severity),
        (CountedWhat::TemporalOrdered, Severity::Critical)
    );
}

#[test]
fn what_a_correlation_counts_is_told_where_it_generates_or_another_rule_tells_it() {
    let records: Vec<String> = (0..3).map(|n| refused(n, "mallory", at("10:20:00"))).collect();
    let generating = format!("{MANY}generate: true\n");
    let (heard, _) = scan(&settings(&[REFUSED, &generating], ""), &records);
    let base = "A-call-was-refused";
    assert_eq!(named(&heard), [vec![base], vec![base], vec![base, "Many-refusals"]]);
    // An alarm that tells each, and another rule that meets the same.
    let more = "ignore: [{ principal: nobody, rule: A-call-was-refused }]";
    let again = REFUSED.replace("A call", "Such a call").replace("name: refused\n", "");
    let (heard, _) = scan(&settings(&[REFUSED, &again, MANY], more), &records);
    assert_eq!(
        named(&heard),
        [
            vec!["Such-a-call-was-refused"],
            vec!["Such-a-call-was-refused"],
            vec!["Such-a-call-was-refused", "Many-refusals"]
        ]
    );
}

#[test]
fn what_an_ignore_entry_quiets_neither_counts_nor_tells() {
    let records: Vec<String> = (0..3).map(|n| refused(n, "robot", at("10:20:00"))).collect();
    for (rule, counted, ignored) in [("A-call-was-refused", 0, 3), ("Many-refusals", 3, 0)] {
        let more = format!("ignore: [{{ principal: robot, rule: {rule} }}]");
        let (heard, summary) = scan(&settings(&[REFUSED, MANY], &more), &records);
        assert_eq!((heard.notices.len(), summary.counted, summary.ignored), (0, counted, ignored), "{rule}");
    }
}

#[test]
fn a_correlation_may_count_another_which_is_then_silent() {
    let thrice = "title: Again and again\ncorrelation: { type: event_count, rules: [many], timespan: 1h, condition: { gte: 2 } }\n";
    let mut records: Vec<String> = (0..3).map(|n| refused(n, "mallory", at("10:20:00"))).collect();
    records.extend((3..6).map(|n| refused(n, "bob", at("10:40:00"))));
    let (heard, _) = scan(&settings(&[REFUSED, MANY, thrice], ""), &records);
    assert_eq!(named(&heard), [["Again-and-again"]]);
}

#[test]
fn a_watch_that_is_killed_goes_on_counting_and_counts_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("trailbell.db");
    let settings = settings(&[REFUSED, MANY], "");
    let mut now = at("10:20:00");
    for number in [0, 1, 1, 0] {
        // Each time it is as if killed, and the same events come again.
        let mut watch = watch(&settings, &ledger, now);
        take(&mut watch, &[refused(number, "mallory", at("10:20:00"))], false, now);
        assert_eq!(sent(&mut watch, now), [] as [serde_json::Value; 0]);
        now += SignedDuration::from_secs(5);
    }
    {
        // What was not made to last did not happen.
        let mut watch = watch(&settings, &ledger, now);
        let arrival = Arrival {
            body: refused(2, "mallory", at("10:21:00")).into_bytes(),
            label: "test".into(),
            position: None,
            backlog: false,
        };
        watch.take(&[("trail".to_owned(), arrival)], now).unwrap();
    }
    let mut watch = watch(&settings, &ledger, now);
    take(&mut watch, &[refused(2, "mallory", at("10:21:00"))], false, now);
    let told = sent(&mut watch, now);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["rules"], serde_json::json!(["Many-refusals"]));
    assert_eq!(
        told[0]["sigma_rules"][0]["correlation"],
        serde_json::json!({
            "type": "event_count", "count": 3, "group": { "userIdentity.userName": "mallory" },
            "first": "2026-11-24T10:20:00Z", "last": "2026-11-24T10:21:00Z",
        })
    );
    // It holds already.
    take(&mut watch, &[refused(3, "mallory", at("10:21:30"))], false, now);
    assert_eq!(sent(&mut watch, now).len(), 0);
}

#[test]
fn what_was_counted_before_an_outage_counts_with_what_sources_catch_up_with() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("trailbell.db");
    let settings = settings(&[REFUSED, MANY], "");
    let before: Vec<String> = (0..2).map(|n| refused(n, "mallory", at("10:20:00"))).collect();
    take(&mut watch(&settings, &ledger, at("10:20:10")), &before, false, at("10:20:10"));
    // Three days later, before any source has spoken.
    let now = at("10:20:00") + SignedDuration::from_hours(72);
    let mut watch = watch(&settings, &ledger, now);
    watch.listens_to("trail", true, now);
    watch.tick(now).unwrap();
    watch.commit().unwrap();
    take(&mut watch, &[refused(2, "mallory", at("10:21:00"))], true, now);
    take(&mut watch, &[], false, now + SignedDuration::from_secs(30));
    watch.tick(now + SignedDuration::from_mins(2)).unwrap();
    watch.commit().unwrap();
    assert_eq!(watch.counts().notices[Severity::High as usize], 1);
}

#[test]
fn what_an_event_completed_is_not_forgotten_while_it_waits_to_be_told() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("trailbell.db");
    let sign_in = "title: A sign-in
name: sign-in
logsource: { product: aws, service: cloudtrail }
detection: { s: { eventName: CheckMfa }, condition: s }
";
    let many = MANY.replace("[refused]", "[sign-in]").replace("gte: 3", "gte: 1");
    let settings = settings(&[sign_in, &many], "");
    let record = r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAX","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"},"eventTime":"2026-11-24T10:20:00Z","eventSource":"signin.amazonaws.com","eventName":"CheckMfa","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","responseElements":{"CheckMfa":"Success"},"additionalEventData":{"MFAUsed":"No"},"eventID":"s-1","readOnly":false,"eventType":"AwsConsoleSignIn","recipientAccountId":"123456789012"}"#;
    let now = at("10:20:01");
    {
        let mut watch = watch(&settings, &ledger, now);
        take(&mut watch, &[record.to_owned()], false, now);
        assert_eq!(sent(&mut watch, now).len(), 0, "it waits for company");
        assert_eq!(watch.ledger().state("completed/").unwrap().len(), 1);
    }
    let later = at("10:40:00");
    let mut watch = watch(&settings, &ledger, later);
    watch.tick(later).unwrap();
    watch.commit().unwrap();
    let told = sent(&mut watch, later);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["rules"], serde_json::json!(["console-sign-in", "Many-refusals"]));
    assert_eq!(told[0]["sigma_rules"][0]["correlation"]["count"], 1);
    assert_eq!(watch.ledger().state("completed/").unwrap(), []);
}

#[test]
fn a_correlation_of_failed_sign_ins_is_told_though_each_is_only_counted() {
    let folder = tempfile::tempdir().unwrap();
    let failed = "title: A sign-in failed
name: failed
logsource: { product: aws, service: cloudtrail }
detection: { s: { eventName: ConsoleLogin, errorMessage: Failed authentication }, condition: s }
level: low
";
    let many = MANY.replace("[refused]", "[failed]").replace("gte: 3", "gte: 2").replace("high", "medium");
    let now = at("10:20:10");
    let mut watch = watch(&settings(&[failed, &many], ""), &folder.path().join("trailbell.db"), now);
    let records: Vec<String> = (0..2)
        .map(|n| format!(r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","accountId":"123456789012","userName":"alice"}},"eventTime":"2026-11-24T10:20:0{n}Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","errorMessage":"Failed authentication","responseElements":{{"ConsoleLogin":"Failure"}},"eventID":"s-{n}","eventType":"AwsConsoleSignIn","recipientAccountId":"123456789012"}}"#))
        .collect();
    take(&mut watch, &records, false, now);
    let told = sent(&mut watch, now);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["rules"], serde_json::json!(["console-sign-in", "Many-refusals"]));
}

#[test]
fn what_comes_late_and_what_sources_catch_up_with_is_counted_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&[REFUSED, MANY], "");
    let mut watch = watch(&settings, &folder.path().join("trailbell.db"), at("12:00:00"));
    take(&mut watch, &[refused(0, "mallory", at("12:00:00"))], false, at("12:00:10"));
    // A file of a quarter of an hour before, and the night that a source brings.
    let late: Vec<String> = (1..4).map(|n| refused(n, "mallory", at("11:45:00"))).collect();
    take(&mut watch, &late, false, at("12:00:20"));
    assert_eq!(sent(&mut watch, at("12:00:20")).len(), 1);
    let night: Vec<String> = (4..7).map(|n| refused(n, "mallory", at("02:00:00"))).collect();
    take(&mut watch, &night, true, at("12:00:30"));
    assert_eq!(sent(&mut watch, at("12:00:30")).len(), 0, "it waits for the rest of its time");
    take(&mut watch, &[], false, at("12:01:00"));
    watch.tick(at("12:02:00")).unwrap();
    watch.commit().unwrap();
    // The second of one rule is gathered with the first.
    assert_eq!(watch.counts().notices[Severity::High as usize], 2);
}

#[test]
fn a_correlation_that_is_changed_or_gone_starts_with_an_empty_memory() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("trailbell.db");
    let many = settings(&[REFUSED, MANY], "");
    let now = at("10:20:00");
    let kept = |watch: &mut Watch| watch.ledger().state("correlation/").unwrap();
    let mut first = watch(&many, &ledger, now);
    take(&mut first, &[refused(0, "mallory", now), refused(1, "mallory", now)], false, now);
    assert_eq!(kept(&mut first).len(), 1);
    drop(first);
    let two = settings(&[REFUSED, &MANY.replace("gte: 3", "gte: 2")], "");
    let mut changed = watch(&two, &ledger, now);
    take(&mut changed, &[refused(2, "mallory", now)], false, now);
    assert_eq!(sent(&mut changed, now).len(), 0, "one is not two");
    take(&mut changed, &[refused(3, "mallory", now)], false, now);
    assert_eq!(sent(&mut changed, now).len(), 1);
    drop(changed);
    let mut gone = watch(&settings(&[REFUSED], ""), &ledger, now);
    take(&mut gone, &[], false, now);
    assert_eq!(kept(&mut gone), []);
}

#[test]
fn what_nothing_can_be_counted_with_any_more_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch =
        watch(&settings(&[REFUSED, MANY], ""), &folder.path().join("trailbell.db"), at("10:00:00"));
    take(&mut watch, &[refused(0, "mallory", at("10:00:00"))], false, at("10:00:10"));
    assert_eq!(watch.ledger().state("correlation/").unwrap().len(), 1);
    let next_day = at("10:10:00") + SignedDuration::from_hours(24);
    watch.tick(next_day).unwrap();
    watch.commit().unwrap();
    assert_eq!(watch.ledger().state("correlation/").unwrap(), []);
}

#[test]
fn an_alarm_on_a_correlation_counts_how_often_it_is_met() {
    let text = "rules:
  refused:
    sigma: { title: A call was refused, name: refused, logsource: { product: aws }, detection: { s: { errorCode: AccessDenied }, condition: s } }
  many:
    sigma: { title: Many, correlation: { type: event_count, rules: [refused], group-by: [userIdentity.userName], timespan: 5m, condition: { gte: 2 } } }
    alarm: { threshold: 2, period: 5m }
";
    let settings =
        trailbell_config::parse(text, trailbell_detect::BUILTIN_RULES, Lookups::none()).unwrap().settings;
    let records: Vec<String> = (0..2)
        .map(|n| refused(n, "mallory", at("10:20:00")))
        .chain((2..4).map(|n| refused(n, "bob", at("10:20:10"))))
        .collect();
    let (heard, _) = scan(&settings, &records);
    assert_eq!((heard.notices.len(), heard.alarms.len()), (0, 1));
    assert_eq!((heard.alarms[0].rule.as_str(), heard.alarms[0].count), ("many", 2));
}
