//! A file in MaxMind's format that the user has: GeoLite2, DB-IP, IPinfo and whoever else writes it.
//!
//! What the makers call their fields differs; each is looked for under every name that is in use. A field of another type than
//! expected is a field that is not there: such a file is somebody else's, and no notice fails for it.

use std::net::IpAddr;

use maxminddb::{PathElement, Reader, path};
use trailbell_text::Untrusted;

use crate::geography::Spot;
use crate::network::{Country, System};

/// Longest file that is taken, in bytes: it is kept in memory. The largest that is given away is a tenth of it.
pub const MAX_DATABASE_BYTES: u64 = 1 << 30;
/// So many of its networks are asked whether a file says what it is there for.
const ASKED: usize = 10_000;
/// Longest name of an organisation that is kept, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// What a file is there to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The country of an address.
    Country,
    /// The number and name of its network.
    Asn,
    /// Where about its users are, for distances alone.
    City,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Country, Self::Asn, Self::City];

    /// The word of settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Asn => "asn",
            Self::City => "city",
        }
    }

    /// What it should say, in words of an error.
    const fn about(self) -> &'static str {
        match self {
            Self::Country => "countries",
            Self::Asn => "network numbers",
            Self::City => "coordinates",
        }
    }
}

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// It is of another format, or cut short.
    #[error("it is not a whole file in MaxMind's format (.mmdb): download it again, unpacked")]
    NotReadable,
    /// It says something else.
    #[error("it is of type {}, which has no {}{}", .made.render(trailbell_text::Channel::Terminal), .wanted.about(), instead(*.has))]
    Lacks {
        /// What the file says it is.
        made: Untrusted,
        /// What it was there for.
        wanted: Part,
        /// What it could be there for.
        has: Option<Part>,
    },
}

fn instead(has: Option<Part>) -> String {
    match has {
        Some(part) => format!(": name it under `{}`, and a file that has them here", part.word()),
        None => ": name another file".to_owned(),
    }
}

/// An opened file, whole in memory.
pub struct Database {
    reader: Reader<Vec<u8>>,
}

impl Database {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// Where they are not of MaxMind's format.
    pub fn new(bytes: Vec<u8>) -> Result<Self, DatabaseError> {
        let reader = Reader::from_source(bytes).map_err(|_| DatabaseError::NotReadable)?;
        Ok(Self { reader })
    }

    /// What the file says it is: `GeoLite2-Country`.
    pub fn made(&self) -> Untrusted {
        Untrusted::from(self.reader.metadata().database_type.as_str())
    }

    /// Asks whether the file says anything of what it is there for.
    pub(crate) fn must_know(&self, wanted: Part) -> Result<(), DatabaseError> {
        if self.knows(wanted) {
            return Ok(());
        }
        let has = Part::ALL.into_iter().find(|part| *part != wanted && self.knows(*part));
        Err(DatabaseError::Lacks { made: self.made(), wanted, has })
    }

    fn knows(&self, part: Part) -> bool {
        let Ok(networks) = self.reader.networks(maxminddb::WithinOptions::default()) else { return false };
        networks.take(ASKED).filter_map(Result::ok).any(|found| match part {
            Part::Country => country(&found).is_some(),
            Part::Asn => system(&found).is_some(),
            Part::City => spot(&found).is_some(),
        })
    }

    pub(crate) fn country(&self, address: IpAddr) -> Option<Country> {
        country(&self.reader.lookup(address).ok()?)
    }

    pub(crate) fn system(&self, address: IpAddr) -> Option<System> {
        system(&self.reader.lookup(address).ok()?)
    }

    pub(crate) fn spot(&self, address: IpAddr) -> Option<Spot> {
        spot(&self.reader.lookup(address).ok()?)
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("made", &self.made()).finish_non_exhaustive()
    }
}

type Found<'a> = maxminddb::LookupResult<'a, Vec<u8>>;

