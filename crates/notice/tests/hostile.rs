//! Whatever an outsider can write into a record reaches nobody unescaped: through every renderer, in both
//! languages, in every string of every sort of record.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod support;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::bulletins::bulletins;
use support::{Case, others, reader, rows};
use trailbell_json::Json;
use trailbell_network::testing::{Mmdb, Value};
use trailbell_network::{Database, Part};
use trailbell_notice::{Bulletin, Lang, Line, Networks, Notice, Page, Reader, render};
use trailbell_record::Record;
use trailbell_text::acts;

/// Texts that would act if they were shown as they are.
fn corpus() -> Vec<String> {
    let mut texts: Vec<String> = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "\u{9b}31mred\u{85}",
        "a\r\nBcc: mallory@example.org\r\n\r\n<b>body</b>",
        "\u{202e}drowssap\u{2066}x\u{2069}",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>'",
        "$(touch /tmp/pwned)",
        "`id`; rm -rf ~ && x | y > z < w & *?[a]{b,c}~!#\\",
        "'; drop table users; --",
        "-rf",
        "--profile=mallory",
        "=cmd|' /C calc'!A0",
        "a\u{0}b",
        "{actor} {target} [x|y] %s {0}",
        "https://evil.example.org/verify?x=1 www.evil.example.org",
        "=?UTF-8?B?QmNjOiB4?=",
        "\u{fffd}\u{feff}\u{200b}\u{2028}\u{2029}\u{ad}",
        "😀あ\u{301}\u{e0041}",
        "",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("\u{1b}あ<".repeat(300));
    texts
}

/// The same record with every string outside the fields that say what the record is replaced by `text`.
fn poisoned(json: &Json, key: &str, text: &str) -> Json {
    const KEPT: &[&str] = &[
        "eventName",
        "eventSource",
        "eventType",
        "type",
        "errorCode",
        "ConsoleLogin",
        "CheckMfa",
        "SwitchRole",
        "UserAuthentication",
        "MFAUsed",
        "status",
        "success",
    ];
    match json {
        Json::String(_) if KEPT.contains(&key) => json.clone(),
        Json::String(_) => Json::String(text.to_owned()),
        Json::Array(elements) => {
            Json::Array(elements.iter().map(|element| poisoned(element, key, text)).collect())
        }
        Json::Object(members) => {
            Json::Object(members.iter().map(|(k, value)| (k.clone(), poisoned(value, k, text))).collect())
        }
        other => other.clone(),
    }
}

fn check(notice: &Notice, text: &str) {
    check_page(&notice.page());
    // JSON: one object, nothing raw, and the value still whole.
    let json = render::json(notice);
    assert!(!json.chars().any(acts), "{json}");
    let read = Json::parse(&json).unwrap();
    assert_eq!(read.get("type").and_then(Json::as_str), Some("notice"));
    assert!(read.get("source_ip").and_then(Json::as_str).is_none_or(|ip| ip == text || ip == "126.0.0.1"));
    for line in notice.advice.steps.iter().flat_map(|step| &step.commands) {
        assert_command(&line.line, text);
    }
}

