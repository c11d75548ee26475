//! SNS's own side: a key, a certificate, and messages signed as the SNS guide says.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::{Value, json};

use super::{EVENT, TOPIC};

pub(super) const CERTIFICATE_URL: &str =
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem";
pub(super) const TOKEN: &str = "2336412f37fb687f5d51e6e2425dacbbab";

pub(super) struct Identity {
    pub(super) certificate: String,
    key: PrivateKey,
}

/// A key and a certificate that is valid in these years.
pub(super) fn identity(from: i32, until: i32) -> Identity {
    let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let mut params = CertificateParams::new(vec!["sns.amazonaws.com".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let certificate = params.self_signed(&pair).unwrap().pem();
    Identity { certificate, key: PrivateKey::from_pkcs8_der(&pair.serialize_der()).unwrap() }
}

static SNS: LazyLock<Identity> = LazyLock::new(|| identity(2026, 2028));

pub(super) fn certificate() -> Vec<u8> {
    SNS.certificate.clone().into_bytes()
}

/// A message before it is signed; what is signed is written out here, as the guide has it.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) kind: &'static str,
    pub(super) topic: String,
    pub(super) text: String,
    pub(super) subject: Option<&'static str>,
    pub(super) time: &'static str,
    pub(super) version: &'static str,
    pub(super) certificate_url: String,
    pub(super) subscribe_url: String,
}

impl Draft {
    pub(super) fn new(kind: &'static str) -> Self {
        Self {
            kind,
            topic: TOPIC.to_owned(),
            text: EVENT.to_owned(),
            subject: None,
            time: "2026-11-24T10:29:58.123Z",
            version: "2",
            certificate_url: CERTIFICATE_URL.to_owned(),
            subscribe_url: format!(
                "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}"
            ),
        }
    }

    fn signed_text(&self) -> String {
        let Self { kind, topic, text, time, subscribe_url, .. } = self;
        if *kind == "Notification" {
            let subject = self.subject.map(|subject| format!("Subject\n{subject}\n")).unwrap_or_default();
            format!(
                "Message\n{text}\nMessageId\nid-1\n{subject}Timestamp\n{time}\nTopicArn\n{topic}\nType\n{kind}\n"
            )
        } else {
            format!(
                "Message\n{text}\nMessageId\nid-1\nSubscribeURL\n{subscribe_url}\nTimestamp\n{time}\nToken\n{TOKEN}\nTopicArn\n{topic}\nType\n{kind}\n"
            )
        }
    }

    pub(super) fn signed(&self) -> Value {
        let (key, text) = (SNS.key.clone(), self.signed_text());
        let signature = if self.version == "1" {
            SigningKey::<sha1::Sha1>::new(key).sign(text.as_bytes()).to_vec()
        } else {
            SigningKey::<rsa::sha2::Sha256>::new(key).sign(text.as_bytes()).to_vec()
        };
        let mut message = json!({
            "Type": self.kind,
            "MessageId": "id-1",
            "TopicArn": self.topic,
            "Message": self.text,
            "Timestamp": self.time,
            "SignatureVersion": self.version,
            "Signature": STANDARD.encode(signature),
            "SigningCertURL": self.certificate_url,
        });
        if self.kind == "Notification" {
            message["UnsubscribeURL"] = json!("https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe");
            message["MessageAttributes"] = json!({ "a": { "Type": "String", "Value": "b" } });
        } else {
            message["SubscribeURL"] = json!(self.subscribe_url);
            message["Token"] = json!(TOKEN);
        }
        if let Some(subject) = self.subject {
            message["Subject"] = json!(subject);
        }
        message
    }
}
