//! `channels`: who is told, how, and which notices reach them.

use std::path::PathBuf;

use jiff::civil::Time;
use trailbell_text::{Kind, Secret, Severity, Span};
use url::Url;

use crate::channel_url::{self, Slip, check_web, is_mail_address};
use crate::reader::{Expansion, Fields, Reader, shown_key};
use crate::sources::aws;
use crate::table::{self, Table, is_topic_arn};
use crate::values::clock_time;
use crate::watch::{ChannelSettings, SmtpSecurity, Target};
use crate::watch_keys::{CHANNELS, ROUTING, URL_FORM};
use trailbell_yaml::{Node, Value};

/// What LINE's free plan in Japan includes in a month, counted by message and person.
pub(crate) const LINE_MONTHLY: u64 = 200;

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Vec<ChannelSettings> {
    let mut channels = Vec::new();
    for (name, name_span, body) in reader.entries(node, "`channels`") {
        table::check_name(&name.text, name_span, "channel", reader);
        let what = format!("channel `{}`", table::shown_name(&name.text));
        let problems_before = reader.problems.len();
        let nothing = Fields::default();
        let (target, fields) = match &body.value {
            Value::Scalar(_) => (url_form(body, &what, reader), nothing),
            Value::Mapping(_) if has(body, "url") && !has(body, "type") => {
                let fields = reader.fields_of(body, &[URL_FORM, ROUTING], &what);
                (fields.get("url").and_then(|node| url_form(node, "`url`", reader)), fields)
            }
            _ => match table::open(body, name_span, CHANNELS, ROUTING, &what, reader) {
                Some((word, fields)) => {
                    let target = table_form(word, name_span, &mut Table { fields: &fields, reader });
                    (target, fields)
                }
                None => (None, nothing),
            },
        };
        let mut table = Table { fields: &fields, reader };
        let channel = target.map(|target| routed(name.text.clone(), target, &mut table));
        if let Some(channel) = channel
            && reader.problems.len() == problems_before
        {
            channels.push(channel);
        }
    }
    channels
}

fn has(node: &Node, key: &str) -> bool {
    match &node.value {
        Value::Mapping(pairs) => {
            pairs.iter().any(|(name, _)| matches!(&name.value, Value::Scalar(name) if name.text == key))
        }
        _ => false,
    }
}

fn routed(name: String, target: Target, table: &mut Table<'_, '_, '_>) -> ChannelSettings {
    let severity = |table: &mut Table<'_, '_, '_>, key: &str| -> Option<Severity> {
        table.word(key, Severity::WORDS).and_then(|word| word.parse().ok())
    };
    let line = matches!(target, Target::Line { .. });
    let monthly_budget =
        table.get("monthly_budget").and_then(|node| table.reader.count(node, "`monthly_budget`"));
    ChannelSettings {
        name,
        language: table.word("language", crate::Language::WORDS).and_then(|word| word.parse().ok()),
        minimum_severity: severity(table, "minimum_severity").unwrap_or(Severity::Info),
        accounts: table.list("accounts", Reader::account_id),
        kinds: table.list("kinds", |reader, node, what| {
            reader.word(node, Kind::WORDS, what).and_then(|word| word.parse().ok())
        }),
        quiet_hours: table.get("quiet_hours").and_then(|node| quiet_hours(node, table.reader)),
        // LINE counts and charges what others give away.
        monthly_budget: monthly_budget.or(line.then_some(LINE_MONTHLY)),
        digest_below: severity(table, "digest_below").or(line.then_some(Severity::Critical)),
        operations: table
            .get("operations")
            .and_then(|node| table.reader.flag(node, "`operations`"))
            .unwrap_or(true),
        target,
    }
}

/// `23:00-07:00`; the end may be before the start, which is then the evening before.
fn quiet_hours(node: &Node, reader: &mut Reader<'_>) -> Option<(Time, Time)> {
    let scalar = reader.scalar(node, "`quiet_hours`")?;
    let hours = scalar
        .text
        .split_once('-')
        .and_then(|(from, to)| Some((clock_time(from.trim())?, clock_time(to.trim())?)));
    let wrong = match hours {
        None => format!("`{}` is not a span of hours", shown_key(&scalar.text)),
        Some((from, to)) if from == to => "These quiet hours have no length".to_owned(),
        Some(hours) => return Some(hours),
    };
    reader.problem_with_hint(node.span, wrong, "write HH:MM-HH:MM, such as 23:00-07:00");
    None
}

