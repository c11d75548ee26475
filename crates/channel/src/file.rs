//! A file that JSON lines are appended to.
//!
//! Made readable by its owner only: notices name people and what they did. A line counts as taken when it is on the disk. A
//! last line that a crash or a full disk cut short is ended first, so that it spoils no other.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Untrusted};

use crate::preview;

const CAPABILITIES: Capabilities = Capabilities {
    word: "file",
    burst: 1_000,
    interval: Duration::from_millis(1),
    max_bytes: 16 * 1024 * 1024,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(30),
};

/// A file of JSON lines.
#[derive(Debug)]
pub(crate) struct Lines {
    path: PathBuf,
    /// One writer at a time: what it does to a line that was cut short must not meet another's.
    writing: Arc<Mutex<()>>,
}

impl Lines {
    pub(crate) fn new(path: &Path) -> Result<Self, String> {
        if path.as_os_str().is_empty() {
            return Err("its path is empty".to_owned());
        }
        Ok(Self { path: path.to_owned(), writing: Arc::default() })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let line = preview::json_line(&message.json) + "\n";
        let path = self.path.clone();
        let writing = Arc::clone(&self.writing);
        let written = tokio::task::spawn_blocking(move || {
            let _alone = writing.lock().unwrap_or_else(PoisonError::into_inner);
            append(&path, line.as_bytes())
        });
        match tokio::time::timeout(CAPABILITIES.timeout, written).await {
            Ok(Ok(Ok(()))) => Ok(Receipt::default()),
            Ok(Ok(Err(error))) => Err(self.failure(&error)),
            Ok(Err(_)) | Err(_) => Err(Failure {
                kind: FailureKind::Temporary { after: None },
                message: format!("{}: the disk does not answer", self.target()),
            }),
        }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        use io::ErrorKind::{IsADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem, Unsupported};
        let (kind, advice) = match error.kind() {
            NotFound => (FailureKind::Closed, "; make its folder"),
            PermissionDenied | ReadOnlyFilesystem => {
                (FailureKind::Closed, "; let the user that trailbell runs as write there")
            }
            IsADirectory | Unsupported => (FailureKind::Closed, "; name an ordinary file"),
            _ => (FailureKind::Temporary { after: None }, ""),
        };
        Failure { kind, message: format!("{} cannot be written: {error}{advice}", self.target()) }
    }
}

fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    // A pipe without a reader would hold us for ever.
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "it is not an ordinary file"));
    }
    let mut file = open(path)?;
    let before = file.metadata()?.len();
    let written =
        end_line(&mut file, before).and_then(|()| file.write_all(line)).and_then(|()| file.sync_data());
    if written.is_err() {
        // A full disk leaves a part of the line. Taking it back may fail too; then the next line ends it.
        let _ = file.set_len(before);
    }
    written
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn end_line(file: &mut File, length: u64) -> io::Result<()> {
    if length == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
}

impl Channel for Lines {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        format!("file {}", Untrusted::new(self.path.to_string_lossy()).render(Escaper::Terminal))
    }

    fn preview(&self, message: &Message) -> String {
        format!("{}\n\n{}\n", self.target(), preview::json_line(&message.json))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[tokio::test]
    async fn lines_are_appended_whole_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notices.jsonl");
        let channel = Lines::new(&path).unwrap();
        channel.send(&samples::notice()).await.unwrap();
        // As a crash in the middle of a line would leave it.
        open(&path).unwrap().write_all(b"{\"half").unwrap();
        channel.send(&samples::digest()).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(serde_json::from_str::<serde_json::Value>(lines[0]).unwrap(), samples::notice().json);
        assert_eq!(serde_json::from_str::<serde_json::Value>(lines[2]).unwrap(), samples::digest().json);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn what_is_no_ordinary_file_closes_the_channel() {
        let folder = tempfile::tempdir().unwrap();
        for path in
            [folder.path().to_owned(), folder.path().join("none/notices.jsonl"), PathBuf::from("/dev/null")]
        {
            let failure = Lines::new(&path).unwrap().send(&samples::notice()).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Closed, "{failure:?}");
        }
    }
}
