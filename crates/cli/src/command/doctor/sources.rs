//! The sources that are not AWS's: a folder, and what is sent here over HTTP.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use trailbell_config::{SourceKind, SourceSettings};

use super::check::{Check, PATIENCE, ago, in_time, theirs};
use crate::context::shown;

/// Entries of a folder that are looked at: enough to know whether anything comes.
const MAX_ENTRIES: usize = 200_000;
/// A folder to which nothing has come for so long is worth a look.
const LONG: Duration = Duration::from_hours(24);

/// Each of them; `is_up`: whether `trailbell run` answers here.
pub(super) async fn all(sources: Vec<SourceSettings>, is_up: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    for SourceSettings { name, source } in sources {
        let about = format!("source {}", theirs(&name));
        let question = match source {
            SourceKind::Folder { path, .. } => {
                let about = about.clone();
                tokio::task::spawn_blocking(move || folder(&about, &path))
            }
            SourceKind::Http { listen, .. } => {
                let about = about.clone();
                tokio::task::spawn_blocking(move || port(&about, &listen, is_up))
            }
            _ => continue,
        };
        checks.push(in_time(question).await.unwrap_or_else(|why| Check::fail(about, why)));
    }
    checks
}

fn folder(about: &str, path: &Path) -> Check {
    let place = shown(path);
    match fs::metadata(path) {
        Ok(meta) if !meta.is_dir() => return Check::fail(about, format!("{place} is not a folder")),
        Ok(_) => {}
        Err(error) => {
            return Check::fail(about, format!("{place}: {error}")).mend(
                "make the folder, or write another `path`; whoever runs trailbell must be able to read it",
            );
        }
    }
    let found = match newest(path) {
        Ok(found) => found,
        Err(problem) => {
            return Check::fail(about, problem).mend("whoever runs trailbell must be able to read it");
        }
    };
    let Some((file, changed)) = found else {
        return Check::warn(about, format!("{place} is readable, and there is no file in it"))
            .mend("what writes CloudTrail's files there?");
    };
    let when = Timestamp::try_from(changed).map_or_else(|_| String::new(), |at| ago(at, Timestamp::now()));
    let words = format!("{place} is readable; its newest file is {} ({when})", shown(&file));
    if changed.elapsed().is_ok_and(|age| age > LONG) {
        return Check::warn(about, words)
            .mend("if files should come daily: does what writes them still run?");
    }
    Check::ok(about, words)
}

/// The newest file below, by its time, and that time.
fn newest(root: &Path) -> Result<Option<(PathBuf, SystemTime)>, String> {
    let end = Instant::now() + PATIENCE / 2;
    let mut newest: Option<(PathBuf, SystemTime)> = None;
    let mut folders = vec![root.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", shown(&folder)))?;
        for entry in entries.flatten() {
            seen += 1;
            if seen > MAX_ENTRIES || Instant::now() > end {
                return Ok(newest);
            }
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file()
                && let Ok(changed) = entry.metadata().and_then(|meta| meta.modified())
                && newest.as_ref().is_none_or(|(_, so_far)| changed > *so_far)
            {
                newest = Some((entry.path(), changed));
            }
        }
    }
    Ok(newest)
}

fn port(about: &str, listen: &str, is_up: bool) -> Check {
    let place = theirs(listen);
    let addresses: Vec<_> = match listen.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Check::fail(about, format!("{place}: {error}")),
    };
    match (TcpListener::bind(addresses.as_slice()), is_up) {
        (Ok(_), false) => Check::ok(about, format!("{place} is free; `trailbell run` will listen there")),
        (Ok(_), true) => Check::fail(about, format!("`trailbell run` runs, and nobody listens at {place}"))
            .mend("make it read the configuration again (SIGHUP, or restart it); its log says why it does not listen"),
        (Err(error), true) if error.kind() == ErrorKind::AddrInUse => {
            Check::ok(about, format!("`trailbell run` runs, and {place} is taken"))
        }
        (Err(error), _) if error.kind() == ErrorKind::AddrInUse => {
            Check::fail(about, format!("{place} is taken, and no `trailbell run` answers here"))
                .mend("stop what listens there, or write another `listen`")
        }
        (Err(error), _) => Check::fail(about, format!("nothing can listen at {place}: {error}"))
            .mend("write an address of this machine; ports below 1024 need a privilege"),
    }
}
