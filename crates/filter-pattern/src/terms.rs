//! Reading patterns of terms: `ERROR -"timed out" ?%4[0-9]{2}%`.

use trailbell_text::Span;

use crate::choices::is_blank;
use crate::error::Error;
use crate::parse::compile;
use crate::syntax::{Role, Term, TermText};
use crate::token::{Cutter, is_bare_term};

/// Reads a pattern that is neither blank nor in `{ }` or `[ ]`.
pub(crate) fn terms(pattern: &str) -> Result<Vec<Term>, Error> {
    let mut cutter = Cutter { pattern, at: 0 };
    let mut cut = Vec::new();
    loop {
        cutter.skip_blanks();
        if cutter.rest().is_empty() {
            break;
        }
        cut.push(term(&mut cutter)?);
        // AWS's tokens end where their characters end; two terms with no blank between them would quietly mean
        // something else than one word, so whatever follows a term without a blank is refused.
        if cutter.rest().chars().next().is_some_and(|c| !is_blank(c)) {
            return cutter.fail(cutter.at);
        }
    }
    let mut regexes = 0;
    cut.into_iter()
        .map(|(role, text, span)| {
            let text = match text {
                Text::Phrase(phrase) => TermText::Phrase(phrase),
                Text::Regex(source) => TermText::Regex(compile(source, span, &mut regexes)?),
            };
            Ok(Term { role, text, span })
        })
        .collect()
}

/// A term before its regex is compiled: the characters of the whole pattern are checked first.
enum Text<'p> {
    Phrase(String),
    Regex(&'p str),
}

fn term<'p>(cutter: &mut Cutter<'p>) -> Result<(Role, Text<'p>, Span), Error> {
    let start = cutter.at;
    let role = match cutter.byte(0) {
        Some(b'-') => Role::Excluded,
        Some(b'?') => Role::Optional,
        _ => Role::Required,
    };
    if role != Role::Required {
        cutter.at += 1;
    }
    let text = match cutter.byte(0) {
        Some(b'"') => {
            let quote = cutter.at;
            let phrase = cutter.quoted()?;
            if phrase.is_empty() {
                cutter.at = quote + 1;
                return cutter.fail(quote);
            }
            Text::Phrase(phrase)
        }
        Some(b'%') => Text::Regex(cutter.regex()?),
        _ => {
            let word = cutter.rest().split(|c: char| !is_bare_term(c.encode_utf8(&mut [0; 4]))).next();
            let word = word.unwrap_or_default();
            if word.is_empty() {
                return cutter.fail(start);
            }
            cutter.at += word.len();
            Text::Phrase(word.to_owned())
        }
    };
    Ok((role, text, Span::new(start, cutter.at)))
}
