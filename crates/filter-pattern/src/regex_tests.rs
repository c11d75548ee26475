//! The regex subset: a table of what it takes, and the automaton against a matcher that only tries everything.

use proptest::prelude::*;

use crate::regex::{Characters, Piece, Regex, Tree, parse};

fn found(regex: &str, text: &str) -> bool {
    Regex::compile(regex).unwrap_or_else(|reason| panic!("{regex}: {reason}")).is_match(text)
}

#[test]
fn other_dialects_are_not_mistaken_for_this_one() {
    // Rust's regex would take these for a set difference, a nested class, an intersection and a literal.
    assert!(found("^[+--x]$", ",") && found("^[+--x]$", "x") && !found("^[+--x]$", "b"));
    assert!(found("^[a[b]$", "[") && found("^[a[b]]$", "b]"));
    assert!(found("^a{,2}$", "aa") && found("^a{,2}$", "") && !found("^a{,2}$", "aaa"));
    assert!(found(r"^\w$", "_") && !found(r"^\w$", "é") && !found(r"^\d$", "٣"));
    assert!(found("^#x y$", "#x y"));
}

#[test]
fn a_character_is_one_character_and_not_one_byte() {
    assert!(found("^caf.$", "café") && found("^.{2}$", "日本") && found(r"^\W[^a]\D$", "日本語"));
    assert!(found(r"\xE9", "é") && found(r"\x41\x2a", "A*"));
}

#[test]
fn a_dot_stops_at_a_line_feed_and_a_blank_class_does_not() {
    assert!(found(r"^ERROR\s[0-9]{3}$", "ERROR\n500"));
    assert!(!found("ERROR.500", "ERROR\n500") && found("ERROR.500", "ERROR\r500"));
    assert!(!found("500$", "500\n") && !found("^b", "a\nb"));
}

#[test]
fn classes_take_brackets_and_hyphens_as_they_come() {
    for (regex, inside) in [
        ("[]a]", ']'),
        ("[^]a]", 'b'),
        (r"[\w-]", '-'),
        (r"[\w-.]", '-'),
        ("[a-c-]", '-'),
        (r"[\]x]", ']'),
        ("[.*$]", '$'),
    ] {
        assert!(found(&format!("^{regex}$"), &inside.to_string()), "{regex} {inside}");
    }
    assert!(!found(r"^[\w-.]$", "+") && !found("^[^]a]$", "]"));
}

#[test]
fn lazy_repetition_finds_the_same() {
    assert!(found("^a+?b$", "aab") && found("^a??b$", "b") && found("^a{2,3}?$", "aaa"));
}

#[test]
fn what_is_no_regular_expression_is_refused() {
    for regex in [
        "[abc",
        "[]",
        "[^]",
        "[z-a]",
        r"[a-\d]",
        "*a",
        "a|+",
        "a**",
        "a+{2}",
        "a{3,1}",
        "a{",
        "a{,}",
        "a{x}",
        "a{2",
        r"a\",
        r"\x4",
        r"\xg0",
        r"\b",
        r"\t",
        r"\q",
        "a{99999999999}",
    ] {
        assert!(Regex::compile(regex).is_err(), "{regex}");
    }
}

#[test]
fn repetition_cannot_explode() {
    assert!(Regex::compile(".{1,1000}[^a]{1000}").is_ok());
    assert!(Regex::compile("a{1,1000}b{1000}c{2,}").is_err());
    assert!(Regex::compile(&".{1,1000}".repeat(100)).is_err());
    assert!(Regex::compile("a{4000000000}").is_err());
}

/// The same meaning, by trying every way.
struct Naive<'t> {
    text: &'t [char],
}

impl Naive<'_> {
    fn search(&self, tree: &Tree) -> bool {
        (0..=self.text.len()).any(|start| tree.0.iter().any(|pieces| self.matches(pieces, start)))
    }

    fn matches(&self, pieces: &[Piece], at: usize) -> bool {
        let Some((piece, rest)) = pieces.split_first() else { return true };
        match piece {
            Piece::Start => at == 0 && self.matches(rest, at),
            Piece::End => at == self.text.len() && self.matches(rest, at),
            Piece::Characters { of, minimum, maximum } => {
                let fitting = self.text[at..].iter().take_while(|c| in_set(of, **c)).count();
                let most = maximum.map_or(fitting, |maximum| fitting.min(maximum as usize));
                (*minimum as usize..=most).any(|count| self.matches(rest, at + count))
            }
        }
    }
}

fn in_set(of: &Characters, c: char) -> bool {
    match of {
        Characters::Any => c != '\n',
        Characters::Of { ranges, negated } => {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != *negated
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_automaton_agrees_with_trying_everything(
        regex in r"(\^|\$|\||[ab.é]|\[[\^]?[ab-]{1,3}\]|\\[dwWsS]|[ab.][?*+]|[ab]\{(1|,2|1,|1,3)\}){0,6}",
        text in "[ab1é\n -]{0,6}",
    ) {
        if let Ok(compiled) = Regex::compile(&regex) {
            let tree = parse(&regex).unwrap();
            let characters: Vec<char> = text.chars().collect();
            prop_assert_eq!(compiled.is_match(&text), Naive { text: &characters }.search(&tree), "{:?} {:?}", regex, text);
        }
    }

    #[test]
    fn any_text_is_compiled_or_refused(regex in r"[a-c0-9 ,^$?\[\]{}|\\*+.x-]{0,16}") {
        if let Ok(compiled) = Regex::compile(&regex) {
            compiled.is_match("abc");
        }
    }
}
