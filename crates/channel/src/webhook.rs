//! A webhook of the owner's own, signed as Standard Webhooks says.
//!
//! The identity is the `webhook-id`, which the receiver can drop copies by; `webhook-signature` is `v1,` and the base64 of an
//! HMAC-SHA256 over `id.timestamp.body`, one for each secret (two while a secret is being changed). Redirects are not
//! followed; 410 means that the receiver wants no more.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::Secret;

use crate::endpoint::{Endpoint, host};
use crate::http::Http;
use crate::{body, preview};

const CAPABILITIES: Capabilities = Capabilities {
    word: "webhook",
    // The owner's own endpoint: it says 429 where that is too much.
    burst: 100,
    interval: Duration::from_millis(10),
    max_bytes: 256 * 1024,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(20),
};

/// A webhook.
#[derive(Debug)]
pub(crate) struct Webhook {
    http: Http,
    endpoint: Endpoint,
    keys: Vec<Key>,
    headers: Vec<(String, Secret)>,
}

/// A signing key; never shown.
struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Webhook {
    pub(crate) fn new(
        http: &Http,
        url: &Secret,
        secret: Option<&Secret>,
        headers: &[(String, Secret)],
    ) -> Result<Self, String> {
        let keys = match secret {
            None => Vec::new(),
            Some(secret) => secret.expose().split_whitespace().map(key).collect::<Result<_, _>>()?,
        };
        for (name, value) in headers {
            let fits = HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value.expose()).is_ok();
            if !fits {
                return Err(format!(
                    "its header {name:?} cannot be sent: a name of letters and hyphens, a value of one line"
                ));
            }
        }
        let mut secrets = vec![url];
        secrets.extend(secret);
        secrets.extend(headers.iter().map(|(_, value)| value));
        let shown = format!("webhook to {}/…", host(url.expose()));
        Ok(Self {
            http: http.clone(),
            endpoint: Endpoint::new(url.expose(), shown, &secrets)?,
            keys,
            headers: headers.to_vec(),
        })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = render(message).to_string().into_bytes();
        // The time of the attempt, as the standard says: receivers refuse what is older than five minutes.
        let timestamp = Timestamp::now().as_second().to_string();
        let id = message.identity.as_str();
        let mut own =
            vec![("webhook-id", Secret::new(id)), ("webhook-timestamp", Secret::new(timestamp.as_str()))];
        if !self.keys.is_empty() {
            let signatures: Vec<String> = self
                .keys
                .iter()
                .map(|key| sign(key, id, &timestamp, &body))
                .collect::<Result<_, _>>()
                .map_err(|()| Failure {
                    kind: FailureKind::Closed,
                    message: "the signing key cannot be used".to_owned(),
                })?;
            own.push(("webhook-signature", Secret::new(signatures.join(" "))));
        }
        let mut headers: Vec<(&str, &Secret)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value)).collect();
        headers.extend(own.iter().map(|(name, value)| (*name, value)));
        let reply = self.http.post(&self.endpoint, &headers, body, CAPABILITIES.timeout).await?;
        match reply.status {
            200..=299 => Ok(Receipt::default()),
            410 => {
                let advice = "the receiver wants no more: remove the channel from the settings, or ask who keeps the receiver";
                Err(reply.failure_as(&self.endpoint, FailureKind::Closed, advice))
            }
            300..=399 => {
                let advice = "redirects are not followed, so that no other host learns what is sent: write the final address into the settings";
                Err(reply.failure_as(&self.endpoint, FailureKind::Closed, advice))
            }
            _ => Err(reply.failure(&self.endpoint)),
        }
    }
}

/// A secret as Standard Webhooks writes it: `whsec_` and the base64 of 24 to 64 bytes.
fn key(secret: &str) -> Result<Key, String> {
    const HOW: &str = "make one with: echo \"whsec_$(openssl rand -base64 32)\"";
    let encoded = secret
        .strip_prefix("whsec_")
        .ok_or_else(|| format!("its secret does not begin with whsec_; {HOW}"))?;
    let bytes =
        STANDARD.decode(encoded).map_err(|_| format!("its secret is not base64 after whsec_; {HOW}"))?;
    if !(24..=64).contains(&bytes.len()) {
        return Err(format!("its secret holds {} bytes where 24 to 64 are needed; {HOW}", bytes.len()));
    }
    Ok(Key(bytes))
}

fn sign(key: &Key, id: &str, timestamp: &str, body: &[u8]) -> Result<String, ()> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).map_err(|_| ())?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Type, time and the one JSON form that a message has everywhere.
fn render(message: &Message) -> Value {
    let kind = message.json.get("kind").or_else(|| message.json.get("bulletin")).and_then(Value::as_str);
    let kind = kind.filter(|kind| kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    json!({
        "type": kind.map_or_else(|| "trailbell.message".to_owned(), |kind| format!("trailbell.{kind}")),
        "timestamp": message.date.to_string(),
        "data": body::within(&message.json, CAPABILITIES.max_bytes - 1_000),
    })
}

impl Channel for Webhook {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        self.endpoint.shown().to_owned()
    }

    fn preview(&self, message: &Message) -> String {
        preview::post(&self.endpoint, &render(message))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_standards_own_example() {
        // From the text of the specification: the secret, the message and the signature it gives for them.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_none_is_refused_with_the_way_to_make_one() {
        for secret in ["hello", "whsec_!!", "whsec_c2hvcnQ="] {
            let problem = key(secret).unwrap_err();
            assert!(problem.contains("openssl rand") && !problem.contains("hello"), "{problem}");
        }
    }
}
