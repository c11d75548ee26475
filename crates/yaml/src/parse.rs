//! YAML text -> a tree of nodes that know where they stand in the text.
//!
//! Built from the parser's events rather than from a ready-made tree, because three things must survive that
//! trees of values lose: a scalar as it is written (`012345678901` is an account, not a number), every copy of
//! a duplicate key, and the place of each character of a filter pattern. What hides meaning from its reader (tags,
//! several documents, and in settings anchors, aliases and merge keys) is an error.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};
use trailbell_text::{Diagnostic, Quoting, Span};

/// Deeper nesting than any setting has; keeps walking the tree safe.
const MAX_DEPTH: usize = 32;

/// Nodes that the aliases of one text may repeat: aliases of aliases multiply.
const MAX_REPEATED: usize = 50_000;

/// A value and the bytes it is written in.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands; an alias stands where what it names does.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text, or what could be a number, a boolean, nothing.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// In the order of the file, duplicates kept.
    Mapping(Vec<(Node, Node)>),
}

/// A scalar and how it is written.
#[derive(Debug, Clone)]
pub struct Scalar {
    /// Quotes, escapes and folding undone; a plain scalar is as it is written.
    pub text: String,
    pub(crate) style: ScalarStyle,
}

/// What YAML 1.2 takes an unquoted scalar for (its core schema).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// Nothing: `~`, `null`, or not written at all.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, in any of YAML's spellings.
    Number,
    /// Anything else, and everything in quotes.
    Text,
}

impl Scalar {
    /// What the scalar is when its quotes are minded: anything quoted is text.
    pub fn kind(&self) -> Plain {
        if self.style != ScalarStyle::Plain {
            return Plain::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
            "true" | "True" | "TRUE" => Plain::Boolean(true),
            "false" | "False" | "FALSE" => Plain::Boolean(false),
            text if is_number(text) => Plain::Number,
            _ => Plain::Text,
        }
    }

    /// The number that an unquoted scalar is, where it is finite.
    pub fn number(&self) -> Option<f64> {
        let is_number = self.kind() == Plain::Number;
        self.text.parse().ok().filter(|value: &f64| is_number && value.is_finite())
    }
}

fn is_number(text: &str) -> bool {
    let all = |digits: &str, of: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|b| of(&b));
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |b| (b'0'..=b'7').contains(b));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(text, ".nan" | ".NaN" | ".NAN")
        || matches!(unsigned, ".inf" | ".Inf" | ".INF")
        // Rust's own parser also takes `inf` and `nan`, which YAML reads as text.
        || (unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && unsigned.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
            && unsigned.parse::<f64>().is_ok())
}

impl Node {
    /// Whether nothing is written where a value could be.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.kind() == Plain::Null)
    }
}

/// Whether a node is a mapping, as opposed to something written in place of one.
pub fn is_mapping(node: &Node) -> bool {
    matches!(node.value, Value::Mapping(_))
}

/// Reads one YAML document; `None` is an empty file. A text that is not YAML has one problem (a parser can
/// not go on behind it); what is YAML but not wanted here is reported whole: anchors, aliases, tags.
pub fn parse(source: &str) -> Result<Option<Node>, Vec<Diagnostic>> {
    Building::new(source, false).read()
}

/// The same for a text in which anchors and aliases are welcome.
pub fn parse_with_aliases(source: &str) -> Result<Option<Node>, Vec<Diagnostic>> {
    Building::new(source, true).read()
}

/// Reads a text of several documents, in which anchors and aliases are welcome within a document: each document that
/// holds something, or what is wrong with it. A document begins with a line `---`, which YAML allows nowhere inside
/// one, so that what is wrong in one document leaves the others as they are. Places are those of the whole text.
pub fn parse_documents(source: &str) -> Vec<Result<Node, Vec<Diagnostic>>> {
    let mut documents = Vec::new();
    for range in document_ranges(source) {
        let start = range.start;
        match Building::new(source.get(range).unwrap_or_default(), true).read() {
            Ok(None) => {}
            Ok(Some(mut root)) => {
                root.shift(start);
                documents.push(Ok(root));
            }
            Err(mut problems) => {
                for problem in &mut problems {
                    problem.span = shifted(problem.span, start);
                }
                documents.push(Err(problems));
            }
        }
    }
    documents
}

