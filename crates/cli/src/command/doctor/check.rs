//! What one check comes to, and the time it may take.

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use trailbell_text::{Channel, Untrusted, acts};

/// How long one check may take.
pub(in crate::command) const PATIENCE: Duration = Duration::from_secs(10);

/// Most characters of one line: an error with everything that belongs to it.
const MAX_LINE: usize = 1_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum Verdict {
    Ok,
    Warn,
    Fail,
}

impl Verdict {
    /// As programs read it.
    pub(in crate::command) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    pub(in crate::command) const fn shown(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warning",
            Self::Fail => "WRONG",
        }
    }
}

/// One line of the report.
#[derive(Debug, Clone)]
pub(in crate::command) struct Check {
    pub(in crate::command) about: String,
    pub(in crate::command) verdict: Verdict,
    pub(in crate::command) message: String,
    /// What would mend it.
    pub(in crate::command) fix: Option<String>,
}

impl Check {
    pub(in crate::command) fn ok(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self { about: about.into(), verdict: Verdict::Ok, message: message.into(), fix: None }
    }

    pub(in crate::command) fn warn(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warn, ..Self::ok(about, message) }
    }

    pub(in crate::command) fn fail(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, ..Self::ok(about, message) }
    }

    pub(in crate::command) fn mend(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}

/// The answer, or the words for there being none in time.
pub(in crate::command) async fn in_time<T, E: ToString>(
    question: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!(
            "no answer within {} seconds: is the network there, and is a proxy or firewall in between?",
            PATIENCE.as_secs()
        )),
    }
}

/// A text put together here, with words of others in it that may move a terminal, as one line of bounded length. A
/// configuration's diagnostics keep their lines.
pub(in crate::command) fn plain(text: &str) -> String {
    let mut shown: String =
        text.chars().take(MAX_LINE).map(|c| if acts(c) && c != '\n' { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MAX_LINE).is_some() {
        shown.push('…');
    }
    shown
}

/// A value somebody else chose.
pub(in crate::command) fn theirs(text: &str) -> String {
    Untrusted::from(text).render(Channel::Terminal)
}

/// How long ago: `4 min ago`.
pub(in crate::command) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).max(SignedDuration::ZERO).as_secs();
    match seconds {
        0..90 => format!("{seconds} s ago"),
        90..5_400 => format!("{} min ago", seconds / 60),
        5_400..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Bytes for people.
pub(in crate::command) fn bytes(count: u64) -> String {
    match count {
        0..1_048_576 => format!("{} KB", count / 1_024),
        1_048_576..10_737_418_240 => format!("{} MB", count / 1_048_576),
        _ => format!("{} GB", count / 1_073_741_824),
    }
}
