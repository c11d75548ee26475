//! What a message's or an event's text is about: objects to fetch, records, an alarm, a resource that AWS Config saw change, or nothing
//! that matters here.
//!
//! The forms are those of the services' documentation: S3 event notifications (also inside an SNS message), S3's events
//! in EventBridge (`Object Created`), and CloudTrail's own SNS notifications of log file delivery. Every text in
//! them is hostile where the queue lets others send.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use trailbell_notice::ItemChange;

use crate::alarm::Alarm;
use crate::call::Object;
use crate::client::Aws;
use crate::config_item;
use crate::error::Error;
use crate::region::is_region;

/// Most bytes of an object as it is stored. CloudTrail's are a few megabytes, packed.
const OBJECT_LIMIT: usize = 64 * 1024 * 1024;
/// SNS inside EventBridge inside SNS: deeper wraps are no notifications.
const MAX_WRAPS: usize = 4;
/// An S3 notification tells of one object; CloudTrail's own of a handful.
const MAX_OBJECTS: usize = 100;

/// What a text is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// Objects to fetch; those that are no CloudTrail logs are left out.
    Objects(Vec<ObjectPlace>),
    /// It holds records, or should: whoever reads records will tell.
    Records,
    /// An alarm changed its state.
    Alarm(Box<Alarm>),
    /// AWS Config saw a resource change.
    ConfigurationItem(Box<ItemChange>),
    /// S3's test of the set-up, or word of something else than a new object.
    Nothing,
}

/// An object a message tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPlace {
    /// The bucket; a name that can be one.
    pub bucket: String,
    /// The key, unescaped. Hostile.
    pub key: String,
    /// The version the message is about, in a bucket that keeps them.
    pub version: Option<String>,
    /// The region the message says.
    pub region: Option<String>,
}

/// An object that was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// Its bytes as they are stored.
    pub body: Vec<u8>,
    /// Whether it is the newest version, because the one asked for may not be read.
    pub is_newest_instead: bool,
}

impl Aws {
    /// Fetches an object, the very version that was told of where that may be read: then neither overwriting nor deleting a log
    /// hides what was in it. `region` is where it is looked for if the message does not say.
    ///
    /// # Errors
    /// What S3 says, or that the object is larger than any log.
    pub async fn fetch(&self, place: &ObjectPlace, region: &str) -> Result<Fetched, Error> {
        let region = place.region.as_deref().filter(|region| is_region(region)).unwrap_or(region);
        let object = Object { bucket: &place.bucket, key: &place.key, version: place.version.as_deref() };
        match self.object(region, &object, OBJECT_LIMIT).await {
            Err(error) if error.is_denied() && object.version.is_some() => {
                let body = self.object(region, &Object { version: None, ..object }, OBJECT_LIMIT).await?;
                Ok(Fetched { body, is_newest_instead: true })
            }
            outcome => Ok(Fetched { body: outcome?, is_newest_instead: false }),
        }
    }
}

impl Delivered {
    /// Told by content. Whatever is neither is for who reads records.
    pub fn of(text: &str) -> Self {
        let mut inner = None;
        for _ in 0..MAX_WRAPS {
            let Ok(value) = serde_json::from_str::<Value>(inner.as_deref().unwrap_or(text)) else { break };
            // An SNS message that was not delivered raw.
            if value["Type"] == "Notification"
                && value["TopicArn"].is_string()
                && let Some(message) = value["Message"].as_str()
            {
                inner = Some(message.to_owned());
                continue;
            }
            return Self::of_value(&value);
        }
        Self::Records
    }

    fn of_value(value: &Value) -> Self {
        if value["Event"] == "s3:TestEvent" {
            return Self::Nothing;
        }
        let from_s3 = |record: &Value| record["eventSource"] == "aws:s3" && record["s3"].is_object();
        if let Some(records) = value["Records"].as_array().filter(|records| records.iter().any(from_s3)) {
            let created = |record: &&Value| {
                from_s3(record)
                    && text(&record["eventName"]).is_some_and(|name| name.starts_with("ObjectCreated"))
            };
            return Self::found(records.iter().filter(created).filter_map(of_notification).collect());
        }
        if value["source"] == "aws.s3"
            && let Some(what) = text(&value["detail-type"]).filter(|what| what.starts_with("Object "))
        {
            let is_new = what == "Object Created";
            return Self::found(of_event(value).filter(|_| is_new).into_iter().collect());
        }
        // CloudTrail's own word of a delivery, through the trail's SNS topic.
        if let (Some(bucket), Some(keys)) = (text(&value["s3Bucket"]), value["s3ObjectKey"].as_array()) {
            let told = |key: &Value| {
                Some(ObjectPlace { bucket: bucket.clone(), key: text(key)?, version: None, region: None })
            };
            return Self::found(keys.iter().filter_map(told).collect());
        }
        if let Some(alarm) = Alarm::of_value(value) {
            return Self::Alarm(Box::new(alarm));
        }
        config_item::of_value(value).map_or(Self::Records, |item| Self::ConfigurationItem(Box::new(item)))
    }

