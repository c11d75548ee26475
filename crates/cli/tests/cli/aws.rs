//! A small AWS on a loopback port: what `doctor` and `init` ask, answered as AWS answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};

/// The variables that lead the program here.
pub fn environment(port: u16) -> Vec<(&'static str, String)> {
    [
        ("TZ", "Asia/Tokyo"),
        ("LC_ALL", "C.UTF-8"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "verysecretverysecret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into_iter()
    .chain([("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))])
    .collect()
}

/// What is there to be found.
#[derive(Debug, Default)]
pub struct Account {
    /// CloudTrail records.
    pub events: Vec<Value>,
    /// The trails, each with whether it records and with its last delivery's error.
    pub trails: Vec<(&'static str, bool, Option<&'static str>)>,
    /// The topic's subscriptions: protocol, endpoint, whether confirmed.
    pub subscriptions: Vec<(&'static str, &'static str, bool)>,
    /// Messages in the queue, and in its dead-letter queue.
    pub queue: (u64, u64),
    /// The alarm `iam-changes`: when it went off, newest first. A metric filter of the group `trail`, to which all events were logged, is behind it.
    pub went_off: Vec<&'static str>,
}

/// Serves it until the test ends.
pub fn serve(account: Account) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let account = Arc::new(account);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let account = Arc::clone(&account);
            thread::spawn(move || answer(stream, &account));
        }
    });
    port
}

fn answer(stream: TcpStream, account: &Account) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut line, mut length) = (String::new(), String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some(text) = line.to_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
        head.push_str(&line);
        line.clear();
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let (status, reply) = reply(&head, &body, account);
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reply}", reply.len());
    // Whoever asked may have gone.
    let _ = reader.get_mut().write_all(answer.as_bytes());
}

