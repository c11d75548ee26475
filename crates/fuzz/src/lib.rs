//! What fuzz targets share: a property is tried on random inputs for a given time, from a seed that is told.
//!
//! A target is an ordinary test that calls [`fuzz`]; its inputs are `proptest` strategies, mostly those the crate's
//! properties have already, and [`damaged`] text. `TRAILBELL_FUZZ_SECONDS` says for how long (one second without it,
//! so that `cargo test` tries every target), `TRAILBELL_FUZZ_SEED` where to begin. `scripts/fuzz.py` runs all of them.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a part of tests: it fails them and says what they did"
)]

mod damage;

use std::cell::Cell;
use std::env;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

pub use damage::{damaged, damaged_text};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Cases that one seed makes. A failure names the seed of its batch, and is found again within so many cases.
const BATCH: u32 = 64;

/// Tries `property` on `inputs` until the time is up, then prints one line: the target, how many cases held, seconds,
/// the slowest case, and the seed. A case that does not hold or panics is made smaller, and fails the test.
///
/// # Panics
/// Where a case does not hold, which is what a test does then; and where a setting is no number.
pub fn fuzz<S: Strategy>(target: &str, inputs: &S, property: impl Fn(S::Value) -> TestCaseResult) {
    let time = Duration::from_secs_f64(setting("TRAILBELL_FUZZ_SECONDS").unwrap_or(1.0));
    let first: u64 = setting("TRAILBELL_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one(target));
    let (held, slowest) = (Cell::new(0_u64), Cell::new(Duration::ZERO));
    let started = Instant::now();
    let mut seed = first;
    while held.get() == 0 || started.elapsed() < time {
        let ran = runner(seed).run(inputs, |input| {
            let case = Instant::now();
            let result = property(input);
            held.set(held.get() + u64::from(result.is_ok()));
            slowest.set(slowest.get().max(case.elapsed()));
            result
        });
        if let Err(error) = ran {
            panic!("{target}: {error}\nThe same again: TRAILBELL_FUZZ_SEED={seed}");
        }
        seed = seed.wrapping_add(1);
    }
    println!(
        "fuzz {target}: {} cases, {:.1} s, slowest {:.1} ms, seed {first}",
        held.get(),
        started.elapsed().as_secs_f64(),
        slowest.get().as_secs_f64() * 1e3
    );
}

fn runner(seed: u64) -> TestRunner {
    let config = Config {
        cases: BATCH,
        failure_persistence: None,
        max_global_rejects: 1 << 20,
        // Milliseconds: a failure is told soon rather than in its smallest form.
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// A number from the environment; a text that is none fails the test rather than being passed over.
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_seed_makes_the_same_cases() {
        let cases = || {
            let made = Cell::new(Vec::new());
            let ran = runner(7).run(&any::<u32>(), |number| {
                let mut so_far = made.take();
                so_far.push(number);
                made.set(so_far);
                Ok(())
            });
            assert!(ran.is_ok());
            made.take()
        };
        assert_eq!(cases().len(), BATCH as usize);
        assert_eq!(cases(), cases());
    }

    #[test]
    fn a_property_that_does_not_hold_fails_with_its_seed_and_a_small_case() {
        let failed = catch_unwind(|| {
            fuzz("small numbers", &any::<u32>(), |number| {
                prop_assert!(number < 1000);
                Ok(())
            });
        });
        let message = *failed.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("minimal failing input: 1000"), "{message}");
        assert!(message.contains("TRAILBELL_FUZZ_SEED="), "{message}");
    }

    #[test]
    fn a_panic_is_a_failure_too() {
        let failed = catch_unwind(|| fuzz("none", &any::<u32>(), |number| panic!("{number}")));
        assert!(failed.is_err());
    }

    #[test]
    fn damage_leaves_some_texts_whole_and_changes_most() {
        let whole = Cell::new(0);
        let ran = runner(1).run(&damaged(Just("{\"a\": [1, 2]}".to_owned()), &["{", "\\"]), |bytes| {
            whole.set(whole.get() + u32::from(bytes == b"{\"a\": [1, 2]}"));
            Ok(())
        });
        assert!(ran.is_ok());
        assert!((1..BATCH / 2).contains(&whole.get()), "{} of {BATCH}", whole.get());
    }
}
