//! A log group that answers with empty pages in between, out of order and late.

use std::sync::{Arc, Mutex};

use axum::response::Response;
use serde_json::Value;

use super::*;
use crate::testing::{Asked, Fake, answer, event, listen, refusal, uuid};

#[derive(Default)]
struct Group {
    /// (time in milliseconds, id, text, looks after which it shows)
    events: Vec<(i64, String, String, usize)>,
    looks: usize,
    requests: usize,
    /// Requests (counted from one) that are answered with this code.
    faults: Vec<(usize, &'static str)>,
}

impl Group {
    fn add(&mut self, n: u64, age: Duration, shown_after: usize) {
        let at = Timestamp::now().as_millisecond() - milliseconds(age);
        self.events.push((at, format!("{at:032}{n:024}"), event(&uuid(n), Timestamp::now()), shown_after));
    }

    /// Pages of two, with an empty page in front of each.
    fn answer(&mut self, asked: &Asked) -> Response {
        self.requests += 1;
        if let Some((_, code)) = self.faults.iter().find(|(at, _)| *at == self.requests) {
            return refusal(400, code, "as the test wants");
        }
        assert_eq!(asked.operation(), "FilterLogEvents");
        let input = asked.json();
        let page: usize = input["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        if page == 0 {
            self.looks += 1;
        }
        let from = input["startTime"].as_i64().unwrap();
        let looks = self.looks;
        let found: Vec<_> =
            self.events.iter().filter(|(at, _, _, after)| *at >= from && *after < looks).collect();
        let events: Vec<Value> = if page.is_multiple_of(2) {
            Vec::new()
        } else {
            let page = found.iter().skip(page / 2 * 2).take(2);
            page.map(|(at, id, text, _)| {
                json!({ "logStreamName": "123456789012_CloudTrail_us-east-1_3", "timestamp": at, "ingestionTime": at,
                    "eventId": id, "message": text })
            })
            .collect()
        };
        let mut reply = json!({ "events": events, "searchedLogStreams": [] });
        if page < found.len().div_ceil(2) * 2 {
            reply["nextToken"] = json!((page + 1).to_string());
        }
        answer(200, reply.to_string())
    }
}

async fn serve(group: Group) -> (Fake, Arc<Mutex<Group>>) {
    let group = Arc::new(Mutex::new(group));
    let served = group.clone();
    (Fake::start(move |asked| served.lock().unwrap().answer(&asked)).await, group)
}

fn source(fake: &Fake, group: &str, filter: Option<&str>) -> CloudwatchLogs {
    let week = Duration::from_hours(7 * 24);
    let mut source = CloudwatchLogs::new(
        "logs",
        fake.aws(),
        group,
        Duration::from_millis(2),
        week,
        filter.map(str::to_owned),
    );
    source.pace = Duration::ZERO;
    source.first_wait = Duration::from_millis(1);
    source
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn every_log_event_is_delivered_once_over_empty_pages_and_late_arrivals() {
    let mut group = Group::default();
    (0..9).for_each(|n| group.add(n, MINUTE * u32::try_from(n).unwrap() * 100, 0));
    // They show later than newer ones, within the overlap.
    group.add(20, MINUTE * 3, 3);
    group.add(21, MINUTE * 10, 5);
    let (fake, _) = serve(group).await;
    let heard =
        listen(source(&fake, "trail", Some("{ $.eventSource = \"iam.amazonaws.com\" }")), None, |heard| {
            heard.events.len() >= 11
        })
        .await;
    assert_eq!(heard.distinct_events().len(), 11);
    assert_eq!(heard.events.len(), 11, "what looks have in common is not delivered twice");
    assert!(heard.remarks().is_empty() && heard.failures().is_empty());
    let input = fake.asked()[0].json();
    assert_eq!(input["filterPattern"], "{ $.eventSource = \"iam.amazonaws.com\" }");
    assert_eq!(input["logGroupName"], "trail");
}

#[tokio::test]
async fn a_restart_goes_on_a_little_before_where_it_stopped() {
    let mut group = Group::default();
    group.add(1, MINUTE * 30, 0);
    let (fake, shared) = serve(group).await;
    let heard = listen(source(&fake, "trail", Some("x")), None, |heard| !heard.positions.is_empty()).await;
    shared.lock().unwrap().add(2, MINUTE * 40, 0);
    shared.lock().unwrap().add(3, MINUTE, 0);
    shared.lock().unwrap().add(4, MINUTE * 600, 0);
    let position = heard.positions.last().cloned();
    let heard = listen(source(&fake, "trail", Some("x")), position, |heard| heard.events.len() >= 3).await;
    assert_eq!(heard.distinct_events(), [uuid(1), uuid(2), uuid(3)]);
}

#[tokio::test]
async fn asking_for_everything_is_remarked_on_once_and_an_arn_is_taken() {
    let mut group = Group::default();
    group.add(1, MINUTE, 0);
    let (fake, _) = serve(group).await;
    let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:trail:*";
    let heard = listen(source(&fake, arn, None), None, |heard| heard.conditions.len() > 5).await;
    assert_eq!(heard.remarks().len(), 1, "{:?}", heard.remarks());
    let asked = &fake.asked()[0];
    assert_eq!(asked.region(), "eu-west-1");
    assert_eq!(asked.json()["logGroupIdentifier"], "arn:aws:logs:eu-west-1:123456789012:log-group:trail");
    assert!(asked.json().get("filterPattern").is_none());
}

#[tokio::test]
async fn throttling_and_a_forgotten_token_lose_nothing_and_a_missing_group_is_said() {
    let mut group = Group {
        faults: vec![(2, "ThrottlingException"), (5, "InvalidParameterException")],
        ..Group::default()
    };
    (0..9).for_each(|n| group.add(n, MINUTE * u32::try_from(n).unwrap(), 0));
    let (fake, _) = serve(group).await;
    let heard = listen(source(&fake, "trail", Some("x")), None, |heard| {
        heard.conditions.contains(&Condition::Listening)
    })
    .await;
    assert_eq!((heard.distinct_events().len(), heard.events.len()), (9, 9));
    assert!(heard.failures().is_empty(), "{:?}", heard.failures());

    let gone =
        Fake::start(|_| refusal(400, "ResourceNotFoundException", "The specified log group does not exist."))
            .await;
    let heard = listen(source(&gone, "trail", Some("x")), None, |heard| !heard.failures().is_empty()).await;
    assert!(heard.failures()[0].contains("does not exist"), "{:?}", heard.failures());
}
