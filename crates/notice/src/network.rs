//! What an address says about where a request came from, which is less than people think.
//!
//! Registered in a country is not being there: VPNs, mobile networks and Private Relay move addresses. So the
//! words are "registered in", never "from", and never a city. Amazon's addresses come before the country,
//! since registries call all of them American.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use trailbell_text::{Phrase, Untrusted};

use crate::lang::{Both, Lang};
use crate::{aws_ranges, regions};

static COUNTRIES: &str = include_str!("../data/countries.tsv");

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
    /// The ISO 3166 code of the country the address is registered in.
    Country(&'static str),
    /// An address no registry's statistics list.
    Unregistered,
    /// Something that is no address.
    NotAnAddress,
}

/// Ranges that are not of the public Internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialRange {
    /// RFC 1918 and IPv6 unique local: seen where a request came through a VPC endpoint.
    Private,
    /// RFC 6598.
    CarrierNat,
    /// The machine itself.
    Loopback,
    /// RFC 3927 and `fe80::/10`.
    LinkLocal,
    /// RFC 5737 and 3849.
    Documentation,
    /// RFC 3056.
    SixToFour,
    /// Multicast, broadcast, unspecified and what is kept for later.
    Reserved,
}

impl SpecialRange {
    fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Option<Self> {
        let [a, b, c, _] = address.octets();
        Some(match (a, b, c) {
            _ if address.is_private() => Self::Private,
            (100, 64..=127, _) => Self::CarrierNat,
            (127, ..) => Self::Loopback,
            (169, 254, _) => Self::LinkLocal,
            (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Self::Documentation,
            (192, 88, 99) => Self::SixToFour,
            (0 | 224..=255, ..) | (198, 18 | 19, _) | (192, 0, 0) => Self::Reserved,
            _ => return None,
        })
    }

    fn of_v6(address: Ipv6Addr) -> Option<Self> {
        let first = address.segments();
        Some(match first {
            _ if address.is_loopback() => Self::Loopback,
            [0xfc00..=0xfdff, ..] => Self::Private,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Self::Documentation,
            [0x2002, ..] => Self::SixToFour,
            [0 | 0x0100 | 0xff00..=0xffff, ..] => Self::Reserved,
            _ => return None,
        })
    }

    const fn words(self) -> Both {
        match self {
            Self::Private => Both::new(
                "a private address (a VPC endpoint, say), which says nothing about a place",
                "プライベートアドレス(VPC エンドポイント経由など。場所はわかりません)",
            ),
            Self::CarrierNat => Both::new(
                "an address shared inside a carrier's network",
                "通信事業者の網内で共有されるアドレス",
            ),
            Self::Loopback => Both::new("a loopback address", "ループバックアドレス"),
            Self::LinkLocal => Both::new("a link-local address", "リンクローカルアドレス"),
            Self::Documentation => Both::new(
                "an address kept for documentation, used by nobody",
                "文書の例示用で実在しないアドレス",
            ),
            Self::SixToFour => Both::new("a 6to4 relay address", "6to4 中継用アドレス"),
            Self::Reserved => Both::new("a reserved address", "予約済みアドレス"),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::CarrierNat => "carrier-nat",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Documentation => "documentation",
            Self::SixToFour => "6to4",
            Self::Reserved => "reserved",
        }
    }
}

impl Network {
    /// Reads a `sourceIPAddress`.
    pub fn of(source: Option<&str>) -> Self {
        let Some(source) = source else { return Self::NotRecorded };
        let Ok(address) = source.parse::<IpAddr>() else {
            return match source {
                "AWS Internal" => Self::AwsInternal,
                name if is_service(name) => Self::Service(name.into()),
                _ => Self::NotAnAddress,
            };
        };
        let address = address.to_canonical();
        if let Some(special) = SpecialRange::of(address) {
            Self::Special(special)
        } else if let Some(region) = aws_ranges::region_of(address) {
            Self::Amazon(region)
        } else {
            match address {
                IpAddr::V4(v4) => iptocc::country_code(v4),
                IpAddr::V6(v6) => iptocc::country_code(v6),
            }
            .map_or(Self::Unregistered, Self::Country)
        }
    }