/// Where the documents of a text stand, each with the line that begins it. Comments and directives before such a line
/// belong to what it begins.
fn document_ranges(source: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut has_content = false;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let begins =
            line.strip_prefix("---").is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace));
        if begins && has_content {
            ranges.push(start..at);
            start = at;
        }
        let shown = line.trim_start_matches('\u{feff}').trim();
        has_content |= begins || !(shown.is_empty() || shown.starts_with('#') || line.starts_with('%'));
        at += line.len();
    }
    ranges.push(start..source.len());
    ranges
}

const fn shifted(span: Span, by: usize) -> Span {
    Span::new(span.start + by, span.end + by)
}

impl Node {
    /// Moves the node and all in it. The depth is bounded by [`MAX_DEPTH`].
    fn shift(&mut self, by: usize) {
        self.span = shifted(self.span, by);
        match &mut self.value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Value::Mapping(pairs) => {
                for (key, value) in pairs {
                    key.shift(by);
                    value.shift(by);
                }
            }
        }
    }
}

/// A tree that is growing.
struct Building<'a> {
    source: &'a str,
    offsets: CharOffsets,
    aliases: bool,
    anchors: HashMap<usize, Measured>,
    repeated: usize,
    problems: Vec<Diagnostic>,
}

/// A collection that is not closed; a mapping's keys and values stand flat in it until it is.
struct Open {
    span: Span,
    anchor: usize,
    is_mapping: bool,
    children: Vec<Measured>,
}

/// A node with the depth and the number of nodes in it: what an alias of it costs.
#[derive(Clone)]
struct Measured {
    node: Node,
    depth: usize,
    nodes: usize,
}

impl<'a> Building<'a> {
    fn new(source: &'a str, aliases: bool) -> Self {
        Self {
            source,
            offsets: CharOffsets::new(source),
            aliases,
            anchors: HashMap::new(),
            repeated: 0,
            problems: Vec::new(),
        }
    }

