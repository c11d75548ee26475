//! Numbers as AWS's messages write them: as Java does.

/// A double as Java writes it, and so the messages: `50.0`, `0.001`, `1.0E10`, `1.0E-4`.
pub(crate) fn java_double(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return if value.is_infinite() {
            format!("{}Infinity", if value < 0.0 { "-" } else { "" })
        } else {
            format!("{value:?}")
        };
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_javas() {
        let written: Vec<String> =
            [50.0, 0.5, 1e10, 12_345_678.9, 9_999_999.0, 1e-4, 1.5e-7, -1e7, 0.001, 0.0, f64::INFINITY]
                .map(java_double)
                .into();
        assert_eq!(
            written,
            [
                "50.0",
                "0.5",
                "1.0E10",
                "1.23456789E7",
                "9999999.0",
                "1.0E-4",
                "1.5E-7",
                "-1.0E7",
                "0.001",
                "0.0",
                "Infinity"
            ]
        );
    }
}
