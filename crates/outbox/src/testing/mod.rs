//! What the tests of every ledger share: things to put in, a naive ledger to compare with, and the tests themselves.
//!
//! A crate that implements [`Ledger`] depends on this one with the feature `testing` (in its tests only), implements
//! [`Place`] and calls [`ledger_tests`](crate::ledger_tests) and [`model::answers_as_the_naive_one_does`].

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]
#![expect(clippy::missing_panics_doc, reason = "that is what tests are for")]

pub mod letters;
pub mod memory;
pub mod model;
pub mod odd;
pub mod retention;
pub mod things;

use crate::Ledger;

/// Where one ledger is, empty at first. What it keeps goes with it.
pub trait Place {
    /// Opens the ledger that is there; any number of times.
    fn open(&self) -> Box<dyn Ledger>;
}

/// Every test that any ledger must pass, each in a place of its own: `ledger_tests!(new_place)`, where `new_place()` is a
/// [`Place`](crate::testing::Place).
#[macro_export]
macro_rules! ledger_tests {
    ($new_place:expr) => {
        $crate::ledger_tests! { @each $new_place,
            letters::a_letter_that_waits_takes_the_earlier_time_and_the_graver_word_and_nothing_else,
            letters::a_letter_that_ended_stays_as_it_is_when_it_is_written_again,
            letters::the_gravest_goes_first_then_what_has_been_due_longest,
            letters::nothing_is_due_before_its_time_by_a_part_of_a_millisecond,
            letters::attempts_are_kept_in_their_order_and_counted,
            letters::one_that_was_given_up_and_is_revived_has_its_whole_time_again,
            letters::what_is_said_of_a_letter_that_is_not_there_changes_nothing,
            letters::what_a_letter_tells_comes_in_the_order_of_the_events_those_without_a_time_last,
            letters::a_batch_that_does_not_hold_together_leaves_nothing,
            odd::names_that_are_empty_long_or_odd_are_kept_as_they_are,
            odd::what_is_long_comes_back_as_it_was,
            odd::a_batch_of_hundreds_is_one_commit_and_they_are_all_forgotten_again,
            retention::what_is_over_is_forgotten_with_all_that_belongs_to_it,
            retention::while_one_letter_waits_the_whole_story_stays,
            retention::an_event_that_waits_stays_and_is_known,
            retention::positions_and_state_do_not_age_and_mutes_go_when_they_expired_long_ago,
            retention::it_goes_in_slices_the_oldest_first_and_says_when_there_is_more,
        }
    };
    (@each $new_place:expr, $($part:ident::$test:ident,)+) => {$(
        #[test]
        fn $test() {
            $crate::testing::$part::$test(&$new_place());
        }
    )+};
}
