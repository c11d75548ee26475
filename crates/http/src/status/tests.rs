//! The listener as Prometheus, a load balancer and a browser meet it.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use trailbell_engine::Condition;
use trailbell_text::Severity;

use super::{Status, serve};

async fn served(status: &Arc<Status>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, Arc::clone(status), pending()));
    address
}

async fn health(address: SocketAddr) -> (u16, Value) {
    let response = reqwest::get(format!("http://{address}/healthz")).await.unwrap();
    (response.status().as_u16(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
}

async fn metrics(address: SocketAddr) -> String {
    reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn health_says_in_words_what_is_wrong_until_it_is_mended() {
    let status = Arc::new(Status::new("1.2.3"));
    let address = served(&status).await;
    status.source_known("trail");
    status.channel_known("mail");
    let (code, body) = health(address).await;
    assert_eq!((code, &body["status"], &body["version"]), (200, &json!("ok"), &json!("1.2.3")));
    assert_eq!(body["sources"]["trail"]["condition"], "starting");

    status.source_is("trail", &Condition::Failing("AccessDenied: <b>\u{1b}[31m".to_owned()));
    status.source_silent("queue", Some("nothing since Monday"));
    status.channel_refusing("mail", Some("550 no such user"));
    status.ledger_blocked(Some("the disk is full"));
    let (code, body) = health(address).await;
    assert_eq!((code, &body["status"]), (503, &json!("failing")));
    assert_eq!(
        body["reasons"],
        json!([
            "the source queue is silent: nothing since Monday",
            "the source trail is failing: AccessDenied: <b>\u{fffd}[31m",
            "the channel mail takes nothing: 550 no such user",
            "the ledger cannot be written: the disk is full",
        ])
    );

    status.source_is("trail", &Condition::Remark("by the way".to_owned()));
    assert_eq!(health(address).await.0, 503, "a remark mends nothing");
    status.source_is("trail", &Condition::Listening);
    status.source_silent("queue", None);
    status.channel_refusing("mail", None);
    status.ledger_blocked(None);
    assert_eq!(health(address).await.0, 200);
}

#[tokio::test]
async fn metrics_are_what_was_written() {
    let status = Arc::new(Status::new("1.2.3"));
    let address = served(&status).await;
    status.source_took("trail", 7, Some("2026-11-24T10:00:00Z".parse().unwrap()));
    status.source_took("trail", 1, Some("2026-11-24T09:00:00Z".parse().unwrap()));
    status.source_is("trail", &Condition::Failing("no".to_owned()));
    status.letter_sent("mail");
    status.letter_failed("mail");
    status.letters_waiting("mail", 3);
    status.ledger_holds(4096, 5, 6);
    status.notice_told(Severity::High);
    status.delivered(Some(SignedDuration::from_secs(90)), SignedDuration::from_millis(20));
    status.delivered(Some(SignedDuration::from_secs(-3)), SignedDuration::from_millis(20));
    let text = metrics(address).await;
    for line in [
        "trailbell_build_info{version=\"1.2.3\"} 1",
        "trailbell_source_events_total{source=\"trail\"} 8",
        "trailbell_source_failures_total{source=\"trail\"} 1",
        "trailbell_source_failing{source=\"trail\"} 1",
        "trailbell_source_last_event_timestamp_seconds{source=\"trail\"} 1795514400.0",
        "trailbell_letters_sent_total{channel=\"mail\"} 1",
        "trailbell_letters_failed_total{channel=\"mail\"} 1",
        "trailbell_letters_dead_total{channel=\"mail\"} 0",
        "trailbell_letters_waiting{channel=\"mail\"} 3",
        "trailbell_ledger_size 4096",
        "trailbell_ledger_events_held 5",
        "trailbell_notices_total{severity=\"high\"} 1",
        "trailbell_notices_total{severity=\"critical\"} 0",
        "trailbell_event_to_delivery_seconds_bucket{le=\"60.0\"} 1",
        "trailbell_event_to_delivery_seconds_bucket{le=\"120.0\"} 2",
        "trailbell_arrival_to_delivery_seconds_bucket{le=\"0.01\"} 0",
        "trailbell_arrival_to_delivery_seconds_bucket{le=\"0.025\"} 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_name_cannot_make_lines_of_its_own() {
    let status = Arc::new(Status::new("1"));
    let address = served(&status).await;
    status.source_known("a\"} 1\nevil{x=\"\\");
    let text = metrics(address).await;
    assert!(!text.lines().any(|line| line.starts_with("evil")), "{text}");
    assert!(text.contains(r#"{source="a\"} 1\nevil{x=\"\\"}"#), "{text}");
}

#[tokio::test]
async fn only_reading_only_what_there_is_and_only_under_this_machines_names() {
    let address = served(&Arc::new(Status::new("1"))).await;
    let client = Client::new();
    let url = format!("http://{address}/healthz");
    let code = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    assert_eq!(code(client.head(&url)).await, 200);
    assert_eq!(code(client.post(&url)).await, 405);
    assert_eq!(code(client.get(format!("http://{address}/"))).await, 404);
    for host in ["localhost:9", "127.0.0.1", "[::1]:80", "127.8.8.8:1"] {
        assert_eq!(code(client.get(&url).header("host", host)).await, 200, "{host}");
    }
    for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", ""] {
        assert_eq!(code(client.get(&url).header("host", host)).await, 421, "{host}");
    }
}

#[tokio::test]
async fn it_ends_when_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let status = Arc::new(Status::new("1"));
    let serving = tokio::spawn(serve(listener, status, async { drop(stopped.await) }));
    let client = Client::new();
    assert!(client.get(format!("http://{address}/metrics")).send().await.is_ok());
    stop.send(()).unwrap();
    serving.await.unwrap();
    assert!(client.get(format!("http://{address}/metrics")).send().await.is_err());
}
