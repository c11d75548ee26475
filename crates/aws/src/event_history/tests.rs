//! `LookupEvents` against a stand-in that pages, throttles, forgets its tokens, and shows events late and out of order.

use std::sync::{Arc, Mutex};
use trailbell_detect::Question;

use serde_json::{Value, json};

use super::*;
use crate::testing::{Asked, Fake, answer, event, listen, refusal, uuid};

/// An Event history: every event with its region, its source, and how many requests must have been made anywhere before it
/// is shown.
#[derive(Default)]
struct History {
    events: Vec<Entry>,
    requests: usize,
    page: usize,
    /// Requests (counted from one) that are answered with this code instead.
    faults: Vec<(usize, &'static str)>,
    /// Regions that are refused.
    denied: Vec<&'static str>,
}

struct Entry {
    region: &'static str,
    source: &'static str,
    id: String,
    at: Timestamp,
    shown_after: usize,
}

impl History {
    fn new(page: usize) -> Self {
        Self { page, ..Self::default() }
    }

    fn add(
        &mut self,
        region: &'static str,
        source: &'static str,
        n: u64,
        age_minutes: i64,
        shown_after: usize,
    ) {
        let at = earlier(Timestamp::now(), SignedDuration::from_mins(age_minutes));
        self.events.push(Entry { region, source, id: uuid(n), at, shown_after });
    }

