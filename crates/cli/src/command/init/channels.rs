//! Which channels: from flags, or asked for one by one.

use percent_encoding::percent_decode_str;
use trailbell_config::Lookups;
use trailbell_text::Secret;
use url::Url;

use super::ask::Asker;
use super::draft::{Channel, Field, Form, Kept, words, yaml_of};
use crate::args::{Init, SecretsIn};
use crate::context::Failure;

/// The variable that a mail server's password is in.
const SMTP_PASSWORD: &str = "SMTP_PASSWORD";

/// The kinds there are to choose from.
const KINDS: &[(&str, &str)] = &[
    ("E-mail over your provider's server (SMTP)", "メール(SMTP サーバー)"),
    ("Slack", "Slack"),
    ("Microsoft Teams", "Microsoft Teams"),
    ("Discord", "Discord"),
    ("Google Chat", "Google Chat"),
    ("LINE", "LINE"),
    ("Telegram", "Telegram"),
    ("ntfy (push to a phone)", "ntfy(スマートフォンへのプッシュ)"),
    ("PagerDuty", "PagerDuty"),
    ("A webhook of your own (signed)", "独自の webhook(署名付き)"),
    ("Amazon SNS topic", "Amazon SNS トピック"),
    ("E-mail over Amazon SES", "メール(Amazon SES)"),
    ("Another URL of docs/channels.md", "docs/channels.md にあるその他の URL"),
    ("None yet: print to the screen", "今は設定しない(画面に表示)"),
];

/// The channels that the flags describe.
pub(super) fn from_flags(init: &Init) -> Result<Vec<Channel>, Failure> {
    let mut channels: Vec<Channel> = Vec::new();
    for url in &init.channel {
        let channel = of_url(url).map_err(|problem| Failure::Told(format!("--channel: {problem}")))?;
        channels.push(channel.renamed(&channels));
    }
    if let (Some(to), Some(server)) = (&init.mail, &init.smtp) {
        let server = Server::parse(server).map_err(|problem| Failure::Told(format!("--smtp: {problem}")))?;
        let channel = mail(to, init.from.as_deref(), server);
        check(&channel).map_err(|problem| Failure::Told(format!("--mail: {problem}")))?;
        channels.push(channel.renamed(&channels));
    }
    Ok(channels)
}

/// A channel of its URL. What is wrong with one is said without quoting it.
fn of_url(url: &str) -> Result<Channel, String> {
    one_line(url)?;
    if url.contains("${") {
        // Its secrets are outside already. What the variables hold need not be known now.
        let name = match url.split([':', '+']).next().unwrap_or_default() {
            "smtp" | "smtps" | "ses" => "mail",
            name @ ("slack" | "teams" | "discord" | "line" | "ntfy" | "pagerduty" | "webhook") => name,
            "slack-bot" => "slack",
            "gchat" => "google-chat",
            "tgram" => "telegram",
            _ => "channel",
        };
        return Ok(Channel::url(name, url));
    }
    let probe = yaml_of(&[Channel::url("it", url)], &kept_outside());
    match trailbell_config::parse(&probe, &[], Lookups::none()) {
        Ok(loaded) => {
            let target = loaded.settings.channels.into_iter().next().map(|channel| channel.target);
            target.map(|target| Channel::of(url, target)).ok_or_else(|| "this is no channel".to_owned())
        }
        Err(invalid) => Err(words(&invalid)),
    }
}

/// Whether the file's reader will take it.
fn check(channel: &Channel) -> Result<(), String> {
    let values: Vec<(&str, String)> = channel
        .secrets()
        .map(|(variable, value)| (variable, value.map_or("placeholder", Secret::expose).to_owned()))
        .collect();
    let environment =
        |name: &str| values.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.clone());
    let lookups = Lookups { environment: &environment, ..Lookups::none() };
    let yaml = yaml_of(std::slice::from_ref(channel), &kept_outside());
    trailbell_config::parse(&yaml, &[], lookups).map(drop).map_err(|invalid| words(&invalid))
}

const fn kept_outside() -> Kept<'static> {
    Kept { place: SecretsIn::Env, file: &|_| String::new() }
}