    fn read(mut self) -> Result<Option<Node>, Vec<Diagnostic>> {
        let mut root = None;
        let mut open: Vec<Open> = Vec::new();
        let mut documents = 0;
        for event in Parser::new_from_str(self.source) {
            let (event, at) =
                event.map_err(|error| vec![syntax_error(self.source, &self.offsets, &error)])?;
            let span = Span::new(self.offsets.byte(at.start.index()), self.offsets.byte(at.end.index()));
            let (read, anchor) = match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents == 2 {
                        self.problems.push(
                            Diagnostic::new("A second YAML document starts here", span)
                                .with_hint("keep everything in one document"),
                        );
                    }
                    continue;
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
                Event::SequenceStart(anchor, ref tag) | Event::MappingStart(anchor, ref tag) => {
                    self.refuse_extras(anchor, tag.is_some(), span);
                    if open.len() == MAX_DEPTH {
                        return Err(self.too_deep(span));
                    }
                    let is_mapping = matches!(event, Event::MappingStart(..));
                    open.push(Open { span, anchor, is_mapping, children: Vec::new() });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let Some(closed) = open.pop() else { continue };
                    let anchor = closed.anchor;
                    (closed.close(span.end), anchor)
                }
                Event::Alias(anchor) => (self.repeat(anchor, span, open.len())?, 0),
                Event::Scalar(text, style, anchor, ref tag) => {
                    self.refuse_extras(anchor, tag.is_some(), span);
                    let value = Value::Scalar(Scalar { text: text.into_owned(), style });
                    (Measured { node: Node { span, value }, depth: 0, nodes: 1 }, anchor)
                }
            };
            if anchor != 0 && self.aliases {
                self.anchors.insert(anchor, read.clone());
            }
            match open.last_mut() {
                Some(parent) => parent.children.push(read),
                None if documents == 1 => root = Some(read.node),
                None => {}
            }
        }
        if self.problems.is_empty() { Ok(root.filter(|node| !node.is_null())) } else { Err(self.problems) }
    }

    fn refuse_extras(&mut self, anchor: usize, tagged: bool, span: Span) {
        if anchor != 0 && !self.aliases {
            self.problems.push(
                Diagnostic::new("YAML anchors are not understood here", span)
                    .with_hint("write the value out where it is needed"),
            );
        }
        if tagged {
            self.problems.push(
                Diagnostic::new("YAML tags are not understood here", span).with_hint("leave the tag out"),
            );
        }
    }

    /// What an alias names.
    fn repeat(&mut self, anchor: usize, span: Span, depth: usize) -> Result<Measured, Vec<Diagnostic>> {
        if !self.aliases {
            self.problems.push(
                Diagnostic::new("YAML aliases are not understood here", span)
                    .with_hint("write the value out"),
            );
            let value = Value::Scalar(Scalar { text: String::new(), style: ScalarStyle::Plain });
            return Ok(Measured { node: Node { span, value }, depth: 0, nodes: 1 });
        }
        let Some(named) = self.anchors.get(&anchor).cloned() else {
            return Err(vec![
                Diagnostic::new("This alias stands within what it names", span)
                    .with_hint("write the value out"),
            ]);
        };
        if depth + named.depth > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.repeated = self.repeated.saturating_add(named.nodes);
        if self.repeated > MAX_REPEATED {
            return Err(vec![
                Diagnostic::new(
                    format!("The aliases up to here repeat more than {MAX_REPEATED} values"),
                    span,
                )
                .with_hint("aliases of aliases multiply; write the values out"),
            ]);
        }
        Ok(named)
    }

    fn too_deep(&self, span: Span) -> Vec<Diagnostic> {
        let deep = Diagnostic::new(format!("This is nested deeper than {MAX_DEPTH} levels"), span);
        self.problems.iter().cloned().chain([deep]).collect()
    }
}

impl Open {
    fn close(self, end: usize) -> Measured {
        let span = Span::new(self.span.start, end.max(self.span.end));
        let depth = 1 + self.children.iter().map(|child| child.depth).max().unwrap_or(0);
        let nodes = self.children.iter().fold(1_usize, |sum, child| sum.saturating_add(child.nodes));
        let children = self.children.into_iter().map(|child| child.node).collect();
        let value = if self.is_mapping { pairs(children) } else { Value::Sequence(children) };
        Measured { node: Node { span, value }, depth, nodes }
    }
}

fn pairs(children: Vec<Node>) -> Value {
    let mut pairs = Vec::with_capacity(children.len() / 2);
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        pairs.push((key, value));
    }
    Value::Mapping(pairs)
}

