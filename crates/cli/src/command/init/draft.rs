//! A configuration on its way to paper: what was chosen, and the YAML a person would write for it.

use std::fmt::Write as _;

use trailbell_config::{Invalid, Lookups, SmtpSecurity, Target};
use trailbell_notice::Lang;
use trailbell_text::Secret;

use super::quote::{quoted, quoted_inside, single};
use crate::args::SecretsIn;

/// Everything that was chosen.
pub(super) struct Draft {
    pub(super) lang: Lang,
    pub(super) zone: String,
    pub(super) source: Source,
    pub(super) channels: Vec<Channel>,
    pub(super) phrase: String,
}

/// Where to watch.
pub(super) struct Source {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// The word of its type.
    pub(super) word: &'static str,
    /// What it needs besides: a key and its value.
    pub(super) place: Option<(&'static str, String)>,
}

/// A channel to be.
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) form: Form,
}

pub(super) enum Form {
    /// As it was given: it holds no secret, or names it as `${NAME}` already.
    Url(String),
    Table {
        word: &'static str,
        fields: Vec<Field>,
    },
}

pub(super) enum Field {
    Text(&'static str, String),
    List(&'static str, Vec<String>),
    Secret { key: &'static str, variable: String, value: Option<Secret> },
}

impl Field {
    pub(super) fn secret(key: &'static str, variable: &str, value: Secret) -> Self {
        Self::Secret { key, variable: variable.to_owned(), value: Some(value) }
    }
}

/// Where each secret is to be found, as it is written into the file.
pub(super) struct Kept<'a> {
    pub(super) place: SecretsIn,
    /// The path of a secret's own file.
    pub(super) file: &'a dyn Fn(&str) -> String,
}

impl Source {
    /// `TYPE` or `TYPE:WHERE`, as the flag has it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (word, place) = text.split_once(':').map_or((text, ""), |(word, place)| (word, place.trim()));
        if place.chars().any(char::is_control) {
            return Err("write it on one line".to_owned());
        }
        let source = |name, word, key: Option<&'static str>| match (key, place) {
            (None, "") => Ok(Self { name, word, place: None }),
            (Some(key), place) if !place.is_empty() => {
                let source = Self { name, word, place: Some((key, place.to_owned())) };
                let read = trailbell_config::parse(&source.yaml(), &[], Lookups::none());
                read.map(|_| source).map_err(|invalid| words(&invalid))
            }
            (None, _) => Err(format!("{word} takes nothing behind it")),
            (Some(key), _) => Err(format!("{word} needs its {key}: write {word}:{}", key.to_uppercase())),
        };
        match word {
            "event-history" => source("history", "event-history", None),
            "sqs" => source("queue", "sqs", Some("url")),
            "folder" => source("folder", "folder", Some("path")),
            "cloudwatch-logs" => source("logs", "cloudwatch-logs", Some("log_group")),
            "kinesis" => source("stream", "kinesis", Some("stream")),
            _ => Err("known here: event-history, sqs:URL, folder:PATH, cloudwatch-logs:GROUP, kinesis:STREAM; the others are described in trailbell.example.yaml".to_owned()),
        }
    }
}

impl Source {
    fn yaml(&self) -> String {
        let Self { name, word, place } = self;
        match place {
            None => format!("sources:\n  {name}: {word}\n"),
            Some((key, value)) => {
                format!("sources:\n  {name}:\n    type: {word}\n    {key}: {}\n", quoted(value))
            }
        }
    }
}

/// The problems without their place, in a text that nobody has written.
pub(super) fn words(invalid: &Invalid) -> String {
    let said: Vec<String> = invalid
        .problems
        .iter()
        .map(|problem| match &problem.hint {
            Some(hint) => format!("{}; {hint}", problem.message),
            None => problem.message.clone(),
        })
        .collect();
    said.join("; ")
}