fn one_line(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) { Err("write it on one line".to_owned()) } else { Ok(()) }
}

/// A mail server, and who we are there.
struct Server {
    /// `smtps://HOST[:PORT]`.
    address: String,
    username: Option<String>,
    password: Option<Secret>,
}

impl Server {
    fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "write it as smtps://USER@smtp.example.com or smtp://USER@smtp.example.com:587";
        one_line(text)?;
        let text = if text.contains("://") { text.to_owned() } else { format!("smtps://{text}") };
        let url = Url::parse(&text).map_err(|_| FORM.to_owned())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
        if !matches!(url.scheme(), "smtp" | "smtps")
            || !matches!(url.path(), "" | "/")
            || url.query().is_some()
        {
            return Err(FORM.to_owned());
        }
        let plain = |part: &str| {
            percent_decode_str(part)
                .decode_utf8()
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| FORM.to_owned())
        };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self {
            address: format!("{}://{host}{port}", url.scheme()),
            username: Some(plain(url.username())?).filter(|name| !name.is_empty()),
            password: url.password().map(plain).transpose()?.map(Secret::new),
        })
    }
}

fn mail(to: &str, from: Option<&str>, server: Server) -> Channel {
    let to: Vec<String> = to.split(',').map(|one| one.trim().to_owned()).collect();
    let from = from.map(str::to_owned);
    let from = from.or_else(|| server.username.clone().filter(|name| name.contains('@')));
    let from = from.unwrap_or_else(|| to.first().cloned().unwrap_or_default());
    let mut fields =
        vec![Field::List("to", to), Field::Text("from", from), Field::Text("server", server.address)];
    if let Some(username) = server.username {
        fields.push(Field::Text("username", username));
        let (key, variable) = ("password", SMTP_PASSWORD.to_owned());
        fields.push(Field::Secret { key, variable, value: server.password });
    }
    Channel { name: "mail".to_owned(), form: Form::Table { word: "email", fields } }
}

/// Asks for one channel after another.
pub(super) fn ask(asker: &mut Asker<'_>) -> Result<Vec<Channel>, Failure> {
    let mut channels: Vec<Channel> = Vec::new();
    loop {
        let kinds: Vec<&str> =
            KINDS.iter().map(|(english, japanese)| asker.pick(english, japanese)).collect();
        let question = asker.pick("Whom is it to tell, and where?", "通知先を選んでください。");
        let chosen = asker.choose(question, &kinds)?;
        if chosen + 1 == kinds.len() {
            return Ok(channels);
        }
        match one(chosen, asker)?.and_then(|channel| check(&channel).map(|()| channel)) {
            Ok(channel) => {
                channels.push(channel.renamed(&channels));
                let more = asker.pick("Another channel?", "ほかにも通知先を追加しますか?");
                if !asker.yes(more, false)? {
                    return Ok(channels);
                }
            }
            Err(problem) => {
                let wrong = asker.pick("That does not work", "使用できません");
                asker.say(&format!("{wrong}: {problem}"))?;
            }
        }
    }
}

/// The password that is not known yet, asked for.
pub(super) fn missing(channels: &mut [Channel], asker: &mut Asker<'_>) -> Result<(), Failure> {
    for channel in channels {
        let Form::Table { fields, .. } = &mut channel.form else { continue };
        for field in fields {
            if let Field::Secret { variable, value: value @ None, .. } = field
                && std::env::var_os(variable.as_str()).is_none()
            {
                let question = asker.pick("The mail server's password", "メールサーバーのパスワード");
                *value = Some(asker.secret(question)?);
            }
        }
    }
    Ok(())
}

