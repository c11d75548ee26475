//! The real wire against an emulator that others wrote (moto): `scripts/test-aws.py` starts it and runs these tests.
//!
//! They are no part of a plain `cargo test` (`test = false` in `Cargo.toml`): without an emulator they fail.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop at the first thing that is wrong"
)]

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use trailbell_aws::{Aws, open_channel, open_source};
use trailbell_config::{AwsAccess, ChannelSettings, SourceKind, Target};
use trailbell_engine::{Condition, Door, Source, Taken, Word};
use trailbell_notice::{Lang, Page};
use trailbell_outbox::{Identity, Message};
use trailbell_record::{Event, Limits, Problem, Reader, Sink, Skipped};
use trailbell_text::{Phrase, Severity};

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("scripts/test-aws.py sets {name}"))
}

/// The way to the emulator.
fn access() -> AwsAccess {
    let endpoint = Some(variable("TRAILBELL_EMULATOR"));
    AwsAccess { region: Some("us-east-1".into()), endpoint, ..AwsAccess::default() }
}

struct Ids(Vec<String>);

impl Sink for Ids {
    fn event(&mut self, event: Event<'_>) {
        let event: Value = serde_json::from_str(event.text()).unwrap();
        self.0.push(event["eventID"].as_str().unwrap().to_owned());
    }
    fn problem(&mut self, problem: Problem) {
        panic!("{}", problem.message);
    }
    fn skipped(&mut self, _: Skipped) {}
}

/// The ids a source delivers, until there are `count`.
async fn heard(source: Box<dyn Source>, count: usize) -> Vec<String> {
    let (words, mut door) = mpsc::channel(16);
    let task = tokio::spawn(source.listen(None, Door::new("source", words)));
    let mut ids = Ids(Vec::new());
    let listening = async {
        while ids.0.len() < count {
            match door.recv().await.unwrap() {
                Word::Arrival { arrival, answer, .. } => {
                    let before = ids.0.len();
                    Reader::new(Limits::default()).read_bytes(&arrival.body, &mut ids);
                    let events = (ids.0.len() - before) as u64;
                    answer.send(Taken { events, ..Taken::default() }).unwrap();
                }
                Word::Condition { condition: Condition::Failing(why), .. } => panic!("{why}"),
                Word::Condition { .. } => {}
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), listening).await;
    assert!(in_time.is_ok(), "only {:?} of {count}", ids.0);
    // A moment for what follows the delivery: deleting.
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(door);
    task.await.unwrap();
    ids.0.sort();
    ids.0
}

fn wanted(from: &str) -> Vec<String> {
    (0..3).map(|n| format!("{from}-{n}")).collect()
}

#[tokio::test]
async fn a_queue_with_word_of_an_object_and_an_event() {
    let aws = access();
    let url = variable("TRAILBELL_QUEUE");
    let kind = SourceKind::Sqs { aws: aws.clone(), url: url.clone() };
    let source = open_source("queue", &kind, &[], None).await.unwrap().unwrap();
    let mut both = [wanted("object"), vec!["record-0".to_owned()]].concat();
    both.sort();
    assert_eq!(heard(source, 4).await, both);
    let left = Aws::connect(&aws).await.unwrap().queue(&url).await.unwrap();
    assert_eq!((left.waiting, left.in_flight), (0, 0), "all of it is deleted");
}

#[tokio::test]
async fn a_log_group() {
    let aws = access();
    let day = Duration::from_hours(24);
    let (log_group, every) = (variable("TRAILBELL_LOG_GROUP"), Duration::from_secs(1));
    let kind = SourceKind::CloudwatchLogs { aws, log_group, every, first_look: day };
    let source = open_source("logs", &kind, &[], None).await.unwrap().unwrap();
    assert_eq!(heard(source, 3).await, wanted("log"));
}

#[tokio::test]
async fn a_stream() {
    let aws = access();
    let kind = SourceKind::Kinesis { aws, stream: variable("TRAILBELL_STREAM"), from_oldest: true };
    let source = open_source("stream", &kind, &[], None).await.unwrap().unwrap();
    assert_eq!(heard(source, 3).await, wanted("stream"));
}

#[tokio::test]
async fn a_topic_and_what_doctor_asks() {
    let aws = access();
    let topic = variable("TRAILBELL_TOPIC");
    let settings = ChannelSettings {
        name: "sns".into(),
        target: Target::Sns { aws: aws.clone(), topic: topic.clone() },
        language: None,
        minimum_severity: Severity::Info,
        accounts: Vec::new(),
        kinds: Vec::new(),
        quiet_hours: None,
        monthly_budget: None,
        digest_below: None,
        operations: true,
    };
    let channel = open_channel(&settings).await.unwrap().unwrap();
    let message = Message {
        identity: Identity::of(&["letter"]),
        thread: Identity::of(&["thread"]),
        page: page(),
        json: Value::Null,
        date: "2026-11-24T10:00:00Z".parse().unwrap(),
    };
    assert!(channel.send(&message).await.unwrap().id.is_some());

    let aws = Aws::connect(&aws).await.unwrap();
    assert_eq!(aws.caller().await.unwrap().account, "123456789012");
    let subscriptions = aws.subscriptions(&topic).await.unwrap();
    assert_eq!(subscriptions.len(), 1);
    let regions = aws.enabled_regions().await.unwrap();
    assert!(regions.names.contains(&"us-east-1".to_owned()), "{regions:?}");
    let trails = aws.trails().await.unwrap();
    assert_eq!(trails[0].name, "main");
    assert!(trails[0].status.as_ref().unwrap().is_logging);
}

fn page() -> Page {
    Page {
        lang: Lang::En,
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
