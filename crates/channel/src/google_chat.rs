//! A Google Chat webhook: a card (cardsV2), threads by key.
//!
//! 32,000 bytes of text and cards; about one message a second in a space. Texts of cards are a small subset of HTML, so
//! values are escaped as for HTML. What a push shows is `fallbackText`, where `<users/all>` would mention everybody: it has
//! no angle brackets at all.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_notice::Page;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Phrase, Secret};

use crate::endpoint::{Endpoint, host};
use crate::http::{Http, Reply};
use crate::{draw, fit, preview, words};

const CAPABILITIES: Capabilities = Capabilities {
    word: "google-chat",
    burst: 1,
    interval: Duration::from_secs(1),
    max_bytes: 30_000,
    threads: true,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(20),
};

/// Characters of one text.
const MAX_TEXT: usize = 3_000;
/// Widgets of one section.
const MAX_WIDGETS: usize = 90;

/// A Google Chat webhook.
#[derive(Debug)]
pub(crate) struct GoogleChat {
    http: Http,
    endpoint: Endpoint,
}

impl GoogleChat {
    pub(crate) fn new(http: &Http, webhook: &Secret) -> Result<Self, String> {
        let endpoint = Endpoint::new(webhook.expose(), masked(webhook), &[webhook])?
            .with_query("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
        Ok(Self { http: http.clone(), endpoint })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = render(message).to_string().into_bytes();
        let reply = self.http.post(&self.endpoint, &[], body, CAPABILITIES.timeout).await?;
        if reply.is_success() {
            return Ok(Receipt { id: reply.json()["name"].as_str().map(str::to_owned) });
        }
        Err(failure(&self.endpoint, &reply))
    }
}

/// The space is no secret; key and token are.
fn masked(webhook: &Secret) -> String {
    let space = webhook.expose().split("/spaces/").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    match space {
        Some(space) if !space.is_empty() => format!("gchat://{space}/…"),
        _ => format!("gchat://{}/…", host(webhook.expose())),
    }
}

fn failure(endpoint: &Endpoint, reply: &Reply) -> Failure {
    let said = reply.text();
    let bad_key =
        reply.status == 400 && (said.contains("API_KEY_INVALID") || said.contains("API key not valid"));
    if bad_key || matches!(reply.status, 401 | 403 | 404) {
        let advice = "the webhook or its space is gone: add a new webhook to the space and put its URL into the settings";
        return reply.failure_as(endpoint, FailureKind::Closed, advice);
    }
    reply.failure(endpoint)
}

fn render(message: &Message) -> Value {
    let page = fit::fit(message, |page| {
        let payload = draw(message, page);
        payload.to_string().len() <= CAPABILITIES.max_bytes && widgets(&payload) <= MAX_WIDGETS
    });
    draw(message, &page)
}

fn widgets(payload: &Value) -> usize {
    let sections = payload["cardsV2"][0]["card"]["sections"].as_array().into_iter().flatten();
    sections.map(|section| section["widgets"].as_array().map_or(0, Vec::len)).sum()
}

fn draw(message: &Message, page: &Page) -> Value {
    let lang = page.lang;
    let colour = draw::colour(page.severity).0;
    let mut facts =
        vec![paragraph(&format!("<font color=\"{colour}\"><b>{}</b></font>", clip(&draw::headline(page))))];
    facts.extend(page.facts.iter().map(|row| {
        json!({"decoratedText": {
            "topLabel": fit::clip(&row.label, Escaper::Plain, 100),
            "text": clip(&row.text),
            "wrapText": true,
        }})
    }));
    facts.extend(draw::items(page).map(|item| paragraph(&format!("• {}", clip(&item)))));
    let mut todo: Vec<Value> = Vec::new();
    if let Some(calm) = &page.calm {
        let calm = clip(calm);
        todo.push(paragraph(&if page.calm_is_urgent { format!("<b>{calm}</b>") } else { calm }));
    }
    todo.extend(page.steps_for.iter().map(|line| paragraph(&format!("<b>{}</b>", clip(line)))));
    todo.extend(page.preamble.iter().map(|line| paragraph(&clip(line))));
    todo.extend(page.check_first.as_ref().map(|line| paragraph(&code(line))));
    for (number, step) in (1..).zip(&page.steps) {
        let mut lines = vec![format!("{number}. {}", clip(&step.text))];
        for (label, line) in draw::commands(page, step) {
            lines.extend(label.map(|label| draw::ours(label, Escaper::Html)));
            lines.push(code(&line));
        }
        todo.push(paragraph(&lines.join("<br>")));
    }
    if let Some(details) = &page.details {
        todo.push(paragraph(&format!("{}{}", words::details(lang), code(details))));
    }
    if let Some((text, url)) = draw::link(page) {
        todo.push(
            json!({"buttonList": {"buttons": [{"text": text, "onClick": {"openLink": {"url": url}}}]}}),
        );
    }
    let quiet: Vec<Value> = draw::quiet(page)
        .map(|line| paragraph(&format!("<font color=\"#5c6670\">{}</font>", clip(line))))
        .collect();
    let sections: Vec<Value> = [facts, todo, quiet]
        .into_iter()
        .filter(|widgets| !widgets.is_empty())
        .map(|widgets| json!({"widgets": widgets}))
        .collect();
    json!({
        "fallbackText": fit::clip(&page.one_line, Escaper::Plain, 500).replace('<', "‹").replace('>', "›"),
        "cardsV2": [{
            "cardId": message.identity.as_str(),
            "card": {
                "header": {"title": trailbell_notice::render::severity(page.severity, lang), "subtitle": "trailbell"},
                "sections": sections,
            },
        }],
        "thread": {"threadKey": message.thread.as_str()},
    })
}

fn clip(phrase: &Phrase) -> String {
    fit::clip(phrase, Escaper::Html, MAX_TEXT)
}

fn paragraph(text: &str) -> Value {
    json!({"textParagraph": {"text": text}})
}

fn code(line: &str) -> String {
    // Cards have no monospace; italics set a command apart and copy as they are.
    format!("<i>{}</i>", draw::ours(line, Escaper::Html))
}

impl Channel for GoogleChat {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        self.endpoint.shown().to_owned()
    }

    fn preview(&self, message: &Message) -> String {
        preview::post(&self.endpoint, &render(message))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}
