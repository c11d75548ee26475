//! Microsoft Teams, through a Workflows flow "When a Teams webhook request is received" (the Office 365 connectors are gone).
//!
//! An Adaptive Card 1.4. Every text is a `RichTextBlock`, which has no Markdown and no `{{DATE(…)}}`: there is nothing to
//! escape and nothing an escape could miss. Teams documents 28 KB a message; 21 KB is what works in practice. `202`
//! means that the flow took it, not that it was shown; a flow belongs to one person and dies with the account.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_notice::Page;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Phrase, Secret, Severity};

use crate::endpoint::{Endpoint, host};
use crate::http::{Http, Reply};
use crate::{draw, fit, preview, words};

const CAPABILITIES: Capabilities = Capabilities {
    word: "teams",
    burst: 4,
    interval: Duration::from_secs(1),
    max_bytes: 20_000,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(30),
};

/// Characters of one text.
const MAX_TEXT: usize = 3_000;

/// A Teams workflow.
#[derive(Debug)]
pub(crate) struct Teams {
    http: Http,
    endpoint: Endpoint,
}

impl Teams {
    pub(crate) fn new(http: &Http, webhook: &Secret) -> Result<Self, String> {
        let shown = format!("teams://{}/…", host(webhook.expose()));
        Ok(Self { http: http.clone(), endpoint: Endpoint::new(webhook.expose(), shown, &[webhook])? })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = render(message).to_string().into_bytes();
        let reply = self.http.post(&self.endpoint, &[], body, CAPABILITIES.timeout).await?;
        // The old connectors, and some flows, answer 200 with the failure in words.
        let said = reply.text();
        if reply.is_success() && !said.contains("delivery failed") {
            return Ok(Receipt::default());
        }
        Err(failure(&self.endpoint, &reply, &said))
    }
}

fn failure(endpoint: &Endpoint, reply: &Reply, said: &str) -> Failure {
    match reply.status {
        200..=299 if said.contains("413") => reply.failure_as(endpoint, FailureKind::Refused, ""),
        200..=299 => reply.failure_as(endpoint, FailureKind::Temporary { after: reply.retry_after() }, ""),
        401 | 403 | 404 | 410 => {
            let advice = "the workflow is gone, switched off, or its owner's account is: make a new one in Teams and put its URL into the settings";
            reply.failure_as(endpoint, FailureKind::Closed, advice)
        }
        _ => reply.failure(endpoint),
    }
}

fn render(message: &Message) -> Value {
    let page = fit::fit(message, |page| draw(page).to_string().len() <= CAPABILITIES.max_bytes);
    draw(&page)
}

fn draw(page: &Page) -> Value {
    let lang = page.lang;
    let mut body = vec![json!({
        "type": "Container",
        "style": style(page.severity),
        "bleed": true,
        "items": [rich(&[json!({
            "type": "TextRun",
            "text": clip(&draw::headline(page)),
            "size": "Medium",
            "weight": "Bolder",
        })], "Default")],
    })];
    for row in &page.facts {
        let label = json!({"type": "TextRun", "text": format!("{}  ", clip(&row.label)), "isSubtle": true});
        body.push(rich(&[label, run(&clip(&row.text))], "Small"));
    }
    body.extend(draw::items(page).map(|item| rich(&[run(&format!("• {}", clip(&item)))], "Small")));
    if let Some(calm) = &page.calm {
        body.push(if page.calm_is_urgent {
            rich(&[bold(&clip(calm))], "Medium")
        } else {
            rich(&[run(&clip(calm))], "Medium")
        });
    }
    body.extend(page.steps_for.iter().map(|line| rich(&[bold(&clip(line))], "Medium")));
    body.extend(page.preamble.iter().map(|line| rich(&[run(&clip(line))], "Small")));
    body.extend(page.check_first.as_ref().map(|line| rich(&[code(line)], "Small")));
    for (number, step) in (1..).zip(&page.steps) {
        body.push(rich(&[run(&format!("{number}. {}", clip(&step.text)))], "Small"));
        for (label, line) in draw::commands(page, step) {
            body.extend(label.map(|label| rich(&[run(label)], "None")));
            body.push(rich(&[code(&line)], "None"));
        }
    }
    if let Some(details) = &page.details {
        body.push(rich(&[run(words::details(lang)), code(details)], "Medium"));
    }
    body.extend(draw::quiet(page).map(|line| {
        rich(&[json!({"type": "TextRun", "text": clip(line), "size": "Small", "isSubtle": true})], "Small")
    }));
    let actions: Vec<Value> = draw::link(page)
        .map(|(text, url)| json!({"type": "Action.OpenUrl", "title": text, "url": url}))
        .into_iter()
        .collect();
    json!({
        "type": "message",
        "summary": clip(&page.one_line),
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "lang": lang.word(),
                "fallbackText": clip(&page.one_line),
                "msteams": {"width": "Full"},
                "body": body,
                "actions": actions,
            },
        }],
    })
}

fn clip(phrase: &Phrase) -> String {
    fit::clip(phrase, Escaper::Plain, MAX_TEXT)
}

fn rich(inlines: &[Value], spacing: &str) -> Value {
    json!({"type": "RichTextBlock", "inlines": inlines, "spacing": spacing})
}

fn run(text: &str) -> Value {
    json!({"type": "TextRun", "text": text})
}

fn bold(text: &str) -> Value {
    json!({"type": "TextRun", "text": text, "weight": "Bolder"})
}

fn code(line: &str) -> Value {
    json!({"type": "TextRun", "text": draw::ours(line, Escaper::Terminal), "fontType": "Monospace"})
}

/// A container's colour: the words of Adaptive Cards.
const fn style(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "attention",
        Severity::Medium => "warning",
        Severity::Low => "accent",
        Severity::Info => "emphasis",
    }
}

impl Channel for Teams {
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
