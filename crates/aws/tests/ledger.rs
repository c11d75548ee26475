//! The ledger on DynamoDB against an emulator that others wrote (moto): `scripts/test-aws.py` starts it and runs these tests.
//!
//! They are no part of a plain `cargo test` (`test = false` in `Cargo.toml`): without an emulator they fail. The same tests, and
//! those of many copies, of death and of troubles, run against a stand-in of ours in `src/ledger/tests.rs`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first thing that is wrong")]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::Runtime;
use trailbell_aws::{Aws, DynamoLedger};
use trailbell_config::AwsAccess;
use trailbell_outbox::testing::things::{at, entry, id, letter, owed, sighting};
use trailbell_outbox::testing::{Place, model};
use trailbell_outbox::{Batch, Fate, Ledger, LedgerErrorKind, Owed};
use trailbell_text::Severity;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn aws() -> Aws {
    let endpoint =
        std::env::var("TRAILBELL_EMULATOR").unwrap_or_else(|_| panic!("scripts/test-aws.py sets it"));
    let access =
        AwsAccess { region: Some("us-east-1".into()), endpoint: Some(endpoint), ..AwsAccess::default() };
    RUNTIME.block_on(Aws::connect(&access)).unwrap()
}

/// A table of its own.
struct Table(String);

fn new_place() -> Table {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let table = Table(format!("ledger-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    let aws = aws();
    let _guard = RUNTIME.enter();
    DynamoLedger::create_table(aws, &table.0).unwrap();
    table
}

impl Place for Table {
    fn open(&self) -> Box<dyn Ledger> {
        let aws = aws();
        let _guard = RUNTIME.enter();
        Box::new(DynamoLedger::open(aws, &self.0).unwrap())
    }
}

trailbell_outbox::ledger_tests!(new_place);

#[test]
fn the_ledger_answers_as_the_naive_one_does() {
    model::answers_as_the_naive_one_does(2, || Box::new(new_place()));
}

#[test]
fn who_was_overtaken_writes_nothing() {
    let table = new_place();
    let (mut one, mut other) = (table.open(), table.open());
    let batch = |name: &str| Batch { positions: vec![(name.to_owned(), "1".to_owned())], ..Batch::default() };
    one.commit(&batch("a")).unwrap();
    assert_eq!(other.commit(&batch("b")).unwrap_err().kind, LedgerErrorKind::Overtaken);
    assert_eq!(other.position("b").unwrap(), None);
    other.commit(&batch("b")).unwrap();
    // Nothing would change, but that was decided from what it knew.
    assert_eq!(one.commit(&batch("a")).unwrap_err().kind, LedgerErrorKind::Overtaken);
    assert_eq!(one.commit(&batch("a")), Ok(()));
    one.commit(&batch("c")).unwrap();
    assert_eq!(other.commit(&batch("d")).unwrap_err().kind, LedgerErrorKind::Overtaken);
}

#[test]
fn what_is_too_great_for_one_transaction_is_kept_whole() {
    let table = new_place();
    let mut ledger = table.open();
    let noise: String = (0..20_000).map(|_| fastrand::alphanumeric()).collect();
    let mut batch = Batch::default();
    for number in 0..120 {
        let name = number.to_string();
        batch.seen.push((id(&name), sighting(&name, at(0), Fate::Told { notice: id(&name) })));
        batch.notices.push(Owed { facts: noise.clone(), ..owed(&name, at(0), Severity::High) });
        batch.letters.push(letter("digest", "mail", Severity::High, at(0)));
        batch.entries.push(entry(&name, "mail", Some("digest")));
    }
    ledger.commit(&batch).unwrap();
    let mut other = table.open();
    let (told, in_all) = other.told_in(&id("digest"), 7).unwrap();
    assert_eq!((told.len(), in_all), (7, 120));
    assert!(told.iter().all(|owed| owed.facts == noise));
    assert_eq!(other.counts(at(0)).unwrap().notices.iter().sum::<u64>(), 120);
}
