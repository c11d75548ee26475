//! A full ledger: nothing more is taken, what was taken is kept, and the way out stays open: letters are sent, the owner is told, what is old
//! is forgotten.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

#[path = "support/channels.rs"]
mod channels;

use jiff::{SignedDuration, Timestamp};
use trailbell_detect::{RuleSet, RuleSettings};
use trailbell_engine::{Arrival, Presence, Watch, WatchSettings};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_notice::{Lang, Reader};
use trailbell_outbox::{Form, LedgerErrorKind, Receipt};
use trailbell_record::Limits;

use self::channels::CAN;

fn open(path: &std::path::Path, max_size: Option<u64>, now: Timestamp) -> Watch {
    let text = "channels: { desk: 'stdout:' }\ndelivery: { learning: off }\nledger: { keep: 1d }\n";
    let lookups = trailbell_config::Lookups::none();
    let settings = trailbell_config::parse(text, trailbell_detect::BUILTIN_RULES, lookups).unwrap().settings;
    let channels = settings.channels.iter().map(|channel| (channel.clone(), CAN)).collect();
    let options = Options { max_size, ..Options::default() };
    let ledger = SqliteLedger::open(path, &options).unwrap();
    let rules = RuleSet::new(RuleSettings::default()).unwrap();
    let reader = Reader::new(Lang::En);
    let settings =
        WatchSettings { rules, settings, reader, limits: Limits::default(), presence: Presence::Resident };
    Watch::open(settings, channels, Box::new(ledger), now).unwrap()
}

fn arrival(number: u32, at: Timestamp) -> Arrival {
    let record = format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDA{number}","arn":"arn:aws:iam::123456789012:user/u{number}","accountId":"123456789012","userName":"u{number}"}},"eventTime":"{at}","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","requestParameters":{{"userName":"bob"}},"eventID":"e-{number}","readOnly":false,"recipientAccountId":"123456789012"}}"#
    );
    Arrival {
        body: record.into_bytes(),
        label: "test".into(),
        position: Some(number.to_string()),
        backlog: false,
    }
}

#[test]
fn a_full_ledger_takes_nothing_loses_nothing_and_still_sends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trailbell.db");
    let mut now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let mut watch = open(&path, Some(1 << 20), now);
    let mut taken = 0;
    let error = loop {
        now += SignedDuration::from_secs(1);
        watch.take(&[("trail".to_owned(), arrival(taken, now))], now).unwrap();
        match watch.commit() {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 10_000, "it is never full");
    };
    assert_eq!(error.kind, LedgerErrorKind::Full);
    assert!(watch.is_held_up() && taken > 100, "{taken}");

    // The owner is told, and what was decided before goes out.
    watch.ledger_trouble(&error, now);
    watch.commit_sending().unwrap();
    let mut forms = Vec::new();
    loop {
        let outbound = watch.due(now).unwrap();
        if outbound.outgoing.is_empty() {
            break;
        }
        for outgoing in outbound.outgoing {
            forms.push(outgoing.letter.form);
            watch.settle(&outgoing.letter, &Ok(Receipt::default()), now, 0.5);
        }
        watch.commit_sending().unwrap();
    }
    let sent = forms.iter().filter(|form| **form == Form::Notice).count();
    assert_eq!(sent, usize::try_from(taken).unwrap());
    assert!(forms.contains(&Form::Bulletin), "the owner is not told");

    // Days later what was told is past keeping: forgetting makes room, and what was held up is taken.
    for _ in 0..20 {
        now += SignedDuration::from_hours(24);
        watch.forget(now).unwrap();
        if watch.commit().is_ok() {
            break;
        }
    }
    assert!(!watch.is_held_up(), "there is still no room");
    let last = watch.due(now).unwrap().outgoing;
    assert_eq!(last.iter().filter(|outgoing| outgoing.letter.form == Form::Notice).count(), 1);
    assert_eq!(watch.ledger().position("trail").unwrap(), Some(taken.to_string()));
}