    fn found(mut objects: Vec<ObjectPlace>) -> Self {
        objects.retain(|told| is_log(&told.key) && is_bucket(&told.bucket));
        objects.truncate(MAX_OBJECTS);
        if objects.is_empty() { Self::Nothing } else { Self::Objects(objects) }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// S3 writes keys as forms do: escaped, with `+` for a blank.
fn of_notification(record: &Value) -> Option<ObjectPlace> {
    let object = &record["s3"]["object"];
    let key = text(&object["key"])?.replace('+', " ");
    Some(ObjectPlace {
        bucket: text(&record["s3"]["bucket"]["name"])?,
        key: percent_decode_str(&key).decode_utf8().ok()?.into_owned(),
        version: text(&object["versionId"]),
        region: text(&record["awsRegion"]),
    })
}

/// In EventBridge a key is written as it is.
fn of_event(event: &Value) -> Option<ObjectPlace> {
    let detail = &event["detail"];
    Some(ObjectPlace {
        bucket: text(&detail["bucket"]["name"])?,
        key: text(&detail["object"]["key"])?,
        version: text(&detail["object"]["version-id"]),
        region: text(&event["region"]),
    })
}

/// Whether an object can be a log: under `AWSLogs/[o-id/]account/` only what CloudTrail's events are delivered to (not its
/// digests, not other services' logs); elsewhere by the end of its name.
fn is_log(key: &str) -> bool {
    let parts: Vec<&str> = key.split('/').collect();
    if let Some(at) = parts.iter().position(|part| *part == "AWSLogs") {
        let rest = &parts[at + 1..];
        let rest = if rest.first().is_some_and(|part| part.starts_with("o-")) { &rest[1..] } else { rest };
        if let [account, service, _, ..] = rest
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
        {
            return *service == "CloudTrail";
        }
    }
    [".json.gz", ".json", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"].iter().any(|end| key.ends_with(end))
}

/// Whether a name can be a bucket's: it becomes part of a host's name, so nothing else may.
fn is_bucket(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/24/a.json.gz";

    fn told(key: &str, version: Option<&str>, region: Option<&str>) -> Delivered {
        Delivered::Objects(vec![ObjectPlace {
            bucket: "logs".into(),
            key: key.into(),
            version: version.map(str::to_owned),
            region: region.map(str::to_owned),
        }])
    }

    fn notification(name: &str, key: &str) -> Value {
        json!({ "Records": [{ "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventName": name,
            "s3": { "bucket": { "name": "logs" }, "object": { "key": key, "versionId": "v1" } } }] })
    }

    #[test]
    fn a_new_object_is_found_in_every_wrap() {
        let direct = notification("ObjectCreated:Put", "AWSLogs/a+b%2Bc%C3%BC.json.gz");
        let wanted = told("AWSLogs/a b+cü.json.gz", Some("v1"), Some("eu-west-1"));
        assert_eq!(Delivered::of(&direct.to_string()), wanted);
        let sns = json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": direct.to_string() });
        assert_eq!(Delivered::of(&sns.to_string()), wanted);
        let event = json!({ "source": "aws.s3", "detail-type": "Object Created", "region": "eu-west-1", "detail": {
            "bucket": { "name": "logs" }, "object": { "key": KEY, "version-id": "v1" } } });
        assert_eq!(Delivered::of(&event.to_string()), told(KEY, Some("v1"), Some("eu-west-1")));
        let own = json!({ "Type": "Notification", "TopicArn": "t",
            "Message": json!({ "s3Bucket": "logs", "s3ObjectKey": [KEY] }).to_string() });
        assert_eq!(Delivered::of(&own.to_string()), told(KEY, None, None));
    }

    #[test]
    fn tests_removals_digests_and_other_logs_are_passed_over() {
        assert_eq!(
            Delivered::of(r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}"#),
            Delivered::Nothing
        );
        assert_eq!(Delivered::of(&notification("ObjectRemoved:Delete", KEY).to_string()), Delivered::Nothing);
        for other in [
            "AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2026/11/24/a.json.gz",
            "x/AWSLogs/o-abc/123456789012/Config/us-east-1/a.json.gz",
            "AWSLogs/123456789012/elasticloadbalancing/us-east-1/a.log.gz",
            "AWSLogs/123456789012/CloudTrail/",
            "photo.jpg",
        ] {
            let content = Delivered::of(&notification("ObjectCreated:Put", other).to_string());
            assert!(content == Delivered::Nothing || other.ends_with("CloudTrail/"), "{other}: {content:?}");
        }
        let org = "x/AWSLogs/o-abc/123456789012/CloudTrail/us-east-1/a.json.gz";
        assert_eq!(
            Delivered::of(&notification("ObjectCreated:Put", org).to_string()),
            told(org, Some("v1"), Some("eu-west-1"))
        );
    }

    #[test]
    fn records_and_what_is_nothing_known_are_for_the_reader() {
        // A CloudTrail event about S3 that came through EventBridge is an event, not word of an object.
        let api = json!({ "source": "aws.s3", "detail-type": "AWS API Call via CloudTrail", "detail": {} });
        for text in [&api.to_string(), r#"{"Records":[{"eventSource":"iam.amazonaws.com"}]}"#, "no JSON", ""]
        {
            assert_eq!(Delivered::of(text), Delivered::Records, "{text}");
        }
        let mut deep = "{}".to_owned();
        for _ in 0..9 {
            deep = json!({ "Type": "Notification", "TopicArn": "t", "Message": deep }).to_string();
        }
        assert_eq!(Delivered::of(&deep), Delivered::Records);
    }

    #[test]
    fn a_bucket_s_name_cannot_bend_a_host_name() {
        for wrong in ["a/b", "evil.example/", "a@b", "a#b", "..", "ab", "-ab", "a..b"] {
            assert!(!is_bucket(wrong), "{wrong}");
        }
        assert!(is_bucket("my.logs-1"));
    }
}