    /// A key of the place, to compare with earlier ones: a country's code, or `aws:REGION`. `None` where the
    /// address says nothing about a place.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Country(code) => Some((*code).to_owned()),
            Self::Amazon(region) => Some(format!("aws:{region}")),
            _ => None,
        }
    }

    /// The word for it in JSON: a country's code, `amazon`, `aws-service`, `private`, ...
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotRecorded => "not-recorded",
            Self::AwsInternal => "aws-internal",
            Self::Service(_) => "aws-service",
            Self::Special(range) => range.word(),
            Self::Amazon(_) => "amazon",
            Self::Country(_) => "country",
            Self::Unregistered => "unregistered",
            Self::NotAnAddress => "not-an-address",
        }
    }

    /// What it is in words, with the address where there is one.
    pub(crate) fn phrase(&self, source: Option<&str>, lang: Lang) -> Phrase {
        let mut phrase = Phrase::new();
        match self {
            Self::NotRecorded => return Phrase::ours(lang.pick("not recorded", "記録なし")),
            Self::AwsInternal => {
                let words = "inside AWS (the record says \"AWS Internal\" and no address)";
                return Phrase::ours(
                    lang.pick(words, "AWS の内部(記録は「AWS Internal」で、アドレスはありません)"),
                );
            }
            Self::Service(name) => {
                phrase.push(lang.pick("the AWS service ", "AWS サービス "));
                phrase.push(name.clone());
                phrase.push(lang.pick(", calling on somebody's behalf", "(代理での呼び出し)"));
                return phrase;
            }
            Self::Special(range) => {
                phrase.push(range.words().get(lang));
            }
            Self::Amazon(_) | Self::Country(_) => {
                if let Some(place) = self.place() {
                    phrase.append(place_phrase(&place, lang));
                }
            }
            Self::Unregistered => {
                phrase.push(lang.pick("an unknown network", "不明なネットワーク"));
            }
            Self::NotAnAddress => {
                phrase.push(lang.pick("not an address", "アドレスではない値"));
            }
        }
        phrase.push(": ").push(Untrusted::from(source.unwrap_or_default()));
        phrase
    }
}

/// Whether a name is of an AWS service: `cloudformation.amazonaws.com`.
fn is_service(name: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"].iter().any(|end| name.ends_with(end))
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

/// "an address registered in the Netherlands (NL)", for a key of [`Network::place`].
pub(crate) fn place_phrase(place: &str, lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    if place.starts_with("aws:") {
        phrase.push(lang.pick("an address of Amazon's (", "Amazon 所有のアドレス("));
        phrase.append(short_place(place, lang));
        phrase.push(lang.pick("), which anybody can rent", "。誰でも借りられるもの)"));
    } else {
        phrase.push(lang.pick("an address registered in ", ""));
        phrase.append(short_place(place, lang));
        phrase.push(lang.pick("", "で登録されたアドレス"));
    }
    phrase
}

/// "the Netherlands (NL)", or the region of an address of Amazon's.
pub(crate) fn short_place(place: &str, lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    match place.strip_prefix("aws:") {
        Some("GLOBAL") => {
            phrase.push(lang.pick("no single region", "リージョンの特定なし"));
        }
        Some(region) => {
            phrase.append(regions::phrase(region, lang));
        }
        None => match country_name(place, lang) {
            Some(name) => {
                phrase.push_ours(lang.pick(format!("{name} ({place})").as_str(), name).to_owned());
            }
            None => {
                phrase.push(Untrusted::from(place));
            }
        },
    }
    phrase
}

fn country_name(code: &str, lang: Lang) -> Option<&'static str> {
    let line = COUNTRIES.lines().find(|line| line.split('\t').next() == Some(code))?;
    line.split('\t').nth(lang.pick(1, 2))
}

#[cfg(test)]
mod tests {
    use trailbell_text::Channel;

    use super::*;

    fn shown(source: &str, lang: Lang) -> String {
        Network::of(Some(source)).phrase(Some(source), lang).render(Channel::Terminal)
    }

    #[test]
    fn an_address_is_registered_somewhere_or_amazons_or_special() {
        assert_eq!(
            shown("185.107.56.1", Lang::En),
            "an address registered in the Netherlands (NL): 185.107.56.1"
        );
        assert_eq!(shown("126.0.0.1", Lang::Ja), "日本で登録されたアドレス: 126.0.0.1");
        assert_eq!(
            shown("3.112.23.0", Lang::En),
            "an address of Amazon's (ap-northeast-1, Asia Pacific (Tokyo)), which anybody can rent: 3.112.23.0"
        );
        for (source, word) in [
            ("10.1.2.3", "private"),
            ("100.64.0.1", "carrier-nat"),
            ("203.0.113.9", "documentation"),
            ("2001:db8::1", "documentation"),
            ("2002:c000:204::1", "6to4"),
            ("127.0.0.1", "loopback"),
            ("169.254.169.254", "link-local"),
            ("fd00::1", "private"),
            ("255.255.255.255", "reserved"),
            ("AWS Internal", "aws-internal"),
            ("cloudformation.amazonaws.com", "aws-service"),
            ("evil <b>.amazonaws.com", "not-an-address"),
            ("::ffff:126.0.0.1", "country"),
        ] {
            assert_eq!(Network::of(Some(source)).word(), word, "{source}");
        }
    }

    #[test]
    fn every_country_has_both_names() {
        for line in COUNTRIES.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(
                cells.len() == 3 && cells[0].len() == 2 && cells.iter().all(|cell| !cell.is_empty()),
                "{line}"
            );
        }
    }
}
