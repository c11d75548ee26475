//! Slack: how a message looks there, for an incoming webhook and for a bot alike.
//!
//! `text` is what a push shows and a screen reader reads; the header stands above a coloured attachment with the facts in
//! two columns, the steps, one link and a quiet line. Every text is `verbatim`: Slack links and mentions nothing
//! by itself. Limits: 50 blocks, a section 3,000 characters, a header 150, a field 2,000 (ten a section), and, found in
//! practice only, about 13,000 characters a message (`msg_blocks_too_long`).

mod bot;
mod webhook;

use serde_json::{Value, json};
use trailbell_notice::{Page, Row};
use trailbell_outbox::Message;
use trailbell_text::{Channel, Phrase};

pub(crate) use bot::SlackBot;
pub(crate) use webhook::SlackWebhook;

use crate::{draw, fit, words};

/// Characters of the whole payload; Slack's own limit lies a little above 13,000 and is not documented.
const MAX_PAYLOAD: usize = 12_000;
const MAX_BLOCKS: usize = 50;
const MAX_SECTION: usize = 3_000;
const MAX_HEADER: usize = 150;
const MAX_FIELD: usize = 2_000;
const FIELDS_IN_A_SECTION: usize = 10;
const MAX_BUTTON: usize = 75;
const MAX_BUTTON_URL: usize = 3_000;

/// The message's payload, without a channel.
fn render(message: &Message) -> Value {
    let page = fit::fit(message, |page| {
        let payload = draw(message, page);
        blocks(&payload) <= MAX_BLOCKS && fit::units(&payload.to_string()) <= MAX_PAYLOAD
    });
    draw(message, &page)
}

/// Blocks of a payload, its attachment's included.
fn blocks(payload: &Value) -> usize {
    let count = |value: &Value| value["blocks"].as_array().map_or(0, Vec::len);
    count(payload) + count(&payload["attachments"][0])
}

fn draw(message: &Message, page: &Page) -> Value {
    let one_line = fit::clip(&page.one_line, Channel::Slack, MAX_SECTION);
    let headline = draw::headline(page);
    let header = headline.render(Channel::Slack);
    // A header holds little; a longer sentence is a bold section, and still whole.
    let head = if fit::units(&header) <= MAX_HEADER {
        json!({"type": "header", "text": {"type": "plain_text", "text": header, "emoji": false}})
    } else {
        section(&format!("*{}*", fit::clip(&headline, Channel::Slack, MAX_SECTION - 2)))
    };
    json!({
        "text": one_line,
        "blocks": [head],
        "attachments": [{
            "color": draw::colour(page.severity).0,
            "fallback": one_line,
            "blocks": body(message, page),
        }],
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

fn body(message: &Message, page: &Page) -> Vec<Value> {
    let lang = page.lang;
    let mut blocks: Vec<Value> = page
        .facts
        .chunks(FIELDS_IN_A_SECTION)
        .map(|rows| json!({"type": "section", "fields": rows.iter().map(field).collect::<Vec<_>>()}))
        .collect();
    blocks.extend(sections(
        draw::items(page).map(|item| format!("• {}", fit::clip(&item, Channel::Slack, MAX_SECTION - 2))),
    ));
    if let Some(calm) = &page.calm {
        let calm = fit::clip(calm, Channel::Slack, MAX_SECTION - 2);
        blocks.push(section(&if page.calm_is_urgent { format!("*{calm}*") } else { calm }));
    }
    let mut lines: Vec<String> = Vec::new();
    if let Some(words) = &page.steps_for {
        lines.push(format!("*{}*", fit::clip(words, Channel::Slack, MAX_SECTION - 2)));
    }
    lines.extend(page.preamble.iter().map(|line| fit::clip(line, Channel::Slack, MAX_SECTION)));
    lines.extend(page.check_first.as_ref().map(|check| code(check, page)));
    for (number, step) in (1..).zip(&page.steps) {
        lines.push(fit::clip(&numbered(number, &step.text), Channel::Slack, MAX_SECTION));
        for (label, line) in draw::commands(page, step) {
            lines.extend(label.map(|label| draw::ours(label, Channel::Slack)));
            lines.push(code(&line, page));
        }
    }
    if let Some(details) = &page.details {
        // One line of it, unlike the commands for copying.
        lines.push(format!("{}{}", words::details(lang), code(details, page).replace("```", "`")));
    }
    blocks.extend(sections(lines.into_iter()));
    if let Some((text, url)) = draw::link(page).filter(|(_, url)| fit::units(url) <= MAX_BUTTON_URL) {
        blocks.push(json!({"type": "actions", "elements": [{
            "type": "button",
            "text": {"type": "plain_text", "text": fit::clip_text(&text, MAX_BUTTON), "emoji": false},
            "url": url,
        }]}));
    }
    let mut quiet: Vec<String> =
        draw::quiet(page).map(|line| fit::clip(line, Channel::Slack, MAX_FIELD)).collect();
    quiet.push(date(message));
    blocks.push(json!({"type": "context", "elements": quiet
        .into_iter()
        .rev()
        .take(FIELDS_IN_A_SECTION)
        .rev()
        .map(|line| mrkdwn(&line))
        .collect::<Vec<_>>()}));
    blocks
}

/// When, in each reader's own zone: of the event where the message is about one, else of the message.
fn date(message: &Message) -> String {
    let event = message.json.get("event_time").and_then(Value::as_str).and_then(|time| time.parse().ok());
    let at: jiff::Timestamp = event.unwrap_or(message.date);
    let fallback = at.strftime("%Y-%m-%d %H:%M UTC");
    format!("<!date^{}^{{date_short_pretty}} {{time}}|{fallback}>", at.as_second())
}

fn field(row: &Row) -> Value {
    let label = fit::clip(&row.label, Channel::Slack, 100);
    let text = fit::clip(&row.text, Channel::Slack, MAX_FIELD - 200);
    mrkdwn(&format!("*{label}*\n{text}"))
}

fn numbered(number: usize, text: &Phrase) -> Phrase {
    let mut phrase = Phrase::ours(format!("{number}. "));
    phrase.append(text.clone());
    phrase
}

/// A command for copying: nothing inside is formatted, only what Slack decodes is encoded.
fn code(line: &str, page: &Page) -> String {
    let line = draw::ours(line, Channel::Terminal);
    let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if line.contains('`') || fit::units(&line) > MAX_SECTION - 100 {
        return words::see_details(page.lang).to_owned();
    }
    format!("```{line}```")
}

/// Lines in as few sections as hold them.
fn sections(lines: impl Iterator<Item = String>) -> Vec<Value> {
    let mut blocks = Vec::new();
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() && fit::units(&text) + 1 + fit::units(&line) > MAX_SECTION {
            blocks.push(section(&std::mem::take(&mut text)));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    if !text.is_empty() {
        blocks.push(section(&text));
    }
    blocks
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}
