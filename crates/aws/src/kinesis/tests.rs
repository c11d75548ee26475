//! A stream whose shards split, whose iterators end, and which throttles.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::response::Response;

use super::*;
use crate::testing::{Asked, Fake, answer, event, listen, refusal, uuid};

/// Parents, records, and whether the shard was closed.
type Content = (Vec<&'static str>, Vec<Vec<u8>>, bool);

#[derive(Default)]
struct Stream {
    shards: BTreeMap<&'static str, Content>,
    /// Records of a shard that are older than the first look.
    there_before: usize,
    reads: usize,
    /// Reads (counted from one) that are answered with this code instead.
    faults: Vec<(usize, &'static str)>,
}

impl Stream {
    fn shard(
        &mut self,
        id: &'static str,
        parents: &[&'static str],
        events: std::ops::Range<u64>,
        closed: bool,
    ) {
        let records = events.map(payload).collect();
        self.shards.insert(id, (parents.to_vec(), records, closed));
    }

    fn answer(&mut self, asked: &Asked) -> Response {
        if asked.operation() == "GetRecords" {
            self.reads += 1;
            if let Some((_, code)) = self.faults.iter().find(|(at, _)| *at == self.reads) {
                return refusal(400, code, "as the test wants");
            }
        }
        let input = asked.json();
        match asked.operation().as_str() {
            "ListShards" => {
                let shards: Vec<Value> = self
                    .shards
                    .iter()
                    .map(|(id, (parents, ..))| {
                        json!({ "ShardId": id, "ParentShardId": parents.first(), "AdjacentParentShardId": parents.get(1) })
                    })
                    .collect();
                answer(200, json!({ "Shards": shards }).to_string())
            }
            "GetShardIterator" => {
                let shard = input["ShardId"].as_str().unwrap();
                let at = match input["ShardIteratorType"].as_str().unwrap() {
                    "TRIM_HORIZON" => 0,
                    "AT_TIMESTAMP" => {
                        // Every record of these streams was there when the test began, or comes after the first look.
                        assert!(
                            jiff::Timestamp::now().as_second() - input["Timestamp"].as_i64().unwrap() < 60
                        );
                        self.there_before
                    }
                    "AFTER_SEQUENCE_NUMBER" => {
                        input["StartingSequenceNumber"].as_str().unwrap().parse::<usize>().unwrap() + 1
                    }
                    other => panic!("{other}"),
                };
                answer(200, json!({ "ShardIterator": format!("{shard}/{at}") }).to_string())
            }
            "GetRecords" => {
                let (shard, at) = input["ShardIterator"].as_str().unwrap().split_once('/').unwrap();
                let at: usize = at.parse().unwrap();
                let (_, records, closed) = &self.shards[shard];
                let page: Vec<Value> = records
                    .iter()
                    .enumerate()
                    .skip(at)
                    .take(3)
                    .map(|(n, data)| json!({ "SequenceNumber": n.to_string(), "Data": STANDARD.encode(data), "PartitionKey": "p" }))
                    .collect();
                let next = at + page.len();
                let is_end = next == records.len();
                let mut reply =
                    json!({ "Records": page, "MillisBehindLatest": if is_end { 0 } else { 1000 } });
                if !(is_end && *closed) {
                    reply["NextShardIterator"] = json!(format!("{shard}/{next}"));
                }
                answer(200, reply.to_string())
            }
            other => panic!("{other}"),
        }
    }
}

/// What CloudWatch Logs sends a stream: gzip of its own envelope.
fn payload(n: u64) -> Vec<u8> {
    use std::io::Write as _;
    let envelope = json!({ "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "trail", "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [{ "id": n.to_string(), "timestamp": 1, "message": event(&uuid(n), jiff::Timestamp::now()) }] });
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(envelope.to_string().as_bytes()).unwrap();
    gzip.finish().unwrap()
}

async fn serve(stream: Stream) -> (Fake, Arc<Mutex<Stream>>) {
    let stream = Arc::new(Mutex::new(stream));
    let served = stream.clone();
    (Fake::start(move |asked| served.lock().unwrap().answer(&asked)).await, stream)
}

fn source(fake: &Fake, from_oldest: bool) -> Kinesis {
    let mut kinesis = Kinesis::new("stream", fake.aws(), "trail", from_oldest);
    kinesis.pace = Duration::from_millis(2);
    kinesis.catch_up_pace = Duration::from_millis(1);
    kinesis.shards_every = Duration::from_millis(10);
    kinesis.first_wait = Duration::from_millis(1);
    kinesis
}

#[tokio::test]
async fn a_split_shard_is_read_to_its_end_before_its_children() {
    let mut stream = Stream::default();
    stream.shard("shard-0", &[], 0..10, true);
    stream.shard("shard-1", &["shard-0"], 10..15, true);
    stream.shard("shard-2", &["shard-0"], 15..20, true);
    stream.shard("shard-3", &["shard-1", "shard-2"], 20..25, false);
    let (fake, _) = serve(stream).await;
    let heard = listen(source(&fake, true), None, |heard| heard.events.len() >= 25).await;
    assert_eq!(heard.events.len(), 25);
    let at = |n: u64| heard.events.iter().position(|id| *id == uuid(n)).unwrap();
    assert!((0..10).all(|n| at(n) < at(10) && at(n) < at(15)), "parents first");
    assert!((10..20).all(|n| at(n) < at(20)), "both parents of a merged shard first");
    assert!(heard.failures().is_empty());
}

#[tokio::test]
async fn a_restart_goes_on_after_the_last_record_that_was_safe() {
    let mut stream = Stream::default();
    stream.shard("shard-0", &[], 0..4, false);
    let (fake, shared) = serve(stream).await;
    let heard = listen(source(&fake, true), None, |heard| heard.events.len() >= 4).await;
    shared.lock().unwrap().shard("shard-0", &[], 0..7, false);
    let position = heard.positions.last().cloned();
    assert_eq!(position.as_deref(), Some(r#"{"v":1,"shards":{"shard-0":{"after":"3"}}}"#));
    let heard = listen(source(&fake, true), position, |heard| heard.events.len() >= 3).await;
    assert_eq!(heard.events, [uuid(4), uuid(5), uuid(6)]);
}

#[tokio::test]
async fn from_now_on_means_what_comes_after_the_first_look_and_all_of_new_shards() {
    let mut stream = Stream { there_before: 4, ..Stream::default() };
    stream.shard("shard-0", &[], 0..4, false);
    let (fake, shared) = serve(stream).await;
    let mut has_split = false;
    let heard = listen(source(&fake, false), None, |heard| {
        if heard.conditions.contains(&Condition::Listening) && !has_split {
            has_split = true;
            let mut stream = shared.lock().unwrap();
            stream.shard("shard-0", &[], 0..6, true);
            stream.shard("shard-1", &["shard-0"], 6..8, false);
        }
        heard.events.len() >= 4
    })
    .await;
    assert_eq!(heard.events, [uuid(4), uuid(5), uuid(6), uuid(7)]);
    assert!(
        heard.positions[0].contains("since"),
        "a restart before the first record misses nothing: {:?}",
        heard.positions
    );
}

#[tokio::test]
async fn throttling_and_ended_iterators_lose_nothing_and_a_missing_stream_is_said() {
    let mut stream = Stream {
        faults: vec![(2, "ProvisionedThroughputExceededException"), (4, "ExpiredIteratorException")],
        ..Stream::default()
    };
    stream.shard("shard-0", &[], 0..12, false);
    let (fake, _) = serve(stream).await;
    let heard = listen(source(&fake, true), None, |heard| heard.events.len() >= 12).await;
    assert_eq!(heard.events, (0..12).map(uuid).collect::<Vec<_>>());
    assert!(heard.failures().is_empty(), "{:?}", heard.failures());

    let gone = Fake::start(|_| refusal(400, "ResourceNotFoundException", "Stream trail not found")).await;
    let heard = listen(source(&gone, true), None, |heard| !heard.failures().is_empty()).await;
    assert!(heard.failures()[0].contains("Stream trail not found"));
}
