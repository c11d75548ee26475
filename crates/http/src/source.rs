//! The source that is sent events: by SNS, EventBridge, Firehose, or whoever has the secret.
//!
//! A request is answered with success only after what is in it is safe. Until then nothing is lost by a crash: the
//! sender has no answer and sends it again, and what it sends twice is told once.

mod body;
mod certificates;
mod handle;
mod outward;
mod proof;
mod sender;
mod sns;
#[cfg(test)]
mod tests;
mod troubles;

pub(crate) use self::proof::is_loopback_host;

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use trailbell_config::SourceKind;
use trailbell_engine::{Closed, Condition, Door, Listening, Source};
use trailbell_text::Secret;

use self::body::Room;
use self::certificates::Certificates;
use self::handle::Handler;
use self::outward::{Https, Outward};
use self::sns::Topic;
use self::troubles::Troubles;
use crate::error::Error;
use crate::listener::{self, Patience};

/// How often it is tried to listen on an address that is taken.
const RETRY: Duration = Duration::from_secs(5);

/// How long a sender may take, and is made to wait.
#[derive(Debug, Clone, Copy)]
struct Limits {
    patience: Patience,
    /// For a body to arrive.
    body: Duration,
    /// For what is in it to be safe; SNS gives up after 15 s, Firehose after three minutes.
    answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Patience { connections: 128, head: Duration::from_secs(10) },
            body: Duration::from_secs(30),
            answer: Duration::from_mins(1),
        }
    }
}

/// Who may send, and what.
#[derive(Debug)]
struct Rules {
    path: String,
    secret: Option<Secret>,
    topics: Vec<Topic>,
    max_body: usize,
}

impl Rules {
    /// Nothing was configured that a sender could show: only this machine's own programs are heard.
    fn is_open(&self) -> bool {
        self.secret.is_none() && self.topics.is_empty()
    }
}

/// A source that listens for HTTP requests.
pub struct HttpSource {
    name: String,
    listen: String,
    rules: Rules,
    limits: Limits,
    outward: Arc<dyn Outward>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for HttpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSource")
            .field("name", &self.name)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl HttpSource {
    /// The source `name` as `kind`, which must be [`SourceKind::Http`], says. Nothing is opened yet.
    pub fn new(name: impl Into<String>, kind: &SourceKind) -> Result<Self, Error> {
        Self::with(name.into(), kind, Limits::default(), Arc::new(Https::new()?), Arc::new(Timestamp::now))
    }

    fn with(
        name: String,
        kind: &SourceKind,
        limits: Limits,
        outward: Arc<dyn Outward>,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Result<Self, Error> {
        let SourceKind::Http { listen, path, secret, topics, max_body } = kind else {
            return Err(Error::new(format!("the source `{name}` is not one that listens for HTTP")));
        };
        let has_port = listen
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if !has_port {
            return Err(Error::new(format!(
                "the source `{name}` listens on `{listen}`, which is not an address and a port. Write `listen: 127.0.0.1:8787`."
            )));
        }
        if !path.starts_with('/') || path.contains(['?', '#']) || path.bytes().any(|b| !b.is_ascii_graphic())
        {
            return Err(Error::new(format!(
                "the path `{path}` of the source `{name}` cannot be served. Write one that begins with `/`, such as `/events`."
            )));
        }
        if secret.as_ref().is_some_and(|secret| secret.expose().trim().is_empty()) {
            return Err(Error::new(format!(
                "the secret of the source `{name}` is empty. Make one with `openssl rand -base64 32`, or leave `secret` out."
            )));
        }
        let parse = |arn: &String| {
            Topic::parse(arn).ok_or_else(|| {
                Error::new(format!(
                    "the topic `{arn}` of the source `{name}` is not the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:trail"
                ))
            })
        };
        let rules = Rules {
            path: path.clone(),
            secret: secret.clone(),
            topics: topics.iter().map(parse).collect::<Result<_, _>>()?,
            max_body: usize::try_from(*max_body).unwrap_or(usize::MAX),
        };
        Ok(Self { name, listen: listen.clone(), rules, limits, outward, now })
    }

    async fn run(self, door: &Door) -> Result<(), Closed> {
        let troubles = Troubles::new(door.clone());
        let listener = loop {
            match TcpListener::bind(&self.listen).await {
                Ok(listener) => break listener,
                Err(error) => {
                    let words = format!(
                        "cannot listen on {}: {error}. Stop what uses that address, or change the source's `listen`.",
                        self.listen
                    );
                    troubles.set("listen", words).await?;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                () = door.closed() => return Err(Closed),
            }
        };
        troubles.clear("listen").await?;
        door.say(Condition::Remark(self.welcome(&listener))).await?;
        door.say(Condition::Listening).await?;
        let room = Room::new(self.rules.max_body, self.limits.body);
        let handler = Arc::new(Handler {
            rules: self.rules,
            limits: self.limits,
            certificates: Certificates::new(Arc::clone(&self.outward)),
            outward: self.outward,
            now: self.now,
            door: door.clone(),
            troubles,
            room,
            hollow: AtomicBool::new(false),
        });
        let answer = move |request, peer| {
            let handler = Arc::clone(&handler);
            async move { handler.answer(request, peer).await }
        };
        listener::serve(listener, self.limits.patience, answer, door.closed()).await;
        Ok(())
    }

    /// What it says when it begins, and what its settings mean.
    fn welcome(&self, listener: &TcpListener) -> String {
        let address =
            listener.local_addr().map_or_else(|_| self.listen.clone(), |address| address.to_string());
        let mut words = format!("listening on http://{address}{}", self.rules.path);
        if self.rules.is_open() {
            words += "; only programs on this machine are heard, as there is neither a `secret` nor `topics`";
        }
        words
    }
}

impl Source for HttpSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        let mut words = format!("HTTP requests to {}{}", self.listen, self.rules.path);
        match self.rules.topics.len() {
            0 => {}
            1 => words += ", one SNS topic",
            // Writing to a string cannot fail.
            count => drop(write!(words, ", {count} SNS topics")),
        }
        words + if self.rules.secret.is_some() { ", with a secret" } else { "" }
    }

    /// There is no position: senders send again what was not answered.
    fn listen(self: Box<Self>, _: Option<String>, door: Door) -> Listening {
        Box::pin(async move {
            let (Err(Closed) | Ok(())) = self.run(&door).await;
        })
    }
}
