//! Whatever a page holds, every channel makes of it a message that its service takes and a reader can trust.

use serde_json::Value;
use trailbell_notice::{Lang, render};
use trailbell_outbox::Message;
use trailbell_text::Channel as Escaper;

use super::rules;
use super::server::{Asked, Server};
use super::{open, posting};
use crate::samples;

/// Sends each of the messages through each posting channel, to a server that enforces that service's limits.
async fn send_all(messages: &[Message], check: impl Fn(&str, &Message, &Asked)) {
    let words: Vec<&str> = posting("http://127.0.0.1:1").iter().map(|(word, _)| *word).collect();
    for word in words {
        let server = Server::start(move |asked| rules::answer(word, asked)).await;
        let target = posting(&server.base).into_iter().find(|(name, _)| *name == word).unwrap().1;
        let channel = open(target);
        assert_eq!(channel.capabilities().word, word);
        for message in messages {
            let sent = channel.send(message).await;
            assert!(sent.is_ok(), "{word}: {sent:?}");
            check(word, message, server.asked().last().unwrap());
        }
    }
}

/// Every text of a JSON value.
fn texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, out)),
        Value::Object(members) => members.values().for_each(|value| texts(value, out)),
        _ => {}
    }
}

/// What a reader sees of a payload: its texts without marks and escapes.
fn shown(asked: &Asked) -> String {
    let mut all = Vec::new();
    texts(&asked.json(), &mut all);
    let text = all.join("\n");
    let mut shown = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '*' => {}
            // A tag of ours: values have theirs escaped.
            '<' if asked.uri.contains("sendMessage") || asked.uri.contains("/v1/spaces") => {
                chars.by_ref().take_while(|&c| c != '>').for_each(drop);
            }
            c => shown.push(c),
        }
    }
    shown
}

#[tokio::test]
async fn every_message_has_severity_sentence_facts_what_to_do_and_the_owners_phrase() {
    let messages = [samples::notice(), samples::japanese_notice()];
    send_all(&messages, |word, message, asked| {
        // The webhook is for programs: the one JSON form of a notice.
        if word == "webhook" {
            assert_eq!(asked.json()["data"], message.json);
            return;
        }
        let shown = shown(asked);
        let page = &message.page;
        let mut wanted = vec![
            render::severity(page.severity, page.lang).to_owned(),
            page.headline.render(Escaper::Plain),
            page.steps[0].text.render(Escaper::Plain),
            page.verification.as_ref().unwrap().render(Escaper::Plain),
            page.calm.as_ref().unwrap().render(Escaper::Plain),
            page.details.clone().unwrap(),
            "us-east-1.console.aws.amazon.com".to_owned(),
        ];
        for row in &page.facts {
            wanted.push(row.label.render(Escaper::Plain));
            wanted.push(row.text.render(Escaper::Plain));
        }
        if !["line", "ntfy"].contains(&word) {
            wanted.extend(page.steps.iter().map(|step| step.text.render(Escaper::Plain)));
            wanted.extend(page.steps[0].commands.iter().map(|command| command.line.clone()));
        }
        for text in wanted {
            assert!(shown.contains(&text), "{word}: {text:?} is not in\n{shown}");
        }
        let links = asked.raw.windows(8).filter(|bytes| bytes == b"https://").count();
        assert!(links <= 1, "{word}: {links} links");
    })
    .await;
}

#[tokio::test]
async fn hostile_and_huge_pages_are_taken_and_do_no_harm() {
    let sizes = [(Lang::En, 0), (Lang::Ja, 1), (Lang::En, 7), (Lang::Ja, 30), (Lang::En, 120)];
    let mut messages = sizes.map(|(lang, size)| samples::hostile(lang, size)).to_vec();
    messages.extend([Lang::En, Lang::Ja].into_iter().flat_map(samples::hostile_correlations));
    send_all(&messages, |word, message, asked| {
        if word == "webhook" {
            return;
        }
        let mut all = Vec::new();
        let mut payload = asked.json();
        // For programs: JSON carries values whole.
        payload["payload"]["custom_details"]["notice"] = Value::Null;
        // No Markdown and no mention is read in a footer.
        if word == "discord" {
            payload["embeds"][1]["footer"] = Value::Null;
        }
        texts(&payload, &mut all);
        let text = all.join("\n");
        assert!(!text.chars().any(|c| trailbell_text::acts(c) && c != '\n'), "{word}");
        assert!(!text.contains("ttps://evil"), "{word}");
        match word {
            "slack" | "slack-bot" => {
                assert!(
                    !text.contains("<!channel") && !text.contains("<@") && !text.contains("|AWS console>")
                );
            }
            "discord" => {
                assert!(
                    text.replace("\\\\", "").matches('@').count()
                        == text.replace("\\\\", "").matches("\\@").count()
                );
            }
            "google-chat" => assert!(!text.contains("<users") && !text.contains("<a ")),
            "telegram" => {
                assert!(!text.contains("<a href=\"hxxp") && !text.contains("<a href=\"https://evil"));
            }
            _ => {}
        }
        // The sentence and the owner's phrase are there however little room there is.
        let shown = shown(asked);
        let phrase = message.page.verification.as_ref().unwrap().render(Escaper::Plain);
        assert!(shown.contains(&phrase), "{word}: {shown}");
        assert!(shown.contains(render::severity(message.page.severity, message.page.lang)), "{word}");
        if message.page.items.len() > 100 && word != "pagerduty" {
            assert!(
                shown.contains("more: trailbell show") || shown.contains("件: trailbell show"),
                "{word}: {shown}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_of_one_sentence_is_taken_too() {
    send_all(&[samples::bare()], |word, message, asked| {
        if word != "webhook" {
            let headline = message.page.headline.render(Escaper::Plain);
            assert!(shown(asked).contains(&headline), "{word}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_too_large_in_every_part_still_says_what_matters() {
    let mut message = samples::hostile(Lang::En, 30);
    let long = "x".repeat(100_000);
    message.page.headline.push_ours(long.clone());
    message.page.one_line.push_ours(long.clone());
    message.page.check_first = Some(long.clone());
    message.page.preamble.push(trailbell_text::Phrase::ours(long.clone()));
    message.page.calm = Some(trailbell_text::Phrase::ours(long));
    send_all(&[message], |word, _, asked| {
        if word != "webhook" {
            assert!(shown(asked).contains("of "), "{word}");
        }
    })
    .await;
}
