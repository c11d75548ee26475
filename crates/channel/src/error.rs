//! Why a channel cannot be opened at all: its settings do not fit together.

/// Why a channel cannot be opened: what is wrong with its settings and what to write instead. It quotes no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("channel {channel}: {problem}")]
pub struct Error {
    channel: String,
    problem: String,
}

impl Error {
    pub(crate) fn new(channel: &str, problem: impl Into<String>) -> Self {
        Self { channel: channel.to_owned(), problem: problem.into() }
    }

    /// The channel's name in the settings.
    pub fn channel(&self) -> &str {
        &self.channel
    }
}
