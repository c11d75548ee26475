//! A channel as one URL: `slack://T/B/X`, `smtps://user:pass@host?to=…`, a webhook's own address.
//!
//! Nothing here quotes what it was given: most of these URLs open what they name.

use std::path::PathBuf;

use percent_encoding::{percent_decode_str, utf8_percent_encode};
use trailbell_text::Secret;
use url::{Host, Url};

use crate::reader::URL_PART;
use crate::table::is_topic_arn;
use crate::values::{is_account_id, is_loopback_host, is_region};
use crate::watch::{AwsAccess, SmtpSecurity, Target};

/// What is wrong with a URL, without any of it, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slip {
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

fn slip<T>(message: impl Into<String>, hint: &'static str) -> Result<T, Slip> {
    Err(Slip { message: message.into(), hint })
}

/// ntfy's own server.
pub(crate) const NTFY: &str = "https://ntfy.sh";

const LEGACY_TEAMS: &str =
    "make a workflow \"When a Teams webhook request is received\" and take its address";

/// Reads a channel's URL.
pub(crate) fn target(url: &str) -> Result<Target, Slip> {
    let url = url.trim();
    match url {
        "stdout" | "stdout:" | "stdout:text" => return Ok(Target::Stdout { json: false }),
        "stdout:json" => return Ok(Target::Stdout { json: true }),
        _ => {}
    }
    if let Some(program) = url.strip_prefix("command:") {
        return if program.trim().is_empty() {
            slip("This URL names no program", "write it as command:/usr/local/bin/ring")
        } else {
            Ok(Target::Command { program: vec![program.to_owned()] })
        };
    }
    if url.starts_with("arn:") {
        return topic(url.to_owned());
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return slip(
            "This is not the URL of a channel",
            "write one such as slack://T…/B…/X…, or a mapping with a `type`",
        );
    };
    match scheme {
        "https" => known_address(url),
        "slack" => {
            let [team, hook, key] = parts(
                rest,
                "write it as slack://T…/B…/X…, the three parts behind hooks.slack.com/services/",
            )?;
            webhook(&["https://hooks.slack.com/services", &team, &hook, &key])
                .map(|webhook| Target::Slack { webhook })
        }
        "slack-bot" => {
            let (token, channel) = at(rest, "write it as slack-bot://xoxb-…@C0123456789")?;
            Ok(Target::SlackBot { token, channel, endpoint: None })
        }
        "teams" => check_web(&format!("https://{rest}"))
            .map(|()| Target::Teams { webhook: Secret::new(format!("https://{rest}")) }),
        "discord" => {
            let [id, token] = parts(
                rest,
                "write it as discord://ID/TOKEN, the two parts behind discord.com/api/webhooks/",
            )?;
            webhook(&["https://discord.com/api/webhooks", &id, &token])
                .map(|webhook| Target::Discord { webhook })
        }
        "gchat" => {
            let [space, key, token] = parts(rest, "write it as gchat://SPACE/KEY/TOKEN")?;
            let [space, key, token] =
                [space, key, token].map(|part| utf8_percent_encode(&part, URL_PART).to_string());
            let webhook =
                format!("https://chat.googleapis.com/v1/spaces/{space}/messages?key={key}&token={token}");
            Ok(Target::GoogleChat { webhook: Secret::new(webhook) })
        }
        "line" => {
            let (token, to) =
                at(rest, "write it as line://TOKEN@U…, the channel's access token and whom to tell")?;
            Ok(Target::Line { token, to, endpoint: None })
        }
        "tgram" => telegram(rest),
        "ntfy" | "ntfys" | "ntfy+http" => ntfy(rest, scheme == "ntfy+http"),
        "pagerduty" => {
            let [key] = parts(rest, "write it as pagerduty://INTEGRATION-KEY")?;
            Ok(Target::PagerDuty { routing_key: Secret::new(key), endpoint: None })
        }
        "webhook+https" => own_webhook(&format!("https://{rest}")),
        "webhook+http" => own_webhook(&format!("http://{rest}")),
        "smtp" | "smtps" => mail(url, rest),
        "sns" => {
            const FORM: &str = "write it as sns://us-east-1/123456789012/TOPIC, or as the topic's ARN";
            let [region, account, name] = parts(rest, FORM)?;
            if !is_region(&region) || !is_account_id(&account) {
                return slip("This URL has no AWS Region and account id in their places", FORM);
            }
            topic(format!("arn:{}:sns:{region}:{account}:{name}", partition(&region)))
        }
        "ses" => ses(rest),
        "file" => {
            let path = decoded(rest)?;
            if path.starts_with('/') && path.len() > 1 {
                Ok(Target::File { path: PathBuf::from(path) })
            } else {
                slip(
                    "This URL has no whole path",
                    "write it with three slashes: file:///var/log/trailbell.jsonl",
                )
            }
        }
        "http" => slip(
            "This address begins with http://, which anybody on the way can read and change",
            "take its https:// form; your own webhook on this machine is webhook+http://127.0.0.1:PORT/PATH",
        ),
        _ => slip(
            "There is no channel with a URL that begins like this",
            "known here: slack, slack-bot, teams, discord, gchat, line, tgram, ntfy, pagerduty, webhook+https, smtps, smtp, sns, ses, command:, file, stdout:",
        ),
    }
}

