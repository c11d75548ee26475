//! `when`: what a rule asks of history beside its pattern, as `first-seen(country) and not expected`.
//!
//! ```text
//! when  = both { "or" both } ;
//! both  = not { "and" not } ;
//! not   = "not" not | "(" when ")" | ask ;
//! ask   = "first-seen" "(" dimension ")"          a value this person was never seen with
//!       | "unusual" [ "(" word ")" ]              what the notice calls unusual
//!       | "expected" [ "(" "person" | "place" ")" ]   what the settings expect
//!       | "share" "(" dimension ")" compare percent   of this person's earlier deeds
//!       | "absent" compare time                   since this person was last seen
//!       | "count" [ "(" dimension | "all" ")" ] compare number "in" time ;
//! ```
//!
//! `count` counts what the rule meets, this one included, apart for each person (or each value of the dimension).

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use trailbell_text::{Diagnostic, Span};

use crate::occurrence::Dimension;
use crate::seen::{Seen, Unusual};

/// How deep parentheses and `not` may stand in one another.
const DEEPEST: usize = 32;
/// The longest condition, in bytes.
const LONGEST: usize = 1_000;
/// What may be counted up to, and for how long.
const MOST_COUNTED: u64 = 1_000;
pub(crate) const LONGEST_COUNT: SignedDuration = SignedDuration::from_hours(31 * 24);

/// A condition on what has been seen before.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// The value in that dimension is new, and enough is known to say so.
    FirstSeen(Dimension),
    /// It is unusual in that, or in anything.
    Unusual(Option<Unusual>),
    /// The settings expect the person, the place, or both.
    Expected(Option<Expected>),
    /// The share of earlier deeds with the same value in that dimension, from 0 to 1, compared.
    Share(Dimension, Compare, f64),
    /// How long the person had not been seen, compared.
    Absent(Compare, SignedDuration),
    /// How often the rule was met, compared.
    Count(Count),
    /// It does not hold.
    Not(Box<Self>),
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// Either holds.
    Or(Box<Self>, Box<Self>),
}

/// What the settings can expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Who acted.
    Person,
    /// Where from.
    Place,
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

/// How often a rule is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What is counted apart; `None`: all together.
    pub by: Option<Dimension>,
    /// How the number is compared,
    pub compare: Compare,
    /// and with what.
    pub number: u64,
    /// How long back.
    pub within: SignedDuration,
}

/// What a condition is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// What earlier occurrences say.
    pub seen: &'a Seen,
    /// Whether the settings expect the person.
    pub is_expected_person: bool,
    /// Whether they expect the place.
    pub is_expected_place: bool,
    /// How often the rule was met, for each [`When::counts`] in order.
    pub counted: &'a [u64],
}

impl When {
    /// Reads a condition.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        if text.len() > LONGEST {
            let message = format!("A condition may have at most {LONGEST} characters");
            return Err(Diagnostic::new(message, Span { start: 0, end: text.len() }));
        }
        let mut parser = Parser { text, at: 0, depth: 0 };
        let when = parser.either()?;
        match parser.peek() {
            None => Ok(when),
            Some(token) => Err(wrong(token, "Nothing may follow here", "join conditions by and, or")),
        }
    }

    /// All that is counted for it, in order.
    pub fn counts(&self) -> Vec<&Count> {
        match self {
            Self::Count(count) => vec![count],
            Self::Not(inner) => inner.counts(),
            Self::And(one, other) | Self::Or(one, other) => {
                let mut counts = one.counts();
                counts.extend(other.counts());
                counts
            }
            _ => Vec::new(),
        }
    }

    /// Whether it holds.
    pub fn holds(&self, circumstances: &Circumstances<'_>) -> bool {
        self.holds_from(circumstances, &mut 0)
    }

    /// `counted` is how many of [`When::counts`] were asked about already: each is passed once, whatever it decides.
    fn holds_from(&self, circumstances: &Circumstances<'_>, counted: &mut usize) -> bool {
        let Circumstances { seen, is_expected_person, is_expected_place, .. } = circumstances;
        match self {
            Self::FirstSeen(dimension) => seen.is_first(*dimension),
            Self::Unusual(None) => !seen.unusual.is_empty(),
            Self::Unusual(Some(unusual)) => seen.is(*unusual),
            Self::Expected(None) => *is_expected_person && *is_expected_place,
            Self::Expected(Some(Expected::Person)) => *is_expected_person,
            Self::Expected(Some(Expected::Place)) => *is_expected_place,
            Self::Share(dimension, compare, share) => {
                seen.share(*dimension).is_some_and(|known| compare.holds(&known, share))
            }
            Self::Absent(compare, time) => seen.absent.is_some_and(|absent| compare.holds(&absent, time)),
            Self::Count(count) => {
                let number = circumstances.counted.get(*counted).copied().unwrap_or(0);
                *counted += 1;
                count.compare.holds(&number, &count.number)
            }
            Self::Not(inner) => !inner.holds_from(circumstances, counted),
            Self::And(one, other) => {
                let one = one.holds_from(circumstances, counted);
                let other = other.holds_from(circumstances, counted);
                one && other
            }
            Self::Or(one, other) => {
                let one = one.holds_from(circumstances, counted);
                let other = other.holds_from(circumstances, counted);
                one || other
            }
        }
    }
}

