//! What the stack's parameters are to be: what is asked for, what follows from it, what it was, and the template's defaults.

use std::collections::{BTreeMap, BTreeSet};

use trailbell_aws::Parameter;

use super::talk::theirs;
use super::templates::Known;
use crate::context::Failure;

/// What `deploy` works out itself.
const OURS: [&str; 4] = ["CodeBucket", "CodeKey", "CodeVersion", "Architecture"];
/// How many addresses the template has room for; further ones are subscribed beside the stack.
const SLOTS: usize = 10;
/// Longest mail address (RFC 5321's path, without its brackets).
const MAX_ADDRESS: usize = 254;

/// The parameters of one stack as they come to be.
#[derive(Debug, Clone)]
pub(super) struct Parameters {
    known: Vec<Known>,
    /// What the stack has now; `None` where it is yet to be made.
    was: Option<BTreeMap<String, String>>,
    set: BTreeMap<String, String>,
    /// Which of these somebody asked for by name.
    asked: BTreeSet<String>,
    has_put_addresses_back: bool,
}

impl Parameters {
    pub(super) fn new(known: Vec<Known>, was: Option<BTreeMap<String, String>>) -> Self {
        Self { known, was, set: BTreeMap::new(), asked: BTreeSet::new(), has_put_addresses_back: false }
    }

    pub(super) fn is_new(&self) -> bool {
        self.was.is_none()
    }

    /// Takes what `--parameter NAME=VALUE` says.
    pub(super) fn ask(&mut self, flags: &[String]) -> Result<(), Failure> {
        for flag in flags {
            let Some((name, value)) = flag.split_once('=') else {
                return Err(Failure::Told(format!("--parameter {}: write NAME=VALUE", theirs(flag))));
            };
            if OURS.contains(&name) {
                return Err(Failure::Told(format!("--parameter {name}: deploy sets it itself")));
            }
            if !self.known.iter().any(|known| known.name == name) {
                let near = nearest(name, self.known.iter().map(|known| known.name.as_str()));
                return Err(Failure::Told(format!(
                    "--parameter {}: the template has no such parameter{near}; `trailbell template` prints it",
                    theirs(name)
                )));
            }
            if value.chars().any(char::is_control) {
                return Err(Failure::Told(format!("--parameter {name}: write its value on one line")));
            }
            if !self.asked.insert(name.to_owned()) {
                return Err(Failure::Told(format!("--parameter {name}: it is given twice")));
            }
            self.set.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }

    /// Whether `--parameter` says it.
    pub(super) fn is_asked(&self, name: &str) -> bool {
        self.asked.contains(name)
    }

    /// Whether it will be another than the stack has.
    pub(super) fn is_other(&self, name: &str) -> bool {
        let was = self.was.as_ref().and_then(|was| was.get(name)).map_or("", String::as_str);
        self.value(name) != was
    }

    /// Whether `--parameter` wrote addresses in other places than those they keep.
    pub(super) const fn has_put_addresses_back(&self) -> bool {
        self.has_put_addresses_back
    }

    /// What follows from something else: never against what was asked for.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        if !self.is_asked(name) {
            self.set.insert(name.to_owned(), value.into());
        }
    }

    /// What it will be.
    pub(super) fn value(&self, name: &str) -> &str {
        let was = || self.was.as_ref().and_then(|was| was.get(name));
        let default = || self.known.iter().find(|known| known.name == name)?.default.as_ref();
        self.set.get(name).or_else(was).or_else(default).map_or("", String::as_str)
    }

    pub(super) fn is_yes(&self, name: &str) -> bool {
        self.value(name) == "yes"
    }

    /// Who is to be told by the stack: those there are, or those that `--parameter` names, and these besides. Those for whom the
    /// template has no room are handed back.
    ///
    /// Whoever stays keeps their place, and a place that somebody left is filled first. An address that moved would end unsubscribed
    /// without a word: `CloudFormation` subscribes it at its new place, where SNS answers with the subscription it has, and then
    /// ends that one as the old place's.
    pub(super) fn settle_addresses(&mut self, more: &[String]) -> Result<Vec<String>, Failure> {
        let asked = self.is_asked("EmailAddresses");
        if !asked && more.is_empty() {
            return Ok(Vec::new());
        }
        let was = self.was.as_ref().and_then(|was| was.get("EmailAddresses")).map_or("", String::as_str);
        // As they are written, blanks too: another text would be another subscription. Beyond the template's places stands nobody.
        let mut places: Vec<String> = was.split(',').take(SLOTS).map(str::to_owned).collect();
        let mut newcomers: Vec<String> = Vec::new();
        let named = if asked { split(self.value("EmailAddresses")) } else { Vec::new() };
        if asked {
            for place in &mut places {
                if !named.iter().any(|address| is_same(address, place)) {
                    place.clear();
                }
            }
        }
        for address in named.iter().chain(more) {
            let is_known = places.iter().chain(&newcomers).any(|known| is_same(known, address));
            if !is_known {
                check_address(address)?;
                newcomers.push(address.clone());
            }
        }
        let mut newcomers = newcomers.into_iter();
        for place in places.iter_mut().filter(|place| place.trim().is_empty()) {
            *place = newcomers.next().unwrap_or_default();
        }
        let room = SLOTS.saturating_sub(places.len());
        places.extend(newcomers.by_ref().take(room));
        while places.last().is_some_and(String::is_empty) {
            places.pop();
        }
        // Also where --parameter has said it: in other places than were written.
        self.has_put_addresses_back = asked && is_moved(was, self.value("EmailAddresses"));
        self.set.insert("EmailAddresses".to_owned(), places.join(","));
        Ok(newcomers.collect())
    }

    /// What CloudFormation is told: what is set, that the rest stays, and nothing where the template's default is to be.
    pub(super) fn for_stack(&self) -> Vec<(String, Parameter)> {
        let one = |known: &Known| {
            let name = known.name.clone();
            if let Some(value) = self.set.get(&name) {
                return Some((name, Parameter::Is(value.clone())));
            }
            let stays = self.was.as_ref().is_some_and(|was| was.contains_key(&name));
            stays.then_some((name, Parameter::AsItWas))
        };
        self.known.iter().filter_map(one).collect()
    }

    /// What will be another than it was, for showing: name, what it was, what it will be.
    pub(super) fn differences(&self) -> Vec<(&str, Option<&str>, &str)> {
        let mut all = Vec::new();
        for (name, value) in &self.set {
            let was = self.was.as_ref().and_then(|was| was.get(name)).map(String::as_str);
            let known = self.known.iter().find(|known| known.name == *name);
            let before = was.or_else(|| known?.default.as_deref());
            if before != Some(value.as_str()) {
                all.push((name.as_str(), was, value.as_str()));
            }
        }
        all
    }
}

