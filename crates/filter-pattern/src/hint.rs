//! The next step for a pattern that is refused: guesses at what was meant, from the text around the place.

use trailbell_text::Diagnostic;

use crate::choices::{is_blank, is_keyword};
use crate::regex::is_allowed;
use crate::token::Cutter;

const DOUBLE_QUOTES: &str = "write straight double quotes, \"like this\"";

/// A hint for an error at its place in the pattern, where what is written there is a known mistake.
pub(crate) fn guess(pattern: &str, error: &Diagnostic) -> Option<String> {
    let at = Place::of(pattern, error)?;
    let hint = at.quotes().or_else(|| match pattern.trim_start_matches(is_blank).chars().next() {
        Some('{') => at.json(),
        Some('[') => at.fields(),
        _ => Some(at.terms()),
    });
    hint.map(str::to_owned)
}

/// The offending text and what is around it.
struct Place<'p> {
    before: &'p str,
    /// Whether no blank is between what is before and the text.
    touches: bool,
    duplicate: bool,
    text: &'p str,
    after: &'p str,
}

impl<'p> Place<'p> {
    fn of(pattern: &'p str, error: &Diagnostic) -> Option<Self> {
        Some(Self {
            before: pattern.get(..error.span.start)?.trim_end_matches(is_blank),
            touches: pattern.get(..error.span.start)?.ends_with(|c| !is_blank(c)),
            duplicate: error.message.starts_with("Duplicate"),
            text: pattern.get(error.span.start..error.span.end)?,
            after: pattern.get(error.span.end..)?.trim_start_matches(is_blank),
        })
    }

    fn last(&self) -> Option<char> {
        self.text.chars().next_back()
    }

