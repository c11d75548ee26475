//! Sentences with places in them, some of which may have nothing to say.
//!
//! A template is text of ours with `{name}` places. `[...]` around a part makes it optional: it is left out
//! when a place inside has no value, and `[...|...]` gives the words that stand in its stead. So
//! `attach [{policy}|a policy][ to {target}]` is true of a refused request whose parameters AWS did not record.

use trailbell_text::{Phrase, Piece};

/// Fills a template. A place outside brackets that has no value shows as `…`: a template brackets every place
/// that can lack one, which the tests hold it to.
pub(crate) fn fill(template: &'static str, value: &dyn Fn(&str) -> Option<Phrase>) -> Phrase {
    fill_or(template, "…", value)
}

/// The same with other words for a place outside brackets that has no value.
pub(crate) fn fill_or(
    template: &'static str,
    missing: &'static str,
    value: &dyn Fn(&str) -> Option<Phrase>,
) -> Phrase {
    let mut filled = Filled { pieces: Vec::new(), missing };
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let Some(close) = rest[open..].find(']').map(|i| open + i) else { break };
        filled.places(&rest[..open], value);
        let (first, instead) = rest[open + 1..close].split_once('|').unwrap_or((&rest[open + 1..close], ""));
        let before = filled.pieces.clone();
        if !filled.places(first, value) {
            filled.pieces = before;
            filled.places(instead, value);
        }
        rest = &rest[close + 1..];
    }
    filled.places(rest, value);
    let mut phrase = Phrase::new();
    for piece in filled.pieces {
        phrase.push(piece);
    }
    phrase
}

struct Filled {
    pieces: Vec<Piece>,
    missing: &'static str,
}

impl Filled {
    /// Adds text with its `{name}` places filled, and says whether every one had a value.
    fn places(&mut self, text: &'static str, value: &dyn Fn(&str) -> Option<Phrase>) -> bool {
        let mut complete = true;
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|i| open + i) else { break };
            self.add(&Piece::from(&rest[..open]));
            let filled = value(&rest[open + 1..close]);
            complete &= filled.is_some();
            for piece in filled.unwrap_or_else(|| Phrase::ours(self.missing)).pieces() {
                self.add(piece);
            }
            rest = &rest[close + 1..];
        }
        self.add(&Piece::from(rest));
        complete
    }

    /// Adds a piece. Japanese sets a blank between Latin and Japanese letters, and none between two Japanese
    /// ones or after a bracket: where words of ours fill a place written for a Latin name, the blank goes.
    fn add(&mut self, piece: &Piece) {
        let japanese = |c: char| !c.is_ascii() && c != '…';
        let needs_none = |c: char| japanese(c) || c == ')';
        match (self.pieces.last_mut(), piece) {
            (_, Piece::Ours(text)) if text.is_empty() => {}
            (Some(Piece::Ours(before)), Piece::Ours(after)) => {
                let (bare_before, bare_after) = (before.trim_end_matches(' '), after.trim_start_matches(' '));
                let joined = if bare_before.ends_with(needs_none) && bare_after.starts_with(japanese) {
                    format!("{bare_before}{bare_after}")
                } else {
                    format!("{before}{after}")
                };
                *before = joined.into();
            }
            _ => self.pieces.push(piece.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use trailbell_text::{Channel, Untrusted};

    use super::*;

    fn shown(template: &'static str, values: &[(&str, &str)]) -> String {
        shown_phrase(template, values).render(Channel::Terminal)
    }

    fn shown_phrase(template: &'static str, values: &[(&str, &str)]) -> Phrase {
        let value = |key: &str| {
            let (_, v) = values.iter().find(|(k, _)| *k == key)?;
            let mut phrase = Phrase::new();
            phrase.push(Untrusted::from(*v));
            Some(phrase)
        };
        fill(template, &value)
    }

    #[test]
    fn an_optional_part_without_its_value_is_left_out_or_replaced() {
        let template = "attach [{policy}|a policy][ to {target}].";
        assert_eq!(shown(template, &[("policy", "P"), ("target", "[{policy}]")]), "attach P to [{policy}].");
        assert_eq!(shown(template, &[]), "attach a policy.");
    }

    #[test]
    fn japanese_next_to_japanese_has_no_blank() {
        let root = |_: &str| Some(Phrase::ours("ルートユーザー"));
        assert_eq!(
            fill("{actor} が {actor} を", &root).render(Channel::Plain),
            "ルートユーザーがルートユーザーを"
        );
        let in_a_role =
            |_: &str| Some(shown_phrase("{name}(ロール {role})", &[("name", "alice"), ("role", "Admin")]));
        assert_eq!(
            fill("{actor} が[ {role} の]", &in_a_role).render(Channel::Plain),
            "alice(ロール Admin)が alice(ロール Admin)の"
        );
    }
}