fn url_form(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<Target> {
    let text = reader.secret_text(node, what, Expansion::PartOfUrl)?;
    match channel_url::target(&text.text) {
        Ok(target) => {
            if text.in_plain && opens_something(&target) {
                reader.warn_of_plain_secret(node, what);
            }
            Some(target)
        }
        Err(slip) => {
            told(slip, node, reader);
            None
        }
    }
}

fn told(slip: Slip, node: &Node, reader: &mut Reader<'_>) {
    reader.problem_with_hint(node.span, slip.message, slip.hint);
}

/// Whether whoever has this URL can do something with it.
const fn opens_something(target: &Target) -> bool {
    match target {
        Target::Sns { .. }
        | Target::Ses { .. }
        | Target::Command { .. }
        | Target::File { .. }
        | Target::Stdout { .. } => false,
        Target::Email { password, .. } => password.is_some(),
        _ => true,
    }
}

fn table_form(word: &str, name_span: Span, table: &mut Table<'_, '_, '_>) -> Option<Target> {
    let target = match word {
        "email" => return email(name_span, table),
        "sns" => {
            let topic = table.text("topic");
            if let (Some(node), Some(topic)) = (table.get("topic"), &topic)
                && !is_topic_arn(topic)
            {
                let hint = "write it as arn:aws:sns:us-east-1:123456789012:TOPIC";
                table.reader.problem_with_hint(node.span, "This is not the ARN of an SNS topic", hint);
            }
            Target::Sns { aws: aws(table), topic: topic? }
        }
        "ses" => {
            let to = addresses(table);
            let from = address("from", table);
            Target::Ses { aws: aws(table), to, from: from? }
        }
        "slack" => Target::Slack { webhook: web(table, "webhook")? },
        "teams" => Target::Teams { webhook: web(table, "webhook")? },
        "discord" => Target::Discord { webhook: web(table, "webhook")? },
        "google-chat" => Target::GoogleChat { webhook: web(table, "webhook")? },
        "slack-bot" => {
            let (token, channel, endpoint) = (table.secret("token"), table.text("channel"), endpoint(table));
            Target::SlackBot { token: token?, channel: channel?, endpoint }
        }
        "line" => {
            let (token, to, endpoint) = (table.secret("token"), table.text("to"), endpoint(table));
            Target::Line { token: token?, to: to?, endpoint }
        }
        "telegram" => {
            let (token, chat) = (table.secret("token"), table.text_or_number("chat"));
            let (topic, endpoint) = (table.text_or_number("topic"), endpoint(table));
            Target::Telegram { token: token?, chat: chat?, topic, endpoint }
        }
        "ntfy" => {
            let server = table.text("server").unwrap_or_else(|| channel_url::NTFY.to_owned());
            if let Some(node) = table.get("server")
                && let Err(slip) = check_web(&server)
            {
                told(slip, node, table.reader);
            }
            let (topic, token) = (table.secret("topic"), table.secret("token"));
            Target::Ntfy { server: server.trim_end_matches('/').to_owned(), topic: topic?, token }
        }
        "pagerduty" => {
            let (routing_key, endpoint) = (table.secret("routing_key"), endpoint(table));
            Target::PagerDuty { routing_key: routing_key?, endpoint }
        }
        "webhook" => {
            // Not every address is a secret: one in plain is no reason to warn.
            let url = table
                .get("url")
                .and_then(|node| table.reader.secret_text(node, "`url`", Expansion::PartOfUrl))
                .map(|url| Secret::new(url.text));
            if let (Some(node), Some(url)) = (table.get("url"), &url) {
                if let Err(slip) = check_web(url.expose()) {
                    told(slip, node, table.reader);
                } else if url.expose().contains("secret=whsec_") {
                    let message = "The key of the signature must not stand in the address, which is sent";
                    table.reader.problem_with_hint(node.span, message, "give it as `secret`");
                }
            }
            let (secret, headers) = (table.secret("secret"), headers(table));
            Target::Webhook { url: url?, secret, headers }
        }
        "command" => Target::Command { program: table.list("program", Reader::text) },
        "file" => Target::File { path: PathBuf::from(table.text("path")?) },
        _ => Target::Stdout { json: table.word("format", &["text", "json"]) == Some("json") },
    };
    Some(target)
}

fn email(name_span: Span, table: &mut Table<'_, '_, '_>) -> Option<Target> {
    let to = addresses(table);
    let from = address("from", table);
    let username = table.text("username");
    let password = table.secret("password");
    let security = table.word("security", &["tls", "starttls", "none"]).map(|word| match word {
        "tls" => SmtpSecurity::Tls,
        "starttls" => SmtpSecurity::StartTls,
        _ => SmtpSecurity::None,
    });
    let server = table.text("server");
    let server = server.and_then(|server| {
        let node = table.get("server")?;
        match mail_server(&server, security) {
            Ok(server) => Some(server),
            Err(slip) => {
                told(slip, node, table.reader);
                None
            }
        }
    });
    if table.get("username").is_some() != table.get("password").is_some() {
        let hint = "give both `username` and `password`, or neither";
        table.reader.problem_with_hint(name_span, "A user name and a password belong together", hint);
    }
    let from = match (from, &username) {
        (None, Some(username)) if table.get("from").is_none() && is_mail_address(username) => {
            Some(username.clone())
        }
        (None, _) if table.get("from").is_none() => {
            let hint = "give `from`, an address that the mail server lets you use";
            table.reader.problem_with_hint(name_span, "Nothing says which address the mail comes from", hint);
            None
        }
        (from, _) => from,
    };
    let channel_url::Server { host, port, security } = server?;
    Some(Target::Email { to, from: from?, host, port, security, username, password })
}

/// `smtps://host[:port]`, `smtp://host[:port]`, or the host alone, which is spoken to over TLS.
fn mail_server(text: &str, security: Option<SmtpSecurity>) -> Result<channel_url::Server, Slip> {
    let slip = |message: &str, hint| Slip { message: message.to_owned(), hint };
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        let starttls =
            text.ends_with(":587") || text.ends_with(":25") || security == Some(SmtpSecurity::StartTls);
        format!(
            "{}://{text}",
            if starttls || security == Some(SmtpSecurity::None) { "smtp" } else { "smtps" }
        )
    };
    let url = Url::parse(&with_scheme).map_err(|_| {
        slip(
            "This is not the URL of a mail server",
            "write it as smtps://smtp.example.com:465 or smtp://smtp.example.com:587",
        )
    })?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || !matches!(url.path(), "" | "/")
    {
        return Err(slip(
            "`server` names the mail server and nothing else",
            "give the other parts as `username`, `password`, `to` and `from`",
        ));
    }
    channel_url::server(&url, security)
}

