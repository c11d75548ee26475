//! This machine: the configuration, the ledger, and the process that keeps watch.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::{Access, access, statvfs};
use serde_json::Value;
use trailbell_config::{Loaded, Settings};
use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_outbox::{Ledger as _, LetterState};

use super::check::{Check, ago, bytes, theirs};
use crate::args::{Global, LedgerFile};
use crate::context::{Context, Failure, default_config, parse, read_text, shown};

/// Less room than this on the ledger's disk is soon none.
const LITTLE_ROOM: u64 = 256 << 20;
/// Letters that are listed to find out how many were given up.
const MANY: usize = 1_000;
/// How long the process beside us may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of its answer.
const MAX_ANSWER: usize = 1 << 20;

/// The settings, where they can be used, and what there is to say about their file.
pub(super) fn configuration(global: &Global) -> Result<(Option<Settings>, Vec<Check>), Failure> {
    let path = default_config(global);
    let about = "configuration";
    if global.config.is_none() && !path.is_file() {
        let words = format!(
            "there is no {}: the Event history is watched, and notices go to standard output",
            shown(&path)
        );
        let check = Check::warn(about, words).mend("`trailbell init` makes one");
        return Ok((Some(Settings::default()), vec![check]));
    }
    let text = match read_text(&path) {
        Ok(text) => text,
        Err(Failure::Told(problem)) => return Ok((None, vec![Check::fail(about, problem)])),
        Err(other) => return Err(other),
    };
    let name = path.display().to_string();
    Ok(match parse(&text, &path) {
        Ok(Loaded { settings, warnings, files }) => {
            let showable = trailbell_config::showable(&text);
            let mut checks: Vec<Check> =
                warnings.iter().map(|warning| Check::warn(about, warning.render(&name, &showable))).collect();
            checks.extend(files.iter().flat_map(|file| {
                file.warnings.iter().map(|warning| Check::warn(about, warning.render(&file.name, &file.text)))
            }));
            checks.insert(0, Check::ok(about, format!("{} holds", shown(&path))));
            (Some(settings), checks)
        }
        Err(invalid) => {
            let words = format!("it cannot be used\n{}", invalid.render(&name, &text));
            (
                None,
                vec![
                    Check::fail(about, words)
                        .mend("mend the lines above; `trailbell check` looks at them again"),
                ],
            )
        }
    })
}

/// The ledger: whether it can be read and written, whether there is room, and what stands in it.
pub(super) fn ledger(flag: &LedgerFile, context: &Context, now: Timestamp) -> Vec<Check> {
    let about = "ledger";
    let path = match context.ledger_path(flag) {
        Ok(path) => path,
        Err(Failure::Told(problem)) => return vec![Check::fail(about, problem)],
        Err(Failure::ReaderLeft) => return Vec::new(),
    };
    if !path.exists() {
        return vec![not_there_yet(&path)];
    }
    let options = Options { read_only: true, ..context.ledger_options() };
    let mut ledger = match SqliteLedger::open_existing(&path, &options) {
        Ok(ledger) => ledger,
        Err(error) => return vec![Check::fail(about, error.to_string())],
    };
    let mut checks = Vec::new();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // SQLite writes beside the file as well as into it.
    if access(&path, Access::WRITE_OK).is_err() || access(folder, Access::WRITE_OK).is_err() {
        let words = format!("{} cannot be written by who you are now", shown(&path));
        checks.push(Check::warn(about, words).mend(format!(
            "if `trailbell run` is the same user, give the file and its folder to it: chown -R USER {}",
            shown(folder)
        )));
    }
    match ledger.counts(now) {
        Ok(counts) => {
            checks.push(size(&path, counts.bytes, context.settings.ledger.max_size));
            if counts.waiting > 0 {
                checks.push(Check::ok("deliveries", format!("{} wait to be sent", counts.waiting)));
            }
        }
        Err(error) => checks.push(Check::fail(about, error.to_string())),
    }
    checks.extend(room(folder));
    if let Ok(dead) = ledger.letters(Some(LetterState::Dead), MANY)
        && !dead.is_empty()
    {
        let count = if dead.len() == MANY { format!("{MANY} or more") } else { dead.len().to_string() };
        checks.push(Check::warn("deliveries", format!("{count} given up")).mend(
            "`trailbell deliveries --state dead` says why; `trailbell deliveries retry --all` tries them again",
        ));
    }
    checks.extend(ears(&mut ledger, now));
    checks
}

fn not_there_yet(path: &Path) -> Check {
    let mut folder = path.parent();
    while let Some(parent) = folder.filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        folder = parent.parent();
    }
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() || access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let words = format!("{} is not there yet, and {} cannot be written", shown(path), shown(folder));
        return Check::fail("ledger", words)
            .mend("name another with `ledger: { path: ... }`, or let this user write there");
    }
    Check::ok("ledger", format!("{} is not there yet: `trailbell run` makes it", shown(path)))
}

