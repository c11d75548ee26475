//! Sentences with places in them, some of which may have nothing to say.
//!
//! A template is text of ours with `{name}` places. `[...]` around a part makes it optional: it is left out
//! when a place inside has no value, and `[...|...]` gives the words that stand in its stead. So
//! `attach [{policy}|a policy][ to {target}]` is true of a refused request whose parameters AWS did not record.

use trailbell_text::{Phrase, Piece};

/// Fills a template. A place outside brackets that has no value shows as `…`: every template's optional
/// places are bracketed, which the tests hold it to.
pub(crate) fn fill(template: &'static str, value: &dyn Fn(&str) -> Option<Phrase>) -> Phrase {
    let mut phrase = Phrase::new();
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let Some(close) = rest[open..].find(']').map(|i| open + i) else { break };
        append(&mut phrase, places(&rest[..open], value).0);
        let group = &rest[open + 1..close];
        let (first, instead) = group.split_once('|').unwrap_or((group, ""));
        let (filled, complete) = places(first, value);
        append(&mut phrase, if complete { filled } else { places(instead, value).0 });
        rest = &rest[close + 1..];
    }
    append(&mut phrase, places(rest, value).0);
    phrase
}

/// Fills the `{name}` places, and says whether every one had a value.
fn places(text: &'static str, value: &dyn Fn(&str) -> Option<Phrase>) -> (Phrase, bool) {
    let mut phrase = Phrase::new();
    let mut complete = true;
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|i| open + i) else { break };
        append(&mut phrase, Phrase::ours(&rest[..open]));
        if let Some(filled) = value(&rest[open + 1..close]) {
            append(&mut phrase, filled);
        } else {
            complete = false;
            phrase.push("…");
        }
        rest = &rest[close + 1..];
    }
    append(&mut phrase, Phrase::ours(rest));
    (phrase, complete)
}

/// Joins two phrases. Japanese sets a blank between Latin and Japanese letters, and none between two Japanese
/// ones: where a word of ours fills a place written for a Latin name, the blank goes.
fn append(phrase: &mut Phrase, next: Phrase) {
    let japanese = |c: char| !c.is_ascii() && c != '…';
    let mut pieces: Vec<Piece> = std::mem::take(phrase).pieces().to_vec();
    for piece in next.pieces() {
        match (pieces.last_mut(), piece) {
            (Some(Piece::Ours(before)), Piece::Ours(after)) => {
                let (bare_before, bare_after) = (before.trim_end_matches(' '), after.trim_start_matches(' '));
                let joined = if bare_before.ends_with(japanese) && bare_after.starts_with(japanese) {
                    format!("{bare_before}{bare_after}")
                } else {
                    format!("{before}{after}")
                };
                *before = joined.into();
            }
            _ => pieces.push(piece.clone()),
        }
    }
    for piece in pieces {
        phrase.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use trailbell_text::{Channel, Untrusted};

    use super::*;

    fn shown(template: &'static str, values: &[(&str, &str)]) -> String {
        let value = |key: &str| {
            let (_, v) = values.iter().find(|(k, _)| *k == key)?;
            let mut phrase = Phrase::new();
            phrase.push(Untrusted::from(*v));
            Some(phrase)
        };
        fill(template, &value).render(Channel::Terminal)
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
    }
}
