//! What each service answers when it does not take a message, and what that means for the next attempt.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use trailbell_outbox::{Failure, FailureKind, Identity, Receipt};
use trailbell_text::Severity;

use super::server::{Answer, Server};
use super::{SECRET, open, posting};
use crate::samples;

fn channel(word: &str, base: &str) -> Box<dyn trailbell_outbox::Channel> {
    open(posting(base).into_iter().find(|(name, _)| *name == word).expect("a posting channel").1)
}

async fn answered(word: &str, answer: Answer) -> Result<Receipt, Failure> {
    let server = Server::start(move |_| answer.clone()).await;
    channel(word, &server.base).send(&samples::notice()).await
}

const TEMPORARY: FailureKind = FailureKind::Temporary { after: None };

const fn after(seconds: u64) -> FailureKind {
    FailureKind::Temporary { after: Some(Duration::from_secs(seconds)) }
}

#[tokio::test]
async fn each_service_says_in_its_own_way_whether_to_try_again() {
    use FailureKind::{Closed, Refused};
    let slack = |error: &str| json!({"ok": false, "error": error}).to_string();
    let telegram = |description: &str| json!({"ok": false, "description": description}).to_string();
    let cases: Vec<(&str, u16, String, FailureKind)> = vec![
        ("slack", 404, "no_service".into(), Closed),
        ("slack", 400, "no_team".into(), Closed),
        ("slack", 403, "action_prohibited".into(), Closed),
        ("slack", 410, "channel_is_archived".into(), Closed),
        ("slack", 400, "invalid_payload".into(), Refused),
        ("slack", 400, "invalid_blocks".into(), Refused),
        ("slack", 500, "rollup_error".into(), TEMPORARY),
        ("slack-bot", 200, slack("invalid_auth"), Closed),
        ("slack-bot", 200, slack("channel_not_found"), Closed),
        ("slack-bot", 200, slack("is_archived"), Closed),
        ("slack-bot", 200, slack("msg_blocks_too_long"), Refused),
        ("slack-bot", 200, slack("invalid_blocks"), Refused),
        ("slack-bot", 200, slack("internal_error"), TEMPORARY),
        ("slack-bot", 200, "<html>a proxy's page</html>".into(), TEMPORARY),
        ("slack-bot", 503, String::new(), TEMPORARY),
        ("teams", 401, json!({"error": {"code": "DirectApiAuthorizationRequired"}}).to_string(), Closed),
        ("teams", 404, json!({"error": {"code": "WorkflowNotFound"}}).to_string(), Closed),
        ("teams", 413, String::new(), Refused),
        ("teams", 200, "Webhook message delivery failed with error: HTTP error 413".into(), Refused),
        ("teams", 200, "Webhook message delivery failed with error: HTTP error 429".into(), TEMPORARY),
        ("teams", 502, String::new(), TEMPORARY),
        ("discord", 404, json!({"message": "Unknown Webhook", "code": 10_015}).to_string(), Closed),
        ("discord", 401, json!({"message": "Invalid Webhook Token", "code": 50_027}).to_string(), Closed),
        ("discord", 400, json!({"code": 50_035}).to_string(), Refused),
        (
            "discord",
            429,
            json!({"message": "You are being rate limited.", "retry_after": 64.0}).to_string(),
            after(64),
        ),
        ("google-chat", 404, json!({"error": {"status": "NOT_FOUND"}}).to_string(), Closed),
        (
            "google-chat",
            400,
            json!({"error": {"details": [{"reason": "API_KEY_INVALID"}]}}).to_string(),
            Closed,
        ),
        ("google-chat", 400, json!({"error": {"status": "INVALID_ARGUMENT"}}).to_string(), Refused),
        ("google-chat", 429, json!({"error": {"status": "RESOURCE_EXHAUSTED"}}).to_string(), TEMPORARY),
        ("line", 401, json!({"message": "Authentication failed"}).to_string(), Closed),
        (
            "line",
            400,
            json!({"message": "The property, 'to', in the request body is invalid (line: -, column: -)"})
                .to_string(),
            Closed,
        ),
        ("line", 400, json!({"message": "The request body has 2 error(s)"}).to_string(), Refused),
        ("line", 429, json!({"message": "You have reached your monthly limit."}).to_string(), Closed),
        (
            "line",
            429,
            json!({"message": "The API rate limit has been exceeded. Try again later."}).to_string(),
            TEMPORARY,
        ),
        ("line", 500, json!({"message": "Internal server error"}).to_string(), TEMPORARY),
        ("telegram", 401, telegram("Unauthorized"), Closed),
        ("telegram", 403, telegram("Forbidden: bot was blocked by the user"), Closed),
        ("telegram", 400, telegram("Bad Request: chat not found"), Closed),
        ("telegram", 400, telegram("Bad Request: can't parse entities"), Refused),
        (
            "telegram",
            429,
            json!({"ok": false, "description": "Too Many Requests", "parameters": {"retry_after": 35}})
                .to_string(),
            after(35),
        ),
        ("ntfy", 403, json!({"code": 40_301, "error": "forbidden"}).to_string(), Closed),
        ("ntfy", 413, json!({"code": 41_301}).to_string(), Refused),
        ("ntfy", 429, json!({"code": 42_901, "error": "limit reached"}).to_string(), TEMPORARY),
        (
            "pagerduty",
            400,
            json!({"status": "invalid event", "errors": ["Length of 'routing_key' is incorrect"]})
                .to_string(),
            Closed,
        ),
        (
            "pagerduty",
            400,
            json!({"status": "invalid event", "errors": ["'severity' is invalid"]}).to_string(),
            Refused,
        ),
        ("pagerduty", 429, String::new(), TEMPORARY),
        ("webhook", 410, String::new(), Closed),
        ("webhook", 400, String::new(), Refused),
        ("webhook", 500, String::new(), TEMPORARY),
    ];
    for (word, status, body, kind) in cases {
        let failure = answered(word, Answer::new(status, body.clone())).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{word} {status} {body}: {}", failure.message);
        assert!(failure.message.contains(&status.to_string()), "{word}: {}", failure.message);
    }
}

