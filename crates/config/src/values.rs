//! Values that are more than a word: secrets, durations, sizes, times of day, regions, accounts, places to listen.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::civil::Time;
use trailbell_text::Secret;

use crate::reader::{Expansion, Reader, shown_key};
use trailbell_yaml::{Node, Plain, Value};

/// Longest secret, in bytes: a LINE token has about 180, an RSA key some thousands.
const MAX_SECRET_BYTES: usize = 8 * 1024;

/// The schema's words for what [`Reader::duration`] and [`Reader::size`] take.
pub(crate) const DURATION: &str = "^[1-9][0-9]{0,5}[smhd]$";
pub(crate) const SIZE: &str = "^[1-9][0-9]{0,5}[KMG]$";
pub(crate) const TIME: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";

/// A secret's text and whether it stands in the settings themselves.
pub(crate) struct SecretText {
    pub(crate) text: String,
    pub(crate) in_plain: bool,
}

impl Reader<'_> {
    /// A secret: `${NAME}`, `file:PATH`, or (with a warning) itself. No message quotes any of it.
    pub(crate) fn secret(&mut self, node: &Node, what: &str) -> Option<Secret> {
        let SecretText { text, in_plain } = self.secret_text(node, what, Expansion::AsItIs)?;
        if in_plain {
            self.warn_of_plain_secret(node, what);
        }
        Some(Secret::new(text))
    }

    pub(crate) fn warn_of_plain_secret(&mut self, node: &Node, what: &str) {
        if self.refuses_plain {
            self.problem_with_hint(
                node.span,
                format!("{what} holds a secret in plain text, which must not leave this machine"),
                "write '${NAME}', and put the value where the function finds it",
            );
            return;
        }
        self.warn(
            node.span,
            format!("{what} holds a secret in plain text: whoever reads this file has it"),
            "write '${NAME}' for an environment variable, or file:PATH for a file only you can read",
        );
    }

    /// The text behind a secret, without a word about where it stands.
    pub(crate) fn secret_text(
        &mut self,
        node: &Node,
        what: &str,
        expansion: Expansion,
    ) -> Option<SecretText> {
        let Value::Scalar(scalar) = &node.value else {
            self.problem(node.span, format!("{what} must be a text"));
            return None;
        };
        match scalar.kind() {
            Plain::Text => {}
            Plain::Null => {
                self.problem_with_hint(
                    node.span,
                    format!("{what} has no value"),
                    "write one, or leave the key out",
                );
                return None;
            }
            Plain::Number | Plain::Boolean(_) => {
                self.problem_with_hint(
                    node.span,
                    format!("{what} must be a text, and YAML reads this as something else"),
                    "write it in quotes",
                );
                return None;
            }
        }
        let path = scalar.text.strip_prefix("file:").filter(|path| !path.starts_with("//"));
        let whole_variable =
            scalar.text.starts_with("${") && scalar.text.find('}') == Some(scalar.text.len() - 1);
        let expansion = if whole_variable || path.is_some() { Expansion::AsItIs } else { expansion };
        let expanded = self.expand(node, scalar, expansion)?;
        let mut text = match (path, expanded.strip_prefix("file:")) {
            (Some(_), Some(path)) => self.secret_file(node, what, path.trim())?,
            _ => expanded,
        };
        if text.ends_with('\n') {
            text.truncate(text.trim_end_matches(['\n', '\r']).len());
        }
        let wrong = if text.trim().is_empty() {
            "is empty"
        } else if text.chars().any(char::is_control) {
            "must be one line without control characters"
        } else if text.len() > MAX_SECRET_BYTES {
            "is longer than 8 KB"
        } else {
            let in_plain = path.is_none() && !scalar.text.contains("${");
            return Some(SecretText { text, in_plain });
        };
        self.problem(node.span, format!("{what} {wrong}"));
        None
    }

    fn secret_file(&mut self, node: &Node, what: &str, path: &str) -> Option<String> {
        match (self.lookups().file)(path) {
            Ok(file) => {
                if file.open_to_others {
                    self.warn(
                        node.span,
                        format!("Other users of this machine can read {path}, which holds {what}"),
                        "chmod 600 it",
                    );
                }
                Some(file.text)
            }
            Err(why) => {
                self.problem_with_hint(
                    node.span,
                    format!("The file of {what} cannot be read: {why}"),
                    "after file: stands the path of a file that holds the secret and nothing else",
                );
                None
            }
        }
    }

    /// `90s`, `5m`, `1h`, `7d`, within the given bounds.
    pub(crate) fn duration(
        &mut self,
        node: &Node,
        what: &str,
        (least, most): (Duration, Duration),
    ) -> Option<Duration> {
        let scalar = self.scalar(node, what)?;
        let Some(duration) =
            number_with_unit(&scalar.text, &[('s', 1), ('m', 60), ('h', 3600), ('d', 86400)])
                .map(Duration::from_secs)
        else {
            self.problem_with_hint(
                node.span,
                format!("`{}` is not a duration", shown_key(&scalar.text)),
                "write a number and s, m, h or d, such as 90s, 5m, 1h or 7d",
            );
            return None;
        };
        if duration < least || duration > most {
            self.problem(node.span, format!("{what} must be from {} to {}", in_words(least), in_words(most)));
            return None;
        }
        Some(duration)
    }

    /// A duration, or `off`, which is none at all.
    pub(crate) fn duration_or_off(
        &mut self,
        node: &Node,
        what: &str,
        bounds: (Duration, Duration),
    ) -> Option<Duration> {
        if is_off(node) { Some(Duration::ZERO) } else { self.duration(node, what, bounds) }
    }

    /// `64K`, `6M`, `1G`: bytes, in steps of 1024.
    pub(crate) fn size(&mut self, node: &Node, what: &str, (least, most): (u64, u64)) -> Option<u64> {
        let scalar = self.scalar(node, what)?;
        let bytes = number_with_unit(&scalar.text, &[('K', 1 << 10), ('M', 1 << 20), ('G', 1 << 30)]);
        match bytes {
            None => self.problem_with_hint(
                node.span,
                format!("`{}` is not a size", shown_key(&scalar.text)),
                "write a number and K, M or G, such as 64K, 6M or 1G",
            ),
            Some(bytes) if bytes < least || bytes > most => {
                let shown = |bytes: u64| match bytes {
                    bytes if bytes.is_multiple_of(1 << 30) => format!("{}G", bytes >> 30),
                    bytes if bytes.is_multiple_of(1 << 20) => format!("{}M", bytes >> 20),
                    bytes => format!("{}K", bytes >> 10),
                };
                self.problem(node.span, format!("{what} must be from {} to {}", shown(least), shown(most)));
            }
            Some(bytes) => return Some(bytes),
        }
        None
    }

    /// A whole number of at least one.
    pub(crate) fn count(&mut self, node: &Node, what: &str) -> Option<u64> {
        let count = match &node.value {
            Value::Scalar(scalar) if scalar.kind() == Plain::Number => {
                scalar.text.parse().ok().filter(|count| (1..=1_000_000).contains(count))
            }
            _ => None,
        };
        if count.is_none() {
            self.problem(node.span, format!("{what} must be a whole number from 1 to 1000000"));
        }
        count
    }

    /// `09:00`.
    pub(crate) fn time(&mut self, node: &Node, what: &str) -> Option<Time> {
        let scalar = self.scalar(node, what)?;
        let time = clock_time(&scalar.text);
        if time.is_none() {
            self.problem_with_hint(
                node.span,
                format!("`{}` is not a time of day", shown_key(&scalar.text)),
                "write HH:MM from 00:00 to 23:59, such as '09:00'",
            );
        }
        time
    }

    /// A region's name, such as `ap-northeast-1`. New ones appear: only the form is checked.
    pub(crate) fn region(&mut self, node: &Node, what: &str) -> Option<String> {
        let scalar = self.scalar(node, what)?;
        if is_region(&scalar.text) {
            return Some(scalar.text.clone());
        }
        let zone = scalar.text.strip_suffix(|c: char| c.is_ascii_lowercase()).is_some_and(is_region);
        let hint = if zone {
            "that is an Availability Zone; leave its last letter out"
        } else {
            "write its code, such as us-east-1 or ap-northeast-1"
        };
        self.problem_with_hint(
            node.span,
            format!("`{}` is not an AWS Region", shown_key(&scalar.text)),
            hint,
        );
        None
    }

    /// A 12-digit account id in quotes, as everywhere.
    pub(crate) fn account_id(&mut self, node: &Node, what: &str) -> Option<String> {
        let scalar = self.scalar(node, what)?;
        if is_account_id(&scalar.text) {
            return Some(scalar.text.clone());
        }
        self.problem_with_hint(
            node.span,
            format!("`{}` is not an AWS account id", shown_key(&scalar.text)),
            "write its 12 digits in quotes, without hyphens",
        );
        None
    }

    /// An address and a port to listen at; with it, whether only this machine can reach it.
    pub(crate) fn listen(&mut self, node: &Node, what: &str) -> Option<(String, bool)> {
        let scalar = self.scalar(node, what)?;
        let place =
            scalar.text.parse::<SocketAddr>().ok().map(|address| address.ip().is_loopback()).or_else(|| {
                let port = scalar.text.strip_prefix("localhost:")?;
                port.parse::<u16>().ok().map(|_| true)
            });
        if place.is_none() {
            self.problem_with_hint(
                node.span,
                format!("{what} must be an IP address and a port"),
                "write them as 127.0.0.1:8787",
            );
        }
        place.map(|loopback| (scalar.text.clone(), loopback))
    }

    /// A list read item by item, or one item without the list around it. Items that are wrong are left out.
    pub(crate) fn list<T>(
        &mut self,
        node: &Node,
        what: &str,
        mut item: impl FnMut(&mut Self, &Node, &str) -> Option<T>,
    ) -> Vec<T> {
        match &node.value {
            Value::Sequence(items) if items.is_empty() => {
                self.problem_with_hint(
                    node.span,
                    format!("{what} is empty"),
                    "list something, or leave the key out",
                );
                Vec::new()
            }
            Value::Sequence(items) => items.iter().filter_map(|one| item(self, one, what)).collect(),
            Value::Scalar(_) => item(self, node, what).into_iter().collect(),
            Value::Mapping(_) => {
                self.problem_with_hint(
                    node.span,
                    format!("{what} must be a list"),
                    "start each item with `- `",
                );
                Vec::new()
            }
        }
    }
}

/// Whether the word `off` stands there.
pub(crate) fn is_off(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if scalar.text == "off")
}

pub(crate) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    words.len() >= 2
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && words.iter().all(|word| word.len() >= 2 && word.bytes().all(|b| b.is_ascii_lowercase()))
}

pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a host's name or address is this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(crate) fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn number_with_unit(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let unit = text.chars().last()?;
    let (_, factor) = units.iter().find(|(letter, _)| *letter == unit)?;
    let number = &text[..text.len() - 1];
    let digits = (1..=6).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.starts_with('0');
    if digits { number.parse::<u64>().ok()?.checked_mul(*factor) } else { None }
}

fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "0s".to_owned(),
        s if s.is_multiple_of(86400) => format!("{}d", s / 86400),
        s if s.is_multiple_of(3600) => format!("{}h", s / 3600),
        s if s.is_multiple_of(60) => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
