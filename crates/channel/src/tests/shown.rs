//! What each channel sends for a message like a notice and one like a digest: snapshots, to be read as the service shows them.

use trailbell_outbox::{Identity, Message};

use super::{mail_by, open, posting};
use crate::samples;

fn assert_shown(name: &str, message: &Message, words: &[&str]) {
    for (word, target) in posting("https://service.example") {
        if words.is_empty() || words.contains(&word) {
            insta::assert_snapshot!(format!("{name}-{word}"), open(target).preview(message));
        }
    }
}

#[test]
fn a_notice() {
    assert_shown("notice", &samples::notice(), &[]);
}

#[test]
fn a_notice_in_japanese() {
    let words = ["slack", "teams", "discord", "line", "telegram", "ntfy"];
    assert_shown("notice-ja", &samples::japanese_notice(), &words);
}

#[test]
fn a_digest() {
    let words = ["slack", "teams", "discord", "google-chat", "line", "telegram", "ntfy", "pagerduty"];
    assert_shown("digest", &samples::digest(), &words);
}

#[test]
fn a_mail_is_the_page_as_a_mail() {
    let shown = open(mail_by(25)).preview(&samples::notice());
    let head: Vec<&str> = shown.split("\r\n\r\n").next().unwrap_or_default().split("\r\n").collect();
    insta::assert_snapshot!("notice-email", head.join("\n"));
}

#[test]
fn what_is_left_out_is_counted() {
    let mut message = samples::digest();
    let item = message.page.items[0].clone();
    message.page.items = vec![item; 400];
    assert_shown("long-digest", &message, &["ntfy"]);
}

/// One incident from the alarm's beginning to its end, whatever messages there are between.
#[test]
fn a_rule_s_alarm_is_one_incident_that_its_end_resolves() {
    let incident = |news: Option<&str>, number: &str| {
        let mut message = samples::notice();
        message.identity = Identity::of(&[number]);
        if let Some(news) = news {
            message.json = serde_json::json!({"type": "bulletin", "bulletin": "rule-alarm", "rule": "refused", "news": news});
        }
        let (_, pagerduty) =
            posting("https://service.example").into_iter().find(|(word, _)| *word == "pagerduty").unwrap();
        let shown = open(pagerduty).preview(&message);
        let json: serde_json::Value = serde_json::from_str(&shown[shown.find('{').unwrap()..]).unwrap();
        let words = ["event_action", "dedup_key"].map(|key| json[key].as_str().unwrap().to_owned());
        (words, message)
    };
    let ([action, key], _) = incident(Some("began"), "1");
    assert_eq!((action.as_str(), key.as_str()), ("trigger", Identity::of(&["alarm", "refused"]).as_str()));
    let ([action, again], _) = incident(Some("goes-on"), "2");
    assert_eq!((action.as_str(), &again), ("trigger", &key));
    let ([action, closed], _) = incident(Some("over"), "3");
    assert_eq!((action.as_str(), &closed), ("resolve", &key));
    let ([action, own], message) = incident(None, "4");
    assert_eq!((action.as_str(), own.as_str()), ("trigger", message.identity.as_str()));
}
