//! Everything that talks to AWS: signed calls, sources, the SNS and SES channels.

mod backoff;
mod call;
mod client;
mod credentials;
mod error;
mod event_history;
mod region;
mod regions;
mod service;
mod sqs;
#[cfg(test)]
mod testing;
mod xml;

pub use client::Aws;
pub use error::Error;
pub use event_history::EventHistory;
pub use regions::Regions;
pub use sqs::Sqs;
