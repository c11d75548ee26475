//! What a notice knows of its event as values, for whoever counts and lists notices rather than reads them one by one.

use trailbell_history::Unusual;
use trailbell_network::{Network, SpecialRange};
use trailbell_record::Actor;
use trailbell_text::{Phrase, Untrusted};

use crate::client::Client;
use crate::lang::Both;
use crate::network;
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

    /// What the place is called in a list of places: "Japan (JP)", a region of AWS's, a cloud, "a private network".
    pub fn place_name(&self) -> Phrase {
        let network = self.network();
        let words = match network {
            Network::Service(name) => {
                let mut phrase = Phrase::new();
                phrase.push(name.clone());
                return phrase;
            }
            Network::NotRecorded => Both::new("not recorded", "記録なし"),
            Network::AwsInternal => Both::new("inside AWS", "AWS の内部"),
            Network::Special(SpecialRange::Private) => {
                Both::new("a private network", "プライベートネットワーク")
            }
            Network::Special(_) => Both::new("no address of the Internet", "インターネット外のアドレス"),
            Network::NotAnAddress => Both::new("not an address", "アドレスではない値"),
            Network::Amazon(_) | Network::Cloud(..) | Network::Registered(_) => match network.place() {
                Some(place) => return network::short_place(&place, self.lang),
                None => Both::new("an unknown network", "不明なネットワーク"),
            },
        };
        Phrase::ours(words.get(self.lang))
    }
}
