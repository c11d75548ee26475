//! LINE, by the Messaging API's push (LINE Notify is gone): a Flex message.
//!
//! The free plan in Japan is 200 messages a month, counted by recipients, so a channel here should be for what is critical, with a
//! monthly budget. Small: the sentence, the facts, the first step and where the rest is. `X-Line-Retry-Key` makes a second
//! attempt harmless: LINE answers 409 to what it has taken, which is success. A bubble is at most 30 KB, its `altText` (the push) 400 characters.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_notice::Page;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Phrase, Secret};

use crate::endpoint::{Endpoint, bearer};
use crate::http::{Http, Reply};
use crate::{draw, fit, preview, words};

const CAPABILITIES: Capabilities = Capabilities {
    word: "line",
    burst: 10,
    interval: Duration::from_secs(1),
    max_bytes: 20_000,
    threads: false,
    drops_copies: true,
    resolves: false,
    timeout: Duration::from_secs(20),
};

const MAX_ALT_TEXT: usize = 400;
/// Characters of one text: a phone's screen, not a limit of LINE's (2,000).
const MAX_TEXT: usize = 600;
const MAX_URI: usize = 1_000;

/// One person or group on LINE.
#[derive(Debug)]
pub(crate) struct Line {
    http: Http,
    endpoint: Endpoint,
    authorization: Secret,
    to: String,
}

impl Line {
    pub(crate) fn new(http: &Http, token: &Secret, to: &str, endpoint: Option<&str>) -> Result<Self, String> {
        let base = endpoint.unwrap_or("https://api.line.me").trim_end_matches('/');
        // A user's id is nobody's secret, but it is theirs: enough of it to tell two channels apart.
        let start: String = to.chars().take(6).collect();
        let shown = format!("line://…@{start}…");
        Ok(Self {
            http: http.clone(),
            endpoint: Endpoint::new(&format!("{base}/v2/bot/message/push"), shown, &[token])?,
            authorization: bearer(token)?,
            to: to.to_owned(),
        })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = render(message, &self.to).to_string().into_bytes();
        let retry_key = Secret::new(message.identity.as_uuid());
        let headers = [("authorization", &self.authorization), ("x-line-retry-key", &retry_key)];
        let reply = self.http.post(&self.endpoint, &headers, body, CAPABILITIES.timeout).await?;
        match reply.status {
            200..=299 => {
                Ok(Receipt { id: reply.json()["sentMessages"][0]["id"].as_str().map(str::to_owned) })
            }
            409 => {
                let first = reply.headers.get("x-line-accepted-request-id");
                Ok(Receipt { id: first.and_then(|id| id.to_str().ok()).map(str::to_owned) })
            }
            _ => Err(self.failure(&reply)),
        }
    }

    fn failure(&self, reply: &Reply) -> Failure {
        let said = reply.text();
        if reply.status == 429 && said.contains("monthly limit") {
            let advice = "the LINE account's messages of this month are used up: it takes more next month or on a larger plan";
            return reply.failure_as(&self.endpoint, FailureKind::Closed, advice);
        }
        if reply.status == 400 && (said.contains("'to'") || said.contains("\"to\"")) {
            let advice = "`to` is not a user, group or room that this LINE account may write to: the person has to add the account as a friend first";
            return reply.failure_as(&self.endpoint, FailureKind::Closed, advice);
        }
        if reply.status == 401 {
            let advice =
                "the channel access token is not accepted: issue a new one in the LINE Developers console";
            return reply.failure_as(&self.endpoint, FailureKind::Closed, advice);
        }
        reply.failure(&self.endpoint)
    }
}

fn render(message: &Message, to: &str) -> Value {
    let page = fit::fit(message, |page| draw(message, page, to).to_string().len() <= CAPABILITIES.max_bytes);
    draw(message, &page, to)
}

fn draw(message: &Message, page: &Page, to: &str) -> Value {
    let colour = draw::colour(page.severity).0;
    let mut body = vec![json!({
        "type": "text", "text": clip(&draw::headline(page)), "weight": "bold", "color": colour, "wrap": true,
    })];
    body.extend(page.facts.iter().map(|row| {
        json!({"type": "box", "layout": "baseline", "spacing": "sm", "margin": "sm", "contents": [
            {"type": "text", "text": fit::clip(&row.label, Escaper::Plain, 60), "size": "sm", "color": "#5c6670", "flex": 2, "wrap": true},
            {"type": "text", "text": clip(&row.text), "size": "sm", "flex": 5, "wrap": true},
        ]})
    }));
    body.extend(draw::items(page).map(|item| text(&format!("• {}", clip(&item)))));
    if let Some(calm) = &page.calm {
        let weight = if page.calm_is_urgent { "bold" } else { "regular" };
        body.push(json!({"type": "text", "text": clip(calm), "size": "sm", "weight": weight, "margin": "md", "wrap": true}));
    }
    // The most containing step; commands are for a keyboard, and that is where the rest is shown.
    if let Some(step) = page.steps.first() {
        body.extend(page.steps_for.iter().map(|line| text(&clip(line))));
        body.push(text(&format!("1. {}", clip(&step.text))));
    }
    body.extend(words::rest(message, page).map(|rest| text(&fit::clip_text(&rest, MAX_TEXT))));
    if let Some((label, uri)) = draw::link(page).filter(|(_, uri)| fit::units(uri) <= MAX_URI) {
        body.push(json!({
            "type": "text", "text": fit::clip_text(&label, MAX_TEXT), "size": "sm", "color": "#0b62c4", "wrap": true,
            "action": {"type": "uri", "label": "CloudTrail", "uri": uri},
        }));
    }
    let quiet: Vec<Value> = page
        .verification
        .iter()
        .map(|line| json!({"type": "text", "text": clip(line), "size": "xs", "color": "#5c6670", "wrap": true}))
        .collect();
    let mut bubble = json!({
        "type": "bubble",
        "size": "giga",
        "body": {"type": "box", "layout": "vertical", "spacing": "sm", "contents": body},
    });
    // LINE refuses a box of nothing.
    if !quiet.is_empty() {
        bubble["footer"] = json!({"type": "box", "layout": "vertical", "contents": quiet});
    }
    json!({
        "to": to,
        "messages": [{
            "type": "flex",
            "altText": fit::clip(&page.one_line, Escaper::Plain, MAX_ALT_TEXT),
            "contents": bubble,
        }],
    })
}

fn clip(phrase: &Phrase) -> String {
    let text = fit::clip(phrase, Escaper::Plain, MAX_TEXT);
    // LINE refuses an empty text.
    if text.is_empty() { "-".to_owned() } else { text }
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text, "size": "sm", "wrap": true})
}

impl Channel for Line {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        self.endpoint.shown().to_owned()
    }

    fn preview(&self, message: &Message) -> String {
        let start: String = self.to.chars().take(6).collect();
        preview::post(&self.endpoint, &render(message, &format!("{start}…")))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}
