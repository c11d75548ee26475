//! How complex the wildcards of one list are, and which lists AWS refuses for that.

use std::collections::{BTreeMap, VecDeque};

use trailbell_text::Span;

use crate::syntax::{Field, ValueTest};
use crate::wildcard::Wildcard;

/// The complexity up to which AWS takes a list. It has taken 10 and refused 11.
const MAX_COMPLEXITY: usize = 10;

/// The place of what is too complex in a field's list: one wildcard, or all the wildcards together.
pub(crate) fn too_complex(field: &Field) -> Option<Span> {
    let wildcards: Vec<(&Wildcard, Span)> = field
        .tests
        .iter()
        .filter_map(|test| match &test.value {
            ValueTest::Wildcard(wildcard) if wildcard.exact().is_none() => Some((wildcard, test.span)),
            _ => None,
        })
        .collect();
    let alone = wildcards.iter().find(|(wildcard, _)| complexity(&[wildcard]) > MAX_COMPLEXITY);
    if let Some((_, span)) = alone {
        return Some(*span);
    }
    let together: Vec<&Wildcard> = wildcards.iter().map(|(wildcard, _)| *wildcard).collect();
    let (first, last) = (wildcards.first()?.1, wildcards.last()?.1);
    (complexity(&together) > MAX_COMPLEXITY).then(|| Span::new(first.start, last.end))
}

/// How many places of the wildcards one text can have reached at the same time: stars, and literal places after a star.
/// That is what AWS's open-source engine weighs.
///
/// A text begins in one way, so wildcards with different beginnings do not add up.
fn complexity(wildcards: &[&Wildcard]) -> usize {
    let first = |wildcard: &Wildcard| wildcard.parts().first().cloned().unwrap_or_default();
    let mut beginnings: Vec<String> = wildcards.iter().map(|wildcard| first(wildcard)).collect();
    beginnings.sort_unstable();
    beginnings.dedup();
    let mut most = 0;
    for beginning in beginnings {
        let reached: Vec<&[String]> = wildcards
            .iter()
            .map(|wildcard| wildcard.parts())
            .filter(|parts| parts.first().is_some_and(|first| beginning.starts_with(first.as_str())))
            .collect();
        let stars: usize = reached.iter().map(|parts| parts.len().saturating_sub(1)).sum();
        if stars > MAX_COMPLEXITY {
            return stars;
        }
        let literals: Vec<&[u8]> =
            reached.iter().flat_map(|parts| parts.iter().skip(1)).map(String::as_bytes).collect();
        most = most.max(stars + most_places(&literals));
    }
    most
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

    fn of(wildcards: &[&str]) -> usize {
        let wildcards: Vec<Wildcard> = wildcards.iter().map(|text| Wildcard::parse(text).unwrap()).collect();
        complexity(&wildcards.iter().collect::<Vec<_>>())
    }

    #[test]
    fn complexity_is_what_the_open_source_engine_gives() {
        assert_eq!(of(&["*:*:*:*:*:event-bus/*"]), 11);
        assert_eq!(of(&["/Users/*/dir/dir/dir/dir/dir/doc.txt"]), 7);
        assert_eq!(of(&["*a*a*a*a*a"]), 10);
        assert_eq!(of(&["abc"]), 0);
    }

    #[test]
    fn wildcards_of_one_list_add_up_as_users_report_it() {
        // Taken by AWS.
        assert_eq!(of(&["*.bif", "*.tiff", "*.tif", "*.svs"]), 8);
        assert_eq!(of(&["*/datasync/*.bif", "*/datasync/*.tif"]), 8);
        assert_eq!(of(&["*:stack/a/*", "*:stack/b/*", "*:stack/c/*"]), 9);
        // Refused by AWS.
        assert_eq!(of(&["*:stack/a/*", "*:stack/b/*", "*:stack/c/*", "*:stack/d/*"]), 12);
        // Different beginnings.
        assert_eq!(of(&["a/*x", "b/*x"]), 2);
    }
}
