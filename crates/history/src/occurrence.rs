//! What is remembered: somebody did something, from somewhere, with something.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::UnknownWord;

/// Something done by somebody from somewhere, in words of the caller's own: this crate reads no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Who, by a key that survives a rename and includes the account.
    pub person: String,
    /// What sort of principal that is.
    pub sort: Sort,
    /// The account and name as they were typed: a failed attempt is often recorded without the key.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// What was done.
    pub deed: Deed,
    /// Where the address is registered: a country's code, or one with a colon for a machine that anybody can rent: `aws:` and a region, `cloud:` and a word.
    pub place: Option<String>,
    /// Whose network the address is of, where known.
    pub network: Option<String>,
    /// With what sort of program, where known.
    pub client: Option<String>,
    /// The address as it was recorded, where it is one.
    pub address: Option<String>,
    /// The role somebody acted in who is known without it.
    pub role: Option<String>,
}

/// What was done, as far as it is compared: sign-ins with sign-ins, changes with changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Somebody came in.
    SignIn,
    /// Who can do what was changed, or somebody known tried to.
    Change,
    /// Anything else.
    Other,
}

impl Deed {
    /// How many there are.
    pub(crate) const COUNT: usize = 3;
}

/// What sort of principal somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// A person of the account's own, or of another one.
    Human,
    /// The root user: seldom seen, and that is how it should be.
    Root,
    /// A program, or whoever takes a role nobody knows more of: new ones come every day.
    Machine,
}

/// In what an occurrence can be unlike all earlier ones of the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// The person, who has not been seen at all.
    Person,
    /// The country the address is registered in.
    Country,
    /// The owner of the network.
    Network,
    /// The sort of program.
    Client,
    /// The address.
    Address,
    /// The role that was taken.
    Role,
    /// The time of day, two hours to either side.
    Hour,
}

impl Dimension {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Person, Self::Country, Self::Network, Self::Client, Self::Address, Self::Role, Self::Hour];

    /// The words of [`Dimension::ALL`], as settings have them.
    pub const WORDS: &'static [&'static str] =
        &["person", "country", "network", "client", "address", "role", "hour"];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

impl std::str::FromStr for Dimension {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let known = Self::ALL.into_iter().find(|dimension| dimension.word() == word);
        known.ok_or(UnknownWord { expected: Self::WORDS })
    }
}
