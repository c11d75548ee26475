//! Every channel against a server of its kind that enforces what is documented of it.

mod answers;
mod documented;
mod limits;
mod mail;
mod rules;
mod secrets;
mod server;
mod shown;
mod smtp;

use std::sync::OnceLock;

use trailbell_config::{ChannelSettings, SmtpSecurity, Target};
use trailbell_outbox::Channel;
use trailbell_text::{Secret, Severity};

use crate::Http;

/// A secret that is easily found where it should not be.
const SECRET: &str = "S3CR3T-abcdefghijklmnop";

/// The channel of a target, with settings that do not matter to it.
fn open(target: Target) -> Box<dyn Channel> {
    try_open(target).expect("settings that fit").expect("a channel of this crate")
}

fn try_open(target: Target) -> Result<Option<Box<dyn Channel>>, crate::Error> {
    let settings = ChannelSettings {
        name: "test".to_owned(),
        target,
        language: None,
        minimum_severity: Severity::Info,
        accounts: Vec::new(),
        kinds: Vec::new(),
        quiet_hours: None,
        monthly_budget: None,
        digest_below: None,
        operations: true,
    };
    crate::open(&settings, http())
}

/// One for all tests: reading the machine's certificates takes longer than most of them.
fn http() -> &'static Http {
    static HTTP: OnceLock<Http> = OnceLock::new();
    HTTP.get_or_init(|| Http::new().expect("a client"))
}

/// Every target that posts, to a server on this machine, by its word; each with [`SECRET`] where its secret is.
fn posting(base: &str) -> Vec<(&'static str, Target)> {
    let secret = |text: String| Secret::new(text);
    let endpoint = Some(base.to_owned());
    let token = || Secret::new(SECRET);
    vec![
        ("slack", Target::Slack { webhook: secret(format!("{base}/services/T0123/B0456/{SECRET}")) }),
        (
            "slack-bot",
            Target::SlackBot { token: token(), channel: "C0123ABCD".to_owned(), endpoint: endpoint.clone() },
        ),
        (
            "teams",
            Target::Teams {
                webhook: secret(format!("{base}/workflows/1/triggers/manual/paths/invoke?sig={SECRET}")),
            },
        ),
        ("discord", Target::Discord { webhook: secret(format!("{base}/api/webhooks/1234/{SECRET}")) }),
        (
            "google-chat",
            Target::GoogleChat {
                webhook: secret(format!("{base}/v1/spaces/AAAA/messages?key=k{SECRET}&token={SECRET}")),
            },
        ),
        (
            "line",
            Target::Line { token: token(), to: "U0123456789abcdef".to_owned(), endpoint: endpoint.clone() },
        ),
        (
            "telegram",
            Target::Telegram {
                token: secret(format!("123456:{SECRET}")),
                chat: "-1001".to_owned(),
                topic: Some("7".to_owned()),
                endpoint: endpoint.clone(),
            },
        ),
        (
            "ntfy",
            Target::Ntfy {
                server: base.to_owned(),
                topic: token(),
                token: Some(secret(format!("tk_{SECRET}"))),
            },
        ),
        ("pagerduty", Target::PagerDuty { routing_key: token(), endpoint }),
        (
            "webhook",
            Target::Webhook {
                url: secret(format!("{base}/hook/{SECRET}?key={SECRET}")),
                secret: Some(secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())),
                headers: vec![("x-api-key".to_owned(), token())],
            },
        ),
    ]
}

/// Mail by a server on this machine.
fn mail_by(port: u16) -> Target {
    Target::Email {
        to: vec!["owner@example.com".to_owned()],
        from: "trailbell@example.com".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::None,
        username: None,
        password: None,
    }
}
