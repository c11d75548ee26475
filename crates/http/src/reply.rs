//! Answers: a status and a little JSON.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

/// An answer.
pub(crate) type Reply = Response<Full<Bytes>>;

/// JSON with a status. The JSON writer's escapes make what an outsider wrote harmless.
pub(crate) fn of_json(status: StatusCode, value: &Value) -> Reply {
    of_text(status, "application/json", value.to_string() + "\n")
}

/// Text of a type of ours with a status.
pub(crate) fn of_text(status: StatusCode, content_type: &'static str, text: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(text)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}

/// What is wrong, and what to do about it.
pub(crate) fn error(status: StatusCode, words: &str) -> Reply {
    of_json(status, &json!({ "error": words }))
}

/// The answer with a header more.
pub(crate) fn with(mut reply: Reply, name: HeaderName, value: &'static str) -> Reply {
    reply.headers_mut().insert(name, HeaderValue::from_static(value));
    reply
}
