//! No secret of any channel is in what is shown of it: its target, its preview, its failures, its `Debug`.

use std::path::PathBuf;

use trailbell_config::{SmtpSecurity, Target};
use trailbell_text::Secret;

use super::server::{Answer, Server};
use super::smtp::{Script, Smtp};
use super::{SECRET, open, posting, try_open};
use crate::samples;

fn assert_clean(word: &str, what: &str, text: &str) {
    assert!(!text.contains(SECRET), "{word}: {what} shows the secret: {text}");
    assert!(!text.contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "{word}: {what} shows the key: {text}");
}

#[tokio::test]
async fn a_posting_channel_shows_none_of_its_secrets() {
    // The other side echoes all that it was sent, in a refusal.
    let server = Server::start(|asked| {
        let echo = format!("{} {:?} {}", asked.uri, asked.headers, String::from_utf8_lossy(&asked.raw));
        Answer::new(400, echo.chars().take(60_000).collect::<String>())
    })
    .await;
    let message = samples::notice();
    for (word, target) in posting(&server.base) {
        let channel = open(target);
        assert_clean(word, "the target", &channel.target());
        assert_clean(word, "the preview", &channel.preview(&message));
        assert_clean(word, "Debug", &format!("{channel:?}"));
        let failure = channel.send(&message).await.unwrap_err();
        assert_clean(word, "a failure", &failure.message);
        assert!(failure.message.chars().count() < 500, "{word}: {}", failure.message);
    }
    // A connection that does not come about names the address in its error.
    for (word, target) in posting("http://127.0.0.1:1") {
        assert_clean(word, "no connection", &open(target).send(&message).await.unwrap_err().message);
    }
    // Neither is a key that cannot be one.
    let broken = || Secret::new(format!("{SECRET}\n"));
    let to = || "U1".to_owned();
    for target in [
        Target::SlackBot { token: broken(), channel: to(), endpoint: None },
        Target::Line { token: broken(), to: to(), endpoint: None },
        Target::Telegram { token: broken(), chat: to(), topic: None, endpoint: None },
        Target::Ntfy { server: "https://ntfy.sh".to_owned(), topic: broken(), token: None },
        Target::PagerDuty { routing_key: broken(), endpoint: None },
        Target::Webhook {
            url: Secret::new("https://example.com"),
            secret: None,
            headers: vec![("x-key".to_owned(), broken())],
        },
    ] {
        let error = try_open(target).unwrap_err().to_string();
        assert_clean("a broken key", "an error", &error);
        assert!(error.starts_with("channel test: its "), "{error}");
    }
    // What cannot be opened is not quoted either.
    for (word, target) in posting("http://example.com") {
        assert_clean(word, "an error", &try_open(target).unwrap_err().to_string());
    }
}

#[tokio::test]
async fn mail_shows_no_password_even_where_the_server_echoes_it() {
    let server = Smtp::start(Script { echo_and_refuse_auth: true, ..Script::default() }).await;
    let channel = open(Target::Email {
        to: vec!["owner@example.com".to_owned()],
        from: "trailbell@example.com".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: server.port,
        security: SmtpSecurity::None,
        username: Some("user".to_owned()),
        password: Some(Secret::new(SECRET)),
    });
    let message = samples::notice();
    assert_clean("email", "the target", &channel.target());
    assert_clean("email", "the preview", &channel.preview(&message));
    assert_clean("email", "Debug", &format!("{channel:?}"));
    let failure = channel.send(&message).await.unwrap_err();
    assert_clean("email", "a failure", &failure.message);
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("\0user\0{SECRET}"))
    };
    assert!(!failure.message.contains(&encoded), "{}", failure.message);
}

#[test]
fn a_command_shows_its_program_and_none_of_its_arguments() {
    let channel = open(Target::Command { program: vec!["/bin/notify".to_owned(), SECRET.to_owned()] });
    assert_clean("command", "the target", &channel.target());
    assert_clean("command", "the preview", &channel.preview(&samples::notice()));
    assert_clean("command", "Debug", &format!("{channel:?}"));
    assert_eq!(channel.target(), "command:/bin/notify");
}

#[test]
fn a_target_still_says_which_one_it_is() {
    let targets: Vec<String> =
        posting("http://127.0.0.1:9").into_iter().map(|(_, target)| open(target).target()).collect();
    assert_eq!(
        targets,
        [
            "slack://127.0.0.1:9/…",
            "slack-bot://…@C0123ABCD",
            "teams://127.0.0.1:9/…",
            "discord://1234/…",
            "gchat://AAAA/…",
            "line://…@U01234…",
            "tgram://…/-1001",
            "ntfy://127.0.0.1:9/…",
            "pagerduty://…",
            "webhook to 127.0.0.1:9/…",
        ]
    );
    let slack =
        Target::Slack { webhook: Secret::new(format!("https://hooks.slack.com/services/T01/B02/{SECRET}")) };
    assert_eq!(open(slack).target(), "slack://T01/B02/…");
    assert_eq!(open(Target::File { path: PathBuf::from("/tmp/x.jsonl") }).target(), "file /tmp/x.jsonl");
    assert_eq!(open(Target::Stdout { json: true }).target(), "stdout:json");
}
