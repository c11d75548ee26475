//! `%regex%`: AWS's subset of regular expressions, read into a tree of our own and compiled from that.
//!
//! The subset looks like any other dialect and differs from each: no groups, `{,n}` is a bound, `[a[b]` is one
//! class, `\w` and `\d` are ASCII. So it is never printed as a Rust regex: the tree becomes an automaton.

use std::fmt;
use std::sync::Arc;

use regex_automata::meta;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, Look, Repetition};

/// How often an expression may repeat its parts by bounds such as `{1,1000}`, all added up. Up to here the worst
/// search goes through a quarter of a megabyte in well under a second (measured); at a half more the automaton no
/// longer fits its cache and the same search takes a minute.
const MAX_REPETITIONS: u32 = 2000;

/// Memory an automaton may take, in bytes: a little more than `.` repeated so often takes.
const SIZE_LIMIT: usize = 2 << 20;

const TOO_BIG: &str = "its repetitions make it too big: their bounds may add up to 2000";

/// A compiled regular expression. Cloning shares the automaton.
#[derive(Clone)]
pub struct Regex {
    source: Arc<str>,
    automaton: meta::Regex,
}

impl Regex {
    /// Compiles what stands between the `%`; on failure says why, in a few words of ours.
    pub(crate) fn compile(source: &str) -> Result<Self, &'static str> {
        let tree = parse(source)?;
        let automaton = meta::Builder::new()
            .configure(meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)))
            .build_from_hir(&tree.hir())
            .map_err(|_| TOO_BIG)?;
        Ok(Self { source: source.into(), automaton })
    }

    /// The expression as it was written, without the `%` around it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it is found anywhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.automaton.is_match(text)
    }

    /// Whether nothing ties it to the start or the end of a text; an escaped `^` or `$` counts as if it did.
    pub(crate) fn is_unanchored(&self) -> bool {
        !self.source.contains(['^', '$'])
    }

    /// Whether it is sure to be found in every text.
    pub(crate) fn is_found_in_everything(&self) -> bool {
        self.is_unanchored() && self.is_match("")
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Regex {}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regex(%{}%)", self.source)
    }
}

/// As in a pattern, between `%`.
impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.source)
    }
}

/// Whether a character may stand between the `%` at all: the rule that rejects groups, `!` and `é`.
/// Letters, digits, blank, `: _ # = @ / ; , -` and the operators (AWS's documentation).
pub(crate) fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || " :_#=@/;,-^$?[]{}|\\*+.".contains(c)
}

/// Alternatives of sequences.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree(pub(crate) Vec<Vec<Piece>>);

/// One step of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// `^`: only at the start of the text.
    Start,
    /// `$`: only at the end of the text.
    End,
    /// A character, `minimum` to `maximum` times (`None` = no bound).
    Characters { of: Characters, minimum: u32, maximum: Option<u32> },
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Characters {
    /// `.`: any but a line feed.
    Any,
    /// These ranges, both ends included; or, negated, all but these.
    Of { ranges: Vec<(char, char)>, negated: bool },
}

impl Tree {
    fn hir(&self) -> Hir {
        Hir::alternation(
            self.0.iter().map(|pieces| Hir::concat(pieces.iter().map(Piece::hir).collect())).collect(),
        )
    }
}

impl Piece {
    fn hir(&self) -> Hir {
        match self {
            Self::Start => Hir::look(Look::Start),
            Self::End => Hir::look(Look::End),
            Self::Characters { of, minimum: 1, maximum: Some(1) } => of.hir(),
            Self::Characters { of, minimum, maximum } => Hir::repetition(Repetition {
                min: *minimum,
                max: *maximum,
                greedy: true,
                sub: Box::new(of.hir()),
            }),
        }
    }
}

impl Characters {
    fn hir(&self) -> Hir {
        match self {
            Self::Any => Hir::dot(Dot::AnyCharExceptLF),
            Self::Of { ranges, negated } => {
                let mut class = ClassUnicode::new(
                    ranges.iter().map(|(first, last)| ClassUnicodeRange::new(*first, *last)),
                );
                if *negated {
                    class.negate();
                }
                Hir::class(Class::Unicode(class))
            }
        }
    }

    fn one(c: char) -> Self {
        Self::Of { ranges: vec![(c, c)], negated: false }
    }
}

/// Reads an expression whose characters have passed [`is_allowed`].
pub(crate) fn parse(source: &str) -> Result<Tree, &'static str> {
    let mut reader = Reader { rest: source };
    let mut alternatives = vec![Vec::new()];
    let mut repetitions = 0_u32;
    while let Some(c) = reader.next() {
        let of = match c {
            '|' => {
                alternatives.push(Vec::new());
                continue;
            }
            '^' | '$' => {
                push(&mut alternatives, if c == '^' { Piece::Start } else { Piece::End });
                continue;
            }
            '.' => Characters::Any,
            '[' => reader.class()?,
            '\\' => match reader.escape()? {
                Item::One(c) => Characters::one(c),
                Item::Set(ranges) => Characters::Of { ranges, negated: false },
            },
            '*' | '+' | '?' => return Err("there is nothing to repeat before *, + or ?"),
            '{' => return Err("a { that is no repetition such as {2,3} is written \\{"),
            literal => Characters::one(literal),
        };
        let (minimum, maximum) = reader.repetition()?;
        let copies = maximum.unwrap_or(minimum);
        repetitions = repetitions.saturating_add(if copies > 1 { copies } else { 0 });
        if repetitions > MAX_REPETITIONS {
            return Err(TOO_BIG);
        }
        push(&mut alternatives, Piece::Characters { of, minimum, maximum });
    }
    Ok(Tree(alternatives))
}

