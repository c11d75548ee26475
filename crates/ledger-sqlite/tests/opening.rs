//! Opening a ledger: what is made, how private it is, what is refused and in which words.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use support::{at, id, mute, new_ledger, sighting};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_outbox::{Batch, Fate, Ledger, LedgerError, LedgerErrorKind};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn open(path: &Path) -> Result<SqliteLedger, LedgerError> {
    SqliteLedger::open(path, &Options::default())
}

fn refusal(opened: Result<SqliteLedger, LedgerError>) -> (LedgerErrorKind, String) {
    let error = opened.unwrap_err();
    (error.kind, error.message)
}

fn one_sighting() -> Batch {
    Batch { seen: vec![(id("a"), sighting("a", at(1), Fate::Ignored))], ..Batch::default() }
}

#[test]
fn the_file_the_files_beside_it_and_its_folder_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("var/trailbell/ledger.db");
    let mut ledger = open(&path).unwrap();
    ledger.commit(&one_sighting()).unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700);
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
}

#[test]
fn an_empty_file_that_was_prepared_is_made_private_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    open(&path).unwrap().commit(&one_sighting()).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn the_file_says_whose_it_is_and_is_written_ahead_and_synced() {
    let (_folder, mut ledger) = new_ledger();
    ledger.commit(&one_sighting()).unwrap();
    let other = Connection::open(ledger.path()).unwrap();
    let text = |pragma: &str| other.query_row(pragma, [], |row| row.get::<_, String>(0)).unwrap();
    let number = |pragma: &str| other.query_row(pragma, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA application_id"), 0x5452_424c);
    assert_eq!(number("PRAGMA user_version"), 1);
    assert_eq!(text("PRAGMA journal_mode"), "wal");
    assert_eq!(number("PRAGMA auto_vacuum"), 2, "incremental");
    assert_eq!(text("PRAGMA integrity_check"), "ok");
}

#[test]
fn an_operator_reads_it_with_the_shell_of_sqlite() {
    let (_folder, mut ledger) = new_ledger();
    ledger.commit(&one_sighting()).unwrap();
    let other = Connection::open(ledger.path()).unwrap();
    let row =
        other.query_row("SELECT event_id, datetime(at / 1000, 'unixepoch'), fate FROM sighting", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        });
    assert_eq!(row.unwrap(), ("a".to_owned(), "2026-08-06 07:06:41".to_owned(), "ignored".to_owned()));
}

#[test]
fn a_ledger_of_version_0_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch("PRAGMA application_id = 0x5452424c").unwrap();
    drop(old);
    let mut ledger = open(&path).unwrap();
    ledger.commit(&one_sighting()).unwrap();
    assert!(ledger.sightings(&[id("a")]).unwrap()[0].is_some());
}

#[test]
fn a_newer_ledger_is_refused_with_both_versions_and_left_as_it_is() {
    let (_folder, mut ledger) = new_ledger();
    ledger.commit(&one_sighting()).unwrap();
    let path = ledger.path().to_owned();
    drop(ledger);
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    let before = fs::read(&path).unwrap();
    let (kind, message) = refusal(open(&path));
    assert_eq!(kind, LedgerErrorKind::Newer);
    assert!(message.contains("has version 7"), "{message}");
    assert!(message.contains("versions up to 1"), "{message}");
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_ledger_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "Dear diary, this is longer than the header of a database would be. ".repeat(20))
        .unwrap();
    let theirs = folder.path().join("theirs.db");
    Connection::open(&theirs).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    for path in [&text, &theirs] {
        let before = fs::read(path).unwrap();
        let (kind, message) = refusal(open(path));
        assert_eq!(kind, LedgerErrorKind::Broken);
        assert!(message.contains("is not a ledger of trailbell's"), "{message}");
        assert_eq!(fs::read(path).unwrap(), before);
    }
}

