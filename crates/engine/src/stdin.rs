//! The source that is standard input: lines as another program writes them, or one document up to its end.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use serde::de::IgnoredAny;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::source::{Arrival, Closed, Condition, Door, Listening, Source};

/// Lines are gathered for at most so long.
const GATHER: Duration = Duration::from_millis(200);
/// Whoever writes in one go does not pause for so long.
const PAUSE: Duration = Duration::from_millis(20);
/// Lines are gathered up to so many bytes.
const BATCH: usize = 1 << 20;
/// Bytes in which the first line must end for the input to be lines (CloudTrail's events end at 1 MB).
const FIRST_LINE: usize = 2 << 20;
/// Bytes of a document, or of a line.
const MAX_WHOLE: usize = 64 << 20;
const CHUNK: usize = 64 << 10;
/// Chunks read ahead.
const AHEAD: usize = 16;

/// Standard input.
pub struct StdinSource {
    name: String,
    input: Box<dyn Read + Send>,
}

impl StdinSource {
    /// The source `name` over this process's standard input.
    pub fn new(name: impl Into<String>) -> Self {
        Self::over(name, io::stdin())
    }

    fn over(name: impl Into<String>, input: impl Read + Send + 'static) -> Self {
        Self { name: name.into(), input: Box::new(input) }
    }
}

impl fmt::Debug for StdinSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdinSource").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Source for StdinSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        "standard input".to_owned()
    }

    fn should_speak(&self) -> bool {
        false
    }

    /// There is no position: what was read from a pipe cannot be read again.
    fn listen(self: Box<Self>, _: Option<String>, door: Door) -> Listening {
        Box::pin(async move {
            let (Err(Closed) | Ok(())) = listen(self.input, &door).await;
        })
    }
}

async fn listen(input: Box<dyn Read + Send>, door: &Door) -> Result<(), Closed> {
    let (sender, chunks) = mpsc::channel(AHEAD);
    // A thread of its own, which nobody waits for: a read from a terminal or a pipe cannot be interrupted.
    let thread = std::thread::Builder::new().name("stdin".to_owned()).spawn(move || read(input, &sender));
    if let Err(error) = thread {
        return door.say(Condition::Failing(format!("standard input cannot be read: {error}"))).await;
    }
    door.say(Condition::Listening).await?;
    let mut gathering = Gathering { chunks, buffer: Vec::new(), error: None, is_over: false };
    if gathering.is_of_lines(door).await? {
        gathering.deliver_lines(door).await?;
    } else {
        gathering.deliver_whole(door).await?;
    }
    if let Some(error) = gathering.error {
        let words = format!("standard input broke off: {error}. What came before it has been read.");
        door.say(Condition::Failing(words)).await?;
    }
    door.say(Condition::Ended).await
}

fn read(mut input: Box<dyn Read + Send>, sender: &mpsc::Sender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let chunk = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_failed = chunk.is_err();
        if sender.blocking_send(chunk).is_err() || is_failed {
            return;
        }
    }
}

struct Gathering {
    chunks: mpsc::Receiver<io::Result<Vec<u8>>>,
    buffer: Vec<u8>,
    error: Option<io::Error>,
    is_over: bool,
}

