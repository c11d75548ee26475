//! What a notice belongs with, and what is kept of it to be worded later.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod support;

use support::{ALICE, ALICE_CONSOLE, Case, ROLE, call, others, reader, sign_in};
use trailbell_notice::{Comparison, Folded, Lang, Notice, gathered, headlines};
use trailbell_text::{Channel, Kind, Outcome, stable_hash};

fn notice(text: &str) -> Notice {
    Case::new(text).notice(&reader(Lang::En))
}

fn made(identity: &str, more: &str) -> String {
    call("iam", "CreateUser", identity, r#"{"userName":"bob"}"#, "null", more)
}

const FROM_CONSOLE: &str = r#","sessionCredentialFromConsole":"true""#;

/// Who reads the mails of one evening sees what was done in the console under the sign-in it was done with.
#[test]
fn what_is_done_in_a_session_threads_under_the_sign_in_that_opened_it() {
    let came_in = notice(&sign_in("ConsoleLogin", ALICE_CONSOLE, "126.0.0.1", "Success", ""));
    let started = came_in.time.unwrap().to_string();
    let session = |identity: &str, started: &str| {
        let attributes = format!(r#"{{"attributes":{{"creationDate":"{started}"}}}}"#);
        let identity = identity.replace("AKIA", "ASIA");
        made(&identity.replace('}', &format!(r#","sessionContext":{attributes}}}"#)), FROM_CONSOLE)
    };
    assert_eq!(notice(&session(ALICE, &started)).thread(), came_in.thread());
    assert_ne!(notice(&session(ALICE, "2026-11-23T09:00:00Z")).thread(), came_in.thread(), "another session");
    assert_ne!(notice(&made(ALICE, "")).thread(), came_in.thread(), "a key is no session");
    let failed = notice(&sign_in("ConsoleLogin", ALICE_CONSOLE, "126.0.0.1", "Failure", ""));
    assert_ne!(failed.thread(), came_in.thread(), "what failed opened nothing");
    let somebody_else = notice(&made(ROLE, FROM_CONSOLE));
    assert_ne!(somebody_else.thread(), came_in.thread());
}

/// A group is one account's, one principal's and one kind's, whatever it was done with and on which day.
#[test]
fn a_group_is_account_principal_and_kind() {
    let group = |text: &str| notice(text).group();
    let by_key = made(ALICE, "");
    assert_eq!(group(&by_key), group(&made(&ALICE.replace("AKIA", "ASIA"), FROM_CONSOLE)));
    assert_eq!(group(&by_key), group(&by_key.replace("2026-11-23T", "2026-11-24T")));
    assert_ne!(group(&by_key), group(&made(ROLE, "")));
    assert_ne!(group(&by_key), group(&sign_in("ConsoleLogin", ALICE_CONSOLE, "126.0.0.1", "Success", "")));
}

/// The engine asks before there is a notice, a mail after: both get one answer.
#[test]
fn an_event_and_its_notice_belong_with_the_same() {
    let case = Case::new(&made(ALICE, ""));
    let notice = case.notice(&reader(Lang::En));
    let (group, thread) = gathered(&case.record, &case.actor, Kind::IamChange, Outcome::Success);
    assert_eq!((&group, &thread), (&notice.group(), &notice.thread()));
    let parts: Vec<&str> = thread.iter().map(String::as_str).collect();
    assert_eq!(notice.thread_id(), format!("{:032x}", stable_hash(&parts)));
}

#[test]
fn what_is_kept_of_a_notice_reads_back_as_it_was() {
    for (name, case) in others() {
        let kept = serde_json::to_string(&(&case.comparison, &case.folded)).unwrap();
        let read: (Option<Comparison>, Vec<Folded>) = serde_json::from_str(&kept).unwrap();
        assert_eq!(read, (case.comparison, case.folded), "{name}");
    }
}

/// What is folded now is read later in whichever language.
#[test]
fn a_kept_sentence_is_the_sentence_of_each_language() {
    let case = Case::new(&made(ALICE, ""));
    let both = case.with_facts(|facts| headlines(facts, &reader(Lang::En)));
    for lang in [Lang::En, Lang::Ja] {
        let notice = case.notice(&reader(lang));
        assert_eq!(lang.of(&both).render(Channel::Plain), notice.headline.render(Channel::Plain));
    }
}
