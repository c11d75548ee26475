//! What `SQLite` says, in the words of [`LedgerError`]: what is wrong with which file, and the next step.

use std::path::{Path, PathBuf};

use rusqlite::{Error, ErrorCode, ffi};
use trailbell_outbox::{LedgerError, LedgerErrorKind};

use crate::room::Room;

/// What an error needs to know of the ledger it happened in.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) room: Room,
}

impl Place {
    /// Words an error of `SQLite`'s.
    pub(crate) fn error(&self, error: &Error) -> LedgerError {
        let path = self.path.display();
        let code = error.sqlite_error_code();
        let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
        let (kind, message) = match code {
            // The shared memory file beside the ledger could not grow: the disk is full.
            Some(ErrorCode::SystemIoFailure) if extended == ffi::SQLITE_IOERR_SHMSIZE => self.full(),
            Some(ErrorCode::DiskFull) => self.full(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
                LedgerErrorKind::Locked,
                format!(
                    "the ledger `{path}` is locked: another process is writing to it; nothing is lost, and it is tried \
                     again. If it lasts, see which process has it open (`fuser {path}`)"
                ),
            ),
            Some(ErrorCode::NotADatabase) => (LedgerErrorKind::Broken, not_a_ledger(&self.path)),
            Some(ErrorCode::DatabaseCorrupt) => (
                LedgerErrorKind::Broken,
                format!(
                    "the ledger `{path}` is damaged ({error}): stop trailbell, keep a copy, then try `sqlite3 {path} \
                     .recover`, or move it away to begin a new one"
                ),
            ),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => (
                LedgerErrorKind::Broken,
                format!(
                    "the ledger `{path}` cannot be opened ({error}): trailbell's user must be able to read and write it, \
                     and the folder it is in"
                ),
            ),
            Some(ErrorCode::SystemIoFailure) => (
                LedgerErrorKind::Broken,
                format!(
                    "the ledger `{path}` cannot be read or written ({error}): look at the disk and the system's log; a \
                     network share will not do"
                ),
            ),
            _ => (
                LedgerErrorKind::Broken,
                format!("the ledger `{path}` does not answer as it should: {error}"),
            ),
        };
        LedgerError { kind, message }
    }

    fn full(&self) -> (LedgerErrorKind, String) {
        let path = self.path.display();
        let message = match self.room.max_size() {
            Some(max) => format!(
                "no room left for the ledger `{path}`: it has reached its max_size ({max} bytes), or the disk is full; \
                 nothing is lost, new events wait. Raise ledger.max_size, shorten ledger.keep, or free disk space"
            ),
            None => format!(
                "no room left for the ledger `{path}`: the disk is full; nothing is lost, new events wait. Free disk \
                 space, or shorten ledger.keep"
            ),
        };
        (LedgerErrorKind::Full, message)
    }
}

/// A ledger that cannot be used as it is.
pub(crate) fn broken(message: String) -> LedgerError {
    LedgerError { kind: LedgerErrorKind::Broken, message }
}

/// What to say of a file that is something else.
pub(crate) fn not_a_ledger(path: &Path) -> String {
    format!("`{}` is not a ledger of trailbell's: name another file, or move this one away", path.display())
}
