//! Where each query stopped: the text that the ledger keeps for an Event history.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of the text; one of another version is not read, and the first look is made again.
const VERSION: u32 = 1;

/// The time up to which each query of each region has looked: that of the newest event it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    v: u32,
    /// Region -> query (empty: everything) -> seconds since 1970.
    regions: BTreeMap<String, BTreeMap<String, i64>>,
}

impl Position {
    pub(super) fn read(text: Option<&str>) -> Self {
        let read = text.and_then(|text| serde_json::from_str::<Self>(text).ok());
        read.filter(|position| position.v == VERSION).unwrap_or(Self { v: VERSION, regions: BTreeMap::new() })
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Where a query stopped. A query for everything has seen what any other would have.
    pub(super) fn get(&self, region: &str, source: &str) -> Option<Timestamp> {
        let sources = self.regions.get(region)?;
        let second = sources.get(source).or_else(|| sources.get(""))?;
        Timestamp::from_second(*second).ok()
    }

    /// Notes where a query stopped; whether that is news. It never goes back.
    pub(super) fn set(&mut self, region: &str, source: &str, at: Timestamp) -> bool {
        let sources = self.regions.entry(region.to_owned()).or_default();
        let second = at.as_second();
        let is_news = sources.get(source).is_none_or(|known| *known < second);
        if is_news {
            sources.insert(source.to_owned(), second);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_being_written_and_never_goes_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut position = Position::read(None);
        assert!(position.set("eu-west-1", "iam.amazonaws.com", at(100)));
        assert!(!position.set("eu-west-1", "iam.amazonaws.com", at(90)));
        let text = position.write();
        assert_eq!(text, r#"{"v":1,"regions":{"eu-west-1":{"iam.amazonaws.com":100}}}"#);
        let again = Position::read(Some(&text));
        assert_eq!(again.get("eu-west-1", "iam.amazonaws.com"), Some(at(100)));
        assert_eq!(again.get("eu-west-1", "signin.amazonaws.com"), None);
        for unknown in ["", "{", r#"{"v":2,"regions":{}}"#, "17"] {
            assert_eq!(Position::read(Some(unknown)), Position::read(None), "{unknown}");
        }
    }
}