/// `country.iso_code` of GeoLite2 and DB-IP, `country_code` of IPinfo Lite, `country` of IPinfo's others; where the users are
/// not known, where the network was registered.
fn country(found: &Found<'_>) -> Option<Country> {
    let code = |path: &[PathElement<'_>]| Country::of(&text(found, path)?);
    code(&path!["country", "iso_code"])
        .or_else(|| code(&path!["country_code"]))
        .or_else(|| code(&path!["country"]))
        .or_else(|| code(&path!["registered_country", "iso_code"]))
}

/// `autonomous_system_...` of GeoLite2 and DB-IP, `asn` (`AS1136`) and `as_name` or `name` of IPinfo.
fn system(found: &Found<'_>) -> Option<System> {
    let number = |name| {
        integer(found, &path![name]).or_else(|| {
            let text = text(found, &path![name])?;
            text.strip_prefix("AS").unwrap_or(&text).parse().ok()
        })
    };
    let number =
        number("autonomous_system_number").or_else(|| number("asn")).filter(|number| *number != 0)?;
    let names = ["autonomous_system_organization", "as_name", "name"];
    let organisation = names.into_iter().find_map(|name| text(found, &path![name]));
    let organisation = organisation.filter(|name| !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES);
    Some(System { number, organisation: organisation.map(Untrusted::new) })
}

/// `location` of GeoLite2 and DB-IP, `latitude` and `lat` of others, also as text.
fn spot(found: &Found<'_>) -> Option<Spot> {
    let degrees = |paths: [&[PathElement<'_>]; 3]| {
        paths.into_iter().find_map(|path| {
            let double = found.decode_path::<f64>(path).ok().flatten();
            let float = || found.decode_path::<f32>(path).ok().flatten().map(f64::from);
            double.or_else(float).or_else(|| text(found, path)?.parse().ok())
        })
    };
    let latitude = degrees([&path!["location", "latitude"], &path!["latitude"], &path!["lat"]])?;
    let longitude = degrees([&path!["location", "longitude"], &path!["longitude"], &path!["lng"]])?;
    let radius = integer(found, &path!["location", "accuracy_radius"]);
    Spot::new(latitude, longitude, radius.map(|radius| u16::try_from(radius).unwrap_or(u16::MAX)))
}

/// The format has a type for each width, and makers differ in which they take.
fn integer(found: &Found<'_>, path: &[PathElement<'_>]) -> Option<u32> {
    let narrow = || found.decode_path::<u16>(path).ok().flatten().map(u32::from);
    let wide = || found.decode_path::<u64>(path).ok().flatten().and_then(|number| number.try_into().ok());
    found.decode_path::<u32>(path).ok().flatten().or_else(narrow).or_else(wide)
}

fn text(found: &Found<'_>, path: &[PathElement<'_>]) -> Option<String> {
    found.decode_path::<&str>(path).ok().flatten().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Mmdb, Value};
    use crate::{Network, Networks};

    fn database(mmdb: &Mmdb) -> Arc<Database> {
        Arc::new(Database::new(mmdb.bytes()).unwrap())
    }

    fn geolite_country() -> Mmdb {
        let code = |code: &str| Value::map([("iso_code", Value::text(code))]);
        Mmdb::new("GeoLite2-Country")
            .network(
                "145.53.0.0/16",
                Value::map([("country", code("NL")), ("registered_country", code("US"))]),
            )
            .network("126.0.0.0/8", Value::map([("country", code("KR"))]))
            .network("3.112.0.0/14", Value::map([("country", code("JP"))]))
            .network("34.85.0.0/16", Value::map([("country", code("JP"))]))
            .network("5.6.0.0/16", Value::map([("registered_country", code("SA"))]))
            .network("2400:4050::/32", Value::map([("country", code("JP"))]))
    }

    fn geolite_asn() -> Mmdb {
        let system = |number, name: &str| {
            Value::map([
                ("autonomous_system_number", Value::Number(number)),
                ("autonomous_system_organization", Value::text(name)),
            ])
        };
        Mmdb::new("GeoLite2-ASN")
            .network("145.53.0.0/16", system(1136, "KPN B.V."))
            .network("3.112.0.0/14", system(16_509, "AMAZON-02"))
            .network("34.85.0.0/16", system(396_982, "GOOGLE-CLOUD-PLATFORM"))
            .network("2400:4050::/32", system(4713, "NTT \u{1b}[31m\u{202e}"))
    }

    #[test]
    fn a_users_file_comes_before_the_registries_and_behind_amazon() {
        let networks = Networks::default().with(Part::Country, database(&geolite_country())).unwrap();
        let place = |source: &str| networks.of(Some(source)).place();
        assert_eq!(place("145.53.1.2").as_deref(), Some("NL"));
        // The file says otherwise than the registry.
        assert_eq!(place("126.0.0.1").as_deref(), Some("KR"));
        assert_eq!(place("2400:4050::1").as_deref(), Some("JP"));
        // It knows only who registered the network.
        assert_eq!(place("5.6.7.8").as_deref(), Some("SA"));
        // It does not know this one.
        assert_eq!(place("185.107.56.1").as_deref(), Some("NL"));
        assert_eq!(place("3.112.23.0").as_deref(), Some("aws:ap-northeast-1"));
        assert_eq!(networks.of(Some("34.85.1.2")).country(), Country::of("JP"));
        assert_eq!(networks.of(Some("10.0.0.1")), Network::of(Some("10.0.0.1")));
    }

    #[test]
    fn a_file_of_networks_says_whose_one_is() {
        let networks = Networks::default().with(Part::Asn, database(&geolite_asn())).unwrap();
        let of = |source: &str| networks.of(Some(source));
        let kpn = System { number: 1136, organisation: Some("KPN B.V.".into()) };
        assert_eq!(of("145.53.1.2").registration().unwrap().system, Some(kpn));
        assert_eq!(of("145.53.1.2").owner().as_deref(), Some("AS1136"));
        assert_eq!(of("145.53.1.2").place().as_deref(), Some("NL"));
        assert_eq!(of("3.112.23.0").owner().as_deref(), Some("amazon"));
        assert_eq!(of("34.85.1.2").owner().as_deref(), Some("cloud:gcp"));
        assert_eq!(of("34.85.1.2").registration().unwrap().system.as_ref().unwrap().number, 396_982);
        assert_eq!(of("126.0.0.1").owner(), None);
    }

    #[test]
    fn the_layouts_of_other_makers_are_read_too() {
        let lite = Mmdb::new("ipinfo bundle_location_lite.mmdb").network(
            "145.53.0.0/16",
            Value::map([
                ("asn", Value::text("AS1136")),
                ("as_name", Value::text("KPN B.V.")),
                ("country", Value::text("Netherlands")),
                ("country_code", Value::text("NL")),
            ]),
        );
        let location = Mmdb::new("ipinfo standard_location.mmdb").network(
            "145.53.0.0/16",
            Value::map([
                ("country", Value::text("NL")),
                ("lat", Value::text("52.37")),
                ("lng", Value::text("4.89")),
            ]),
        );
        let lite = database(&lite);
        let networks = Networks::default().with(Part::Country, Arc::clone(&lite)).unwrap();
        let networks = networks.with(Part::Asn, lite).unwrap().with(Part::City, database(&location)).unwrap();
        let network = networks.of(Some("145.53.1.2"));
        assert_eq!(network.owner().as_deref(), Some("AS1136"));
        assert_eq!(network.whereabouts().as_deref(), Some("NL@52.37,4.89~250"));
    }

    #[test]
    fn a_file_of_cities_says_countries_too_and_coordinates_for_distances_alone() {
        let location = [
            ("latitude", Value::Double(35.69)),
            ("longitude", Value::Double(139.69)),
            ("accuracy_radius", Value::Short(20)),
        ];
        let city = Mmdb::new("GeoLite2-City").network(
            "126.0.0.0/8",
            Value::map([
                ("city", Value::map([("names", Value::map([("en", Value::text("Tokyo"))]))])),
                ("country", Value::map([("iso_code", Value::text("JP"))])),
                ("location", Value::map(location)),
            ]),
        );
        let networks = Networks::default().with(Part::City, database(&city)).unwrap();
        let network = networks.of(Some("126.0.0.1"));
        assert_eq!(network.place().as_deref(), Some("JP"));
        assert_eq!(network.whereabouts().as_deref(), Some("JP@35.69,139.69~100"));
    }

    #[test]
    fn a_file_that_says_something_else_is_refused_with_where_it_belongs() {
        let asn = database(&geolite_asn());
        let error = Networks::default().with(Part::Country, Arc::clone(&asn)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it is of type GeoLite2-ASN, which has no countries: name it under `asn`, and a file that has them here"
        );
        let error = Networks::default().with(Part::City, database(&geolite_country())).unwrap_err();
        assert!(error.to_string().contains("has no coordinates: name it under `country`"), "{error}");
        let other =
            Mmdb::new("Anonymous\u{1b}IP").network("1.0.0.0/8", Value::map([("x", Value::Number(1))]));
        let error = Networks::default().with(Part::Asn, database(&other)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it is of type Anonymous\u{fffd}IP, which has no network numbers: name another file"
        );
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        for bytes in
            [Vec::new(), b"PK\x03\x04".to_vec(), vec![0; 10_000], b"\xab\xcd\xefMaxMind.com".to_vec()]
        {
            assert_eq!(Database::new(bytes).unwrap_err(), DatabaseError::NotReadable);
        }
        let whole = geolite_country().bytes();
        assert_eq!(
            Database::new(whole[..whole.len() - 40].to_vec()).unwrap_err(),
            DatabaseError::NotReadable
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn a_damaged_file_is_refused_or_says_less_but_never_panics(
            damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = geolite_asn().bytes();
            for (at, byte) in damages {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let cut = cut.index(bytes.len() * 8);
            bytes.truncate(cut);
            if let Ok(file) = Database::new(bytes) {
                let file = Arc::new(file);
                for part in Part::ALL {
                    let Ok(networks) = Networks::default().with(part, Arc::clone(&file)) else { continue };
                    for source in ["145.53.1.2", "3.112.23.0", "34.85.1.2", "2400:4050::1", "126.0.0.1"] {
                        let _ = networks.of(Some(source));
                    }
                }
            }
        }
    }
}
