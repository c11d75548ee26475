//! Where events come from while keeping watch: what a source is, and the door it delivers through.
//!
//! A source delivers [`Arrival`]s and is answered only after what was in them is safe in the ledger, with its position in
//! the same transaction. What it then tells its own other side (deleting a message from a queue, answering an HTTP
//! request) can therefore be late or lost, but never too early.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

/// A source at work; it ends when the door closes, or (for one that has an end) when everything has been delivered.
pub type Listening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Somewhere events come from.
pub trait Source: Send + fmt::Debug {
    /// Its name in the settings: the key of its position, and what notices call it.
    fn name(&self) -> &str;

    /// What it is, for people, secrets masked: `Event history of 123456789012 in 17 regions`.
    fn describe(&self) -> String;

    /// Whether silence means something: a folder nobody writes to is not deaf, a trail's queue is.
    fn should_speak(&self) -> bool {
        true
    }

    /// Delivers through `door`, from `position` (what it last sent there, `None` at first) on. Whatever goes wrong is
    /// told through the door and tried again; it returns only at its natural end or when the door has closed.
    fn listen(self: Box<Self>, position: Option<String>, door: Door) -> Listening;
}

/// What a source delivers at once.
#[derive(Debug)]
pub struct Arrival {
    /// Any form CloudTrail comes in, plain or gzip.
    pub body: Vec<u8>,
    /// What it came in, for messages about what is wrong with it: an object's URL, a message id. Hostile.
    pub label: String,
    /// The source's position once this is safe; `None` leaves it.
    pub position: Option<String>,
    /// Whether more is known to be waiting behind it: while a source catches up, events are gathered and told in the order
    /// of their time.
    pub backlog: bool,
}

/// What became of an [`Arrival`]: it is safe now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// CloudTrail events in it.
    pub events: u64,
    /// What could not be read in it, in words, the place included; a poison message has nothing but this. Hostile.
    pub problems: Vec<String>,
    /// Whether it was whole, and none of the forms CloudTrail comes in.
    pub is_foreign: bool,
}

/// How a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It asked and was answered, be there events or not.
    Listening,
    /// It could not ask: what is wrong and what would mend it. Said at every failure; told once.
    Failing(String),
    /// Worth a line in the log, nothing more.
    Remark(String),
    /// Its end was reached (standard input).
    Ended,
}

/// What goes through the door.
#[derive(Debug)]
pub enum Word {
    /// Events.
    Arrival {
        /// The source's name.
        source: String,
        /// What arrived.
        arrival: Arrival,
        /// Where to say that it is safe.
        answer: oneshot::Sender<Taken>,
    },
    /// How a source is.
    Condition {
        /// The source's name.
        source: String,
        /// How it is.
        condition: Condition,
    },
}

/// The door a source delivers through.
#[derive(Debug, Clone)]
pub struct Door {
    source: String,
    words: mpsc::Sender<Word>,
}

/// The door has closed: the watch is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

impl Door {
    /// A door for the source of that name, into `words`.
    pub fn new(source: impl Into<String>, words: mpsc::Sender<Word>) -> Self {
        Self { source: source.into(), words }
    }

    /// Delivers, and returns once it is safe. Several calls may wait at once: they are answered in order of arrival.
    pub async fn deliver(&self, arrival: Arrival) -> Result<Taken, Closed> {
        let (answer, taken) = oneshot::channel();
        let word = Word::Arrival { source: self.source.clone(), arrival, answer };
        self.words.send(word).await.map_err(|_| Closed)?;
        taken.await.map_err(|_| Closed)
    }

    /// Waits until the door has closed: for a source that has nothing to deliver.
    pub async fn closed(&self) {
        self.words.closed().await;
    }

    /// Says how the source is.
    pub async fn say(&self, condition: Condition) -> Result<(), Closed> {
        let word = Word::Condition { source: self.source.clone(), condition };
        self.words.send(word).await.map_err(|_| Closed)
    }
}
