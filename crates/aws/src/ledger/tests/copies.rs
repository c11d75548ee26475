//! Many copies at once, without a lock: who was overtaken writes nothing, and nothing is done twice.

use std::thread;

use trailbell_outbox::testing::things::{at, id, letter, sighting};
use trailbell_outbox::{Attempt, Batch, Fate, Ledger, LedgerErrorKind, LetterChange, LetterState};
use trailbell_text::Severity;

use super::super::journal;
use super::super::row::{Kept as _, State, items};
use super::super::table::Change;
use super::dynamodb::Troubles;
use super::{RUNTIME, Server, TABLE};

fn state(key: &str, value: &str) -> Batch {
    Batch { state: vec![(key.to_owned(), Some(value.to_owned()))], ..Batch::default() }
}

#[test]
fn who_was_overtaken_writes_nothing_and_sees_what_the_other_wrote_when_it_looks_again() {
    let server = Server::start(Troubles::default());
    let (mut one, mut other) = (server.ledger(), server.ledger());
    assert_eq!(other.state("a").unwrap(), []);
    one.commit(&state("a", "1")).unwrap();
    assert_eq!(other.state("a").unwrap(), [], "it looked before");
    let error = other.commit(&state("b", "2")).unwrap_err();
    assert_eq!(error.kind, LedgerErrorKind::Overtaken);
    assert!(!error.is_for_now());
    assert!(error.message.contains(TABLE), "{error}");
    assert_eq!(other.state("").unwrap(), [("a".to_owned(), "1".to_owned())]);
    other.commit(&state("b", "2")).unwrap();
    assert_eq!(one.forget(at(0), 10), Ok(false), "where there is nothing to forget, nothing is written");
    assert_eq!(one.commit(&state("c", "3")).unwrap_err().kind, LedgerErrorKind::Overtaken);
}

#[test]
fn forgetting_is_a_commit_too() {
    let server = Server::start(Troubles::default());
    let (mut one, mut other) = (server.ledger(), server.ledger());
    let old = Batch { seen: vec![(id("a"), sighting("a", at(0), Fate::Again))], ..Batch::default() };
    one.commit(&old).unwrap();
    other.is_current().unwrap();
    other.state("").unwrap();
    one.commit(&state("a", "1")).unwrap();
    assert_eq!(other.forget(at(9), 10).unwrap_err().kind, LedgerErrorKind::Overtaken);
    assert_eq!(other.forget(at(9), 10), Ok(false));
    assert_eq!(one.commit(&state("b", "1")).unwrap_err().kind, LedgerErrorKind::Overtaken);
}

#[test]
fn a_copy_can_ask_whether_what_it_decided_still_holds() {
    let server = Server::start(Troubles::default());
    let (mut one, mut other) = (server.ledger(), server.ledger());
    assert_eq!(one.is_current(), Ok(true));
    other.commit(&state("a", "1")).unwrap();
    assert_eq!((one.is_current(), other.is_current()), (Ok(false), Ok(true)));
    assert_eq!(one.state("a").unwrap().len(), 1);
    assert_eq!(one.is_current(), Ok(true));
}

#[test]
fn who_claims_what_was_sent_meanwhile_is_overtaken_though_nothing_would_change() {
    let server = Server::start(Troubles::default());
    let (mut one, mut other) = (server.ledger(), server.ledger());
    let posted = letter("a", "mail", Severity::High, at(0));
    one.commit(&Batch { letters: vec![posted.clone()], ..Batch::default() }).unwrap();
    let change = |state, attempt| LetterChange { letter: posted.letter.clone(), state, due: at(9), attempt };
    let claim = Batch { changes: vec![change(LetterState::Waiting, None)], ..Batch::default() };
    assert_eq!(other.due("mail", at(1), 10).unwrap().len(), 1);
    one.commit(&claim).unwrap();
    let taken = Attempt { at: at(2), taken: true, detail: String::new() };
    let sent = Batch { changes: vec![change(LetterState::Sent, Some(taken))], ..Batch::default() };
    one.commit(&sent).unwrap();
    assert_eq!(
        other.commit(&claim).unwrap_err().kind,
        LedgerErrorKind::Overtaken,
        "else it would be sent twice"
    );
    assert_eq!(other.due("mail", at(10), 10).unwrap(), []);
}

