//! `wildcard`: a text in which `*` stands for any characters, none included, and `\*` and `\\` for themselves.

/// A text with `*` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard {
    text: String,
    /// What stands between the stars; one more than there are stars.
    parts: Vec<String>,
}

impl Wildcard {
    /// Reads a wildcard. The error is AWS's text, in which positions count bytes and the quote before the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = vec![String::new()];
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let following = characters.peek().map(|(_, c)| *c);
            match c {
                '*' if following == Some('*') => {
                    return Err(format!("Consecutive wildcard characters at pos {}", at + 1));
                }
                '*' => parts.push(String::new()),
                '\\' => match following {
                    Some(escaped @ ('*' | '\\')) => {
                        characters.next();
                        push(&mut parts, escaped);
                    }
                    _ => return Err(format!("Invalid escape character at pos {}", at + 1)),
                },
                c => push(&mut parts, c),
            }
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The one text it matches, where it has no `*`.
    pub(crate) fn exact(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// What stands before, between and after the stars: one more part than there are stars.
    pub(crate) fn parts(&self) -> &[String] {
        &self.parts
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let Some((last, middle)) = rest.split_last() else { return text == first };
        let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            // The leftmost place leaves most to what follows.
            match left.find(part.as_str()).and_then(|at| left.get(at + part.len()..)) {
                Some(after) => left = after,
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}

fn push(parts: &mut [String], c: char) {
    if let Some(part) = parts.last_mut() {
        part.push(c);
    }
}
