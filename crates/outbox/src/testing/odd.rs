//! What is long, empty, odd or very much: it is kept as it is.

use trailbell_text::Severity;

use super::Place;
use super::things::{at, attempt, change, entry, held, id, letter, mute, owed, sighting};
use crate::{Batch, Fate, Held, LetterState, Listed, Owed};

/// Text of that many bytes at least that cannot be compressed to less than half.
fn noise(seed: &str, bytes: usize) -> String {
    (0..=bytes / 32).map(|number| id(&format!("{seed} {number}")).to_string()).collect()
}

/// Names that are empty, long or odd are kept as they are.
pub fn names_that_are_empty_long_or_odd_are_kept_as_they_are(place: &dyn Place) {
    let mut ledger = place.open();
    let names = [String::new(), " ".to_owned(), "a/b\u{0}\u{e9}'#:~".to_owned(), noise("name", 5_000)];
    let mut batch = Batch { notices: vec![owed("n", at(1), Severity::Low)], ..Batch::default() };
    for name in &names {
        batch.seen.push((id(name), sighting(name, at(1), Fate::Ignored)));
        batch.letters.push(letter(name, name, Severity::Low, at(1)));
        batch.entries.push(entry("n", name, Some(name)));
        batch.positions.push((name.clone(), format!("at {}", name.len())));
        batch.state.push((name.clone(), Some(format!("is {}", name.len()))));
        batch.mutes.push(mute(name, at(50)));
    }
    ledger.commit(&batch).unwrap();
    let mut ledger = place.open();
    for name in &names {
        assert_eq!(ledger.position(name).unwrap(), Some(format!("at {}", name.len())));
        let state = ledger.state(name).unwrap();
        assert!(state.contains(&(name.clone(), format!("is {}", name.len()))));
        assert!(state.iter().all(|(key, _)| key.starts_with(name)));
        assert_eq!(ledger.find(name).unwrap().len(), 1);
        assert_eq!(ledger.due(name, at(1), 10).unwrap(), [letter(name, name, Severity::Low, at(1))]);
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    let entries = ledger.entries(&id("n")).unwrap();
    assert_eq!(entries.iter().map(|entry| &entry.channel).collect::<Vec<_>>(), sorted);
    assert_eq!(ledger.state("").unwrap().iter().map(|(key, _)| key).collect::<Vec<_>>(), sorted);
    assert_eq!(ledger.mutes(at(0)).unwrap().len(), names.len());
    ledger.commit(&Batch { state: names.map(|name| (name, None)).into(), ..Batch::default() }).unwrap();
    assert_eq!(ledger.state("").unwrap(), []);
}

/// What is long comes back as it was, whatever it replaces.
pub fn what_is_long_comes_back_as_it_was(place: &dyn Place) {
    for (round, bytes) in [3_000_000, 10, 1_500_000].into_iter().enumerate() {
        let mut ledger = place.open();
        let text = noise(&round.to_string(), bytes);
        let notice = Owed { facts: text.clone(), ..owed("n", at(1), Severity::Low) };
        let name = format!("event {round}");
        let waiting = Held { text: text.clone(), ..held(&name, 1) };
        let bulletin =
            crate::Letter { bulletin: Some(text.clone()), ..letter(&name, "mail", Severity::Low, at(1)) };
        let batch = Batch {
            held: vec![waiting.clone()],
            notices: vec![notice.clone()],
            letters: vec![bulletin.clone()],
            state: vec![("key".to_owned(), Some(text.clone()))],
            ..Batch::default()
        };
        ledger.commit(&batch).unwrap();
        let mut ledger = place.open();
        assert!(ledger.notice(&id("n")).unwrap() == Some(notice.clone()));
        assert!(ledger.held(None, 5).unwrap() == [waiting]);
        assert!(ledger.letter(&id(&name)).unwrap() == Some(bulletin));
        assert!(ledger.state("key").unwrap() == [("key".to_owned(), text)]);
        let listed = Listed { since: None, until: None, minimum: None, limit: 5 };
        assert!(ledger.notices(&listed).unwrap() == [notice]);
        let gone =
            Batch { released: vec![id(&name)], state: vec![("key".to_owned(), None)], ..Batch::default() };
        ledger.commit(&gone).unwrap();
        assert_eq!(ledger.held(None, 5).unwrap(), []);
    }
}

/// A batch of hundreds is one commit, and they are all forgotten again.
pub fn a_batch_of_hundreds_is_one_commit_and_they_are_all_forgotten_again(place: &dyn Place) {
    let mut ledger = place.open();
    let mut batch = Batch::default();
    for number in 0..120 {
        let name = number.to_string();
        batch.seen.push((id(&name), sighting(&name, at(number), Fate::Told { notice: id(&name) })));
        batch.held.push(held(&format!("held {name}"), number));
        batch.notices.push(owed(&name, at(number), Severity::High));
        batch.letters.push(letter(&name, "mail", Severity::High, at(number)));
        batch.entries.push(entry(&name, "mail", Some(&name)));
        batch.changes.push(change(&name, LetterState::Sent, at(number), Some(attempt(number, true))));
    }
    ledger.commit(&batch).unwrap();
    let mut ledger = place.open();
    assert_eq!(ledger.sent_since("mail", at(100)).unwrap(), 20);
    let held = ledger.held(None, 1_000).unwrap();
    assert!(held.len() == 120 && held.is_sorted_by_key(|held| held.time));
    let listed = Listed { since: Some(at(50)), until: Some(at(60)), minimum: None, limit: 100 };
    assert_eq!(ledger.notices(&listed).unwrap().len(), 10);
    while ledger.forget(at(1_000), 1_000).unwrap() {}
    let counts = ledger.counts(at(0)).unwrap();
    assert_eq!((counts.notices, counts.sent, counts.held), ([0; 5], 0, 120));
    assert_eq!(ledger.letters(None, 10).unwrap(), []);
    let events: Vec<_> = batch.seen.iter().map(|(event, _)| event.clone()).collect();
    assert!(ledger.sightings(&events).unwrap().iter().all(Option::is_none));
}
