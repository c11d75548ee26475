//! A queue with visibility and deletes, a bucket, and messages of every kind.

use std::collections::{BTreeMap, HashMap};

use axum::response::Response;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Asked, Fake, Heard, answer, event, listen, refusal, uuid};

/// A queue as SQS behaves: a message received is invisible for a while, and gone only when deleted.
#[derive(Default)]
struct Queue {
    bodies: BTreeMap<usize, String>,
    received: HashMap<usize, u32>,
    invisible_until: HashMap<usize, Instant>,
    deleted: Vec<usize>,
    extended: usize,
    redrive: Option<&'static str>,
    objects: HashMap<String, Vec<u8>>,
    /// Object paths that are refused.
    denied: Vec<String>,
    refuses_deletes: bool,
    refuses_attributes: bool,
}

impl Queue {
    fn send(&mut self, body: impl Into<String>) -> usize {
        let number = self.bodies.len() + self.deleted.len();
        self.bodies.insert(number, body.into());
        number
    }

    /// Puts an object into the bucket and word of it into the queue.
    fn deliver(&mut self, key: &str, body: Vec<u8>) {
        self.objects.insert(format!("/logs/{key}"), body);
        self.notify(key);
    }

    fn notify(&mut self, key: &str) {
        self.send(
            json!({ "Records": [{ "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
                "s3": { "bucket": { "name": "logs" }, "object": { "key": key } } }] })
            .to_string(),
        );
    }

