//! A copy that dies after any of its requests leaves all of a commit or nothing, and what it comes back with is done once.

use trailbell_outbox::testing::things::{at, attempt, change, entry, held, id, letter, owed, sighting};
use trailbell_outbox::{Batch, Fate, Held, Ledger, LedgerErrorKind, LetterState, Owed};
use trailbell_text::Severity;

use super::dynamodb::{Fuse, Troubles};
use super::{Server, TABLE};

/// A batch that touches every kind of thing, with so many events told; what is long in it is so long.
fn batch(many: usize, size: usize) -> Batch {
    let noise: String = (0..size).map(|_| fastrand::alphanumeric()).collect();
    let mut batch = Batch {
        positions: vec![("queue".to_owned(), "2".to_owned())],
        state: vec![("before".to_owned(), None), ("now".to_owned(), Some("2".to_owned()))],
        released: vec![id("before")],
        held: vec![Held { text: noise.clone(), ..held("now", 7) }],
        ..Batch::default()
    };
    for number in 0..many {
        let name = number.to_string();
        batch.seen.push((id(&name), sighting(&name, at(0), Fate::Told { notice: id(&name) })));
        let facts = if number == 0 { noise.clone() } else { "{}".to_owned() };
        batch.notices.push(Owed { facts, ..owed(&name, at(0), Severity::High) });
        batch.letters.push(letter(&name, "mail", Severity::High, at(0)));
        batch.entries.push(entry(&name, "mail", Some(&name)));
        batch.changes.push(change(&name, LetterState::Sent, at(1), Some(attempt(1, true))));
    }
    batch
}

fn before(ledger: &mut dyn Ledger) {
    let batch = Batch {
        positions: vec![("queue".to_owned(), "1".to_owned())],
        state: vec![("before".to_owned(), Some("1".to_owned()))],
        held: vec![held("before", 1)],
        ..Batch::default()
    };
    ledger.commit(&batch).unwrap();
}

/// Whether the batch is there: the whole of it, once, or nothing.
fn is_there(ledger: &mut dyn Ledger, many: usize) -> bool {
    let is_there = ledger.position("queue").unwrap().as_deref() == Some("2");
    let many = if is_there { many } else { 0 };
    let counts = ledger.counts(at(-1)).unwrap();
    assert_eq!(counts.notices.iter().sum::<u64>(), many as u64);
    assert_eq!((counts.sent, counts.waiting, counts.held), (many as u64, 0, 1));
    assert_eq!(ledger.held(None, 9).unwrap()[0].event, id(if is_there { "now" } else { "before" }));
    let state: Vec<_> = ledger.state("").unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(state, [if is_there { "now" } else { "before" }]);
    assert_eq!(ledger.letters(None, usize::MAX).unwrap().len(), many);
    for number in 0..many {
        let name = id(&number.to_string());
        assert_eq!(ledger.attempts(&name).unwrap(), [attempt(1, true)]);
        assert_eq!(ledger.letter(&name).unwrap().unwrap().attempts, 1);
        assert_eq!(ledger.told_in(&name, 1).unwrap().1, 1);
        assert!(ledger.sightings(std::slice::from_ref(&name)).unwrap()[0].is_some());
    }
    is_there
}

/// Calls `story` for every request after which a copy may die, until it lives to tell of it.
fn at_every_instant(mut story: impl FnMut(&Server)) {
    for last_is_done in [false, true] {
        for left in 1.. {
            let server = Server::start(Troubles::default());
            before(&mut server.ledger());
            server.stand_in.light(Some(Fuse { left, last_is_done }));
            story(&server);
            if !server.stand_in.has_anybody_died() {
                assert!(left > 3, "something was asked");
                break;
            }
        }
    }
}

#[test]
fn another_copy_finds_all_of_it_or_nothing() {
    // One transaction; many rows; among them some in several items.
    for (many, size) in [(3, 10), (30, 2_000), (30, 500_000)] {
        let batch = batch(many, size);
        let (mut done, mut undone) = (0, 0);
        at_every_instant(|server| {
            let reported = server.mortal().and_then(|mut ledger| ledger.commit(&batch));
            let mut other = server.ledger();
            let is_there = is_there(&mut other, many);
            assert!(is_there || reported.is_err(), "what was reported done is there");
            if is_there {
                done += 1;
            } else {
                undone += 1;
            }
            // It goes on.
            other
                .commit(&Batch { positions: vec![("other".into(), "1".into())], ..Batch::default() })
                .unwrap();
            assert_eq!(server.ledger().position("other").unwrap().as_deref(), Some("1"));
            let journal = server.stand_in.item(TABLE, "meta", "version").unwrap();
            assert!(!journal.contains_key("pending"), "nothing is left half done");
        });
        assert!(done > 2 && undone > 2, "{done} and {undone}");
    }
}

