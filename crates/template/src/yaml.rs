//! YAML text -> the tree, from the parser's events: tags become function calls, aliases and merge keys what they name.
//!
//! CloudFormation itself takes neither aliases nor merge keys; who writes them has a tool that resolves them before the upload,
//! so they are resolved here too, with a bound.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use trailbell_text::{Diagnostic, Quoting, Span};

use crate::json::{too_deep, twice};
use crate::limits::{MAX_DEPTH, MAX_REPEATED};
use crate::problem::{Problems, did_you_mean};
use crate::tree::{Call, Entry, FUNCTIONS, Node, Scalar, Value, mapping};

/// A collection that is not closed yet; a mapping's keys and values stand flat in it.
struct Open {
    span: Span,
    anchor: usize,
    tag: Option<String>,
    is_mapping: bool,
    children: Vec<Measured>,
}

/// A node with the depth and number of values in it: what an alias of it costs.
#[derive(Clone)]
struct Measured {
    node: Node,
    depth: usize,
    values: usize,
}

struct Reader<'a> {
    source: &'a str,
    offsets: CharOffsets,
    anchors: HashMap<usize, Measured>,
    repeated: usize,
    problems: Problems,
}

/// Reads one YAML document; `None` is an empty file.
pub(crate) fn parse(source: &str) -> Result<Option<Node>, Problems> {
    let mut reader = Reader {
        source,
        offsets: CharOffsets::new(source),
        anchors: HashMap::new(),
        repeated: 0,
        problems: Problems::default(),
    };
    match reader.read() {
        Ok(root) if reader.problems.is_empty() => Ok(root),
        Ok(_) => Err(reader.problems),
        Err(fatal) => {
            reader.problems.push(fatal);
            Err(reader.problems)
        }
    }
}

impl Reader<'_> {
    fn read(&mut self) -> Result<Option<Node>, Diagnostic> {
        let mut root = None;
        let mut open: Vec<Open> = Vec::new();
        let mut documents = 0;
        for event in Parser::new_from_str(self.source) {
            let (event, at) = event.map_err(|error| syntax_error(self.source, &self.offsets, &error))?;
            let span = Span::new(self.offsets.byte(at.start.index()), self.offsets.byte(at.end.index()));
            let (read, anchor) = match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents == 2 {
                        return Err(Diagnostic::new("A second YAML document starts here", span)
                            .with_hint("one file holds one template"));
                    }
                    continue;
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
                Event::SequenceStart(anchor, ref tag) | Event::MappingStart(anchor, ref tag) => {
                    if open.len() == MAX_DEPTH {
                        return Err(too_deep(span));
                    }
                    let tag = tag.as_deref().map(written);
                    let is_mapping = matches!(event, Event::MappingStart(..));
                    open.push(Open { span, anchor, tag, is_mapping, children: Vec::new() });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let Some(closed) = open.pop() else { continue };
                    let anchor = closed.anchor;
                    (self.close(closed, span.end), anchor)
                }
                Event::Alias(anchor) => (self.repeat(anchor, span, open.len())?, 0),
                Event::Scalar(text, style, anchor, tag) => {
                    let quoting = match style {
                        ScalarStyle::Plain => Quoting::Plain,
                        ScalarStyle::SingleQuoted => Quoting::Single,
                        ScalarStyle::DoubleQuoted => Quoting::Double,
                        ScalarStyle::Literal => Quoting::Literal,
                        ScalarStyle::Folded => Quoting::Folded,
                    };
                    let scalar = Scalar { text: text.into_owned(), quoting };
                    let node =
                        self.tagged(span, Value::Scalar(Arc::new(scalar)), tag.as_deref().map(written));
                    (Measured { node, depth: 0, values: 1 }, anchor)
                }
            };
            if anchor != 0 {
                self.anchors.insert(anchor, read.clone());
            }
            match open.last_mut() {
                Some(parent) => parent.children.push(read),
                None => root = Some(read.node),
            }
        }
        Ok(root.filter(|node| !node.is_null()))
    }

    fn repeat(&mut self, anchor: usize, span: Span, depth: usize) -> Result<Measured, Diagnostic> {
        let Some(named) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::new("This alias stands within what it names", span)
                .with_hint("write the value out"));
        };
        if depth + named.depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.repeated = self.repeated.saturating_add(named.values);
        if self.repeated > MAX_REPEATED {
            return Err(Diagnostic::new(
                format!("The aliases up to here repeat more than {MAX_REPEATED} values"),
                span,
            )
            .with_hint("aliases of aliases multiply; write the values out"));
        }
        Ok(named.clone())
    }

    fn close(&mut self, closed: Open, end: usize) -> Measured {
        let span = Span::new(closed.span.start, end.max(closed.span.end));
        let depth = 1 + closed.children.iter().map(|child| child.depth).max().unwrap_or(0);
        let values = closed.children.iter().fold(1_usize, |sum, child| sum.saturating_add(child.values));
        let children = closed.children.into_iter().map(|child| child.node);
        let value =
            if closed.is_mapping { self.pairs(span, children) } else { Value::Sequence(children.collect()) };
        Measured { node: self.tagged(span, value, closed.tag), depth, values }
    }

    fn pairs(&mut self, span: Span, mut children: impl Iterator<Item = Node>) -> Value {
        let mut entries: Vec<Entry> = Vec::new();
        let mut starts: HashMap<Arc<str>, usize> = HashMap::new();
        let mut merged: Vec<Node> = Vec::new();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let Value::Scalar(scalar) = &key.value else {
                self.problems.add(
                    key.span,
                    format!("A key must be a text, not {}", key.what()),
                    "write `key: value`",
                );
                continue;
            };
            if scalar.text == "<<" && scalar.quoting == Quoting::Plain {
                merged.push(value);
                continue;
            }
            let name: Arc<str> = scalar.text.as_str().into();
            if let Some(first) = starts.insert(name.clone(), key.span.start) {
                // Counting lines takes as long as the file.
                let problem = if self.problems.is_full() {
                    Diagnostic::new(&*name, key.span)
                } else {
                    twice(self.source, &name, key.span, first)
                };
                self.problems.push(problem);
                continue;
            }
            entries.push(Entry { key: name, key_span: key.span, value });
        }
        if !merged.is_empty() {
            // What is written in the mapping wins, then the first of what is merged.
            let mut known: HashSet<Arc<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
            for node in merged {
                let parts = node.items().map_or_else(|| vec![node.clone()], <[Node]>::to_vec);
                for part in parts {
                    let Some(more) = part.entries() else {
                        self.problems.add(
                            part.span,
                            "`<<` takes a mapping or a list of them",
                            "name a mapping: `<<: *name`",
                        );
                        continue;
                    };
                    entries.extend(more.iter().filter(|entry| known.insert(entry.key.clone())).cloned());
                }
            }
        }
        mapping(span, entries).value
    }

    /// A node under its tag: `!Sub x` is `{"Fn::Sub": x}`.
    fn tagged(&mut self, span: Span, value: Value, tag: Option<String>) -> Node {
        let Some(tag) = tag else { return Node { span, value } };
        let whole = self.with_tag(span, &tag);
        if let Some(kind) = tag.strip_prefix("!!") {
            return match (kind, value) {
                ("str", Value::Scalar(scalar)) => {
                    let quoting = match scalar.quoting {
                        Quoting::Plain => Quoting::Folded,
                        other => other,
                    };
                    let scalar = Scalar { text: scalar.text.clone(), quoting };
                    Node { span, value: Value::Scalar(Arc::new(scalar)) }
                }
                ("int" | "float" | "bool" | "null" | "map" | "seq", value) => Node { span, value },
                (_, value) => {
                    self.problems.add(
                        whole,
                        format!("CloudFormation does not know the YAML tag `{tag}`"),
                        "leave the tag out",
                    );
                    Node { span, value }
                }
            };
        }
        let short = tag.trim_start_matches('!');
        if short.is_empty() {
            return Node { span, value };
        }
        let known = FUNCTIONS.iter().find(|name| name.trim_start_matches("Fn::") == short);
        let Some(name) = known else {
            let names = FUNCTIONS.map(|name| format!("!{}", name.trim_start_matches("Fn::")));
            let message = format!("There is no function `{tag}`");
            let problem = Diagnostic::new(message, whole);
            self.problems.push(match did_you_mean(&tag, names.iter().map(String::as_str)) {
                Some(hint) => problem.with_hint(hint),
                None => problem,
            });
            return Node { span, value };
        };
        let argument = Node { span, value };
        Node { span: whole, value: Value::Call(Arc::new(Call { name: (*name).to_owned(), argument })) }
    }

    /// The span with the tag that stands before it.
    fn with_tag(&self, span: Span, tag: &str) -> Span {
        let before = self.source.get(..span.start).unwrap_or_default().trim_end();
        if before.ends_with(tag) { Span::new(before.len() - tag.len(), span.end) } else { span }
    }
}

