//! `run`: keeping watch.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use trailbell_config::{Settings, SourceKind, SourceSettings};
use trailbell_engine::{Presence, Runner, Stopped, Watch, WatchSettings};
use trailbell_http::Status;
use trailbell_ledger_sqlite::SqliteLedger;
use trailbell_record::Limits;

use crate::args::{self, Global};
use crate::context::{Context, Failure, shown};
use crate::station::{self, Watcher};

/// What one arrival may unpack to where the flag says nothing: a delivery of CloudTrail's is a few megabytes.
const MAX_UNPACKED: u64 = 1 << 30;

/// Why one stretch of keeping watch ended.
enum Ended {
    Stopped,
    Reload,
}

pub(crate) fn run(run: &args::Run, global: &Global) -> Result<u8, Failure> {
    let mut context = Context::new(global)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        // What the watch goes back to where a new configuration cannot be used.
        let mut before: Option<Context> = None;
        loop {
            match watch(run, &context, &mut signals, &mut before).await {
                Ok(Ended::Stopped) => return Ok(0),
                Ok(Ended::Reload) => match Context::new(global) {
                    Ok(new) => before = Some(std::mem::replace(&mut context, new)),
                    // A slip in the file must not end the watch.
                    Err(Failure::Told(message)) => still(&message)?,
                    Err(Failure::ReaderLeft) => {}
                },
                Err(Failure::Told(message)) if before.is_some() => {
                    still(&message)?;
                    if let Some(before) = before.take() {
                        context = before;
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
    })
}

fn still(problem: &str) -> io::Result<()> {
    writeln!(io::stderr(), "trailbell: still with the configuration as it was: {problem}")
}

/// Makes sure that one process keeps a ledger: two would tell everything twice.
fn alone(ledger: &Path) -> Result<File, Failure> {
    let path = ledger.with_extension("lock");
    let problem = |error: &dyn std::fmt::Display| Failure::Told(format!("{}: {error}", shown(&path)));
    let file = File::create(&path).map_err(|error| problem(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::Told(format!(
            "another `trailbell run` keeps the ledger {}: stop it first, or name another with --ledger",
            shown(ledger)
        ))),
        Err(TryLockError::Error(error)) => Err(problem(&error)),
    }
}

struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for a signal. Standard input cannot be handed from one watch to the next: with it nothing is read again.
    async fn next(&mut self, may_reload: bool) -> Ended {
        loop {
            tokio::select! {
                _ = self.hangup.recv() => {
                    if may_reload {
                        return Ended::Reload;
                    }
                    // Nothing is left to be done about a standard error that cannot be written to.
                    let _ = still("standard input is being read; stop it and start it again");
                }
                _ = self.terminate.recv() => return Ended::Stopped,
                _ = self.interrupt.recv() => return Ended::Stopped,
            }
        }
    }
}

/// Keeps watch until a signal comes or every source has ended.
async fn watch(
    run: &args::Run,
    context: &Context,
    signals: &mut Signals,
    before: &mut Option<Context>,
) -> Result<Ended, Failure> {
    let rules = context.rules()?;
    let stdin;
    let context = if run.stdin {
        let sources = vec![SourceSettings { name: "stdin".to_owned(), source: SourceKind::Stdin }];
        stdin = context.with(Settings { sources, ..context.settings.clone() });
        &stdin
    } else {
        context
    };
    let reader = context.reader()?;
    let channels = station::channels(context).await?;
    let sources = station::sources(context, &rules).await?;
    let path: PathBuf = context.ledger_path(&run.ledger)?;
    let ledger = SqliteLedger::open(&path, &context.ledger_options())?;
    let _alone = alone(&path)?;

    let status = Arc::new(Status::new(env!("CARGO_PKG_VERSION")));
    let names = channels.settings.iter().map(|(settings, _)| settings.name.clone()).collect();
    let watcher = Arc::new(Watcher::new(Arc::clone(&status), names, context));
    watcher.say(&format!("trailbell {} keeps watch; ledger {}", env!("CARGO_PKG_VERSION"), shown(&path)));
    for source in &sources {
        status.source_known(source.name());
        watcher.say(&format!("source {}: {}", source.name(), source.describe()));
    }
    for (settings, _) in &channels.settings {
        status.channel_known(&settings.name);
        let target = channels.by_name.get(&settings.name).map(|channel| channel.target()).unwrap_or_default();
        watcher.say(&format!("channel {}: {target}", settings.name));
    }
    let over = Arc::new(Notify::new());
    let page = match &context.settings.listen {
        Some(listen) if !run.stdin => Some(serve(listen, &status, &over).await?),
        _ => None,
    };

    let limits = Limits { max_unpacked: run.max_unpacked.unwrap_or(MAX_UNPACKED), ..Limits::default() };
    let settings = WatchSettings {
        rules,
        settings: context.settings.clone(),
        reader,
        limits,
        presence: Presence::Resident,
    };
    let watch = Watch::open(settings, channels.settings, Box::new(ledger), Timestamp::now())?;
    let runner = Runner::new(watch, channels.by_name, Arc::clone(&watcher) as Arc<_>);
    // Everything is open: what goes wrong from here on is not the configuration's fault.
    *before = None;
    let mut asked = Ended::Stopped;
    let may_reload =
        !context.settings.sources.iter().any(|source| matches!(source.source, SourceKind::Stdin));
    let stopped = runner.run(sources, async { asked = signals.next(may_reload).await }).await?;
    over.notify_waiters();
    if let Some(page) = page {
        // It has five seconds of its own for who is still reading.
        let _ = page.await;
    }
    match (&asked, stopped) {
        (_, Stopped::Ended) => watcher.say("every source has come to its end"),
        (Ended::Reload, Stopped::Asked) => watcher.say("reading the configuration again"),
        (Ended::Stopped, Stopped::Asked) => watcher.say("stopped; what was not sent yet is sent next time"),
    }
    Ok(if stopped == Stopped::Ended { Ended::Stopped } else { asked })
}

/// Shows health and metrics until it is over.
async fn serve(
    listen: &str,
    status: &Arc<Status>,
    over: &Arc<Notify>,
) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(|error| {
        Failure::Told(format!(
            "health and metrics cannot be served at {listen}: {error}; write `listen: off` or another address into the configuration"
        ))
    })?;
    let (status, over) = (Arc::clone(status), Arc::clone(over));
    Ok(tokio::spawn(async move {
        trailbell_http::serve(listener, status, async move { over.notified().await }).await;
    }))
}
