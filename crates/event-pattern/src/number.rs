//! Numbers as patterns compare them: by value where a double holds the number exactly as it is written.

/// A number of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    text: String,
    value: Option<f64>,
}

impl Number {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), value: comparable(text) }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its value, where it can be compared with others: where the nearest double, written as short as it can be, is
    /// the same number. Seventeen digits or `1e400` are not.
    pub const fn value(&self) -> Option<f64> {
        self.value
    }

    /// Whether a number of an event, as it is written there, is this one: by value, or else by its very text.
    pub(crate) fn equals(&self, text: &str) -> bool {
        self.text == text || self.equals_by_value(text)
    }

    /// The same by value alone.
    #[expect(clippy::float_cmp, reason = "both are exactly what is written")]
    pub(crate) fn equals_by_value(&self, text: &str) -> bool {
        matches!((self.value, comparable(text)), (Some(ours), Some(theirs)) if ours == theirs)
    }
}

/// The double that a number is, where it is one.
pub(crate) fn comparable(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    (value.is_finite() && digits(&format!("{value:e}"))? == digits(text)?).then_some(value)
}

/// The digits that count and the power of ten of the first of them; zero has none.
fn digits(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let kept = all.trim_start_matches('0');
    if kept.is_empty() {
        return Some((false, String::new(), 0));
    }
    let first = i64::try_from(whole.len()).ok()? - i64::try_from(all.len() - kept.len()).ok()?;
    Some((negative, kept.trim_end_matches('0').to_owned(), exponent.checked_add(first)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_compared_where_a_double_holds_what_is_written() {
        for text in ["0", "-0", "0e99", "1", "1.50", "3e2", "133.3", "287.48116291799363", "1E-320", "-4e-6"]
        {
            assert!(comparable(text).is_some(), "{text}");
        }
        for text in
            ["12345678901234567", "1e309", "1E-325", "0.1000000000000000055", "1e99999999999999999999"]
        {
            assert!(comparable(text).is_none(), "{text}");
        }
    }
}