impl Channel {
    /// A channel of a URL that was read as this target: its secrets apart from the rest.
    pub(super) fn of(url: &str, target: Target) -> Self {
        let secret = Field::secret;
        let text = Field::Text;
        let (name, word, fields) = match target {
            Target::Email { to, from, host, port, security, username, password } => {
                let (scheme, usual) = match security {
                    SmtpSecurity::Tls => ("smtps", 465),
                    SmtpSecurity::StartTls => ("smtp", 587),
                    SmtpSecurity::None => ("smtp", 25),
                };
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                let port = if port == usual { String::new() } else { format!(":{port}") };
                let mut fields = vec![Field::List("to", to), text("from", from)];
                fields.push(text("server", format!("{scheme}://{host}{port}")));
                // Elsewhere `smtp://` says so already.
                let is_here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
                if is_here && security == SmtpSecurity::StartTls {
                    fields.push(text("security", "starttls".to_owned()));
                }
                fields.extend(username.map(|name| text("username", name)));
                fields.extend(password.map(|password| secret("password", "SMTP_PASSWORD", password)));
                ("mail", "email", fields)
            }
            Target::Slack { webhook } => {
                ("slack", "slack", vec![secret("webhook", "SLACK_WEBHOOK", webhook)])
            }
            Target::SlackBot { token, channel, .. } => {
                ("slack", "slack-bot", vec![secret("token", "SLACK_TOKEN", token), text("channel", channel)])
            }
            Target::Teams { webhook } => {
                ("teams", "teams", vec![secret("webhook", "TEAMS_WEBHOOK", webhook)])
            }
            Target::Discord { webhook } => {
                ("discord", "discord", vec![secret("webhook", "DISCORD_WEBHOOK", webhook)])
            }
            Target::GoogleChat { webhook } => {
                ("google-chat", "google-chat", vec![secret("webhook", "GOOGLE_CHAT_WEBHOOK", webhook)])
            }
            Target::Line { token, to, .. } => {
                ("line", "line", vec![secret("token", "LINE_TOKEN", token), text("to", to)])
            }
            Target::Telegram { token, chat, topic, .. } => {
                let mut fields = vec![secret("token", "TELEGRAM_TOKEN", token), text("chat", chat)];
                fields.extend(topic.map(|topic| text("topic", topic)));
                ("telegram", "telegram", fields)
            }
            Target::Ntfy { server, topic, token } => {
                let mut fields = vec![text("server", server), secret("topic", "NTFY_TOPIC", topic)];
                fields.extend(token.map(|token| secret("token", "NTFY_TOKEN", token)));
                ("ntfy", "ntfy", fields)
            }
            Target::PagerDuty { routing_key, .. } => {
                ("pagerduty", "pagerduty", vec![secret("routing_key", "PAGERDUTY_KEY", routing_key)])
            }
            Target::Webhook { url, secret: key, .. } => {
                let mut fields = vec![secret("url", "WEBHOOK_URL", url)];
                fields.extend(key.map(|key| secret("secret", "WEBHOOK_SECRET", key)));
                ("webhook", "webhook", fields)
            }
            Target::Sns { .. } => return Self::url("topic", url),
            Target::Ses { .. } => return Self::url("mail", url),
            Target::Command { .. } => return Self::url("program", url),
            Target::File { .. } => return Self::url("file", url),
            Target::Stdout { .. } => return Self::url("screen", url),
        };
        Self { name: name.to_owned(), form: Form::Table { word, fields } }
    }

    pub(super) fn url(name: &str, url: &str) -> Self {
        Self { name: name.to_owned(), form: Form::Url(url.trim().to_owned()) }
    }

    /// The secrets: the variable's name, and what it is to hold where that is known.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&str, Option<&Secret>)> {
        let fields = match &self.form {
            Form::Url(_) => &[][..],
            Form::Table { fields, .. } => fields,
        };
        fields.iter().filter_map(|field| match field {
            Field::Secret { variable, value, .. } => Some((variable.as_str(), value.as_ref())),
            _ => None,
        })
    }

    /// The variables that its URL names.
    pub(super) fn references(&self) -> Vec<String> {
        let Form::Url(url) = &self.form else { return Vec::new() };
        let names = url.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    /// Gives the second of a kind other names: `slack-2`, `SLACK_WEBHOOK_2`.
    pub(super) fn renamed(mut self, taken: &[Self]) -> Self {
        let is_taken = |name: &str| taken.iter().any(|other| other.name == name);
        // One more than there are is always free.
        let free = |nth: &usize| !is_taken(&numbered(&self.name, "-", *nth));
        let Some(nth) = (1..=taken.len() + 1).find(free) else { return self };
        self.name = numbered(&self.name, "-", nth);
        if let Form::Table { fields, .. } = &mut self.form {
            for field in fields {
                if let Field::Secret { variable, .. } = field {
                    *variable = numbered(variable, "_", nth);
                }
            }
        }
        self
    }
}

