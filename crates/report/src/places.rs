//! Where: the networks the notices' events came from, and the regions that recorded them.

use trailbell_notice::{Network, Notice};

use crate::count::Few;

/// Places by what sort of place they are. There are fewer countries and regions than these hold.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Countries in which addresses are registered.
    pub(crate) countries: Few<300>,
    /// AWS's own: its services, and the addresses anybody can rent of it, by region.
    pub(crate) aws: Few<100>,
    /// What says nothing about a place.
    pub(crate) others: Few<20>,
    /// Regions that recorded the events.
    pub(crate) regions: Few<60>,
}

impl Places {
    pub(crate) fn add(&mut self, notice: &Notice) {
        let network = notice.network();
        let name = notice.place_name();
        match network {
            Network::Registered(registration) if registration.country.is_some() => self.countries.add(&name),
            Network::Amazon(_) | Network::Service(_) | Network::AwsInternal => self.aws.add(&name),
            Network::NotRecorded
            | Network::Special(_)
            | Network::Cloud(..)
            | Network::Registered(_)
            | Network::NotAnAddress => {
                self.others.add(&name);
            }
        }
        if let Some(region) = notice.region() {
            self.regions.add(&region);
        }
    }
}
