//! Who sends, as far as the answer depends on it, and why a request is not taken.

use std::borrow::Cow;

use http::header::{HeaderMap, RETRY_AFTER, USER_AGENT};
use http::{HeaderName, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use trailbell_engine::Closed;

use crate::reply::{self, Reply};

/// Who sends, told by what they say: it decides the form of the answer, never what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sender {
    /// SNS, with the whole message around what was published.
    Sns,
    /// SNS, with nothing but what was published (raw message delivery), and so with no signature.
    SnsRaw,
    /// Firehose, which wants its request's id back.
    Firehose(String),
    /// An EventBridge API destination.
    EventBridge,
    /// Anybody else.
    Other,
}

impl Sender {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(id) = text("x-amz-firehose-request-id") {
            return Self::Firehose(id.to_owned());
        }
        if headers.contains_key("x-amz-sns-message-type") {
            let is_raw = text("x-amz-sns-rawdelivery").is_some_and(|raw| raw.eq_ignore_ascii_case("true"));
            return if is_raw { Self::SnsRaw } else { Self::Sns };
        }
        let agent = text(USER_AGENT.as_str()).unwrap_or_default();
        if agent.starts_with("Amazon/EventBridge") { Self::EventBridge } else { Self::Other }
    }

    /// The service's name, where it is one.
    pub(super) const fn service(&self) -> Option<&'static str> {
        match self {
            Self::Sns | Self::SnsRaw => Some("SNS"),
            Self::Firehose(_) => Some("Firehose"),
            Self::EventBridge => Some("EventBridge"),
            Self::Other => None,
        }
    }
}

/// Why a request is not taken.
pub(super) struct Refusal {
    status: StatusCode,
    words: Cow<'static, str>,
    header: Option<(HeaderName, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, words: impl Into<Cow<'static, str>>) -> Self {
        Self { status, words: words.into(), header: None }
    }

    pub(super) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    /// The answer, in the form that sender reads.
    pub(super) fn answer(&self, sender: &Sender, now: Timestamp) -> Reply {
        let answer = match sender {
            Sender::Firehose(id) => {
                let timestamp = now.as_millisecond();
                let answer = json!({ "requestId": id, "timestamp": timestamp, "errorMessage": self.words });
                reply::of_json(self.status, &answer)
            }
            _ => reply::error(self.status, &self.words),
        };
        match &self.header {
            Some((name, value)) => reply::with(answer, name.clone(), value),
            None => answer,
        }
    }

    /// It is nobody's fault; the sender is to try again.
    pub(super) fn later(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, words).with(RETRY_AFTER, "10")
    }
}

impl From<Closed> for Refusal {
    fn from(_: Closed) -> Self {
        Self::later("trailbell is stopping: send it again")
    }
}
