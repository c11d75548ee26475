//! The source as its senders meet it: real requests to a real listener; SNS's own side is a stand-in with a key and a
//! certificate made here.

mod limits;
mod senders;
mod signer;
mod sns;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use trailbell_config::SourceKind;
use trailbell_engine::{Arrival, Condition, Door, Source, Taken, Word};
use trailbell_record::{Contents, Event, Limits as ReadLimits, Problem, Reader, Sink, Skipped};
use trailbell_text::Secret;
use url::Url;

use super::outward::{FetchError, Fetching, Outward};
use super::{HttpSource, Limits};

const EVENT: &str = r#"{"eventVersion":"1.11","eventTime":"2026-11-24T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventID":"1","recipientAccountId":"123456789012"}"#;
const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:trail";
const SECRET: &str = "open-sesame-0123456789";
const NOW: &str = "2026-11-24T10:30:00Z";

/// The settings of a source on a free port.
fn settings(secret: Option<&str>, topics: &[&str]) -> SourceKind {
    SourceKind::Http {
        listen: "127.0.0.1:0".to_owned(),
        path: "/events".to_owned(),
        secret: secret.map(Secret::new),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        max_body: 100_000,
    }
}

/// What is asked of SNS, and what it answers.
#[derive(Debug)]
struct Outside {
    asked: Mutex<Vec<String>>,
    answer: Mutex<Result<Vec<u8>, FetchError>>,
}

impl Outside {
    fn answering(answer: impl Into<Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { asked: Mutex::default(), answer: Mutex::new(Ok(answer.into())) })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, answer: Result<Vec<u8>, FetchError>) {
        *self.answer.lock().unwrap() = answer;
    }
}

impl Outward for Outside {
    fn get(&self, url: Url, _: usize) -> Fetching<'_> {
        self.asked.lock().unwrap().push(url.to_string());
        let answer = self.answer.lock().unwrap().clone();
        Box::pin(async move { answer })
    }
}

#[derive(Default)]
struct Read {
    events: u64,
    problems: Vec<String>,
}

impl Sink for Read {
    fn event(&mut self, _: Event<'_>) {
        self.events += 1;
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem.message);
    }

    fn skipped(&mut self, _: Skipped) {}
}

/// What the watch would make of it: the real reader, nothing behind it.
fn take(body: &[u8]) -> Taken {
    let mut read = Read::default();
    match Reader::new(ReadLimits::default()).read_bytes(body, &mut read) {
        Contents::NotCloudTrail(Some(problem)) => read.problems.push(problem.message),
        Contents::NotCloudTrail(None) => read.problems.push("not CloudTrail".to_owned()),
        Contents::CloudTrail | Contents::Empty => {}
    }
    Taken { events: read.events, problems: read.problems, ..Taken::default() }
}

/// A running source.
struct Running {
    address: SocketAddr,
    outside: Arc<Outside>,
    /// What was delivered: the bodies.
    bodies: Arc<Mutex<Vec<String>>>,
    conditions: Arc<Mutex<Vec<Condition>>>,
    /// Whether what is delivered becomes safe.
    safe: watch::Sender<bool>,
    watching: JoinHandle<()>,
    listening: JoinHandle<()>,
}

impl Running {
    async fn start(kind: &SourceKind) -> Self {
        Self::with(kind, Limits::default(), Outside::answering(signer::certificate()), NOW).await
    }

    async fn with(kind: &SourceKind, limits: Limits, outside: Arc<Outside>, now: &str) -> Self {
        let now: Timestamp = now.parse().unwrap();
        let outward = Arc::clone(&outside) as Arc<dyn Outward>;
        let source =
            HttpSource::with("web".to_owned(), kind, limits, outward, Arc::new(move || now)).unwrap();
        let (sender, mut words) = mpsc::channel(8);
        let listening = tokio::spawn(Box::new(source).listen(None, Door::new("web", sender)));
        let Some(Word::Condition { condition: Condition::Remark(welcome), .. }) = words.recv().await else {
            panic!("it says where it listens");
        };
        let url = welcome.strip_prefix("listening on http://").unwrap();
        let address = url.split('/').next().unwrap().parse().unwrap();
        let (bodies, conditions) = (Arc::default(), Arc::default());
        let (safe, is_safe) = watch::channel(true);
        let watching = tokio::spawn(heed(words, is_safe, Arc::clone(&bodies), Arc::clone(&conditions)));
        Self { address, outside, bodies, conditions, safe, watching, listening }
    }

    fn url(&self) -> String {
        format!("http://{}/events", self.address)
    }

    fn post(&self, body: impl Into<Vec<u8>>) -> RequestBuilder {
        Client::new().post(self.url()).body(body.into())
    }

    fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    /// Everything it said so far, once it has said as much as this.
    async fn conditions(&self, count: usize) -> Vec<Condition> {
        for _ in 0..5000 {
            let conditions = self.conditions.lock().unwrap().clone();
            if conditions.len() >= count {
                return conditions;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("it said no more than {:?}", self.conditions.lock().unwrap())
    }
}

async fn heed(
    mut words: mpsc::Receiver<Word>,
    is_safe: watch::Receiver<bool>,
    bodies: Arc<Mutex<Vec<String>>>,
    conditions: Arc<Mutex<Vec<Condition>>>,
) {
    while let Some(word) = words.recv().await {
        match word {
            Word::Condition { condition, .. } => conditions.lock().unwrap().push(condition),
            Word::Arrival { arrival: Arrival { body, position, .. }, answer, .. } => {
                assert_eq!(position, None);
                bodies.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
                let mut is_safe = is_safe.clone();
                tokio::spawn(async move {
                    if is_safe.wait_for(|safe| *safe).await.is_ok() {
                        let _gone = answer.send(take(&body));
                    }
                });
            }
        }
    }
}

/// The answer: status and JSON.
async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("JSON: {bytes:?}")))
}

async fn status(request: RequestBuilder) -> u16 {
    answer(request).await.0
}
