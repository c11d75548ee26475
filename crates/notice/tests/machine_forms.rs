//! The forms that machines read first: JSON, HTML, a mail's headers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod support;

use support::{others, reader};
use trailbell_notice::{Lang, Notice, render};

fn notice(name: &str, lang: Lang) -> Notice {
    let (_, case) = others().into_iter().find(|(known, _)| *known == name).unwrap();
    case.notice(&reader(lang))
}

#[test]
fn json_has_every_field() {
    for (name, lang) in [("IAM user as always", Lang::En), ("refused", Lang::Ja), ("correlation", Lang::En)] {
        let json: serde_json::Value = serde_json::from_str(&render::json(&notice(name, lang))).unwrap();
        insta::assert_snapshot!(
            format!("json {name}").replace(' ', "_"),
            serde_json::to_string_pretty(&json).unwrap()
        );
    }
}

#[test]
fn html_is_one_quiet_page() {
    insta::assert_snapshot!("html", render::html(&notice("root without MFA", Lang::En).page()));
}

#[test]
fn a_mail_has_its_headers() {
    let notice = notice("root without MFA", Lang::Ja);
    let envelope = render::Envelope {
        from: render::Address::new("trailbell@example.com").unwrap(),
        to: vec![
            render::Address::new("owner@example.com").unwrap(),
            render::Address::new("team@example.com").unwrap(),
        ],
        date: "2026-11-23T12:40:00Z".parse().unwrap(),
        message_id: notice.message_id(),
        thread: notice.thread_id(),
    };
    let mail = render::mail(&notice.page(), &envelope);
    let headers = mail.split("\r\n\r\n").next().unwrap().replace("\r\n", "\n");
    insta::assert_snapshot!("mail_headers", headers);
}