/// Raises a counter once, whatever comes in between; with `more` rows beside it.
fn raise(ledger: &mut dyn Ledger, name: &str, more: usize) {
    loop {
        let found = match ledger.state("counter") {
            Ok(found) => found,
            Err(error) => {
                assert!(
                    matches!(error.kind, LedgerErrorKind::Locked | LedgerErrorKind::Overtaken),
                    "{error}"
                );
                continue;
            }
        };
        let counter: u64 = found.first().map_or(0, |(_, value)| value.parse().unwrap());
        let mut batch = state("counter", &(counter + 1).to_string());
        for number in 0..=more {
            let name = format!("{name}/{number}");
            batch.seen.push((id(&name), sighting(&name, at(0), Fate::Again)));
            batch.state.push((format!("by/{name}"), Some((counter + 1).to_string())));
        }
        // As long as it is only locked, the same batch is tried again.
        let outcome = loop {
            match ledger.commit(&batch) {
                Err(error) if error.is_for_now() => {}
                outcome => break outcome,
            }
        };
        match outcome {
            Ok(()) => return,
            Err(error) => assert_eq!(error.kind, LedgerErrorKind::Overtaken, "{error}"),
        }
    }
}

fn all_at_once(troubles: Troubles) {
    const COPIES: usize = 5;
    const TIMES: usize = 8;
    let server = Server::start(Troubles::default());
    let ledgers: Vec<_> = (0..COPIES).map(|_| server.ledger()).collect();
    server.stand_in.trouble(troubles);
    thread::scope(|scope| {
        for (copy, mut ledger) in ledgers.into_iter().enumerate() {
            scope.spawn(move || {
                for time in 0..TIMES {
                    // Every third is too great for one transaction.
                    raise(&mut ledger, &format!("{copy}/{time}"), if time % 3 == 0 { 70 } else { 0 });
                }
            });
        }
    });
    server.stand_in.trouble(Troubles::default());
    let mut ledger = server.ledger();
    let raised = (COPIES * TIMES).to_string();
    assert_eq!(ledger.state("counter").unwrap(), [("counter".to_owned(), raised)]);
    let mut by: Vec<(String, String)> = ledger.state("by/").unwrap();
    by.retain(|(name, _)| name.ends_with("/0"));
    let mut values: Vec<usize> = by.iter().map(|(_, value)| value.parse().unwrap()).collect();
    values.sort_unstable();
    assert_eq!(
        values,
        (1..=COPIES * TIMES).collect::<Vec<_>>(),
        "every number is somebody's, and nobody's twice"
    );
}

#[test]
fn of_copies_that_commit_at_once_every_increment_is_there_exactly_once() {
    all_at_once(Troubles::default());
}

#[test]
fn also_where_answers_are_lost_and_transactions_are_in_the_way() {
    for forgets_tokens in [false, true] {
        let troubles = Troubles {
            lost: Some(7),
            conflicts: Some(5),
            throttled: Some(11),
            forgets_tokens,
            ..Troubles::default()
        };
        all_at_once(troubles);
    }
}

#[test]
fn a_copy_that_comes_late_with_a_journal_that_others_have_finished_overwrites_nothing() {
    let server = Server::start(Troubles::default());
    let late = server.ledger();
    let old: Vec<Change> = (0..300)
        .flat_map(|number| {
            let state = State { key: number.to_string(), value: "old".to_owned() };
            let text = serde_json::to_string(&state).unwrap();
            items(&state.key(), &text, Vec::new())
                .into_iter()
                .map(|item| Change::Put(item, 0))
                .collect::<Vec<_>>()
        })
        .collect();
    let mut all = Batch::default();
    for number in 0..300 {
        all.state.push((number.to_string(), Some("new".to_owned())));
    }
    server.ledger().commit(&all).unwrap();
    let pending = RUNTIME.block_on(journal::write(&late.store.table, &old, "late".to_owned())).unwrap();
    RUNTIME.block_on(late.store.apply(&pending, &old)).unwrap();
    assert!(server.ledger().state("").unwrap().iter().all(|(_, value)| value == "new"));
}
