//! No room: what stops, what goes on, that nothing is lost, and that forgetting leads out of it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use support::{at, attempt, change, entry, held, id, letter, mute, new_ledger_with, owed, sighting};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_outbox::{Batch, Fate, Ledger, LedgerErrorKind, LetterState, Owed};
use trailbell_text::Severity;

const MAX: u64 = 2 << 20;

fn small() -> (tempfile::TempDir, SqliteLedger) {
    new_ledger_with(&Options { max_size: Some(MAX), ..Options::default() })
}

/// An event that is told, with a letter that waits.
fn told(number: i64) -> Batch {
    let name = number.to_string();
    Batch {
        seen: vec![(id(&name), sighting(&name, at(number), Fate::Told { notice: id(&name) }))],
        notices: vec![Owed { facts: "x".repeat(3_000), ..owed(&name, at(number), Severity::High) }],
        letters: vec![letter(&name, "mail", Severity::High, at(number))],
        entries: vec![entry(&name, "mail", Some(&name))],
        ..Batch::default()
    }
}

/// Takes that many, a hundred at once.
fn take(ledger: &mut SqliteLedger, many: i64, of: impl Fn(i64) -> Batch) {
    for hundred in 0..many / 100 {
        let mut all = Batch::default();
        for number in hundred * 100..(hundred + 1) * 100 {
            let one = of(number);
            all.seen.extend(one.seen);
            all.notices.extend(one.notices);
            all.letters.extend(one.letters);
            all.entries.extend(one.entries);
            all.changes.extend(one.changes);
        }
        ledger.commit(&all).unwrap();
    }
}

/// Fills the ledger; how many were taken.
fn fill(ledger: &mut SqliteLedger, from: i64) -> i64 {
    for number in from.. {
        if let Err(error) = ledger.commit(&told(number)) {
            assert_eq!(error.kind, LedgerErrorKind::Full, "{error}");
            assert!(error.message.contains("ledger.max_size"), "{error}");
            return number;
        }
    }
    unreachable!()
}

fn sent(number: i64) -> Batch {
    let made = Some(attempt(number, true));
    Batch {
        changes: vec![change(&number.to_string(), LetterState::Sent, at(number), made)],
        ..Batch::default()
    }
}

fn file_bytes(ledger: &SqliteLedger) -> u64 {
    std::fs::metadata(ledger.path()).unwrap().len()
}

#[test]
fn what_does_not_fit_is_refused_whole_and_what_was_taken_stays() {
    let (_folder, mut ledger) = small();
    let taken = fill(&mut ledger, 0);
    assert!(taken > 100, "{taken}");
    let names: Vec<_> = (0..=taken).map(|number| id(&number.to_string())).collect();
    let sightings = ledger.sightings(&names).unwrap();
    assert!(sightings[..names.len() - 1].iter().all(Option::is_some));
    let last = names.last().unwrap();
    assert_eq!(sightings.last().unwrap(), &None);
    assert_eq!(ledger.notice(last).unwrap(), None);
    assert_eq!(ledger.letter(last).unwrap(), None);
    assert_eq!(ledger.counts(at(0)).unwrap().waiting, u64::try_from(taken).unwrap());
}

#[test]
fn while_no_event_is_taken_sending_muting_and_words_of_its_own_go_on() {
    let (_folder, mut ledger) = small();
    let taken = fill(&mut ledger, 0);
    let holds = Batch {
        held: vec![trailbell_outbox::Held { text: "x".repeat(9_000), ..held("a", 1) }],
        ..Batch::default()
    };
    assert_eq!(ledger.commit(&holds).unwrap_err().kind, LedgerErrorKind::Full);
    for number in 0..taken {
        ledger.commit(&sent(number)).unwrap();
    }
    let bulletin = letter("full", "mail", Severity::High, at(1));
    ledger
        .commit(&Batch { letters: vec![bulletin], mutes: vec![mute("m", at(100))], ..Batch::default() })
        .unwrap();
    let counts = ledger.counts(at(0)).unwrap();
    assert_eq!((counts.waiting, counts.sent), (1, u64::try_from(taken).unwrap()));
}

#[test]
fn forgetting_works_to_the_last_page_and_makes_room() {
    let (_folder, mut ledger) = small();
    let taken = fill(&mut ledger, 0);
    for number in 0..taken {
        ledger.commit(&sent(number)).unwrap();
    }
    // The reserve for sending is used up as well.
    let mut number = 0_usize;
    let error = loop {
        number += 1;
        let state = vec![(format!("key {number}"), Some("x".repeat(3_000)))];
        if let Err(error) = ledger.commit(&Batch { state, ..Batch::default() }) {
            break error;
        }
    };
    assert_eq!(error.kind, LedgerErrorKind::Full);
    assert!(file_bytes(&ledger) <= MAX);

    while ledger.forget(at(taken / 2), 10).unwrap() {}
    let again = fill(&mut ledger, taken);
    assert!(again > taken + taken / 4, "{taken} were taken before, {} after", again - taken);
    assert!(file_bytes(&ledger) <= MAX);
}

#[test]
fn what_is_forgotten_is_given_back_to_the_disk() {
    let (_folder, mut ledger) = new_ledger_with(&Options::default());
    take(&mut ledger, 2_000, |number| Batch { changes: sent(number).changes, ..told(number) });
    while ledger.forget(at(5_000), 500).unwrap() {}
    let counts = ledger.counts(at(0)).unwrap();
    assert_eq!(counts.notices, [0; 5]);
    let path = ledger.path().to_owned();
    // Closing carries over what is left in the log.
    drop(ledger);
    let left = std::fs::metadata(&path).unwrap().len();
    assert!(left < 2 << 20, "{left} bytes are left of more than 8 million");
}

#[test]
fn the_bytes_are_those_of_the_file_and_the_log() {
    let (_folder, mut ledger) = small();
    fill(&mut ledger, 0);
    let log = ledger.path().with_file_name("ledger.db-wal");
    let log = std::fs::metadata(log).unwrap().len();
    let bytes = ledger.counts(at(0)).unwrap().bytes;
    assert!(log > 0);
    assert!(bytes > log + MAX / 2, "{bytes}");
    assert!(bytes <= log + MAX, "{bytes}");
}

#[test]
fn a_limit_below_what_is_there_already_keeps_what_is_there() {
    let (_folder, mut ledger) = new_ledger_with(&Options::default());
    take(&mut ledger, 1_000, told);
    let path = ledger.path().to_owned();
    drop(ledger);
    let mut ledger =
        SqliteLedger::open(&path, &Options { max_size: Some(MAX), ..Options::default() }).unwrap();
    assert_eq!(ledger.counts(at(0)).unwrap().waiting, 1_000);
    assert!(fill(&mut ledger, 1_000) < 1_010, "next to nothing fits");
    ledger.commit(&sent(1)).unwrap();
}
