//! A Slack incoming webhook: one channel, no threads (its reply names no message), errors in plain words.

use std::time::Duration;

use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::Secret;

use crate::endpoint::{Endpoint, host};
use crate::http::{Http, Reply};
use crate::preview;

const CAPABILITIES: Capabilities = Capabilities {
    word: "slack",
    burst: 3,
    interval: Duration::from_secs(1),
    max_bytes: super::MAX_PAYLOAD,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(20),
};

/// A Slack incoming webhook.
#[derive(Debug)]
pub(crate) struct SlackWebhook {
    http: Http,
    endpoint: Endpoint,
}

impl SlackWebhook {
    pub(crate) fn new(http: &Http, webhook: &Secret) -> Result<Self, String> {
        Ok(Self {
            http: http.clone(),
            endpoint: Endpoint::new(webhook.expose(), masked(webhook), &[webhook])?,
        })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let body = super::render(message).to_string().into_bytes();
        let reply = self.http.post(&self.endpoint, &[], body, CAPABILITIES.timeout).await?;
        if reply.is_success() { Ok(Receipt::default()) } else { Err(failure(&self.endpoint, &reply)) }
    }
}

/// The workspace and the app's number are no secrets; what follows them is.
fn masked(webhook: &Secret) -> String {
    let host = host(webhook.expose());
    let mut pieces = webhook.expose().split("/services/").nth(1).unwrap_or_default().split('/');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(team), Some(app), Some(_)) if host == "hooks.slack.com" => format!("slack://{team}/{app}/…"),
        _ => format!("slack://{host}/…"),
    }
}

fn failure(endpoint: &Endpoint, reply: &Reply) -> Failure {
    let said = reply.text();
    let gone =
        ["no_service", "no_team", "team_disabled", "invalid_token", "no_active_hooks", "user_not_found"];
    if gone.iter().any(|word| said.trim().starts_with(word)) || matches!(reply.status, 403 | 404 | 410) {
        let advice = "the webhook was taken away or its channel is closed: make a new one in Slack and put its URL into the settings";
        return reply.failure_as(endpoint, FailureKind::Closed, advice);
    }
    reply.failure(endpoint)
}

impl Channel for SlackWebhook {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        self.endpoint.shown().to_owned()
    }

    fn preview(&self, message: &Message) -> String {
        preview::post(&self.endpoint, &super::render(message))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}
