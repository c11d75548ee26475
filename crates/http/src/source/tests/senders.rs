//! Whoever has the secret, EventBridge, Firehose: how they show who they are, and what they are answered.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write as _;
use trailbell_engine::{Condition, Source as _};
use trailbell_text::Secret;

use super::*;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

#[tokio::test]
async fn the_secret_opens_in_every_form_and_nothing_else_does() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    for (name, value) in [
        ("authorization", format!("Bearer {SECRET}")),
        ("authorization", format!("bearer  {SECRET} ")),
        ("authorization", basic(&format!("anybody:{SECRET}"))),
        ("x-api-key", SECRET.to_owned()),
        ("x-trailbell-secret", SECRET.to_owned()),
    ] {
        let (status, body) = answer(server.post(EVENT).header(name, &value)).await;
        assert_eq!((status, body), (200, json!({ "events": 1, "problems": [] })), "{name}: {value}");
    }
    assert_eq!(server.bodies(), [EVENT; 5]);
    for (name, value) in [
        ("x-unrelated", SECRET.to_owned()),
        ("x-api-key", String::new()),
        ("x-api-key", SECRET[1..].to_owned()),
        ("authorization", SECRET.to_owned()),
        ("authorization", format!("Basic {SECRET}")),
        ("authorization", basic(&format!("{SECRET}:"))),
        ("authorization", format!("Digest {SECRET}")),
    ] {
        let response = server.post(EVENT).header(name, &value).send().await.unwrap();
        assert_eq!(response.status(), 401, "{name}: {value}");
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
        assert!(!response.text().await.unwrap().contains(SECRET));
    }
    assert_eq!(server.bodies().len(), 5);
}

#[tokio::test]
async fn a_standard_webhooks_signature_opens() {
    let key = "a key of thirty-two bytes, indeed";
    let secret = format!("whsec_{}", STANDARD.encode(key));
    let server = Running::start(&settings(Some(&secret), &[])).await;
    let now = NOW.parse::<Timestamp>().unwrap().as_second();
    let sign = |key: &str, time: i64| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let tag = hmac::sign(&key, format!("msg_1.{time}.{EVENT}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    };
    let send = |body: &str, time: i64, signatures: String| {
        let request = server.post(body).header("webhook-id", "msg_1");
        status(request.header("webhook-timestamp", time).header("webhook-signature", signatures))
    };
    assert_eq!(send(EVENT, now, sign(key, now)).await, 200);
    let rotated = format!("v1,AAAA v1a,BBBB {} {}", sign("another", now), sign(key, now));
    assert_eq!(send(EVENT, now, rotated).await, 200);
    assert_eq!(send(EVENT, now, sign("another", now)).await, 401);
    assert_eq!(send(&EVENT.replace("CreateUser", "DeleteUser"), now, sign(key, now)).await, 401);
    assert_eq!(send(EVENT, now - 301, sign(key, now - 301)).await, 401, "too old");
    assert_eq!(send(EVENT, now, sign(key, now - 1)).await, 401, "another time than was signed");
    assert_eq!(status(server.post(EVENT).header("webhook-signature", sign(key, now))).await, 401);
    assert_eq!(server.bodies().len(), 2);
}

#[tokio::test]
async fn a_secret_that_is_no_base64_signs_as_it_stands() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    let now = NOW.parse::<Timestamp>().unwrap().as_second();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = STANDARD.encode(hmac::sign(&key, format!("m.{now}.{EVENT}").as_bytes()));
    let request = server.post(EVENT).header("webhook-id", "m").header("webhook-timestamp", now);
    assert_eq!(status(request.header("webhook-signature", format!("v1,{tag}"))).await, 200);
}

#[tokio::test]
async fn without_a_secret_only_this_machines_programs_are_heard() {
    let server = Running::start(&settings(None, &[])).await;
    assert_eq!(status(server.post(EVENT)).await, 200);
    assert_eq!(status(server.post(EVENT).header("host", "localhost:8787")).await, 200);
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("x-forwarded-for", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("via", "1.1 proxy"),
        ("host", "evil.example"),
    ] {
        assert_eq!(status(server.post(EVENT).header(name, value)).await, 401, "{name}");
    }
    assert_eq!(server.bodies().len(), 2);
}

#[tokio::test]
async fn an_sns_source_hears_nobody_else() {
    let server = Running::start(&settings(None, &[TOPIC])).await;
    assert_eq!(status(server.post(EVENT)).await, 401);
    assert_eq!(status(server.post(EVENT).header("x-api-key", "")).await, 401);
    assert_eq!(server.bodies().len(), 0);
}

#[tokio::test]
async fn any_form_is_taken_packed_or_not() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    let file = format!("{{\"Records\":[{EVENT},{EVENT}]}}");
    let post = |body: Vec<u8>| server.post(body).bearer_auth(SECRET);
    assert_eq!(answer(post(file.clone().into())).await.1["events"], 2);
    assert_eq!(answer(post(gzip(&file))).await.1["events"], 2, "a file as it lies in the bucket");
    let packed = post(gzip(&file)).header("content-encoding", "gzip");
    assert_eq!(answer(packed).await.1["events"], 2, "a text that was packed for the way");
    assert_eq!(status(post(file.into()).header("content-encoding", "br")).await, 415);
}

