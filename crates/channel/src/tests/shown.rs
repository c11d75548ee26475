//! What each channel sends for a message like a notice and one like a digest: snapshots, to be read as the service shows them.

use trailbell_outbox::Message;

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
