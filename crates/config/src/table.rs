//! What sources and channels have in common: a name, a type, and the keys that the type has.

use std::time::Duration;

use trailbell_text::{Secret, Span};
use url::Url;

use crate::keys::Key;
use crate::reader::{Fields, Reader, suggestion};
use crate::values::{is_account_id, is_region};
use crate::watch_keys::Shape;
use trailbell_yaml::{Node, Plain, Value};

/// One mapping with a known type, read key by key.
pub(crate) struct Table<'t, 'n, 'a> {
    pub(crate) fields: &'t Fields<'n>,
    pub(crate) reader: &'t mut Reader<'a>,
}

/// The type and the fields of one source or channel, whose required keys are there.
pub(crate) fn open<'n>(
    node: &'n Node,
    name_span: Span,
    shapes: &'static [Shape],
    more: &'static [Key],
    what: &str,
    reader: &mut Reader<'_>,
) -> Option<(&'static str, Fields<'n>)> {
    let words: Vec<&str> = shapes.iter().map(|shape| shape.word).collect();
    let Value::Mapping(entries) = &node.value else {
        reader.problem_with_hint(
            node.span,
            format!("{what} must be a mapping"),
            format!("give it a `type`, one of {}", words.join(", ")),
        );
        return None;
    };
    let is_type = |key: &Node| matches!(&key.value, Value::Scalar(key) if key.text == "type");
    let Some((_, kind)) = entries.iter().find(|(key, _)| is_type(key)) else {
        reader.problem_with_hint(
            name_span,
            format!("{what} does not say what it is"),
            format!("give it a `type`, one of {}", words.join(", ")),
        );
        return None;
    };
    let Value::Scalar(kind_word) = &kind.value else {
        reader.problem(kind.span, "`type` must be a text");
        return None;
    };
    let Some(shape) =
        shapes.iter().find(|shape| shape.word == kind_word.text && kind_word.kind() == Plain::Text)
    else {
        let message = format!("There is no type `{}`", crate::reader::shown_key(&kind_word.text));
        reader.problem_with_hint(kind.span, message, suggestion(&kind_word.text, &words));
        return None;
    };
    let fields = reader.fields_of(node, &[TYPE, shape.keys, more], what);
    let mut whole = true;
    for key in shape.required {
        if fields.get(key).is_none() {
            whole = false;
            let about = shape.keys.iter().find(|known| known.name == *key).map_or("", |known| known.about);
            reader.problem_with_hint(name_span, format!("{what} needs `{key}`"), lower_first(about));
        }
    }
    whole.then_some((shape.word, fields))
}

/// `type` as a known key of every table.
const TYPE: &[Key] = &[Key { name: "type", about: "What it is.", value: crate::keys::text }];

/// A hint begins in lower case and has no full stop.
fn lower_first(about: &str) -> String {
    let about = about.trim_end_matches('.');
    let mut characters = about.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// A name as a message may show it: one that is no name may be a secret in its place.
pub(crate) fn shown_name(name: &str) -> &str {
    if is_name(name) { name } else { "…" }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// Whether a source or channel may be called so.
pub(crate) fn check_name(name: &str, span: Span, what: &str, reader: &mut Reader<'_>) {
    if !is_name(name) {
        reader.problem_with_hint(
            span,
            format!("A {what}'s name is one word of at most 64 letters, digits and - _ ."),
            "it is typed in commands and stands in notices",
        );
    }
}

pub(crate) fn is_topic_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let [scheme, partition, "sns", region, account, topic] = parts[..] else { return false };
    let plain = topic.strip_suffix(".fifo").unwrap_or(topic);
    scheme == "arn"
        && partition.starts_with("aws")
        && is_region(region)
        && is_account_id(account)
        && (1..=256).contains(&topic.len())
        && !plain.is_empty()
        && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

impl<'n, 'a> Table<'_, 'n, 'a> {
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.fields.get(key)
    }

    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        let node = self.get(key)?;
        self.reader.text(node, &format!("`{key}`"))
    }

    /// A text that YAML may take for a number, such as a Telegram chat's id.
    pub(crate) fn text_or_number(&mut self, key: &str) -> Option<String> {
        let node = self.get(key)?;
        match &node.value {
            Value::Scalar(scalar)
                if scalar.kind() == Plain::Number
                    && scalar.text.bytes().all(|b| b.is_ascii_digit() || b == b'-') =>
            {
                Some(scalar.text.clone())
            }
            _ => self.reader.text(node, &format!("`{key}`")),
        }
    }

    pub(crate) fn secret(&mut self, key: &str) -> Option<Secret> {
        let node = self.get(key)?;
        self.reader.secret(node, &format!("`{key}`"))
    }

    pub(crate) fn word<'w>(&mut self, key: &str, words: &[&'w str]) -> Option<&'w str> {
        let node = self.get(key)?;
        self.reader.word(node, words, &format!("`{key}`"))
    }

    pub(crate) fn duration(&mut self, key: &str, bounds: (Duration, Duration)) -> Option<Duration> {
        let node = self.get(key)?;
        self.reader.duration(node, &format!("`{key}`"), bounds)
    }

    pub(crate) fn size(&mut self, key: &str, bounds: (u64, u64)) -> Option<u64> {
        let node = self.get(key)?;
        self.reader.size(node, &format!("`{key}`"), bounds)
    }

    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        item: impl FnMut(&mut Reader<'a>, &Node, &str) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = self.get(key) else { return Vec::new() };
        self.reader.list(node, &format!("`{key}`"), item)
    }

    /// Whether a text is an http or https URL; a problem where it is not. The URL is not quoted.
    pub(crate) fn check_http_url(&mut self, key: &str, url: &str) -> bool {
        let good = Url::parse(url).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
        });
        if !good && let Some(node) = self.get(key) {
            let message = format!("`{key}` must be a URL that begins with https:// and has no user name");
            self.reader.problem(node.span, message);
        }
        good
    }
}
