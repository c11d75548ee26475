//! Mail, to a server that takes it, refuses it at every place of the dialogue, hangs, and hangs up.

use std::time::Duration;

use lettre::transport::smtp::client::{Certificate as Trusted, TlsParameters};
use trailbell_config::{SmtpSecurity, Target};
use trailbell_notice::Lang;
use trailbell_outbox::{Channel as _, Failure, FailureKind};
use trailbell_text::Secret;

use super::smtp::{Certificate, Script, Smtp, Tls};
use super::{mail_by, open, try_open};
use crate::email::{Email, Settings};
use crate::samples;

const TEMPORARY: FailureKind = FailureKind::Temporary { after: None };

async fn refused(script: Script) -> Failure {
    let server = Smtp::start(script).await;
    let failure = open(mail_by(server.port)).send(&samples::notice()).await.unwrap_err();
    assert!(server.taken().is_empty());
    assert!(failure.message.starts_with("mail server 127.0.0.1:"), "{failure:?}");
    failure
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_rendered_and_the_same_in_every_attempt() {
    let server = Smtp::start(Script::default()).await;
    let channel = open(mail_by(server.port));
    for message in [samples::notice(), samples::japanese_notice(), samples::digest()] {
        let receipt = channel.send(&message).await.unwrap();
        assert_eq!(receipt.id.as_deref(), Some("2.0.0 queued as 4F1B"));
        channel.send(&message).await.unwrap();
        let taken = server.taken();
        let [.., first, second] = taken.as_slice() else { panic!("two mails") };
        assert_eq!(first.from, "<trailbell@example.com>");
        assert_eq!(first.to, ["owner@example.com"]);
        // SMTP adds the line end that ends a mail; the mail has one of its own.
        assert_eq!(first.text.trim_end(), channel.preview(&message).trim_end());
        assert_eq!(first.text, second.text);
        assert!(first.text.contains(&format!("Message-ID: <{}@example.com>", message.identity)));
        assert!(first.text.contains(&format!("References: <{}@example.com>", message.thread)));
    }
}

#[tokio::test]
async fn a_hostile_mail_starts_no_header_and_no_dialogue_and_stays_small() {
    let server = Smtp::start(Script::default()).await;
    let channel = open(mail_by(server.port));
    for lang in [Lang::En, Lang::Ja] {
        channel.send(&samples::hostile(lang, 300)).await.unwrap();
    }
    let taken = server.taken();
    assert_eq!(taken.len(), 2);
    for mail in taken {
        assert_eq!(mail.to, ["owner@example.com"]);
        let head = mail.text.split("\r\n\r\n").next().unwrap();
        assert!(!head.contains("\r\nBcc:"), "{head}");
        assert!(mail.text.len() < 250_000, "{}", mail.text.len());
    }
}

#[tokio::test]
async fn where_a_refusal_comes_says_what_it_means() {
    let closed = [
        Script { sender: Some("550 5.7.1 you may not send as that"), ..Script::default() },
        Script { sender: Some("530 5.7.0 log in first"), ..Script::default() },
        Script { recipients: &[("owner@example.com", "550 5.1.1 no such user")], ..Script::default() },
    ];
    for script in closed {
        assert_eq!(refused(script.clone()).await.kind, FailureKind::Closed, "{script:?}");
    }
    let never = [
        Script { sender: Some("552 5.3.4 too large"), ..Script::default() },
        Script { recipients: &[("owner@example.com", "554 5.7.1 blocked")], ..Script::default() },
        Script { mail: Some("554 5.6.0 looks like spam"), ..Script::default() },
    ];
    for script in never {
        assert_eq!(refused(script.clone()).await.kind, FailureKind::Refused, "{script:?}");
    }
    let later = [
        Script { greeting: Some("421 4.3.2 busy"), ..Script::default() },
        Script { greeting: Some("554 5.7.1 not today"), ..Script::default() },
        Script { sender: Some("451 4.3.0 later"), ..Script::default() },
        Script { recipients: &[("owner@example.com", "450 4.2.0 greylisted")], ..Script::default() },
        Script { mail: Some("451 4.3.0 disk full"), ..Script::default() },
        Script { drops: true, ..Script::default() },
    ];
    for script in later {
        assert_eq!(refused(script.clone()).await.kind, TEMPORARY, "{script:?}");
    }
    let said = refused(Script { mail: Some("554 5.6.0 \u{1b}[2Jspam"), ..Script::default() }).await;
    assert!(said.message.ends_with("the mail is refused: 554 5.6.0 \u{fffd}[2Jspam"), "{said:?}");
}

fn settings(port: u16, to: &[String]) -> Settings<'_> {
    Settings {
        to,
        from: "trailbell@example.com",
        host: "127.0.0.1",
        port,
        security: SmtpSecurity::None,
        username: None,
        password: None,
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_in_time() {
    let server = Smtp::start(Script { hangs: true, ..Script::default() }).await;
    let to = ["owner@example.com".to_owned()];
    let mut channel = Email::new(&settings(server.port, &to)).unwrap();
    channel.timeout = Duration::from_millis(300);
    let failure = channel.send(&samples::notice()).await.unwrap_err();
    assert_eq!(failure.kind, TEMPORARY);
    assert!(failure.message.contains("no answer within"), "{failure:?}");
}

#[tokio::test]
async fn of_several_recipients_each_gets_the_mail_once() {
    let greylisted = Script { recipients: &[("b@example.com", "450 4.2.0 greylisted")], ..Script::default() };
    let server = Smtp::start(greylisted).await;
    let to = ["a@example.com".to_owned(), "b@example.com".to_owned()];
    let channel = Email::new(&settings(server.port, &to)).unwrap();
    let message = samples::notice();
    let failure = channel.send(&message).await.unwrap_err();
    assert_eq!(failure.kind, TEMPORARY);
    assert!(
        failure.message.contains("puts off mail to b@example.com")
            && failure.message.contains("the other recipients have it"),
        "{failure:?}"
    );
    server.becomes(Script::default());
    channel.send(&message).await.unwrap();
    let recipients: Vec<_> = server.taken().into_iter().map(|mail| mail.to).collect();
    assert_eq!(recipients, [["a@example.com"], ["b@example.com"]]);
    // The next mail is for both again.
    channel.send(&message).await.unwrap();
    assert_eq!(server.taken()[2].to, to);
}

fn login(port: u16, security: SmtpSecurity) -> Target {
    Target::Email {
        to: vec!["owner@example.com".to_owned()],
        from: "trailbell@example.com".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        security,
        username: Some("user".to_owned()),
        password: Some(Secret::new("wrong-password")),
    }
}

#[tokio::test]
async fn a_password_is_used_and_its_refusal_closes_the_channel() {
    let with = |auth| Script { extensions: &["AUTH PLAIN LOGIN"], auth, ..Script::default() };
    let server = Smtp::start(with(None)).await;
    let channel = open(login(server.port, SmtpSecurity::None));
    channel.send(&samples::notice()).await.unwrap();
    channel.probe().unwrap().await.unwrap();
    assert_eq!(server.taken().len(), 1, "a probe sends nothing");
    server.becomes(with(Some("535 5.7.8 no")));
    assert_eq!(channel.probe().unwrap().await.unwrap_err().kind, FailureKind::Closed);
    let failure = channel.send(&samples::notice()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Closed);
    assert!(failure.message.contains("app password"), "{failure:?}");
    server.becomes(with(Some("454 4.7.0 later")));
    assert_eq!(channel.send(&samples::notice()).await.unwrap_err().kind, TEMPORARY);
    server.becomes(Script::default());
    assert_eq!(channel.send(&samples::notice()).await.unwrap_err().kind, FailureKind::Closed);
}

#[tokio::test]
async fn without_starttls_nothing_is_sent_in_the_clear() {
    let server = Smtp::start(Script { extensions: &["AUTH PLAIN"], ..Script::default() }).await;
    let failure =
        open(login(server.port, SmtpSecurity::StartTls)).send(&samples::notice()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Closed);
    assert!(failure.message.contains("offers no STARTTLS"), "{failure:?}");
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn tls_from_the_first_byte_or_after_starttls_and_only_with_a_certificate_that_is_trusted() {
    for (security, tls, extensions) in [
        (SmtpSecurity::Tls, Tls::AtOnce, &["AUTH PLAIN"][..]),
        (SmtpSecurity::StartTls, Tls::OnRequest, &["AUTH PLAIN", "STARTTLS"][..]),
    ] {
        let certificate = Certificate::new();
        let server =
            Smtp::start(Script { tls: Some((tls, certificate.clone())), extensions, ..Script::default() })
                .await;
        let to = ["owner@example.com".to_owned()];
        let password = Secret::new("right");
        let mut channel = Email::new(&Settings {
            host: "localhost",
            security,
            username: Some("user"),
            password: Some(&password),
            ..settings(server.port, &to)
        })
        .unwrap();
        let failure = channel.send(&samples::notice()).await.unwrap_err();
        assert_eq!(failure.kind, TEMPORARY, "{failure:?}");
        assert!(failure.message.contains("certificate"), "{failure:?}");
        assert!(server.taken().is_empty());
        let trusted = TlsParameters::builder("localhost".to_owned())
            .add_root_certificate(Trusted::from_der(certificate.der).unwrap())
            .build()
            .unwrap();
        channel.tls = Some(trusted);
        channel.send(&samples::notice()).await.unwrap();
        assert_eq!(server.taken().len(), 1);
    }
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let with = |change: &dyn Fn(&mut Target)| {
        let mut target = login(25, SmtpSecurity::Tls);
        change(&mut target);
        try_open(target).map(|_| ()).unwrap_err().to_string()
    };
    let in_the_clear = with(&|target| {
        if let Target::Email { host, security, .. } = target {
            "mail.example.com".clone_into(host);
            *security = SmtpSecurity::None;
        }
    });
    assert!(
        in_the_clear.starts_with("channel test: mail to mail.example.com would be sent in the clear"),
        "{in_the_clear}"
    );
    let nobody = with(&|target| {
        if let Target::Email { to, .. } = target {
            to.clear();
        }
    });
    assert!(nobody.contains("no recipient"), "{nobody}");
    let header = with(&|target| {
        if let Target::Email { to, .. } = target {
            to.push("a@b.example\r\nBcc: c@d.example".to_owned());
        }
    });
    assert!(header.contains("is not a mail address") && !header.contains('\n'), "{header}");
    let half = with(&|target| {
        if let Target::Email { password, .. } = target {
            *password = None;
        }
    });
    assert!(half.contains("but not both"), "{half}");
}