#[tokio::test]
async fn retry_after_is_heard_from_everybody() {
    for (word, _) in posting("http://127.0.0.1:1") {
        let answer = Answer::new(429, "").with("retry-after", "30");
        assert_eq!(answered(word, answer).await.unwrap_err().kind, after(30), "{word}");
    }
}

#[tokio::test]
async fn discords_own_header_is_heard_too() {
    let answer = Answer::new(429, "").with("x-ratelimit-reset-after", "12.000");
    assert_eq!(answered("discord", answer).await.unwrap_err().kind, after(12));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for (word, _) in posting("http://127.0.0.1:1") {
        let other = Server::start(|_| Answer::new(200, "{}")).await;
        let elsewhere = format!("{}/elsewhere", other.base);
        let failure = answered(word, Answer::new(307, "").with("location", elsewhere)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Closed, "{word}");
        assert!(other.asked().is_empty(), "{word}");
    }
}

#[tokio::test]
async fn nobody_there_is_temporary() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for (word, target) in posting(&base) {
        let failure = open(target).send(&samples::notice()).await.unwrap_err();
        assert_eq!(failure.kind, TEMPORARY, "{word}: {}", failure.message);
    }
}

#[tokio::test]
async fn an_endless_reply_is_read_to_its_limit_only() {
    let answer = Answer::new(500, "x".repeat(10_000_000));
    let failure = answered("webhook", answer).await.unwrap_err();
    assert_eq!(failure.kind, TEMPORARY);
    assert!(failure.message.len() < 1_000);
}

#[tokio::test]
async fn line_takes_a_message_once_and_says_so_the_second_time() {
    let answer = Answer::new(409, json!({"message": "The retry key is already accepted"}).to_string())
        .with("x-line-accepted-request-id", "f1ad7d9e");
    let server = Server::start(move |_| answer.clone()).await;
    let receipt = channel("line", &server.base).send(&samples::notice()).await.unwrap();
    assert_eq!(receipt.id.as_deref(), Some("f1ad7d9e"));
    assert_eq!(server.asked()[0].header("x-line-retry-key"), samples::notice().identity.as_uuid());
}

#[tokio::test]
async fn a_telegram_group_that_moved_is_named() {
    let body = json!({
        "ok": false,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": -100_123},
    });
    let failure = answered("telegram", Answer::new(400, body.to_string())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Closed);
    assert!(failure.message.contains("write -100123 as chat"), "{}", failure.message);
}

#[tokio::test]
async fn a_bots_messages_of_one_thread_are_replies_to_the_first() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |asked| {
        let is_gone = asked.json()["thread_ts"] == json!("1.2");
        match count.fetch_add(1, Ordering::Relaxed) {
            3 => Answer::new(200, json!({"ok": false, "error": "thread_not_found"}).to_string()),
            n => {
                assert!(n == 0 || !is_gone || n < 3);
                Answer::new(200, json!({"ok": true, "ts": format!("1.{}", n + 2)}).to_string())
            }
        }
    })
    .await;
    let bot = channel("slack-bot", &server.base);
    let mut message = samples::notice();
    bot.send(&message).await.unwrap();
    bot.send(&message).await.unwrap();
    message.page.severity = Severity::Low;
    bot.send(&message).await.unwrap();
    // The root was deleted: the next attempt starts anew.
    assert_eq!(bot.send(&message).await.unwrap_err().kind, TEMPORARY);
    bot.send(&message).await.unwrap();
    message.thread = Identity::of(&["another"]);
    bot.send(&message).await.unwrap();
    let asked: Vec<_> = server.asked().iter().map(super::server::Asked::json).collect();
    let threads: Vec<_> = asked.iter().map(|body| body["thread_ts"].as_str()).collect();
    assert_eq!(threads, [None, Some("1.2"), Some("1.2"), Some("1.2"), None, None]);
    // What is grave is shown in the channel too.
    assert_eq!(asked[1]["reply_broadcast"], json!(true));
    assert_eq!(asked[2]["reply_broadcast"], json!(false));
    assert_eq!(server.asked()[0].header("authorization"), format!("Bearer {SECRET}"));
}

#[tokio::test]
async fn a_webhook_is_signed_over_the_bytes_that_arrive() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    let message = samples::japanese_notice();
    channel("webhook", &server.base).send(&message).await.unwrap();
    let asked = &server.asked()[0];
    let (id, timestamp) = (asked.header("webhook-id"), asked.header("webhook-timestamp"));
    assert_eq!(id, message.identity.as_str());
    let age = jiff::Timestamp::now().as_second() - timestamp.parse::<i64>().unwrap();
    assert!((0..300).contains(&age));
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap())
            .unwrap();
    mac.update(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", &asked.raw].concat());
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(asked.header("webhook-signature"), wanted);
    assert_eq!(asked.header("x-api-key"), SECRET);
    let body = asked.json();
    assert_eq!(body["type"], json!("trailbell.iam-change"));
    assert_eq!(body["timestamp"], json!("2026-11-23T12:39:00Z"));
    assert_eq!(body["data"], message.json);
}