/// Whether two texts are one address.
fn is_same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// Whether one of those who stand is written in another place.
fn is_moved(was: &str, written: &str) -> bool {
    let written: Vec<&str> = written.split(',').collect();
    let stood = was.split(',').take(SLOTS).enumerate().filter(|(_, place)| !place.trim().is_empty());
    stood.into_iter().any(|(at, place)| {
        let is_there = |address: &&str| is_same(address, place);
        written.iter().any(is_there) && !written.get(at).is_some_and(is_there)
    })
}

/// Addresses separated by commas.
fn split(addresses: &str) -> Vec<String> {
    let addresses = addresses.split(',').map(str::trim).filter(|address| !address.is_empty());
    addresses.map(str::to_owned).collect()
}

/// Whether it can be an address at all: AWS's mail shows whether it is one.
pub(in crate::command) fn check_address(address: &str) -> Result<(), Failure> {
    let wrong =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '<' | '>' | '"' | '(' | ')');
    let parts = address.split_once('@').filter(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.')
    });
    if parts.is_some() && !address.contains(wrong) && address.len() <= MAX_ADDRESS {
        return Ok(());
    }
    Err(Failure::Told(format!("{} is no mail address; write one such as me@example.com", theirs(address))))
}

fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> String {
    let near = known
        .map(|word| (strsim::jaro_winkler(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    near.map_or(String::new(), |(_, word)| format!(" (did you mean {word}?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(all: &[(&str, Option<&str>)]) -> Vec<Known> {
        all.iter()
            .map(|(name, default)| Known { name: (*name).to_owned(), default: default.map(str::to_owned) })
            .collect()
    }

    fn parameters(was: Option<&[(&str, &str)]>) -> Parameters {
        let all = [
            ("CodeKey", None),
            ("EmailAddresses", Some("")),
            ("Language", Some("en")),
            ("WatchWithLogs", Some("yes")),
            ("Fresh", Some("x")),
        ];
        let was = was
            .map(|was| was.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        Parameters::new(known(&all), was)
    }

    fn words(failure: &Failure) -> &str {
        match failure {
            Failure::Told(words) => words,
            Failure::ReaderLeft => "",
        }
    }

    #[test]
    fn what_nobody_says_stays_as_it_was_and_what_is_new_in_the_template_takes_its_default() {
        let mut parameters = parameters(Some(&[("CodeKey", "old"), ("Language", "ja"), ("Gone", "x")]));
        parameters.set("CodeKey", "new");
        assert_eq!(
            parameters.for_stack(),
            [
                ("CodeKey".to_owned(), Parameter::Is("new".to_owned())),
                ("Language".to_owned(), Parameter::AsItWas),
            ]
        );
        assert_eq!((parameters.value("Language"), parameters.value("Fresh")), ("ja", "x"));
        assert_eq!(parameters.differences(), [("CodeKey", Some("old"), "new")]);
    }

    #[test]
    fn what_is_asked_for_goes_before_what_follows() {
        let mut parameters = parameters(None);
        parameters.ask(&["WatchWithLogs=no".to_owned()]).unwrap();
        parameters.set("WatchWithLogs", "yes");
        assert!(!parameters.is_yes("WatchWithLogs"));
    }

    #[test]
    fn a_parameter_that_is_none_is_told_with_the_one_that_was_meant() {
        for (flags, told) in [
            (&["Langage=ja"][..], "did you mean Language?"),
            (&["Language"], "write NAME=VALUE"),
            (&["CodeKey=x"], "deploy sets it itself"),
            (&["Language=a\nb"], "on one line"),
            (&["Language=en", "Language=ja"], "given twice"),
            (&["\u{1b}[2J=x"], "no such parameter;"),
        ] {
            let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
            let failure = parameters(None).ask(&flags).unwrap_err();
            let words = words(&failure);
            assert!(words.contains(told) && !words.contains('\u{1b}'), "{words}");
        }
    }

    /// What the addresses come to where those stand, and who is beyond.
    fn settled(was: &str, asked: Option<&str>, more: &[&str]) -> (String, Vec<String>) {
        let mut parameters = parameters(Some(&[("EmailAddresses", was)]));
        let flags: Vec<String> = asked.iter().map(|value| format!("EmailAddresses={value}")).collect();
        parameters.ask(&flags).unwrap();
        let more: Vec<String> = more.iter().map(|&address| address.to_owned()).collect();
        let beyond = parameters.settle_addresses(&more).unwrap();
        (parameters.value("EmailAddresses").to_owned(), beyond)
    }

    #[test]
    fn addresses_keep_their_places_and_those_beyond_the_template_s_ten_are_handed_back() {
        let mut parameters = parameters(Some(&[("EmailAddresses", "a@x.org,b@x.org")]));
        assert_eq!(parameters.settle_addresses(&[]).unwrap(), Vec::<String>::new());
        assert_eq!(parameters.for_stack(), [("EmailAddresses".to_owned(), Parameter::AsItWas)]);
        let more: Vec<String> =
            ["B@X.org".to_owned()].into_iter().chain((0..10).map(|n| format!("n{n}@x.org"))).collect();
        let beyond = parameters.settle_addresses(&more).unwrap();
        assert!(parameters.value("EmailAddresses").starts_with("a@x.org,b@x.org,n0@x.org,"));
        assert_eq!(beyond, ["n8@x.org", "n9@x.org"]);
    }

    #[test]
    fn no_address_moves_to_another_place_and_a_place_that_is_free_is_filled_first() {
        for (was, asked, more, wanted) in [
            // A blank stays where it is, or is filled.
            ("a@x.org,,c@x.org", None, &["C@x.org"][..], "a@x.org,,c@x.org"),
            ("a@x.org,,c@x.org", None, &["d@x.org", "e@x.org"], "a@x.org,d@x.org,c@x.org,e@x.org"),
            // Written in other places, those who stay stay where they are.
            ("a@x.org,b@x.org,c@x.org", Some("b@x.org,c@x.org"), &[], ",b@x.org,c@x.org"),
            ("a@x.org,b@x.org,c@x.org", Some("c@x.org,B@x.org,d@x.org"), &[], "d@x.org,b@x.org,c@x.org"),
            ("a@x.org,b@x.org,c@x.org", Some("a@x.org"), &[], "a@x.org"),
            ("a@x.org,b@x.org", Some(""), &[], ""),
            ("a@x.org,b@x.org", Some("b@x.org"), &["z@x.org"], "z@x.org,b@x.org"),
            // One that was written twice is subscribed once: neither place lets it go.
            ("a@x.org, a@x.org,b@x.org", Some("a@x.org"), &[], "a@x.org, a@x.org"),
            ("", Some("a@x.org,,a@x.org, b@x.org"), &[], "a@x.org,b@x.org"),
        ] {
            assert_eq!(
                settled(was, asked, more),
                (wanted.to_owned(), Vec::new()),
                "{was} {asked:?} {more:?}"
            );
        }
        let eleven: Vec<String> = (0..11).map(|n| format!("n{n}@x.org")).collect();
        let (addresses, beyond) = settled("n10@x.org", Some(&eleven.join(",")), &[]);
        assert!(
            addresses.starts_with("n10@x.org,n0@x.org") && addresses.ends_with("n8@x.org"),
            "{addresses}"
        );
        assert_eq!(beyond, ["n9@x.org"]);
    }

    #[test]
    fn an_address_can_be_one() {
        for address in ["me@example.com", "ü.x+tag@sub.example.co.jp"] {
            assert!(check_address(address).is_ok(), "{address}");
        }
        for address in [
            "",
            "me",
            "me@",
            "@x.org",
            "me@host",
            "a@b.c,d@e.f",
            "a b@x.org",
            "me@x.org\r\nBcc: y",
            "a@b@c.d",
        ] {
            assert!(check_address(address).is_err(), "{address}");
        }
    }
}
