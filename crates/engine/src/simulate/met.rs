//! Each event identity once; and a record of which only that is kept.

use std::collections::{HashSet, VecDeque};

use trailbell_record::{EventIdentity, Record};

/// How long an identity is remembered, in microseconds of event time. Copies of an event carry the same time, so they
/// are neighbours here.
const REMEMBERED: i64 = 60 * 1_000_000;

/// The identities met lately.
#[derive(Debug, Default)]
pub(super) struct Met {
    identities: HashSet<EventIdentity>,
    order: VecDeque<(i64, EventIdentity)>,
}

impl Met {
    /// Whether the event has not been met; it is now.
    pub(super) fn is_new(&mut self, identity: EventIdentity, time: i64) -> bool {
        while self.order.front().is_some_and(|(old, _)| time.saturating_sub(*old) > REMEMBERED) {
            if let Some((_, identity)) = self.order.pop_front() {
                self.identities.remove(&identity);
            }
        }
        if !self.identities.insert(identity.clone()) {
            return false;
        }
        self.order.push_back((time, identity));
        true
    }
}

/// Parts of a line; no field of a record that matters has this character, and where one had, it would only be taken for a
/// record of another region.
const BETWEEN: char = '\u{1f}';

/// The line that stands for a record no pattern meets: whose it is, its region and its service.
pub(super) fn line_of(record: &Record) -> String {
    let (account, id) = match record.identity() {
        EventIdentity::Event(account, id) => (account, id),
        EventIdentity::Content(hash) => (String::new(), format!("#{hash:x}")),
    };
    let (region, source) = (record.region().unwrap_or_default(), record.event_source());
    format!("-{region}{BETWEEN}{source}{BETWEEN}{account}{BETWEEN}{id}")
}

/// What such a line says: identity, region, service. `None` for a record's own text.
pub(super) fn identity_of(line: &str) -> Option<(EventIdentity, &str, &str)> {
    let mut parts = line.strip_prefix('-')?.splitn(4, BETWEEN);
    let (region, source) = (parts.next()?, parts.next()?);
    let (account, id) = (parts.next()?, parts.next()?);
    let identity = match id.strip_prefix('#').and_then(|hash| u128::from_str_radix(hash, 16).ok()) {
        Some(hash) if account.is_empty() => EventIdentity::Content(hash),
        _ => EventIdentity::Event(account.to_owned(), id.to_owned()),
    };
    Some((identity, region, source))
}

#[cfg(test)]
mod tests {
    use trailbell_json::Json;

    use super::*;

    #[test]
    fn a_line_says_whose_it_is() {
        for text in [
            r#"{"eventID":"a-1","recipientAccountId":"123456789012","awsRegion":"eu-west-1","eventSource":"s3.amazonaws.com"}"#,
            r#"{"eventID":"b-2","awsRegion":"eu-west-1"}"#,
            r#"{"eventName":"x"}"#,
        ] {
            let record = Record::new(Json::parse(text).unwrap());
            let line = line_of(&record);
            let (identity, region, source) = identity_of(&line).unwrap();
            assert_eq!((region, source), (record.region().unwrap_or_default(), record.event_source()));
            assert_eq!(identity, record.identity());
        }
        assert_eq!(identity_of("{}"), None);
    }

    #[test]
    fn an_event_counts_once_whichever_form_it_comes_in() {
        let identity = || EventIdentity::Event("1".to_owned(), "e".to_owned());
        let mut met = Met::default();
        assert!(met.is_new(identity(), 0));
        assert!(!met.is_new(identity(), 1_000_000));
        assert!(met.is_new(identity(), 1_000_000_000));
    }
}
