//! Reading only the members of an object that somebody asks for.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::skim::Skim;
use crate::{Error, Json};

/// Which members of an object are asked for: some, each whole or some of its own, or the object as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    whole: bool,
    /// Sorted by [`order`].
    members: Vec<(Box<str>, Self)>,
}

/// By name, the shortest first: names of different lengths are told apart at once.
pub(crate) fn order(name: &str, other: &str) -> Ordering {
    name.len().cmp(&other.len()).then_with(|| name.cmp(other))
}

impl Wanted {
    /// Everything.
    pub const fn all() -> Self {
        Self { whole: true, members: Vec::new() }
    }

    /// Asks for the value at a path of names, whole; an empty path asks for everything.
    pub fn add<'p>(&mut self, path: impl IntoIterator<Item = &'p str>) {
        let mut at = self;
        for name in path {
            if at.whole {
                return;
            }
            let place = match at.members.binary_search_by(|(member, _)| order(member, name)) {
                Ok(place) => place,
                Err(place) => {
                    at.members.insert(place, (name.into(), Self::default()));
                    place
                }
            };
            at = &mut at.members[place].1;
        }
        *at = Self::all();
    }

    /// Asks for what another asks for as well.
    pub fn merge(&mut self, other: &Self) {
        if self.whole || other.whole {
            *self = Self::all();
            return;
        }
        for (name, wanted) in &other.members {
            match self.members.binary_search_by(|(member, _)| order(member, name)) {
                Ok(place) => self.members[place].1.merge(wanted),
                Err(place) => self.members.insert(place, (name.clone(), wanted.clone())),
            }
        }
    }

    /// Whether everything is asked for.
    pub const fn is_all(&self) -> bool {
        self.whole
    }

    fn member(&self, name: &str) -> Option<&Self> {
        let place = self.members.binary_search_by(|(member, _)| order(member, name)).ok()?;
        Some(&self.members[place].1)
    }
}

impl Json {
    /// Reads an object as [`Json::parse`] does, but only the members that one of `wanted` asks for; equal keys are all kept,
    /// in their order. A member is kept whole where it is no object, and where its name has a dot (it may be read as a path).
    /// The text must be valid JSON, as a reader of records hands it out: what is not asked for is passed over.
    pub fn project(text: &str, wanted: &[&Wanted]) -> Result<Self, Error> {
        if wanted.iter().any(|wanted| wanted.whole) {
            return Self::parse(text);
        }
        Skim::new(text).whole(wanted).map_or_else(|| Self::project_with_care(text, wanted), Ok)
    }

    /// The same, whatever the text; what is not asked for is held to be JSON.
    fn project_with_care(text: &str, wanted: &[&Wanted]) -> Result<Self, Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let json = Part { wanted, depth: 1 }.deserialize(&mut deserializer).map_err(|e| Error::of(&e))?;
        deserializer.end().map_err(|e| Error::of(&e))?;
        Ok(json)
    }
}

/// What is asked for of the value of a member of that name goes to `inner`, nothing where that is all of it. Whether anything is.
pub(crate) fn wants<'w>(wanted: &[&'w Wanted], name: &str, inner: &mut Vec<&'w Wanted>) -> bool {
    inner.clear();
    inner.extend(wanted.iter().filter_map(|wanted| wanted.member(name)));
    let has_dot = name.contains('.');
    if inner.is_empty() && !has_dot {
        return false;
    }
    if has_dot || inner.iter().any(|wanted| wanted.whole) {
        inner.clear();
    }
    true
}

