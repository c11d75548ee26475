//! The life of a letter: joined while it waits, tried, sent, given up, revived.

use jiff::SignedDuration;
use trailbell_text::Severity;

use super::Place;
use super::things::{at, attempt, change, entry, id, letter, owed};
use crate::{Batch, Letter, LetterChange, LetterState, Owed};

fn letters(letters: Vec<Letter>) -> Batch {
    Batch { letters, ..Batch::default() }
}

fn changes(changes: Vec<LetterChange>) -> Batch {
    Batch { changes, ..Batch::default() }
}

/// A letter that waits takes the earlier time and the graver word and nothing else.
pub fn a_letter_that_waits_takes_the_earlier_time_and_the_graver_word_and_nothing_else(place: &dyn Place) {
    let mut ledger = place.open();
    ledger.commit(&letters(vec![letter("a", "mail", Severity::Low, at(50))])).unwrap();
    let again = Letter { bulletin: Some("other".to_owned()), ..letter("a", "slack", Severity::High, at(90)) };
    ledger.commit(&letters(vec![again])).unwrap();
    ledger.commit(&letters(vec![letter("a", "mail", Severity::Info, at(20))])).unwrap();
    assert_eq!(ledger.letter(&id("a")).unwrap(), Some(letter("a", "mail", Severity::High, at(20))));
}

/// A letter that ended stays as it is when it is written again.
pub fn a_letter_that_ended_stays_as_it_is_when_it_is_written_again(place: &dyn Place) {
    let mut ledger = place.open();
    for (name, state) in [("a", LetterState::Sent), ("b", LetterState::Dead)] {
        ledger.commit(&letters(vec![letter(name, "mail", Severity::Low, at(50))])).unwrap();
        ledger.commit(&changes(vec![change(name, state, at(60), Some(attempt(55, true)))])).unwrap();
        let ended = ledger.letter(&id(name)).unwrap().unwrap();
        assert_eq!((ended.state, ended.attempts, ended.ended), (state, 1, Some(at(55))));
        ledger.commit(&letters(vec![letter(name, "mail", Severity::Critical, at(1))])).unwrap();
        assert_eq!(ledger.letter(&id(name)).unwrap(), Some(ended));
    }
}

/// The gravest goes first then what has been due longest.
pub fn the_gravest_goes_first_then_what_has_been_due_longest(place: &dyn Place) {
    let mut ledger = place.open();
    let waiting = vec![
        letter("low", "mail", Severity::Low, at(1)),
        letter("high, later", "mail", Severity::High, at(9)),
        letter("high", "mail", Severity::High, at(5)),
        letter("critical", "mail", Severity::Critical, at(10)),
        letter("not yet", "mail", Severity::Critical, at(11)),
    ];
    ledger.commit(&letters(waiting)).unwrap();
    let due: Vec<_> =
        ledger.due("mail", at(10), 3).unwrap().into_iter().map(|letter| letter.letter).collect();
    assert_eq!(due, [id("critical"), id("high"), id("high, later")]);
    assert_eq!(ledger.next_due().unwrap(), Some(at(1)));
}

/// Nothing is due before its time by a part of a millisecond.
pub fn nothing_is_due_before_its_time_by_a_part_of_a_millisecond(place: &dyn Place) {
    let mut ledger = place.open();
    let due = at(5) + SignedDuration::from_micros(300);
    ledger.commit(&letters(vec![letter("a", "mail", Severity::Low, due)])).unwrap();
    assert_eq!(ledger.due("mail", at(5) + SignedDuration::from_micros(299), 10).unwrap(), []);
    let next = ledger.next_due().unwrap().unwrap();
    assert!(next >= due);
    assert_eq!(ledger.due("mail", next, 10).unwrap().len(), 1);
}