/// Whether a text can be a webhook's address: https, or http to this machine.
pub(crate) fn check_web(url: &str) -> Result<(), Slip> {
    const HINT: &str = "it begins with https:// and a host";
    let parsed = Url::parse(url).or_else(|_| slip("This is not a URL", HINT))?;
    match (parsed.scheme(), parsed.host()) {
        ("https", Some(_)) => Ok(()),
        ("http", Some(host)) if is_loopback_host(&host_text(&host)) => Ok(()),
        ("http", Some(_)) => slip(
            "This address begins with http://, which anybody on the way can read and change",
            "use https:// (http:// is for this machine only)",
        ),
        _ => slip("This is not a URL of the web", HINT),
    }
}

/// Whether a text is one mail address and nothing beside it.
pub(crate) fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[]\\,;:\"@".contains(&b))
    };
    text.len() <= 254 && plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.')
}

/// The mail server that a URL or `HOST[:PORT]` names.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: SmtpSecurity,
}

/// Finds out how a mail server is spoken to. `security` is what the settings say about it in words.
pub(crate) fn server(url: &Url, security: Option<SmtpSecurity>) -> Result<Server, Slip> {
    const HINT: &str = "write it as smtps://smtp.example.com:465 or smtp://smtp.example.com:587";
    let Some(host) = url.host().map(|host| host_text(&host)).filter(|host| !host.is_empty()) else {
        return slip("No mail server is named", HINT);
    };
    let loopback = is_loopback_host(&host);
    let by_scheme = match url.scheme() {
        "smtps" => SmtpSecurity::Tls,
        // A mail server on this machine rarely has a certificate for `localhost`.
        "smtp" if loopback => SmtpSecurity::None,
        "smtp" => SmtpSecurity::StartTls,
        _ => return slip("A mail server's URL begins with smtps:// or smtp://", HINT),
    };
    let security = security.unwrap_or(by_scheme);
    if security == SmtpSecurity::None && !loopback {
        return slip(
            "Mail would go over the network unprotected, and a password with it",
            "`security: none` is for a mail server on this machine; use smtps://, or smtp:// for STARTTLS",
        );
    }
    let usual = match security {
        SmtpSecurity::Tls => 465,
        SmtpSecurity::StartTls => 587,
        SmtpSecurity::None => 25,
    };
    Ok(Server { host, port: url.port().unwrap_or(usual), security })
}

fn host_text(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => (*name).to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

fn decoded(part: &str) -> Result<String, Slip> {
    match percent_decode_str(part).decode_utf8() {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text.into_owned()),
        _ => slip(
            "This URL has characters that no such URL has",
            "take it again from where it was given to you",
        ),
    }
}

/// Exactly so many parts between slashes.
fn parts<const N: usize>(rest: &str, form: &'static str) -> Result<[String; N], Slip> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let pieces: Vec<String> = rest.split('/').map(decoded).collect::<Result<_, _>>()?;
    let plain = |piece: &String| !piece.is_empty() && !piece.contains(char::is_whitespace);
    if rest.contains(['?', '#']) || !pieces.iter().all(plain) {
        return slip("This URL does not have the parts it needs", form);
    }
    <[String; N]>::try_from(pieces).or_else(|_| slip("This URL does not have the parts it needs", form))
}

