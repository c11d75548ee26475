//! Every sentence and every kind of notice, as people read them, in both languages.

mod support;

use std::fmt::Write as _;

use support::{ROWS, call, ended, others, reader, rows};
use trailbell_notice::{Lang, render};
use trailbell_text::Channel;

/// The sentence of every row: done, refused, and failed.
#[test]
fn every_headline_in_both_languages() {
    let mut out = String::new();
    for (service, event, request, response) in ROWS {
        let done = call(service, event, support::ALICE, request, response, "");
        let refused = ended(&call(service, event, support::ALICE, "null", "null", ""), "AccessDenied");
        let failed =
            ended(&call(service, event, support::ALICE, request, "null", ""), "NoSuchEntityException");
        let _ = writeln!(out, "{service} {event}");
        for lang in [Lang::En, Lang::Ja] {
            for text in [&done, &refused, &failed] {
                let headline =
                    support::Case::new(text).notice(&reader(lang)).headline.render(Channel::Terminal);
                assert!(
                    !headline.contains('…') && !headline.contains("  ") && !headline.contains(['{', '[']),
                    "{headline}"
                );
                let _ = writeln!(out, "  {headline}");
            }
        }
    }
    insta::assert_snapshot!("every_headline", out);
}

/// What to do after every row, without the containment of alice, which is the same for all.
#[test]
fn every_undo_in_both_languages() {
    let mut out = String::new();
    for (name, case) in rows() {
        let _ = writeln!(out, "{name}");
        for lang in [Lang::En, Lang::Ja] {
            let notice = case.notice(&reader(lang));
            for step in notice.advice.steps.iter().skip(if name.ends_with("Quarantine") { 0 } else { 2 }) {
                let _ = writeln!(out, "  {}", step.text.render(Channel::Plain));
                for command in step.commands.iter().filter(|_| lang == Lang::En) {
                    let _ = writeln!(out, "    $ {}", command.line);
                }
            }
        }
    }
    insta::assert_snapshot!("every_undo", out);
}

/// Every Japanese step asks politely, and none points at something "above".
#[test]
fn every_japanese_step_ends_politely() {
    for (name, case) in rows().chain(others().into_iter().map(|(name, case)| (name.to_owned(), case))) {
        for step in case.notice(&reader(Lang::Ja)).advice.steps {
            let text = step.text.render(Channel::Plain);
            // What stands in brackets behind the request explains it, or says why there is no command.
            let mut request = text.trim_end_matches('。');
            while let Some((before, _)) = request.strip_suffix(')').and_then(|r| r.rsplit_once('(')) {
                request = before.trim_end_matches('。');
            }
            assert!(request.ends_with("ください"), "{name}: {text}");
            assert!(!text.contains("上記"), "{name}: {text}");
        }
    }
}

#[test]
fn every_kind_of_notice_as_text() {
    for (name, case) in others() {
        for lang in [Lang::En, Lang::Ja] {
            let page = case.notice(&reader(lang)).page();
            let text = format!("{}\n\n{}", render::one_line(&page), render::plain(&page));
            insta::assert_snapshot!(format!("{name} {lang}").replace(' ', "_"), text);
        }
    }
}
