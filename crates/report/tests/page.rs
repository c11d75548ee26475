//! The page as browsers read it: well-formed, alone, in both languages, and with nothing of theirs alive in it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use html5ever::tendril::TendrilSink as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::{Value, json};
use trailbell_config::{Lookups, Settings};
use trailbell_engine::{Audience, Progress, Scan, Summary, Unreadable};
use trailbell_notice::{Account, Bulletin, Lang, Notice, Reader, Rung};
use trailbell_record::Limits;
use trailbell_report::{About, MOST_IN_FULL, Report};
use trailbell_text::{Severity, acts};

/// What an outsider could send.
const EVIL: &[&str] = &[
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>' onmouseover='alert(1)",
    "</style></title></details></main><iframe src=//evil.example>",
    "javascript:alert(1)",
    "https://evil.example/login",
    "<!-- --!> ]]> &lt;b&gt; &#x3c;script&#x3e;",
    "\u{202e}gnp.exe\u{2066}\u{200b}\u{0}\u{1b}[2J\r\n\u{85}\u{2028}",
    "{notices} {n} {zone} {at}",
];

fn reader(lang: Lang) -> Reader {
    let account = Account { name: Some("my-blog".into()), profile: None };
    Reader {
        time_zone: TimeZone::get("Asia/Tokyo").unwrap(),
        verification_phrase: Some("blue kettle".into()),
        accounts: [("123456789012".to_owned(), account)].into(),
        ..Reader::new(lang)
    }
}

fn about() -> About {
    About {
        version: "0.1.0".into(),
        made_at: Some("2026-11-16T00:00:00Z".parse().unwrap()),
        sources: vec!["logs/AWSLogs".into()],
        ..About::default()
    }
}

fn settings(text: &str) -> Settings {
    trailbell_config::parse(text, trailbell_detect::BUILTIN_RULES, Lookups::none())
        .unwrap_or_else(|invalid| panic!("{}", invalid.render("", text)))
        .settings
}

/// A report that hears what a scan tells.
struct Hearing(Report);

impl Audience for Hearing {
    fn unreadable(&mut self, problem: &Unreadable) {
        panic!("{problem:?}");
    }
    fn read(&mut self) {
        self.0.read(3);
    }
    fn notice(&mut self, notice: Notice, _: Option<&str>) -> io::Result<()> {
        self.0.notice(&notice);
        Ok(())
    }
    fn alarm(&mut self, alarm: Rung) -> io::Result<()> {
        let at = alarm.at;
        self.0.alarm(&Bulletin::RuleAlarm(Box::new(alarm)).page(&reader(Lang::En)), at);
        Ok(())
    }
}

fn scan(records: &[Value], settings: &Settings, reader: &Reader, audience: &mut dyn Audience) -> Summary {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    std::fs::write(&path, json!({ "Records": records }).to_string()).unwrap();
    let rules = trailbell_engine::rules(settings).unwrap();
    Scan {
        paths: vec![path],
        rules: &rules,
        settings,
        reader: reader.clone(),
        since: None,
        until: None,
        limits: Limits::default(),
        jobs: NonZeroUsize::MIN,
    }
    .run(&Progress::default(), audience)
    .unwrap()
}

fn written(report: Report, summary: &Summary) -> String {
    let mut page = Vec::new();
    report.write(summary, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// The page of these records.
fn page(records: &[Value], settings: &Settings, lang: Lang) -> String {
    let reader = reader(lang);
    let mut hearing = Hearing(Report::new(reader.clone(), about()));
    let summary = scan(records, settings, &reader, &mut hearing);
    written(hearing.0, &summary)
}

fn record(time: &str, source: &str, name: &str, identity: &Value, address: &str, request: &Value) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": time, "eventSource": source, "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": address, "userAgent": "aws-cli/2.32.3 md/prompt#off md/command#iam.x", "eventType": "AwsApiCall",
        "eventID": format!("{name}-{time}"), "readOnly": false, "recipientAccountId": "123456789012",
        "userIdentity": identity, "requestParameters": request, "responseElements": null,
    })
}