/// `TOKEN@WHERE`. A token may have slashes in it.
fn at(rest: &str, form: &'static str) -> Result<(Secret, String), Slip> {
    let Some((token, to)) = rest.rsplit_once('@') else {
        return slip("This URL does not have the parts it needs", form);
    };
    let [to] = parts(to, form)?;
    let token = decoded(token)?;
    if token.is_empty() || token.contains(char::is_whitespace) {
        return slip("This URL does not have the parts it needs", form);
    }
    Ok((Secret::new(token), to))
}

/// A webhook's address of its parts.
fn webhook(parts: &[&str]) -> Result<Secret, Slip> {
    let (base, rest) = parts.split_first().unwrap_or((&"", &[]));
    let mut url = (*base).to_owned();
    for part in rest {
        url.push('/');
        url.extend(utf8_percent_encode(part, URL_PART));
    }
    check_web(&url)?;
    Ok(Secret::new(url))
}

/// An https address whose host says which channel it is.
fn known_address(url: &str) -> Result<Target, Slip> {
    check_web(url)?;
    let parsed =
        Url::parse(url).or_else(|_| slip("This is not a URL", "it begins with https:// and a host"))?;
    let host = parsed.host_str().unwrap_or_default();
    let webhook = Secret::new(url);
    match host {
        "hooks.slack.com" => Ok(Target::Slack { webhook }),
        "discord.com" | "discordapp.com" | "ptb.discord.com" | "canary.discord.com"
            if parsed.path().starts_with("/api/webhooks/") =>
        {
            Ok(Target::Discord { webhook })
        }
        "chat.googleapis.com" => Ok(Target::GoogleChat { webhook }),
        _ if host.ends_with(".logic.azure.com") || host.ends_with(".powerplatform.com") => {
            Ok(Target::Teams { webhook })
        }
        _ if host == "outlook.office.com" || host.ends_with(".webhook.office.com") => {
            slip("Microsoft has retired Teams connectors with such addresses", LEGACY_TEAMS)
        }
        _ => slip(
            "This address does not say which channel it is",
            "write webhook+https://… for a webhook of your own, or a mapping with a `type`",
        ),
    }
}

/// `TOKEN/CHAT[/TOPIC]`.
fn telegram(rest: &str) -> Result<Target, Slip> {
    const FORM: &str = "write it as tgram://123456:TOKEN/CHAT or tgram://123456:TOKEN/CHAT/TOPIC";
    let (token, chat, topic) = if rest.trim_end_matches('/').matches('/').count() == 2 {
        let [token, chat, topic] = parts(rest, FORM)?;
        (token, chat, Some(topic))
    } else {
        let [token, chat] = parts(rest, FORM)?;
        (token, chat, None)
    };
    Ok(Target::Telegram { token: Secret::new(token), chat, topic, endpoint: None })
}

/// `TOPIC`, `HOST/TOPIC` or `TOKEN@HOST/TOPIC`.
fn ntfy(rest: &str, plain: bool) -> Result<Target, Slip> {
    const FORM: &str = "write it as ntfy://TOPIC for ntfy.sh, or ntfy://TOKEN@HOST/TOPIC";
    let (token, rest) = match rest.rsplit_once('@') {
        Some((token, rest)) => (Some(Secret::new(decoded(token)?)), rest),
        None => (None, rest),
    };
    let (server, topic) = if rest.trim_end_matches('/').contains('/') {
        let [host, topic] = parts(rest, FORM)?;
        (format!("{}://{host}", if plain { "http" } else { "https" }), topic)
    } else if plain {
        return slip("This URL names no host", "write it as ntfy+http://127.0.0.1:PORT/TOPIC");
    } else {
        let [topic] = parts(rest, FORM)?;
        (NTFY.to_owned(), topic)
    };
    check_web(&server)?;
    Ok(Target::Ntfy { server, topic: Secret::new(topic), token })
}

/// A webhook of the owner's; the key of its signature may stand in the query as `secret=whsec_…`, and is
/// not sent there.
fn own_webhook(url: &str) -> Result<Target, Slip> {
    check_web(url)?;
    let Some((address, query)) = url.split_once('?') else {
        return Ok(Target::Webhook { url: Secret::new(url), secret: None, headers: Vec::new() });
    };
    let mut secret = None;
    let mut kept: Vec<&str> = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("secret", value)) if decoded(value)?.starts_with("whsec_") => {
                secret = Some(Secret::new(decoded(value)?));
            }
            _ => kept.push(pair),
        }
    }
    let url = if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) };
    Ok(Target::Webhook { url: Secret::new(url), secret, headers: Vec::new() })
}