/// No renderer lets anything on a page act.
fn check_page(page: &Page) {
    // Text: line ends are ours, nothing else acts.
    for shown in [
        render::plain(page),
        render::terminal(page, render::Colour::Off),
        render::brief(page, None, render::Colour::Off),
        render::one_line(page),
    ] {
        assert!(!shown.chars().any(|c| c != '\n' && acts(c)), "{shown:?}");
        assert!(!shown.lines().any(|line| line.starts_with("Bcc")), "{shown:?}");
    }
    assert!(!render::one_line(page).contains('\n'));
    assert!(!render::plain(page).contains("https://evil"), "links are defanged");
    // Colours are the only escape sequences of a terminal.
    let coloured = render::terminal(page, render::Colour::On);
    for (index, _) in coloured.match_indices('\u{1b}') {
        let rest = &coloured[index + 1..];
        let end = rest.find('m').unwrap();
        assert!(
            rest.starts_with('[') && rest[1..end].bytes().all(|b| b.is_ascii_digit() || b == b';'),
            "{rest:?}"
        );
    }
    // HTML: the tags are those of the same notice of a harmless record.
    let html = render::html(page);
    assert!(!html.chars().any(|c| c != '\n' && acts(c)));
    assert!(
        !html.contains("<script") && !html.contains("<img") && !html.contains("onerror=alert(1)>"),
        "{html}"
    );
    // Mail: the headers are ours by name and number, and each line is short ASCII.
    let mail = mail(page);
    let (headers, body) = mail.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = headers
        .split("\r\n")
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split(':').next().unwrap())
        .filter(|name| *name != "Importance")
        .collect();
    assert_eq!(
        names,
        [
            "Date",
            "From",
            "To",
            "Subject",
            "Message-ID",
            "In-Reply-To",
            "References",
            "List-Id",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "Precedence",
            "Content-Language",
            "MIME-Version",
            "Content-Type"
        ]
    );
    assert!(
        headers
            .split("\r\n")
            .all(|line| line.len() <= 998 && line.bytes().all(|b| (0x20..0x7f).contains(&b)))
    );
    assert_eq!(body.matches("Content-Type: ").count(), 2);
    // Nothing grows with the value: the longest mail is still a mail (Gmail cuts at about 100 KB).
    assert!(mail.len() < 60_000, "{} bytes", mail.len());
}

/// Every word of a printed command is one that we wrote or that is harmless, by a strict reading of POSIX.
fn assert_command(line: &str, poison: &str) {
    let words = words(line).unwrap_or_else(|| panic!("not a simple command: {line}"));
    assert_eq!(words[0], "aws", "{line}");
    assert!(!line.contains('\n') && line.len() < 4096);
    // A poisoned value never gets into a command, unless it is of the harmless alphabet.
    let harmless =
        poison.bytes().all(|b| b.is_ascii_alphanumeric()) && poison.len() <= 2048 && !poison.is_empty();
    assert!(harmless || poison.is_empty() || !words.iter().any(|word| word.contains(poison)), "{line}");
}

/// The words of a simple command as a POSIX shell reads it; `None` for anything that is more than words. The
/// one thing allowed beside is our own `"$(date ...)"`.
fn words(line: &str) -> Option<Vec<String>> {
    const DATE: &str = "\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"";
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(DATE) {
            word.get_or_insert_default().push_str("<date>");
            rest = after;
            continue;
        }
        if c == '\'' {
            let (inside, after) = rest[1..].split_once('\'')?;
            word.get_or_insert_default().push_str(inside);
            rest = after;
            continue;
        }
        match c {
            ' ' => words.extend(word.take()),
            c if c.is_ascii_alphanumeric() || "+,._/:@=-".contains(c) => word.get_or_insert_default().push(c),
            _ => return None,
        }
        rest = &rest[c.len_utf8()..];
    }
    words.extend(word.take());
    Some(words)
}

fn mail(page: &Page) -> String {
    let envelope = render::Envelope {
        from: render::Address::new("trailbell@example.com").unwrap(),
        to: vec![render::Address::new("owner@example.com").unwrap()],
        date: "2026-11-23T12:40:00Z".parse().unwrap(),
        message_id: "0123456789abcdef0123456789abcdef".to_owned(),
        thread: "fedcba9876543210fedcba9876543210".to_owned(),
    };
    render::mail(page, &envelope)
}

#[test]
fn nothing_in_a_record_gets_out_of_its_place() {
    let cases: Vec<Case> =
        rows().map(|(_, case)| case).chain(others().into_iter().map(|(_, case)| case)).collect();
    for (index, text) in corpus().iter().enumerate() {
        // Every text meets every third case: more would say the same.
        for (number, case) in cases.iter().enumerate().filter(|(number, _)| (number + index) % 3 == 0) {
            let record = Record::new(poisoned(case.record.json(), "", text));
            let hostile = Case { severity: case.severity, kind: case.kind, ..Case::of(record) };
            let lang = if (index + number) % 2 == 0 { Lang::En } else { Lang::Ja };
            check(&hostile.notice(&reader(lang)), text);
        }
    }
}