/// Three days: an ordinary change, a quiet day, and root without MFA followed by a grant of everything.
fn story() -> Vec<Value> {
    let alice = json!({"type": "IAMUser", "principalId": "AIDAALICE", "arn": "arn:aws:iam::123456789012:user/alice",
        "accountId": "123456789012", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"});
    let root = json!({"type": "Root", "principalId": "123456789012", "arn": "arn:aws:iam::123456789012:root", "accountId": "123456789012"});
    let bob = json!({"userName": "bob"});
    let admin = json!({"userName": "bob", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    let mut sign_in = record(
        "2026-11-14T18:13:00Z",
        "signin.amazonaws.com",
        "ConsoleLogin",
        &root,
        "185.220.101.34",
        &Value::Null,
    );
    sign_in["eventType"] = "AwsConsoleSignIn".into();
    sign_in["responseElements"] = json!({"ConsoleLogin": "Success"});
    sign_in["additionalEventData"] = json!({"MFAUsed": "No"});
    sign_in["userAgent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".into();
    let iam = "iam.amazonaws.com";
    vec![
        record("2026-11-12T01:00:00Z", iam, "CreateUser", &alice, "126.0.0.1", &bob),
        record("2026-11-12T01:00:30Z", iam, "CreateLoginProfile", &alice, "126.0.0.1", &bob),
        sign_in,
        record("2026-11-14T18:20:00Z", iam, "AttachUserPolicy", &alice, "185.220.101.34", &admin),
    ]
}

/// Without the style sheet, which is a file of its own.
fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}<style>...</style>{after}")
}

#[test]
fn a_small_story_in_both_languages() {
    for lang in [Lang::En, Lang::Ja] {
        let reader = reader(lang);
        let mut hearing = Hearing(Report::new(reader.clone(), about()));
        let summary = scan(&story(), &Settings::default(), &reader, &mut hearing);
        hearing.0.unreadable(&Unreadable {
            path: PathBuf::from("logs/AWSLogs/cut.json.gz"),
            position: None,
            message: "the archive ends in its middle".into(),
        });
        let summary = Summary { unreadable: 1, ..summary };
        let page = written(hearing.0, &summary);
        alone(&page);
        insta::assert_snapshot!(format!("story_{lang}"), without_style(&page));
    }
}

#[test]
fn where_there_is_nothing_every_section_says_so() {
    for lang in [Lang::En, Lang::Ja] {
        let report = Report::new(reader(lang), about());
        let page = written(report, &Summary { records: 12, ..Summary::default() });
        let seen = alone(&page);
        assert_eq!(seen.names["section"], 7, "{page}");
        assert_eq!(page.matches("class=\"nothing\"").count(), 7, "{page}");
        insta::assert_snapshot!(format!("nothing_{lang}"), without_style(&page));
    }
}

/// Every place of a record that an outsider could reach, filled with the same text.
fn hostile(evil: &str) -> Vec<Value> {
    let user = json!({"type": "IAMUser", "userName": evil, "arn": evil, "accountId": evil, "accessKeyId": evil, "principalId": evil});
    let request =
        json!({"userName": evil, "policyArn": evil, "roleName": evil, "policyName": evil, "groupName": evil});
    let base = |source: &str, name: &str| {
        let mut record = record("2026-11-09T00:00:00Z", source, name, &user, evil, &request);
        for field in ["awsRegion", "userAgent", "recipientAccountId"] {
            record[field] = evil.into();
        }
        record["eventID"] = format!("{name} {evil}").into();
        record
    };
    let mut failed = base("signin.amazonaws.com", "ConsoleLogin");
    failed["eventType"] = "AwsConsoleSignIn".into();
    failed["errorMessage"] = evil.into();
    failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
    let mut denied = base("iam.amazonaws.com", "PutRolePolicy");
    denied["errorCode"] = "AccessDenied".into();
    denied["errorMessage"] = evil.into();
    let mut role = base("iam.amazonaws.com", "AttachUserPolicy");
    role["userIdentity"] = json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::1:assumed-role/{evil}/{evil}"),
        "principalId": evil, "sessionContext": {"sessionIssuer": {"userName": evil, "arn": evil}}});
    let mut outside = base("iam.amazonaws.com", "CreateUser");
    outside["userIdentity"] = json!({"type": "AWSAccount", "accountId": evil, "principalId": evil});
    let mut root = base("s3.amazonaws.com", evil);
    root["userIdentity"] = json!({"type": "Root", "accountId": evil});
    vec![
        failed,
        denied,
        role,
        outside,
        root,
        base("iam.amazonaws.com", "CreateAccessKey"),
        base("cloudtrail.amazonaws.com", "StopLogging"),
    ]
}

#[test]
fn nothing_an_outsider_sends_is_alive_in_the_page() {
    for evil in EVIL {
        for lang in [Lang::En, Lang::Ja] {
            let reader = Reader { accounts: BTreeMap::new(), ..reader(lang) };
            let about = About { sources: vec![(*evil).into()], ..about() };
            let mut hearing = Hearing(Report::new(reader.clone(), about));
            let summary = scan(&hostile(evil), &Settings::default(), &reader, &mut hearing);
            assert!(summary.notices >= 6, "{evil}: {summary:?}");
            let path = PathBuf::from(evil);
            hearing.0.unreadable(&Unreadable { path, position: None, message: (*evil).into() });
            let page = written(hearing.0, &Summary { unreadable: 1, ..summary });
            let seen = alone(&page);
            assert!(!page.chars().any(|c| acts(c) && c != '\n'), "{evil:?} in {lang}");
            assert!(seen.text.contains("StopLogging"), "{}", seen.text);
        }
    }
}

#[test]
fn an_alarm_of_a_rule_stands_in_the_timeline() {
    let settings = settings(
        "rules:\n  many: { filter: '{ $.eventName = \"Create*\" }', severity: high, alarm: { threshold: 2, period: 5m } }\n",
    );
    let page = page(&story(), &settings, Lang::En);
    let seen = alone(&page);
    assert!(seen.text.contains("messages of alarms") || seen.text.contains("messages of"), "{}", seen.text);
    assert!(page.contains("class=\"notice high\""), "{page}");
}

#[test]
fn of_very_many_notices_the_gravest_and_newest_stand_there_and_the_rest_is_counted() {
    struct First(Option<Notice>);
    impl Audience for First {
        fn unreadable(&mut self, _: &Unreadable) {}
        fn notice(&mut self, notice: Notice, _: Option<&str>) -> io::Result<()> {
            self.0.get_or_insert(notice);
            Ok(())
        }
        fn alarm(&mut self, _: Rung) -> io::Result<()> {
            Ok(())
        }
    }
    let reader = reader(Lang::En);
    let mut first = First(None);
    scan(&story(), &Settings::default(), &reader, &mut first);
    let mut notice = first.0.unwrap();
    let mut report = Report::new(reader, about());
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let told: u64 = 3 * MOST_IN_FULL as u64;
    for nth in 0..told {
        notice.time = Some(start + SignedDuration::from_mins(i64::try_from(nth).unwrap() * 30));
        notice.severity = if nth == 0 { Severity::Critical } else { Severity::Low };
        report.notice(&notice);
    }
    let page = written(report, &Summary { records: told, notices: told, ..Summary::default() });
    let seen = alone(&page);
    assert_eq!(page.matches("<details class=\"notice ").count(), MOST_IN_FULL);
    assert!(
        page.contains("id=\"notice-1\"") && !page.contains("id=\"notice-2\""),
        "the oldest is the gravest"
    );
    assert!(page.contains(&format!("id=\"notice-{told}\"")));
    assert!(seen.text.contains("not shown in full"), "the others are counted");
    assert!(seen.text.contains("6,000 notices"));
    assert!(seen.text.contains("The strip goes back 90 days"));
    assert!(page.len() < MOST_IN_FULL * 8_000, "{} bytes", page.len());
}

#[test]
fn people_without_number_do_not_grow_the_page() {
    let settings = Settings::default();
    let records: Vec<Value> = (0..300)
        .map(|nth| {
            let user = json!({"type": "IAMUser", "userName": format!("user-{nth}"), "principalId": format!("AIDA{nth}"), "accountId": "123456789012"});
            let time = format!("2026-11-09T{:02}:{:02}:00Z", nth / 60, nth % 60);
            record(&time, "iam.amazonaws.com", "CreateUser", &user, "126.0.0.1", &json!({"userName": "x"}))
        })
        .collect();
    let page = page(&records, &settings, Lang::En);
    let seen = alone(&page);
    assert_eq!(page.matches("<li class=\"card\">").count(), 40);
    assert!(seen.text.contains("And 260 more"), "{}", seen.text);
}

#[test]
fn a_report_handed_on_does_not_carry_the_verification_phrase() {
    let page = page(&story(), &Settings::default(), Lang::En);
    assert!(!page.contains("blue kettle"));
}

/// What a browser makes of a page.
#[derive(Default)]
struct Seen {
    names: BTreeMap<String, usize>,
    ids: BTreeSet<String>,
    targets: BTreeSet<String>,
    headings: Vec<u32>,
    text: String,
}

/// Reads the page as a browser does and looks at everything in it: it is well-formed, of few elements and attributes, and points to nothing
/// but itself and the console.
fn alone(page: &str) -> Seen {
    let dom = html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(page);
    assert_eq!(*dom.errors.borrow(), Vec::<String>::new(), "{page}");
    let mut seen = Seen::default();
    look(&dom.document, &mut seen);
    // A tree that was mended by the parser is another one than was written.
    for (name, count) in &seen.names {
        let written = page.matches(&format!("<{name}>")).count()
            + page.matches(&format!("<{name} ")).count()
            + page.matches(&format!("<{name}/>")).count();
        assert_eq!(*count, written, "{name}");
    }
    let dangling: Vec<_> = seen.targets.difference(&seen.ids).collect();
    assert!(dangling.is_empty(), "{dangling:?}");
    assert_eq!(seen.headings.first(), Some(&1));
    assert_eq!(seen.headings.iter().filter(|level| **level == 1).count(), 1);
    assert!(seen.headings.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{:?}", seen.headings);
    seen
}

fn look(node: &Handle, seen: &mut Seen) {
    const NAMES: &[&str] = &[
        "html", "head", "body", "meta", "title", "style", "header", "main", "footer", "nav", "section",
        "div", "h1", "h2", "h3", "h4", "p", "b", "span", "a", "time", "code", "pre", "ul", "ol", "li", "dl",
        "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "svg",
        "symbol", "path", "use", "rect", "text",
    ];
    const ATTRIBUTES: &[&str] = &[
        "lang",
        "charset",
        "name",
        "content",
        "http-equiv",
        "class",
        "id",
        "href",
        "rel",
        "datetime",
        "scope",
        "colspan",
        "role",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "viewBox",
        "width",
        "height",
        "x",
        "y",
        "d",
        "fill-rule",
        "text-anchor",
    ];
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let name = name.local.to_string();
            assert!(NAMES.contains(&name.as_str()), "<{name}>");
            if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse().ok()) {
                seen.headings.push(level);
            }
            for attribute in attrs.borrow().iter() {
                let (key, value) = (attribute.name.local.to_string(), attribute.value.to_string());
                assert!(ATTRIBUTES.contains(&key.as_str()), "{key} of <{name}>");
                match key.as_str() {
                    "id" => assert!(seen.ids.insert(value.clone()), "twice: {value}"),
                    "href" => {
                        if let Some(target) = value.strip_prefix('#') {
                            seen.targets.insert(target.to_owned());
                        } else {
                            let host = value.strip_prefix("https://").and_then(|rest| rest.split('/').next());
                            assert!(
                                host.is_some_and(|host| host.ends_with(".console.aws.amazon.com")),
                                "{value}"
                            );
                        }
                    }
                    "aria-labelledby" => drop(seen.targets.insert(value)),
                    _ => {}
                }
            }
            *seen.names.entry(name).or_default() += 1;
        }
        NodeData::Text { contents } => seen.text.push_str(&contents.borrow()),
        NodeData::Comment { .. } | NodeData::ProcessingInstruction { .. } => {
            panic!("nobody writes comments here")
        }
        NodeData::Doctype { .. } | NodeData::Document => {}
    }
    for child in node.children.borrow().iter() {
        look(child, seen);
    }
}

#[test]
fn the_style_sheet_fetches_nothing() {
    let sheet = include_str!("../src/page/style.css");
    for fetching in ["url(", "@import", "image-set(", "src:", "</", "expression("] {
        assert!(!sheet.contains(fetching), "{fetching}");
    }
}
