//! One request: who sends it, whether they may, and what they are answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{ALLOW, CONTENT_ENCODING, WWW_AUTHENTICATE};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde_json::json;
use trailbell_engine::{Arrival, Condition, Door, Taken};
use trailbell_text::{Channel, Untrusted};

use super::body::Room;
use super::certificates::{Certificates, NoKey};
use super::outward::{FetchError, Outward};
use super::proof::{self, Shown};
use super::sender::{Refusal, Sender};
use super::sns::{Kind, Message, Topic};
use super::troubles::Troubles;
use super::{Limits, Rules};
use crate::reply::{self, Reply};

/// Bytes of an SNS message, whose own limit is 256 KB, as JSON in JSON.
const MAX_SNS: usize = 1 << 20;
/// Bytes of the answer to a confirmation.
const MAX_CONFIRMATION: usize = 64 << 10;
/// Problems that are answered one by one.
const MAX_PROBLEMS: usize = 20;

/// What answers requests.
pub(super) struct Handler {
    pub(super) rules: Rules,
    pub(super) limits: Limits,
    pub(super) certificates: Certificates,
    pub(super) outward: Arc<dyn Outward>,
    pub(super) now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pub(super) door: Door,
    pub(super) troubles: Troubles,
    pub(super) room: Room,
    /// Whether the last thing a service sent had nothing in it, and that was said.
    pub(super) hollow: AtomicBool,
}

impl Handler {
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Reply {
        let sender = Sender::of(request.headers());
        match self.take(&sender, request, peer).await {
            Ok(taken) => self.taken(&sender, &taken),
            Err(refusal) => refusal.answer(&sender, (self.now)()),
        }
    }

