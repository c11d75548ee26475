//! What is owed to whom: what the ledger keeps ([`Ledger`]), the stages a notice passes on its way to each
//! channel, and what a channel is ([`Channel`]).
//!
//! Nothing here reads a clock, opens a file or a socket: time is passed in, and who keeps the ledger or sends a
//! message implements a trait of this crate.

mod calendar;
mod channel;
mod dedupe;
mod digest;
mod failures;
mod group;
mod health;
mod identity;
mod ledger;
mod mute;
mod outbox;
mod pace;
mod retry;
mod route;
#[cfg(feature = "testing")]
pub mod testing;

pub use calendar::{next_daily, next_weekly};
pub use channel::{Capabilities, Channel, Failure, FailureKind, Message, Probing, Receipt, Sending};
pub use failures::Failures;
pub use health::News;
pub use identity::Identity;
pub use ledger::{
    Attempt, Batch, Counts, Entry, Fate, Form, Held, Ledger, LedgerError, LedgerErrorKind, Letter,
    LetterChange, LetterState, Listed, Mute, Owed, Sighting, Why,
};
pub use outbox::{Announcement, Due, Follows, Outbox};
