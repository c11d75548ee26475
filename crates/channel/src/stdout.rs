//! Standard output: the text a terminal shows, or JSON lines.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use trailbell_notice::render::{self, Colour};
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Receipt, Sending};

use crate::preview;

const CAPABILITIES: Capabilities = Capabilities {
    word: "stdout",
    burst: 1_000,
    interval: Duration::from_millis(1),
    max_bytes: 16 * 1024 * 1024,
    threads: false,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(30),
};

/// Standard output.
pub(crate) struct Stdout {
    json: bool,
    colour: Colour,
    out: Arc<Mutex<dyn Write + Send>>,
}

impl fmt::Debug for Stdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stdout")
    }
}

impl Stdout {
    pub(crate) fn new(json: bool) -> Self {
        let colour = if io::stdout().is_terminal() { Colour::On } else { Colour::Off };
        Self { json, colour, out: Arc::new(Mutex::new(io::stdout())) }
    }

    fn text(&self, message: &Message, colour: Colour) -> String {
        if self.json {
            return preview::json_line(&message.json) + "\n";
        }
        render::terminal(&message.page, colour) + "\n"
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let text = self.text(message, self.colour);
        let out = Arc::clone(&self.out);
        // Whoever reads may be slow, and nothing else may wait for it.
        let written = tokio::task::spawn_blocking(move || {
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        });
        let temporary = FailureKind::Temporary { after: None };
        match tokio::time::timeout(CAPABILITIES.timeout, written).await {
            Ok(Ok(Ok(()))) => Ok(Receipt::default()),
            Ok(Ok(Err(error))) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure {
                kind: FailureKind::Closed,
                message: "standard output: nobody reads it any more; start trailbell again".to_owned(),
            }),
            Ok(Ok(Err(error))) => Err(Failure {
                kind: temporary,
                message: format!("standard output cannot be written: {error}"),
            }),
            Ok(Err(_)) | Err(_) => Err(Failure {
                kind: temporary,
                message: "standard output: whoever reads it does not go on reading".to_owned(),
            }),
        }
    }
}

impl Channel for Stdout {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        if self.json { "stdout:json".to_owned() } else { "stdout:".to_owned() }
    }

    fn preview(&self, message: &Message) -> String {
        self.text(message, Colour::Off)
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
    async fn text_for_people_and_lines_for_programs() {
        let out = Arc::new(Mutex::new(Vec::new()));
        for json in [false, true] {
            let channel = Stdout { json, colour: Colour::Off, out: Arc::clone(&out) as _ };
            channel.send(&samples::notice()).await.unwrap();
        }
        let written = String::from_utf8(out.lock().unwrap().clone()).unwrap();
        assert!(written.starts_with("CRITICAL: "), "{written}");
        let last = written.lines().last().unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(last).unwrap(), samples::notice().json);
    }

    #[tokio::test]
    async fn a_closed_pipe_closes_the_channel() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let channel = Stdout { json: true, colour: Colour::Off, out: Arc::new(Mutex::new(Closed)) };
        let failure = channel.send(&samples::notice()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Closed);
    }
}
