//! The certificates SNS signs with: fetched once from where SNS keeps them, kept while they are valid.
//!
//! That the certificate is SNS's own follows from where it comes from, over TLS (the URL was checked before).

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use url::Url;
use x509_parser::pem::parse_x509_pem;

use super::outward::{FetchError, Outward};

/// Bytes of a certificate; SNS's have about 2 KB.
const MAX_BYTES: usize = 64 << 10;
/// Certificates kept; SNS uses one a region and year.
const MAX_KEPT: usize = 64;
/// Fetches a minute: whoever invents URLs must not make us a nuisance to SNS.
const MAX_FETCHES: u32 = 30;

/// What is needed of a certificate.
#[derive(Debug, PartialEq, Eq)]
struct Certificate {
    key: Vec<u8>,
    not_before: i64,
    not_after: i64,
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoKey {
    /// It may be there next time.
    Unreachable(String),
    /// It is not a certificate to be trusted.
    Untrusted(&'static str),
    /// Too many were asked for.
    TooMany,
}

/// The certificates.
#[derive(Debug)]
pub(super) struct Certificates {
    outward: Arc<dyn Outward>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_url: HashMap<String, Arc<Certificate>>,
    minute: Timestamp,
    fetches: u32,
}

impl Certificates {
    pub(super) fn new(outward: Arc<dyn Outward>) -> Self {
        Self { outward, kept: Mutex::default() }
    }

    /// The public key (PKCS #1 DER) of the certificate at `url`, which is one of SNS's.
    pub(super) async fn key(&self, url: &Url, now: Timestamp) -> Result<Vec<u8>, NoKey> {
        let is_valid = |certificate: &Certificate| {
            (certificate.not_before..=certificate.not_after).contains(&now.as_second())
        };
        // Held while fetching: of a hundred messages with a new certificate, one fetches it.
        let mut kept = self.kept.lock().await;
        if let Some(known) = kept.by_url.get(url.as_str()).filter(|known| is_valid(known)) {
            return Ok(known.key.clone());
        }
        if now.duration_since(kept.minute).abs() >= SignedDuration::from_mins(1) {
            (kept.minute, kept.fetches) = (now, 0);
        }
        kept.fetches += 1;
        if kept.fetches > MAX_FETCHES {
            return Err(NoKey::TooMany);
        }
        let bytes = self.outward.get(url.clone(), MAX_BYTES).await.map_err(|error| match error {
            FetchError::Unreachable(why) => NoKey::Unreachable(why),
            FetchError::Status(status) if status.is_server_error() => {
                NoKey::Unreachable(format!("SNS answered {status}"))
            }
            FetchError::Status(_) => NoKey::Untrusted("SNS has no such certificate"),
            FetchError::TooLarge => NoKey::Untrusted("what SNS has there is no certificate"),
        })?;
        let certificate =
            parse(&bytes).ok_or(NoKey::Untrusted("what SNS has there is no RSA certificate"))?;
        if !is_valid(&certificate) {
            return Err(NoKey::Untrusted("the certificate is not valid at this machine's time"));
        }
        let key = certificate.key.clone();
        kept.by_url.retain(|_, known| is_valid(known));
        if kept.by_url.len() < MAX_KEPT {
            kept.by_url.insert(url.to_string(), Arc::new(certificate));
        }
        Ok(key)
    }
}

fn parse(pem: &[u8]) -> Option<Certificate> {
    let (_, pem) = parse_x509_pem(pem).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let key = certificate.public_key();
    key.parsed().is_ok_and(|key| matches!(key, x509_parser::public_key::PublicKey::RSA(_))).then(|| {
        Certificate {
            key: key.subject_public_key.data.to_vec(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        }
    })
}
