//! A Telegram bot: HTML, 4,096 characters as they are shown.
//!
//! Values of a record stand in `<code>`: Telegram makes links, mentions and commands of anything that looks like one, except
//! there. A chat takes about a message a second, a group twenty a minute.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_notice::Page;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Phrase, Piece, Secret};

use crate::endpoint::Endpoint;
use crate::http::{Http, Reply, wait_of};
use crate::{draw, fit, preview, words};

const PERSON: Capabilities = Capabilities {
    word: "telegram",
    burst: 1,
    interval: Duration::from_secs(1),
    max_bytes: MAX_TEXT,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(20),
};

const GROUP: Capabilities = Capabilities { interval: Duration::from_secs(3), ..PERSON };

const MAX_TEXT: usize = 4_096;

/// A Telegram chat.
#[derive(Debug)]
pub(crate) struct Telegram {
    http: Http,
    endpoint: Endpoint,
    chat: String,
    topic: Option<i64>,
}

impl Telegram {
    pub(crate) fn new(
        http: &Http,
        token: &Secret,
        chat: &str,
        topic: Option<&str>,
        endpoint: Option<&str>,
    ) -> Result<Self, String> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b":_-".contains(&b);
        if token.expose().is_empty() || !token.expose().bytes().all(is_token) {
            return Err("its token is not one: @BotFather gives them as 123456:ABC-…".to_owned());
        }
        let base = endpoint.unwrap_or("https://api.telegram.org").trim_end_matches('/');
        let url = format!("{base}/bot{}/sendMessage", token.expose());
        let topic = topic
            .map(|topic| {
                topic.parse().map_err(|_| {
                    "its topic is not a number: it is the last number of a link to the topic".to_owned()
                })
            })
            .transpose()?;
        Ok(Self {
            http: http.clone(),
            endpoint: Endpoint::new(&url, format!("tgram://…/{chat}"), &[token])?,
            chat: chat.to_owned(),
            topic,
        })
    }

    fn payload(&self, message: &Message) -> Value {
        let mut payload = json!({
            "chat_id": self.chat,
            "text": render(message),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": true},
        });
        if let Some(topic) = self.topic {
            payload["message_thread_id"] = json!(topic);
        }
        payload
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = self.payload(message).to_string().into_bytes();
        let reply = self.http.post(&self.endpoint, &[], body, PERSON.timeout).await?;
        let answer = reply.json();
        if reply.is_success() && answer["ok"] == json!(true) {
            let id = answer["result"]["message_id"].as_i64();
            return Ok(Receipt { id: id.map(|id| id.to_string()) });
        }
        Err(self.failure(&reply, &answer))
    }

    fn failure(&self, reply: &Reply, answer: &Value) -> Failure {
        let said = answer["description"].as_str().unwrap_or_default();
        let after = answer["parameters"]["retry_after"].as_f64().and_then(wait_of);
        match reply.status {
            200..=299 => reply.failure_as(&self.endpoint, FailureKind::Temporary { after }, ""),
            429 => {
                let after = after.or_else(|| reply.retry_after());
                reply.failure_as(&self.endpoint, FailureKind::Temporary { after }, "")
            }
            401 | 404 => {
                let advice = "the bot's token is not accepted: ask @BotFather for it again";
                reply.failure_as(&self.endpoint, FailureKind::Closed, advice)
            }
            403 => {
                let advice =
                    "the bot may not write to this chat: start a chat with it, or add it to the group again";
                reply.failure_as(&self.endpoint, FailureKind::Closed, advice)
            }
            400 if said.contains("chat not found")
                || said.contains("upgraded")
                || said.contains("thread not found") =>
            {
                let advice = match answer["parameters"]["migrate_to_chat_id"].as_i64() {
                    Some(id) => format!("the group has a new number: write {id} as chat in the settings"),
                    None => "the chat or its topic is not known to the bot: write to the bot first, then check the number in the settings".to_owned(),
                };
                reply.failure_as(&self.endpoint, FailureKind::Closed, &advice)
            }
            _ => reply.failure(&self.endpoint),
        }
    }
}

fn render(message: &Message) -> String {
    let page = fit::fit(message, |page| shown(&draw(page)) <= MAX_TEXT);
    draw(&page)
}

/// Characters as Telegram counts them: after its entities are read, in UTF-16 units.
fn shown(html: &str) -> usize {
    let mut count = 0;
    let mut chars = html.chars();
    while let Some(c) = chars.next() {
        match c {
            '<' => chars.by_ref().take_while(|&c| c != '>').for_each(drop),
            '&' => {
                chars.by_ref().take_while(|&c| c != ';').for_each(drop);
                count += 1;
            }
            c => count += c.len_utf16(),
        }
    }
    count
}

fn draw(page: &Page) -> String {
    let lang = page.lang;
    let mut lines = vec![show(&draw::headline(page), true), String::new()];
    lines.extend(
        page.facts.iter().map(|row| format!("{} {}", show(&row.label, true), show(&row.text, false))),
    );
    lines.extend(draw::items(page).map(|item| format!("• {}", show(&item, false))));
    if let Some(calm) = &page.calm {
        lines.push(String::new());
        lines.push(show(calm, page.calm_is_urgent));
    }
    lines.extend(page.steps_for.iter().map(|line| show(line, true)));
    lines.extend(page.preamble.iter().map(|line| show(line, false)));
    lines.extend(page.check_first.as_ref().map(|line| code(line)));
    for (number, step) in (1..).zip(&page.steps) {
        lines.push(format!("{number}. {}", show(&step.text, false)));
        for (label, line) in draw::commands(page, step) {
            lines.extend(label.map(|label| draw::ours(label, Escaper::Html)));
            lines.push(code(&line));
        }
    }
    lines.push(String::new());
    lines.extend(page.details.as_ref().map(|details| format!("{}{}", words::details(lang), code(details))));
    if let Some((text, url)) = draw::link(page) {
        lines.push(format!(
            "<a href=\"{}\">{}</a>",
            draw::ours(&url, Escaper::Html),
            draw::ours(&text, Escaper::Html)
        ));
    }
    lines.extend(draw::quiet(page).map(|line| format!("<i>{}</i>", line.render(Escaper::Html))));
    lines.join("\n")
}

/// Our words, bold or not, and values in `<code>`, which cannot stand inside another element.
fn show(phrase: &Phrase, bold: bool) -> String {
    phrase
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Ours(text) if bold => format!("<b>{}</b>", draw::ours(text, Escaper::Html)),
            Piece::Ours(text) => draw::ours(text, Escaper::Html),
            Piece::Theirs(value) if value.is_empty() => String::new(),
            Piece::Theirs(value) => format!("<code>{}</code>", value.render(Escaper::Html)),
        })
        .collect()
}

fn code(line: &str) -> String {
    format!("<code>{}</code>", draw::ours(line, Escaper::Html))
}

impl Channel for Telegram {
    fn capabilities(&self) -> &Capabilities {
        // Groups and channels have negative numbers or names.
        if self.chat.bytes().all(|b| b.is_ascii_digit()) { &PERSON } else { &GROUP }
    }

    fn target(&self) -> String {
        self.endpoint.shown().to_owned()
    }

    fn preview(&self, message: &Message) -> String {
        preview::post(&self.endpoint, &self.payload(message))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}
