//! ntfy: a push to a topic, whose name is its password.
//!
//! Published as JSON to the server's root, so that the topic is in no address. A message is at most 4,096 bytes (more becomes an attachment, or is
//! refused): the sentence, the facts, the first step and where the rest is. Priorities 1 to 5.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_notice::Page;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Secret, Severity};

use crate::endpoint::{Endpoint, bearer, host};
use crate::http::{Http, Reply};
use crate::{draw, fit, preview, words};

const CAPABILITIES: Capabilities = Capabilities {
    word: "ntfy",
    burst: 30,
    interval: Duration::from_secs(5),
    max_bytes: 4_096,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(20),
};

/// Bytes of the text; a few are left for what a server adds.
const MAX_MESSAGE: usize = 4_000;
/// Bytes of the whole JSON: servers take twice a message's size.
const MAX_JSON: usize = 8_000;
const MAX_TITLE: usize = 200;

/// An ntfy topic.
#[derive(Debug)]
pub(crate) struct Ntfy {
    http: Http,
    endpoint: Endpoint,
    topic: Secret,
    authorization: Option<Secret>,
}

impl Ntfy {
    pub(crate) fn new(
        http: &Http,
        server: &str,
        topic: &Secret,
        token: Option<&Secret>,
    ) -> Result<Self, String> {
        let address = if server.contains("://") { server.to_owned() } else { format!("https://{server}") };
        let shown = format!("ntfy://{}/…", host(&address));
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=64).contains(&topic.expose().len()) || !topic.expose().bytes().all(is_name) {
            return Err("its topic is not one: up to 64 letters, digits, - and _".to_owned());
        }
        let mut secrets = vec![topic];
        secrets.extend(token);
        Ok(Self {
            http: http.clone(),
            endpoint: Endpoint::new(&address, shown, &secrets)?,
            topic: topic.clone(),
            authorization: token.map(bearer).transpose()?,
        })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = render(message, self.topic.expose()).to_string().into_bytes();
        let headers: Vec<(&str, &Secret)> =
            self.authorization.iter().map(|value| ("authorization", value)).collect();
        let reply = self.http.post(&self.endpoint, &headers, body, CAPABILITIES.timeout).await?;
        if reply.is_success() {
            return Ok(Receipt { id: reply.json()["id"].as_str().map(str::to_owned) });
        }
        Err(self.failure(&reply))
    }

    fn failure(&self, reply: &Reply) -> Failure {
        match reply.status {
            401 | 403 => {
                let advice =
                    "this topic needs an access token, or the one in the settings may not write to it";
                reply.failure_as(&self.endpoint, FailureKind::Closed, advice)
            }
            _ => reply.failure(&self.endpoint),
        }
    }
}

fn render(message: &Message, topic: &str) -> Value {
    let page = fit::fit(message, |page| {
        text(message, page).len() <= MAX_MESSAGE && draw(message, page, topic).to_string().len() <= MAX_JSON
    });
    draw(message, &page, topic)
}

fn draw(message: &Message, page: &Page, topic: &str) -> Value {
    let mut payload = json!({
        "topic": topic,
        "title": fit::clip_bytes(&page.one_line, Escaper::Plain, MAX_TITLE),
        "message": text(message, page),
        "priority": priority(page.severity),
        "tags": [tag(page.severity)],
    });
    if let Some((_, url)) = draw::link(page) {
        payload["click"] = json!(url);
    }
    payload
}

fn text(message: &Message, page: &Page) -> String {
    let show = |phrase: &trailbell_text::Phrase| fit::clip_bytes(phrase, Escaper::Plain, 1_000);
    let mut lines = vec![show(&draw::headline(page)), String::new()];
    lines.extend(page.facts.iter().map(|row| format!("{}: {}", show(&row.label), show(&row.text))));
    lines.extend(draw::items(page).map(|item| format!("- {}", show(&item))));
    lines.push(String::new());
    lines.extend(page.calm.iter().map(show));
    if let Some(step) = page.steps.first() {
        lines.extend(page.steps_for.iter().map(show));
        lines.push(format!("1. {}", show(&step.text)));
    }
    lines.extend(words::rest(message, page).map(|rest| fit::clip_text(&rest, 400)));
    // Where a tap on the message leads.
    lines.extend(draw::link(page).map(|(text, _)| text));
    lines.extend(page.verification.iter().map(show));
    lines.join("\n")
}

const fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 5,
        Severity::High => 4,
        Severity::Medium => 3,
        // 1 is shown only to who looks for it, and a digest is to be seen.
        Severity::Low | Severity::Info => 2,
    }
}

/// ntfy draws these words as signs.
const fn tag(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "rotating_light",
        Severity::High => "warning",
        Severity::Medium | Severity::Low => "bell",
        Severity::Info => "information_source",
    }
}

impl Channel for Ntfy {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        self.endpoint.shown().to_owned()
    }

    fn preview(&self, message: &Message) -> String {
        preview::post(&self.endpoint, &render(message, "…"))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}
