//! What woke the function, told by content: nothing but the payload says whether CloudWatch Logs, EventBridge, SNS, SQS, S3, Kinesis,
//! an alarm or the clock called.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use trailbell_aws::{Alarm, Delivered, ObjectPlace};
use trailbell_notice::ItemChange;

/// What woke the function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wake {
    /// What there is to do, piece by piece.
    pub(crate) pieces: Vec<Piece>,
    /// Whether who called wants to know which pieces failed, and sends only these again. Else it is all or nothing.
    pub(crate) by_piece: bool,
}

/// One piece: a queue's message, a stream's record, or the whole payload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// What who called names it by, to say that it failed.
    pub(crate) id: Option<String>,
    /// Which way it came: what a source is called in notices.
    pub(crate) source: &'static str,
    /// What it is.
    pub(crate) what: What,
}

/// What a piece is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The clock: digests, summaries, silence, what has to be tried again.
    Tick,
    /// Records in some form, or something that should be.
    Records(Vec<u8>),
    /// Objects to fetch.
    Objects(Vec<ObjectPlace>),
    /// An alarm that went off, to be explained.
    Alarm(Box<Alarm>),
    /// A resource that AWS Config saw change.
    ConfigurationItem(Box<ItemChange>),
    /// A test, or word of something else.
    Nothing,
    /// It cannot be read: why.
    Broken(String),
}

/// How every gzip file begins.
pub(crate) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The ways in, as sources are called.
pub(crate) const LOGS: &str = "logs";
pub(crate) const EVENTBRIDGE: &str = "eventbridge";
pub(crate) const SNS: &str = "sns";
pub(crate) const QUEUE: &str = "queue";
pub(crate) const BUCKET: &str = "bucket";
pub(crate) const STREAM: &str = "stream";
pub(crate) const CALL: &str = "call";

impl Wake {
    /// Tells by content what woke the function. A payload that is none of the known ones is taken for records: whoever reads
    /// records will say what is wrong with it.
    pub(crate) fn read(payload: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(payload) else {
            // Lambda hands out JSON only; what is too deep for the parser is no event of AWS's.
            return Self::whole(CALL, What::Records(payload.as_bytes().to_vec()));
        };
        if let Some(logs) = value.get("awslogs").filter(|logs| logs.is_object()) {
            return Self::whole(LOGS, subscription(&logs["data"]));
        }
        let Some(records) = value["Records"].as_array().filter(|records| !records.is_empty()) else {
            let source = if value.get("detail-type").is_some() { EVENTBRIDGE } else { CALL };
            return Self::whole(source, inner(payload, &value));
        };
        // Lambda spells it `eventSource`, for SNS `EventSource`.
        let of = |record: &Value, service: &str| {
            ["eventSource", "EventSource"].iter().any(|key| record[*key] == service)
        };
        let all = |service: &str| records.iter().all(|record| of(record, service));
        if all("aws:sqs") {
            return Self { pieces: records.iter().map(message).collect(), by_piece: true };
        }
        if all("aws:kinesis") {
            return Self { pieces: records.iter().map(stream_record).collect(), by_piece: true };
        }
        if all("aws:sns") {
            let pieces = records.iter().map(|record| {
                let text = record["Sns"]["Message"].as_str().unwrap_or_default();
                Piece { id: None, source: SNS, what: of_text(text) }
            });
            return Self { pieces: pieces.collect(), by_piece: false };
        }
        let source = if records.iter().any(|record| of(record, "aws:s3")) { BUCKET } else { CALL };
        Self::whole(source, inner(payload, &value))
    }

    /// Whether it is the clock alone.
    pub(crate) fn is_tick(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece { what: What::Tick, .. }])
    }

    fn whole(source: &'static str, what: What) -> Self {
        Self { pieces: vec![Piece { id: None, source, what }], by_piece: false }
    }
}

