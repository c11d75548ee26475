//! How a sender shows that it may send: the secret in a header, or a signature made with it.

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, FORWARDED, HOST, HeaderMap, HeaderName, ORIGIN, VIA};
use jiff::Timestamp;
use trailbell_text::Secret;

/// How far a webhook's time may lie from ours, in seconds (Standard Webhooks leaves it to the receiver; its libraries
/// take five minutes).
const TOLERANCE_SECONDS: i64 = 300;
/// Signatures of one webhook that are compared (several while a key is replaced).
const MAX_SIGNATURES: usize = 16;

/// What a request's headers show by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The secret.
    Secret,
    /// Something that claims to be a signature of the body.
    Signature,
    /// Nothing, or something wrong.
    Nothing,
}

/// What the headers show: `Authorization: Bearer S`, `Authorization: Basic` with S as its password, `X-Api-Key: S`,
/// `X-Trailbell-Secret: S`, Firehose's `X-Amz-Firehose-Access-Key: S`, or a Standard Webhooks signature.
pub(super) fn shown(headers: &HeaderMap, secret: &Secret) -> Shown {
    const NAMES: [&str; 3] = ["x-api-key", "x-trailbell-secret", "x-amz-firehose-access-key"];
    let plain = NAMES.iter().flat_map(|name| headers.get_all(*name));
    if plain.into_iter().any(|value| is_equal(value.as_bytes(), secret)) {
        return Shown::Secret;
    }
    for value in headers.get_all(AUTHORIZATION) {
        let Some((scheme, credentials)) = value.to_str().ok().and_then(|value| value.split_once(' ')) else {
            continue;
        };
        let credentials = credentials.trim();
        let is_shown = if scheme.eq_ignore_ascii_case("bearer") {
            is_equal(credentials.as_bytes(), secret)
        } else if scheme.eq_ignore_ascii_case("basic") {
            let pair = STANDARD.decode(credentials).unwrap_or_default();
            let colon = pair.iter().position(|byte| *byte == b':');
            colon.is_some_and(|colon| is_equal(&pair[colon + 1..], secret))
        } else {
            false
        };
        if is_shown {
            return Shown::Secret;
        }
    }
    if headers.contains_key("webhook-signature") { Shown::Signature } else { Shown::Nothing }
}

/// Compares digests, so that neither the place of the first difference nor the length can be timed.
fn is_equal(shown: &[u8], secret: &Secret) -> bool {
    let (shown, secret) = (digest(&SHA256, shown), digest(&SHA256, secret.expose().as_bytes()));
    verify_slices_are_equal(shown.as_ref(), secret.as_ref()).is_ok()
}

/// Checks a Standard Webhooks signature (HMAC-SHA256 of `id.timestamp.body`); the error is for the sender.
pub(super) fn check_signature(
    headers: &HeaderMap,
    body: &[u8],
    secret: &Secret,
    now: Timestamp,
) -> Result<(), &'static str> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(time), Some(signatures)) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
    else {
        return Err("a signed request needs the headers webhook-id, webhook-timestamp and webhook-signature");
    };
    let seconds: i64 = time.parse().map_err(|_| "webhook-timestamp is not a number of seconds")?;
    if seconds.abs_diff(now.as_second()) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(
            "webhook-timestamp is more than five minutes from this machine's time: send it again, or set the clocks",
        );
    }
    let exposed = secret.expose();
    let decoded = exposed.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, decoded.as_deref().unwrap_or(exposed.as_bytes()));
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    let is_right = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .any(|signature| hmac::verify(&key, &signed, &signature).is_ok());
    is_right.then_some(()).ok_or("the signature does not fit the body and the secret")
}

/// Whether, with nothing to show, a request is from a program on this machine: not from another machine, not through a
/// proxy on this one, and not from a web page that a browser on this one shows.
pub(super) fn is_local_program(headers: &HeaderMap, peer: SocketAddr) -> bool {
    const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let is_relayed =
        [ORIGIN, FORWARDED, VIA, X_FORWARDED_FOR].iter().any(|header| headers.contains_key(header));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    peer.ip().to_canonical().is_loopback() && !is_relayed && host.is_none_or(is_loopback_host)
}

/// Whether a `Host` header names this machine's loopback: a page elsewhere whose name was made to point here names
/// itself.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let Ok(authority) = host.parse::<http::uri::Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}
