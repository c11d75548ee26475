//! Numbers compared by their exact value: an account number has more digits than a double keeps apart from its neighbours.

use std::cmp::Ordering;

/// A decimal number of any length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// The value is `0.DIGITS` times ten to this power.
    exponent: i64,
}

impl Number {
    /// Reads a number as JSON or YAML write it: digits, a point, an exponent; or hexadecimal after `0x`, octal after `0o`.
    /// `None` for anything else, infinity and `nan` included.
    pub fn parse(text: &str) -> Option<Self> {
        for (prefix, radix) in [("0x", 16), ("0o", 8)] {
            if let Some(digits) = text.strip_prefix(prefix) {
                let plain = digits.bytes().all(|b| b.is_ascii_alphanumeric());
                return u128::from_str_radix(digits, radix)
                    .ok()
                    .filter(|_| plain)
                    .and_then(|n| Self::parse(&n.to_string()));
            }
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (unsigned.get(..at)?, exponent(unsigned.get(at + 1..)?)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.len() + fraction.len() == 0
            || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let leading = all.len() - digits.len();
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, digits: String::new(), exponent: 0 });
        }
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Self { negative, digits: digits.to_owned(), exponent: exponent.saturating_add(point) })
    }
}

/// An exponent beyond every number that anybody writes is as good as the bound.
fn exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse::<i64>().unwrap_or(i64::MAX).min(i64::MAX / 4);
    Some(if negative { -value } else { value })
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |n: &Self| {
            if n.digits.is_empty() {
                0
            } else if n.negative {
                -1
            } else {
                1
            }
        };
        let size = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => size(),
            _ => size().reverse(),
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_and_ordered_by_value() {
        let number = |text: &str| Number::parse(text).unwrap();
        for (one, other) in
            [("1", "1.0"), ("10e-1", "1"), ("-0", "0.00"), ("0x1f", "31"), ("007", "7"), (".5", "5e-1")]
        {
            assert_eq!(number(one), number(other), "{one} {other}");
        }
        let ascending = [
            "-1e9",
            "-2.5",
            "-2",
            "0",
            "1e-300",
            "0.9",
            "1",
            "1.05",
            "1.5",
            "10",
            "123456789012345678",
            "123456789012345679",
            "1e99999999999999999999",
        ];
        for pair in ascending.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
        for text in ["", "-", ".", "1e", "e1", "nan", "inf", "1_000", "0x", "1 ", "--1", "0x+1"] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
    }
}
