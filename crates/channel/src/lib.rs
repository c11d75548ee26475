//! Where a person is reached: mail, chat, push, webhooks; each a capability table, a pure renderer and a sender.
//!
//! [`open`] makes of a channel's settings what the outbox sends through. Every channel is a file of its own: what it can do
//! (data), what a page looks like there (a pure function, within the limits of the service), and one attempt at sending, whose
//! failure says whether another makes sense. `docs/channels.md` says how to set each one up.
//!
//! Three rules hold for all of them. A value of a record passes the escaper of its channel, so that nobody who can make a failed
//! sign-in can mention a channel, fake a link or start a line. What does not fit is left out whole and counted, never
//! the sentence and never the owner's verification phrase. And no secret is in a target, a preview, a failure or a `Debug`.

mod body;
mod command;
mod discord;
mod draw;
mod email;
mod endpoint;
mod error;
mod file;
mod fit;
mod google_chat;
mod http;
mod line;
mod ntfy;
mod pagerduty;
mod preview;
#[cfg(test)]
mod samples;
mod slack;
mod stdout;
mod teams;
mod telegram;
#[cfg(test)]
mod tests;
mod webhook;
mod words;

pub use error::Error;
pub use http::Http;

use trailbell_config::{ChannelSettings, Target};
use trailbell_outbox::Channel;

/// Opens the channel of these settings; `None` for Amazon SNS and SES, which `trailbell-aws` opens.
///
/// Nothing is sent and nothing is connected to. The error says what is wrong with the settings, without their secrets.
pub fn open(settings: &ChannelSettings, http: &Http) -> Result<Option<Box<dyn Channel>>, Error> {
    let name = &settings.name;
    of(&settings.target, http).map_err(|problem| Error::new(name, problem))
}

fn of(target: &Target, http: &Http) -> Result<Option<Box<dyn Channel>>, String> {
    Ok(Some(match target {
        Target::Sns { .. } | Target::Ses { .. } => return Ok(None),
        Target::Email { to, from, host, port, security, username, password } => {
            Box::new(email::Email::new(&email::Settings {
                to,
                from,
                host,
                port: *port,
                security: *security,
                username: username.as_deref(),
                password: password.as_ref(),
            })?)
        }
        Target::Slack { webhook } => Box::new(slack::SlackWebhook::new(http, webhook)?),
        Target::SlackBot { token, channel, endpoint } => {
            Box::new(slack::SlackBot::new(http, token, channel, endpoint.as_deref())?)
        }
        Target::Teams { webhook } => Box::new(teams::Teams::new(http, webhook)?),
        Target::Discord { webhook } => Box::new(discord::Discord::new(http, webhook)?),
        Target::GoogleChat { webhook } => Box::new(google_chat::GoogleChat::new(http, webhook)?),
        Target::Line { token, to, endpoint } => {
            Box::new(line::Line::new(http, token, to, endpoint.as_deref())?)
        }
        Target::Telegram { token, chat, topic, endpoint } => {
            Box::new(telegram::Telegram::new(http, token, chat, topic.as_deref(), endpoint.as_deref())?)
        }
        Target::Ntfy { server, topic, token } => {
            Box::new(ntfy::Ntfy::new(http, server, topic, token.as_ref())?)
        }
        Target::PagerDuty { routing_key, endpoint } => {
            Box::new(pagerduty::PagerDuty::new(http, routing_key, endpoint.as_deref())?)
        }
        Target::Webhook { url, secret, headers } => {
            Box::new(webhook::Webhook::new(http, url, secret.as_ref(), headers)?)
        }
        Target::Command { program } => Box::new(command::Program::new(program)?),
        Target::File { path } => Box::new(file::Lines::new(path)?),
        Target::Stdout { json } => Box::new(stdout::Stdout::new(*json)),
    }))
}
