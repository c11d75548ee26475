//! What a watch is given, and what it sends.

use jiff::Timestamp;
use serde_json::Value;
use trailbell_engine::{Arrival, Watch};
use trailbell_outbox::{Identity, Receipt};

/// Gives it one record, which it keeps.
pub(crate) fn take(watch: &mut Watch, record: &str, now: Timestamp) {
    let arrival =
        Arrival { body: record.as_bytes().to_vec(), label: "test".into(), position: None, backlog: false };
    watch.take(&[("trail".to_owned(), arrival)], now).unwrap();
    watch.tick(now).unwrap();
    watch.commit().unwrap();
}

/// Everything that is sent by then, as JSON, each with the thread it is in.
pub(crate) fn sent(watch: &mut Watch, now: Timestamp) -> Vec<(Identity, Value)> {
    let mut all = Vec::new();
    loop {
        watch.tick(now).unwrap();
        watch.commit().unwrap();
        let outgoing = watch.due(now).unwrap().outgoing;
        if outgoing.is_empty() {
            return all;
        }
        for one in outgoing {
            all.push((one.letter.thread.clone(), one.message.json.clone()));
            watch.settle(&one.letter, &Ok(Receipt::default()), now, 0.0);
        }
        watch.commit().unwrap();
    }
}
