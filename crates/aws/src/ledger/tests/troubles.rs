//! A network that loses answers and a table that is busy change no answer; and what a usual watch asks for.

use trailbell_outbox::testing::model;
use trailbell_outbox::testing::things::{at, id, sighting};
use trailbell_outbox::{Batch, Fate, Ledger, LedgerErrorKind};

use super::Server;
use super::dynamodb::Troubles;

#[test]
fn it_answers_as_the_naive_one_does_also_where_much_goes_wrong() {
    for forgets_tokens in [false, true] {
        let troubles = Troubles {
            throttled: Some(13),
            conflicts: Some(5),
            lost: Some(9),
            gets: Some(5),
            forgets_tokens,
            ..Troubles::default()
        };
        model::answers_as_the_naive_one_does(4, || Box::new(Server::start(troubles.clone())));
    }
}

#[test]
fn while_nothing_gets_through_it_says_locked_and_afterwards_goes_on() {
    let server = Server::start(Troubles::default());
    let mut ledger = server.ledger();
    let batch = Batch { seen: vec![(id("a"), sighting("a", at(0), Fate::Again))], ..Batch::default() };
    for troubles in [
        Troubles { throttled: Some(1), ..Troubles::default() },
        Troubles { conflicts: Some(1), ..Troubles::default() },
    ] {
        server.stand_in.trouble(troubles);
        let error = ledger.commit(&batch).unwrap_err();
        assert_eq!(error.kind, LedgerErrorKind::Locked, "{error}");
        assert!(error.message.contains("tried again"), "{error}");
    }
    server.stand_in.trouble(Troubles::default());
    ledger.commit(&batch).unwrap();
    assert_eq!(ledger.find("a").unwrap().len(), 1);
}

#[test]
fn the_state_is_asked_for_once_and_what_is_known_is_not_asked_for_again() {
    let server = Server::start(Troubles::default());
    let state = |value: &str| vec![("a/b".to_owned(), Some(value.to_owned()))];
    server.ledger().commit(&Batch { state: state("1"), ..Batch::default() }).unwrap();
    let mut ledger = server.ledger();
    let before = server.stand_in.asked();
    for prefix in ["", "a", "a/", "b", "groups/"] {
        ledger.state(prefix).unwrap();
    }
    ledger.sightings(&[id("a"), id("b")]).unwrap();
    let seen = vec![(id("a"), sighting("a", at(0), Fate::Again))];
    ledger.commit(&Batch { seen, state: state("2"), ..Batch::default() }).unwrap();
    assert!(ledger.sightings(&[id("a")]).unwrap()[0].is_some());
    assert_eq!(ledger.state("a").unwrap()[0].1, "2");
    let asked = server.stand_in.asked();
    let since = |operation: &str| {
        let of = |asked: &std::collections::BTreeMap<String, u64>| asked.get(operation).copied().unwrap_or(0);
        of(&asked) - of(&before)
    };
    let since = ["GetItem", "Query", "BatchGetItem", "TransactWriteItems"].map(since);
    assert_eq!(since, [0, 1, 1, 1]);
}
