//! How far a long reading has come, drawn on standard error where that is a terminal.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use trailbell_engine::Progress;

/// Nothing is drawn in the first second: short work needs no bar.
const BEFORE_FIRST: Duration = Duration::from_secs(1);

/// A line that is kept up to date by a thread of its own until it is finished.
pub(crate) struct Line {
    stop: Arc<std::sync::atomic::AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Line {
    /// Starts drawing, unless nobody would see it.
    pub(crate) fn start(progress: &Arc<Progress>, quiet: bool) -> Self {
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let visible = !quiet && std::io::stderr().is_terminal();
        let thread = visible.then(|| {
            let (stop, progress) = (Arc::clone(&stop), Arc::clone(progress));
            std::thread::spawn(move || {
                std::thread::park_timeout(BEFORE_FIRST);
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                    bar.set_style(style);
                }
                while !stop.load(Ordering::Relaxed) {
                    bar.set_message(format!(
                        "{} files, {}, {} events read",
                        HumanCount(progress.files.load(Ordering::Relaxed)),
                        HumanBytes(progress.bytes.load(Ordering::Relaxed)),
                        HumanCount(progress.records.load(Ordering::Relaxed)),
                    ));
                    bar.tick();
                    std::thread::park_timeout(Duration::from_millis(200));
                }
                bar.finish_and_clear();
            })
        });
        Self { stop, thread }
    }

    /// Takes the line off the screen.
    pub(crate) fn finish(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A drawing thread that panicked has nothing to say about the scan.
            let _ = thread.join();
        }
    }
}
