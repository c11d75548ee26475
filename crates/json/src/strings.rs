//! The strings that an object has at given paths, found without reading the rest.

use crate::project::order;
use crate::skim::Skim;

/// Paths of names at which an object may have strings.
#[derive(Debug, Default)]
pub struct StringPaths {
    root: Node,
    count: usize,
}

/// What an object has at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringAt<'t> {
    /// Nothing, or `null`.
    Missing,
    /// A string, which has no escape.
    Text(&'t str),
    /// Something that only a careful reading can tell: a value of another kind, an escape, equal names, or a name with a dot
    /// beside those of the path (it may be read as a path).
    Other,
}

#[derive(Debug, Default)]
struct Node {
    /// The place of the path that ends here.
    path: Option<usize>,
    /// Sorted by [`order`].
    members: Vec<(Box<str>, Self)>,
    /// A bit for each length that one of their names has, the last for all that are longer.
    lengths: u64,
}

const fn length_bit(name: &str) -> u64 {
    if name.len() < 63 { 1 << name.len() } else { 1 << 63 }
}

impl Node {
    fn may_have(&self, name: &str) -> bool {
        self.lengths & length_bit(name) != 0
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.members.binary_search_by(|(member, _)| order(member, name))
    }

    /// What is at its path and all that go on from it is something else.
    fn is_other(&self, found: &mut [StringAt<'_>]) {
        if let Some(found) = self.path.and_then(|path| found.get_mut(path)) {
            *found = StringAt::Other;
        }
        self.goes_on_otherwise(found);
    }

    fn goes_on_otherwise(&self, found: &mut [StringAt<'_>]) {
        self.members.iter().for_each(|(_, member)| member.is_other(found));
    }
}

impl StringPaths {
    /// Another path, one that is not among them yet; an empty one finds nothing.
    pub fn add<'p>(&mut self, path: impl IntoIterator<Item = &'p str>) {
        let mut at = &mut self.root;
        for name in path {
            let place = at.find(name).unwrap_or_else(|place| {
                at.members.insert(place, (name.into(), Node::default()));
                at.lengths |= length_bit(name);
                place
            });
            at = &mut at.members[place].1;
        }
        at.path = Some(self.count);
        self.count += 1;
    }

    /// What the object, whose text is known to be valid, has at each path, in the order in which they were added. `None`: only a
    /// careful reading can tell.
    pub fn find<'t>(&self, text: &'t str) -> Option<Vec<StringAt<'t>>> {
        let mut found = vec![StringAt::Missing; self.count];
        let mut skim = Skim::new(text);
        skim.blanks();
        object(&mut skim, &self.root, &mut found)?;
        skim.end()?;
        Some(found)
    }
}

/// The object that starts here, and is passed.
fn object<'t>(skim: &mut Skim<'t>, node: &Node, found: &mut [StringAt<'t>]) -> Option<()> {
    skim.byte(b'{')?;
    skim.blanks();
    if skim.byte(b'}').is_some() {
        return Some(());
    }
    let mut has_dot = false;
    // A bit for each of the first members.
    let mut met = 0_u64;
    loop {
        let name = skim.plain_string()?;
        has_dot |= name.contains('.');
        skim.blanks();
        skim.byte(b':')?;
        skim.blanks();
        match node.may_have(name).then(|| node.find(name)) {
            Some(Ok(place)) => {
                let (_, member) = node.members.get(place)?;
                value(skim, member, found)?;
                let bit = u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place));
                if bit.is_none_or(|bit| met & bit != 0) {
                    member.is_other(found);
                }
                met |= bit.unwrap_or(0);
            }
            _ => {
                skim.value()?;
            }
        }
        skim.blanks();
        if skim.byte(b',').is_none() {
            skim.byte(b'}')?;
            break;
        }
        skim.blanks();
    }
    if has_dot {
        node.goes_on_otherwise(found);
    }
    Some(())
}

