//! What each service documents of its messages, enforced as it does: the refusal in its own shape, or its yes.

use serde_json::{Value, json};

use super::server::{Answer, Asked};

/// Answers for the service of this word.
pub(super) fn answer(word: &str, asked: &Asked) -> Answer {
    match word {
        "slack" | "slack-bot" => slack(word, asked),
        "teams" => teams(asked),
        "discord" => discord(asked),
        "google-chat" => google_chat(asked),
        "line" => line(asked),
        "telegram" => telegram(asked),
        "ntfy" => ntfy(asked),
        "pagerduty" => pagerduty(asked),
        "webhook" if asked.raw.len() <= 256 * 1024 => Answer::new(204, ""),
        _ => Answer::new(413, ""),
    }
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.encode_utf16().count())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn slack(word: &str, asked: &Asked) -> Answer {
    let body = asked.json();
    let problem = slack_problem(&body, word == "slack-bot");
    match (word, problem) {
        ("slack", None) => Answer::new(200, "ok"),
        ("slack", Some(problem)) => Answer::new(400, problem),
        (_, None) => Answer::new(200, json!({"ok": true, "ts": "1764074350.000100"}).to_string()),
        (_, Some(problem)) => Answer::new(200, json!({"ok": false, "error": problem}).to_string()),
    }
}

fn slack_problem(body: &Value, is_bot: bool) -> Option<&'static str> {
    if is_bot && body["channel"] != json!("C0123ABCD") {
        return Some("channel_not_found");
    }
    if length(&body["text"]) == 0 {
        return Some("no_text");
    }
    let blocks: Vec<&Value> =
        list(&body["blocks"]).iter().chain(list(&body["attachments"][0]["blocks"])).collect();
    if blocks.len() > 50 || body.to_string().encode_utf16().count() > 13_000 {
        return Some("msg_blocks_too_long");
    }
    let text_fits = |text: &Value, max: usize| (1..=max).contains(&length(&text["text"]));
    let fits = |block: &Value| match block["type"].as_str() {
        Some("header") => block["text"]["type"] == json!("plain_text") && text_fits(&block["text"], 150),
        Some("section") => {
            let fields = list(&block["fields"]);
            (block["text"].is_null() || text_fits(&block["text"], 3_000))
                && (fields.is_empty() != block["text"].is_null())
                && fields.len() <= 10
                && fields.iter().all(|field| text_fits(field, 2_000))
        }
        Some("actions") => list(&block["elements"])
            .iter()
            .all(|button| text_fits(&button["text"], 75) && length(&button["url"]) <= 3_000),
        Some("context") => {
            let elements = list(&block["elements"]);
            (1..=10).contains(&elements.len()) && elements.iter().all(|text| text_fits(text, 3_000))
        }
        _ => false,
    };
    blocks.iter().any(|block| !fits(block)).then_some("invalid_blocks")
}

fn teams(asked: &Asked) -> Answer {
    let body = asked.json();
    let card = &body["attachments"][0];
    if asked.raw.len() > 21 * 1024 {
        return Answer::new(413, json!({"error": {"code": "RequestEntityTooLarge"}}).to_string());
    }
    let is_card = body["type"] == json!("message")
        && card["contentType"] == json!("application/vnd.microsoft.card.adaptive")
        && card["content"]["version"] == json!("1.4")
        && list(&card["content"]["body"])
            .iter()
            .all(|block| matches!(block["type"].as_str(), Some("RichTextBlock" | "Container")));
    if is_card {
        Answer::new(202, "")
    } else {
        Answer::new(400, json!({"error": {"code": "BadRequest"}}).to_string())
    }
}

fn discord(asked: &Asked) -> Answer {
    let body = asked.json();
    let embeds = list(&body["embeds"]);
    let fields = |embed: &Value| list(&embed["fields"]).to_vec();
    let total: usize = embeds
        .iter()
        .map(|embed| {
            length(&embed["description"])
                + length(&embed["title"])
                + length(&embed["footer"]["text"])
                + fields(embed)
                    .iter()
                    .map(|field| length(&field["name"]) + length(&field["value"]))
                    .sum::<usize>()
        })
        .sum();
    let fits = length(&body["content"]) <= 2_000
        && embeds.len() <= 10
        && total <= 6_000
        && embeds.iter().all(|embed| {
            length(&embed["description"]) <= 4_096
                && length(&embed["description"]) + length(&embed["footer"]["text"]) > 0
                && (embed["footer"].is_null() || length(&embed["footer"]["text"]) > 0)
                && length(&embed["footer"]["text"]) <= 2_048
                && fields(embed).len() <= 25
                && fields(embed).iter().all(|field| {
                    (1..=256).contains(&length(&field["name"]))
                        && (1..=1_024).contains(&length(&field["value"]))
                })
        })
        && body["allowed_mentions"] == json!({"parse": []})
        && asked.uri.contains("wait=true");
    if fits {
        Answer::new(200, json!({"id": "998877"}).to_string())
    } else {
        Answer::new(400, json!({"code": 50_035, "message": "Invalid Form Body"}).to_string())
    }
}