fn size(path: &Path, used: u64, most: Option<u64>) -> Check {
    match most {
        Some(most) if used >= most / 10 * 9 => {
            let words = format!("{} has {} of the {} it may have", shown(path), bytes(used), bytes(most));
            let check =
                if used >= most { Check::fail("ledger", words) } else { Check::warn("ledger", words) };
            check.mend(
                "when it is full nothing more is told: raise `max_size`, or lower `keep`, under `ledger`",
            )
        }
        Some(most) => {
            Check::ok("ledger", format!("{}, {} of at most {}", shown(path), bytes(used), bytes(most)))
        }
        None => Check::ok("ledger", format!("{}, {}", shown(path), bytes(used))),
    }
}

/// Whether the disk has room.
fn room(folder: &Path) -> Option<Check> {
    let disk = statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let words = format!("{} free where the ledger is", bytes(free));
    Some(if free < LITTLE_ROOM {
        Check::warn("disk", words).mend(
            "when it is full nothing more is told: make room, or move the ledger (`ledger: { path: ... }`)",
        )
    } else {
        Check::ok("disk", words)
    })
}

/// When each source was last heard, as the watch noted it.
fn ears(ledger: &mut SqliteLedger, now: Timestamp) -> Vec<Check> {
    let Ok(noted) = ledger.state("ears/") else { return Vec::new() };
    let check = |(key, value): (String, String)| {
        let about = format!("source {}", theirs(key.strip_prefix("ears/")?));
        let value: Value = serde_json::from_str(&value).ok()?;
        let time = |name: &str| value[name].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let last = time("last").map_or_else(
            || "nothing has been heard from it yet".to_owned(),
            |at| format!("last heard {}", ago(at, now)),
        );
        Some(match value["failing"][1].as_str() {
            Some(why) => Check::warn(about, format!("{last}; it last said: {}", theirs(why))),
            None if value["told"].is_string() => {
                Check::warn(about, format!("{last}; that is longer than usual"))
            }
            None => Check::ok(about, last),
        })
    };
    noted.into_iter().filter_map(check).collect()
}

/// What the process that keeps watch says of itself.
#[derive(Debug)]
pub(super) enum Running {
    /// Health is not served.
    NotServed,
    /// Nobody answers.
    Silent(String),
    /// Somebody else answers.
    Stranger(String),
    /// Its own words.
    Says(Value),
}

impl Running {
    pub(super) async fn ask(listen: Option<&str>) -> Self {
        let Some(listen) = listen else { return Self::NotServed };
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build();
        let client = match client {
            Ok(client) => client,
            Err(error) => return Self::Silent(error.to_string()),
        };
        let answer = client.get(format!("http://{}/healthz", reachable(listen))).send().await;
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_timeout() => {
                return Self::Stranger("takes the connection and says nothing".to_owned());
            }
            Err(error) if error.is_connect() => return Self::Silent(format!("nobody answers at {listen}")),
            Err(_) => return Self::Stranger("does not speak HTTP".to_owned()),
        };
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                break;
            }
        }
        match serde_json::from_slice::<Value>(&body) {
            Ok(health) if health["status"].is_string() && health["reasons"].is_array() => Self::Says(health),
            _ => Self::Stranger(format!("answers {} and does not speak of health", answer.status())),
        }
    }

    pub(super) const fn is_up(&self) -> bool {
        matches!(self, Self::Says(_))
    }

    pub(super) fn checks(&self, listen: Option<&str>) -> Vec<Check> {
        let about = "trailbell run";
        let place = theirs(listen.unwrap_or_default());
        match self {
            Self::NotServed => {
                vec![Check::ok(about, "it cannot be asked: `listen: off` is in the configuration")]
            }
            Self::Silent(why) => vec![
                Check::warn(about, format!("it does not run here: {}", theirs(why)))
                    .mend("start it with `trailbell run`; as a service, `systemctl status trailbell` says why it ended"),
            ],
            Self::Stranger(what) => vec![
                Check::fail(about, format!("another program has {place}: it {}", theirs(what)))
                    .mend("stop that, or write another `listen` into the configuration"),
            ],
            Self::Says(health) => says(health),
        }
    }
}

fn says(health: &Value) -> Vec<Check> {
    let about = "trailbell run";
    let version = theirs(health["version"].as_str().unwrap_or_default());
    let mut checks = Vec::new();
    if health["status"] == "ok" {
        checks.push(Check::ok(about, format!("it runs and is well (version {version})")));
    }
    for reason in health["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str).take(50) {
        checks.push(Check::fail(about, theirs(reason)));
    }
    if checks.is_empty() {
        checks.push(Check::fail(about, "it says that it is not well, but not why").mend("its log says more"));
    }
    if version != env!("CARGO_PKG_VERSION") {
        let words = format!("it is version {version}, and this is {}", env!("CARGO_PKG_VERSION"));
        checks.push(Check::warn(about, words).mend("restart it, so that the installed version keeps watch"));
    }
    checks
}

/// Where something that listens everywhere is reached from here.
fn reachable(listen: &str) -> String {
    match listen.rsplit_once(':') {
        Some(("0.0.0.0" | "*", port)) => format!("127.0.0.1:{port}"),
        Some(("[::]" | "::", port)) => format!("[::1]:{port}"),
        _ => listen.to_owned(),
    }
}