/// What a collection of rules calls itself is no more to be trusted than what was counted.
#[test]
fn nothing_of_a_correlation_gets_out_of_its_place() {
    let (_, mut case) = others().into_iter().find(|(name, _)| *name == "correlation").unwrap();
    let long = "\u{1b}あ<".repeat(200_000);
    for text in corpus().iter().chain([&long]) {
        case.sigma = support::correlations();
        for rule in &mut case.sigma {
            rule.title = text.as_str().into();
            rule.id = Some(text.as_str().into());
            let Some(correlated) = &mut rule.correlated else { continue };
            correlated.fields.fill(text.as_str().into());
            correlated.group = vec![(text.as_str().into(), text.as_str().into()); 7];
        }
        for lang in [Lang::En, Lang::Ja] {
            let notice = case.notice(&reader(lang));
            check_page(&notice.page());
            let json = render::json(&notice);
            assert!(!json.chars().any(acts), "{json}");
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(read["sigma_rules"][1]["title"], text.as_str());
            assert_eq!(read["sigma_rules"][1]["correlation"]["group"][text.as_str()], text.as_str());
            let line = case.with_facts(|facts| Line::of(facts, &reader(lang)));
            let digest = Bulletin::Summary {
                who: None,
                more: 0,
                since: line.time.unwrap(),
                until: line.time.unwrap(),
                items: vec![line],
            };
            check_page(&digest.page(&reader(lang)));
        }
    }
}

/// Whoever runs a network chooses what files of networks call it.
#[test]
fn nothing_of_a_networks_name_gets_out_of_its_place() {
    let (_, case) = others().into_iter().find(|(name, _)| *name == "IAM user as always").unwrap();
    for text in corpus() {
        // A length of one byte or two is all that the file of a test can write.
        let text: String = text.chars().take(60).collect();
        let system = Value::map([
            ("autonomous_system_number", Value::Number(1136)),
            ("autonomous_system_organization", Value::text(&text)),
        ]);
        let file = Mmdb::new("GeoLite2-ASN").network("126.0.0.0/8", system);
        let file = Arc::new(Database::new(file.bytes()).unwrap());
        let networks = Networks::default().with(Part::Asn, file).unwrap();
        for lang in [Lang::En, Lang::Ja] {
            let notice = case.notice(&Reader { networks: networks.clone(), ..reader(lang) });
            check_page(&notice.page());
            let json = render::json(&notice);
            assert!(!json.chars().any(acts), "{json}");
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(read["network"]["asn"], 1136);
            let organisation = read["network"]["organisation"].as_str().unwrap_or_default();
            assert_eq!(organisation, text);
        }
    }
}

/// The same for everything that is not one notice.
#[test]
fn nothing_in_a_bulletin_gets_out_of_its_place() {
    let long = "\u{1b}あ<".repeat(200_000);
    for text in corpus().iter().chain([&long]) {
        for (_, bulletin) in bulletins(Some(text)) {
            for lang in [Lang::En, Lang::Ja] {
                let page = bulletin.page(&reader(lang));
                check_page(&page);
                for command in page.steps.iter().flat_map(|step| &step.commands) {
                    let words = words(&command.line).unwrap_or_else(|| panic!("{}", command.line));
                    assert_eq!(words[0], "trailbell", "{}", command.line);
                    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
                    assert!(plain || !words.iter().any(|word| word.contains(text.as_str())));
                }
                let json = bulletin.json(&reader(lang));
                assert_eq!(json["type"], "bulletin");
                assert!(json["headline"].as_str().is_some_and(|headline| !headline.chars().any(acts)));
            }
        }
    }
}

/// A megabyte in one field after another.
#[test]
fn a_megabyte_is_cut_and_harms_nobody() {
    let text = "\u{1b}あ<".repeat(200_000);
    let (_, case) = others().into_iter().find(|(name, _)| *name == "refused").unwrap();
    let json = case.record.json().to_string();
    for field in ["alice", "126.0.0.1", "aws-cli/2.22.0"] {
        let record = Record::new(with_value(&Json::parse(&json).unwrap(), field, &text));
        check(&Case::of(record).notice(&reader(Lang::En)), &text);
    }
}