#[tokio::test]
async fn an_owner_who_sends_what_cannot_be_read_is_told() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    let (status, body) = answer(server.post("{\"Records\":[").bearer_auth(SECRET)).await;
    assert_eq!(status, 400);
    assert_eq!(body["error"], "nothing in it could be read");
    assert_eq!(body["problems"].as_array().unwrap().len(), 1, "{body}");
    let (status, body) = answer(server.post(format!("{EVENT}\n{{oh\n")).bearer_auth(SECRET)).await;
    assert_eq!((status, &body["events"]), (200, &json!(1)), "what can be read is taken");
    assert_eq!(body["problems"].as_array().unwrap().len(), 1, "{body}");
}

#[tokio::test]
async fn a_service_that_sends_what_cannot_be_read_does_not_send_it_for_ever() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    let request = server.post("{\"detail\":[\u{1b}").header("x-api-key", SECRET);
    assert_eq!(status(request.header("user-agent", "Amazon/EventBridge/ApiDestinations")).await, 200);
    let conditions = server.conditions(2).await;
    assert!(
        matches!(&conditions[1], Condition::Remark(words) if words.starts_with("what EventBridge sent cannot be read") && !words.contains('\u{1b}')),
        "{conditions:?}"
    );
}

#[tokio::test]
async fn firehose_gets_its_own_request_id_back_whatever_happens() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    let id = "ed4acda5-034f-9f42-bba1-f29aea6d7d8f";
    let now = NOW.parse::<Timestamp>().unwrap().as_millisecond();
    let records = json!({ "requestId": id, "timestamp": 1_578_090_901_599_u64, "records": [
        { "data": STANDARD.encode(format!("{EVENT}\n")) },
        { "data": STANDARD.encode(EVENT) },
    ]})
    .to_string();
    let post = |body: Vec<u8>, key: &str| {
        let request = server.post(body).header("x-amz-firehose-request-id", id);
        answer(
            request.header("x-amz-firehose-access-key", key).header("x-amz-firehose-protocol-version", "1.0"),
        )
    };
    let well = (200, json!({ "requestId": id, "timestamp": now }));
    assert_eq!(post(records.clone().into(), SECRET).await, well);
    assert_eq!(take(server.bodies()[0].as_bytes()).events, 2, "both records are in what was delivered");
    assert_eq!(post(gzip(&records), SECRET).await, well);
    assert_eq!(post(b"{oh".to_vec(), SECRET).await, well, "it would be sent again for a day");

    let (status, body) = post(records.into(), "wrong").await;
    assert_eq!((status, &body["requestId"], &body["timestamp"]), (401, &json!(id), &json!(now)));
    assert!(body["errorMessage"].as_str().unwrap().contains("secret"), "{body}");
    assert!(body.get("error").is_none());
}

#[tokio::test]
async fn other_paths_and_methods_are_named_as_such() {
    let server = Running::start(&settings(Some(SECRET), &[])).await;
    let client = Client::new();
    let elsewhere = format!("http://{}/", server.address);
    assert_eq!(status(client.post(elsewhere).bearer_auth(SECRET).body(EVENT)).await, 404);
    let response = client.get(server.url()).bearer_auth(SECRET).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["allow"].to_str().unwrap()), (405, "POST"));
    assert_eq!(status(server.post("").bearer_auth(SECRET)).await, 400);
    let query = format!("{}?from=here", server.url());
    assert_eq!(status(client.post(query).bearer_auth(SECRET).body(EVENT)).await, 200);
}

#[test]
fn settings_that_cannot_work_are_refused_with_what_to_write() {
    let refused = |kind: SourceKind| HttpSource::new("web", &kind).unwrap_err().to_string();
    let changed = |change: fn(&mut SourceKind)| {
        let mut kind = settings(Some(SECRET), &[TOPIC]);
        change(&mut kind);
        refused(kind)
    };
    for listen in ["8787", "localhost", ":8787", "127.0.0.1:80870"] {
        let mut kind = settings(None, &[]);
        if let SourceKind::Http { listen: l, .. } = &mut kind {
            listen.clone_into(l);
        }
        assert!(refused(kind).contains("listen: 127.0.0.1:8787"), "{listen}");
    }
    let path = changed(|kind| {
        if let SourceKind::Http { path, .. } = kind {
            "events".clone_into(path);
        }
    });
    assert!(path.contains("begins with `/`"), "{path}");
    let secret = changed(|kind| {
        if let SourceKind::Http { secret, .. } = kind {
            *secret = Some(Secret::new(" "));
        }
    });
    assert!(secret.contains("openssl rand"), "{secret}");
    let topic = changed(|kind| {
        if let SourceKind::Http { topics, .. } = kind {
            topics.push("trail".into());
        }
    });
    assert!(topic.contains("ARN"), "{topic}");
    assert!(refused(SourceKind::Stdin).contains("web"));
}

#[test]
fn it_describes_itself_without_its_secret() {
    let source = HttpSource::new("web", &settings(Some(SECRET), &[TOPIC])).unwrap();
    assert_eq!(source.describe(), "HTTP requests to 127.0.0.1:0/events, one SNS topic, with a secret");
    assert!(!format!("{source:?}").contains(SECRET));
}