    /// Mistakes with quotes and regular expressions, the same in every kind of pattern.
    fn quotes(&self) -> Option<&'static str> {
        let last = self.last();
        let mut cutter = Cutter { pattern: self.text, at: 0 };
        if self.text.starts_with('%') && cutter.regex().is_err() {
            return Some(match last {
                Some('(' | ')') => "a regex has no groups; write a bracket of the text as \\x28 or \\x29",
                Some('!') => "write an exclamation mark in a regex as \\x21",
                Some('%') => "a regex needs something between its %; write a percent sign in it as \\x25",
                Some(c) if !c.is_ascii() => {
                    "a regex takes only ASCII characters; . stands for any one, and \"text\" is found as it is"
                }
                Some(c) if !is_allowed(c) => {
                    "close the regex with a second %, or write this character by its code, as \\x22 for a double quote"
                }
                _ => "a regex stands between two %; the second is missing",
            });
        }
        if self.text == "\"" && self.touches && self.after.contains('"') {
            return Some("put a blank before the quote");
        }
        if self.text.starts_with('"') && cutter.quoted().is_err() {
            return Some("the quote is never closed; a quote inside quotes is written \\\"");
        }
        match last {
            Some('“' | '”' | '„' | '‟' | '″' | '＂' | '«' | '»') => Some(DOUBLE_QUOTES),
            Some('\u{a0}' | '\u{3000}') => Some("this blank is a special one; write an ordinary blank"),
            Some('！'..='～') => Some("this character is a full-width one; write the ordinary one"),
            Some('\'' | '‘' | '’' | '`' | '′') => {
                Some("single quotes are not quotes here; write \"double\" ones")
            }
            _ => None,
        }
    }

    fn json(&self) -> Option<&'static str> {
        let text = self.text;
        let word = |word| is_keyword(text, word);
        if text.starts_with("$..") {
            return Some("there is no search at any depth; name each level, or use one wildcard: $.*.name");
        }
        if text == "$.\"" || text == "$[" {
            return Some("a key with other characters is written $.['such a key']");
        }
        if text.starts_with('$') {
            return Some("a selector begins with $. and a key, as in $.eventName or $.['dotted.key']");
        }
        if text.starts_with('[') {
            return Some("a subscript is [0], [*] or ['key']; there are no slices and no negative indexes");
        }
        if text.starts_with("!(") || (text.starts_with('!') && text != "!=") {
            return Some("nothing negates a bracket; turn the comparisons round: != for =, && for ||");
        }
        if text == "=" && self.before.ends_with('=') {
            return Some("write one =");
        }
        if text == ":" && !self.before.contains(['$', '=']) {
            return Some(
                "this looks like an EventBridge pattern; a filter pattern compares: { $.eventName = \"CreateUser\" }",
            );
        }
        if text.starts_with("..") {
            return Some("one dot and a key stand for one level; there is no search at any depth");
        }
        if word("AND") || text.starts_with('&') || text == "," {
            return Some("write && between conditions that must all hold");
        }
        if word("OR") || text.starts_with('|') {
            return Some("write || between conditions of which one must hold");
        }
        if word("NOT") {
            return Some(if self.before.to_ascii_uppercase().ends_with("IS") {
                "IS NOT is not in the language; $.a = * holds of any string or number"
            } else {
                "NOT is only in NOT EXISTS; turn the comparison round with !="
            });
        }
        if word("EXISTS") {
            return Some(
                "only NOT EXISTS is in the language; $.a = * holds where there is any string or number",
            );
        }
        if word("NULL") {
            return Some("write $.a IS NULL");
        }
        if self.before.ends_with(['<', '>']) || self.before.ends_with("<=") || self.before.ends_with(">=") {
            return Some("< <= > >= compare numbers only, and a number is written without quotes");
        }
        if self.before.ends_with(" IS") || self.before.ends_with(" is") {
            return Some("IS is followed by NULL, TRUE or FALSE");
        }
        if self.before.ends_with(['{', '(', '&', '|']) {
            return Some("a condition begins with a selector, as in $.status = \"401\"");
        }
        if self.before.ends_with('=') && text == "}" {
            return Some("a value is missing after the operator");
        }
        if text.is_empty() || text == "}" {
            return Some("the pattern is not complete: a } or ) is missing");
        }
        if self.before.ends_with('}') {
            return Some("nothing may follow the closing }");
        }
        self.needs_quotes()
    }

    fn fields(&self) -> Option<&'static str> {
        let word = |word| is_keyword(self.text, word);
        if self.text == "=" && self.before.ends_with('=') {
            return Some("write one =");
        }
        if word("AND") || word("OR") {
            return Some("write && or || between the conditions of one field");
        }
        if self.duplicate {
            return Some("give each field a name of its own, or none; ... stands once");
        }
        if self.text == "SPACE" {
            return Some("SPACE is a reserved word; write \"SPACE\"");
        }
        if self.before.ends_with("&&") || self.before.ends_with("||") {
            return Some(
                "the conditions of a field compare that field only; put the other one into its own place: \
                 [..., status = 4*, bytes > 1000]",
            );
        }
        if self.before.ends_with(['<', '>']) || self.before.ends_with("<=") || self.before.ends_with(">=") {
            return Some("< <= > >= compare numbers only, and a number is written without quotes");
        }
        if self.before.ends_with(']') {
            return Some(
                "a pattern in [ ] names the fields of a line; to look for a [ in the text, quote it: \"[ERROR]\"",
            );
        }
        if self.text.is_empty() {
            return Some("the pattern is not complete: a ] or ) is missing");
        }
        if self.before.ends_with(['[', ',']) {
            return Some(
                "a field is a name of letters, digits and _, a condition such as name = value, or ...",
            );
        }
        if self.before.ends_with('=') && matches!(self.text, "," | "]") {
            return Some("a value is missing after the operator");
        }
        if self.text.starts_with('"')
            || self.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return Some("fields are separated by commas, and a condition is name = \"value\"");
        }
        self.needs_quotes()
    }

    fn terms(&self) -> &'static str {
        match self.text {
            "*" => "a term is found anywhere in the text, also inside a word, so it needs no *",
            "\"\"" => "to match every event, leave the pattern empty",
            "$" if self.after.starts_with('.') => {
                "a selector stands in curly brackets: { $.eventName = CreateUser }"
            }
            text if text.len() > 1 && text.starts_with(['-', '?']) => {
                "- and ? stand right before a word or a \"phrase\""
            }
            _ => "put a term with other characters than letters, digits and _ in \"double quotes\"",
        }
    }

    /// A character that no bare value, and no name of a field, has.
    fn needs_quotes(&self) -> Option<&'static str> {
        let stray = self.last().is_some_and(|c| !c.is_ascii_alphanumeric() && !"\"{}()[]=<>&|,".contains(c));
        (stray || self.text.starts_with(['-', '+'])).then_some(
            "put a value with other characters than letters, digits, _ . and * in \"double quotes\"; \
             names of fields have letters, digits and _ only",
        )
    }
}
