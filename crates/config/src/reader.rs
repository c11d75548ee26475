//! Typed reading of the settings' tree: what `trailbell-yaml` reads, and variables from the environment.

use std::ops::{Deref, DerefMut};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
pub(crate) use trailbell_yaml::{Fields, is_plain_key, shown_key, suggestion};
use trailbell_yaml::{Node, Scalar, Value};

use crate::Lookups;
use crate::correlation::Written;
use crate::keys::Key;
use crate::sigma::FileFindings;

/// Longest text a setting may hold, in characters: it is printed in notices.
const MAX_TEXT_CHARS: usize = 500;

/// What is escaped in one part of a URL: all but what RFC 3986 calls unreserved.
pub(crate) const URL_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(crate) struct Reader<'a> {
    tree: trailbell_yaml::Reader<'a>,
    lookups: Lookups<'a>,
    /// Whether sources and channels are left unread, with the secrets in them.
    pub(crate) only_looks: bool,
    /// Whether a secret in plain text is a problem, and not only worth a warning.
    pub(crate) refuses_plain: bool,
    /// What is to be said of files of rules.
    pub(crate) files: Vec<FileFindings>,
    /// Correlations whose references are to be looked up.
    pub(crate) correlations: Vec<Written>,
    /// Sigma rules that were left out because they are for other logs.
    pub(crate) other_logs: Vec<trailbell_sigma::Rule>,
}

/// A reader of settings is one of any YAML, and more.
impl<'a> Deref for Reader<'a> {
    type Target = trailbell_yaml::Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.tree
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.tree
    }
}

/// How a variable's value is put into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expansion {
    AsItIs,
    /// As one part of a URL, whatever characters it has: a password with a `/` stays a password.
    PartOfUrl,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(source: &'a str, lookups: Lookups<'a>) -> Self {
        Self {
            tree: trailbell_yaml::Reader::new(source),
            lookups,
            only_looks: false,
            refuses_plain: false,
            files: Vec::new(),
            correlations: Vec::new(),
            other_logs: Vec::new(),
        }
    }

    pub(crate) const fn lookups(&self) -> Lookups<'a> {
        self.lookups
    }

    /// Says something of the file with that name and that text.
    pub(crate) fn say_of_file(&mut self, name: &str, text: &str, say: impl FnOnce(&mut FileFindings)) {
        if let Some(file) = self.files.iter_mut().find(|file| file.name == name) {
            say(file);
            return;
        }
        let mut file =
            FileFindings { name: name.to_owned(), text: text.to_owned(), ..FileFindings::default() };
        say(&mut file);
        self.files.push(file);
    }

    /// The problems and the warnings.
    pub(crate) fn into_findings(self) -> trailbell_yaml::Reader<'a> {
        self.tree
    }

    /// A mapping that says nothing is a slip: its lines are commented out or not indented.
    pub(crate) fn nothing_said(&mut self, node: &Node, what: &str, keys: &[Key]) {
        if matches!(&node.value, Value::Mapping(pairs) if pairs.is_empty()) {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            self.problem_with_hint(
                node.span,
                format!("Nothing is said about {what}"),
                format!("known here: {}", names.join(", ")),
            );
        }
    }

    /// The fields of a mapping whose keys are all known; an unknown one is a problem with a suggestion.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, keys: &'static [Key], what: &str) -> Fields<'n> {
        self.fields_of(node, &[keys], what)
    }

    /// The same where the keys are those of several tables.
    pub(crate) fn fields_of<'n>(
        &mut self,
        node: &'n Node,
        tables: &[&'static [Key]],
        what: &str,
    ) -> Fields<'n> {
        let names: Vec<&'static str> =
            tables.iter().flat_map(|keys| keys.iter()).map(|key| key.name).collect();
        self.tree.fields(node, &names, what)
    }

    /// A text that notices show: one line, `${NAME}` replaced from the environment (`$${` is a plain `${`).
    pub(crate) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let scalar = self.scalar(node, what)?;
        let text = self.expand(node, scalar, Expansion::AsItIs)?;
        if text.chars().any(char::is_control) {
            self.problem(node.span, format!("{what} must be one line without control characters"));
            return None;
        }
        if text.chars().count() > MAX_TEXT_CHARS {
            self.problem(node.span, format!("{what} is longer than {MAX_TEXT_CHARS} characters"));
            return None;
        }
        Some(text)
    }

    pub(crate) fn expand(&mut self, node: &Node, scalar: &Scalar, expansion: Expansion) -> Option<String> {
        let text = &scalar.text;
        let mut out = String::with_capacity(text.len());
        let mut good = true;
        let mut at = 0;
        while let Some(found) = text[at..].find("${") {
            let open = at + found;
            if text[..open].ends_with('$') {
                out.push_str(&text[at..open - 1]);
                out.push_str("${");
                at = open + 2;
                continue;
            }
            out.push_str(&text[at..open]);
            let close = text[open..].find('}').map_or(text.len(), |i| open + i);
            let name = &text[open + 2..close];
            at = (close + 1).min(text.len());
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && close < text.len();
            if !is_name {
                let span = self.locate(node, scalar, open..at);
                self.problem_with_hint(
                    span,
                    "`${` begins the name of an environment variable",
                    "write ${NAME}, or $${ for a plain ${",
                );
                good = false;
            } else if let Some(value) = (self.lookups.environment)(name) {
                match expansion {
                    Expansion::AsItIs => out.push_str(&value),
                    Expansion::PartOfUrl => out.extend(utf8_percent_encode(&value, URL_PART)),
                }
            } else {
                let span = self.locate(node, scalar, open..at);
                self.problem(span, format!("The environment variable {name} is not set"));
                good = false;
            }
        }
        out.push_str(&text[at..]);
        good.then_some(out)
    }
}
