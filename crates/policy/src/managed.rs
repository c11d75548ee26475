//! AWS's own managed policies: what each allows, known by its name alone.
//!
//! `data/managed.txt` is made by our own judge from AWS's documents (`scripts/make-policy-data.py`), so that no
//! document has to be carried. Its first line is the day of the newest policy in it, and words for which one
//! character stands ([`CODES`]) in the names below. Each further line is a
//! verdict and the names it is true of: the level as a digit, `?` where it needs a condition and the level that
//! needs none; for the graver ones what decides, separated by `|`; the names, in order, each as a digit of 36 (how many letters it
//! shares with the one before) and the rest.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::verdict::{Because, Level, Verdict};

const TABLE: &str = include_str!("../data/managed.txt");

/// Characters that no name has, each for a word of the first line.
const CODES: &str = "!#$%&()*/:;<>?[]^`{}~";

/// A managed policy of AWS's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    /// Its name, without the path.
    pub name: String,
    /// What it is beside its verdict.
    pub special: Option<Special>,
    /// What it allows; `None` for one that AWS made later than the table.
    pub verdict: Option<Verdict>,
}

/// A managed policy that is put on for what it forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Special {
    /// `AWSCompromisedKeyQuarantine`, `...V2`, `...V3`: AWS believes that a key leaked.
    Quarantine,
    /// `AWSDenyAll`: a block.
    DenyAll,
}

impl Managed {
    /// The one an ARN names, in any partition. A customer's own policy of the same name is another policy.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let (_, path) = arn.split_once(":iam::aws:policy/")?;
        let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
        let special = match name {
            "AWSDenyAll" => Some(Special::DenyAll),
            _ if name.starts_with("AWSCompromisedKeyQuarantine") => Some(Special::Quarantine),
            _ => None,
        };
        Some(Self { name: name.to_owned(), special, verdict: verdict_of(name) })
    }

    /// The level of the verdict, where that needs no condition.
    pub fn always(&self) -> Level {
        self.verdict.as_ref().map_or(Level::Nothing, |verdict| verdict.always)
    }

    /// The day of the newest policy that the table knows, `2026-09-26`.
    pub fn known_until() -> &'static str {
        first_line().0
    }

    /// Every policy in the table, in no particular order.
    pub fn all() -> impl Iterator<Item = Self> {
        rows().flat_map(|(verdict, names)| {
            Names::of(names).map(move |name| Self { special: None, verdict: read(verdict), name })
        })
    }
}

/// The day, and the words that stand for a character each.
fn first_line() -> (&'static str, &'static str) {
    let line = TABLE.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
    line.split_once(' ').unwrap_or((line, ""))
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().skip(1).filter_map(|line| line.rsplit_once('\t'))
}

/// The verdict of each name, as the table has it.
static VERDICTS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    rows().flat_map(|(verdict, names)| Names::of(names).map(move |name| (name, verdict))).collect()
});

fn verdict_of(name: &str) -> Option<Verdict> {
    VERDICTS.get(name).and_then(|verdict| read(verdict))
}

/// The names of a line, each from the one before.
struct Names {
    rest: std::str::Split<'static, char>,
    words: Vec<&'static str>,
    before: String,
}

impl Names {
    fn of(names: &'static str) -> Self {
        Self { rest: names.split(' '), words: first_line().1.split(' ').collect(), before: String::new() }
    }
}

impl Iterator for Names {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let coded = self.rest.next()?;
        let mut letters = coded.chars();
        let shared = letters.next()?.to_digit(36)?;
        self.before.truncate(usize::try_from(shared).ok()?);
        for letter in letters {
            match CODES.find(letter).and_then(|at| self.words.get(at)) {
                Some(word) => self.before.push_str(word),
                None => self.before.push(letter),
            }
        }
        Some(self.before.clone())
    }
}

fn level(digit: char) -> Option<Level> {
    Level::ALL.get(usize::try_from(digit.to_digit(10)?).ok()?).copied()
}

/// A verdict as the table has it.
fn read(text: &str) -> Option<Verdict> {
    let (head, reasons) = text.split_once('\t').unwrap_or((text, ""));
    let mut head = head.chars();
    let highest = level(head.next()?)?;
    let (conditional, always) = match (head.next(), head.next()) {
        (Some('?'), Some(digit)) => (true, level(digit)?),
        _ => (false, highest),
    };
    let because = reasons.split('|').filter(|reason| !reason.is_empty()).map(reason).collect();
    Some(Verdict { level: highest, because, conditional, always })
}

fn reason(text: &str) -> Because {
    if text == "*" {
        return Because::Everything;
    }
    if let Some(listed) = text.strip_prefix('-') {
        return Because::AllBut { written: listed.split(',').map(str::to_owned).collect() };
    }
    if let Some(with) = text.strip_prefix('+') {
        let known = crate::escalation::TAKERS.iter().filter_map(|taker| taker.actions.first());
        if let Some(with) = known.into_iter().find(|action| **action == with) {
            return Because::PassRole { with };
        }
    }
    let (text, on) = text.split_once('@').map_or((text, None), |(text, on)| (text, Some(on.to_owned())));
    let (written, such_as) = text.split_once('>').map_or((text, None), |(w, s)| (w, Some(s.to_owned())));
    Because::Action { written: written.to_owned(), such_as, on }
}

impl Verdict {
    /// The verdict as a line of the table of managed policies has it; what `data/managed.txt` is made of.
    pub fn as_row(&self) -> String {
        use std::fmt::Write as _;
        let digit = |level: Level| Level::ALL.iter().position(|one| *one == level).unwrap_or_default();
        let mut row = digit(self.level).to_string();
        if self.conditional {
            let _ = write!(row, "?{}", digit(self.always));
        }
        // The name of an AWS policy says most of it; what is graver than writing has its reasons in the table.
        let shown = match self.level {
            Level::FullAdministrator | Level::CanBecomeAdministrator => 2,
            Level::ChangesPermissions => 1,
            Level::Writes | Level::Reads | Level::Views | Level::Nothing => 0,
        };
        let short = self.level == Level::ChangesPermissions;
        let reasons: Vec<String> =
            self.because.iter().take(shown).map(|reason| reason.as_word(short)).collect();
        if !reasons.is_empty() {
            let _ = write!(row, "\t{}", reasons.join("|"));
        }
        row
    }
}

impl Because {
    /// Where `short`, the action alone, and whether it is allowed on everything.
    fn as_word(&self, short: bool) -> String {
        match self {
            Self::Everything => "*".to_owned(),
            Self::AllBut { written } => format!("-{}", written.join(",")),
            Self::PassRole { with } => format!("+{with}"),
            Self::Action { written, such_as, on } if short => {
                let name = such_as.as_ref().unwrap_or(written);
                format!("{name}{}", if on.is_some() { "@" } else { "" })
            }
            Self::Action { written, such_as, on } => {
                let such_as = such_as.as_ref().map(|name| format!(">{name}")).unwrap_or_default();
                let on = on.as_ref().map(|on| format!("@{on}")).unwrap_or_default();
                format!("{written}{such_as}{on}")
            }
        }
    }
}