fn syntax_error(source: &str, offsets: &CharOffsets, error: &saphyr_parser::ScanError) -> Diagnostic {
    let at = offsets.byte(error.marker().index());
    let line_start = source[..at].rfind('\n').map_or(0, |i| i + 1);
    let line_end = source[at..].find('\n').map_or(source.len(), |i| at + i);
    // The parser names a tab in several ways, and not all say what to do.
    let indentation =
        source[line_start..line_end].find(|c: char| c != ' ' && c != '\t').unwrap_or(line_end - line_start);
    if let Some(tab) = source[line_start..line_start + indentation].find('\t') {
        let tab = line_start + tab;
        return Diagnostic::new("A tab indents this line", Span::new(tab, tab + 1))
            .with_hint("YAML is indented with spaces only");
    }
    let next = source[at..line_end].chars().next().map_or(at, |c| at + c.len_utf8());
    let problem = Diagnostic::new(format!("This is not YAML: {}", error.info()), Span::new(at, next));
    // A variable's braces are YAML's own within a mapping that has braces around it.
    if source[line_start..line_end].contains("${") && source[line_start..line_end].contains(['{', '[']) {
        return problem.with_hint("put '${NAME}' in quotes where braces are around it");
    }
    // The parser says what it met, not what to do: the usual slips, by its words.
    let hints = [
        ("mapping values", "indent the line as its neighbours, or put a value that holds `: ` in quotes"),
        ("anchor or alias", "put a value that begins with * or & in quotes"),
        ("unexpected character", "put the value in quotes"),
        ("quoted scalar", "close the quotes"),
    ];
    match hints.iter().find(|(words, _)| error.info().contains(words)) {
        Some((_, hint)) => problem.with_hint(*hint),
        None => problem,
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

/// Where bytes `range` of `scalar`'s text stand in the source whose bytes `span` write it.
pub fn locate(source: &str, span: Span, scalar: &Scalar, range: Range<usize>) -> Span {
    let quoting = match scalar.style {
        ScalarStyle::Plain => Quoting::Plain,
        ScalarStyle::SingleQuoted => Quoting::Single,
        ScalarStyle::DoubleQuoted => Quoting::Double,
        ScalarStyle::Literal => Quoting::Literal,
        ScalarStyle::Folded => Quoting::Folded,
    };
    trailbell_text::locate(source, span, &scalar.text, quoting, range)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value_of<'a>(node: &'a Node, key: &str) -> &'a Node {
        let Value::Mapping(pairs) = &node.value else { panic!("not a mapping") };
        &pairs.iter().find(|(k, _)| matches!(&k.value, Value::Scalar(s) if s.text == key)).unwrap().1
    }

    /// The source text under the last `needle` of the scalar at `k`.
    fn under(source: &str, needle: &str) -> String {
        let root = parse(source).unwrap().unwrap();
        let node = value_of(&root, "k");
        let Value::Scalar(scalar) = &node.value else { panic!("not a scalar") };
        let at = scalar.text.rfind(needle).unwrap_or_else(|| panic!("no {needle:?} in {:?}", scalar.text));
        let span = locate(source, node.span, scalar, at..at + needle.len());
        source[span.start..span.end].to_owned()
    }

    #[test]
    fn a_place_in_a_value_is_found_in_every_style_of_scalar() {
        for source in [
            "k: a b==c\n",
            "# 日本語\nk: a あ==c # comment\n",
            "k: 'it''s a==c'\n",
            "k: \"q \\\" \\u3042 \\x41 ==c\"\n",
            "k: |\n  first\n    == second\n",
            "k: |-\n  日本 ==\n",
            "k: >\n  one\n  two ==\n",
            "k: one\n  two ==\n",
            "k: 'one\n\n  two =='\n",
            "a: {x: 1}\nk: '==' \n",
            "k: |\n  trailing \n  blank ==\n",
            "k: \"one \\\n   two\\x20==\"\n",
        ] {
            assert_eq!(under(source, "=="), "==", "{source}");
        }
        assert_eq!(under("k: 'it''s'\n", "'"), "''");
        assert_eq!(under("k: \"a\\u3042b\"\n", "あ"), "\\u3042");
    }

    #[test]
    fn a_plain_scalar_stays_as_it_is_written() {
        let root = parse("k: 012345678901\n").unwrap().unwrap();
        let Value::Scalar(scalar) = &value_of(&root, "k").value else { panic!("not a scalar") };
        assert_eq!((scalar.text.as_str(), scalar.kind()), ("012345678901", Plain::Number));
        for (text, kind) in [
            ("1", Plain::Number),
            ("-1.5e3", Plain::Number),
            ("0x1f", Plain::Number),
            (".5", Plain::Number),
            ("1.2.3", Plain::Text),
            ("inf", Plain::Text),
            ("2026-11-09", Plain::Text),
            ("yes", Plain::Text),
            ("~", Plain::Null),
            ("True", Plain::Boolean(true)),
            ("-", Plain::Text),
            (".", Plain::Text),
        ] {
            assert_eq!(Scalar { text: text.into(), style: ScalarStyle::Plain }.kind(), kind, "{text}");
            assert_eq!(Scalar { text: text.into(), style: ScalarStyle::SingleQuoted }.kind(), Plain::Text);
        }
    }

    #[test]
    fn what_hides_meaning_is_refused_with_its_place() {
        let first = |source: &str| {
            let problem = parse(source).unwrap_err().remove(0);
            problem.render("f", source).lines().next().unwrap().to_owned()
        };
        assert_eq!(first("a: &x 1\n"), "f:1:4: YAML anchors are not understood here");
        assert_eq!(first("a: !secret 1\n"), "f:1:4: YAML tags are not understood here");
        assert_eq!(first("a: 1\n---\nb: 2\n"), "f:2:1: A second YAML document starts here");
        assert_eq!(first("accounts:\n\ta: 1\n"), "f:2:1: A tab indents this line");
        assert!(first("a: [1\n").starts_with("f:2:1: This is not YAML: "), "{}", first("a: [1\n"));
        assert!(first("a: 1\nあ\n").contains("This is not YAML: "), "the caret is as wide as the character");
        assert!(parse(&"[".repeat(1000)).is_err());
    }

    #[test]
    fn several_documents_are_read_each_for_itself() {
        let source = "# 日本\na: 1\n---\nb: [\n---\n# nothing\n---\nc: あ\n--- \nd: |\n  ---\n";
        let documents = parse_documents(source);
        assert_eq!(documents.len(), 4);
        let written = |at: usize, key: &str| {
            let span = value_of(documents[at].as_ref().unwrap(), key).span;
            source[span.start..span.end].to_owned()
        };
        assert_eq!(written(0, "a"), "1");
        let problem = documents[1].as_ref().unwrap_err()[0].render("f", source);
        assert!(problem.starts_with("f:4:") || problem.starts_with("f:5:"), "{problem}");
        assert_eq!(written(2, "c"), "あ");
        assert!(written(3, "d").contains("---"));
        assert_eq!(parse_documents("").len(), 0);
        assert_eq!(parse_documents("%YAML 1.2\n---\na: 1\n").len(), 1);
        assert!(parse_documents("a: &x 1\nb: *x\n")[0].is_ok());
        assert!(parse_documents("a: &x 1\n---\nb: *x\n")[1].is_err(), "an anchor ends with its document");
    }

    #[test]
    fn an_empty_file_holds_nothing() {
        for source in ["", "\n", "# only a comment\n", "---\n", "~\n", "\u{feff}"] {
            assert!(parse(source).unwrap().is_none(), "{source:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(source in "[-a-z:,'\"\\[\\]{}&*!|># \n\tあ\\\\u0-9~]{0,60}") {
            for problem in parse_documents(&source).into_iter().filter_map(Result::err).flatten() {
                problem.render("f", &source);
            }
            if let Ok(Some(root)) = parse(&source) {
                let mut nodes = vec![&root];
                while let Some(node) = nodes.pop() {
                    prop_assert!(source.get(node.span.start..node.span.end).is_some());
                    match &node.value {
                        Value::Scalar(scalar) => {
                            let span = locate(&source, node.span, scalar, 0..scalar.text.len());
                            prop_assert!(source.get(span.start..span.end).is_some());
                        }
                        Value::Sequence(items) => nodes.extend(items),
                        Value::Mapping(pairs) => nodes.extend(pairs.iter().flat_map(|(k, v)| [k, v])),
                    }
                }
            }
        }
    }
}