/// Attempts are kept in their order and counted.
pub fn attempts_are_kept_in_their_order_and_counted(place: &dyn Place) {
    let mut ledger = place.open();
    ledger.commit(&letters(vec![letter("a", "mail", Severity::Low, at(1))])).unwrap();
    ledger
        .commit(&changes(vec![change("a", LetterState::Waiting, at(20), Some(attempt(10, false)))]))
        .unwrap();
    ledger.commit(&changes(vec![change("a", LetterState::Waiting, at(25), None)])).unwrap();
    ledger.commit(&changes(vec![change("a", LetterState::Sent, at(30), Some(attempt(30, true)))])).unwrap();
    assert_eq!(ledger.attempts(&id("a")).unwrap(), [attempt(10, false), attempt(30, true)]);
    let sent = ledger.letter(&id("a")).unwrap().unwrap();
    assert_eq!((sent.attempts, sent.first_attempt, sent.ended), (2, Some(at(10)), Some(at(30))));
    assert_eq!(ledger.sent_since("mail", at(30)).unwrap(), 1);
    assert_eq!(ledger.sent_since("mail", at(31)).unwrap(), 0);
    assert_eq!(ledger.sent_since("slack", at(0)).unwrap(), 0);
}

/// One that was given up and is revived has its whole time again.
pub fn one_that_was_given_up_and_is_revived_has_its_whole_time_again(place: &dyn Place) {
    let mut ledger = place.open();
    ledger.commit(&letters(vec![letter("a", "mail", Severity::Low, at(1))])).unwrap();
    ledger.commit(&changes(vec![change("a", LetterState::Dead, at(10), Some(attempt(10, false)))])).unwrap();
    ledger.commit(&changes(vec![change("a", LetterState::Waiting, at(90), None)])).unwrap();
    let revived = ledger.letter(&id("a")).unwrap().unwrap();
    assert_eq!((revived.state, revived.due, revived.ended), (LetterState::Waiting, at(90), None));
    assert_eq!((revived.first_attempt, revived.attempts), (None, 1));
}

/// What is said of a letter that is not there changes nothing.
pub fn what_is_said_of_a_letter_that_is_not_there_changes_nothing(place: &dyn Place) {
    let mut ledger = place.open();
    ledger.commit(&changes(vec![change("a", LetterState::Sent, at(1), Some(attempt(1, true)))])).unwrap();
    assert_eq!(ledger.letter(&id("a")).unwrap(), None);
    assert_eq!(ledger.attempts(&id("a")).unwrap(), []);
}

/// What a letter tells comes in the order of the events those without a time last.
pub fn what_a_letter_tells_comes_in_the_order_of_the_events_those_without_a_time_last(place: &dyn Place) {
    let mut ledger = place.open();
    let without = Owed { time: None, ..owed("without", at(1), Severity::Low) };
    let batch = Batch {
        notices: vec![owed("later", at(20), Severity::Low), without, owed("earlier", at(10), Severity::Low)],
        letters: vec![letter("digest", "mail", Severity::Low, at(1))],
        entries: ["later", "without", "earlier"].map(|name| entry(name, "mail", Some("digest"))).into(),
        ..Batch::default()
    };
    ledger.commit(&batch).unwrap();
    let (told, in_all) = ledger.told_in(&id("digest"), 10).unwrap();
    let told: Vec<_> = told.into_iter().map(|owed| owed.notice).collect();
    assert_eq!((told, in_all), (vec![id("earlier"), id("later"), id("without")], 3));
    let (told, in_all) = ledger.told_in(&id("digest"), 1).unwrap();
    assert_eq!((told.len(), in_all), (1, 3));
}

/// A batch that does not hold together leaves nothing.
pub fn a_batch_that_does_not_hold_together_leaves_nothing(place: &dyn Place) {
    let mut ledger = place.open();
    let batch = Batch {
        notices: vec![owed("a", at(1), Severity::Low)],
        entries: vec![entry("a", "mail", Some("a letter nobody wrote"))],
        ..Batch::default()
    };
    assert!(ledger.commit(&batch).is_err());
    assert_eq!(ledger.notice(&id("a")).unwrap(), None);
}
