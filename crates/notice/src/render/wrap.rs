//! Breaking prose into lines: at blanks, and in Japanese between any two letters but where its rules for line
//! ends forbid it. A word that is longer than a line (an ARN, a link) stays whole, so that it can be copied.

/// Columns of a line.
const WIDTH: usize = 92;

/// What may not begin a line.
const NOT_FIRST: &str = "、。,.:;!?)]」』】ーっゃゅょぁぃぅぇぉッャュョァィゥェォ〜…";
/// What may not end one.
const NOT_LAST: &str = "([「『【";

/// Columns a text takes in a terminal: Japanese letters take two.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

const fn width(c: char) -> usize {
    // Latin with accents is narrow, from the CJK punctuation on almost everything is wide.
    if (c as u32) < 0x1100 { 1 } else { 2 }
}

/// The text with line ends put in, every line but the first behind `indent` blanks, which the first is taken
/// to have before it already.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut used = indent;
    for (gap, word) in words(text) {
        let needed = columns(word);
        let gap = usize::from(gap && used > indent);
        if used > indent && used + gap + needed > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = indent;
        } else if gap == 1 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += needed;
    }
    out
}

/// The pieces between which a line may end, and whether a blank stands before each.
fn words(text: &str) -> Vec<(bool, &str)> {
    let mut pieces = Vec::new();
    for (index, chunk) in text.split(' ').enumerate() {
        let mut start = 0;
        let mut before: Option<char> = None;
        let mut first = index > 0;
        for (at, c) in chunk.char_indices() {
            let breaks = before.is_some_and(|b| {
                (width(b) == 2 || width(c) == 2) && !NOT_FIRST.contains(c) && !NOT_LAST.contains(b)
            });
            if breaks {
                pieces.push((first, &chunk[start..at]));
                (start, first) = (at, false);
            }
            before = Some(c);
        }
        pieces.push((first, &chunk[start..]));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn english_breaks_at_blanks_and_long_words_stay_whole() {
        let arn = format!("arn:aws:iam::123456789012:role/{}", "x".repeat(100));
        let wrapped = wrap(&format!("Principal {arn} did it"), 2);
        assert_eq!(wrapped, format!("Principal\n  {arn}\n  did it"));
    }

    #[test]
    fn japanese_breaks_between_letters_but_no_line_begins_with_a_full_stop() {
        let wrapped = wrap(&"受信箱を保護してください。".repeat(8), 5);
        assert!(wrapped.lines().count() > 1);
        for line in wrapped.lines() {
            assert!(columns(line) <= WIDTH && !line.trim_start().starts_with(['。', 'ー']), "{line}");
        }
    }

    proptest! {
        #[test]
        fn wrapping_changes_nothing_but_blanks(text in "[a-zあ-ん。、()]{0,8}( [a-zあ-ん。、()]{1,40}){0,20}", indent in 0_usize..10) {
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&wrap(&text, indent)), bare(&text));
        }
    }
}
