//! What listens: the source that is sent events over HTTP, and the listener that says how trailbell is.
//!
//! - [`HttpSource`] takes what Amazon SNS, EventBridge API destinations, Amazon Data Firehose and anybody with the secret
//!   POST, and answers only when it is safe in the ledger. The rules are the services' own: *Verifying the signatures of
//!   Amazon SNS messages* and *Parsing message formats* in the SNS guide, *HTTP endpoint delivery request and response
//!   specifications* in Firehose's, and the Standard Webhooks specification.
//! - [`Status`] is written by whoever keeps watch; [`serve`] shows it as `/healthz` and `/metrics`.
//!
//! Neither speaks TLS: what sends from outside comes through a reverse proxy (or a load balancer, or a tunnel) that does.

mod error;
mod listener;
mod reply;
mod source;
mod status;

pub use error::Error;
pub use source::HttpSource;
pub use status::{Status, serve};