    async fn take(
        &self,
        sender: &Sender,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Taken, Refusal> {
        if request.uri().path() != self.rules.path {
            return Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "nothing listens at this path: see the source's `path`",
            ));
        }
        if request.method() != Method::POST {
            return Err(
                Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "send events with POST").with(ALLOW, "POST")
            );
        }
        let (parts, body) = request.into_parts();
        let headers = parts.headers;
        let encoding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
        // What is unpacked, and how much of it, is the reader's matter: files come as gzip too.
        if encoding.is_some_and(|encoding| encoding != b"gzip" && encoding != b"identity") {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the Content-Encoding is neither gzip nor identity",
            ));
        }
        let shown =
            self.rules.secret.as_ref().map_or(Shown::Nothing, |secret| proof::shown(&headers, secret));
        let is_open = self.rules.is_open() && proof::is_local_program(&headers, peer);
        let is_sns = *sender == Sender::Sns && !self.rules.is_open();
        if !(shown != Shown::Nothing || is_open || is_sns) {
            return Err(self.nothing_shown(sender));
        }
        let most = if is_sns { self.rules.max_body.min(MAX_SNS) } else { self.rules.max_body };
        let mut body = self.room.read(body, most).await?;
        if is_sns {
            return self.sns(&body.bytes).await;
        }
        if shown == Shown::Signature
            && let Some(secret) = &self.rules.secret
        {
            proof::check_signature(&headers, &body.bytes, secret, (self.now)())
                .map_err(|words| Refusal::new(StatusCode::UNAUTHORIZED, words))?;
        }
        self.deliver(sender, std::mem::take(&mut body.bytes).into(), format!("a request from {peer}")).await
    }

    fn nothing_shown(&self, sender: &Sender) -> Refusal {
        let words = match (&self.rules.secret, sender) {
            _ if self.rules.is_open() => {
                "without a `secret` or `topics` in its settings this source hears only programs on its own machine, neither through a proxy nor from a web page"
            }
            (None, Sender::SnsRaw) => {
                "raw message delivery has no signature: switch it off for this subscription, or give the source a `secret` and put it into the subscription's URL (https://sns:SECRET@...)"
            }
            (None, _) => {
                "this source hears only the SNS topics in its settings: to send anything else, give it a `secret`"
            }
            (Some(_), _) => {
                "show the source's secret: as a Bearer token, as the password of Basic authentication, in X-Api-Key, or by a Standard Webhooks signature"
            }
        };
        // SNS sends the user and password of a subscription's URL only when it is asked to.
        Refusal::new(StatusCode::UNAUTHORIZED, words).with(WWW_AUTHENTICATE, "Basic realm=\"trailbell\"")
    }

    async fn sns(&self, body: &[u8]) -> Result<Taken, Refusal> {
        let message: Message = serde_json::from_slice(body)
            .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "this is not a message of Amazon SNS"))?;
        let topic =
            self.rules.topics.iter().find(|topic| topic.arn == message.topic_arn).ok_or_else(|| {
                Refusal::new(StatusCode::FORBIDDEN, "this topic is not one of the source's `topics`")
            })?;
        self.verify(&message, topic).await?;
        match message.kind {
            Kind::Notification => {
                self.troubles.clear(&topic.arn).await?;
                self.deliver(&Sender::Sns, message.text.into_bytes(), format!("a message of {}", topic.arn))
                    .await
            }
            Kind::SubscriptionConfirmation => self.confirm(&message, topic).await,
            Kind::UnsubscribeConfirmation => {
                let words = format!(
                    "the topic {} no longer delivers here: its subscription was deleted. If nobody meant to, find out who did (the event is `Unsubscribe`), and subscribe this source again.",
                    topic.arn
                );
                self.troubles.set(&topic.arn, words).await?;
                Ok(Taken::default())
            }
        }
    }

    /// Whether SNS wrote the message, lately.
    async fn verify(&self, message: &Message, topic: &Topic) -> Result<(), Refusal> {
        let forbidden = |words| Refusal::new(StatusCode::FORBIDDEN, words);
        let url = message
            .certificate_url()
            .ok_or_else(|| forbidden("the SigningCertURL is not one of Amazon SNS's own"))?;
        let now = (self.now)();
        let key = self.certificates.key(&url, now).await;
        let key = match key {
            Ok(key) => key,
            Err(NoKey::Untrusted(words)) => return Err(forbidden(words)),
            Err(NoKey::TooMany) => {
                return Err(Refusal::later("too many certificates were asked for: send it again"));
            }
            Err(NoKey::Unreachable(why)) => {
                let words = format!(
                    "the certificate that messages of {} are signed with cannot be fetched: {why}. Let this machine reach {} over HTTPS; SNS will try again for a while.",
                    topic.arn,
                    url.host_str().unwrap_or_default()
                );
                self.troubles.set("certificate", words).await?;
                return Err(Refusal::later("the certificate cannot be fetched: send it again"));
            }
        };
        self.troubles.clear("certificate").await?;
        if !message.is_signed_by(&key) {
            return Err(forbidden("the signature does not fit the message"));
        }
        // Only now is the time SNS's own: somebody else's is nothing to worry the owner with.
        if message.is_recent(now) != Some(true) {
            let words = format!(
                "a message of {} was refused because it is more than an hour old by this machine's clock: is that right?",
                topic.arn
            );
            self.door.say(Condition::Remark(words)).await?;
            return Err(forbidden("the message is more than an hour old"));
        }
        Ok(())
    }

    async fn confirm(&self, message: &Message, topic: &Topic) -> Result<Taken, Refusal> {
        let url = message.confirmation_url(topic).ok_or_else(|| {
            Refusal::new(StatusCode::FORBIDDEN, "the SubscribeURL is not that of the topic's own Amazon SNS")
        })?;
        let failed = match self.outward.get(url, MAX_CONFIRMATION).await {
            Ok(_) | Err(FetchError::TooLarge) => None,
            Err(FetchError::Status(status)) => Some(format!("SNS answered {status}")),
            Err(FetchError::Unreachable(why)) => Some(why),
        };
        if let Some(why) = failed {
            let words = format!(
                "the subscription to {} could not be confirmed: {why}. Let this machine reach Amazon SNS over HTTPS, then subscribe again.",
                topic.arn
            );
            self.troubles.set(&topic.arn, words).await?;
            return Err(Refusal::later("the subscription could not be confirmed: send it again"));
        }
        self.troubles.clear(&topic.arn).await?;
        let words = format!("the topic {} delivers here from now on", topic.arn);
        self.door.say(Condition::Remark(words)).await?;
        Ok(Taken::default())
    }

    async fn deliver(&self, sender: &Sender, body: Vec<u8>, label: String) -> Result<Taken, Refusal> {
        let arrival = Arrival { body, label, position: None, backlog: false };
        let taken = match tokio::time::timeout(self.limits.answer, self.door.deliver(arrival)).await {
            Ok(taken) => taken?,
            Err(_) => {
                return Err(Refusal::later("it is not safe yet (see trailbell's log): send it again"));
            }
        };
        if let Some(service) = sender.service()
            && let Some(words) = self.remark(service, &taken)
        {
            // It is safe, whether or not anybody is left to hear the rest.
            let _heard = self.door.say(Condition::Remark(words)).await;
        }
        Ok(taken)
    }

    /// What the log is told of what a service sent: nobody reads the answers that services get.
    fn remark(&self, service: &str, taken: &Taken) -> Option<String> {
        if taken.events > 0 {
            self.hollow.store(false, Ordering::Relaxed);
            return None;
        }
        let Some(problem) = taken.problems.first() else {
            // Once until there are events again: they may all be like this.
            let is_new = !self.hollow.swap(true, Ordering::Relaxed);
            return is_new.then(|| {
                format!(
                    "what {service} sent holds no events. If it was the word of a new file in a bucket: the file itself is fetched only by a source that reads a queue (`sqs`)."
                )
            });
        };
        let problem = Untrusted::from(problem.as_str()).render(Channel::Plain);
        Some(format!(
            "what {service} sent cannot be read, and was taken all the same, as it would be sent for ever: {problem}"
        ))
    }

    /// The answer to what is safe. What cannot be read at all is told a sender that somebody looks at; the services would
    /// send it for ever, so they are told yes.
    fn taken(&self, sender: &Sender, taken: &Taken) -> Reply {
        if let Sender::Firehose(id) = sender {
            let answer = json!({ "requestId": id, "timestamp": (self.now)().as_millisecond() });
            return reply::of_json(StatusCode::OK, &answer);
        }
        let problems: Vec<&str> = taken.problems.iter().map(String::as_str).take(MAX_PROBLEMS).collect();
        if taken.events == 0 && !problems.is_empty() && sender.service().is_none() {
            let answer = json!({ "error": "nothing in it could be read", "problems": problems });
            return reply::of_json(StatusCode::BAD_REQUEST, &answer);
        }
        reply::of_json(StatusCode::OK, &json!({ "events": taken.events, "problems": problems }))
    }
}
