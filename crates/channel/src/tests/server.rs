//! An HTTP server on this machine that answers as a test says and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::IntoResponse as _;
use serde_json::Value;

/// What a server was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) raw: Bytes,
}

impl Asked {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.raw).expect("a JSON body")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("an ASCII header"))
    }
}

/// What a server answers.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A running server; it ends with the test's runtime.
pub(super) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(super) base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&asked));
        let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap, raw: Bytes| {
            let asked = Asked { uri: uri.to_string(), headers, raw };
            let answer = answer(&asked);
            seen.lock().expect("no test panics here").push(asked);
            async move {
                let headers: HeaderMap = answer
                    .headers
                    .iter()
                    .map(|(name, value)| {
                        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
                    })
                    .collect();
                (StatusCode::from_u16(answer.status).expect("a status"), headers, answer.body).into_response()
            }
        });
        let router = router.layer(axum::extract::DefaultBodyLimit::max(64 * 1024 * 1024));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, asked }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panics here").clone()
    }
}