impl Compare {
    fn holds<T: PartialOrd>(self, one: &T, other: &T) -> bool {
        match self {
            Self::Less => one < other,
            Self::AtMost => one <= other,
            Self::Equal => one == other,
            Self::AtLeast => one >= other,
            Self::More => one > other,
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::More => ">",
        }
    }
}

/// As it is written; what it prints means the same.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = |f: &mut fmt::Formatter<'_>, when: &Self| match when {
            Self::And(..) | Self::Or(..) => write!(f, "({when})"),
            _ => write!(f, "{when}"),
        };
        match self {
            Self::FirstSeen(dimension) => write!(f, "first-seen({})", dimension.word()),
            Self::Unusual(None) => f.write_str("unusual"),
            Self::Unusual(Some(unusual)) => write!(f, "unusual({})", unusual.word()),
            Self::Expected(None) => f.write_str("expected"),
            Self::Expected(Some(Expected::Person)) => f.write_str("expected(person)"),
            Self::Expected(Some(Expected::Place)) => f.write_str("expected(place)"),
            Self::Share(dimension, compare, share) => {
                write!(f, "share({}) {} {}%", dimension.word(), compare.sign(), (share * 100.0).round())
            }
            Self::Absent(compare, time) => write!(f, "absent {} {}", compare.sign(), written(*time)),
            Self::Count(count) => {
                match count.by {
                    Some(Dimension::Person) => f.write_str("count")?,
                    Some(dimension) => write!(f, "count({})", dimension.word())?,
                    None => f.write_str("count(all)")?,
                }
                write!(f, " {} {} in {}", count.compare.sign(), count.number, written(count.within))
            }
            Self::Not(when) => {
                f.write_str("not ")?;
                inner(f, when)
            }
            Self::And(one, other) => {
                inner(f, one)?;
                f.write_str(" and ")?;
                inner(f, other)
            }
            Self::Or(one, other) => {
                inner(f, one)?;
                f.write_str(" or ")?;
                inner(f, other)
            }
        }
    }
}

fn written(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let unit = units.into_iter().find(|(length, _)| seconds % length == 0 && seconds > 0);
    let (length, letter) = unit.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / length)
}

/// A word, a sign or a number, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    start: usize,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

const ASKS: &str = "a condition is one of first-seen(DIMENSION), unusual, expected, share(DIMENSION) < 5%, absent > 30d, count > 3 in 5m";