#[test]
fn a_damaged_ledger_is_broken_and_says_what_to_do() {
    let (_folder, mut ledger) = new_ledger();
    ledger.commit(&one_sighting()).unwrap();
    let path = ledger.path().to_owned();
    drop(ledger);
    let mut bytes = fs::read(&path).unwrap();
    // All but the first page, which says which page holds which table.
    bytes[4096..].fill(0xee);
    fs::write(&path, bytes).unwrap();
    let error = open(&path).and_then(|mut ledger| ledger.sightings(&[id("a")])).unwrap_err();
    assert_eq!(error.kind, LedgerErrorKind::Broken);
    assert!(error.message.contains("is damaged"), "{error}");
    assert!(error.message.contains(".recover"), "{error}");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let (kind, message) = refusal(open(&file.join("ledger.db")));
    assert_eq!(kind, LedgerErrorKind::Broken);
    assert!(message.contains("cannot be made at"), "{message}");
    let (kind, _) = refusal(open(folder.path()));
    assert_eq!(kind, LedgerErrorKind::Broken, "a folder is no ledger");
}

#[test]
fn looking_makes_no_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let (kind, message) = refusal(SqliteLedger::open_existing(&path, &Options::default()));
    assert_eq!(kind, LedgerErrorKind::Broken);
    assert!(message.contains("there is no ledger at"), "{message}");
    let read_only = Options { read_only: true, ..Options::default() };
    assert!(SqliteLedger::open(&path, &read_only).is_err());
    assert!(!path.exists());

    fs::write(&path, "").unwrap();
    let (_, message) = refusal(SqliteLedger::open_existing(&path, &Options::default()));
    assert!(message.contains("is still empty"), "{message}");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn who_only_reads_sees_what_is_committed_and_changes_nothing() {
    let (_folder, mut ledger) = new_ledger();
    let read_only = Options { read_only: true, ..Options::default() };
    let mut reader = SqliteLedger::open_existing(ledger.path(), &read_only).unwrap();
    ledger.commit(&one_sighting()).unwrap();
    assert_eq!(reader.find("a").unwrap().len(), 1);
    assert!(reader.commit(&one_sighting()).is_err());
    assert!(reader.forget(at(100), 10).is_err());
}

#[test]
fn names_that_mean_something_to_sqlite_are_files_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:x?mode=memory", "with space and ü.db"] {
        let path = folder.path().join(name);
        open(&path).unwrap().commit(&one_sighting()).unwrap();
        assert_eq!(open(&path).unwrap().find("a").unwrap().len(), 1);
        assert!(path.is_file(), "{name}");
    }
}

#[test]
fn while_another_process_writes_it_waits_then_says_locked_and_loses_nothing() {
    let (_folder, ledger) = new_ledger();
    let wait = Duration::from_millis(300);
    let path = ledger.path().to_owned();
    let mut ledger =
        SqliteLedger::open(&path, &Options { busy_timeout: wait, ..Options::default() }).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let began = Instant::now();
    let error = ledger.commit(&one_sighting()).unwrap_err();
    assert_eq!(error.kind, LedgerErrorKind::Locked);
    assert!(error.message.contains("another process"), "{error}");
    assert!(began.elapsed() >= wait);
    assert_eq!(ledger.find("a").unwrap(), [], "reading goes on, and nothing was written");

    other.execute_batch("COMMIT").unwrap();
    ledger.commit(&one_sighting()).unwrap();
    assert_eq!(ledger.find("a").unwrap().len(), 1);
}

#[test]
fn a_lock_that_is_given_back_in_time_is_waited_for() {
    let (_folder, mut ledger) = new_ledger();
    let path = ledger.path().to_owned();
    let (locked, is_locked) = mpsc::channel();
    let other = thread::spawn(move || {
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        locked.send(()).unwrap();
        // Long enough for the commit below to find the lock taken, far below its patience of five seconds.
        thread::sleep(Duration::from_millis(100));
        other.execute_batch("COMMIT").unwrap();
    });
    is_locked.recv().unwrap();
    ledger.commit(&one_sighting()).unwrap();
    other.join().unwrap();
}

#[test]
fn two_who_begin_a_ledger_at_once_get_the_same_one() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/ledger.db");
        thread::scope(|scope| {
            for name in ["one", "two", "three"] {
                let path = &path;
                scope.spawn(move || {
                    let batch = Batch { mutes: vec![mute(name, at(100))], ..Batch::default() };
                    open(path).unwrap().commit(&batch).unwrap();
                });
            }
        });
        assert_eq!(open(&path).unwrap().mutes(at(0)).unwrap().len(), 3);
    }
}
