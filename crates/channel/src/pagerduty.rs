//! PagerDuty, Events API v2: one incident a message.
//!
//! The dedup key is the message's identity: a second attempt adds nothing, and a later message, however much it belongs with an
//! open incident, pages again. A rule's alarm is one incident from its beginning to its end, and its end resolves it. `summary` is at most 1,024 characters, the whole event 512 KB.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_notice::{Page, render as notice};
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Identity, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Phrase, Secret, Severity};

use crate::endpoint::{Endpoint, one_word};
use crate::http::{Http, Reply};
use crate::{body, draw, fit, preview, words};

const CAPABILITIES: Capabilities = Capabilities {
    word: "pagerduty",
    burst: 10,
    interval: Duration::from_secs(1),
    max_bytes: 500_000,
    threads: false,
    drops_copies: true,
    resolves: true,
    timeout: Duration::from_secs(20),
};

const MAX_SUMMARY: usize = 1_024;
const MAX_TEXT: usize = 2_000;

/// A PagerDuty service.
#[derive(Debug)]
pub(crate) struct PagerDuty {
    http: Http,
    endpoint: Endpoint,
    routing_key: Secret,
}

impl PagerDuty {
    pub(crate) fn new(http: &Http, routing_key: &Secret, endpoint: Option<&str>) -> Result<Self, String> {
        one_word(routing_key, "integration key")?;
        let base = endpoint.unwrap_or("https://events.pagerduty.com").trim_end_matches('/');
        Ok(Self {
            http: http.clone(),
            endpoint: Endpoint::new(&format!("{base}/v2/enqueue"), "pagerduty://…", &[routing_key])?,
            routing_key: routing_key.clone(),
        })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = render(message, self.routing_key.expose()).to_string().into_bytes();
        let reply = self.http.post(&self.endpoint, &[], body, CAPABILITIES.timeout).await?;
        if reply.is_success() {
            return Ok(Receipt { id: reply.json()["dedup_key"].as_str().map(str::to_owned) });
        }
        Err(self.failure(&reply))
    }

    fn failure(&self, reply: &Reply) -> Failure {
        let said = reply.text().to_ascii_lowercase();
        if reply.status == 400 && (said.contains("routing_key") || said.contains("routing key")) {
            let advice = "the integration key is not one of Events API v2: copy it from the service's integrations page";
            return reply.failure_as(&self.endpoint, FailureKind::Closed, advice);
        }
        reply.failure(&self.endpoint)
    }
}

fn render(message: &Message, routing_key: &str) -> Value {
    let page = fit::fit(message, |page| {
        draw(message, page, routing_key).to_string().len() <= CAPABILITIES.max_bytes
    });
    draw(message, &page, routing_key)
}

fn draw(message: &Message, page: &Page, routing_key: &str) -> Value {
    // An alarm's incident is one until the alarm is over, and closes with it.
    let news = message
        .json
        .get("news")
        .and_then(Value::as_str)
        .filter(|_| message.json.get("bulletin") == Some(&json!("rule-alarm")));
    let action = if news == Some("over") { "resolve" } else { "trigger" };
    let rule = message.json.get("rule").and_then(Value::as_str).filter(|_| news.is_some());
    let incident = rule.map_or_else(|| message.identity.clone(), |rule| Identity::of(&["alarm", rule]));
    let word = message.json.get("kind").and_then(Value::as_str).unwrap_or("trailbell");
    let show = |phrase: &Phrase| json!(fit::clip(phrase, Escaper::Plain, MAX_TEXT));
    let links: Vec<Value> =
        draw::link(page).map(|(text, href)| json!({"href": href, "text": text})).into_iter().collect();
    let mut steps: Vec<Value> = page.steps_for.iter().chain(&page.preamble).map(show).collect();
    steps.extend(page.check_first.iter().map(|line| json!(draw::ours(line, Escaper::Terminal))));
    for (number, step) in (1..).zip(&page.steps) {
        steps.push(json!(format!("{number}. {}", fit::clip(&step.text, Escaper::Plain, MAX_TEXT))));
        for (label, line) in draw::commands(page, step) {
            steps.extend(label.map(|label| json!(label)));
            steps.push(json!(line));
        }
    }
    json!({
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": incident.as_str(),
        "client": "trailbell",
        "links": links,
        "payload": {
            "summary": fit::clip(&draw::headline(page), Escaper::Plain, MAX_SUMMARY),
            "source": message.json.get("account").and_then(Value::as_str).map_or_else(|| "trailbell".to_owned(), |account| fit::clip_text(account, 100)),
            "severity": severity(page.severity),
            "timestamp": message.date.to_string(),
            "component": "AWS",
            "group": message.thread.as_str(),
            "class": fit::clip_text(word, 100),
            "custom_details": {
                "facts": page.facts.iter().map(|row| format!("{}: {}", fit::clip(&row.label, Escaper::Plain, 100), fit::clip(&row.text, Escaper::Plain, MAX_TEXT))).collect::<Vec<_>>(),
                "items": draw::items(page).map(|item| show(&item)).collect::<Vec<_>>(),
                "severity": notice::severity(page.severity, page.lang),
                "what to do": page.calm.iter().map(show).chain(steps).collect::<Vec<_>>(),
                "details": format!("{}{}", words::details(page.lang), words::show_command(message)),
                "footer": draw::quiet(page).map(show).collect::<Vec<_>>(),
                "notice": body::within(&message.json, 100_000),
            },
        },
    })
}

/// PagerDuty has four words.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "info",
    }
}

impl Channel for PagerDuty {
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
