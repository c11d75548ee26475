//! What is known of an address, in words.
//!
//! Registered in a country is not being there: VPNs, mobile networks and Private Relay move addresses. So the
//! words are "registered in", never "from", and never a city.

use trailbell_network::{Cloud, Network, Registration, SpecialRange, System};
use trailbell_text::{Phrase, Untrusted};

use crate::lang::{Both, Lang};
use crate::{regions, template, words};

static COUNTRIES: &str = include_str!("../data/countries.tsv");

const fn special(range: SpecialRange) -> Both {
    match range {
        SpecialRange::Private => Both::new(
            "a private address (a VPC endpoint, say), which says nothing about a place",
            "プライベートアドレス(VPC エンドポイント経由など。場所はわかりません)",
        ),
        SpecialRange::CarrierNat => {
            Both::new("an address shared inside a carrier's network", "通信事業者の網内で共有されるアドレス")
        }
        SpecialRange::Loopback => Both::new("a loopback address", "ループバックアドレス"),
        SpecialRange::LinkLocal => Both::new("a link-local address", "リンクローカルアドレス"),
        SpecialRange::Documentation => {
            Both::new("an address kept for documentation, used by nobody", "文書の例示用で実在しないアドレス")
        }
        SpecialRange::SixToFour => Both::new("a 6to4 relay address", "6to4 中継用アドレス"),
        SpecialRange::Reserved => Both::new("a reserved address", "予約済みアドレス"),
    }
}

/// What it is in words, with the address where there is one.
pub(crate) fn phrase(network: &Network, source: Option<&str>, lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    match network {
        Network::NotRecorded => return Phrase::ours(lang.pick("not recorded", "記録なし")),
        Network::AwsInternal => {
            let words = "inside AWS (the record says \"AWS Internal\" and no address)";
            return Phrase::ours(
                lang.pick(words, "AWS の内部(記録は「AWS Internal」で、アドレスはありません)"),
            );
        }
        Network::Service(name) => {
            phrase.push(lang.pick("the AWS service ", "AWS サービス "));
            phrase.push(name.clone());
            phrase.push(lang.pick(", calling on somebody's behalf", "(代理での呼び出し)"));
            return phrase;
        }
        Network::Special(range) => {
            phrase.push(special(*range).get(lang));
        }
        Network::Amazon(_) => {
            phrase.append(network.place().map(|place| place_phrase(&place, lang)).unwrap_or_default());
        }
        Network::Cloud(cloud, registration) => {
            phrase.append(rented(*cloud, registration, lang));
        }
        Network::Registered(registration) => {
            phrase.append(registered(registration, lang));
        }
        Network::NotAnAddress => {
            phrase.push(lang.pick("not an address", "アドレスではない値"));
        }
    }
    phrase.push(": ").push(Untrusted::from(source.unwrap_or_default()));
    phrase
}

/// "an address registered in the Netherlands (NL), KPN B.V. (AS1136)".
fn registered(registration: &Registration, lang: Lang) -> Phrase {
    let words = Both::new(
        "[an address registered in {country}|unknown network][, {system}]",
        "[{country}で登録されたアドレス|不明なネットワーク][・{system}]",
    );
    template::fill(words.get(lang), &|key| about(registration, key, lang))
}

/// "an address of Google Cloud's, which anybody can rent (registered in the United States (US))".
fn rented(cloud: Cloud, registration: &Registration, lang: Lang) -> Phrase {
    let words = match cloud {
        Cloud::Cloudflare => Both::new(
            "an address of {cloud}'s, which passes on other people's requests[ (registered in {country})][, {system}]",
            "{cloud} のアドレス(利用者の通信を中継するもの[。{country}で登録])[・{system}]",
        ),
        _ => Both::new(
            "an address of {cloud}'s, which anybody can rent[ (registered in {country})][, {system}]",
            "{cloud} のアドレス(誰でも借りられるもの[。{country}で登録])[・{system}]",
        ),
    };
    template::fill(words.get(lang), &|key| match key {
        "cloud" => Some(Phrase::ours(cloud.name())),
        key => about(registration, key, lang),
    })
}

fn about(registration: &Registration, key: &str, lang: Lang) -> Option<Phrase> {
    match key {
        "country" => registration.country.map(|country| short_place(country.code(), lang)),
        "system" => registration.system.as_ref().map(|system| system_phrase(system, lang)),
        _ => None,
    }
}

/// "KPN B.V. (AS1136)", or the number alone.
fn system_phrase(system: &System, lang: Lang) -> Phrase {
    let number = format!("AS{}", system.number);
    template::fill(lang.pick("[{name} ({number})|{number}]", "[{name}({number})|{number}]"), &|key| match key
    {
        "name" => system.organisation.as_ref().and_then(words::known),
        "number" => Some(Phrase::ours(number.clone())),
        _ => None,
    })
}

/// "an address registered in the Netherlands (NL)", for a key of [`Network::place`].
pub(crate) fn place_phrase(place: &str, lang: Lang) -> Phrase {
    if let Some(cloud) = cloud(place) {
        return rented(cloud, &Registration::default(), lang);
    }
    let words = if place.starts_with("aws:") {
        Both::new(
            "an address of Amazon's ({place}), which anybody can rent",
            "Amazon 所有のアドレス({place}。誰でも借りられるもの)",
        )
    } else {
        Both::new("an address registered in {place}", "{place}で登録されたアドレス")
    };
    template::fill(words.get(lang), &|key| (key == "place").then(|| short_place(place, lang)))
}

fn cloud(place: &str) -> Option<Cloud> {
    place.strip_prefix("cloud:").and_then(Cloud::of)
}

