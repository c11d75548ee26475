//! What tests of this crate stand on: a server in the place of AWS, and somebody behind the door.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use trailbell_engine::{Condition, Door, Source, Taken, Word};
use trailbell_record::{Contents, Event, Limits, Problem, Reader, Sink, Skipped};

use crate::client::Aws;

/// A request as the server got it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query as they were sent.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The last part of `X-Amz-Target`, or the query protocol's `Action`.
    pub(crate) fn operation(&self) -> String {
        match self.header("x-amz-target").rsplit_once('.') {
            Some((_, operation)) => operation.to_owned(),
            None => self.parameter("Action").unwrap_or_default(),
        }
    }

    /// The region it was signed for.
    pub(crate) fn region(&self) -> String {
        self.header("authorization").split('/').nth(2).unwrap_or_default().to_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(&self.body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// What the server answers.
pub(crate) fn answer(status: u16, body: impl Into<String>) -> Response {
    (StatusCode::from_u16(status).unwrap(), body.into()).into_response()
}

/// An error in AWS JSON.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Response {
    let body = serde_json::json!({ "__type": format!("com.example#{code}"), "message": message });
    answer(status, body.to_string())
}

type Handler = Arc<dyn Fn(Asked) -> Response + Send + Sync>;

/// A server on loopback that answers every request with `handler`, and the way to it.
pub(crate) struct Fake {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    server: JoinHandle<()>,
}

impl Fake {
    pub(crate) async fn start(handler: impl Fn(Asked) -> Response + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let handler: Handler = Arc::new(handler);
        let router = Router::new().fallback(serve).with_state((asked.clone(), handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, asked, server }
    }

    pub(crate) fn aws(&self) -> Aws {
        Aws::to(&self.url)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(
    State((asked, handler)): State<(Arc<Mutex<Vec<Asked>>>, Handler)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().unwrap().to_string();
    let one = Asked { method, path, headers, body: body.to_vec() };
    asked.lock().unwrap().push(one.clone());
    // A long poll that finds nothing takes its time; so do these, or a source would spin.
    tokio::time::sleep(Duration::from_millis(1)).await;
    handler(one)
}

/// What a source delivered and said, in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard {
    pub(crate) bodies: Vec<Vec<u8>>,
    pub(crate) labels: Vec<String>,
    pub(crate) positions: Vec<String>,
    pub(crate) backlogs: Vec<bool>,
    pub(crate) conditions: Vec<Condition>,
    /// The `eventID`s of everything delivered, as trailbell's own reader finds them.
    pub(crate) events: Vec<String>,
}

impl Heard {
    pub(crate) fn failures(&self) -> Vec<&str> {
        self.conditions
            .iter()
            .filter_map(|condition| match condition {
                Condition::Failing(why) => Some(why.as_str()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn remarks(&self) -> Vec<&str> {
        self.conditions
            .iter()
            .filter_map(|condition| match condition {
                Condition::Remark(what) => Some(what.as_str()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn distinct_events(&self) -> Vec<String> {
        let mut events = self.events.clone();
        events.sort();
        events.dedup();
        events
    }
}

/// Listens to a source until `enough` has been heard (or, as a failure of the test, for 20 seconds), then closes the door
/// and waits until the source has ended.
pub(crate) async fn listen(
    source: impl Source + 'static,
    position: Option<String>,
    mut enough: impl FnMut(&Heard) -> bool,
) -> Heard {
    let (words, mut door) = mpsc::channel(16);
    let name = source.name().to_owned();
    let task = tokio::spawn(Box::new(source).listen(position, Door::new(name, words)));
    let mut heard = Heard::default();
    let listening = async {
        while !enough(&heard) {
            match door.recv().await.expect("the source goes on") {
                Word::Condition { condition, .. } => heard.conditions.push(condition),
                Word::Arrival { arrival, answer, .. } => {
                    let (events, problems) = read(&arrival.body);
                    heard.events.extend(events.iter().cloned());
                    heard.positions.extend(arrival.position);
                    heard.backlogs.push(arrival.backlog);
                    heard.labels.push(arrival.label);
                    heard.bodies.push(arrival.body);
                    answer.send(Taken { events: events.len() as u64, problems, ..Taken::default() }).ok();
                }
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), listening).await;
    assert!(in_time.is_ok(), "never heard enough: {heard:#?}");
    drop(door);
    tokio::time::timeout(Duration::from_secs(5), task).await.expect("it ends with the door").unwrap();
    heard
}

/// The `eventID`s in a body, and what could not be read, by trailbell's own reader.
fn read(body: &[u8]) -> (Vec<String>, Vec<String>) {
    struct Found(Vec<String>, Vec<String>);
    impl Sink for Found {
        fn event(&mut self, event: Event<'_>) {
            let json: Value = serde_json::from_str(event.text()).unwrap();
            self.0.push(json["eventID"].as_str().unwrap_or("?").to_owned());
        }
        fn problem(&mut self, problem: Problem) {
            self.1.push(problem.message);
        }
        fn skipped(&mut self, _: Skipped) {}
    }
    let mut found = Found(Vec::new(), Vec::new());
    if let Contents::NotCloudTrail(_) = Reader::new(Limits::default()).read_bytes(body, &mut found) {
        found.1.push("none of CloudTrail's forms".to_owned());
    }
    (found.0, found.1)
}

/// An event with that id, as text.
pub(crate) fn event(id: &str, at: jiff::Timestamp) -> String {
    serde_json::json!({
        "eventVersion": "1.11", "eventID": id, "eventName": "CreateUser", "eventSource": "iam.amazonaws.com",
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "awsRegion": "us-east-1",
        "userIdentity": { "type": "IAMUser", "userName": "alice" }, "recipientAccountId": "123456789012"
    })
    .to_string()
}

/// The `n`th of a row of UUIDs.
pub(crate) fn uuid(n: u64) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}

/// A page with a sentence and nothing else.
pub(crate) fn page(lang: trailbell_notice::Lang) -> trailbell_notice::Page {
    use trailbell_text::{Phrase, Severity};
    trailbell_notice::Page {
        lang,
        severity: Severity::High,
        headline: Phrase::ours("alice created IAM user bob."),
        one_line: Phrase::ours("HIGH: alice created IAM user bob."),
        facts: Vec::new(),
        items: Vec::new(),
        calm: None,
        calm_is_urgent: false,
        steps_for: None,
        preamble: Vec::new(),
        check_first: None,
        steps: Vec::new(),
        details: None,
        link: None,
        target_link: None,
        links_account: None,
        footer: Vec::new(),
        verification: None,
    }
}

/// A message that shows `page`.
pub(crate) fn message(page: trailbell_notice::Page) -> trailbell_outbox::Message {
    trailbell_outbox::Message {
        identity: trailbell_outbox::Identity::of(&["letter"]),
        thread: trailbell_outbox::Identity::of(&["thread"]),
        page,
        json: Value::Null,
        date: "2026-11-24T10:00:00Z".parse().unwrap(),
    }
}
