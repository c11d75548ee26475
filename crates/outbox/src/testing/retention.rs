//! Forgetting: what goes, what stays because it waits or because its story is still told, and in which slices.

use trailbell_text::Severity;

use super::Place;
use super::things::{at, attempt, change, entry, held, id, letter, mute, owed, sighting};
use crate::{Batch, Fate, LetterState};

/// An old event told through two channels; each of the letters in this state.
fn old(name: &str, mail: LetterState, slack: LetterState) -> Batch {
    let letters = [(format!("{name} by mail"), "mail", mail), (format!("{name} by slack"), "slack", slack)];
    Batch {
        seen: vec![(id(name), sighting(name, at(1), Fate::Told { notice: id(name) }))],
        notices: vec![owed(name, at(2), Severity::High)],
        letters: letters.iter().map(|(name, to, _)| letter(name, to, Severity::High, at(2))).collect(),
        entries: letters.iter().map(|(letter, to, _)| entry(name, to, Some(letter))).collect(),
        changes: letters
            .iter()
            .map(|(name, _, state)| {
                change(name, *state, at(3), Some(attempt(3, *state == LetterState::Sent)))
            })
            .collect(),
        ..Batch::default()
    }
}

const LONG_AFTER: i64 = 1_000_000;

/// What is over is forgotten with all that belongs to it.
pub fn what_is_over_is_forgotten_with_all_that_belongs_to_it(place: &dyn Place) {
    let mut ledger = place.open();
    ledger.commit(&old("a", LetterState::Sent, LetterState::Dead)).unwrap();
    assert!(!ledger.forget(at(LONG_AFTER), 10).unwrap());
    assert_eq!(ledger.sightings(&[id("a")]).unwrap(), [None]);
    assert_eq!(ledger.notice(&id("a")).unwrap(), None);
    assert_eq!(ledger.entries(&id("a")).unwrap(), []);
    assert_eq!(ledger.letters(None, 10).unwrap(), []);
    assert_eq!(ledger.attempts(&id("a by mail")).unwrap(), []);
}

/// While one letter waits the whole story stays.
pub fn while_one_letter_waits_the_whole_story_stays(place: &dyn Place) {
    let mut ledger = place.open();
    ledger.commit(&old("a", LetterState::Sent, LetterState::Waiting)).unwrap();
    ledger.forget(at(LONG_AFTER), 10).unwrap();
    assert!(ledger.notice(&id("a")).unwrap().is_some());
    assert_eq!(ledger.entries(&id("a")).unwrap().len(), 2);
    assert_eq!(ledger.letters(None, 10).unwrap().len(), 2);
    assert_eq!(ledger.attempts(&id("a by mail")).unwrap().len(), 1);
    assert_eq!(ledger.find("a").unwrap().len(), 1, "the event can still be asked for");
}

/// An event that waits stays and is known.
pub fn an_event_that_waits_stays_and_is_known(place: &dyn Place) {
    let mut ledger = place.open();
    let seen = vec![(id("a"), sighting("a", at(1), Fate::Held))];
    ledger.commit(&Batch { seen, held: vec![held("a", 1)], ..Batch::default() }).unwrap();
    ledger.forget(at(LONG_AFTER), 10).unwrap();
    assert_eq!(ledger.held(None, 10).unwrap(), [held("a", 1)]);
    assert!(ledger.sightings(&[id("a")]).unwrap()[0].is_some());
}

/// Positions and state do not age and mutes go when they expired long ago.
pub fn positions_and_state_do_not_age_and_mutes_go_when_they_expired_long_ago(place: &dyn Place) {
    let mut ledger = place.open();
    let batch = Batch {
        positions: vec![("queue".to_owned(), "7".to_owned())],
        state: vec![("first-start".to_owned(), Some("once".to_owned()))],
        mutes: vec![mute("expired", at(10)), mute("holds", at(LONG_AFTER + 1))],
        ..Batch::default()
    };
    ledger.commit(&batch).unwrap();
    ledger.forget(at(LONG_AFTER), 10).unwrap();
    assert_eq!(ledger.position("queue").unwrap().as_deref(), Some("7"));
    assert_eq!(ledger.state("").unwrap().len(), 1);
    let mutes = ledger.mutes(at(0)).unwrap();
    assert_eq!(mutes.iter().map(|mute| mute.id.as_str()).collect::<Vec<_>>(), ["holds"]);
}

/// It goes in slices the oldest first and says when there is more.
pub fn it_goes_in_slices_the_oldest_first_and_says_when_there_is_more(place: &dyn Place) {
    let mut ledger = place.open();
    for number in 0..10 {
        let name = number.to_string();
        let seen = vec![(id(&name), sighting(&name, at(number), Fate::Ignored))];
        ledger.commit(&Batch { seen, ..Batch::default() }).unwrap();
    }
    assert!(ledger.forget(at(8), 4).unwrap());
    assert_eq!(ledger.find("3").unwrap(), []);
    assert_eq!(ledger.find("4").unwrap().len(), 1);
    assert!(!ledger.forget(at(8), 4).unwrap(), "exactly the rest: there is no more");
    assert_eq!(ledger.find("7").unwrap(), []);
    assert_eq!(ledger.find("8").unwrap().len(), 1, "not older");
}