/// "the Netherlands (NL)", "Google Cloud", or the region of an address of Amazon's.
pub(crate) fn short_place(place: &str, lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    if let Some(cloud) = cloud(place) {
        return Phrase::ours(cloud.name());
    }
    match place.strip_prefix("aws:") {
        Some("GLOBAL") => {
            phrase.push(
                lang.pick(
                    "an AWS network of no single region",
                    "リージョンを特定できない AWS のネットワーク",
                ),
            );
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

/// ", registered in Japan (JP)", beside an address in a list of several; nothing where it is of no network of the Internet.
pub(crate) fn beside(network: &Network, lang: Lang) -> Phrase {
    let words = match network {
        Network::Amazon(_) => Both::new("Amazon's, {place}", "Amazon、{place}"),
        Network::Cloud(..) => Both::new("of {place}", "{place}"),
        Network::Registered(Registration { country: Some(_), .. }) => {
            Both::new("registered in {place}", "{place}")
        }
        Network::Registered(_) => Both::new("unknown network", "不明なネットワーク"),
        _ => return Phrase::new(),
    };
    let place = network.place();
    template::fill(words.get(lang), &|key| {
        (key == "place").then(|| place.as_deref().map(|place| short_place(place, lang)))?
    })
}

/// `JP`, `AWS ap-northeast-1`, `Google Cloud`: where a line must be short.
pub(crate) fn in_title(network: &Network, lang: Lang) -> Option<String> {
    match network {
        Network::Amazon(region) => Some(format!("AWS {region}")),
        Network::Cloud(cloud, _) => Some(cloud.name().to_owned()),
        Network::Registered(registration) => Some(match &registration.country {
            Some(country) => country.code().to_owned(),
            None => lang.pick("unknown network", "不明なネットワーク").to_owned(),
        }),
        _ => None,
    }
}

/// Who runs the network, for JSON: what a file of the user's says, else the cloud whose address it is.
pub(crate) fn organisation(network: &Network) -> Option<Untrusted> {
    let said = network.registration().and_then(|known| known.system.as_ref()?.organisation.clone());
    said.or_else(|| match network {
        Network::Amazon(_) => Some("Amazon".into()),
        Network::Cloud(cloud, _) => Some(cloud.name().into()),
        _ => None,
    })
}

fn country_name(code: &str, lang: Lang) -> Option<&'static str> {
    let line = COUNTRIES.lines().find(|line| line.split('\t').next() == Some(code))?;
    line.split('\t').nth(lang.pick(1, 2))
}

#[cfg(test)]
mod tests {
    use trailbell_network::Country;
    use trailbell_text::Channel;

    use super::*;

    fn shown(source: &str, lang: Lang) -> String {
        phrase(&Network::of(Some(source)), Some(source), lang).render(Channel::Terminal)
    }

    fn known(country: Option<&str>, system: Option<(u32, Option<&str>)>, lang: Lang) -> String {
        let registration = Registration {
            country: country.and_then(Country::of),
            system: system.map(|(number, name)| System { number, organisation: name.map(Untrusted::from) }),
            spot: None,
        };
        phrase(&Network::Registered(registration), Some("145.53.1.2"), lang).render(Channel::Terminal)
    }

    #[test]
    fn an_address_is_registered_somewhere_or_amazons_or_a_clouds() {
        for (source, english, japanese) in [
            (
                "185.107.56.1",
                "an address registered in the Netherlands (NL): 185.107.56.1",
                "オランダで登録されたアドレス: 185.107.56.1",
            ),
            (
                "3.112.23.0",
                "an address of Amazon's (ap-northeast-1, Asia Pacific (Tokyo)), which anybody can rent: 3.112.23.0",
                "Amazon 所有のアドレス(ap-northeast-1、アジアパシフィック(東京)。誰でも借りられるもの): 3.112.23.0",
            ),
            (
                "34.85.1.2",
                "an address of Google Cloud's, which anybody can rent (registered in the United States (US)): 34.85.1.2",
                "Google Cloud のアドレス(誰でも借りられるもの。アメリカ合衆国で登録): 34.85.1.2",
            ),
            (
                "162.158.1.1",
                "an address of Cloudflare's, which passes on other people's requests (registered in the United States (US)): 162.158.1.1",
                "Cloudflare のアドレス(利用者の通信を中継するもの。アメリカ合衆国で登録): 162.158.1.1",
            ),
            ("4000::1", "unknown network: 4000::1", "不明なネットワーク: 4000::1"),
        ] {
            assert_eq!(shown(source, Lang::En), english);
            assert_eq!(shown(source, Lang::Ja), japanese);
        }
    }

    #[test]
    fn whose_network_it_is_stands_behind_the_country() {
        for (country, system, english, japanese) in [
            (
                Some("NL"),
                Some((1136, Some("KPN"))),
                "an address registered in the Netherlands (NL), KPN (AS1136): 145.53.1.2",
                "オランダで登録されたアドレス・KPN(AS1136): 145.53.1.2",
            ),
            (
                Some("NL"),
                Some((1136, None)),
                "an address registered in the Netherlands (NL), AS1136: 145.53.1.2",
                "オランダで登録されたアドレス・AS1136: 145.53.1.2",
            ),
            (
                None,
                Some((1136, Some("K\u{1b}[31mPN\u{202e}"))),
                "unknown network, K\u{fffd}[31mPN\u{fffd} (AS1136): 145.53.1.2",
                "不明なネットワーク・K\u{fffd}[31mPN\u{fffd}(AS1136): 145.53.1.2",
            ),
        ] {
            assert_eq!(known(country, system, Lang::En), english);
            assert_eq!(known(country, system, Lang::Ja), japanese);
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