/// CloudWatch Logs packs what it sends; that much is certain, whatever is in it.
fn subscription(data: &Value) -> What {
    match data.as_str().map(|data| STANDARD.decode(data)) {
        Some(Ok(packed)) if packed.starts_with(&GZIP) => What::Records(packed),
        Some(Ok(_)) => What::Broken("its data is not gzip".to_owned()),
        Some(Err(error)) => What::Broken(format!("its data is not base64: {error}")),
        None => What::Broken("it has no data".to_owned()),
    }
}

fn message(record: &Value) -> Piece {
    let id = record["messageId"].as_str().map(str::to_owned);
    let what = match record["body"].as_str() {
        Some(body) => of_text(body),
        None => What::Broken("the message has no body".to_owned()),
    };
    Piece { id, source: QUEUE, what }
}

fn stream_record(record: &Value) -> Piece {
    let kinesis = &record["kinesis"];
    let id = kinesis["sequenceNumber"].as_str().map(str::to_owned);
    let what = match kinesis["data"].as_str().map(|data| STANDARD.decode(data)) {
        Some(Ok(data)) => What::Records(data),
        Some(Err(error)) => What::Broken(format!("its data is not base64: {error}")),
        None => What::Broken("the record has no data".to_owned()),
    };
    Piece { id, source: STREAM, what }
}

fn of_text(text: &str) -> What {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => inner(text, &value),
        Err(_) => What::Records(text.as_bytes().to_vec()),
    }
}

