//! One way to post: no redirects, a time limit, a reply of bounded size, and one reading of what a status means.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use trailbell_outbox::{Failure, FailureKind};
use trailbell_text::Secret;

use crate::endpoint::Endpoint;
use crate::error::Error;

/// Most bytes of a reply that are read; what is more is not looked at.
const MAX_REPLY: usize = 64 * 1024;

/// The longest that a `Retry-After` is believed: a day, which is how long a letter is tried.
const MAX_WAIT: Duration = Duration::from_hours(24);

/// What every HTTP channel sends with: connections are shared and kept for a short while.
#[derive(Debug, Clone)]
pub struct Http {
    away: reqwest::Client,
    here: reqwest::Client,
}

impl Http {
    /// A client that follows no redirect: a webhook's address is a secret, and no other host is to learn it. The proxies
    /// of the environment (`HTTPS_PROXY`, `NO_PROXY`) are used, but not to reach this machine.
    pub fn new() -> Result<Self, Error> {
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(10))
                .pool_idle_timeout(Duration::from_secs(30))
        };
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| {
                Error::new("(any)", format!("no HTTPS client can be made on this machine: {error}"))
            })
        };
        Ok(Self { away: build(builder())?, here: build(builder().no_proxy())? })
    }

    /// Posts a JSON body. A reply of any status is a [`Reply`]; no reply is a [`Failure`].
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        headers: &[(&str, &Secret)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Reply, Failure> {
        let client = if endpoint.is_loopback() { &self.here } else { &self.away };
        let mut all = HeaderMap::new();
        all.insert(USER_AGENT, HeaderValue::from_static(concat!("trailbell/", env!("CARGO_PKG_VERSION"))));
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        for (name, value) in headers {
            let (Ok(name), Ok(mut value)) =
                (HeaderName::try_from(*name), HeaderValue::try_from(value.expose()))
            else {
                return Err(closed(
                    endpoint,
                    &format!("its header {name} cannot be sent: a header is one line"),
                ));
            };
            value.set_sensitive(true);
            all.insert(name, value);
        }
        let request = client.post(endpoint.url().clone()).timeout(timeout).headers(all).body(body);
        let mut response =
            request.send().await.map_err(|error| temporary(endpoint, &unreachable_words(error), None))?;
        let mut reply = Reply {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::new(),
        };
        // The status says enough where the rest of the reply does not come; a message that was taken stays taken.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MAX_REPLY.saturating_sub(reply.body.len());
            reply.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if reply.body.len() == MAX_REPLY {
                break;
            }
        }
        Ok(reply)
    }
}

/// What the other side answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body as text; it is theirs.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, `null` where it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// `Retry-After` in either form (RFC 9110 section 10.2.3). A date is compared with the other side's own clock
    /// where it says what that shows.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let text = |name: HeaderName| self.headers.get(name)?.to_str().ok().map(str::trim);
        let value = text(RETRY_AFTER)?;
        if let Some(wait) = seconds(value) {
            return Some(wait);
        }
        let until = http_date(value)?;
        let now = text(DATE).and_then(http_date).unwrap_or_else(Timestamp::now);
        let wait = u64::try_from(until.as_second().saturating_sub(now.as_second())).unwrap_or(0);
        Some(Duration::from_secs(wait).min(MAX_WAIT))
    }

    /// What may be done about a status that is not a success, where the channel has nothing better to say.
    pub(crate) fn kind(&self) -> FailureKind {
        match self.status {
            // A redirect is not followed, and the next attempt would be redirected again.
            300..=399 | 401 | 403 | 404 | 405 | 407 | 410 => FailureKind::Closed,
            408 | 421 | 423 | 425 | 429 => FailureKind::Temporary { after: self.retry_after() },
            400..=499 => FailureKind::Refused,
            _ => FailureKind::Temporary { after: self.retry_after() },
        }
    }

    /// The failure this reply is: status, what the other side said, and what to do.
    pub(crate) fn failure(&self, endpoint: &Endpoint) -> Failure {
        self.failure_as(endpoint, self.kind(), "")
    }

    /// The same, its kind and the next step known better by the channel.
    pub(crate) fn failure_as(&self, endpoint: &Endpoint, kind: FailureKind, advice: &str) -> Failure {
        let said = endpoint.quote(&self.text());
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        let advice = match (advice, kind) {
            ("", FailureKind::Closed) => {
                "; nothing can be sent there until its address or key in the settings is put right"
            }
            ("", _) => "",
            (advice, _) => &format!("; {advice}"),
        };
        let message = format!("{} answered {}{said}{advice}", endpoint.shown(), self.status);
        Failure { kind, message }
    }
}

/// Nobody answered, or not in time.
pub(crate) fn temporary(endpoint: &Endpoint, what: &str, after: Option<Duration>) -> Failure {
    Failure {
        kind: FailureKind::Temporary { after },
        message: endpoint.scrub(&format!("{}: {what}", endpoint.shown())),
    }
}

/// Nothing can be sent until somebody does something.
pub(crate) fn closed(endpoint: &Endpoint, what: &str) -> Failure {
    Failure { kind: FailureKind::Closed, message: endpoint.scrub(&format!("{}: {what}", endpoint.shown())) }
}

/// A number of seconds, with or without a fraction, as a wait that is believed.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    wait_of(text.parse::<f64>().ok()?)
}

/// Seconds as a wait that is believed.
pub(crate) fn wait_of(seconds: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(seconds.max(0.0).min(MAX_WAIT.as_secs_f64())).ok()?;
    seconds.is_finite().then_some(wait)
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// Why nobody answered, from the error and what caused it, without the address.
fn unreachable_words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words = format!("{words}: {inner_words}");
        }
        cause = inner.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&'static str, &'static str)]) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Reply { status, headers, body: Vec::new() }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_senders_clock() {
        let after = |headers: &[(&'static str, &'static str)]| reply(429, headers).retry_after();
        assert_eq!(after(&[("retry-after", "30")]), Some(Duration::from_secs(30)));
        assert_eq!(after(&[("retry-after", "1.5")]), Some(Duration::from_millis(1500)));
        let date = "Tue, 24 Nov 2026 10:00:00 GMT";
        assert_eq!(
            after(&[("retry-after", "Tue, 24 Nov 2026 10:01:00 GMT"), ("date", date)]),
            Some(Duration::from_mins(1))
        );
        assert_eq!(
            after(&[("retry-after", "Tue, 24 Nov 2020 10:01:00 GMT"), ("date", date)]),
            Some(Duration::ZERO)
        );
        assert_eq!(after(&[("retry-after", "99999999999")]), Some(MAX_WAIT));
        assert_eq!(after(&[("retry-after", "NaN")]), None);
        assert_eq!(after(&[("retry-after", "soon")]), None);
        assert_eq!(after(&[]), None);
    }

    #[test]
    fn a_status_says_whether_another_attempt_makes_sense() {
        for status in [408, 429, 500, 502, 503, 504, 599] {
            assert_eq!(reply(status, &[]).kind(), FailureKind::Temporary { after: None }, "{status}");
        }
        for status in [301, 307, 401, 403, 404, 410] {
            assert_eq!(reply(status, &[]).kind(), FailureKind::Closed, "{status}");
        }
        for status in [400, 413, 422] {
            assert_eq!(reply(status, &[]).kind(), FailureKind::Refused, "{status}");
        }
    }
}