fn reply(head: &str, body: &str, account: &Account) -> (&'static str, String) {
    let target = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-amz-target").then(|| value.rsplit('.').next().unwrap_or_default().trim())
    });
    let operation = target.unwrap_or_else(|| {
        let action = body.strip_prefix("Action=").and_then(|rest| rest.split('&').next());
        action.unwrap_or_else(|| if head.contains("/listRegions") { "ListRegions" } else { "" })
    });
    let input: Value = serde_json::from_str(body).unwrap_or_default();
    let trail = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        account.trails.iter().find(|(known, ..)| name.ends_with(&format!("/{known}"))).unwrap()
    };
    let reply = match operation {
        "GetCallerIdentity" => {
            return (
                "200 OK",
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/bell</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>".to_owned(),
            );
        }
        "ListSubscriptionsByTopic" => {
            let member = |(protocol, endpoint, confirmed): &(&str, &str, bool)| {
                let arn = if *confirmed {
                    "arn:aws:sns:us-east-1:123456789012:bell:1"
                } else {
                    "PendingConfirmation"
                };
                format!(
                    "<member><Protocol>{protocol}</Protocol><Endpoint>{endpoint}</Endpoint><SubscriptionArn>{arn}</SubscriptionArn></member>"
                )
            };
            let members: String = account.subscriptions.iter().map(member).collect();
            return (
                "200 OK",
                format!(
                    "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{members}</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
                ),
            );
        }
        "DescribeAlarms" if body.contains("AlarmNames.member.1=iam-changes") => {
            return (
                "200 OK",
                "<R><MetricAlarms><member><AlarmName>iam-changes</AlarmName>\
                 <AlarmArn>arn:aws:cloudwatch:us-east-1:123456789012:alarm:iam-changes</AlarmArn><AlarmDescription>CIS 4.4</AlarmDescription>\
                 <StateValue>OK</StateValue><Namespace>CIS</Namespace><MetricName>IamChanges</MetricName><Period>300</Period></member></MetricAlarms></R>"
                    .to_owned(),
            );
        }
        "DescribeAlarms" => return ("200 OK", "<R><MetricAlarms/><CompositeAlarms/></R>".to_owned()),
        "DescribeAlarmHistory" => {
            let item = |at: &&str| {
                let start: jiff::Timestamp = at.parse().unwrap();
                let reason = format!(
                    "Threshold Crossed: 1 datapoint [1.0 ({})] was greater than the threshold (0.0).",
                    start.strftime("%d/%m/%y %H:%M:%S")
                );
                let data = json!({ "oldState": { "stateValue": "OK" }, "newState": { "stateValue": "ALARM", "stateReason": reason } });
                format!("<member><Timestamp>{at}</Timestamp><HistoryData>{data}</HistoryData></member>")
            };
            let items: String = account.went_off.iter().map(item).collect();
            return ("200 OK", format!("<R><AlarmHistoryItems>{items}</AlarmHistoryItems></R>"));
        }
        "DescribeMetricFilters" => json!({ "metricFilters": [{ "filterName": "iam", "logGroupName": "trail",
            "filterPattern": "{ $.eventSource = \"iam.*\" }",
            "metricTransformations": [{ "metricName": "IamChanges", "metricNamespace": "CIS" }] }] }),
        "FilterLogEvents" => {
            let at = |event: &Value| {
                event["eventTime"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
            };
            let within = |event: &&Value| {
                (input["startTime"].as_i64().unwrap()..=input["endTime"].as_i64().unwrap())
                    .contains(&at(event))
            };
            let logged = |event: &Value| json!({ "eventId": event["eventID"], "timestamp": at(event), "message": event.to_string() });
            json!({ "events": account.events.iter().filter(within).map(logged).collect::<Vec<_>>() })
        }
        "ListRegions" => {
            json!({ "Regions": [{ "RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT" }] })
        }
        "LookupEvents" => {
            let source = input["LookupAttributes"][0]["AttributeValue"].as_str();
            let wanted = account
                .events
                .iter()
                .filter(|event| source.is_none_or(|source| event["eventSource"] == source));
            let event = |event: &Value| {
                let at: jiff::Timestamp = event["eventTime"].as_str().unwrap().parse().unwrap();
                json!({ "EventId": event["eventID"], "EventTime": at.as_second(), "CloudTrailEvent": event.to_string() })
            };
            json!({ "Events": wanted.map(event).collect::<Vec<_>>() })
        }
        "DescribeTrails" => {
            let described = |(name, ..): &(&str, bool, Option<&str>)| {
                json!({
                    "Name": name, "TrailARN": format!("arn:aws:cloudtrail:us-east-1:123456789012:trail/{name}"),
                    "HomeRegion": "us-east-1", "IsMultiRegionTrail": true, "S3BucketName": "logs",
                })
            };
            json!({ "trailList": account.trails.iter().map(described).collect::<Vec<_>>() })
        }
        "GetTrailStatus" => {
            let (_, is_logging, error) = trail(&input["Name"]);
            json!({ "IsLogging": is_logging, "LatestDeliveryError": error })
        }
        "GetEventSelectors" => {
            json!({ "EventSelectors": [{ "IncludeManagementEvents": true, "ReadWriteType": "All" }] })
        }
        "GetQueueAttributes" => {
            let is_dead = input["QueueUrl"].as_str().is_some_and(|url| url.ends_with("/dead"));
            let waiting = if is_dead { account.queue.1 } else { account.queue.0 };
            let policy = json!({ "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead", "maxReceiveCount": 5 });
            json!({ "Attributes": {
                "ApproximateNumberOfMessages": waiting.to_string(), "ApproximateNumberOfMessagesNotVisible": "0",
                "MessageRetentionPeriod": "345600", "RedrivePolicy": policy.to_string(),
            } })
        }
        _ => {
            let refused =
                json!({ "__type": "AccessDeniedException", "message": format!("may not call {operation}") });
            return ("400 Bad Request", refused.to_string());
        }
    };
    ("200 OK", reply.to_string())
}
