//! `fieldSelectionCriteria`: which accounts and regions a metric filter looks at.

use trailbell_text::{Diagnostic, Span};

use crate::Error;

/// The longest criteria AWS takes, in characters.
const LONGEST: usize = 2000;
/// Brackets inside one another.
const DEEPEST: usize = 32;

/// Conditions on `@aws.account` and `@aws.region`: `=`, `!=`, `IN [...]`, `NOT IN [...]`, joined by `AND` and `OR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// The field is one of these, or none of them.
    Field {
        field: Field,
        values: Vec<String>,
        among: bool,
    },
    All(Vec<Self>),
    Any(Vec<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Account,
    Region,
}

impl Selection {
    /// Reads criteria.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |diagnostic| Error::text("fieldSelectionCriteria", text, diagnostic);
        if text.chars().count() > LONGEST {
            let message = format!("at most {LONGEST} characters");
            return Err(wrong(Diagnostic::new(message, Span::new(0, text.len()))));
        }
        let mut parser = Parser { text, at: 0, depth: 0 };
        let selection = parser.any().map_err(wrong)?;
        if parser.rest().is_empty() {
            Ok(selection)
        } else {
            Err(wrong(parser.unexpected("AND, OR or the end")))
        }
    }

    /// Whether events of that account and region are looked at.
    pub(crate) fn holds(&self, account: &str, region: &str) -> bool {
        match self {
            Self::Field { field, values, among } => {
                let value = match field {
                    Field::Account => account,
                    Field::Region => region,
                };
                values.iter().any(|one| one == value) == *among
            }
            Self::All(all) => all.iter().all(|one| one.holds(account, region)),
            Self::Any(any) => any.iter().any(|one| one.holds(account, region)),
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    /// What is left, blanks skipped.
    fn rest(&mut self) -> &'t str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// A keyword, in any case, that ends where a word ends.
    fn keyword(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let found = rest.get(..end).is_some_and(|found| found.eq_ignore_ascii_case(word));
        if found {
            self.at += end;
        }
        found
    }

    fn unexpected(&mut self, wanted: &str) -> Diagnostic {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Diagnostic::new(format!("expected {wanted}"), Span::new(self.at, self.at + length)).with_hint(
            "write @aws.account = \"123456789012\" AND @aws.region IN [\"us-east-1\", \"eu-west-1\"]",
        )
    }

    fn any(&mut self) -> Result<Selection, Diagnostic> {
        let mut parts = vec![self.all()?];
        while self.keyword("OR") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Selection::Any(parts) })
    }

    fn all(&mut self) -> Result<Selection, Diagnostic> {
        let mut parts = vec![self.one()?];
        while self.keyword("AND") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Selection::All(parts) })
    }

    fn one(&mut self) -> Result<Selection, Diagnostic> {
        if self.take("(") {
            if self.depth == DEEPEST {
                return Err(self.unexpected(&format!("no more than {DEEPEST} brackets inside one another")));
            }
            self.depth += 1;
            let inner = self.any()?;
            self.depth -= 1;
            return if self.take(")") { Ok(inner) } else { Err(self.unexpected("`)`")) };
        }
        let field = if self.take("@aws.account") {
            Field::Account
        } else if self.take("@aws.region") {
            Field::Region
        } else {
            return Err(self.unexpected("@aws.account or @aws.region"));
        };
        if self.take("!=") {
            return Ok(Selection::Field { field, values: vec![self.value()?], among: false });
        }
        if self.take("=") {
            return Ok(Selection::Field { field, values: vec![self.value()?], among: true });
        }
        let among = !self.keyword("NOT");
        if !self.keyword("IN") || !self.take("[") {
            return Err(self.unexpected("=, !=, IN [...] or NOT IN [...]"));
        }
        let mut values = vec![self.value()?];
        while self.take(",") {
            values.push(self.value()?);
        }
        if self.take("]") {
            Ok(Selection::Field { field, values, among })
        } else {
            Err(self.unexpected("`,` or `]`"))
        }
    }

    fn value(&mut self) -> Result<String, Diagnostic> {
        for quote in ['"', '\''] {
            if let Some(inside) = self.rest().strip_prefix(quote)
                && let Some(end) = inside.find(quote)
            {
                self.at += end + 2;
                return Ok(inside.get(..end).unwrap_or_default().to_owned());
            }
        }
        Err(self.unexpected("a value in quotes"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn criteria_choose_by_account_and_region() {
        for (text, holds) in [
            ("@aws.account = \"1\" AND @aws.region = \"r\"", true),
            ("@aws.account = \"2\"", false),
            ("@aws.account != '2' and @aws.region NOT IN ['x', 'y']", true),
            ("@aws.account = \"2\" OR (@aws.region IN [\"x\",\"r\"])", true),
            ("@aws.account = \"2\" OR @aws.account = \"1\" AND @aws.region = \"x\"", false),
        ] {
            assert_eq!(Selection::parse(text).unwrap().holds("1", "r"), holds, "{text}");
        }
        for text in [
            "",
            "@aws.account",
            "@aws.account = 1",
            "@source.log = \"x\"",
            "@aws.account = \"1\" x",
            "@aws.account IN []",
        ] {
            assert!(Selection::parse(text).unwrap_err().diagnostic().unwrap().1.hint.is_some(), "{text}");
        }
        assert!(Selection::parse(&"(".repeat(1500)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(@aws.account|@aws.region|[ =!()\\[\\],\"']|IN|NOT|AND|OR|x|\u{e9}){0,16}") {
            let _ = Selection::parse(&text);
        }
    }
}