/// A tag as it is written.
fn written(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}

fn syntax_error(source: &str, offsets: &CharOffsets, error: &ScanError) -> Diagnostic {
    let at = offsets.byte(error.marker().index());
    if error.info().contains("recursion limit") {
        return too_deep(Span::new(at, at));
    }
    let before = source.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = source.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
    let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
    if let Some(tab) = line.get(..indentation).and_then(|blanks| blanks.find('\t')) {
        return Diagnostic::new("A tab indents this line", Span::new(line_start + tab, line_start + tab + 1))
            .with_hint("YAML is indented with spaces only");
    }
    let width = source
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .filter(|c| *c != '\n')
        .map_or(0, char::len_utf8);
    let problem = Diagnostic::new(format!("This is not YAML: {}", error.info()), Span::new(at, at + width));
    // The parser says what it met, not what to do: the usual slips, by its words.
    let hints = [
        ("mapping values", "indent the line as its neighbours, or put a value that holds `: ` in quotes"),
        (
            "unknown anchor",
            "an alias comes behind the anchor `&name` it names; put a value that begins with * in quotes",
        ),
        ("anchor or alias", "put a value that begins with * or & in quotes"),
        ("quoted scalar", "close the quotes"),
        ("unexpected character", "put the value in quotes"),
    ];
    match hints.iter().find(|(words, _)| error.info().contains(words)) {
        Some((_, hint)) => problem.with_hint(*hint),
        None => problem.with_hint("look at this line and the one before: indentation, quotes, brackets"),
    }
}

/// Byte offsets of characters: the parser counts characters, everybody else here counts bytes.
struct CharOffsets(Vec<usize>);

impl CharOffsets {
    fn new(source: &str) -> Self {
        Self(source.char_indices().map(|(at, _)| at).chain([source.len()]).collect())
    }

    fn byte(&self, character: usize) -> usize {
        self.0.get(character).or(self.0.last()).copied().unwrap_or(0)
    }
}