/// The same record with every string that begins with `value` replaced.
fn with_value(json: &Json, value: &str, text: &str) -> Json {
    match json {
        Json::String(found) if found.starts_with(value) => Json::String(text.to_owned()),
        Json::Array(elements) => {
            Json::Array(elements.iter().map(|element| with_value(element, value, text)).collect())
        }
        Json::Object(members) => Json::Object(
            members.iter().map(|(k, member)| (k.clone(), with_value(member, value, text))).collect(),
        ),
        other => other.clone(),
    }
}

/// What makes a value unfit is in words beside the step, so that nobody wonders where the command is.
#[test]
fn a_step_without_its_command_says_why() {
    let case =
        Case::new(&support::call("iam", "CreateUser", support::ALICE, r#"{"userName":"x; id"}"#, "null", ""));
    let notice = case.notice(&reader(Lang::En));
    let step = notice.advice.steps.last().unwrap();
    assert!(step.commands.is_empty());
    let text = step.text.render(trailbell_text::Channel::Plain);
    assert!(text.contains("No command is printed") && text.contains("character"), "{text}");
}

/// Every command of a realistic record reads back as exactly the words it is made of.
#[test]
fn a_printed_command_reads_back_as_its_words() {
    let case = Case::new(&support::call(
        "iam",
        "AddUserToGroup",
        support::ALICE,
        r#"{"userName":"b=b","groupName":"g+1@x"}"#,
        "null",
        "",
    ));
    let notice = case.notice(&reader(Lang::En));
    let line = &notice.advice.steps.last().unwrap().commands[0].line;
    assert_eq!(
        words(line).unwrap(),
        ["aws", "iam", "remove-user-from-group", "--user-name", "b=b", "--group-name", "g+1@x"]
    );
    let put = notice.advice.steps[0].commands[1].line.clone();
    let document = words(&put).unwrap().pop().unwrap();
    assert!(Json::parse(&document).is_ok(), "{document}");
}

/// Nothing of a record that failed goes into a command; the one who acted is known all the same.
#[test]
fn no_value_of_a_failed_record_is_in_a_command() {
    for (service, event, request, _) in support::ROWS {
        for code in ["AccessDenied", "NoSuchEntityException"] {
            let text =
                support::ended(&support::call(service, event, support::ALICE, request, "null", ""), code);
            let notice = Case::new(&text).notice(&reader(Lang::En));
            for command in notice.advice.steps.iter().flat_map(|step| &step.commands) {
                let line = command.line.replace("--user-name alice", "").replace("AWSDenyAll", "");
                assert!(!line.contains("bob") && !line.contains("web") && !line.contains("AKIA"), "{line}");
            }
        }
    }
    for (name, case) in others() {
        let notice = case.notice(&reader(Lang::En));
        if name.starts_with("failed") && name.contains("sign-in") {
            assert!(notice.advice.steps.iter().all(|step| step.commands.is_empty()), "{name}");
        }
    }
}

/// A mail is text first, then HTML, both whole.
#[test]
fn a_mail_holds_the_text_and_the_html() {
    let (_, case) = others().swap_remove(0);
    let page = case.notice(&reader(Lang::Ja)).page();
    let mail = mail(&page);
    let parts: Vec<String> = mail
        .split("Content-Transfer-Encoding: base64\r\n\r\n")
        .skip(1)
        .map(|part| part.split("\r\n--").next().unwrap().replace("\r\n", ""))
        .map(|part| String::from_utf8(STANDARD.decode(part).unwrap()).unwrap().replace("\r\n", "\n"))
        .collect();
    assert_eq!(parts, [render::plain(&page), render::html(&page)]);
    assert!(mail.contains("\r\nImportance: high\r\n"));
    assert_eq!(mail, self::mail(&page), "the same page is the same bytes");
}
