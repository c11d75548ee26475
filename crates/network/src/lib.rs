//! What an address says about where a request came from, which is less than people think.
//!
//! Registered in a country is not being there: VPNs, mobile networks and Private Relay move addresses. So what is known of
//! an address ([`Network`]) is whose it is and where it is registered, and nothing here claims a place. Amazon's addresses and
//! the names of AWS services come first, since registries call all of Amazon American; then what anybody can rent
//! elsewhere; then a file of the user's, where there is one; then the regional registries' own statistics.
//!
//! [`Networks`] is the look-up. It opens nothing: whoever has a file in MaxMind's format passes its bytes. [`distance_km`] says how
//! far apart two places are at least, so that whoever compares can tell what no traveller does.
//!
//! ```
//! use trailbell_network::{Network, distance_km};
//!
//! let network = Network::of(Some("126.0.0.1"));
//! assert_eq!(network.place().as_deref(), Some("JP"));
//! assert!(distance_km("JP", "NL").is_some_and(|kilometres| kilometres > 7_000));
//! assert_eq!(distance_km("FR", "DE"), Some(0));
//! // A rented machine is not on its way anywhere.
//! let machine = Network::of(Some("3.112.23.0"));
//! assert_eq!(machine.place().as_deref(), Some("aws:ap-northeast-1"));
//! assert_eq!(distance_km("aws:ap-northeast-1", "NL"), None);
//! ```

mod database;
mod geography;
mod network;
mod networks;
mod ranges;
mod special;
#[cfg(feature = "testing")]
pub mod testing;

pub use database::{Database, DatabaseError, MAX_DATABASE_BYTES, Part};
pub use geography::{Spot, distance_km};
pub use network::{Cloud, Country, Network, Registration, System};
pub use networks::Networks;
pub use special::SpecialRange;