/// The pairs of a query by name. A plus is a plus: `me+aws@example.com` is an address.
fn query(text: &str, known: &[&str], form: &'static str) -> Result<Vec<(String, String)>, Slip> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !known.contains(&name) || pairs.iter().any(|(other, _)| other == name) {
            return slip("The part of this URL behind its ? is not understood", form);
        }
        pairs.push((name.to_owned(), decoded(value)?));
    }
    Ok(pairs)
}

fn value<'q>(pairs: &'q [(String, String)], name: &str) -> Option<&'q str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// `to` and `from` of a query.
fn addresses(
    pairs: &[(String, String)],
    username: Option<&str>,
    form: &'static str,
) -> Result<(Vec<String>, String), Slip> {
    let to: Vec<String> =
        value(pairs, "to").unwrap_or_default().split(',').map(|one| one.trim().to_owned()).collect();
    let from = value(pairs, "from").or(username.filter(|name| is_mail_address(name)));
    let Some(from) = from.filter(|from| is_mail_address(from)) else {
        return slip("This URL does not say which address the mail comes from", form);
    };
    if !to.iter().all(|one| is_mail_address(one)) {
        return slip("This URL does not say which addresses the mail goes to", form);
    }
    Ok((to, from.to_owned()))
}

fn mail(url: &str, rest: &str) -> Result<Target, Slip> {
    const FORM: &str = "write it as smtps://USER:PASSWORD@smtp.example.com:465?to=you@example.com&from=trailbell@example.com";
    const ENCODE: &str =
        "a character such as @ / : # or % in a user name or password is written %40 %2F %3A %23 %25";
    let parsed = Url::parse(url).or_else(|_| slip("This is not the URL of a mail server", ENCODE))?;
    // A password with a slash or a question mark ends the host early: what is behind would be lost silently.
    let before_query = rest.split_once('?').map_or(rest, |(before, _)| before);
    if parsed.fragment().is_some() || before_query.trim_end_matches('/').contains('/') {
        return slip("This is not the URL of a mail server", ENCODE);
    }
    let pairs = query(parsed.query().unwrap_or_default(), &["to", "from", "security"], FORM)?;
    let security = match value(&pairs, "security") {
        None => None,
        Some("tls") => Some(SmtpSecurity::Tls),
        Some("starttls") => Some(SmtpSecurity::StartTls),
        Some("none") => Some(SmtpSecurity::None),
        Some(_) => return slip("`security` of this URL is none of tls, starttls and none", FORM),
    };
    let Server { host, port, security } = server(&parsed, security)?;
    let username = Some(decoded(parsed.username())?).filter(|name| !name.is_empty());
    let password = parsed.password().map(decoded).transpose()?.map(Secret::new);
    if username.is_some() != password.is_some() {
        return slip("This URL has a user name without a password, or a password without a user name", FORM);
    }
    let (to, from) = addresses(&pairs, username.as_deref(), FORM)?;
    Ok(Target::Email { to, from, host, port, security, username, password })
}

fn ses(rest: &str) -> Result<Target, Slip> {
    const FORM: &str = "write it as ses://us-east-1?to=you@example.com&from=trailbell@example.com";
    let (region, rest) = rest.split_once('?').unwrap_or((rest, ""));
    let region = region.trim_end_matches('/');
    if !is_region(region) {
        return slip("This URL does not name an AWS Region", FORM);
    }
    let (to, from) = addresses(&query(rest, &["to", "from"], FORM)?, None, FORM)?;
    Ok(Target::Ses { aws: AwsAccess { region: Some(region.to_owned()), ..AwsAccess::default() }, to, from })
}

fn topic(arn: String) -> Result<Target, Slip> {
    if is_topic_arn(&arn) {
        Ok(Target::Sns { aws: AwsAccess::default(), topic: arn })
    } else {
        slip("This is not the ARN of an SNS topic", "write it as arn:aws:sns:us-east-1:123456789012:TOPIC")
    }
}

/// The partition a region belongs to, by its name's beginning (AWS, "Amazon Resource Names").
fn partition(region: &str) -> &'static str {
    match region.split('-').collect::<Vec<_>>()[..] {
        ["cn", ..] => "aws-cn",
        ["us", "gov", ..] => "aws-us-gov",
        ["us", "iso", ..] => "aws-iso",
        ["us", "isob", ..] => "aws-iso-b",
        ["eusc", ..] => "aws-eusc",
        _ => "aws",
    }
}
