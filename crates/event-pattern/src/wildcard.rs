//! `wildcard`: a text in which `*` stands for any characters, none included, and `\*` and `\\` for themselves.

use std::collections::{BTreeMap, VecDeque};

/// The complexity up to which AWS takes a wildcard; see [`Wildcard::complexity`].
const MAX_COMPLEXITY: usize = 10;

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

    pub(crate) fn is_too_complex(&self) -> bool {
        self.complexity() > MAX_COMPLEXITY
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

    /// How many places of the wildcard one text can have reached at the same time: the stars, and the most of the
    /// literal places after a star that the same end of a text can have come to. That is what AWS's open-source engine
    /// weighs; which sum the service allows is inferred from patterns it took (10) and refused (11).
    fn complexity(&self) -> usize {
        let literals: Vec<&[u8]> = self.parts.iter().skip(1).map(String::as_bytes).collect();
        self.parts.len() - 1 + most_places(&literals)
    }
}

fn push(parts: &mut [String], c: char) {
    if let Some(part) = parts.last_mut() {
        part.push(c);
    }
}

/// The most beginnings of `literals` that are all ends of one text. Such a text may be taken to be one of the
/// beginnings itself, so it is enough to count for each of them along the links of Aho and Corasick.
fn most_places(literals: &[&[u8]]) -> usize {
    struct Node {
        children: BTreeMap<u8, usize>,
        places: usize,
        link: usize,
    }
    let node = || Node { children: BTreeMap::new(), places: 0, link: 0 };
    let mut nodes = vec![node()];
    for literal in literals {
        let mut at = 0;
        for byte in *literal {
            let new = nodes.len();
            let Some(here) = nodes.get_mut(at) else { return 0 };
            at = *here.children.entry(*byte).or_insert(new);
            if at == new {
                nodes.push(node());
            }
            if let Some(there) = nodes.get_mut(at) {
                there.places += 1;
            }
        }
    }
    let mut most = 0;
    let mut queue = VecDeque::from([0]);
    while let Some(at) = queue.pop_front() {
        let Some(here) = nodes.get(at) else { continue };
        let link_of_here = here.link;
        for (byte, child) in here.children.clone() {
            let mut back = (at != 0).then_some(link_of_here);
            let link = loop {
                let Some(place) = back else { break 0 };
                let Some(behind) = nodes.get(place) else { break 0 };
                match behind.children.get(&byte) {
                    Some(found) => break *found,
                    None => back = (place != 0).then_some(behind.link),
                }
            };
            let behind = nodes.get(link).map_or(0, |behind| behind.places);
            if let Some(there) = nodes.get_mut(child) {
                there.link = link;
                there.places += behind;
                most = most.max(there.places);
            }
            queue.push_back(child);
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complexity_is_what_the_open_source_engine_gives() {
        let of = |text: &str| Wildcard::parse(text).unwrap().complexity();
        assert_eq!(of("*:*:*:*:*:event-bus/*"), 11);
        assert_eq!(of("/Users/*/dir/dir/dir/dir/dir/doc.txt"), 7);
        assert_eq!(of("*a*a*a*a*a"), 10);
        assert_eq!(of("abc"), 0);
    }
}
