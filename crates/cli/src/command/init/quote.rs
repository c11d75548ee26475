//! Texts as YAML takes them.

/// A text as YAML takes it: bare where a person would write it so.
pub(super) fn quoted(text: &str) -> String {
    let starts_bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || !c.is_ascii());
    let is_word = !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        .contains(&text.to_ascii_lowercase().as_str());
    let is_bare = text.chars().all(|c| {
        c.is_ascii_alphanumeric() || "_-./@+ ".contains(c) || (!c.is_ascii() && c.is_alphanumeric())
    });
    if starts_bare && is_word && is_bare && text.trim() == text { text.to_owned() } else { single(text) }
}

/// Inside brackets.
pub(super) fn quoted_inside(text: &str) -> String {
    let text = quoted(text);
    if text.contains(' ') && !text.starts_with('\'') { single(&text) } else { text }
}

/// In single quotes.
pub(super) fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_yaml_would_read_something_else() {
        for bare in ["Asia/Tokyo", "me@example.com", "blue heron", "/var/log/x", "青い さぎ"] {
            assert_eq!(quoted(bare), bare);
        }
        for (text, written) in [
            ("", "''"),
            ("off", "'off'"),
            ("12", "'12'"),
            ("-100123", "'-100123'"),
            ("a: b", "'a: b'"),
            ("it's", "'it''s'"),
            ("a #b", "'a #b'"),
            ("${X}", "'${X}'"),
            (" a", "' a'"),
            ("smtp://h", "'smtp://h'"),
        ] {
            assert_eq!(quoted(text), written, "{text}");
        }
    }
}