fn push(alternatives: &mut [Vec<Piece>], piece: Piece) {
    if let Some(last) = alternatives.last_mut() {
        last.push(piece);
    }
}

struct Reader<'s> {
    rest: &'s str,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.next();
        }
        found
    }

    /// What follows an atom: nothing, `? * +` or a bound, and perhaps a `?` that asks for as few as possible,
    /// which makes no difference to whether there is a match.
    fn repetition(&mut self) -> Result<(u32, Option<u32>), &'static str> {
        let bounds = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.next();
                return self.bound().and_then(|bounds| self.after_repetition(bounds));
            }
            _ => return Ok((1, Some(1))),
        };
        self.next();
        self.after_repetition(bounds)
    }

    fn after_repetition(&mut self, bounds: (u32, Option<u32>)) -> Result<(u32, Option<u32>), &'static str> {
        self.eat('?');
        match self.peek() {
            Some('*' | '+' | '?' | '{') => Err("a repetition cannot be repeated"),
            _ => Ok(bounds),
        }
    }

    /// The inside of `{n}`, `{m,}`, `{,n}` or `{m,n}`, after its `{`.
    fn bound(&mut self) -> Result<(u32, Option<u32>), &'static str> {
        const NO_BOUND: &str = "a { that is no repetition such as {2,3} is written \\{";
        let minimum = self.number()?;
        let bounds = if self.eat(',') {
            let maximum = self.number()?;
            if minimum.is_none() && maximum.is_none() {
                return Err(NO_BOUND);
            }
            (minimum.unwrap_or(0), maximum)
        } else {
            let exactly = minimum.ok_or(NO_BOUND)?;
            (exactly, Some(exactly))
        };
        if !self.eat('}') {
            return Err(NO_BOUND);
        }
        if bounds.1.is_some_and(|maximum| maximum < bounds.0) {
            return Err("the bounds of a repetition are the wrong way round");
        }
        Ok(bounds)
    }

    fn number(&mut self) -> Result<Option<u32>, &'static str> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        if digits.is_empty() {
            return Ok(None);
        }
        digits.parse().map(Some).map_err(|_| TOO_BIG)
    }

    /// What a backslash stands for, after it.
    fn escape(&mut self) -> Result<Item, &'static str> {
        const DIGIT: [(char, char); 1] = [('0', '9')];
        const SPACE: [(char, char); 2] = [('\t', '\r'), (' ', ' ')];
        const WORD: [(char, char); 4] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
        Ok(match self.next() {
            None => return Err("it ends in a backslash"),
            Some('d') => Item::Set(DIGIT.to_vec()),
            Some('D') => Item::Set(complement(&DIGIT)),
            Some('s') => Item::Set(SPACE.to_vec()),
            Some('S') => Item::Set(complement(&SPACE)),
            Some('w') => Item::Set(WORD.to_vec()),
            Some('W') => Item::Set(complement(&WORD)),
            Some('x') => {
                let code = self.rest.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
                let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
                let code = code.ok_or("\\x is followed by two hexadecimal digits, as in \\x28")?;
                self.rest = &self.rest[2..];
                Item::One(char::from(code))
            }
            Some(c) if c.is_ascii_alphanumeric() => {
                return Err("the escapes are \\d \\D \\s \\S \\w \\W, \\xhh and a backslash before a symbol");
            }
            Some(symbol) => Item::One(symbol),
        })
    }

    /// A class, after its `[`. A `]` that comes first, a `-` that is no range and every operator are themselves.
    fn class(&mut self) -> Result<Characters, &'static str> {
        let negated = self.eat('^');
        let mut ranges: Vec<(char, char)> = Vec::new();
        let mut first = true;
        loop {
            let c = self.next().ok_or("a [ is never closed")?;
            if c == ']' && !first {
                return Ok(Characters::Of { ranges, negated });
            }
            first = false;
            let start = match self.class_item(c)? {
                Item::One(c) => c,
                Item::Set(set) => {
                    ranges.extend(set);
                    continue;
                }
            };
            let range =
                self.rest.starts_with('-') && !matches!(self.rest[1..].chars().next(), None | Some(']'));
            if !range {
                ranges.push((start, start));
                continue;
            }
            self.next();
            let end = self.next().ok_or("a [ is never closed")?;
            let Item::One(end) = self.class_item(end)? else {
                return Err("a range in [ ] goes from one character to another");
            };
            if end < start {
                return Err("a range in [ ] is the wrong way round");
            }
            ranges.push((start, end));
        }
    }

    fn class_item(&mut self, c: char) -> Result<Item, &'static str> {
        if c == '\\' { self.escape() } else { Ok(Item::One(c)) }
    }
}

/// One character, or the ranges of an escape such as `\w`.
enum Item {
    One(char),
    Set(Vec<(char, char)>),
}

/// All characters outside of ranges that are in order.
fn complement(ranges: &[(char, char)]) -> Vec<(char, char)> {
    let mut class =
        ClassUnicode::new(ranges.iter().map(|(first, last)| ClassUnicodeRange::new(*first, *last)));
    class.negate();
    class.iter().map(|range| (range.start(), range.end())).collect()
}
