//! What a channel is: what it can do (data), what it would send (pure), and the sending.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use trailbell_notice::Page;

use crate::identity::Identity;

/// One message for one channel, ready but for its form.
#[derive(Debug, Clone)]
pub struct Message {
    /// The same whenever and however often it is sent: Message-ID, dedup key, retry key.
    pub identity: Identity,
    /// What it belongs with; messages of one thread are shown together where the channel can.
    pub thread: Identity,
    /// What it shows.
    pub page: Page,
    /// The same for programs: the one JSON form a notice (or a bulletin) has everywhere. One object.
    pub json: serde_json::Value,
    /// When it was first to be sent: the mail's date. It does not change between attempts.
    pub date: jiff::Timestamp,
}

/// What a channel can do, as data: the pace, its renderer and the runner read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// The word for it in settings: `email`, `slack`, ...
    pub word: &'static str,
    /// Messages that may be sent at once after a pause.
    pub burst: u32,
    /// The least time between messages once the burst is used up.
    pub interval: Duration,
    /// Most bytes (UTF-8) of one message's text or body, as the channel counts it. What is longer is shortened by the renderer.
    pub max_bytes: usize,
    /// Whether messages of one thread are shown together.
    pub threads: bool,
    /// Whether the channel itself drops a second copy with the same identity.
    pub drops_copies: bool,
    /// Whether it can be told that something is over, and closes what it opened for it.
    pub resolves: bool,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// A running attempt.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Receipt, Failure>> + Send + 'a>>;

/// A running question whether anybody would be reached; the answer is who would not be, though others are: addresses that have not been
/// confirmed, masked where they are secret. They are hostile.
pub type Probing<'a> = Pin<Box<dyn Future<Output = Result<Vec<String>, Failure>> + Send + 'a>>;

/// Somewhere a person is reached.
pub trait Channel: Send + Sync + fmt::Debug {
    /// What it can do.
    fn capabilities(&self) -> &Capabilities;

    /// Where it sends to, for people, every secret masked: `slack://T0123/B0456/…`, `mail to a@example.com`.
    fn target(&self) -> String;

    /// Exactly what would be sent, secrets masked, as text (JSON, a mail, a line): what `send-test --dry-run` shows.
    fn preview(&self, message: &Message) -> String;

    /// Sends it. One attempt; who calls decides about the next.
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a>;

    /// Finds out, without sending anything, whether somebody would be reached: whether a topic has a confirmed subscriber, whether a mail
    /// server takes the password. `None` where that cannot be known without sending.
    fn probe(&self) -> Option<Probing<'_>> {
        None
    }
}

/// The channel took the message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// What the other side called it, where it said (an SNS message id, an SMTP queue id). It is theirs: hostile.
    pub id: Option<String>,
}

/// The channel did not take the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What may be done about it.
    pub kind: FailureKind,
    /// What went wrong, for people, secrets masked; it may quote the other side, so it is hostile.
    pub message: String,
}

/// What may be done about a [`Failure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Try again; not before `after` where the other side said when.
    Temporary {
        /// `Retry-After`, or the like.
        after: Option<Duration>,
    },
    /// This message will never be taken (too large, malformed).
    Refused,
    /// No message will be taken until somebody does something (wrong key, revoked webhook, unknown address).
    Closed,
}
