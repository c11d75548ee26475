//! What a commit and a question cost on the disk the temporary folder (`TMPDIR`) is on. Timings are measured, never asserted.

#![expect(clippy::expect_used, reason = "a benchmark stops at the first thing that is not as it should be")]
#![expect(clippy::print_stderr, reason = "what the full ledger takes is shown beside its timings")]

use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::{SignedDuration, Timestamp};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_outbox::{
    Batch, Entry, Fate, Form, Identity, Ledger, Letter, LetterState, Owed, Sighting, Why,
};
use trailbell_text::{Kind, Outcome, Severity};

/// What a usual notice's facts take, in bytes.
const FACTS: usize = 3_000;

fn main() {
    divan::main();
}

fn id(what: &str, number: usize) -> Identity {
    Identity::of(&[what, &number.to_string()])
}

fn at(number: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(i64::try_from(number).unwrap_or(0) * 100)
}

fn sighting(number: usize, fate: Fate) -> (Identity, Sighting) {
    let event_id = Some(id("event id", number).as_uuid());
    (id("event", number), Sighting { event_id, at: at(number), fate })
}

fn owed(number: usize) -> Owed {
    Owed {
        notice: id("event", number),
        event_id: Some(id("event id", number).as_uuid()),
        time: Some(at(number)),
        told_at: at(number),
        severity: Severity::High,
        kind: Kind::IamChange,
        outcome: Outcome::Success,
        account: Some("111122223333".to_owned()),
        principal: Some("alice".to_owned()),
        principal_arn: Some("arn:aws:iam::111122223333:user/alice".to_owned()),
        is_root: false,
        address: Some("203.0.113.7".to_owned()),
        rules: vec!["iam-change".to_owned()],
        group: id("group", number / 10),
        thread: id("thread", number / 10),
        facts: "x".repeat(FACTS),
        stands_alone: false,
    }
}

fn letter(number: usize) -> Letter {
    Letter {
        letter: id("letter", number),
        channel: "mail".to_owned(),
        form: Form::Notice,
        thread: id("thread", number / 10),
        severity: Severity::High,
        opened: at(number),
        due: at(number),
        state: LetterState::Waiting,
        attempts: 0,
        first_attempt: None,
        ended: None,
        bulletin: None,
    }
}

/// Sightings numbered from `first`; the first `told` of them are told, each with a letter.
fn batch(first: usize, seen: usize, told: usize) -> Batch {
    let mut batch = Batch { positions: vec![("queue".to_owned(), first.to_string())], ..Batch::default() };
    for number in first..first + seen {
        if number < first + told {
            batch.seen.push(sighting(number, Fate::Told { notice: id("event", number) }));
            batch.notices.push(owed(number));
            batch.letters.push(letter(number));
            batch.entries.push(Entry {
                notice: id("event", number),
                channel: "mail".to_owned(),
                letter: Some(id("letter", number)),
                why: vec![Why::First],
            });
        } else {
            batch.seen.push(sighting(number, Fate::Again));
        }
    }
    batch
}

fn ledger() -> (tempfile::TempDir, SqliteLedger) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db"), &Options::default());
    (folder, ledger.expect("a ledger"))
}

/// One transaction with that many sightings, and so many of them told.
#[divan::bench(args = [(1, 0), (1, 1), (100, 20)], sample_count = 300, sample_size = 1)]
fn commit(bencher: Bencher<'_, '_>, (seen, told): (usize, usize)) {
    let (_folder, mut ledger) = ledger();
    let mut first = 0;
    bencher
        .counter(ItemsCount::new(1_usize))
        .with_inputs(|| {
            first += seen;
            batch(first, seen, told)
        })
        .bench_local_values(|batch| ledger.commit(&batch).expect("a commit"));
}

/// Questions to a ledger of a million sightings, one in a hundred told.
#[divan::bench_group(sample_count = 200)]
mod at_a_million {
    use std::sync::{Mutex, OnceLock, PoisonError};

    use divan::counter::ItemsCount;
    use divan::{Bencher, black_box};
    use jiff::Timestamp;
    use trailbell_ledger_sqlite::SqliteLedger;
    use trailbell_outbox::{Ledger as _, Listed};

    use super::{at, batch, id, ledger};

    const MILLION: usize = 1_000_000;

    type Full = Mutex<(tempfile::TempDir, SqliteLedger)>;

    fn with_full<T>(ask: impl FnOnce(&mut SqliteLedger) -> T) -> T {
        static FULL: OnceLock<Full> = OnceLock::new();
        let full = FULL.get_or_init(|| {
            let (folder, mut ledger) = ledger();
            for first in (0..MILLION).step_by(10_000) {
                ledger.commit(&batch(first, 10_000, 100)).expect("a commit");
            }
            let counts = ledger.counts(Timestamp::MAX).expect("counts");
            eprintln!("a million sightings and 10,000 notices take {} MB", counts.bytes / 1_000_000);
            Mutex::new((folder, ledger))
        });
        ask(&mut full.lock().unwrap_or_else(PoisonError::into_inner).1)
    }

    #[divan::bench]
    fn a_hundred_sightings(bencher: Bencher<'_, '_>) {
        // Filled before the clock starts.
        with_full(|_| ());
        let mut random = fastrand::Rng::with_seed(1);
        bencher
            .counter(ItemsCount::new(100_usize))
            .with_inputs(|| (0..100).map(|_| id("event", random.usize(..2 * MILLION))).collect::<Vec<_>>())
            .bench_local_refs(|events| with_full(|ledger| black_box(ledger.sightings(events)).is_ok()));
    }

    #[divan::bench]
    fn find_by_event_id(bencher: Bencher<'_, '_>) {
        let mut random = fastrand::Rng::with_seed(2);
        bencher
            .with_inputs(|| id("event id", random.usize(..MILLION)).as_uuid())
            .bench_local_refs(|event_id| with_full(|ledger| black_box(ledger.find(event_id)).is_ok()));
    }

    #[divan::bench]
    fn due_first_100_of_10_000(bencher: Bencher<'_, '_>) {
        bencher
            .bench_local(|| with_full(|ledger| black_box(ledger.due("mail", Timestamp::MAX, 100)).is_ok()));
    }

    #[divan::bench]
    fn newest_100_notices(bencher: Bencher<'_, '_>) {
        let listed = Listed { since: None, until: None, minimum: None, limit: 100 };
        bencher.bench_local(|| with_full(|ledger| black_box(ledger.notices(&listed)).is_ok()));
    }

    #[divan::bench]
    fn counts(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| with_full(|ledger| black_box(ledger.counts(Timestamp::UNIX_EPOCH)).is_ok()));
    }

    /// A hundred sightings and twenty notices, into the full one.
    #[divan::bench(sample_count = 100, sample_size = 1)]
    fn commit(bencher: Bencher<'_, '_>) {
        let mut first = 2 * MILLION;
        bencher
            .with_inputs(|| {
                first += 100;
                batch(first, 100, 20)
            })
            .bench_local_refs(|batch| with_full(|ledger| ledger.commit(batch).expect("a commit")));
    }

    /// Last by its name: what it forgets the others would miss.
    #[divan::bench(sample_count = 20, sample_size = 1)]
    fn z_forget_5_000(bencher: Bencher<'_, '_>) {
        bencher.bench_local(|| with_full(|ledger| ledger.forget(at(MILLION), 5_000).expect("a slice")));
    }
}
