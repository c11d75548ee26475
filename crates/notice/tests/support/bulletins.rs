//! One of each bulletin, as they come in practice.

use jiff::Timestamp;
use trailbell_notice::{Behind, Bulletin, ItemChange, Line, Ringing, Rung, Terms, WentOff};
use trailbell_text::{BothPhrases, Kind, Outcome, Phrase, Severity, Untrusted};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A line about bob by whoever that is.
pub fn line(severity: Severity, time: &str, who: &str, account: &str) -> Line {
    let say = |before: &'static str, after: &'static str| {
        let mut phrase = Phrase::ours(before);
        phrase.push(Untrusted::from(who)).push(after);
        phrase
    };
    Line {
        severity,
        kind: Kind::IamChange,
        outcome: Outcome::Success,
        time: Some(at(time)),
        headline: BothPhrases {
            en: say("", " created an access key for bob."),
            ja: say("", " が bob のアクセスキーを作成しました。"),
        },
        account: Some(account.into()),
        event_id: Some("5f6d1c3e-0000-4000-8000-000000000001".into()),
    }
}

/// The pattern behind the alarms.
pub const FILTER_PATTERN: &str = "{ ($.eventSource = \"iam.*\") && ($.readOnly IS FALSE) }";

/// Each by name. `text` stands wherever somebody else chooses the words; `None` puts there what is usual.
pub fn bulletins(text: Option<&str>) -> Vec<(&'static str, Bulletin)> {
    let theirs = |usual: &str| text.unwrap_or(usual).to_owned();
    let blog = theirs("123456789012");
    let items = |days: [&str; 3]| {
        let [one, two, three] = days;
        vec![
            line(Severity::Medium, &format!("{one}T12:36:10Z"), &theirs("alice"), &blog),
            line(Severity::High, &format!("{two}T12:37:00Z"), &theirs("alice"), &blog),
            line(Severity::Info, &format!("{three}T12:38:30Z"), &theirs("alice"), &blog),
        ]
    };
    let today = ["2026-11-23"; 3];
    let failures = |count, unknown_name: bool, at_end| Bulletin::Failures {
        who: (!unknown_name).then(|| theirs("alice")),
        account: Some(blog.as_str().into()),
        count,
        first: at("2026-11-23T12:31:00Z"),
        last: at("2026-11-23T12:35:00Z"),
        addresses: vec![(theirs("126.0.0.1"), 3), (theirs("185.107.56.1"), 8), (theirs("10.0.0.1"), 1)],
        unknown_name,
        at_end,
        none_succeeded: at_end,
    };
    let deaf = |since, reason: Option<&str>| Bulletin::Deaf {
        source: theirs("event-history"),
        since,
        usual_seconds: since.map(|_| 10_800),
        reason: reason.map(&theirs),
    };
    let well = |dead| Bulletin::AllIsWell {
        from: at("2026-11-16T00:00:00Z"),
        until: at("2026-11-23T00:00:00Z"),
        notices: [40, 9, 3, 1, 0],
        sources: vec![
            (theirs("event-history"), Some(at("2026-11-22T23:58:00Z")), 12_345),
            (theirs("folder"), None, 0),
        ],
        channels: vec![(theirs("mail"), 14), (theirs("slack"), 1)],
        waiting: dead,
        dead,
    };
    let refused = "535 5.7.8 the user name or the password is wrong; check `username` and `password`";
    vec![
        (
            "summary",
            Bulletin::Summary {
                who: Some(theirs("alice")),
                items: items(today),
                more: 0,
                since: at("2026-11-23T12:36:10Z"),
                until: at("2026-11-23T12:38:30Z"),
            },
        ),
        (
            "summary of two accounts and more",
            Bulletin::Summary {
                who: None,
                items: items(["2026-11-23", "2026-11-24", "2026-11-24"])
                    .into_iter()
                    .chain([line(Severity::Low, "2026-11-24T12:39:00Z", "bob", "210987654321")])
                    .collect(),
                more: 1_234,
                since: at("2026-11-23T12:36:10Z"),
                until: at("2026-11-24T12:39:00Z"),
            },
        ),
        (
            "session",
            Bulletin::Session {
                who: Some(theirs("alice")),
                started: at("2026-11-23T12:34:56Z"),
                items: items(today),
                more: 2,
            },
        ),
        ("failures", failures(12, false, true)),
        ("failures going on", failures(3, false, false)),
        ("failures of an unknown name", failures(300, true, true)),
        (
            "failure of root",
            Bulletin::Failures {
                who: Some("root".to_owned()),
                account: Some(blog.as_str().into()),
                count: 1,
                first: at("2026-11-23T12:31:00Z"),
                last: at("2026-11-23T12:31:00Z"),
                addresses: vec![(theirs("185.107.56.1"), 1)],
                unknown_name: false,
                at_end: false,
                none_succeeded: false,
            },
        ),
        (
            "digest",
            Bulletin::Digest {
                items: items(["2026-11-22", "2026-11-23", "2026-11-22"]),
                more: 13,
                from: at("2026-11-22T00:00:00Z"),
                until: at("2026-11-23T23:00:00Z"),
                counts: [10, 3, 2, 1, 0],
            },
        ),
        (
            "digest of one",
            Bulletin::Digest {
                items: items(today).split_off(2),
                more: 0,
                from: at("2026-11-22T23:00:00Z"),
                until: at("2026-11-23T23:00:00Z"),
                counts: [1, 0, 0, 0, 0],
            },
        ),
        ("all is well", well(0)),
        ("not all was delivered", well(2)),
        ("deaf", deaf(Some(at("2026-11-23T02:00:00Z")), None)),
        ("deaf from the start", deaf(None, None)),
        (
            "source failing",
            deaf(
                Some(at("2026-11-23T02:00:00Z")),
                Some(
                    "AccessDeniedException: not allowed to call cloudtrail:LookupEvents; attach the policy of the README",
                ),
            ),
        ),
        (
            "well again",
            Bulletin::WellAgain {
                source: theirs("event-history"),
                deaf_since: Some(at("2026-11-23T02:00:00Z")),
            },
        ),
        (
            "channel refusing",
            Bulletin::ChannelRefusing {
                channel: theirs("mail"),
                since: at("2026-11-23T02:00:00Z"),
                reason: theirs(refused),
            },
        ),
        (
            "channel well",
            Bulletin::ChannelWell { channel: theirs("mail"), since: at("2026-11-23T02:00:00Z") },
        ),
        (
            "subscription unconfirmed",
            Bulletin::SubscriptionUnconfirmed {
                topic: theirs("arn:aws:sns:ap-northeast-1:123456789012:trailbell"),
                address: theirs("owner@example.com"),
            },
        ),
        (
            "ledger full",
            Bulletin::LedgerFull {
                since: at("2026-11-23T02:00:00Z"),
                reason: theirs("/var/lib/trailbell/trailbell.db has reached max_size, 1.0 GiB"),
            },
        ),
        (
            "alarm",
            Bulletin::Alarm(Box::new(WentOff {
                events: items(today)
                    .into_iter()
                    .map(|line| Behind { line, address: Some(theirs("185.107.56.1")) })
                    .collect(),
                others: vec![(Some(at("2026-11-23T12:39:00Z")), theirs("GET /admin 403"))],
                is_cut: true,
                ..went_off(&theirs, &blog)
            })),
        ),
        (
            "alarm, one event",
            Bulletin::Alarm(Box::new(WentOff {
                events: vec![Behind {
                    line: line(Severity::High, "2026-11-23T12:37:00Z", &theirs("alice"), &blog),
                    address: None,
                }],
                ..went_off(&theirs, &blog)
            })),
        ),
        ("alarm, nothing", Bulletin::Alarm(Box::new(went_off(&theirs, &blog)))),
        (
            "alarm, not asked",
            Bulletin::Alarm(Box::new(WentOff {
                problem: Some(theirs("logs:FilterLogEvents is not allowed")),
                ..went_off(&theirs, &blog)
            })),
        ),
        ("rule alarm", Bulletin::RuleAlarm(Box::new(rung(&theirs, &blog)))),
        (
            "rule alarm, goes on",
            Bulletin::RuleAlarm(Box::new(Rung { news: Ringing::GoesOn, ..rung(&theirs, &blog) })),
        ),
        (
            "rule alarm, over",
            Bulletin::RuleAlarm(Box::new(Rung {
                news: Ringing::Over,
                count: 0,
                who: Vec::new(),
                span: None,
                events: Vec::new(),
                ..rung(&theirs, &blog)
            })),
        ),
        (
            "rule alarm, too few came",
            Bulletin::RuleAlarm(Box::new(Rung {
                terms: Terms {
                    comparison: "LessThanThreshold".to_owned(),
                    missing: "breaching".to_owned(),
                    threshold: 20.0,
                    ..rung(&theirs, &blog).terms
                },
                ..rung(&theirs, &blog)
            })),
        ),
        (
            "rule alarm, none came",
            Bulletin::RuleAlarm(Box::new(Rung {
                terms: Terms {
                    comparison: "LessThanThreshold".to_owned(),
                    statistic: "SampleCount".to_owned(),
                    missing: "breaching".to_owned(),
                    period: 86_400,
                    evaluation_periods: 1,
                    datapoints_to_alarm: 1,
                    ..rung(&theirs, &blog).terms
                },
                datapoints: vec![(at("2026-11-22T12:36:00Z"), None)],
                count: 0,
                who: Vec::new(),
                span: None,
                events: Vec::new(),
                ..rung(&theirs, &blog)
            })),
        ),
        (
            "configuration item",
            Bulletin::ConfigurationItem(Box::new(ItemChange {
                resource_type: theirs("AWS::IAM::User"),
                resource: theirs("bob"),
                account: Some(blog.as_str().into()),
                region: theirs("global"),
                change: theirs("UPDATE"),
                at: Some(at("2026-11-23T12:37:00Z")),
                changed: vec![theirs("Configuration.UserPolicyList.0")],
            })),
        ),
        ("ledger well", Bulletin::LedgerWell { since: at("2026-11-23T02:00:00Z") }),
        ("test", Bulletin::Test { channel: theirs("mail"), kind: theirs("email") }),
        (
            "welcome",
            Bulletin::Welcome {
                sources: vec![theirs("event-history"), theirs("folder")],
                channels: vec![theirs("mail"), theirs("slack")],
                learning_until: Some(at("2026-11-30T12:00:00Z")),
            },
        ),
    ]
}

