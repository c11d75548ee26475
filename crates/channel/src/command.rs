//! A program of the owner's: the message's JSON on its standard input, one line.
//!
//! It is started directly, without a shell, so nothing in a message can be read as a command. Of trailbell's environment it gets only
//! what a program needs to run: passwords of other channels may be in there.

use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, Command};
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Untrusted};

use crate::preview;

const CAPABILITIES: Capabilities = Capabilities {
    word: "command",
    burst: 10,
    interval: Duration::from_millis(100),
    max_bytes: 1024 * 1024,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(30),
};

/// What a program gets of trailbell's environment: where programs and the home are, language and zone, and
/// how a desktop is reached.
const ENVIRONMENT: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_TIME",
    "TZ",
    "TERM",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "SystemRoot",
    "SystemDrive",
    "PATHEXT",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
];

/// Bytes of standard error that are kept: the end, where programs say what went wrong.
const MAX_ERROR: usize = 4 * 1024;

/// A program.
pub(crate) struct Program {
    path: String,
    arguments: Vec<String>,
    timeout: Duration,
}

/// Arguments may be secrets.
impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.target())
    }
}

impl Program {
    pub(crate) fn new(command: &[String]) -> Result<Self, String> {
        let (program, arguments) = command.split_first().ok_or("it names no program")?;
        if program.is_empty() {
            return Err("the name of its program is empty".to_owned());
        }
        Ok(Self { path: program.clone(), arguments: arguments.to_vec(), timeout: CAPABILITIES.timeout })
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("TRAILBELL_IDENTITY", message.identity.as_str())
            .env("TRAILBELL_SEVERITY", message.page.severity.word())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| self.cannot_start(&error))?;
        let line = preview::json_line(&message.json) + "\n";
        let said = Mutex::new(Vec::new());
        let talk = talk(child.stdin.take(), line, child.stderr.take(), &said);
        tokio::pin!(talk);
        let run = async {
            tokio::select! {
                status = child.wait() => {
                    // What it started may hold its standard error open for as long as it likes.
                    let _ = tokio::time::timeout(Duration::from_millis(300), &mut talk).await;
                    status
                }
                () = &mut talk => child.wait().await,
            }
        };
        let ended = tokio::time::timeout(self.timeout, run).await;
        let problem = match ended {
            Ok(Ok(status)) if status.success() => return Ok(Receipt::default()),
            Ok(Ok(status)) => format!("ended with {status}"),
            Ok(Err(error)) => format!("cannot be waited for: {error}"),
            // Dropping the child kills it.
            Err(_) => format!("did not end within {} seconds and was stopped", self.timeout.as_secs()),
        };
        let said = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let message = format!("{} {problem}{}", self.target(), last_lines(&said));
        Err(Failure { kind: FailureKind::Temporary { after: None }, message })
    }

    fn cannot_start(&self, error: &std::io::Error) -> Failure {
        use std::io::ErrorKind::{NotFound, PermissionDenied};
        let (kind, advice) = match error.kind() {
            NotFound => (FailureKind::Closed, "; write its whole path into the settings"),
            PermissionDenied => {
                (FailureKind::Closed, "; make it executable for the user that trailbell runs as")
            }
            _ => (FailureKind::Temporary { after: None }, ""),
        };
        Failure { kind, message: format!("{} cannot be started: {error}{advice}", self.target()) }
    }
}

/// Feeds the program and listens to it at once: one that does not read must not keep us from hearing why.
async fn talk(stdin: Option<ChildStdin>, line: String, stderr: Option<ChildStderr>, said: &Mutex<Vec<u8>>) {
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A program that does not want its input may close it; its exit status says whether all was well.
            let _ = stdin.write_all(line.as_bytes()).await;
        }
    };
    let listen = async {
        if let Some(mut stderr) = stderr {
            let mut chunk = [0; 1024];
            while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend_from_slice(&chunk[..read]);
                let surplus = said.len().saturating_sub(MAX_ERROR);
                said.drain(..surplus);
            }
        }
    };
    tokio::join!(feed, listen);
}

/// The last three lines of what a program said, each as a log may show it.
fn last_lines(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let mut lines: Vec<String> = said
        .lines()
        .rev()
        .filter(|line| !line.trim().is_empty())
        .take(3)
        .map(|line| Untrusted::new(line.trim()).render(Escaper::Terminal))
        .collect();
    lines.reverse();
    if lines.is_empty() { String::new() } else { format!(": {}", lines.join(" / ")) }
}

impl Channel for Program {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        format!("command:{}", Untrusted::new(self.path.as_str()).render(Escaper::Terminal))
    }

    fn preview(&self, message: &Message) -> String {
        format!("{} (on its standard input)\n\n{}\n", self.target(), preview::json_line(&message.json))
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::samples;

    fn shell(script: &str) -> Program {
        Program::new(&["/bin/sh".to_owned(), "-c".to_owned(), script.to_owned()]).unwrap()
    }

    #[tokio::test]
    async fn the_program_gets_one_line_of_json_and_none_of_our_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let script = format!("cat > {0}; env >> {0}", path.display());
        let message = samples::notice();
        shell(&script).send(&message).await.unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        let (line, environment) = written.split_once('\n').unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap(), message.json);
        assert!(environment.contains(&format!("TRAILBELL_IDENTITY={}", message.identity)));
        assert!(!environment.contains("CARGO"), "{environment}");
    }

    #[tokio::test]
    async fn a_program_that_fails_is_tried_again_and_its_last_words_are_kept() {
        let failure = shell("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; printf 'no \\033[2J route' >&2; exit 3")
            .send(&samples::notice())
            .await
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Temporary { after: None });
        assert_eq!(
            failure.message,
            "command:/bin/sh ended with exit status: 3: line 1998 / line 1999 / no \u{fffd}[2J route"
        );
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_stopped() {
        let mut program = shell("exec sleep 600");
        program.timeout = Duration::from_millis(200);
        let failure = program.send(&samples::notice()).await.unwrap_err();
        assert!(failure.message.contains("was stopped"), "{failure:?}");
    }

    #[tokio::test]
    async fn a_program_that_does_not_read_its_input_is_no_failure() {
        let mut message = samples::notice();
        message.json["long"] = serde_json::json!("x".repeat(1_000_000));
        shell("exit 0").send(&message).await.unwrap();
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_closes_the_channel() {
        let failure = Program::new(&["/no/such/program".to_owned()])
            .unwrap()
            .send(&samples::notice())
            .await
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Closed);
        assert!(failure.message.contains("write its whole path"), "{failure:?}");
    }
}
