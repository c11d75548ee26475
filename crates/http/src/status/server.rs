//! The listener of `/healthz` and `/metrics`: reads only, for whoever is on this machine.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, HOST};
use http::{Method, Request, StatusCode};
use tokio::net::TcpListener;

use super::Status;
use crate::listener::{self, Patience};
use crate::reply::{self, Reply};
use crate::source::is_loopback_host;

const PATIENCE: Patience = Patience { connections: 32, head: Duration::from_secs(10) };
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `GET /healthz` (200, or 503 with the reasons in words) and `GET /metrics` (`OpenMetrics` text, which Prometheus
/// scrapes) until `shutdown`.
///
/// On a loopback address, only requests whose `Host` is the loopback's are answered: a web page elsewhere that has its
/// own name point to this machine (DNS rebinding) is not. Whoever listens on another address has decided who may ask.
pub async fn serve(listener: TcpListener, status: Arc<Status>, shutdown: impl Future<Output = ()> + Send) {
    let is_loopback = listener.local_addr().is_ok_and(|address| address.ip().to_canonical().is_loopback());
    let answer = move |request: Request<_>, _| {
        let reply = answer(&request, is_loopback, &status);
        std::future::ready(reply)
    };
    listener::serve(listener, PATIENCE, answer, shutdown).await;
}

fn answer<B>(request: &Request<B>, is_loopback: bool, status: &Status) -> Reply {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if is_loopback && !is_loopback_host(host) {
        let words =
            "this listener answers only requests to this machine itself: ask for localhost or 127.0.0.1";
        return reply::error(StatusCode::MISDIRECTED_REQUEST, words);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refused = reply::error(StatusCode::METHOD_NOT_ALLOWED, "there is nothing to change here: GET");
        return reply::with(refused, ALLOW, "GET, HEAD");
    }
    match request.uri().path() {
        "/healthz" => {
            let (is_well, health) = status.health();
            let code = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            reply::of_json(code, &health)
        }
        "/metrics" => match status.metrics.to_text() {
            Ok(text) => reply::of_text(StatusCode::OK, OPENMETRICS, text),
            Err(_) => reply::error(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written"),
        },
        _ => reply::error(StatusCode::NOT_FOUND, "there is /healthz and /metrics"),
    }
}
