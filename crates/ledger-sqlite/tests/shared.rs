//! The tests every ledger passes, on `SQLite`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use support::new_place;
use trailbell_outbox::testing::model;

trailbell_outbox::ledger_tests!(new_place);

#[test]
fn the_ledger_answers_as_the_naive_one_does() {
    model::answers_as_the_naive_one_does(48, || Box::new(new_place()));
}
