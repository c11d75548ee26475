//! What not to tell: an `ignore` entry and what it is compared with.

use std::net::IpAddr;

use jiff::civil::Date;

/// One entry of `ignore`: it applies where everything it gives holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ignore {
    /// A name or an ARN; `*` stands for any run of characters.
    pub principal: Option<String>,
    /// Where the call came from.
    pub address: Option<Address>,
    /// The name of a rule, built-in or own.
    pub rule: Option<String>,
    /// An `eventName`; `*` stands for any run of characters.
    pub event: Option<String>,
    /// Why, in the owner's words.
    pub reason: Option<String>,
    /// The last day it applies.
    pub until: Option<Date>,
}

/// A source address as `sourceIPAddress` has it: an IP address, or the name of an AWS service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The addresses whose first `prefix` bits are those of `base`; a single address has a full prefix.
    Network {
        /// Any address inside.
        base: IpAddr,
        /// Bits that count: 0-32 for IPv4, 0-128 for IPv6.
        prefix: u8,
    },
    /// A service that called on somebody's behalf, such as `cloudformation.amazonaws.com`, or `AWS Internal`.
    Service(String),
}

/// What an entry is compared with: the raw values of one event. Only ever compared, never shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The actor's name as notices show it.
    pub name: Option<&'a str>,
    /// The actor's ARN.
    pub arn: Option<&'a str>,
    /// `sourceIPAddress`.
    pub address: Option<&'a str>,
    /// `eventName`.
    pub event: Option<&'a str>,
    /// The day of the event in the time zone of notices.
    pub day: Option<Date>,
}

impl Ignore {
    /// Whether the entry applies to `rule`'s having met the event. A fact the event does not have never holds.
    pub fn matches(&self, subject: &Subject<'_>, rule: &str) -> bool {
        let glob = |pattern: &Option<String>, values: &[Option<&str>]| {
            pattern
                .as_ref()
                .is_none_or(|pattern| values.iter().flatten().any(|value| glob_matches(pattern, value)))
        };
        glob(&self.principal, &[subject.name, subject.arn])
            && glob(&self.event, &[subject.event])
            && self
                .address
                .as_ref()
                .is_none_or(|address| subject.address.is_some_and(|it| address.contains(it)))
            && self.rule.as_ref().is_none_or(|name| name == rule)
            && self.until.is_none_or(|last| subject.day.is_some_and(|day| day <= last))
    }
}

impl Address {
    /// Reads an address, a network in CIDR notation, or a service's name; `None` is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "AWS Internal" || (text.ends_with(".amazonaws.com") && !text.contains(char::is_whitespace))
        {
            return Some(Self::Service(text.to_owned()));
        }
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().ok()?;
        let full = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => full,
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
        };
        (prefix <= full).then_some(Self::Network { base, prefix })
    }

    /// Whether a `sourceIPAddress` is this address or lies in this network.
    pub fn contains(&self, source_ip_address: &str) -> bool {
        match self {
            Self::Service(name) => name == source_ip_address,
            Self::Network { base, prefix } => {
                let Ok(address) = source_ip_address.parse::<IpAddr>() else { return false };
                match (base, address.to_canonical()) {
                    (IpAddr::V4(base), IpAddr::V4(address)) => {
                        let differing = base.to_bits() ^ address.to_bits();
                        differing.checked_shr(32 - u32::from(*prefix)).unwrap_or(0) == 0
                    }
                    (IpAddr::V6(base), IpAddr::V6(address)) => {
                        let differing = base.to_bits() ^ address.to_bits();
                        differing.checked_shr(128 - u32::from(*prefix)).unwrap_or(0) == 0
                    }
                    _ => false,
                }
            }
        }
    }
}

