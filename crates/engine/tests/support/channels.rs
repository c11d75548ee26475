//! What a channel of a test can do.

use std::time::Duration;

use trailbell_outbox::Capabilities;

pub(crate) const CAN: Capabilities = Capabilities {
    word: "test",
    burst: 100_000,
    interval: Duration::ZERO,
    max_bytes: 1 << 20,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(1),
};