fn google_chat(asked: &Asked) -> Answer {
    let body = asked.json();
    let card = &body["cardsV2"][0]["card"];
    let widgets: usize = list(&card["sections"]).iter().map(|section| list(&section["widgets"]).len()).sum();
    let fits = asked.raw.len() <= 32_000
        && (1..=100).contains(&widgets)
        && length(&body["thread"]["threadKey"]) > 0
        && asked.uri.contains("messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
        && asked.uri.contains("token=");
    if fits {
        Answer::new(200, json!({"name": "spaces/AAAA/messages/BBBB"}).to_string())
    } else {
        Answer::new(400, json!({"error": {"code": 400, "status": "INVALID_ARGUMENT"}}).to_string())
    }
}

fn line(asked: &Asked) -> Answer {
    let body = asked.json();
    let message = &body["messages"][0];
    let contents = &message["contents"];
    let key = asked.header("x-line-retry-key");
    let is_uuid = key.len() == 36
        && key.chars().enumerate().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    let fits = (1..=400).contains(&length(&message["altText"]))
        && contents.to_string().len() <= 30 * 1024
        && no_empty_text(contents)
        && is_uuid
        && asked.header("authorization").starts_with("Bearer ");
    if fits {
        Answer::new(200, json!({"sentMessages": [{"id": "461230966842064897"}]}).to_string())
    } else {
        let details = json!([{"message": "May not be empty", "property": "messages[0].altText"}]);
        Answer::new(
            400,
            json!({"message": "The request body has 1 error(s)", "details": details}).to_string(),
        )
    }
}

/// LINE refuses a text component without a text and a box without contents.
fn no_empty_text(component: &Value) -> bool {
    let own = match component["type"].as_str() {
        Some("text") => (1..=2_000).contains(&length(&component["text"])),
        Some("box") => !list(&component["contents"]).is_empty(),
        _ => true,
    };
    let inner = ["header", "body", "footer"].iter().filter_map(|name| component.get(name));
    own && inner.chain(list(&component["contents"])).all(no_empty_text)
}

fn telegram(asked: &Asked) -> Answer {
    let body = asked.json();
    let refuse = |what: &str| {
        Answer::new(
            400,
            json!({"ok": false, "error_code": 400, "description": format!("Bad Request: {what}")})
                .to_string(),
        )
    };
    match telegram_text(body["text"].as_str().unwrap_or_default()) {
        Err(problem) => refuse(&format!("can't parse entities: {problem}")),
        Ok(text) if text.encode_utf16().count() > 4_096 => refuse("message is too long"),
        Ok(text) if text.is_empty() => refuse("message text is empty"),
        Ok(_) if body["parse_mode"] != json!("HTML") || body["message_thread_id"] != json!(7) => {
            refuse("wrong")
        }
        Ok(_) => Answer::new(200, json!({"ok": true, "result": {"message_id": 42}}).to_string()),
    }
}

/// Reads Telegram's HTML as strictly as it does: known tags, closed in order, nothing inside `code`, known entities.
fn telegram_text(html: &str) -> Result<String, String> {
    let mut open: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        match c {
            '<' => {
                let end = rest.find('>').ok_or("unclosed tag")?;
                let tag = &rest[1..end];
                rest = &rest[end + 1..];
                if let Some(name) = tag.strip_prefix('/') {
                    if open.pop().as_deref() != Some(name) {
                        return Err(format!("unmatched end tag {name}"));
                    }
                    continue;
                }
                let name = tag.split(' ').next().unwrap_or_default();
                if !["b", "i", "code", "a"].contains(&name) {
                    return Err(format!("unsupported start tag {name}"));
                }
                if name == "code" && !open.is_empty() || open.iter().any(|name| name == "code") {
                    return Err("code stands alone".to_owned());
                }
                open.push(name.to_owned());
            }
            '&' => {
                let end = rest.find(';').ok_or("unclosed entity")?;
                if !["lt", "gt", "amp", "quot", "#39"].contains(&&rest[1..end]) {
                    return Err(format!("unknown entity {}", &rest[1..end]));
                }
                text.push('x');
                rest = &rest[end + 1..];
            }
            c => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if open.is_empty() { Ok(text) } else { Err(format!("unclosed {open:?}")) }
}

fn ntfy(asked: &Asked) -> Answer {
    let body = asked.json();
    let bytes = |name: &str| body[name].as_str().map_or(0, str::len);
    let fits = asked.uri == "/"
        && asked.raw.len() <= 2 * 4_096
        && (1..=4_096).contains(&bytes("message"))
        && bytes("title") <= 250
        && (1..=64).contains(&bytes("topic"))
        && (1..=5).contains(&body["priority"].as_u64().unwrap_or(0));
    if fits {
        Answer::new(200, json!({"id": "sPs71M8A2T", "event": "message"}).to_string())
    } else {
        Answer::new(413, json!({"code": 41_301, "http": 413, "error": "message too large"}).to_string())
    }
}

fn pagerduty(asked: &Asked) -> Answer {
    let body = asked.json();
    let payload = &body["payload"];
    let mut errors = Vec::new();
    if !(1..=1_024).contains(&length(&payload["summary"])) {
        errors.push("'summary' is missing, blank or too long");
    }
    if !["critical", "error", "warning", "info"].contains(&payload["severity"].as_str().unwrap_or_default()) {
        errors.push("'severity' is invalid");
    }
    if !(1..=255).contains(&length(&body["dedup_key"])) || length(&payload["source"]) == 0 {
        errors.push("'dedup_key' or 'source' is missing or too long");
    }
    if asked.raw.len() > 512 * 1024 {
        return Answer::new(413, "");
    }
    if errors.is_empty() {
        let answer =
            json!({"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]});
        return Answer::new(202, answer.to_string());
    }
    let answer = json!({"status": "invalid event", "message": "Event object is invalid", "errors": errors});
    Answer::new(400, answer.to_string())
}
