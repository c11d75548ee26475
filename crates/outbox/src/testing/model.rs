//! The model: whatever happens to it, a ledger answers every question as the naive one in memory does, and also after it has
//! been closed and opened again.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use trailbell_text::Severity;

use super::Place;
use super::memory::MemoryLedger;
use super::things::{at, attempt, change, entry, held, id, letter, mute, owed, sighting};
use crate::{Batch, Counts, Fate, Ledger, LetterState, Listed, Owed};

/// Few names, so that batches meet what is there already.
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const CHANNELS: [&str; 2] = ["mail", "slack"];

#[derive(Debug, Clone)]
enum Step {
    Commit(Box<Batch>),
    /// Forget what is older than so many seconds after the beginning.
    Forget(i64),
    Reopen,
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

fn channel() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&CHANNELS[..])
}

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(Severity::ALL)
}

fn second() -> impl Strategy<Value = i64> {
    0_i64..40
}

fn state() -> impl Strategy<Value = LetterState> {
    prop::sample::select(&[LetterState::Waiting, LetterState::Sent, LetterState::Dead][..])
}

fn fate() -> impl Strategy<Value = Fate> {
    (0..8, name()).prop_map(|(which, name)| match which {
        0 => Fate::Held,
        1 => Fate::Told { notice: id(name) },
        2 => Fate::Folded { notice: id(name) },
        3 => Fate::Again,
        4 => Fate::Ignored,
        5 => Fate::Counted,
        6 => Fate::Late,
        _ => Fate::Shared { first: id(name) },
    })
}

fn few<S: Strategy>(of: S) -> impl Strategy<Value = Vec<S::Value>>
where
    S::Value: std::fmt::Debug,
{
    prop::collection::vec(of, 0..4)
}

/// Batches as the watch makes them: what is entered is there, or in the same batch.
fn batch() -> impl Strategy<Value = Batch> {
    let events = (
        few((name(), second(), fate())
            .prop_map(|(name, met, fate)| (id(name), sighting(name, at(met), fate)))),
        few((name(), prop_oneof![0_i64..5, Just(i64::MAX)]).prop_map(|(name, time)| held(name, time))),
        few(name().prop_map(id)),
    );
    let told = (
        few((name(), second(), severity(), any::<bool>()).prop_map(|(name, told_at, severity, timed)| {
            let owed = owed(name, at(told_at), severity);
            Owed { time: owed.time.filter(|_| timed), ..owed }
        })),
        few((name(), channel(), severity(), second())
            .prop_map(|(name, channel, severity, due)| letter(name, channel, severity, at(due)))),
        few((name(), channel(), prop::option::of(name()))),
        few((name(), state(), second(), prop::option::of((second(), any::<bool>()))).prop_map(
            |(name, state, due, made)| {
                change(name, state, at(due), made.map(|(seconds, taken)| attempt(seconds, taken)))
            },
        )),
    );
    let rest = (
        few((name(), "[a-z]{0,3}").prop_map(|(source, position)| (source.to_owned(), position))),
        few(("[ab/\u{e9}]{0,3}", prop::option::of("[a-z]{0,3}"))),
        few((name(), second()).prop_map(|(name, until)| mute(name, at(until)))),
    );
    (events, told, rest).prop_map(|(events, told, rest)| {
        let (seen, held, released) = events;
        let (notices, letters, entries, changes) = told;
        let (positions, state, mutes) = rest;
        let entries = entries
            .into_iter()
            .filter(|(notice, _, _)| notices.iter().any(|owed| owed.notice == id(notice)))
            .map(|(notice, channel, to)| {
                let to = to.filter(|to| letters.iter().any(|letter| letter.letter == id(to)));
                entry(notice, channel, to)
            })
            .collect();
        Batch { seen, held, released, notices, letters, entries, changes, positions, state, mutes }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => batch().prop_map(|batch| Step::Commit(Box::new(batch))),
        1 => second().prop_map(Step::Forget),
        1 => Just(Step::Reopen),
    ]
}

/// Asks both everything there is to ask.
fn same_answers(asked: &mut dyn Ledger, memory: &mut dyn Ledger) {
    macro_rules! same {
        ($ledger:ident => $question:expr) => {{
            let of = |$ledger: &mut dyn Ledger| $question.unwrap();
            let (left, right) = (of(asked), of(memory));
            assert_eq!(left, right, "{}", stringify!($question));
        }};
    }
    let ids: Vec<_> = NAMES.iter().map(|name| id(name)).collect();
    same!(ledger => ledger.sightings(&ids));
    for limit in [0, 2, 100] {
        same!(ledger => ledger.held(None, limit));
        same!(ledger => ledger.held(Some((2, &ids[2])), limit));
        same!(ledger => ledger.held(Some((i64::MAX, &ids[2])), limit));
        same!(ledger => ledger.due("mail", at(20), limit));
        same!(ledger => ledger.letters(None, limit));
        for state in [LetterState::Waiting, LetterState::Sent, LetterState::Dead] {
            same!(ledger => ledger.letters(Some(state), limit));
        }
        for minimum in [None, Some(Severity::Medium)] {
            for (since, until) in [(None, None), (Some(at(10)), Some(at(30)))] {
                same!(ledger => ledger.notices(&Listed { since, until, minimum, limit }));
            }
        }
    }
    for (name, id) in NAMES.iter().zip(&ids) {
        same!(ledger => ledger.position(name));
        same!(ledger => ledger.notice(id));
        same!(ledger => ledger.find(name));
        same!(ledger => ledger.letter(id));
        same!(ledger => ledger.told_in(id, 2));
        same!(ledger => ledger.told_in(id, 100));
        same!(ledger => ledger.entries(id));
        same!(ledger => ledger.attempts(id));
    }
    for prefix in ["", "a", "a/", "b", "\u{e9}", "/"] {
        same!(ledger => ledger.state(prefix));
    }
    same!(ledger => ledger.next_due());
    for seconds in [0, 15, 100] {
        same!(ledger => ledger.mutes(at(seconds)));
        for channel in CHANNELS {
            same!(ledger => ledger.sent_since(channel, at(seconds)));
        }
        same!(ledger => ledger.counts(at(seconds)).map(|counts| Counts { bytes: 0, ..counts }));
    }
}

/// Does the same things to a ledger in a new place and to the naive one, that many times, and asks both everything each time.
///
/// # Panics
/// Where they differ: with the shortest story that shows it.
pub fn answers_as_the_naive_one_does(cases: u32, new_place: impl Fn() -> Box<dyn Place>) {
    // No file of failures: the story that fails is in the panic, and the places differ by crate.
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let stories = prop::collection::vec(step(), 1..16);
    let told = TestRunner::new(config).run(&stories, |steps| {
        let place = new_place();
        let mut ledger = place.open();
        let mut memory = MemoryLedger::default();
        for step in steps {
            match step {
                Step::Commit(batch) => {
                    memory.commit(&batch).unwrap();
                    ledger.commit(&batch).unwrap();
                }
                Step::Forget(seconds) => {
                    // More than there is: which of equally old things goes first is not promised.
                    let more = memory.forget(at(seconds), 100).unwrap();
                    assert_eq!(ledger.forget(at(seconds), 100).unwrap(), more);
                }
                Step::Reopen => {
                    drop(ledger);
                    ledger = place.open();
                }
            }
            same_answers(ledger.as_mut(), &mut memory);
        }
        Ok(())
    });
    match told {
        Ok(()) => {}
        Err(TestError::Fail(why, steps)) => panic!("{why}: {steps:#?}"),
        Err(error) => panic!("{error}"),
    }
}
