//! What earlier occurrences say about one: how much it is like them, and in what it is unusual.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::occurrence::Dimension;

/// In what something is unusual. Each is said once: what was seen is not new again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unusual {
    /// A person never seen before, though what is usual is known.
    Person,
    /// A country this person was never seen in.
    Country,
    /// A network this person was never seen in.
    Network,
    /// A program this person never used.
    Client,
    /// A role this person never took.
    Role,
    /// A time of day at which this person was never seen.
    Hour,
    /// Sign-ins fail one after another.
    Burst,
    /// It succeeded after a burst of failures.
    AfterFailures,
    /// Two sign-ins too far apart to travel.
    Travel,
    /// Somebody is back after a long time; of root, after a month.
    Return,
}

impl Unusual {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Person,
        Self::Country,
        Self::Network,
        Self::Client,
        Self::Role,
        Self::Hour,
        Self::Burst,
        Self::AfterFailures,
        Self::Travel,
        Self::Return,
    ];

    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Country => "country",
            Self::Network => "network",
            Self::Client => "client",
            Self::Role => "role",
            Self::Hour => "hour",
            Self::Burst => "burst",
            Self::AfterFailures => "after-failures",
            Self::Travel => "travel",
            Self::Return => "return",
        }
    }
}

/// What earlier occurrences say about one, itself not included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Earlier deeds of the same sort by the same person.
    pub earlier: u64,
    /// Those from the same place; 0 also where the place is not known.
    pub from_here: u64,
    /// Those with the same client; 0 also where the client is not known.
    pub with_this: u64,
    /// The place most of them came from, with their number.
    pub usual_place: Option<(String, u64)>,
    /// When the first one was: two earlier sign-ins of the last ten minutes are no habit.
    pub first: Option<Timestamp>,
    /// When the last one was, and from where.
    pub last: Option<(Timestamp, Option<String>)>,
    /// Failed attempts for the same person or from the same address in the hour before.
    pub failures_before: u64,
    /// In what it is unusual, in order.
    pub unusual: Vec<Unusual>,
    /// How long before it the first occurrence of all was; `None`: this is the first.
    pub known_for: Option<SignedDuration>,
    /// How long the person had not been seen at all.
    pub absent: Option<SignedDuration>,
    /// The sign-in before it that was too far away, where that is unusual.
    pub travel: Option<Travel>,
    /// How many deeds share each of its values, by [`Dimension`].
    pub(crate) like: [Option<Like>; Dimension::ALL.len()],
}

/// Two places too far apart for the time between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Travel {
    /// Where the sign-in before it came from.
    pub from: String,
    /// When that was.
    pub at: Timestamp,
    /// The least distance between the two places, in kilometres.
    pub kilometres: u32,
}

/// How usual one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Like {
    /// Deeds with this value.
    pub(crate) here: u64,
    /// All deeds.
    pub(crate) of: u64,
    /// Whether it is new, and enough is known to say so.
    pub(crate) is_first: bool,
}

impl Seen {
    /// Whether it is unusual in that.
    pub fn is(&self, unusual: Unusual) -> bool {
        self.unusual.contains(&unusual)
    }

    /// Whether its value in that dimension is new, and enough is known to say so; of a value it does not have, no.
    pub fn is_first(&self, dimension: Dimension) -> bool {
        self.like[dimension as usize].is_some_and(|like| like.is_first)
    }

    /// Which share of the person's earlier deeds, from 0 to 1, has the same value; `None` where it has none, or there
    /// are no earlier deeds.
    pub fn share(&self, dimension: Dimension) -> Option<f64> {
        let Like { here, of, .. } = self.like[dimension as usize]?;
        #[expect(clippy::cast_precision_loss, reason = "a share of more than 2^52 deeds need not be exact")]
        (of > 0).then(|| here as f64 / of as f64)
    }
}