    fn answer(&mut self, asked: &Asked) -> Response {
        let input = asked.json();
        match asked.operation().as_str() {
            "ReceiveMessage" => self.receive(&input),
            "DeleteMessageBatch" if self.refuses_deletes => refusal(403, "AccessDeniedException", "no"),
            "DeleteMessageBatch" => {
                for entry in input["Entries"].as_array().unwrap() {
                    let number = entry["ReceiptHandle"].as_str().unwrap().parse().unwrap();
                    self.bodies.remove(&number);
                    self.deleted.push(number);
                }
                answer(200, r#"{"Successful":[]}"#)
            }
            "ChangeMessageVisibilityBatch" => {
                for entry in input["Entries"].as_array().unwrap() {
                    let number = entry["ReceiptHandle"].as_str().unwrap().parse().unwrap();
                    let seconds = entry["VisibilityTimeout"].as_u64().unwrap();
                    self.invisible_until.insert(number, Instant::now() + Duration::from_secs(seconds));
                    self.extended += 1;
                }
                answer(200, r#"{"Successful":[]}"#)
            }
            "GetQueueAttributes" if self.refuses_attributes => refusal(403, "AccessDeniedException", "no"),
            "GetQueueAttributes" => {
                let attributes = self.redrive.map_or(json!({}), |policy| json!({ "RedrivePolicy": policy }));
                answer(200, json!({ "Attributes": attributes }).to_string())
            }
            _ if self.denied.contains(&asked.path) => answer(403, "<Error><Code>AccessDenied</Code></Error>"),
            _ => match self.objects.get(&asked.path) {
                Some(body) => http::Response::new(axum::body::Body::from(body.clone())),
                None => answer(404, "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"),
            },
        }
    }

    fn receive(&mut self, input: &Value) -> Response {
        let now = Instant::now();
        let seconds = input["VisibilityTimeout"].as_u64().unwrap();
        let visible: Vec<usize> = self
            .bodies
            .keys()
            .copied()
            .filter(|number| self.invisible_until.get(number).is_none_or(|until| *until <= now))
            .take(10)
            .collect();
        let messages: Vec<Value> = visible
            .into_iter()
            .map(|number| {
                self.invisible_until.insert(number, now + Duration::from_secs(seconds));
                let count = self.received.entry(number).or_default();
                *count += 1;
                json!({ "MessageId": format!("m-{number}"), "ReceiptHandle": number.to_string(), "Body": self.bodies[&number],
                    "Attributes": { "ApproximateReceiveCount": count.to_string() } })
            })
            .collect();
        answer(
            200,
            if messages.is_empty() { "{}".to_owned() } else { json!({ "Messages": messages }).to_string() },
        )
    }
}

async fn serve(queue: Queue) -> (Fake, Arc<Mutex<Queue>>) {
    let queue = Arc::new(Mutex::new(queue));
    let served = queue.clone();
    (Fake::start(move |asked| served.lock().unwrap().answer(&asked)).await, queue)
}

fn source(fake: &Fake, invisible: Duration) -> Sqs {
    let mut sqs = Sqs::new("queue", fake.aws(), format!("{}/123456789012/trail", fake.url));
    sqs.long_poll = Duration::ZERO;
    sqs.invisible = invisible;
    sqs.first_wait = Duration::from_millis(1);
    sqs
}

const LONG: Duration = Duration::from_mins(2);

fn log(ids: std::ops::Range<u64>) -> Vec<u8> {
    use std::io::Write as _;
    let records: Vec<String> = ids.map(|n| event(&uuid(n), jiff::Timestamp::now())).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("{{\"Records\":[{}]}}", records.join(",")).as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn key(n: usize) -> String {
    format!("AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/24/{n}.json.gz")
}

fn is_emptied(queue: &Arc<Mutex<Queue>>) -> bool {
    queue.lock().unwrap().bodies.is_empty()
}

#[tokio::test]
async fn objects_events_and_records_are_delivered_and_only_then_deleted() {
    let mut queue = Queue::default();
    for n in 0..25 {
        queue.deliver(&key(n), log(n as u64 * 10..n as u64 * 10 + 10));
    }
    queue.send(
        json!({ "source": "aws.iam", "detail-type": "AWS API Call via CloudTrail",
        "detail": serde_json::from_str::<Value>(&event(&uuid(1000), jiff::Timestamp::now())).unwrap() })
        .to_string(),
    );
    queue.send(event(&uuid(1001), jiff::Timestamp::now()));
    queue.send(r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}"#);
    queue.notify("AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2026/11/24/d.json.gz");
    let (fake, queue) = serve(queue).await;
    let heard = listen(source(&fake, LONG), None, |heard| {
        is_emptied(&queue) && heard.conditions.contains(&Condition::Listening)
    })
    .await;
    let wanted: Vec<String> = (0..250).chain(1000..1002).map(uuid).collect();
    assert_eq!(heard.distinct_events(), wanted);
    assert_eq!(heard.events.len(), 252);
    assert!(heard.labels.contains(&format!("s3://logs/{}", key(3))));
    assert!(heard.failures().is_empty() && heard.remarks().is_empty());
    assert!(!fake.asked().iter().any(|asked| asked.path.contains("Digest")));
}

#[tokio::test]
async fn nothing_is_deleted_before_it_is_safe() {
    let mut queue = Queue::default();
    queue.deliver(&key(1), log(0..1));
    let (fake, queue) = serve(queue).await;
    let (words, mut door) = tokio::sync::mpsc::channel(4);
    let task = tokio::spawn(Box::new(source(&fake, LONG)).listen(None, Door::new("queue", words)));
    let answer = loop {
        match door.recv().await.unwrap() {
            trailbell_engine::Word::Arrival { answer, .. } => break answer,
            trailbell_engine::Word::Condition { .. } => {}
        }
    };
    // The engine stops here: it never said that the events are safe.
    drop((answer, door));
    task.await.unwrap();
    assert!(queue.lock().unwrap().deleted.is_empty());
}

#[tokio::test]
async fn a_message_is_kept_invisible_for_as_long_as_it_is_worked_on() {
    let mut queue = Queue::default();
    queue.send(event(&uuid(1), jiff::Timestamp::now()));
    let (fake, queue) = serve(queue).await;
    let (words, mut door) = tokio::sync::mpsc::channel(4);
    let mut source = source(&fake, LONG);
    assert_eq!(source.beat, INVISIBLE / 2, "twice in the time it is invisible");
    source.beat = Duration::from_millis(5);
    let task = tokio::spawn(Box::new(source).listen(None, Door::new("queue", words)));
    let mut held = None;
    let mut first_until = None;
    while queue.lock().unwrap().extended < 3 {
        if let Ok(Some(trailbell_engine::Word::Arrival { answer, .. })) =
            tokio::time::timeout(Duration::from_millis(5), door.recv()).await
        {
            assert!(held.is_none(), "nobody receives it a second time");
            held = Some(answer);
            first_until = Some(queue.lock().unwrap().invisible_until[&0]);
        }
    }
    assert!(queue.lock().unwrap().invisible_until[&0] > first_until.unwrap());
    held.unwrap().send(trailbell_engine::Taken { events: 1, ..Default::default() }).unwrap();
    while !is_emptied(&queue) {
        tokio::time::timeout(Duration::from_secs(5), door.recv()).await.unwrap().unwrap();
    }
    drop(door);
    task.await.unwrap();
}

#[tokio::test]
async fn a_message_without_meaning_is_named_and_left_to_the_redrive_policy() {
    let mut queue = Queue { redrive: Some(r#"{"maxReceiveCount":3}"#), ..Queue::default() };
    queue.send("{\"hello\": \"\u{1b}[2Jworld\"}");
    queue.notify(&key(404));
    queue.send(event(&uuid(1), jiff::Timestamp::now()));
    let (fake, queue) = serve(queue).await;
    let heard = listen(source(&fake, LONG), None, |heard| {
        heard.remarks().len() >= 2 && queue.lock().unwrap().deleted.len() == 1
    })
    .await;
    let remarks = heard.remarks().join("\n");
    assert!(
        remarks.contains("message m-0 cannot be used") && remarks.contains("redrive policy will move it"),
        "{remarks}"
    );
    assert!(remarks.contains("message m-1 cannot be used") && remarks.contains("NoSuchKey"), "{remarks}");
    assert!(!remarks.contains('\u{1b}'));
    assert_eq!(queue.lock().unwrap().deleted, [2]);
    assert!(heard.failures().is_empty(), "{:?}", heard.failures());
}

#[tokio::test]
async fn without_a_redrive_policy_it_is_deleted_at_its_third_coming() {
    let mut queue = Queue::default();
    queue.send("nothing of ours");
    let (fake, queue) = serve(queue).await;
    let heard = listen(source(&fake, Duration::ZERO), None, |_| is_emptied(&queue)).await;
    let remarks = heard.remarks();
    assert!(remarks[0].contains("tried again twice"), "{remarks:?}");
    assert!(
        remarks.last().unwrap().contains("deleted now")
            && remarks.last().unwrap().contains("nothing of ours")
    );
    assert!(queue.lock().unwrap().received[&0] >= 3);
}

#[tokio::test]
async fn where_the_queue_does_not_say_nothing_is_deleted_that_was_not_read() {
    let mut queue = Queue { refuses_attributes: true, ..Queue::default() };
    queue.send("nothing of ours");
    let (fake, queue) = serve(queue).await;
    let received = queue.clone();
    let heard = listen(source(&fake, Duration::ZERO), None, |_| {
        received.lock().unwrap().received.get(&0).is_some_and(|count| *count > 8)
    })
    .await;
    assert!(!is_emptied(&queue));
    assert_eq!(heard.remarks().len(), 1, "named once: {:?}", heard.remarks());
}

#[tokio::test]
async fn a_denied_object_waits_and_the_source_says_how_to_mend_it() {
    let mut queue = Queue::default();
    queue.deliver(&key(1), log(0..3));
    queue.denied.push(format!("/logs/{}", key(1)));
    let (fake, queue) = serve(queue).await;
    let changed = queue.clone();
    let heard = listen(source(&fake, Duration::from_secs(1)), None, move |heard: &Heard| {
        if !heard.failures().is_empty() {
            changed.lock().unwrap().denied.clear();
        }
        heard.events.len() >= 3 && heard.conditions.last() == Some(&Condition::Listening)
    })
    .await;
    let why = heard.failures()[0];
    assert!(why.contains("allow s3:GetObject ") && why.contains("KMS key") && why.contains(&key(1)), "{why}");
    let first_failure = heard.conditions.iter().position(|c| matches!(c, Condition::Failing(_))).unwrap();
    assert!(
        heard.conditions[first_failure..heard.conditions.len() - 1]
            .iter()
            .all(|c| *c != Condition::Listening),
        "an empty queue is no sign that objects can be read again"
    );
}

#[tokio::test]
async fn a_queue_that_cannot_be_read_or_cleared_is_said() {
    let denied = Fake::start(|_| refusal(403, "AccessDeniedException", "no")).await;
    let heard = listen(source(&denied, LONG), None, |heard| !heard.failures().is_empty()).await;
    assert!(heard.failures()[0].contains("allow sqs:ReceiveMessage"), "{:?}", heard.failures());

    let mut queue = Queue { refuses_deletes: true, ..Queue::default() };
    queue.send(event(&uuid(1), jiff::Timestamp::now()));
    let (fake, _) = serve(queue).await;
    let heard = listen(source(&fake, LONG), None, |heard| !heard.failures().is_empty()).await;
    assert!(
        heard.failures()[0].contains("cannot be deleted")
            && heard.failures()[0].contains("sqs:DeleteMessage ")
    );
}