#[test]
fn who_comes_back_and_tries_the_same_again_has_done_it_once() {
    for (many, size) in [(3, 10), (30, 2_000)] {
        let batch = batch(many, size);
        at_every_instant(|server| {
            let Ok(mut ledger) = server.mortal() else { return };
            let first = ledger.commit(&batch);
            server.stand_in.light(None);
            if let Err(error) = first {
                assert!(error.is_for_now(), "{error}");
                ledger.commit(&batch).unwrap();
            }
            assert!(is_there(&mut ledger, many));
            assert!(is_there(&mut server.ledger(), many));
        });
    }
}

#[test]
fn who_comes_back_after_others_have_gone_on_looks_again() {
    let batch = batch(30, 2_000);
    at_every_instant(|server| {
        let Ok(mut ledger) = server.mortal() else { return };
        let first = ledger.commit(&batch);
        let mut other = server.ledger();
        let was_there = is_there(&mut other, 30);
        other
            .commit(&Batch {
                state: vec![("now".into(), Some("3".into())), ("before".into(), None)],
                ..Batch::default()
            })
            .unwrap();
        server.stand_in.light(None);
        if first.is_err() {
            // It is told that it had been done, or to look again: never is it done a second time.
            match ledger.commit(&batch) {
                Ok(()) => assert!(was_there),
                Err(error) => assert_eq!(error.kind, LedgerErrorKind::Overtaken, "{error}"),
            }
        }
        let newer = [("now".to_owned(), "3".to_owned())];
        assert_eq!(server.ledger().state("").unwrap(), newer, "nothing newer is overwritten");
        // Whoever was told to look again has looked by now; whoever was told that it is done does not know of the others yet.
        let next = ledger.commit(&Batch { positions: vec![("x".into(), "y".into())], ..Batch::default() });
        assert_eq!(next.is_ok(), first.is_err() && !was_there);
        assert!(!was_there || server.ledger().attempts(&id("7")).unwrap().len() == 1);
    });
}

#[test]
fn forgetting_is_done_whole_or_not_at_all() {
    at_every_instant(|server| {
        let mut ledger = server.ledger();
        ledger.commit(&batch(30, 10)).unwrap();
        let reported = server.mortal().and_then(|mut ledger| ledger.forget(at(100), 1_000));
        let mut other = server.ledger();
        let left = other.letters(None, usize::MAX).unwrap().len();
        assert!(left == 0 || (left == 30 && reported.is_err()), "{left}");
        assert_eq!(other.find("7").unwrap().is_empty(), left == 0);
        assert_eq!(other.notice(&id("7")).unwrap().is_none(), left == 0);
        assert_eq!(other.attempts(&id("7")).unwrap().is_empty(), left == 0);
        assert_eq!(other.held(None, 9).unwrap().len(), 1, "what waits stays");
    });
}

#[test]
fn nothing_but_the_rows_is_left_of_a_journal() {
    let server = Server::start(Troubles::default());
    let mut ledger = server.ledger();
    before(&mut ledger);
    ledger.commit(&batch(40, 10)).unwrap();
    while ledger.forget(at(100), 1_000).unwrap() {}
    // The version, the position, the state, what is held.
    assert_eq!(server.stand_in.items(TABLE), 4);
}

#[test]
fn chunks_of_a_commit_that_never_came_expire() {
    let server = Server::start(Troubles::default());
    let mut ledger = server.ledger();
    before(&mut ledger);
    let journal = "0".repeat(32);
    let chunks = super::super::journal::write(&ledger.store.table, &[], journal.clone());
    super::RUNTIME.block_on(chunks).unwrap();
    let chunk = server.stand_in.item(TABLE, "journal", &format!("{journal}/000000")).unwrap();
    assert!(chunk["expires"]["N"].as_str().unwrap().parse::<u64>().unwrap() > 1_700_000_000);
}
