//! A Slack app's bot (`chat.postMessage`): threads.
//!
//! The first message of a thread is its root; those that follow are replies. Which message that was is kept in memory
//! only, for the latest threads: after a restart the next message of a thread stands in the channel and is a new root. What is
//! grave is shown in the channel as well as in the thread, where nobody would be told of it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Identity, Message, Receipt, Sending};
use trailbell_text::{Secret, Severity};

use crate::endpoint::{Endpoint, bearer};
use crate::http::{Http, Reply};
use crate::preview;

const CAPABILITIES: Capabilities = Capabilities {
    word: "slack-bot",
    burst: 3,
    interval: Duration::from_secs(1),
    max_bytes: super::MAX_PAYLOAD,
    threads: true,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(20),
};

/// Threads whose root is remembered.
const MAX_THREADS: usize = 1_000;

/// What can only be put right by a person, of the errors of `chat.postMessage`.
const CLOSED: &[&str] = &[
    "access_denied",
    "account_inactive",
    "channel_not_found",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "invalid_auth",
    "is_archived",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "not_in_channel",
    "org_login_required",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "team_access_not_granted",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
];

/// What passes by itself.
const TEMPORARY: &[&str] = &[
    "accesslimited",
    "fatal_error",
    "internal_error",
    "rate_limited",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
    "thread_not_found",
];

/// A Slack app's bot.
#[derive(Debug)]
pub(crate) struct SlackBot {
    http: Http,
    endpoint: Endpoint,
    authorization: Secret,
    channel: String,
    roots: Mutex<VecDeque<(Identity, String)>>,
}

impl SlackBot {
    pub(crate) fn new(
        http: &Http,
        token: &Secret,
        channel: &str,
        endpoint: Option<&str>,
    ) -> Result<Self, String> {
        let base = endpoint.unwrap_or("https://slack.com").trim_end_matches('/');
        let shown = format!("slack-bot://…@{channel}");
        Ok(Self {
            http: http.clone(),
            endpoint: Endpoint::new(&format!("{base}/api/chat.postMessage"), shown, &[token])?,
            authorization: bearer(token)?,
            channel: channel.to_owned(),
            roots: Mutex::default(),
        })
    }

    fn root(&self, thread: &Identity) -> Option<String> {
        let roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        roots.iter().find(|(known, _)| known == thread).map(|(_, ts)| ts.clone())
    }

    fn remember(&self, thread: &Identity, ts: Option<&str>) {
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        match ts {
            None => roots.retain(|(known, _)| known != thread),
            Some(ts) => {
                if roots.len() == MAX_THREADS {
                    roots.pop_front();
                }
                roots.push_back((thread.clone(), ts.to_owned()));
            }
        }
    }

    fn payload(&self, message: &Message, root: Option<&str>) -> Value {
        let mut payload = super::render(message);
        payload["channel"] = json!(self.channel);
        if let Some(ts) = root {
            payload["thread_ts"] = json!(ts);
            payload["reply_broadcast"] = json!(message.page.severity >= Severity::High);
        }
        payload
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let root = self.root(&message.thread);
        let body = self.payload(message, root.as_deref()).to_string().into_bytes();
        let headers = [("authorization", &self.authorization)];
        let reply = self.http.post(&self.endpoint, &headers, body, CAPABILITIES.timeout).await?;
        let answer = reply.json();
        // A reply that is not the API's own (a proxy's page with status 200) took nothing.
        if !reply.is_success() || answer["ok"] != json!(true) {
            return Err(self.failure(message, &reply, &answer));
        }
        let ts = answer["ts"].as_str().map(str::to_owned);
        if root.is_none()
            && let Some(ts) = &ts
        {
            self.remember(&message.thread, Some(ts));
        }
        Ok(Receipt { id: ts })
    }

    fn failure(&self, message: &Message, reply: &Reply, answer: &Value) -> Failure {
        let error = answer["error"].as_str().unwrap_or_default();
        if error == "thread_not_found" {
            self.remember(&message.thread, None);
        }
        if CLOSED.contains(&error) {
            let advice = match error {
                "not_in_channel" | "channel_not_found" => {
                    "invite the app into the channel, and write the channel's id (C0123ABCD) in the settings"
                }
                "missing_scope" => "give the app the scope chat:write and install it again",
                "is_archived" => "choose another channel, or open this one again",
                _ => {
                    "the token is not accepted: install the app again and put its new bot token into the settings"
                }
            };
            return reply.failure_as(&self.endpoint, FailureKind::Closed, advice);
        }
        if !reply.is_success() {
            return reply.failure(&self.endpoint);
        }
        let kind = if error.is_empty() || TEMPORARY.contains(&error) {
            FailureKind::Temporary { after: reply.retry_after() }
        } else {
            FailureKind::Refused
        };
        reply.failure_as(&self.endpoint, kind, "")
    }
}

impl Channel for SlackBot {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        self.endpoint.shown().to_owned()
    }

    fn preview(&self, message: &Message) -> String {
        preview::post(&self.endpoint, &self.payload(message, self.root(&message.thread).as_deref()))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}
