//! Numbers compared exactly, on their text: no rounding, so two long ids are never equal by accident.

use std::cmp::Ordering;

/// The largest exponent that is told from a larger one.
const LARGEST_EXPONENT: i64 = 999_999_999_999_999_999;

/// A decimal number as it is written: `[+-] digits [. digits] [e [+-] digits]`, where one of the two runs of
/// digits may be empty (`.5`, `5.`). Borrowed from its text; comparing allocates nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'t> {
    negative: bool,
    /// The digits before and after the point, from the first that is not zero.
    whole: &'t [u8],
    fraction: &'t [u8],
    /// The power of ten of the first digit, plus one. An exponent of more than 18 digits counts as the
    /// largest of 18: far outside of anything that is compared for real.
    magnitude: i64,
}

impl<'t> Decimal<'t> {
    /// Reads the whole text as one number.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text.as_bytes()),
        };
        let (whole, rest) = digits(unsigned);
        let (fraction, rest) = match rest {
            [b'.', after @ ..] => digits(after),
            _ => (&rest[..0], rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', after @ ..] => exponent(after)?,
            _ => return None,
        };
        let whole = without_leading_zeros(whole);
        let (fraction, magnitude) = if whole.is_empty() {
            let significant = without_leading_zeros(fraction);
            (significant, -length(&fraction[..fraction.len() - significant.len()]))
        } else {
            (fraction, length(whole))
        };
        Some(Self { negative, whole, fraction, magnitude: magnitude.saturating_add(exponent) })
    }

    fn is_zero(self) -> bool {
        self.whole.is_empty() && self.fraction.iter().all(|digit| *digit == b'0')
    }

    fn digits(self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied()
    }

    /// The order of the two values: `1`, `1.0` and `1e0` are equal, and so are `0` and `-0`.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return if other.negative { Ordering::Greater } else { Ordering::Less },
            (false, true) => return if self.negative { Ordering::Less } else { Ordering::Greater },
            (false, false) => {}
        }
        match (self.negative, other.negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }

    fn compare_size(self, other: Self) -> Ordering {
        self.magnitude.cmp(&other.magnitude).then_with(|| {
            let length =
                (self.whole.len() + self.fraction.len()).max(other.whole.len() + other.fraction.len());
            let padded = |number: Self| number.digits().chain(std::iter::repeat(b'0')).take(length);
            padded(self).cmp(padded(other))
        })
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    &digits[start..]
}

fn length(digits: &[u8]) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (sign, unsigned) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, text),
    };
    if unsigned.is_empty() || !unsigned.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = unsigned.iter().fold(0_i64, |size, digit| {
        size.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(LARGEST_EXPONENT)
    });
    Some(sign * size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(left: &str, right: &str) -> Ordering {
        Decimal::parse(left).unwrap().compare(Decimal::parse(right).unwrap())
    }

    #[test]
    fn spellings_of_one_value_are_equal() {
        for (left, right) in [
            ("1", "1.0"),
            ("1", "1e0"),
            ("1000", "1e+3"),
            ("10e-3", "0.01"),
            ("0", "-0.0e9"),
            ("+5", "5."),
            (".5", "0.50"),
            ("0.001", "1E-3"),
            ("100", "0.0001e6"),
        ] {
            assert_eq!(order(left, right), Ordering::Equal, "{left} {right}");
        }
    }

    #[test]
    fn nothing_is_rounded() {
        assert_eq!(order("9007199254740993", "9007199254740992"), Ordering::Greater);
        assert_eq!(order("1e400", "1e401"), Ordering::Less);
        assert_eq!(order("-1e400", "-1e401"), Ordering::Greater);
        assert_eq!(order("1e-99999999999999999999", "0"), Ordering::Greater);
        assert_eq!(order("1.0000000000000000000000001", "1"), Ordering::Greater);
        assert_eq!(order("-0.1", "0"), Ordering::Less);
    }

    #[test]
    fn other_text_is_no_number() {
        for text in ["", "+", ".", "1.1.1", "1e", "1e+", "0x1", "1_0", " 1", "NaN", "4*", "e5", "--1"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_integers(left in any::<i64>(), right in any::<i64>(), shift in 0_u32..30) {
            let shifted = |n: i64| format!("{n}e-{shift}");
            prop_assert_eq!(order(&shifted(left), &shifted(right)), left.cmp(&right));
            prop_assert_eq!(order(&format!("{left}{}", "0".repeat(shift as usize)), &format!("{right}e{shift}")), left.cmp(&right));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.eE]{0,12}") {
            let _ = Decimal::parse(&text);
        }
    }
}
