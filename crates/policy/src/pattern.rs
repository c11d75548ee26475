//! Patterns of policies: `*` stands for any characters, `?` for one.
//!
//! Two questions are asked of two patterns: whether one allows all that the other does ([`covers`]), and whether
//! there is anything that both allow ([`meets`]). A plain name is a pattern without wildcards.

/// How letters compare: names of actions without regard to case, ARNs with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Ignored,
    Kept,
}

impl Case {
    fn same(self, one: u8, other: u8) -> bool {
        match self {
            Self::Ignored => one.eq_ignore_ascii_case(&other),
            Self::Kept => one == other,
        }
    }
}

/// Longer than this, multiplied, no two patterns are that IAM takes: nothing is claimed to be covered, and
/// everything may meet.
const MOST_WORK: usize = 4_000_000;

/// Whether `wide` matches everything that `narrow` matches. Never wrongly yes: a wildcard of `narrow` is met by
/// a `*` of `wide` only.
pub(crate) fn covers(wide: &str, narrow: &str, case: Case) -> bool {
    let (wide, narrow) = (wide.as_bytes(), narrow.as_bytes());
    if wide.len().saturating_mul(narrow.len()) > MOST_WORK {
        return false;
    }
    let (mut w, mut n) = (0, 0);
    // Where the last star stands, and how far it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while n < narrow.len() {
        let fits = match wide.get(w) {
            Some(b'*') => {
                star = Some((w, n));
                w += 1;
                continue;
            }
            Some(b'?') => narrow[n] != b'*',
            Some(&byte) => !matches!(narrow[n], b'*' | b'?') && case.same(byte, narrow[n]),
            None => false,
        };
        if fits {
            w += 1;
            n += 1;
        } else if let Some((at, eaten)) = star {
            star = Some((at, eaten + 1));
            w = at + 1;
            n = eaten + 1;
        } else {
            return false;
        }
    }
    wide[w..].iter().all(|b| *b == b'*')
}

/// Whether some text is matched by both.
pub(crate) fn meets(one: &str, other: &str, case: Case) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().saturating_mul(other.len()) > MOST_WORK {
        return true;
    }
    // What differs before the first wildcard needs no table.
    for (a, b) in one.iter().zip(other) {
        if matches!(a, b'*' | b'?') || matches!(b, b'*' | b'?') {
            break;
        }
        if !case.same(*a, *b) {
            return false;
        }
    }
    // `row[j]`: whether what is left of `one` and `other[j..]` meet; filled from the ends.
    let rests = |rest: &[u8]| rest.iter().all(|b| *b == b'*');
    let mut row: Vec<bool> = (0..=other.len()).map(|j| rests(&other[j..])).collect();
    for i in (0..one.len()).rev() {
        let mut next = vec![false; other.len() + 1];
        next[other.len()] = rests(&one[i..]);
        for j in (0..other.len()).rev() {
            next[j] = match (one[i], other[j]) {
                (b'*', _) | (_, b'*') => row[j] || next[j + 1],
                (b'?', _) | (_, b'?') => row[j + 1],
                (a, b) => case.same(a, b) && row[j + 1],
            };
        }
        row = next;
    }
    row[0]
}

/// Whether it matches everything.
pub(crate) fn is_everything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|b| b == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_cover_names_and_narrower_wildcards() {
        let i = Case::Ignored;
        for (wide, narrow) in [
            ("*", ""),
            ("*", "*"),
            ("Get*", "getobject"),
            ("Get*", "Get*"),
            ("G?t*", "Get*"),
            ("*Object", "GetObject"),
            ("*Ob*ct*", "GetObject*"),
            ("a*b*c", "a-bb-bc"),
            ("**", "x"),
        ] {
            assert!(covers(wide, narrow, i), "{wide} {narrow}");
        }
        for (wide, narrow) in
            [("Get*", "*"), ("G?t", "G*t"), ("Get", "Get?"), ("", "x"), ("*a", "*b"), ("?", "*")]
        {
            assert!(!covers(wide, narrow, i), "{wide} {narrow}");
        }
        assert!(!covers("A*", "ab", Case::Kept));
    }

    #[test]
    fn patterns_meet_where_one_text_fits_both() {
        for (one, other, expected) in [
            ("Get*", "GetO*", true),
            ("*Policy", "Put*", true),
            ("*Policy", "PutX", false),
            ("Put?", "Put*", true),
            ("", "*", true),
            ("a*b", "*c", false),
            ("a*b", "*", true),
        ] {
            assert_eq!(meets(one, other, Case::Ignored), expected, "{one} {other}");
            assert_eq!(meets(other, one, Case::Ignored), expected, "{other} {one}");
        }
    }

    proptest! {
        /// What is covered and not empty of texts also meets; every pattern covers itself.
        #[test]
        fn covering_is_a_way_of_meeting(wide in "[ab*?]{0,8}", narrow in "[ab*?]{0,8}") {
            prop_assert!(covers(&narrow, &narrow, Case::Kept));
            if covers(&wide, &narrow, Case::Kept) {
                prop_assert!(meets(&wide, &narrow, Case::Kept));
            }
        }

        /// Of a plain text, covering and meeting are the same question: does it match?
        #[test]
        fn a_plain_text_matches_or_not(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(covers(&pattern, &text, Case::Kept), meets(&pattern, &text, Case::Kept));
        }
    }
}