impl Gathering {
    /// Waits for more, until `until` where there is one; whether there was more.
    async fn more(&mut self, until: Option<Instant>, door: &Door) -> Result<bool, Closed> {
        if self.is_over {
            return Ok(false);
        }
        let far = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => door.closed().await,
            }
        };
        let chunk = tokio::select! {
            biased;
            chunk = self.chunks.recv() => chunk,
            () = far => return if until.is_some() { Ok(false) } else { Err(Closed) },
        };
        match chunk {
            Some(Ok(bytes)) => {
                self.buffer.extend_from_slice(&bytes);
                return Ok(true);
            }
            Some(Err(error)) => self.error = Some(error),
            None => {}
        }
        self.is_over = true;
        Ok(false)
    }

    /// Whether the first line that is not blank is a JSON object by itself.
    async fn is_of_lines(&mut self, door: &Door) -> Result<bool, Closed> {
        loop {
            let start = self.buffer.iter().position(|byte| !byte.is_ascii_whitespace());
            if let Some(text) = start.map(|start| &self.buffer[start..]) {
                if text.first() != Some(&b'{') || text.len() > FIRST_LINE {
                    return Ok(false);
                }
                if let Some(end) = memchr::memchr(b'\n', text) {
                    return Ok(serde_json::from_slice::<IgnoredAny>(&text[..end]).is_ok());
                }
            }
            if !self.more(None, door).await? {
                return Ok(false);
            }
        }
    }

    async fn deliver_lines(&mut self, door: &Door) -> Result<(), Closed> {
        loop {
            let latest = Instant::now() + GATHER;
            while self.buffer.len() < BATCH
                && self.more(Some(latest.min(Instant::now() + PAUSE)), door).await?
            {}
            let end = match memchr::memrchr(b'\n', &self.buffer) {
                _ if self.is_over => self.buffer.len(),
                Some(last) => last + 1,
                // No reader takes a line this long; it is named there as what it is.
                None if self.buffer.len() > MAX_WHOLE => self.buffer.len(),
                None => 0,
            };
            if end > 0 {
                let rest = self.buffer.split_off(end);
                let body = std::mem::replace(&mut self.buffer, rest);
                self.deliver(body, door).await?;
            }
            if self.is_over {
                return Ok(());
            }
            if end == 0 || self.chunks.is_empty() {
                self.more(None, door).await?;
            }
        }
    }

    async fn deliver_whole(&mut self, door: &Door) -> Result<(), Closed> {
        while self.buffer.len() <= MAX_WHOLE && self.more(None, door).await? {}
        if self.buffer.len() > MAX_WHOLE {
            let words = "standard input is larger than 64 MB and not made of lines: it is not read. Look at it with `trailbell scan -`.";
            return door.say(Condition::Failing(words.to_owned())).await;
        }
        let body = std::mem::take(&mut self.buffer);
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        self.deliver(body, door).await
    }

    async fn deliver(&self, body: Vec<u8>, door: &Door) -> Result<(), Closed> {
        let backlog = !self.chunks.is_empty();
        let label = "standard input".to_owned();
        door.deliver(Arrival { body, label, position: None, backlog }).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::source::{Taken, Word};

    /// What a source over `input` delivers and says; the writer is used while it runs.
    async fn heard(write: impl FnOnce(io::PipeWriter) + Send + 'static) -> (Vec<String>, Vec<Condition>) {
        let (reader, writer) = io::pipe().unwrap();
        std::thread::spawn(move || write(writer));
        let (sender, mut words) = mpsc::channel(4);
        let source = Box::new(StdinSource::over("stdin", reader));
        let listening = tokio::spawn(source.listen(None, Door::new("stdin", sender)));
        let (mut bodies, mut conditions) = (Vec::new(), Vec::new());
        while let Some(word) = words.recv().await {
            match word {
                Word::Arrival { arrival, answer, .. } => {
                    assert_eq!(arrival.position, None);
                    bodies.push(String::from_utf8(arrival.body).unwrap());
                    answer.send(Taken::default()).unwrap();
                }
                Word::Condition { condition, .. } => conditions.push(condition),
            }
        }
        listening.await.unwrap();
        (bodies, conditions)
    }

    #[tokio::test]
    async fn lines_are_delivered_while_the_writer_lives_and_the_unfinished_one_at_the_end() {
        let (told, delivered) = std::sync::mpsc::channel();
        let (reader, mut writer) = io::pipe().unwrap();
        let (sender, mut words) = mpsc::channel(4);
        tokio::spawn(Box::new(StdinSource::over("stdin", reader)).listen(None, Door::new("stdin", sender)));
        writer.write_all(b"{\"a\":1}\n{\"a\":2}\n{\"a\"").unwrap();
        let mut writer = Some(writer);
        while let Some(word) = words.recv().await {
            match word {
                Word::Arrival { arrival, answer, .. } => {
                    told.send(String::from_utf8(arrival.body).unwrap()).unwrap();
                    answer.send(Taken::default()).unwrap();
                    if let Some(mut writer) = writer.take() {
                        writer.write_all(b":3}").unwrap();
                    }
                }
                Word::Condition { condition: Condition::Ended, .. } => break,
                Word::Condition { condition, .. } => assert_eq!(condition, Condition::Listening),
            }
        }
        drop(told);
        assert_eq!(delivered.iter().collect::<Vec<_>>(), ["{\"a\":1}\n{\"a\":2}\n", "{\"a\":3}"]);
    }

    #[tokio::test]
    async fn a_document_is_delivered_at_its_end() {
        let (bodies, conditions) = heard(|mut writer| {
            writer.write_all(b"{\n  \"Records\": [").unwrap();
            writer.write_all(b"]\n}\n").unwrap();
        })
        .await;
        assert_eq!(bodies, ["{\n  \"Records\": []\n}\n"]);
        assert_eq!(conditions, [Condition::Listening, Condition::Ended]);
    }

    #[tokio::test]
    async fn nothing_is_nothing() {
        assert_eq!(heard(drop).await, (Vec::new(), vec![Condition::Listening, Condition::Ended]));
    }

    #[tokio::test]
    async fn many_lines_come_in_batches_that_end_at_line_ends() {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
        let all = line.repeat(5000);
        let sent = all.clone();
        let (bodies, _) = heard(move |mut writer| writer.write_all(sent.as_bytes()).unwrap()).await;
        assert!(bodies.iter().all(|body| body.ends_with('\n') && body.len() < BATCH + CHUNK * 2));
        assert_eq!(bodies.concat(), all);
    }

    #[tokio::test]
    async fn too_long_a_document_is_said_and_not_kept() {
        let (bodies, conditions) = heard(|mut writer| {
            let blanks = vec![b' '; 1 << 20];
            let _ = writer.write_all(b"[");
            // The reader goes away in the middle.
            while writer.write_all(&blanks).is_ok() {}
        })
        .await;
        assert!(bodies.is_empty());
        assert!(
            matches!(&conditions[1], Condition::Failing(words) if words.contains("64 MB")),
            "{conditions:?}"
        );
        assert_eq!(conditions[2], Condition::Ended);
    }
}