fn went_off(theirs: &dyn Fn(&str) -> String, blog: &str) -> WentOff {
    WentOff {
        alarm: theirs("iam-changes"),
        account: Some(blog.into()),
        region: theirs("eu-west-1"),
        description: theirs("CIS 4.4: IAM policy changes"),
        reason: theirs(
            "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (23/11/26 12:36:00)] was greater than the threshold (0.0)",
        ),
        at: Some(at("2026-11-23T12:41:10Z")),
        metrics: vec![theirs("CISBenchmark/IAMPolicyEventCount")],
        filters: vec![(theirs("trail"), theirs(FILTER_PATTERN))],
        window: Some((at("2026-11-23T12:36:00Z"), at("2026-11-23T12:41:00Z"))),
        events: Vec::new(),
        others: Vec::new(),
        is_cut: false,
        problem: None,
    }
}

fn rung(theirs: &dyn Fn(&str) -> String, blog: &str) -> Rung {
    let what = |words: &'static str| Phrase::ours(words);
    Rung {
        rule: theirs("failed-calls"),
        what: BothPhrases { en: what("Failed API calls"), ja: what("失敗した API 呼び出し") },
        severity: Severity::High,
        news: Ringing::Began,
        at: at("2026-11-23T12:41:00Z"),
        since: at("2026-11-23T12:41:00Z"),
        reason: theirs(
            "Threshold Crossed: 2 out of the last 3 datapoints [7.0 (23/11/26 12:36:00), 5.0 (23/11/26 12:31:00)] were greater than or equal to the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        terms: Terms {
            threshold: 5.0,
            comparison: "GreaterThanOrEqualToThreshold".to_owned(),
            statistic: "Sum".to_owned(),
            period: 300,
            datapoints_to_alarm: 2,
            evaluation_periods: 3,
            missing: "notBreaching".to_owned(),
        },
        datapoints: vec![
            (at("2026-11-23T12:26:00Z"), None),
            (at("2026-11-23T12:31:00Z"), Some(5.0)),
            (at("2026-11-23T12:36:00Z"), Some(7.0)),
        ],
        count: 12,
        who: vec![(theirs("alice"), 9), (theirs("bob"), 3)],
        span: Some((at("2026-11-23T12:31:10Z"), at("2026-11-23T12:40:30Z"))),
        events: vec![
            Behind {
                line: line(Severity::Medium, "2026-11-23T12:39:10Z", &theirs("alice"), blog),
                address: Some(theirs("185.107.56.1")),
            },
            Behind {
                line: line(Severity::Medium, "2026-11-23T12:40:30Z", &theirs("bob"), blog),
                address: None,
            },
        ],
    }
}
