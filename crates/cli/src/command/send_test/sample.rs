//! The samples: made-up events worded by the same code as real ones, and each says first that it is a test.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use trailbell_detect::{Detection, RuleSet, RuleSettings};
use trailbell_json::Json;
use trailbell_notice::{Bulletin, Facts, Lang, Line, Notice, Page, Reader, Row, Rule, render};
use trailbell_outbox::{Identity, Message};
use trailbell_record::Record;
use trailbell_text::{Phrase, Severity};

use crate::args::TestKind;
use crate::context::Failure;

/// The account of AWS's own examples, which is nobody's.
const ACCOUNT: &str = "123456789012";
/// An address that is kept for examples (RFC 5737).
const ADDRESS: &str = "203.0.113.7";
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// The message of that kind for a channel: new each time, in a thread of its own.
pub(super) fn message(
    kind: TestKind,
    channel: &str,
    word: &str,
    reader: &Reader,
    now: Timestamp,
) -> Result<Message, Failure> {
    let (mut page, mut json) = match kind {
        TestKind::Test => {
            shown(&Bulletin::Test { channel: channel.to_owned(), kind: word.to_owned() }, reader)
        }
        TestKind::ConsoleSignIn => notice(&root_sign_in(now), reader, now)?,
        TestKind::IamChange => notice(&access_key(now), reader, now)?,
        TestKind::Digest => shown(&digest(reader, now)?, reader),
        TestKind::Deaf => shown(&deaf(reader.lang, now), reader),
    };
    if kind != TestKind::Test {
        mark(&mut page, &mut json);
    }
    if let Value::Object(object) = &mut json {
        object.insert("test".to_owned(), true.into());
    }
    let parts = ["send-test", channel, &now.as_nanosecond().to_string(), &std::process::id().to_string()];
    let identity = Identity::of(&parts);
    Ok(Message { thread: identity.clone(), identity, page, json, date: now })
}

/// Says that it is a test, in the sentence, in the title and as the first fact: each is all that some reader sees.
fn mark(page: &mut Page, json: &mut Value) {
    let (word, label, text) = match page.lang {
        Lang::En => (
            "TEST, not real: ",
            "Test",
            "You asked for this with trailbell send-test. It is made up: nothing happened, there is nothing to do, and a link leads to no record.",
        ),
        Lang::Ja => (
            "【テスト】",
            "テスト",
            "trailbell send-test によるテスト送信です。架空の例であり、実際には何も起きていません。対応は不要です(リンク先の記録も存在しません)。",
        ),
    };
    for phrase in [&mut page.headline, &mut page.one_line] {
        let rest = std::mem::take(phrase);
        phrase.push(word).append(rest);
    }
    page.facts.insert(0, Row { label: Phrase::ours(label), text: Phrase::ours(text) });
    // What these name is in no ledger.
    page.details = None;
    for key in ["headline", "one_line"] {
        if let Some(Value::String(text)) = json.get_mut(key) {
            text.insert_str(0, word);
        }
    }
}

fn shown(bulletin: &Bulletin, reader: &Reader) -> (Page, Value) {
    (bulletin.page(reader), bulletin.json(reader))
}

/// An event and what the built-in rules, as they are without a word about them, make of it.
fn inspected(event: &Value) -> Result<(Record, Detection, RuleSet), Failure> {
    let told = |error: &dyn std::fmt::Display| Failure::Told(format!("the sample cannot be made: {error}"));
    let rules = RuleSet::new(RuleSettings::default()).map_err(|error| told(&error))?;
    let record = Record::new(Json::parse(&event.to_string()).map_err(|error| told(&error))?);
    let detection = rules.inspect(&record).ok_or_else(|| told(&"no rule meets it"))?;
    Ok((record, detection, rules))
}

fn notice(event: &Value, reader: &Reader, now: Timestamp) -> Result<(Page, Value), Failure> {
    let (record, detection, rules) = inspected(event)?;
    let titled = |name: &str| {
        let rule = rules.rules().iter().find(|rule| rule.name().as_str() == name);
        let title = rule.map(|rule| match reader.lang {
            Lang::En => rule.title().en.clone().into_owned(),
            Lang::Ja => rule.title().ja.clone().into_owned(),
        });
        Rule { name: name.to_owned(), title, sigma: None }
    };
    let facts = Facts {
        rules: detection.rules.iter().map(|name| titled(name.as_str())).collect(),
        earlier_policy: None,
        named_policy: None,
        told_at: Some(now),
        ..trailbell_engine::facts(&record, &detection)
    };
    let notice = Notice::new(&facts, reader);
    Ok((notice.page(), render::json_value(&notice)))
}

