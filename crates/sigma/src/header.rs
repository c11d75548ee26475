//! What a document says about itself: title, id, level and the like, the same for rules and correlations.

use std::fmt;

use trailbell_text::Span;
use trailbell_yaml::{Node, Plain, Reader, Value as Yaml, suggestion};

/// Texts of a list that are kept; the rest of a longer list is left out.
const MAX_TEXTS: usize = 1000;

/// How grave a match is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For the record.
    Informational,
    /// Rarely an incident.
    Low,
    /// To be looked at regularly.
    Medium,
    /// To be looked at now.
    High,
    /// An incident.
    Critical,
}

/// How far a rule has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// For production.
    Stable,
    /// Mostly stable.
    Test,
    /// May be noisy.
    Experimental,
    /// Replaced by another.
    Deprecated,
    /// Not to be used as it is.
    Unsupported,
}

impl Level {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("informational", Self::Informational),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("critical", Self::Critical),
    ];

    /// The word as a rule writes it.
    pub fn word(self) -> &'static str {
        word_of(Self::WORDS, self)
    }
}

impl Status {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("stable", Self::Stable),
        ("test", Self::Test),
        ("experimental", Self::Experimental),
        ("deprecated", Self::Deprecated),
        ("unsupported", Self::Unsupported),
    ];

    /// The word as a rule writes it.
    pub fn word(self) -> &'static str {
        word_of(Self::WORDS, self)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

fn word_of<T: PartialEq + Copy>(words: &'static [(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, one)| *one == value).map_or("", |(word, _)| word)
}

/// What a document says about itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    pub(crate) title: String,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) level: Option<Level>,
    pub(crate) status: Option<Status>,
    pub(crate) author: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) references: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) false_positives: Vec<String>,
    /// The place of the title.
    pub(crate) span: Span,
}

impl Header {
    /// Reads what `entries` of a document say; what is wrong is noted. Keys that are not known are left to their owners.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        document: &Node,
        get: &impl Fn(&str) -> Option<Node>,
    ) -> Self {
        let mut header =
            Self { span: Span::new(document.span.start, document.span.start), ..Self::default() };
        match get("title") {
            Some(node) => {
                header.span = node.span;
                header.title = text(reader, &node, "`title`").unwrap_or_default();
            }
            None => reader.problem_with_hint(
                header.span,
                "This document has no `title`",
                "write `title: ...` at its top",
            ),
        }
        let mut optional = |key: &str| {
            get(key).filter(|node| !node.is_null()).and_then(|node| text(reader, &node, &format!("`{key}`")))
        };
        header.id = optional("id");
        header.name = optional("name");
        header.description = optional("description");
        header.author = get("author").map(|node| texts(reader, &node, "`author`").join(", "));
        header.references =
            get("references").map(|node| texts(reader, &node, "`references`")).unwrap_or_default();
        header.tags = get("tags").map(|node| texts(reader, &node, "`tags`")).unwrap_or_default();
        header.false_positives =
            get("falsepositives").map(|node| texts(reader, &node, "`falsepositives`")).unwrap_or_default();
        header.level = get("level").and_then(|node| word(reader, &node, Level::WORDS, "`level`"));
        header.status = get("status").and_then(|node| word(reader, &node, Status::WORDS, "`status`"));
        header
    }
}

/// The text of a scalar, whatever YAML takes it for.
pub(crate) fn text(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<String> {
    match &node.value {
        Yaml::Scalar(scalar) if scalar.kind() != Plain::Null && !scalar.text.trim().is_empty() => {
            Some(scalar.text.trim_end().to_owned())
        }
        Yaml::Scalar(_) => {
            reader.problem(node.span, format!("{what} is empty"));
            None
        }
        _ => {
            reader.problem(node.span, format!("{what} must be a text"));
            None
        }
    }
}

/// The texts of a list, or of one text in place of a list.
pub(crate) fn texts(reader: &mut Reader<'_>, node: &Node, what: &str) -> Vec<String> {
    texts_with_spans(reader, node, what).into_iter().map(|(_, text)| text).collect()
}

/// The same, each with its place.
pub(crate) fn texts_with_spans(reader: &mut Reader<'_>, node: &Node, what: &str) -> Vec<(Span, String)> {
    let nodes = match &node.value {
        Yaml::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes
        .iter()
        .take(MAX_TEXTS)
        .filter(|item| !item.is_null())
        .filter_map(|item| Some((item.span, text(reader, item, what)?)))
        .collect()
}

fn word<T: Copy>(reader: &mut Reader<'_>, node: &Node, words: &[(&'static str, T)], what: &str) -> Option<T> {
    let written = text(reader, node, what)?;
    let found = words.iter().find(|(word, _)| written.eq_ignore_ascii_case(word)).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        reader.problem_with_hint(
            node.span,
            format!("{what} cannot be `{written}`"),
            suggestion(&written, &known),
        );
    }
    found
}

/// What identifies a document to people: the same of rules and correlations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'d> {
    /// Its title.
    pub title: &'d str,
    /// Its id, usually a UUID.
    pub id: Option<&'d str>,
    /// How grave it is, where it says.
    pub level: Option<Level>,
}

/// What a document says about itself, told by whatever keeps its `header`.
macro_rules! tells_of_itself {
    ($document:ty) => {
        impl $document {
            /// Its title, its id and its level.
            pub fn about(&self) -> $crate::About<'_> {
                $crate::About { title: self.title(), id: self.id(), level: self.level() }
            }

            /// Whether a correlation that writes this means it: its id, its name or its title.
            pub fn is_called(&self, reference: &str) -> bool {
                self.header.is_called(reference)
            }

            /// Its title.
            pub fn title(&self) -> &str {
                &self.header.title
            }

            /// Its id, usually a UUID.
            pub fn id(&self) -> Option<&str> {
                self.header.id.as_deref()
            }

            /// The name by which correlations may refer to it.
            pub fn name(&self) -> Option<&str> {
                self.header.name.as_deref()
            }

            /// How grave it is, where it says.
            pub const fn level(&self) -> Option<$crate::Level> {
                self.header.level
            }

            /// How far it has come, where it says.
            pub const fn status(&self) -> Option<$crate::Status> {
                self.header.status
            }

            /// Who wrote it.
            pub fn author(&self) -> Option<&str> {
                self.header.author.as_deref()
            }

            /// What it is about.
            pub fn description(&self) -> Option<&str> {
                self.header.description.as_deref()
            }

            /// What it was made from: mostly addresses of pages.
            pub fn references(&self) -> &[String] {
                &self.header.references
            }

            /// Its tags: `attack.t1078`.
            pub fn tags(&self) -> &[String] {
                &self.header.tags
            }

            /// What else may look like it.
            pub fn false_positives(&self) -> &[String] {
                &self.header.false_positives
            }

            /// The place of its title in the text.
            pub const fn span(&self) -> trailbell_text::Span {
                self.header.span
            }
        }
    };
}

tells_of_itself!(crate::rule::Rule);
tells_of_itself!(crate::correlation::CorrelationRule);