/// A value of which some is asked for.
struct Part<'w> {
    wanted: &'w [&'w Wanted],
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        use serde::Deserialize as _;
        if self.wanted.iter().any(|wanted| wanted.whole) {
            let raw = <&RawValue>::deserialize(deserializer)?;
            return Json::from_raw(raw, self.depth).map_err(D::Error::custom);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        let mut inner = Vec::new();
        while let Some(name) = map.next_key_seed(Name { wanted: self.wanted, inner: &mut inner })? {
            let Some(name) = name else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let raw = map.next_value::<&'de RawValue>()?;
            let depth = self.depth + 1;
            let value = if inner.is_empty() || !raw.get().starts_with('{') {
                Json::from_raw(raw, depth)
            } else {
                let part = Part { wanted: &inner, depth };
                part.deserialize(&mut serde_json::Deserializer::from_str(raw.get()))
            };
            members.push((name, value.map_err(A::Error::custom)?));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name: `None` where nobody asks for it. What is asked for of its value goes to `inner`, nothing where that is
/// all of it.
struct Name<'w, 'i> {
    wanted: &'w [&'w Wanted],
    inner: &'i mut Vec<&'w Wanted>,
}

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(wants(self.wanted, name, self.inner).then(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The obvious way: everything is read, and what is not asked for taken away.
    fn taken_away(json: Json, wanted: &[&Wanted]) -> Json {
        match json {
            Json::Object(members) if !wanted.iter().any(|wanted| wanted.whole) => Json::Object(
                members
                    .into_iter()
                    .filter_map(|(name, value)| {
                        let inner: Vec<&Wanted> = wanted.iter().filter_map(|w| w.member(&name)).collect();
                        if name.contains('.') {
                            return Some((name, value));
                        }
                        let value = (!inner.is_empty()).then(|| taken_away(value, &inner))?;
                        Some((name, value))
                    })
                    .collect(),
            ),
            other => other,
        }
    }

    fn wanted(paths: &[&str]) -> Wanted {
        let mut wanted = Wanted::default();
        for path in paths {
            wanted.add(path.split('/'));
        }
        wanted
    }

    #[test]
    fn what_is_asked_for_is_read_and_nothing_else() {
        let text = r#"{"a":{"b":1.0,"c":[{"d":1}],"b":2},"x":[1,2],"a":7,"k.l":{"m":0},"y":"\ud800"}"#;
        let one = wanted(&["a/b", "x/z"]);
        let two = wanted(&["a/c/d"]);
        assert_eq!(
            Json::project(text, &[&one]).unwrap().to_string(),
            r#"{"a":{"b":1.0,"b":2},"x":[1,2],"a":7,"k.l":{"m":0}}"#
        );
        assert_eq!(
            Json::project(text, &[&one, &two]).unwrap().to_string(),
            r#"{"a":{"b":1.0,"c":[{"d":1}],"b":2},"x":[1,2],"a":7,"k.l":{"m":0}}"#
        );
        assert_eq!(Json::project(text, &[]).unwrap().to_string(), r#"{"k.l":{"m":0}}"#);
        assert_eq!(Json::project(text, &[&Wanted::all()]).unwrap(), Json::parse(text).unwrap());
    }

    proptest! {
        #[test]
        fn it_is_the_whole_without_what_is_not_asked_for(
            json in crate::tests::json_of_names("[ab.]{1,2}"),
            paths in prop::collection::vec("[ab.]{1,2}(/[ab.]{1,2}){0,2}", 0..4),
        ) {
            let text = json.to_string();
            prop_assume!(json.as_object().is_some());
            let parts: Vec<Wanted> = paths.iter().map(|path| wanted(&[path.as_str()])).collect();
            let parts: Vec<&Wanted> = parts.iter().collect();
            let mut all = Wanted::default();
            for part in &parts {
                all.merge(part);
            }
            prop_assert_eq!(&Json::project(&text, &[&all]).unwrap(), &taken_away(json.clone(), &parts));
            prop_assert_eq!(&Json::project(&text, &parts).unwrap(), &taken_away(json.clone(), &parts));
            prop_assert_eq!(Json::project_with_care(&text, &parts).unwrap(), taken_away(json, &parts));
        }

        #[test]
        fn blanks_and_escapes_change_nothing(
            text in r#"\{( ?"([ab.]|\\u0061|\\\\|\\n|é){1,2}" ?: ?("([a{}\[\],:]|\\"|\\\\|\\u00e9|日){0,3}"|-1.5e3|null|true|\{"a": ?\[1 ,"b",\{\}\], "b":\{"a":"\]"\}\}|\[\{"a":1\}\]) ?,){0,4} ?"b" ?:\n?0\}\n?"#,
            paths in prop::collection::vec("[ab.]{1,2}(/[ab.]{1,2}){0,2}", 0..4),
        ) {
            prop_assume!(Json::parse(&text).is_ok());
            let parts: Vec<Wanted> = paths.iter().map(|path| wanted(&[path.as_str()])).collect();
            let parts: Vec<&Wanted> = parts.iter().collect();
            prop_assert_eq!(
                Json::project(&text, &parts).unwrap(),
                Json::project_with_care(&text, &parts).unwrap(),
                "{}", text
            );
        }

        #[test]
        fn any_text_is_projected_or_refused(text in r#"([ -~é]|\PC|[{}\[\]",:\\]){0,40}"#) {
            let wanted = wanted(&["a", "b/c"]);
            let _ = Json::project(&text, &[&wanted]);
            let _ = Json::project(&format!("{{\"a\":{text}"), &[&wanted]);
        }
    }
}
