//! What has been seen before: what is usual for whom, and conditions that ask for it.
//!
//! A [`History`] takes occurrences in the order of their time and says of each what is known from *earlier* ones
//! ([`History::take`]). It reads no clock and no record: the caller says who, when, from where and with what, in words of its own
//! ([`Occurrence`]). What is unusual is said once, and only of people whose habits are known; what happens in the first days
//! ([`Terms::learning`]) teaches. A [`When`] is a condition on it, and a [`Tally`] counts for those that count.
//!
//! ```
//! use jiff::Timestamp;
//! use trailbell_history::{Deed, Ending, History, Occurrence, Sort, Terms, Unusual};
//!
//! let mut history = History::new(Terms::default());
//! let sign_in = |at: &str, place: &str| Occurrence {
//!     person: "123456789012/AIDAEXAMPLE".into(),
//!     sort: Sort::Human,
//!     name: "123456789012/alice".into(),
//!     at: at.parse::<Timestamp>().unwrap(),
//!     deed: Deed::SignIn,
//!     place: Some(place.into()),
//!     network: None,
//!     client: Some("Chrome".into()),
//!     address: Some("198.51.100.7".into()),
//!     role: None,
//! };
//! let nowhere = |_: &str, _: &str| None;
//! for day in 1..=5 {
//!     let seen = history.take(&sign_in(&format!("2026-11-0{day}T00:10:00Z"), "JP"), Ending::Authentic, nowhere);
//!     assert!(seen.unusual.is_empty());
//! }
//! let seen = history.take(&sign_in("2026-11-06T00:10:00Z", "NL"), Ending::Authentic, nowhere);
//! assert_eq!((seen.earlier, seen.from_here), (5, 0));
//! assert_eq!(seen.unusual, [Unusual::Country]);
//! ```

mod failures;
mod history;
mod occurrence;
mod person;
mod seen;
mod tally;
mod when;

pub use failures::{BURST, BURST_TIME, FAILURE_MEMORY};
pub use history::{Ending, History, Terms};
pub use occurrence::{Deed, Dimension, Occurrence, Sort};
pub use seen::{Seen, Travel, Unusual};
pub use tally::Tally;
pub use when::{Circumstances, Compare, Count, Expected, When};
