//! Opening: the file, who may read it, the settings of the connection, and what is refused.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, Result};
use trailbell_outbox::{LedgerError, LedgerErrorKind};

use crate::error::{Place, broken, not_a_ledger};
use crate::room::Room;
use crate::schema::{self, Found, STEPS};

/// Statements kept compiled: every one this crate has, and the pragmas.
const STATEMENTS_KEPT: usize = 64;
/// What `SQLite` may keep of the file in memory, in KiB.
const CACHE_KIB: i64 = 8 << 10;
/// What is left of the write-ahead log's file once it has been carried over, in bytes.
const LOG_KEPT: i64 = 16 << 20;

/// How long to wait before a ledger that others are beginning is looked at again.
const PAUSE: Duration = Duration::from_millis(10);

/// How a ledger is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The most bytes the file may take (`ledger.max_size`); `None` leaves it to the disk. At least 1 MiB. The write-ahead
    /// log beside it comes on top: usually a few MiB, never much more than the greatest batch since it was last
    /// carried over.
    pub max_size: Option<u64>,
    /// How long to wait for another process that writes, before saying that the ledger is locked.
    pub busy_timeout: Duration,
    /// Only look: nothing is made, migrated or changed.
    pub read_only: bool,
}

impl Default for Options {
    /// No limit of size, five seconds, read and write.
    fn default() -> Self {
        Self { max_size: None, busy_timeout: Duration::from_secs(5), read_only: false }
    }
}

/// Makes the file and its folder where there are none.
pub(crate) fn make(path: &Path) -> Result<(), LedgerError> {
    let wrong = |what: &Path, error: &io::Error| {
        let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        LedgerError {
            kind: if full { LedgerErrorKind::Full } else { LedgerErrorKind::Broken },
            message: format!(
                "the ledger cannot be made at `{}`: `{}`: {error}; name another place (ledger.path), or let \
                 trailbell's user write there",
                path.display(),
                what.display()
            ),
        }
    };
    if let Some(folder) = path.parent()
        && !folder.exists()
    {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| wrong(folder, &error))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // SQLite gives the files it puts beside it the same mode.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(wrong(path, &error)),
    }
}

/// The whole path: `SQLite` gives `:memory:` and the empty name meanings of their own, which a whole path cannot have.
pub(crate) fn whole(path: &Path) -> Result<PathBuf, LedgerError> {
    std::path::absolute(path)
        .map_err(|error| broken(format!("the ledger's path `{}` cannot be used: {error}", path.display())))
}

/// Opens the file that is there.
pub(crate) fn connect(
    path: &Path,
    options: &Options,
    may_begin: bool,
) -> Result<(Connection, Place), LedgerError> {
    // Several processes that begin one ledger change its journal's mode at once, and of that SQLite says "busy" without
    // waiting.
    let until = Instant::now() + options.busy_timeout;
    loop {
        match connect_once(path, options, may_begin) {
            Err(error) if error.kind == LedgerErrorKind::Locked && Instant::now() < until => {
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

fn connect_once(path: &Path, options: &Options, may_begin: bool) -> Result<(Connection, Place), LedgerError> {
    if !path.exists() {
        return Err(broken(format!(
            "there is no ledger at `{}`: `trailbell run` makes one; is ledger.path the one it uses?",
            path.display()
        )));
    }
    let mut place = Place { path: path.to_owned(), room: Room::new(options.max_size, 4096) };
    let opened = begin(&place.path, options).and_then(|mut connection| {
        let found = schema::look(&mut connection)?;
        Ok((connection, found))
    });
    let (mut connection, found) = opened.map_err(|error| place.error(&error))?;
    check(&place.path, found, options.read_only, may_begin)?;
    let page_size = prepare(&mut connection, found, &place.path, options.read_only)
        .map_err(|error| place.error(&error))?;
    place.room = Room::new(options.max_size, page_size);
    Ok((connection, place))
}

fn begin(path: &Path, options: &Options) -> Result<Connection> {
    let access =
        if options.read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Refuses what cannot be used, before anything in it is changed.
fn check(path: &Path, found: Found, read_only: bool, may_begin: bool) -> Result<(), LedgerError> {
    let latest = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let shown = path.display();
    match found {
        Found::Foreign => Err(broken(not_a_ledger(path))),
        Found::Version(version) if version > latest => Err(LedgerError {
            kind: LedgerErrorKind::Newer,
            message: format!(
                "the ledger `{shown}` has version {version} and this trailbell knows versions up to {latest}: a newer \
                 trailbell wrote it. Run that one, or name another file (ledger.path)"
            ),
        }),
        Found::Version(version) if version < 0 => Err(broken(not_a_ledger(path))),
        Found::Version(version) if version < latest && read_only => Err(broken(format!(
            "the ledger `{shown}` has version {version}, and this trailbell reads version {latest}: `trailbell run` \
             brings it up to date"
        ))),
        Found::Empty if read_only || !may_begin => Err(broken(format!(
            "the ledger `{shown}` is still empty: `trailbell run` fills it; is ledger.path the one it uses?"
        ))),
        Found::Empty | Found::Version(_) => Ok(()),
    }
}

/// Sets the connection up and brings the tables up to date. Gives the page size in bytes.
fn prepare(connection: &mut Connection, found: Found, path: &Path, read_only: bool) -> Result<u64> {
    // A file that names a function of its own in its schema shall not have it called.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // Sorting happens in memory: nothing about people is written anywhere else.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if !read_only {
        if found == Found::Empty {
            keep_private(path);
            // Only a file without tables can be told so.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update_and_check(None, "journal_size_limit", LOG_KEPT, |_| Ok(()))?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 1000, |_| Ok(()))?;
        // Before foreign keys are watched: a step may have to rebuild a table others refer to.
        connection.pragma_update(None, "foreign_keys", false)?;
        schema::migrate(connection, STEPS)?;
        connection.pragma_update(None, "foreign_keys", true)?;
    }
    connection.query_row("PRAGMA page_size", [], |row| row.get(0)).map(i64::cast_unsigned)
}

/// An empty file that somebody prepared gets the mode of one we make. Where that is not ours to do, it stays as it is.
fn keep_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_synced_and_what_refers_to_something_is_watched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        make(&path).unwrap();
        let (connection, _) = connect(&path, &Options::default(), true).unwrap();
        let number = |pragma| connection.query_row(pragma, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(number("PRAGMA synchronous"), 2, "full");
        assert_eq!(number("PRAGMA foreign_keys"), 1);
        assert_eq!(number("PRAGMA trusted_schema"), 0);
        assert_eq!(number("PRAGMA busy_timeout"), 5_000);
    }
}