/// The value that starts here, and is passed.
fn value<'t>(skim: &mut Skim<'t>, node: &Node, found: &mut [StringAt<'t>]) -> Option<()> {
    if skim.peek() == Some(b'{') {
        object(skim, node, found)?;
        if let Some(found) = node.path.and_then(|path| found.get_mut(path)) {
            *found = StringAt::Other;
        }
        return Some(());
    }
    match (skim.value()?, node.path.and_then(|path| found.get_mut(path))) {
        ("null", _) => return Some(()),
        (text, Some(found)) => {
            let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            *found = inside.filter(|inside| !inside.contains('\\')).map_or(StringAt::Other, StringAt::Text);
        }
        (_, None) => {}
    }
    node.goes_on_otherwise(found);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Json;

    fn paths(all: &[&[&str]]) -> StringPaths {
        let mut paths = StringPaths::default();
        for path in all {
            paths.add(path.iter().copied());
        }
        paths
    }

    #[test]
    fn only_what_is_plain_is_told() {
        use StringAt::{Missing, Other, Text};
        let paths = paths(&[&["a"], &["b", "c"], &["b", "d", "e"], &["b"]]);
        for (text, expected) in [
            (r#"{"a":"x","b":{"c":"y","d":{"e":""}}}"#, [Text("x"), Text("y"), Text(""), Other]),
            (r#" { "x" : [{"a":"no"}], "a" : null , "b" : "é" } "#, [Missing, Other, Other, Text("é")]),
            (r#"{"a":1,"b":{"c":["y"],"d":null}}"#, [Other, Other, Missing, Other]),
            (r#"{"a":"\n","b":null}"#, [Other, Missing, Missing, Missing]),
            (r#"{"a":"x","a":"x","b":{},"b":{}}"#, [Other; 4]),
            (r#"{"a":"x","b":{"c":"y","d.e":"z"}}"#, [Text("x"), Other, Other, Other]),
            (r#"{"b.c":"y"}"#, [Other; 4]),
            ("{}", [Missing; 4]),
        ] {
            assert_eq!(paths.find(text).unwrap(), expected, "{text}");
        }
        for text in [r#"{"\u0061":1}"#, "[]", "", "{} {}"] {
            assert_eq!(paths.find(text), None, "{text}");
        }
    }

    /// The obvious way.
    fn slowly<'j>(json: &'j Json, path: &[&str]) -> Option<StringAt<'j>> {
        let mut at = json;
        for name in path {
            let members = match at {
                Json::Object(members) => members,
                Json::Null => return Some(StringAt::Missing),
                _ => return None,
            };
            if members.iter().any(|(name, _)| name.contains('.')) {
                return None;
            }
            let mut same = members.iter().filter(|(member, _)| member == name);
            match (same.next(), same.next()) {
                (None, _) => return Some(StringAt::Missing),
                (Some((_, value)), None) => at = value,
                _ => return None,
            }
        }
        match at {
            Json::Null => Some(StringAt::Missing),
            Json::String(text) => Some(StringAt::Text(text)),
            _ => None,
        }
    }

    proptest! {
        #[test]
        fn what_is_told_is_so(json in crate::tests::json_of_names("[ab]{1,2}|a\\.b")) {
            prop_assume!(json.as_object().is_some());
            let all: [&[&str]; 5] = [&["a"], &["b"], &["a", "b"], &["b", "a", "ab"], &["ab", "b"]];
            let text = json.to_string();
            for (found, path) in paths(&all).find(&text).unwrap().iter().zip(all) {
                match (found, slowly(&json, path)) {
                    (StringAt::Other, None) => {}
                    // What is printed may have escapes.
                    (StringAt::Other, Some(StringAt::Text(inside))) => {
                        prop_assert!(Json::String(inside.to_owned()).to_string().contains('\\'));
                    }
                    (found, slow) => prop_assert_eq!(Some(*found), slow, "{} {:?}", text, path),
                }
            }
        }

        #[test]
        fn any_text_is_gone_through_or_left(text in r#"([ -~é]|[{}\[\]",:\\ab]){0,40}"#) {
            let _ = paths(&[&["a"], &["b", "a"]]).find(&text);
            let _ = paths(&[&["a"], &["b", "a"]]).find(&format!("{{\"a\":{text}"));
        }
    }
}