fn inner(text: &str, value: &Value) -> What {
    if value["trailbell"] == "tick" {
        return What::Tick;
    }
    match Delivered::of(text) {
        Delivered::Objects(objects) => What::Objects(objects),
        Delivered::Records => What::Records(text.as_bytes().to_vec()),
        Delivered::Alarm(alarm) if alarm.went_off() => What::Alarm(alarm),
        Delivered::ConfigurationItem(item) => What::ConfigurationItem(item),
        // That it is well again needs no explanation.
        Delivered::Alarm(_) | Delivered::Nothing => What::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(payload: &Value) -> (&'static str, What) {
        let mut wake = Wake::read(&payload.to_string());
        assert_eq!((wake.pieces.len(), wake.by_piece), (1, false), "{payload}");
        let piece = wake.pieces.remove(0);
        (piece.source, piece.what)
    }

    fn notification() -> Value {
        json!({ "Records": [{ "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": "logs" }, "object": { "key": "a.json.gz" } } }] })
    }

    #[test]
    fn the_clock_is_told_from_what_happened() {
        assert_eq!(one(&json!({ "trailbell": "tick" })), (CALL, What::Tick));
        let (source, what) = one(&json!({ "detail-type": "Scheduled Event", "detail": {} }));
        assert!(source == EVENTBRIDGE && matches!(what, What::Records(_)));
    }

    #[test]
    fn records_keep_the_bytes_they_came_in() {
        for (payload, source) in [
            (
                json!({ "detail-type": "AWS API Call via CloudTrail", "detail": { "eventName": "CreateUser" } }),
                EVENTBRIDGE,
            ),
            (json!({ "Records": [{ "eventSource": "iam.amazonaws.com", "eventName": "CreateUser" }] }), CALL),
            (json!({ "anything": 1 }), CALL),
            (json!([]), CALL),
        ] {
            assert_eq!(one(&payload), (source, What::Records(payload.to_string().into_bytes())), "{payload}");
        }
    }

    #[test]
    fn a_logs_payload_is_unpacked_as_far_as_it_is_one() {
        let of = |data: Value| one(&json!({ "awslogs": { "data": data } }));
        assert_eq!(of(json!("H4sI")), (LOGS, What::Records(vec![0x1f, 0x8b, 0x08])));
        for (data, word) in [(json!("%%%"), "base64"), (json!("aGk="), "gzip"), (json!(7), "no data")] {
            assert!(matches!(of(data).1, What::Broken(why) if why.contains(word)), "{word}");
        }
    }

    #[test]
    fn a_new_object_is_found_however_it_is_told() {
        let objects = |what: What| matches!(what, What::Objects(objects) if objects[0].key == "a.json.gz");
        assert!(objects(one(&notification()).1));
        let sns = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": notification().to_string() } }] });
        let (source, what) = one(&sns);
        assert!(source == SNS && objects(what));
        assert_eq!(one(&json!({ "Service": "Amazon S3", "Event": "s3:TestEvent" })).1, What::Nothing);
    }

    #[test]
    fn an_alarm_is_known_however_it_is_told_and_only_where_it_goes_off() {
        let message = |state: &str| json!({ "AlarmName": "a", "NewStateValue": state, "AlarmArn": "arn" });
        let is_alarm = |what: What| matches!(what, What::Alarm(alarm) if alarm.name == "a");
        let sns = |state: &str| json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": message(state).to_string() } }] });
        assert!(is_alarm(one(&sns("ALARM")).1));
        assert_eq!(one(&sns("OK")).1, What::Nothing);
        let event = json!({ "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change",
            "detail": { "alarmName": "a", "state": { "value": "ALARM" } } });
        let (source, what) = one(&event);
        assert!(source == EVENTBRIDGE && is_alarm(what));
        let call = json!({ "source": "aws.cloudwatch", "alarmData": { "alarmName": "a", "state": { "value": "ALARM" } } });
        assert!(is_alarm(one(&call).1));
        let envelope =
            json!({ "Type": "Notification", "TopicArn": "t", "Message": message("ALARM").to_string() });
        let queue = json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "m", "body": envelope.to_string() }] });
        assert!(is_alarm(Wake::read(&queue.to_string()).pieces.remove(0).what));
    }

    #[test]
    fn config_s_word_is_known() {
        let event = json!({ "source": "aws.config", "detail-type": "Config Configuration Item Change", "detail": {
            "messageType": "ConfigurationItemChangeNotification",
            "configurationItem": { "resourceType": "AWS::IAM::User", "resourceName": "bob" } } });
        assert!(matches!(one(&event).1, What::ConfigurationItem(item) if item.resource == "bob"));
    }

    #[test]
    fn a_queue_s_messages_are_told_apart() {
        let payload = json!({ "Records": [
            { "eventSource": "aws:sqs", "messageId": "m1", "body": notification().to_string() },
            { "eventSource": "aws:sqs", "messageId": "m2", "body": "no JSON" },
            { "eventSource": "aws:sqs", "messageId": "m3" },
        ] });
        let wake = Wake::read(&payload.to_string());
        assert!(wake.by_piece);
        let ids: Vec<_> = wake.pieces.iter().map(|piece| piece.id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["m1", "m2", "m3"]);
        assert!(matches!(wake.pieces[0].what, What::Objects(_)));
        assert_eq!(wake.pieces[1].what, What::Records(b"no JSON".to_vec()));
        assert!(matches!(wake.pieces[2].what, What::Broken(_)));
    }

    #[test]
    fn a_stream_s_records_are_unpacked() {
        let payload = json!({ "Records": [
            { "eventSource": "aws:kinesis", "kinesis": { "sequenceNumber": "1", "data": "aGk=" } },
            { "eventSource": "aws:kinesis", "kinesis": { "sequenceNumber": "2", "data": "%" } },
        ] });
        let wake = Wake::read(&payload.to_string());
        assert!(wake.by_piece);
        assert_eq!(wake.pieces[0].what, What::Records(b"hi".to_vec()));
        assert!(matches!(&wake.pieces[1].what, What::Broken(why) if why.contains("base64")));
    }

    #[test]
    fn odd_payloads_are_for_the_reader_and_never_a_panic() {
        for text in
            ["", "null", "7", "\"x\"", "{\"Records\":[]}", "{\"Records\":[1,null]}", "{\"Records\":{}}"]
        {
            let wake = Wake::read(text);
            assert!(matches!(wake.pieces[0].what, What::Records(_)), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(Wake::read(&deep).pieces[0].what, What::Records(_)));
    }
}