fn addresses(table: &mut Table<'_, '_, '_>) -> Vec<String> {
    table.list("to", mail_address)
}

fn address(key: &str, table: &mut Table<'_, '_, '_>) -> Option<String> {
    let node = table.get(key)?;
    mail_address(table.reader, node, &format!("`{key}`"))
}

fn mail_address(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<String> {
    let text = reader.text(node, what)?;
    if is_mail_address(&text) {
        return Some(text);
    }
    reader.problem_with_hint(
        node.span,
        format!("{what} has something that is not a mail address"),
        "write the address alone, such as you@example.com",
    );
    None
}

/// A secret that is a webhook's address.
fn web(table: &mut Table<'_, '_, '_>, key: &str) -> Option<Secret> {
    let secret = table.secret(key)?;
    if let Some(node) = table.get(key)
        && let Err(slip) = check_web(secret.expose())
    {
        told(slip, node, table.reader);
        return None;
    }
    Some(secret)
}

/// Another endpoint than the service's own.
fn endpoint(table: &mut Table<'_, '_, '_>) -> Option<String> {
    let endpoint = table.text("endpoint")?;
    if let Some(node) = table.get("endpoint")
        && let Err(slip) = check_web(&endpoint)
    {
        told(slip, node, table.reader);
    }
    Some(endpoint)
}

fn headers(table: &mut Table<'_, '_, '_>) -> Vec<(String, Secret)> {
    let Some(node) = table.get("headers") else { return Vec::new() };
    let mut headers = Vec::new();
    for (name, span, value) in table.reader.entries(node, "`headers`") {
        let good = (1..=64).contains(&name.text.len())
            && name.text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !good {
            table.reader.problem(span, "A header's name is at most 64 letters, digits and hyphens");
        } else if let Some(secret) = table.reader.secret(value, "a value of `headers`") {
            headers.push((name.text.clone(), secret));
        }
    }
    if headers.is_empty() && trailbell_yaml::is_mapping(node) {
        table.reader.problem_with_hint(node.span, "`headers` is empty", "list some, or leave the key out");
    }
    headers
}
