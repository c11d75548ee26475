//! Tests of rules, alarms, patterns and messages, written in YAML: what `trailbell test` runs.
//!
//! [`Trials::parse`] reads a file of them, and everything wrong in it is told with its place; [`Trials::run`] runs them, each to an
//! [`Outcome`] that says what was expected, what came, and why. [`junit`] is the same for build servers. Nothing here opens a
//! file: whoever calls hands over what an event file holds. The format is described in `docs/test.md`.
//!
//! ```
//! use trailbell_trial::{Surroundings, Trials};
//!
//! let source = "
//! tests:
//!   - name: three of three breach
//!     alarm: {Threshold: 50, EvaluationPeriods: 3, ComparisonOperator: GreaterThanThreshold}
//!     state: OK
//!     datapoints: [0, 100, 100, ~, 100]
//!     expect: ALARM
//! ";
//! let trials = Trials::parse(source, &Surroundings::default())?;
//! assert!(trials.run(|_| true).iter().all(|outcome| outcome.passed()));
//! # Ok::<(), trailbell_trial::Invalid>(())
//! ```

mod alarm;
mod composite;
mod events;
mod file;
mod junit;
mod outcome;
mod pattern;
mod points;
mod told;
mod words;

pub use file::{Invalid, Surroundings, Trials};
pub use junit::{Suite, junit};
pub use outcome::{Difference, Outcome};