fn ago(now: Timestamp, minutes: i64) -> Timestamp {
    let time = now.saturating_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
    // CloudTrail writes whole seconds.
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn event(source: &str, name: &str, id: &str, at: Timestamp) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": at.to_string(), "eventSource": source, "eventName": name,
        "awsRegion": "us-east-1", "sourceIPAddress": ADDRESS, "userAgent": BROWSER,
        "eventID": format!("00000000-0000-4000-8000-{id}"), "eventType": "AwsApiCall",
        "managementEvent": true, "readOnly": false, "recipientAccountId": ACCOUNT,
    })
}

/// The root user signs in to the console without MFA.
fn root_sign_in(now: Timestamp) -> Value {
    let mut event = event("signin.amazonaws.com", "ConsoleLogin", "000000000001", ago(now, 4));
    event["eventType"] = "AwsConsoleSignIn".into();
    event["userIdentity"] = json!({
        "type": "Root", "principalId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accountId": ACCOUNT,
    });
    event["responseElements"] = json!({ "ConsoleLogin": "Success" });
    event["additionalEventData"] = json!({
        "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No",
    });
    event
}

/// Somebody makes an access key for somebody else. The names are such that a command copied by mistake meets nobody.
fn access_key(now: Timestamp) -> Value {
    let at = ago(now, 6);
    let mut event = event("iam.amazonaws.com", "CreateAccessKey", "000000000002", at);
    event["userIdentity"] = json!({
        "type": "IAMUser", "principalId": "AIDAIOSFODNN7EXAMPLE", "userName": "trailbell-sample-actor",
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/trailbell-sample-actor"), "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": { "attributes": { "mfaAuthenticated": "true", "creationDate": ago(now, 40).to_string() } },
    });
    event["requestParameters"] = json!({ "userName": "trailbell-sample-user" });
    event["responseElements"] = json!({ "accessKey": {
        "userName": "trailbell-sample-user", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "status": "Active",
        "createDate": at.to_string(),
    } });
    event
}

fn digest(reader: &Reader, now: Timestamp) -> Result<Bulletin, Failure> {
    let mut counts = [0; 5];
    let mut items = Vec::new();
    let mut earlier = access_key(now);
    earlier["eventTime"] = ago(now, 7 * 60).to_string().into();
    let mut user = event("iam.amazonaws.com", "CreateUser", "000000000003", ago(now, 8 * 60));
    user["userIdentity"] = earlier["userIdentity"].clone();
    user["requestParameters"] = json!({ "userName": "trailbell-sample-user" });
    let mut login = event("signin.amazonaws.com", "ConsoleLogin", "000000000004", ago(now, 9 * 60));
    login["eventType"] = "AwsConsoleSignIn".into();
    login["userIdentity"] = earlier["userIdentity"].clone();
    login["responseElements"] = json!({ "ConsoleLogin": "Success" });
    login["additionalEventData"] = json!({ "MFAUsed": "Yes" });
    for event in [&login, &user, &earlier] {
        let (record, detection, _) = inspected(event)?;
        let line = Line::of(&trailbell_engine::facts(&record, &detection), reader);
        if let Some(place) = Severity::ALL.iter().position(|severity| *severity == line.severity) {
            counts[place] += 1;
        }
        items.push(line);
    }
    Ok(Bulletin::Digest { items, more: 0, from: ago(now, 24 * 60), until: now, counts })
}

fn deaf(lang: Lang, now: Timestamp) -> Bulletin {
    let reason = match lang {
        Lang::En => "AccessDeniedException: the sample user may not call cloudtrail:LookupEvents",
        Lang::Ja => "AccessDeniedException: cloudtrail:LookupEvents を呼び出す権限がありません(例)",
    };
    Bulletin::Deaf {
        source: "event-history".to_owned(),
        since: Some(ago(now, 3 * 60)),
        usual_seconds: Some(1_800),
        reason: Some(reason.to_owned()),
    }
}
