//! Which of many patterns are tried on a record: those that name its event, and those that name none.

use std::collections::HashMap;

use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;

/// Places of patterns, by the event names they can meet.
#[derive(Debug)]
pub(super) struct Candidates {
    by_name: HashMap<String, Vec<usize>>,
    /// Those that can meet any event.
    unnamed: Vec<usize>,
}

impl Candidates {
    pub(super) fn new<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Self {
        let mut unnamed = Vec::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, pattern) in patterns.enumerate() {
            match pattern.required_values(&["eventName"]) {
                None => unnamed.push(place),
                Some(names) => {
                    for name in names {
                        by_name.entry(name.to_owned()).or_default().push(place);
                    }
                }
            }
        }
        for places in by_name.values_mut() {
            places.extend(&unnamed);
            places.sort_unstable();
        }
        Self { by_name, unnamed }
    }

    /// The places of the patterns that can meet a record, ascending.
    pub(super) fn of(&self, record: &Json) -> &[usize] {
        let name = match record.get("eventName") {
            Some(Json::String(text) | Json::Number(text)) => self.by_name.get(text.as_str()),
            _ => None,
        };
        name.unwrap_or(&self.unnamed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_tried_where_it_names_the_event_or_none() {
        let patterns: Vec<Pattern> = [
            "{ $.eventName = A || $.eventName = B }",
            "{ $.eventName = \"A\" && $.x = 1 }",
            "{ $.eventName = A* }",
            "Root",
        ]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
        let candidates = Candidates::new(patterns.iter());
        for (record, expected) in [
            (r#"{"eventName":"A"}"#, &[0, 1, 2, 3][..]),
            (r#"{"eventName":"B"}"#, &[0, 2, 3]),
            (r#"{"eventName":"C"}"#, &[2, 3]),
            (r#"{"eventName":null}"#, &[2, 3]),
            ("{}", &[2, 3]),
        ] {
            assert_eq!(candidates.of(&Json::parse(record).unwrap()), expected, "{record}");
        }
    }
}
