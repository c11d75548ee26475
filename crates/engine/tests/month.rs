//! A month of keeping watch, in virtual time: nothing here sleeps, everything is asked with a time. What must come comes
//! when it is due (digests, the weekly word, deaf and well again), and memory does not grow with what has passed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use trailbell_config::{ChannelSettings, Settings};
use trailbell_detect::{RuleSet, RuleSettings};
use trailbell_engine::{Arrival, Condition, Presence, Watch, WatchSettings};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_notice::{Lang, Reader};
use trailbell_outbox::{Capabilities, Form, Receipt};
use trailbell_record::Limits;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn settings() -> Settings {
    let text = "
timezone: UTC
channels:
  desk: { type: stdout, minimum_severity: info }
delivery: { digest_at: '09:00', all_is_well: monday 09:00, learning: 7d }
";
    trailbell_config::parse(text, trailbell_detect::BUILTIN_RULES, trailbell_config::Lookups::none())
        .unwrap()
        .settings
}

fn open(folder: &std::path::Path, now: Timestamp) -> Watch {
    let settings = settings();
    let can = Capabilities {
        word: "test",
        burst: 1000,
        interval: std::time::Duration::ZERO,
        max_bytes: 1 << 20,
        threads: false,
        drops_copies: false,
        resolves: false,
        timeout: std::time::Duration::from_secs(1),
    };
    let channels: Vec<(ChannelSettings, Capabilities)> =
        settings.channels.iter().map(|channel| (channel.clone(), can)).collect();
    let ledger = SqliteLedger::open(&folder.join("trailbell.db"), &Options::default()).unwrap();
    let watch = WatchSettings {
        rules: RuleSet::new(RuleSettings::default()).unwrap(),
        settings,
        reader: Reader::new(Lang::En),
        limits: Limits::default(),
        presence: Presence::Resident,
    };
    Watch::open(watch, channels, Box::new(ledger), now).unwrap()
}

fn event(number: u64, at: Timestamp, name: &str, who: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDA{who}","arn":"arn:aws:iam::123456789012:user/{who}","accountId":"123456789012","userName":"{who}"}},"eventTime":"{}","eventSource":"iam.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2.22.0","requestParameters":{{"userName":"bob"}},"responseElements":null,"eventID":"e-{number}","readOnly":{},"eventType":"AwsApiCall","recipientAccountId":"123456789012"}}"#,
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        name.starts_with("Get"),
    )
}

/// What was sent: form and headline, by time.
type Sent = Vec<(Timestamp, Form, String)>;

/// One minute of the watch: what arrived, what time brings, what is due.
fn minute(watch: &mut Watch, events: &[String], now: Timestamp, sent: &mut Sent) {
    if !events.is_empty() {
        let body = format!("{{\"Records\":[{}]}}", events.join(",")).into_bytes();
        let arrival = Arrival { body, label: "test".into(), position: Some(now.to_string()), backlog: false };
        watch.take(&[("trail".to_owned(), arrival)], now).unwrap();
    }
    watch.tick(now).unwrap();
    watch.commit().unwrap();
    for outgoing in watch.due(now).unwrap().outgoing {
        let headline = outgoing.message.page.headline.render(trailbell_text::Channel::Plain);
        sent.push((now, outgoing.letter.form, headline));
        watch.settle(&outgoing.letter, &Ok(Receipt::default()), now, 0.5);
    }
    watch.commit().unwrap();
}

fn resident_pages() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0)
}

#[test]
fn a_month_goes_by() {
    let folder = tempfile::tempdir().unwrap();
    let start: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap(); // a Monday
    let mut watch = open(folder.path(), start);
    watch.listens_to("trail", true, start);
    let mut sent = Sent::new();
    let mut resident = BTreeMap::new();
    let mut number = 0;
    for minutes in 0..30 * 24 * 60 {
        let now = start + MINUTE * minutes;
        let day = minutes / (24 * 60);
        // The source is silent from the 20th day for a day and a half.
        let silent = (20 * 24 * 60..20 * 24 * 60 + 36 * 60).contains(&minutes);
        let mut events = Vec::new();
        if !silent && minutes % 5 == 0 {
            number += 1;
            events.push(event(number, now, "GetUser", "robot"));
        }
        if !silent && minutes % (24 * 60) == 12 * 60 {
            number += 1;
            // A user is made each noon, each day by somebody else.
            events.push(event(number, now, "CreateUser", &format!("admin{day}")));
        }
        minute(&mut watch, &events, now, &mut sent);
        if minutes % (24 * 60) == 0 {
            resident.insert(day, resident_pages());
        }
        // A restart now and then changes nothing.
        if minutes % (5 * 24 * 60) == 17 * 60 {
            drop(watch);
            watch = open(folder.path(), now);
            watch.listens_to("trail", true, now);
            watch.heard("trail", &Condition::Listening, now);
        }
    }
    let forms = |form: Form| sent.iter().filter(move |(_, sent, _)| *sent == form);
    let days = |form: Form| -> Vec<i8> {
        forms(form).map(|(at, ..)| at.to_zoned_datetime(jiff::tz::TimeZone::UTC).day()).collect()
    };
    // The first week learns: what happens at noon waits for the next morning. Afterwards it is told at once; on the days the
    // source was silent nothing is.
    assert_eq!(days(Form::Digest), [3, 4, 5, 6, 7, 8, 9]);
    let noons: Vec<i8> = days(Form::Notice);
    assert_eq!(noons, (9..=30).filter(|day| *day != 22).chain([1]).collect::<Vec<i8>>());
    assert!(forms(Form::Notice).all(|(at, ..)| at.to_string().contains("T12:00:00Z")));
    // What it says itself: welcome, the weekly word each Monday at nine, deaf once and well again once.
    let words: Vec<(String, String)> =
        forms(Form::Bulletin).map(|(at, _, headline)| (at.to_string(), headline.clone())).collect();
    let said = |words_of_it: &str| -> Vec<&str> {
        words.iter().filter(|(_, said)| said.contains(words_of_it)).map(|(at, _)| at.as_str()).collect()
    };
    assert_eq!(said("begun to keep watch"), ["2026-11-02T00:00:00Z"]);
    // On the 23rd the source is still deaf at nine: all is well once it is.
    let mondays = ["09T09", "16T09", "23T12", "30T09"].map(|at| format!("2026-11-{at}:00:00Z"));
    assert_eq!(said("is well and keeping watch"), mondays);
    // Silent from 00:00 on the 22nd (day 20), told within the day; heard again at noon of the 23rd.
    assert_eq!(said("has heard nothing from"), ["2026-11-22T00:56:00Z"], "{words:#?}");
    assert_eq!(said("hears trail again"), ["2026-11-23T12:00:00Z"]);
    assert_eq!(words.len(), 7, "{words:#?}");
    // Nothing was sent twice.
    let mut once: Vec<String> =
        sent.iter().map(|(at, form, words)| format!("{at} {form:?} {words}")).collect();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), sent.len());
    // Memory: after the first week's growth of caches, flat to within four megabytes.
    let (week, month) = (resident[&7], resident[&29]);

    assert!(month < week + 1024, "{resident:?}");
}
