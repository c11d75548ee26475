//! One region's requests: a page of `LookupEvents`, never faster than AWS allows, and which of its events are new here.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::service::Service;

pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A body without events: it carries a position.
pub(super) const NONE: &[u8] = br#"{"Events":[]}"#;

/// Events remembered as delivered, so that what looks have in common is not read again; the ledger knows the rest.
const REMEMBERED: usize = 20_000;

/// The requests of one region.
#[derive(Debug)]
pub(super) struct Look {
    aws: Aws,
    region: String,
    pace: Duration,
    next: Instant,
    delivered: Delivered,
}

/// A page, cut down to what is new.
#[derive(Debug)]
pub(super) struct Page {
    /// In `LookupEvents`' own form.
    pub(super) body: Vec<u8>,
    /// The ids of the events in it, to be remembered once they are safe.
    pub(super) ids: Vec<Option<u128>>,
    /// The newest event of the page, new or not.
    pub(super) newest: Option<Timestamp>,
    /// The token of the next page.
    pub(super) next: Option<String>,
}

/// What a window held.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) newest: Option<Timestamp>,
    pub(super) pages: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply<'a> {
    #[serde(borrow, default)]
    events: Vec<Event<'a>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "EventId")]
    id: Option<String>,
    #[serde(rename = "EventTime")]
    time: Option<f64>,
    #[serde(rename = "CloudTrailEvent", borrow)]
    text: Option<&'a RawValue>,
}

impl Look {
    pub(super) fn new(aws: Aws, region: String, pace: Duration) -> Self {
        Self { aws, region, pace, next: Instant::now(), delivered: Delivered::default() }
    }

    /// Asks for a page: events that `query` asks for (`EventSource=...`; empty: all) from `from` until `until`, newest first.
    pub(super) async fn page(
        &mut self,
        query: &str,
        from: Timestamp,
        until: Option<Timestamp>,
        token: Option<String>,
    ) -> Result<Page, Error> {
        tokio::time::sleep_until(self.next).await;
        let mut input = json!({ "StartTime": from.as_second(), "MaxResults": 50 });
        if let Some(until) = until {
            input["EndTime"] = json!(until.as_second());
        }
        if let Some((key, value)) = query.split_once('=') {
            input["LookupAttributes"] = json!([{ "AttributeKey": key, "AttributeValue": value }]);
        }
        if let Some(token) = token {
            input["NextToken"] = json!(token);
        }
        let call = Call::json(Service::CloudTrail, &self.region, "LookupEvents", &input);
        let sent = self.aws.send(&call).await;
        self.next = Instant::now() + self.pace;
        let body = sent?;
        let reply: Reply<'_> =
            serde_json::from_slice(&body).map_err(|error| call.place().unreadable(error.to_string()))?;
        Ok(self.cut(reply))
    }

    fn cut(&self, reply: Reply<'_>) -> Page {
        let mut page = Page { body: Vec::new(), ids: Vec::new(), newest: None, next: None };
        page.next = reply.next_token.filter(|token| !token.is_empty());
        let mut texts = Vec::new();
        for event in reply.events {
            page.newest = page.newest.max(event.time.and_then(time));
            let Some(text) = event.text else { continue };
            let id = event.id.as_deref().and_then(number);
            if !id.is_some_and(|id| self.delivered.has(id)) {
                page.ids.push(id);
                texts.push(format!(r#"{{"CloudTrailEvent":{}}}"#, text.get()));
            }
        }
        page.body = format!(r#"{{"Events":[{}]}}"#, texts.join(",")).into_bytes();
        page
    }

    /// These events are safe.
    pub(super) fn remember(&mut self, ids: Vec<Option<u128>>) {
        ids.into_iter().flatten().for_each(|id| self.delivered.add(id));
    }
}

/// Whether a code says that a page's token is no longer known (they live for a short time only).
pub(super) fn is_token_fault(code: &str) -> bool {
    matches!(code, "InvalidNextTokenException" | "ExpiredNextTokenException" | "InvalidToken")
}

/// How wide the next window is to be, by how much was in the last: few requests for quiet months, and never so much that
/// a restart would lose a long way.
pub(super) fn next_width(width: SignedDuration, pages: u32) -> SignedDuration {
    match pages {
        0..=2 => width.saturating_mul(2),
        3..=20 => width,
        _ => (width / 2).max(SignedDuration::from_hours(1)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a time that does not fit saturates, and is then no time"
)]
fn time(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds as i64).ok()
}

/// An event's id as a number: they are UUIDs. Anything else is not remembered, and so delivered again.
fn number(id: &str) -> Option<u128> {
    let digits: String = id.chars().filter(|c| *c != '-').collect();
    (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok()).flatten()
}

/// The last events delivered.
#[derive(Debug, Default)]
struct Delivered {
    ids: HashSet<u128>,
    order: VecDeque<u128>,
}

impl Delivered {
    fn has(&self, id: u128) -> bool {
        self.ids.contains(&id)
    }

    fn add(&mut self, id: u128) {
        if self.ids.insert(id) {
            self.order.push_back(id);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut delivered = Delivered::default();
        for id in 0..50_000 {
            delivered.add(id);
        }
        assert_eq!((delivered.ids.len(), delivered.order.len()), (REMEMBERED, REMEMBERED));
        assert!(delivered.has(49_999) && !delivered.has(0));
    }

    #[test]
    fn windows_widen_over_quiet_months_and_narrow_over_busy_days() {
        assert_eq!(next_width(DAY, 1), SignedDuration::from_hours(48));
        assert_eq!(next_width(DAY, 10), DAY);
        assert_eq!(next_width(DAY, 100), SignedDuration::from_hours(12));
        assert_eq!(next_width(SignedDuration::from_hours(1), 100), SignedDuration::from_hours(1));
    }
}