fn numbered(name: &str, between: &str, nth: usize) -> String {
    if nth == 1 { name.to_owned() } else { format!("{name}{between}{nth}") }
}

impl Draft {
    /// The file.
    pub(super) fn yaml(&self, kept: &Kept<'_>) -> String {
        let pick = |english: &'static str, japanese: &'static str| match self.lang {
            Lang::En => english,
            Lang::Ja => japanese,
        };
        let mut out = String::new();
        let mut line = |text: &str| {
            out.push_str(text);
            out.push('\n');
        };
        line(pick(
            "# trailbell: who signed in, who touched IAM. `trailbell check` says whether this file holds,\n# `trailbell doctor` whether it works; trailbell.example.yaml has every setting.",
            "# trailbell の設定です。書式の確認は `trailbell check`、動作の確認は `trailbell doctor` でできます。\n# すべての設定項目は trailbell.example.yaml にあります。",
        ));
        line("");
        line(pick("# Language and time zone of notices.", "# 通知の言語とタイムゾーン"));
        line(&format!("language: {}", self.lang.word()));
        line(&format!("timezone: {}", quoted(&self.zone)));
        if !self.phrase.is_empty() {
            line("");
            line(pick(
                "# Words only you know: a message without them is not from trailbell.",
                "# ご自身だけが知っている確認フレーズ。これがない通知は trailbell からのものではありません。",
            ));
            line(&format!("verification_phrase: {}", quoted(&self.phrase)));
        }
        line("");
        line(pick("# Where to watch.", "# 監視する場所"));
        line(self.source.yaml().trim_end());
        line("");
        if self.channels.is_empty() {
            line(pick(
                "# Whom to tell. Without a channel, notices go to standard output. For example (docs/channels.md has them all):",
                "# 通知先。指定しない場合は標準出力に表示します。例(すべての通知先は docs/channels.md にあります):",
            ));
            line("# channels:");
            line("#   slack: { type: slack, webhook: '${SLACK_WEBHOOK}' }");
        } else {
            line(pick(
                "# Whom to tell. `trailbell send-test NAME` tries one; docs/channels.md says what else each can be told.",
                "# 通知先。`trailbell send-test 名前` で試せます。そのほかの設定は docs/channels.md にあります。",
            ));
            line(self.channels_yaml(kept).trim_end());
        }
        out
    }

    /// The channels alone.
    pub(super) fn channels_yaml(&self, kept: &Kept<'_>) -> String {
        yaml_of(&self.channels, kept)
    }
}

/// Channels as they are written.
pub(super) fn yaml_of(channels: &[Channel], kept: &Kept<'_>) -> String {
    let mut out = "channels:\n".to_owned();
    for Channel { name, form } in channels {
        // Writing to a string cannot fail.
        let _ = match form {
            Form::Url(url) => writeln!(out, "  {name}: {}", quoted(url)),
            Form::Table { word, .. } => writeln!(out, "  {name}:\n    type: {word}"),
        };
        let Form::Table { fields, .. } = form else { continue };
        for field in fields {
            let _ = match field {
                Field::Text(key, text) => writeln!(out, "    {key}: {}", quoted(text)),
                Field::List(key, items) => {
                    let items: Vec<String> = items.iter().map(|item| quoted_inside(item)).collect();
                    writeln!(out, "    {key}: [{}]", items.join(", "))
                }
                Field::Secret { key, variable, value } => {
                    let written = match (kept.place, value) {
                        (SecretsIn::Plain, Some(value)) => single(&value.expose().replace("${", "$${")),
                        (SecretsIn::File, Some(_)) => single(&format!("file:{}", (kept.file)(variable))),
                        _ => format!("${{{variable}}}"),
                    };
                    writeln!(out, "    {key}: {written}")
                }
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_a_kind_has_another_name_and_other_variables() {
        let slack = || Channel {
            name: "slack".into(),
            form: Form::Table {
                word: "slack",
                fields: vec![Field::secret("webhook", "SLACK_WEBHOOK", Secret::new("x"))],
            },
        };
        let first = slack().renamed(&[]);
        let second = slack().renamed(&[first]);
        assert_eq!(second.name, "slack-2");
        assert_eq!(second.secrets().next().unwrap().0, "SLACK_WEBHOOK_2");
    }
}
