//! One look at the folder: what lies in it, and what of that has not been read yet.

use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use trailbell_text::stable_hash;

use super::memory::Memory;

/// Files taken on at one look; the rest waits for the next, which follows at once.
const MAX_PENDING: usize = 20_000;
/// A file that has not changed for so long is not being written: whoever gives files old times (`rsync -t`, `cp -p`) does
/// so when they are complete.
const OLD: Duration = Duration::from_mins(1);
/// Folders in folders that are followed.
const MAX_DEPTH: usize = 64;
/// Folders and files that cannot be looked at which are told.
const MAX_FAILURES: usize = 8;

/// A file as it was at a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// A hash of its path below the root.
    pub(super) key: u64,
    /// A hash of its path, size and time: another content has another.
    pub(super) fingerprint: u64,
    /// Bytes.
    pub(super) size: u64,
    /// Whether it was last changed a while ago.
    pub(super) is_old: bool,
}

/// A file that is there: when it was last changed (nanoseconds since 1970), its fingerprint, its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Present {
    pub(super) changed: i64,
    pub(super) fingerprint: u64,
    pub(super) key: u64,
}

/// What a look finds.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Not read yet, in order of their paths.
    pub(super) pending: Vec<Found>,
    /// Whether there is more of that.
    pub(super) is_cut: bool,
    /// Everything that is there.
    pub(super) present: Vec<Present>,
    /// What could not be looked at, in words.
    pub(super) failures: Vec<String>,
}

/// Looks. An error, in words, where the folder itself cannot be opened.
pub(super) fn look(root: &Path, memory: &Memory) -> Result<Look, String> {
    let mut looking = Looking { root, memory, now: SystemTime::now(), look: Look::default() };
    looking.folder(root, 0).map_err(|error| {
        format!(
            "the folder {} cannot be looked at: {error}. Create it, or correct the source's `path`.",
            root.display()
        )
    })?;
    Ok(looking.look)
}

struct Looking<'a> {
    root: &'a Path,
    memory: &'a Memory,
    now: SystemTime,
    look: Look,
}

impl Looking<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<DirEntry>>>()?;
        entries.sort_unstable_by_key(DirEntry::file_name);
        for entry in entries {
            if is_unfinished(&entry.file_name().to_string_lossy()) {
                continue;
            }
            let path = entry.path();
            if let Err(error) = self.entry(entry.file_type(), &path, depth) {
                // What went away between two system calls is not there.
                if error.kind() != io::ErrorKind::NotFound && self.look.failures.len() < MAX_FAILURES {
                    let words = format!(
                        "{} cannot be looked at: {error}. What is in it is not heard.",
                        path.display()
                    );
                    self.look.failures.push(words);
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, file_type: io::Result<FileType>, path: &Path, depth: usize) -> io::Result<()> {
        let file_type = file_type?;
        if file_type.is_dir() {
            return if depth < MAX_DEPTH {
                self.folder(path, depth + 1)
            } else {
                Err(io::Error::other("it lies too deep"))
            };
        }
        // A link to a file is that file; a link to a folder could lead in a circle, and a pipe could make us wait for ever.
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Ok(());
        }
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let is_old = self.now.duration_since(changed).is_ok_and(|age| age >= OLD);
        let changed = nanoseconds(changed);
        let size = metadata.len();
        #[expect(
            clippy::unnecessary_debug_formatting,
            reason = "it writes every byte of a name, be it text or not, and no two names alike"
        )]
        let below = format!("{:?}", path.strip_prefix(self.root).unwrap_or(path));
        let key = hash(&[&below]);
        let fingerprint = hash(&[&below, &size.to_string(), &changed.to_string()]);
        self.look.present.push(Present { changed, fingerprint, key });
        if size == 0 || self.memory.has_read(fingerprint, changed) {
            return Ok(());
        }
        if self.look.pending.len() < MAX_PENDING {
            self.look.pending.push(Found { path: path.to_owned(), key, fingerprint, size, is_old });
        } else {
            self.look.is_cut = true;
        }
        Ok(())
    }
}

/// Whether a name is one that programs give to what they have not finished: hidden, `.tmp`, `.part` and their like, and what
/// `aws s3 cp` and `sync` write to (`name.json.gz.6eF3Ca12`).
fn is_unfinished(name: &str) -> bool {
    const ENDINGS: [&str; 7] = ["tmp", "temp", "part", "partial", "crdownload", "filepart", "swp"];
    if name.starts_with('.') || name.ends_with('~') {
        return true;
    }
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let is_random = ending.len() == 8
        && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        && [".gz", ".json", ".jsonl", ".ndjson"].iter().any(|known| stem.ends_with(known));
    is_random || ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

fn nanoseconds(time: SystemTime) -> i64 {
    let clamp = |since: Duration| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => clamp(since),
        Err(before) => -clamp(before.duration()),
    }
}

/// 64 bits of a stable hash: with a million files, one in 10¹³ is mistaken for another.
fn hash(parts: &[&str]) -> u64 {
    u64::try_from(stable_hash(parts) >> 64).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_have_not_finished_is_told_by_its_name() {
        for name in [".a.json.Xy12", "a.json.tmp", "a.gz.PART", "a.json.gz.6eF3Ca12", "a.json~"] {
            assert!(is_unfinished(name), "{name}");
        }
        for name in ["a.json", "a.json.gz", "a", "trail.20261124", "a.json.2026-11-24"] {
            assert!(!is_unfinished(name), "{name}");
        }
    }
}
