//! Killed at any instant (SIGKILL): what was reported done is there once, and nothing is half there.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]
#![expect(clippy::print_stdout, reason = "the child speaks to its parent, and the seed is shown")]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{at, attempt, change, entry, held, id, letter, owed, sighting};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_outbox::{Batch, Fate, Ledger, LetterState};
use trailbell_text::Severity;

/// Names the ledger to the child process.
const LEDGER: &str = "TRAILBELL_TEST_KILLED_LEDGER";
const KILLS: usize = 30;
const EVENTS_A_BATCH: i64 = 10;

fn name(batch: i64, event: i64) -> String {
    format!("{batch}/{event}")
}

/// A batch that touches every table; its number is the source's position.
fn batch(number: i64) -> Batch {
    let mut batch = Batch {
        positions: vec![("queue".to_owned(), number.to_string())],
        state: vec![(format!("batch/{number}"), Some(number.to_string()))],
        released: vec![id(&name(number - 1, 0))],
        held: vec![held(&name(number, 0), number)],
        ..Batch::default()
    };
    for event in 0..EVENTS_A_BATCH {
        let name = name(number, event);
        batch.seen.push((id(&name), sighting(&name, at(number), Fate::Told { notice: id(&name) })));
        batch.notices.push(owed(&name, at(number), Severity::High));
        batch.letters.push(letter(&name, "mail", Severity::High, at(number)));
        batch.entries.push(entry(&name, "mail", Some(&name)));
        batch.changes.push(change(&name, LetterState::Sent, at(number), Some(attempt(number, true))));
    }
    batch
}

fn open(path: &Path) -> SqliteLedger {
    SqliteLedger::open(path, &Options::default()).unwrap()
}

/// Where the source is: the number of the last batch.
fn last(ledger: &mut SqliteLedger) -> i64 {
    ledger.position("queue").unwrap().map_or(-1, |position| position.parse().unwrap())
}

/// Not a test of its own: what the child process does until it is killed.
#[test]
fn child_that_commits_until_it_is_killed() {
    let Some(path) = std::env::var_os(LEDGER).map(PathBuf::from) else { return };
    let mut ledger = open(&path);
    let mut stdout = std::io::stdout().lock();
    for number in last(&mut ledger) + 1.. {
        ledger.commit(&batch(number)).unwrap();
        writeln!(stdout, "done {number}").unwrap();
        stdout.flush().unwrap();
    }
}

/// Starts the child, kills it some time after its first word, and gives the last batch it reported done.
fn run_and_kill(path: &Path, random: &mut fastrand::Rng) -> Option<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_commits_until_it_is_killed", "--nocapture"])
        .env(LEDGER, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut done = None;
    // Mostly after some batches, sometimes while it is still opening the ledger.
    let patience = random.usize(..40);
    let a_moment = Duration::from_micros(random.u64(..8_000));
    if patience == 0 {
        std::thread::sleep(a_moment);
        child.kill().unwrap();
    }
    for (heard, line) in lines.map_while(Result::ok).enumerate() {
        done = line.split_once("done ").and_then(|(_, number)| number.parse().ok()).or(done);
        if heard == patience {
            std::thread::sleep(a_moment);
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    done
}

#[test]
fn killed_thirty_times_nothing_is_lost_doubled_or_half_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let seed = fastrand::u64(..);
    println!("the seed is {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut reported = -1;
    for _ in 0..KILLS {
        reported = run_and_kill(&path, &mut random).unwrap_or(reported);
        let mut ledger = open(&path);
        let last = last(&mut ledger);
        assert!(last >= reported, "batch {reported} was reported done, and the ledger has only {last}");
        assert!(last <= reported + 1, "one batch at most may be done and not yet reported");
        reported = last;
        drop(ledger);
        holds_exactly(&path, last);
    }
    assert!(reported > 0, "the child got something done");
}

/// Every batch up to `last` is there, whole, and nothing else.
fn holds_exactly(path: &Path, last: i64) {
    let mut ledger = open(path);
    for number in 0..=last {
        for event in 0..EVENTS_A_BATCH {
            let name = name(number, event);
            let met = ledger.sightings(&[id(&name)]).unwrap().remove(0);
            assert_eq!(met.unwrap().fate, Fate::Told { notice: id(&name) });
            assert_eq!(ledger.told_in(&id(&name), 2).unwrap().1, 1);
            assert_eq!(ledger.attempts(&id(&name)).unwrap(), [attempt(number, true)]);
            assert_eq!(ledger.letter(&id(&name)).unwrap().unwrap().attempts, 1);
        }
    }
    let batches = u64::try_from(last + 1).unwrap();
    let events = batches * u64::try_from(EVENTS_A_BATCH).unwrap();
    let counts = ledger.counts(at(0)).unwrap();
    assert_eq!(counts.notices.iter().sum::<u64>(), events);
    assert_eq!((counts.sent, counts.waiting, counts.dead), (events, 0, 0));
    assert_eq!(ledger.state("batch/").unwrap().len() as u64, batches);
    assert_eq!(counts.held, batches.min(1), "each batch releases what the one before it held");
    let file = rusqlite::Connection::open(path).unwrap();
    let whole: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    let strays: i64 = file
        .query_row(
            "SELECT (SELECT count(*) FROM sighting) + (SELECT count(*) FROM entry) + (SELECT count(*) FROM attempt)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(strays.unsigned_abs(), 3 * events);
}