fn wrong(token: Token<'_>, message: &str, hint: &str) -> Diagnostic {
    let span = Span { start: token.start, end: token.start + token.text.len() };
    Diagnostic::new(format!("{message}: `{}`", token.text), span).with_hint(hint)
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '%' | '.');
        let length = match first {
            '<' | '>' if rest[1..].starts_with('=') => 2,
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        Some(Token { text: &rest[..length], start })
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at = token.start + token.text.len();
        Some(token)
    }

    fn take(&mut self, text: &str) -> bool {
        let is_it = self.peek().is_some_and(|token| token.text == text);
        if is_it {
            self.next();
        }
        is_it
    }

    fn missing(&self, message: &str, hint: &str) -> Diagnostic {
        let end = self.text.trim_end().len();
        Diagnostic::new(message, Span { start: end, end }).with_hint(hint)
    }

    /// The next token, which must be there.
    fn some(&mut self, what: &str, hint: &str) -> Result<Token<'a>, Diagnostic> {
        self.next()
            .ok_or_else(|| self.missing(&format!("The condition ends where {what} should follow"), hint))
    }

    fn expect(&mut self, text: &str, hint: &str) -> Result<(), Diagnostic> {
        let token = self.some(&format!("`{text}`"), hint)?;
        if token.text == text {
            return Ok(());
        }
        Err(wrong(token, &format!("`{text}` should stand here"), hint))
    }

    fn either(&mut self) -> Result<When, Diagnostic> {
        let mut when = self.both()?;
        while self.take("or") {
            when = When::Or(Box::new(when), Box::new(self.both()?));
        }
        Ok(when)
    }

    fn both(&mut self) -> Result<When, Diagnostic> {
        let mut when = self.not()?;
        while self.take("and") {
            when = When::And(Box::new(when), Box::new(self.not()?));
        }
        Ok(when)
    }

    fn not(&mut self) -> Result<When, Diagnostic> {
        let token = self.some("a condition", ASKS)?;
        if !matches!(token.text, "not" | "(") {
            return self.ask(token);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong(token, "This is nested too deeply", "write it with fewer parentheses"));
        }
        let when = if token.text == "not" {
            When::Not(Box::new(self.not()?))
        } else {
            let when = self.either()?;
            self.expect(")", "every ( needs its )")?;
            when
        };
        self.depth -= 1;
        Ok(when)
    }

    fn ask(&mut self, token: Token<'a>) -> Result<When, Diagnostic> {
        Ok(match token.text {
            "first-seen" => When::FirstSeen(self.dimension()?),
            "unusual" => When::Unusual(match self.in_parentheses()? {
                None => None,
                Some(word) => Some(Self::known_unusual(word)?),
            }),
            "expected" => When::Expected(match self.in_parentheses()? {
                None => None,
                Some(word) if word.text == "person" => Some(Expected::Person),
                Some(word) if word.text == "place" => Some(Expected::Place),
                Some(word) => {
                    return Err(wrong(
                        word,
                        "Nobody expects this",
                        "write expected(person) or expected(place)",
                    ));
                }
            }),
            "share" => {
                let dimension = self.dimension()?;
                let compare = self.compare()?;
                When::Share(dimension, compare, self.percent()?)
            }
            "absent" => {
                let compare = self.compare()?;
                When::Absent(compare, self.time()?)
            }
            "count" => {
                let by = match self.in_parentheses()? {
                    None => Some(Dimension::Person),
                    Some(word) if word.text == "all" => None,
                    Some(word) => Some(Self::known_dimension(word)?),
                };
                let compare = self.compare()?;
                let number = self.number()?;
                self.expect("in", "say for how long, such as count > 3 in 5m")?;
                let (start, within) = (self.peek(), self.time()?);
                if let Some(token) = start.filter(|_| within > LONGEST_COUNT) {
                    return Err(wrong(token, "This is too long to count", "count for at most 31d"));
                }
                When::Count(Count { by, compare, number, within })
            }
            _ => return Err(wrong(token, "This is no condition", ASKS)),
        })
    }

    fn in_parentheses(&mut self) -> Result<Option<Token<'a>>, Diagnostic> {
        if !self.take("(") {
            return Ok(None);
        }
        let word = self.some("a word", "every ( needs its )")?;
        self.expect(")", "every ( needs its )")?;
        Ok(Some(word))
    }

    fn dimension(&mut self) -> Result<Dimension, Diagnostic> {
        let hint = format!("name one of {} in parentheses", Dimension::WORDS.join(", "));
        match self.in_parentheses()? {
            Some(word) => Self::known_dimension(word),
            None => Err(match self.peek() {
                Some(token) => wrong(token, "`(` should stand here", &hint),
                None => self.missing("The condition ends where `(` should follow", &hint),
            }),
        }
    }

    fn known_dimension(word: Token<'_>) -> Result<Dimension, Diagnostic> {
        let hint = format!("it is one of {}", Dimension::WORDS.join(", "));
        word.text.parse().map_err(|_| wrong(word, "Nothing of this name is remembered", &hint))
    }

    fn known_unusual(word: Token<'_>) -> Result<Unusual, Diagnostic> {
        let known = Unusual::ALL.into_iter().find(|unusual| unusual.word() == word.text);
        known.ok_or_else(|| {
            let hint = format!("it is one of {}", Unusual::ALL.map(Unusual::word).join(", "));
            wrong(word, "Nothing is unusual in this way", &hint)
        })
    }

    fn compare(&mut self) -> Result<Compare, Diagnostic> {
        let hint = "compare with <, <=, =, >= or >";
        let token = self.some("a comparison", hint)?;
        Ok(match token.text {
            "<" => Compare::Less,
            "<=" => Compare::AtMost,
            "=" => Compare::Equal,
            ">=" => Compare::AtLeast,
            ">" => Compare::More,
            _ => return Err(wrong(token, "This is no comparison", hint)),
        })
    }

    fn number(&mut self) -> Result<u64, Diagnostic> {
        let hint = format!("write a whole number up to {MOST_COUNTED}");
        let token = self.some("a number", &hint)?;
        let number = token.text.parse().ok().filter(|number| *number <= MOST_COUNTED);
        number.ok_or_else(|| wrong(token, "This is no number to count to", &hint))
    }

    fn percent(&mut self) -> Result<f64, Diagnostic> {
        let hint = "write a share as 5%";
        let token = self.some("a share", hint)?;
        let number = token.text.strip_suffix('%').and_then(|number| number.parse::<u8>().ok());
        let share = number.filter(|number| *number <= 100).map(|number| f64::from(number) / 100.0);
        share.ok_or_else(|| wrong(token, "This is no share", hint))
    }

    fn time(&mut self) -> Result<SignedDuration, Diagnostic> {
        let hint = "write a time as 90s, 5m, 36h or 7d";
        let token = self.some("a time", hint)?;
        let seconds = token.text.char_indices().next_back().and_then(|(at, unit)| {
            let length = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3_600,
                'd' => 86_400,
                _ => return None,
            };
            let digits = token.text.get(..at).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<i64>().ok().filter(|number| (1..=99_999).contains(number))?.checked_mul(length)
        });
        seconds.map(SignedDuration::from_secs).ok_or_else(|| wrong(token, "This is no time", hint))
    }
}

/// The times a rule was met, for the counts of its condition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Times(Vec<Timestamp>);

impl Times {
    /// Takes another one; how many there are in the time before it, itself included.
    pub(crate) fn take(&mut self, at: Timestamp, count: &Count) -> u64 {
        let place = self.0.partition_point(|time| *time <= at);
        self.0.insert(place, at);
        let is_within = |time: &&Timestamp| **time <= at && at.duration_since(**time) < count.within;
        let number = self.0.iter().filter(is_within).count() as u64;
        // One more than it is compared with tells all there is to know.
        let most = usize::try_from(count.number).unwrap_or(usize::MAX).saturating_add(1);
        if self.0.len() > most {
            self.0.drain(..self.0.len() - most);
        }
        number
    }

    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.0.last().copied()
    }

    pub(crate) fn write(&self) -> String {
        let times: Vec<String> = self.0.iter().map(|time| time.as_microsecond().to_string()).collect();
        times.join(" ")
    }

    pub(crate) fn read(text: &str) -> Self {
        let times = text.split(' ').filter_map(|time| Timestamp::from_microsecond(time.parse().ok()?).ok());
        Self(times.collect())
    }
}
