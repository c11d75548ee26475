//! The look-up of what is known of an address, in the order of what is surest.

use std::net::IpAddr;
use std::sync::Arc;

use trailbell_text::Untrusted;

use crate::database::{Database, DatabaseError, Part};
use crate::network::{Cloud, Country, Network, Registration};
use crate::ranges;
use crate::special::SpecialRange;

/// What addresses are looked up in: what is compiled in, and the user's files where there are any. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Networks {
    country: Option<Arc<Database>>,
    asn: Option<Arc<Database>>,
    city: Option<Arc<Database>>,
}

impl Networks {
    /// The same with a file of the user's for a part of the answer.
    ///
    /// # Errors
    /// Where the file does not say what it is asked for.
    pub fn with(mut self, part: Part, database: Arc<Database>) -> Result<Self, DatabaseError> {
        database.must_know(part)?;
        match part {
            Part::Country => self.country = Some(database),
            Part::Asn => self.asn = Some(database),
            Part::City => self.city = Some(database),
        }
        Ok(self)
    }

    /// Reads a `sourceIPAddress`.
    pub fn of(&self, source: Option<&str>) -> Network {
        let Some(source) = source else { return Network::NotRecorded };
        let Ok(address) = source.parse::<IpAddr>() else {
            return match source {
                "AWS Internal" => Network::AwsInternal,
                name if is_service(name) => Network::Service(Untrusted::from(name)),
                _ => Network::NotAnAddress,
            };
        };
        let address = address.to_canonical();
        if let Some(special) = SpecialRange::of(address) {
            return Network::Special(special);
        }
        let owner = ranges::owner_of(address);
        match owner.map(|owner| (owner, owner.strip_prefix("cloud:").and_then(Cloud::of))) {
            Some((_, Some(cloud))) => Network::Cloud(cloud, self.registration(address)),
            Some((region, None)) => Network::Amazon(region),
            None => Network::Registered(self.registration(address)),
        }
    }

    /// The user's files, and the registries for what those do not say.
    fn registration(&self, address: IpAddr) -> Registration {
        let [country, asn, city] = [&self.country, &self.asn, &self.city].map(Option::as_deref);
        let of_a_file = country.and_then(|file| file.country(address));
        let of_a_file = of_a_file.or_else(|| city?.country(address));
        let of_registries = || {
            let code = match address {
                IpAddr::V4(v4) => iptocc::country_code(v4),
                IpAddr::V6(v6) => iptocc::country_code(v6),
            };
            code.and_then(Country::of)
        };
        Registration {
            country: of_a_file.or_else(of_registries),
            system: asn.and_then(|file| file.system(address)),
            spot: city.and_then(|file| file.spot(address)),
        }
    }
}

/// Whether a name is of an AWS service: `cloudformation.amazonaws.com`.
fn is_service(name: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".aws.internal"]
        .iter()
        .any(|end| name.ends_with(end))
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_amazons_or_a_clouds_or_special_or_registered_somewhere() {
        for (source, word, place, owner) in [
            ("185.107.56.1", "country", Some("NL"), None),
            ("::ffff:126.0.0.1", "country", Some("JP"), None),
            ("3.112.23.0", "amazon", Some("aws:ap-northeast-1"), Some("amazon")),
            ("34.85.1.2", "cloud", Some("cloud:gcp"), Some("cloud:gcp")),
            ("162.158.1.1", "cloud", Some("cloud:cloudflare"), Some("cloud:cloudflare")),
            ("10.1.2.3", "private", None, None),
            ("100.64.0.1", "carrier-nat", None, None),
            ("203.0.113.9", "documentation", None, None),
            ("2001:db8::1", "documentation", None, None),
            ("2002:c000:204::1", "6to4", None, None),
            ("127.0.0.1", "loopback", None, None),
            ("169.254.169.254", "link-local", None, None),
            ("fd00::1", "private", None, None),
            ("255.255.255.255", "reserved", None, None),
            ("4000::1", "unregistered", None, None),
            ("AWS Internal", "aws-internal", None, None),
            ("cloudformation.amazonaws.com", "aws-service", None, None),
            ("evil <b>.amazonaws.com", "not-an-address", None, None),
        ] {
            let network = Network::of(Some(source));
            let keys = (network.place(), network.owner());
            let keys = (network.word(), keys.0.as_deref(), keys.1.as_deref());
            assert_eq!(keys, (word, place, owner), "{source}");
        }
        assert_eq!(Network::of(None), Network::NotRecorded);
    }

    #[test]
    fn a_rented_machine_says_no_country_as_a_place_but_knows_where_it_is_registered() {
        let network = Network::of(Some("34.85.1.2"));
        assert_eq!(network.country().as_ref().map(Country::code), Some("US"));
        assert_eq!(network.whereabouts().as_deref(), Some("cloud:gcp"));
    }
}
