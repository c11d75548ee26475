//! Messages of Amazon SNS over HTTP(S), and whether SNS wrote them.
//!
//! The format, the text that is signed and the steps of verifying are those of the SNS guide (*Amazon SNS
//! notification format*, *Verifying the signatures of Amazon SNS messages*). Two things are stricter than there: the
//! certificate's URL must be exactly of the form SNS uses, since other paths of the same host answer with texts that
//! whoever owns a topic can choose; and a confirmation is followed only to the topic's own region.

use std::fmt::Write as _;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

/// How old a message may be. SNS tries for up to an hour, with the first time in the message; what is replayed within
/// it is an event the ledger knows.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(75);

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Kind {
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

/// A message as SNS sends it. Everything in it is hostile until [`Message::verify`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Message {
    #[serde(rename = "Type")]
    pub(super) kind: Kind,
    #[serde(rename = "MessageId")]
    id: String,
    pub(super) topic_arn: String,
    subject: Option<String>,
    /// What was published.
    #[serde(rename = "Message")]
    pub(super) text: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    token: Option<String>,
}

/// A topic's ARN, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) arn: String,
    host: String,
}

impl Topic {
    /// Reads `arn:aws:sns:eu-central-1:123456789012:name`.
    pub(super) fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let &["arn", partition, "sns", region, account, name] = parts.as_slice() else { return None };
        let suffix = match partition {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            _ => return None,
        };
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        (is_region(region) && is_account && is_name)
            .then(|| Self { arn: arn.to_owned(), host: format!("sns.{region}.{suffix}") })
    }
}

fn is_region(text: &str) -> bool {
    (3..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The URL, where it is https at a host `is_pinned` accepts and has nothing that could lead elsewhere.
fn pinned(text: &str, is_pinned: impl Fn(&str) -> bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_bare = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none();
    (is_bare && is_pinned(url.host_str()?)).then_some(url)
}

impl Message {
    /// Where its certificate is, if that is SNS's own.
    pub(super) fn certificate_url(&self) -> Option<Url> {
        let is_sns = |host: &str| {
            let region = host
                .strip_suffix(".amazonaws.com")
                .or_else(|| host.strip_suffix(".amazonaws.com.cn"))
                .and_then(|host| host.strip_prefix("sns."));
            region.is_some_and(is_region)
        };
        let url = pinned(&self.signing_cert_url, is_sns)?;
        let id = url.path().strip_prefix("/SimpleNotificationService-")?.strip_suffix(".pem")?;
        let is_certificate =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) && url.query().is_none();
        is_certificate.then_some(url)
    }

    /// Where its subscription is confirmed, if that is the topic's own SNS and says what the message says.
    pub(super) fn confirmation_url(&self, topic: &Topic) -> Option<Url> {
        let url = pinned(self.subscribe_url.as_deref()?, |host| host == topic.host)?;
        let has = |name: &str, value: &str| url.query_pairs().any(|(n, v)| n == name && v == value);
        let confirms = url.path() == "/"
            && has("Action", "ConfirmSubscription")
            && has("TopicArn", &topic.arn)
            && has("Token", self.token.as_deref()?);
        confirms.then_some(url)
    }

    /// Whether it is of now; `None` where its time makes no sense.
    pub(super) fn is_recent(&self, now: Timestamp) -> Option<bool> {
        let time: Timestamp = self.timestamp.parse().ok()?;
        Some(now.duration_since(time) <= MAX_AGE)
    }

    /// Whether the owner of this RSA key (PKCS #1 DER) signed it.
    pub(super) fn is_signed_by(&self, key: &[u8]) -> bool {
        let algorithm = match self.signature_version.as_str() {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        let Ok(signature) = STANDARD.decode(&self.signature) else { return false };
        UnparsedPublicKey::new(algorithm, key).verify(self.signed_text().as_bytes(), &signature).is_ok()
    }

    /// The text that is signed: names and values, a line each, by name.
    fn signed_text(&self) -> String {
        let is_notification = self.kind == Kind::Notification;
        let kind = match self.kind {
            Kind::Notification => "Notification",
            Kind::SubscriptionConfirmation => "SubscriptionConfirmation",
            Kind::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        };
        let fields = [
            ("Message", Some(self.text.as_str())),
            ("MessageId", Some(self.id.as_str())),
            ("Subject", self.subject.as_deref().filter(|_| is_notification)),
            ("SubscribeURL", self.subscribe_url.as_deref().filter(|_| !is_notification)),
            ("Timestamp", Some(self.timestamp.as_str())),
            ("Token", self.token.as_deref().filter(|_| !is_notification)),
            ("TopicArn", Some(self.topic_arn.as_str())),
            ("Type", Some(kind)),
        ];
        let mut text = String::new();
        for (name, value) in fields {
            if let Some(value) = value {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{name}\n{value}");
            }
        }
        text
    }
}