    fn answer(&mut self, asked: &Asked) -> axum::response::Response {
        if asked.path == "/listRegions" {
            return answer(200, r#"{"Regions":[{"RegionName":"us-east-1"},{"RegionName":"eu-west-1"}]}"#);
        }
        self.requests += 1;
        if let Some((_, code)) = self.faults.iter().find(|(at, _)| *at == self.requests) {
            return refusal(400, code, "as the test wants");
        }
        let region = asked.region();
        if self.denied.contains(&region.as_str()) {
            return refusal(400, "AccessDeniedException", "explicit deny in a service control policy");
        }
        let input = asked.json();
        let source = input["LookupAttributes"][0]["AttributeValue"].as_str();
        let start = input["StartTime"].as_i64().expect("every look has a start");
        let end = input["EndTime"].as_i64().unwrap_or(i64::MAX);
        let mut found: Vec<&Entry> = self
            .events
            .iter()
            .filter(|entry| entry.region == region && source.is_none_or(|source| source == entry.source))
            .filter(|entry| {
                entry.shown_after < self.requests && (start..=end).contains(&entry.at.as_second())
            })
            .collect();
        found.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        let offset: usize = input["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let page: Vec<Value> = found
            .iter()
            .skip(offset)
            .take(self.page)
            .map(|entry| {
                json!({
                    "EventId": entry.id, "EventTime": entry.at.as_second(), "EventSource": entry.source,
                    "ReadOnly": "false", "Resources": [], "CloudTrailEvent": event(&entry.id, entry.at)
                })
            })
            .collect();
        let more = found.len() > offset + self.page;
        let mut reply = json!({ "Events": page });
        if more {
            reply["NextToken"] = json!((offset + self.page).to_string());
        }
        answer(200, reply.to_string())
    }
}

const IAM: &str = "iam.amazonaws.com";
const SIGN_IN: &str = "signin.amazonaws.com";

async fn serve(history: History) -> (Fake, Arc<Mutex<History>>) {
    let history = Arc::new(Mutex::new(history));
    let served = history.clone();
    (Fake::start(move |asked| served.lock().unwrap().answer(&asked)).await, history)
}

fn source(fake: &Fake, regions: &[&str], sources: &[&str]) -> EventHistory {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let week = Duration::from_hours(7 * 24);
    let mut source = EventHistory::new(
        "history",
        fake.aws(),
        owned(regions),
        Duration::from_millis(5),
        week,
        &sources.iter().map(|source| Question::EventSource((*source).to_owned())).collect::<Vec<_>>(),
    );
    source.pace = Duration::from_millis(1);
    source.first_wait = Duration::from_millis(1);
    source
}

#[tokio::test]
async fn a_first_look_goes_back_page_by_page_in_every_region_and_asks_per_event_source() {
    let mut history = History::new(3);
    for n in 0..40 {
        let region = if n % 2 == 0 { "us-east-1" } else { "eu-west-1" };
        let source = if n % 3 == 1 { SIGN_IN } else { IAM };
        history.add(region, source, n, 60 * n.cast_signed(), 0);
    }
    history.add("us-east-1", "s3.amazonaws.com", 90, 5, 0);
    history.add("us-east-1", IAM, 91, 60 * 24 * 8, 0);
    let (fake, _) = serve(history).await;
    let heard = listen(source(&fake, &[], &[IAM, SIGN_IN]), None, |heard| {
        heard.backlogs.last() == Some(&false) && heard.conditions.contains(&Condition::Listening)
    })
    .await;
    let wanted: Vec<String> = (0..40).map(uuid).collect();
    assert_eq!(heard.distinct_events(), wanted, "every event of the week and the two sources, and no other");
    assert_eq!(heard.events.len(), 40, "each delivered once");
    assert!(heard.backlogs.iter().rev().skip(1).all(|&backlog| backlog), "until all regions have caught up");
    assert!(heard.failures().is_empty());
}

#[tokio::test]
async fn late_and_out_of_order_events_are_found_by_the_overlap() {
    let mut history = History::new(50);
    history.add("us-east-1", IAM, 1, 1, 0);
    // Older than what was seen before them, and shown later.
    history.add("us-east-1", IAM, 2, 10, 12);
    history.add("us-east-1", IAM, 3, 55, 14);
    history.add("us-east-1", IAM, 4, 2, 16);
    let (fake, _) = serve(history).await;
    let heard = listen(source(&fake, &["us-east-1"], &[IAM]), None, |heard| heard.events.len() >= 4).await;
    assert_eq!(heard.distinct_events(), (1..=4).map(uuid).collect::<Vec<_>>());
    assert_eq!(heard.events.len(), 4, "what is known from the look before is not delivered again");
}

#[tokio::test]
async fn a_restart_goes_on_where_it_stopped_and_overlaps_by_an_hour() {
    let mut history = History::new(50);
    history.add("us-east-1", IAM, 1, 30, 0);
    let (fake, shared) = serve(history).await;
    let heard = listen(source(&fake, &["us-east-1"], &[IAM]), None, |heard| {
        heard.conditions.contains(&Condition::Listening) && !heard.positions.is_empty()
    })
    .await;
    let position = heard.positions.last().unwrap().clone();
    // While nobody listened: one that happened before the position, and one after it.
    shared.lock().unwrap().add("us-east-1", IAM, 2, 80, 0);
    shared.lock().unwrap().add("us-east-1", IAM, 3, 1, 0);
    shared.lock().unwrap().add("us-east-1", IAM, 4, 60 * 24 * 3, 0);
    let heard =
        listen(source(&fake, &["us-east-1"], &[IAM]), Some(position), |heard| heard.events.len() >= 3).await;
    assert_eq!(heard.distinct_events(), [uuid(1), uuid(2), uuid(3)], "the days before are not read again");
}

#[tokio::test]
async fn throttling_and_expired_tokens_lose_nothing() {
    let mut history = History::new(2);
    (0..20).for_each(|n| history.add("us-east-1", IAM, n, i64::try_from(n).unwrap(), 0));
    history.faults = vec![
        (2, "ThrottlingException"),
        (3, "ThrottlingException"),
        (6, "InvalidNextTokenException"),
        (9, "InvalidNextTokenException"),
    ];
    let (fake, _) = serve(history).await;
    let heard = listen(source(&fake, &["us-east-1"], &[IAM]), None, |heard| {
        heard.conditions.contains(&Condition::Listening)
    })
    .await;
    assert_eq!(heard.distinct_events().len(), 20);
    assert_eq!(heard.events.len(), 20, "a window begun again delivers only what is new");
    assert!(heard.failures().is_empty(), "{:?}", heard.failures());
}

#[tokio::test]
async fn one_refused_region_is_said_and_holds_up_no_other() {
    let mut history = History::new(50);
    history.denied = vec!["eu-west-1"];
    history.add("us-east-1", IAM, 1, 10, 0);
    let (fake, _) = serve(history).await;
    let heard = listen(source(&fake, &[], &[IAM]), None, |heard| {
        !heard.events.is_empty() && !heard.failures().is_empty() && heard.backlogs.last() == Some(&false)
    })
    .await;
    let why = heard.failures()[0];
    assert!(why.contains("in eu-west-1") && why.contains("allow cloudtrail:LookupEvents"), "{why}");
    assert!(!heard.conditions.contains(&Condition::Listening), "it is deaf in one region");
}

#[tokio::test]
async fn without_event_sources_everything_is_asked_for_at_once() {
    let mut history = History::new(50);
    history.add("us-east-1", IAM, 1, 10, 0);
    history.add("us-east-1", "s3.amazonaws.com", 2, 10, 0);
    let (fake, _) = serve(history).await;
    let heard = listen(source(&fake, &["us-east-1"], &[]), None, |heard| heard.events.len() >= 2).await;
    assert_eq!(heard.distinct_events().len(), 2);
    assert!(fake.asked().iter().all(|asked| asked.json().get("LookupAttributes").is_none()));
}

#[tokio::test]
async fn a_region_is_asked_no_faster_than_aws_allows() {
    let mut history = History::new(1);
    (0..6).for_each(|n| history.add("us-east-1", IAM, n, 1, 0));
    let (fake, _) = serve(history).await;
    let mut source = source(&fake, &["us-east-1"], &[IAM, SIGN_IN]);
    source.pace = Duration::from_millis(30);
    let start = Instant::now();
    listen(source, None, |heard| heard.conditions.contains(&Condition::Listening)).await;
    let requests = u32::try_from(fake.asked().len()).unwrap();
    assert!(
        start.elapsed() >= Duration::from_millis(30) * (requests - 2),
        "{requests} in {:?}",
        start.elapsed()
    );
}
