//! A Discord webhook: two embeds under one line of text, which is what a push shows.
//!
//! Limits: content 2,000 characters, an embed's description 4,096, 25 fields of 256 + 1,024, footer 2,048, all texts of all embeds
//! together 6,000; about 30 messages a minute. `allowed_mentions` with nothing in it: nobody is mentioned whatever a text says.

use std::time::Duration;

use serde_json::{Value, json};
use trailbell_notice::Page;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Phrase, Secret};

use crate::endpoint::{Endpoint, host};
use crate::http::{Http, Reply, seconds, wait_of};
use crate::{draw, fit, preview, words};

const CAPABILITIES: Capabilities = Capabilities {
    word: "discord",
    burst: 5,
    interval: Duration::from_secs(2),
    max_bytes: MAX_EMBEDS,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(20),
};

const MAX_EMBEDS: usize = 6_000;
const MAX_CONTENT: usize = 2_000;
const MAX_DESCRIPTION: usize = 4_096;
const MAX_FIELDS: usize = 25;
const MAX_NAME: usize = 256;
const MAX_VALUE: usize = 1_024;
const MAX_FOOTER: usize = 2_048;

/// A Discord webhook.
#[derive(Debug)]
pub(crate) struct Discord {
    http: Http,
    endpoint: Endpoint,
}

impl Discord {
    pub(crate) fn new(http: &Http, webhook: &Secret) -> Result<Self, String> {
        // With `wait` the reply says whether the message exists, not only that the request was read.
        let endpoint =
            Endpoint::new(webhook.expose(), masked(webhook), &[webhook])?.with_query("wait", "true");
        Ok(Self { http: http.clone(), endpoint })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = render(message).to_string().into_bytes();
        let reply = self.http.post(&self.endpoint, &[], body, CAPABILITIES.timeout).await?;
        if reply.is_success() {
            return Ok(Receipt { id: reply.json()["id"].as_str().map(str::to_owned) });
        }
        Err(failure(&self.endpoint, &reply))
    }
}

/// The webhook's number is no secret; the token after it is.
fn masked(webhook: &Secret) -> String {
    let id = webhook.expose().split("/webhooks/").nth(1).and_then(|rest| rest.split('/').next());
    match id {
        Some(id) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => format!("discord://{id}/…"),
        _ => format!("discord://{}/…", host(webhook.expose())),
    }
}

fn failure(endpoint: &Endpoint, reply: &Reply) -> Failure {
    let said = reply.json();
    if reply.status == 429 {
        // The body is exact to the millisecond; the header is rounded and may be missing behind a proxy.
        let header = reply.headers.get("x-ratelimit-reset-after").and_then(|value| value.to_str().ok());
        let after = said["retry_after"]
            .as_f64()
            .and_then(wait_of)
            .or_else(|| reply.retry_after())
            .or_else(|| header.and_then(seconds));
        return reply.failure_as(endpoint, FailureKind::Temporary { after }, "");
    }
    // 10015 unknown webhook, 10003 unknown channel, 50027 invalid webhook token.
    if matches!(said["code"].as_u64(), Some(10_015 | 10_003 | 50_027))
        || matches!(reply.status, 401 | 403 | 404)
    {
        let advice = "the webhook was deleted: make a new one in the channel's settings and put its URL into trailbell's";
        return reply.failure_as(endpoint, FailureKind::Closed, advice);
    }
    reply.failure(endpoint)
}

fn render(message: &Message) -> Value {
    let page = fit::fit(message, |page| {
        let embeds = embeds(page);
        let description = |embed: &Value| fit::units(embed["description"].as_str().unwrap_or_default());
        embeds.iter().map(units).sum::<usize>() <= MAX_EMBEDS
            && embeds.iter().all(|embed| description(embed) <= MAX_DESCRIPTION)
    });
    json!({
        "content": fit::clip(&page.one_line, Escaper::Discord, MAX_CONTENT),
        "embeds": embeds(&page),
        "allowed_mentions": {"parse": []},
    })
}

/// What counts towards the total of a message's embeds: every text in them.
fn units(embed: &Value) -> usize {
    let of = |value: &Value| value.as_str().map_or(0, fit::units);
    let fields = embed["fields"].as_array().into_iter().flatten();
    of(&embed["description"])
        + of(&embed["footer"]["text"])
        + fields.map(|field| of(&field["name"]) + of(&field["value"])).sum::<usize>()
}

/// What happened, then what to do: fields always stand below their embed's text, so these are two.
fn embeds(page: &Page) -> Vec<Value> {
    let colour = draw::colour(page.severity).1;
    let mut lines = vec![format!("**{}**", fit::clip(&draw::headline(page), Escaper::Discord, 1_500))];
    lines.extend(draw::items(page).map(|item| format!("- {}", clip(&item))));
    let fields: Vec<Value> = page
        .facts
        .iter()
        .take(MAX_FIELDS)
        .map(|row| {
            json!({
                "name": fit::clip(&row.label, Escaper::Discord, MAX_NAME),
                "value": clip(&row.text),
                "inline": fit::units(&row.text.render(Escaper::Plain)) <= 40,
            })
        })
        .collect();
    let happened = json!({"color": colour, "description": lines.join("\n"), "fields": fields});

    // A footer is not Markdown: as plain.
    let footer: Vec<String> = draw::quiet(page).map(|line| fit::clip(line, Escaper::Plain, 500)).collect();
    let mut to_do = json!({"color": colour, "description": to_do(page).join("\n")});
    if !footer.is_empty() {
        to_do["footer"] = json!({"text": last(&footer.join("\n"), MAX_FOOTER)});
    }
    // Discord refuses an embed of nothing.
    let has_more = !footer.is_empty() || to_do["description"] != json!("");
    std::iter::once(happened).chain(has_more.then_some(to_do)).collect()
}

fn to_do(page: &Page) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(calm) = &page.calm {
        let calm = clip(calm);
        lines.push(if page.calm_is_urgent { format!("**{calm}**") } else { calm });
    }
    lines.extend(page.steps_for.iter().map(|line| format!("**{}**", clip(line))));
    lines.extend(page.preamble.iter().map(clip));
    lines.extend(page.check_first.as_ref().map(|line| code(line, page)));
    for (number, step) in (1..).zip(&page.steps) {
        lines.push(format!("{number}\\. {}", clip(&step.text)));
        for (label, line) in draw::commands(page, step) {
            lines.extend(label.map(|label| draw::ours(label, Escaper::Discord)));
            lines.push(code(&line, page));
        }
    }
    if let Some(details) = &page.details {
        // One line of it, unlike the commands for copying.
        let details = code(details, page).replace("```\n", "`").replace("\n```", "`");
        lines.push(format!("{}{details}", words::details(page.lang)));
    }
    // The whole address: its host is seen, and Discord itself makes it clickable; in angle brackets without a picture.
    lines.extend(draw::link(page).map(|(_, url)| format!("CloudTrail: <{url}>")));
    lines
}

/// The last lines of a text, as many as fit: the owner's own phrase is the very last.
fn last(text: &str, max: usize) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut used = 0;
    for line in text.lines().rev() {
        used += fit::units(line) + 1;
        if used > max {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    kept.join("\n")
}

fn clip(phrase: &Phrase) -> String {
    fit::clip(phrase, Escaper::Discord, MAX_VALUE)
}

/// A command for copying: nothing inside is formatted.
fn code(line: &str, page: &Page) -> String {
    let line = draw::ours(line, Escaper::Terminal);
    if line.contains("```") {
        return words::see_details(page.lang).to_owned();
    }
    format!("```\n{line}\n```")
}

impl Channel for Discord {
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