/// Whether `value` is `pattern` with each `*` standing for any run of characters, the empty one included.
/// Time grows with the product of the lengths at worst: no pattern is slow.
pub(crate) fn glob_matches(pattern: &str, value: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = value.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The line under `ignore:` that would quiet what `rule` tells about `principal` (a name or an ARN), for `scan`
/// to print. `None` for a principal that IAM would not let exist (a failed sign-in's made-up name, a `*`):
/// nothing an outsider chose is offered for pasting.
pub fn ignore_line(principal: &str, rule: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_/:- ".contains(&b);
    let plain = |text: &str| !text.trim().is_empty() && text.len() <= 2048 && text.bytes().all(allowed);
    (plain(principal) && plain(rule)).then(|| format!("- {{ principal: '{principal}', rule: '{rule}' }}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_given_field_must_hold() {
        let entry = Ignore {
            principal: Some("ci-*".into()),
            address: Address::parse("203.0.113.0/24"),
            rule: Some("iam-change".into()),
            until: Some(date(2026, 12, 31)),
            ..Ignore::default()
        };
        let subject = Subject {
            name: Some("ci-deploy"),
            address: Some("203.0.113.7"),
            day: Some(date(2026, 12, 31)),
            ..Subject::default()
        };
        assert!(entry.matches(&subject, "iam-change"));
        assert!(!entry.matches(&subject, "console-sign-in"));
        assert!(!entry.matches(&Subject { name: Some("alice"), ..subject }, "iam-change"));
        assert!(!entry.matches(&Subject { address: Some("203.0.114.7"), ..subject }, "iam-change"));
        assert!(!entry.matches(&Subject { address: None, ..subject }, "iam-change"));
        assert!(!entry.matches(&Subject { day: Some(date(2027, 1, 1)), ..subject }, "iam-change"));
        assert!(
            !entry.matches(&Subject { day: None, ..subject }, "iam-change"),
            "without a date, it is told"
        );
    }

    #[test]
    fn a_principal_is_a_name_or_an_arn() {
        let by = |principal: &str| Ignore { principal: Some(principal.into()), ..Ignore::default() };
        let subject = Subject {
            name: Some("deploy"),
            arn: Some("arn:aws:sts::123456789012:assumed-role/deploy/run-17"),
            ..Subject::default()
        };
        for principal in ["deploy", "*", "arn:aws:sts::*:assumed-role/deploy/*", "*/run-17"] {
            assert!(by(principal).matches(&subject, "r"), "{principal}");
        }
        for principal in ["Deploy", "dep", "deploy*x", "*:assumed-role/other/*", ""] {
            assert!(!by(principal).matches(&subject, "r"), "{principal}");
        }
    }

    #[test]
    fn an_address_is_one_ip_a_network_or_a_service() {
        for (network, inside, outside) in [
            ("203.0.113.9", "203.0.113.9", "203.0.113.8"),
            ("203.0.113.9/24", "203.0.113.255", "203.0.112.0"),
            ("0.0.0.0/0", "8.8.8.8", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("203.0.113.0/24", "::ffff:203.0.113.1", "::ffff:203.0.112.1"),
            ("cloudformation.amazonaws.com", "cloudformation.amazonaws.com", "1.2.3.4"),
            ("AWS Internal", "AWS Internal", "AWS"),
        ] {
            let address = Address::parse(network).unwrap();
            assert!(address.contains(inside), "{network} has {inside}");
            assert!(!address.contains(outside), "{network} has not {outside}");
        }
        for bad in [
            "203.0.113",
            "203.0.113.0/33",
            "::/129",
            "203.0.113.0/",
            "10.0.0.0/+8",
            "home",
            "256.1.1.1",
            "1.2.3.4/-1",
        ] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn nothing_an_outsider_chose_is_offered_for_pasting() {
        assert_eq!(ignore_line("ci", "iam-change").unwrap(), "- { principal: 'ci', rule: 'iam-change' }");
        for bad in ["", " ", "*", "a'b", "a\nb: c", "あ", "x}"] {
            assert_eq!(ignore_line(bad, "iam-change"), None, "{bad}");
        }
    }

    proptest! {
        /// The obvious recursive meaning of `*`.
        #[test]
        fn a_glob_means_what_it_says(pattern in "[ab*]{0,6}", value in "[ab]{0,8}") {
            fn naive(pattern: &[u8], value: &[u8]) -> bool {
                match pattern.split_first() {
                    None => value.is_empty(),
                    Some((b'*', rest)) => (0..=value.len()).any(|skip| naive(rest, &value[skip..])),
                    Some((c, rest)) => value.first() == Some(c) && naive(rest, &value[1..]),
                }
            }
            prop_assert_eq!(glob_matches(&pattern, &value), naive(pattern.as_bytes(), value.as_bytes()));
        }
    }
}
