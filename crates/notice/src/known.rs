//! What a notice knows of its event as values, for whoever counts and lists notices rather than reads them one by one.

use trailbell_history::Unusual;
use trailbell_record::Actor;
use trailbell_text::{Phrase, Untrusted};

use crate::client::Client;
use crate::lang::{Both, Lang};
use crate::network::{self, Network, SpecialRange};
use crate::notice::Notice;
use crate::regions;

impl Notice {
    /// Who acted.
    pub const fn actor(&self) -> &Actor {
        &self.data.actor
    }

    /// From what network.
    pub const fn network(&self) -> &Network {
        &self.data.network
    }

    /// With what program.
    pub fn client(&self) -> Client {
        Client::of(self.data.user_agent.as_ref().map(Untrusted::raw))
    }

    /// In which account.
    pub const fn account_id(&self) -> Option<&Untrusted> {
        self.data.account.as_ref()
    }

    /// The region the record was written in, with its name.
    pub fn region(&self) -> Option<Phrase> {
        self.data.region.as_ref().map(|region| regions::phrase(region.raw(), self.lang))
    }

    /// In what it is unusual, in order.
    pub fn unusual(&self) -> &[Unusual] {
        &self.data.unusual
    }
}

impl Network {
    /// What it is called in a list of places: "Japan (JP)", a region of AWS's, "a private network".
    pub fn name(&self, lang: Lang) -> Phrase {
        let words = match self {
            Self::Service(name) => {
                let mut phrase = Phrase::new();
                phrase.push(name.clone());
                return phrase;
            }
            Self::Country(_) | Self::Amazon(_) => {
                return network::short_place(&self.place().unwrap_or_default(), lang);
            }
            Self::NotRecorded => Both::new("not recorded", "記録なし"),
            Self::AwsInternal => Both::new("inside AWS", "AWS の内部"),
            Self::Special(SpecialRange::Private) => {
                Both::new("a private network", "プライベートネットワーク")
            }
            Self::Special(_) => Both::new("no address of the Internet", "インターネット外のアドレス"),
            Self::Unregistered => Both::new("an unknown network", "不明なネットワーク"),
            Self::NotAnAddress => Both::new("not an address", "アドレスではない値"),
        };
        Phrase::ours(words.get(lang))
    }
}
