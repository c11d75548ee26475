//! What is known of the address a request came from.

use trailbell_text::Untrusted;

use crate::geography::Spot;
use crate::networks::Networks;
use crate::special::SpecialRange;

/// What is known of a record's `sourceIPAddress`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// The record has none.
    NotRecorded,
    /// `AWS Internal`: a request inside AWS, without an address.
    AwsInternal,
    /// The DNS name of the AWS service that called for somebody.
    Service(Untrusted),
    /// An address of no network of the Internet (private, loopback, documentation, ...).
    Special(SpecialRange),
    /// An address that Amazon announces, with its region (`GLOBAL` where it has none). Anybody can rent one.
    Amazon(&'static str),
    /// An address of another cloud's.
    Cloud(Cloud, Registration),
    /// Any other address.
    Registered(Registration),
    /// Something that is no address.
    NotAnAddress,
}

/// What registries, or a file of the user's, say of an address. All of it may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// The country it is registered in.
    pub country: Option<Country>,
    /// Whose network it is of. Only a file of the user's says.
    pub system: Option<System>,
    /// About where its users are, for distances alone: it is never shown. Only a file of the user's says.
    pub spot: Option<Spot>,
}

/// An autonomous system: a network as the Internet knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Its number.
    pub number: u32,
    /// What the file calls it. Whoever runs a network chooses that name.
    pub organisation: Option<Untrusted>,
}

/// The ISO 3166 code of a country, or one of the registries' own (`EU`, `AP`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// Two letters; anything else is no code.
    pub fn of(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// Clouds that rent out machines, or carry others' requests, besides Amazon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// Google Cloud.
    Google,
    /// Microsoft Azure.
    Azure,
    /// Oracle Cloud.
    Oracle,
    /// DigitalOcean.
    DigitalOcean,
    /// Cloudflare, whose addresses are no machines for rent: it carries others' requests.
    Cloudflare,
}

impl Cloud {
    const ALL: [Self; 5] = [Self::Google, Self::Azure, Self::Oracle, Self::DigitalOcean, Self::Cloudflare];

    /// What it is called, the same in both languages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "Google Cloud",
            Self::Azure => "Microsoft Azure",
            Self::Oracle => "Oracle Cloud",
            Self::DigitalOcean => "DigitalOcean",
            Self::Cloudflare => "Cloudflare",
        }
    }

    /// The word for it in keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Google => "gcp",
            Self::Azure => "azure",
            Self::Oracle => "oracle",
            Self::DigitalOcean => "digitalocean",
            Self::Cloudflare => "cloudflare",
        }
    }

    /// The cloud of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.word() == word)
    }
}

impl Network {
    /// Reads a `sourceIPAddress` without any file of the user's.
    pub fn of(source: Option<&str>) -> Self {
        Networks::default().of(source)
    }

    /// What registries, or a file of the user's, say of the address.
    pub const fn registration(&self) -> Option<&Registration> {
        match self {
            Self::Cloud(_, registration) | Self::Registered(registration) => Some(registration),
            _ => None,
        }
    }

    /// The country the address is registered in, also of one that anybody can rent from a cloud but Amazon's.
    pub fn country(&self) -> Option<Country> {
        self.registration()?.country
    }

    /// A key of the place, to compare with earlier ones: a country's code, `aws:REGION`, or `cloud:WORD` where a machine for rent says
    /// nothing about a country. Only a country's code has no colon. `None` where the address says nothing about a place.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Amazon(region) => Some(format!("aws:{region}")),
            Self::Cloud(cloud, _) => Some(format!("cloud:{}", cloud.word())),
            Self::Registered(registration) => registration.country.map(|country| country.code().to_owned()),
            _ => None,
        }
    }

    /// A key of whose network it is, to compare with earlier ones: `amazon`, `cloud:WORD`, or `AS2516` where a file of the user's says. `None` where it is not known.
    pub fn owner(&self) -> Option<String> {
        match self {
            Self::Amazon(_) => Some("amazon".to_owned()),
            Self::Cloud(cloud, _) => Some(format!("cloud:{}", cloud.word())),
            _ => self.registration()?.system.as_ref().map(|system| format!("AS{}", system.number)),
        }
    }

    /// The place with what [`crate::distance_km`] can make use of besides: `JP`, or `JP@35.69,139.69~100` where a file of the user's
    /// says about where in it. Not to be shown, and not to be compared for being the same.
    pub fn whereabouts(&self) -> Option<String> {
        let place = self.place()?;
        let spot = self.registration().and_then(|registration| registration.spot);
        match spot.filter(|_| !place.contains(':')) {
            Some(spot) => Some(format!("{place}@{spot}")),
            None => Some(place),
        }
    }

    /// The word for it in JSON: `country`, `amazon`, `cloud`, `aws-service`, `private`, ...
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotRecorded => "not-recorded",
            Self::AwsInternal => "aws-internal",
            Self::Service(_) => "aws-service",
            Self::Special(range) => range.word(),
            Self::Amazon(_) => "amazon",
            Self::Cloud(..) => "cloud",
            Self::Registered(Registration { country: Some(_), .. }) => "country",
            Self::Registered(_) => "unregistered",
            Self::NotAnAddress => "not-an-address",
        }
    }
}