fn one(kind: usize, asker: &mut Asker<'_>) -> Result<Result<Channel, String>, Failure> {
    let table =
        |name: &str, word, fields| Channel { name: name.to_owned(), form: Form::Table { word, fields } };
    Ok(match kind {
        0 => return by_mail(asker),
        1..=4 => {
            let (scheme, where_from) = [
                ("slack", "api.slack.com/apps → Incoming Webhooks"),
                ("teams", "… → Workflows → \"Post to a channel when a webhook request is received\""),
                ("discord", "Integrations → Webhooks"),
                ("gchat", "Apps & integrations → Webhooks"),
            ][kind - 1];
            asker.say(&format!("  {where_from}"))?;
            let url = asker.secret(asker.pick("The webhook's URL", "webhook の URL"))?;
            let url = url.expose();
            // A workflow's host is its region's, and new ones appear: the kind was chosen, so the host need not say it.
            match url.strip_prefix("https://") {
                Some(rest) if scheme == "teams" => of_url(&format!("teams://{rest}")),
                _ => of_url(url),
            }
        }
        5 => {
            let token = asker.secret(asker.pick("Channel access token", "チャネルアクセストークン"))?;
            let to = asker.line(asker.pick("To (your user ID, U…)", "送信先(ユーザー ID、U…)"), None)?;
            Ok(table(
                "line",
                "line",
                vec![Field::secret("token", "LINE_TOKEN", token), Field::Text("to", to)],
            ))
        }
        6 => {
            let token = asker
                .secret(asker.pick("The bot's token (from @BotFather)", "ボットのトークン(@BotFather)"))?;
            let chat = asker.line(asker.pick("The chat's number", "チャットの番号"), None)?;
            let fields = vec![Field::secret("token", "TELEGRAM_TOKEN", token), Field::Text("chat", chat)];
            Ok(table("telegram", "telegram", fields))
        }
        7 => {
            let random: String = std::iter::repeat_with(fastrand::alphanumeric).take(24).collect();
            let question = asker.pick(
                "Topic on ntfy.sh (its name is its password; subscribe to it in the app)",
                "ntfy.sh のトピック(名前がパスワードの代わりです。アプリで購読してください)",
            );
            let topic = asker.line(question, Some(&random))?;
            Ok(table("ntfy", "ntfy", vec![Field::secret("topic", "NTFY_TOPIC", Secret::new(topic))]))
        }
        8 => {
            let key = asker
                .secret(asker.pick("Integration key (Events API v2)", "Integration Key(Events API v2)"))?;
            Ok(table("pagerduty", "pagerduty", vec![Field::secret("routing_key", "PAGERDUTY_KEY", key)]))
        }
        9 => {
            let url = asker.line(asker.pick("Address (https://…)", "アドレス(https://…)"), None)?;
            of_url(&format!("webhook+{url}"))
        }
        10 => of_url(&asker.line(asker.pick("The topic's ARN", "トピックの ARN"), None)?),
        11 => {
            let region = asker.line(asker.pick("Region", "リージョン"), Some("us-east-1"))?;
            let to = asker.line(asker.pick("To", "宛先"), None)?;
            let from = asker
                .line(asker.pick("From (verified in SES)", "差出人(SES で検証済みのもの)"), Some(&to))?;
            of_url(&format!("ses://{region}?to={to}&from={from}"))
        }
        _ => of_url(&asker.line("URL", None)?),
    })
}

fn by_mail(asker: &mut Asker<'_>) -> Result<Result<Channel, String>, Failure> {
    let to = asker.line(asker.pick("Address to tell", "通知先のメールアドレス"), None)?;
    let question = asker
        .pick("Mail server (such as smtps://smtp.gmail.com)", "メールサーバー(例: smtps://smtp.gmail.com)");
    let mut server = match Server::parse(&asker.line(question, None)?) {
        Ok(server) => server,
        Err(problem) => return Ok(Err(problem)),
    };
    if server.username.is_none() {
        let question = asker.pick("User name there (- for none)", "ユーザー名(不要なら -)");
        let name = asker.line(question, Some(&to))?;
        server.username = Some(name).filter(|name| name != "-");
    }
    if server.username.is_some() && server.password.is_none() && std::env::var_os(SMTP_PASSWORD).is_none() {
        let question = asker.pick(
            "Password (most providers want an app password)",
            "パスワード(多くのプロバイダーではアプリパスワードが必要です)",
        );
        server.password = Some(asker.secret(question)?);
    }
    let default = server.username.clone().filter(|name| name.contains('@')).unwrap_or_else(|| to.clone());
    let from = asker.line(asker.pick("From", "差出人"), Some(&default))?;
    Ok(Ok(mail(&to, Some(&from), server)))
}
