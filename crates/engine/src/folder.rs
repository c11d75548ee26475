//! The source that is a folder: whatever CloudTrail file appears in it, however it got there (`aws s3 sync`, `rsync`, a
//! program that appends lines).
//!
//! The folder is looked at again and again rather than watched by the system's notifications, which network file
//! systems do not have and which lose events when many come at once. What has been read is remembered per file
//! ([`memory`]), so that neither many files of one time nor files that arrive with an old time are missed. A file is
//! read once it looks finished ([`piece`]); one that changes is read again, which the ledger's deduplication makes
//! harmless.

mod look;
mod memory;
mod piece;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use self::look::{Found, Look};
use self::memory::{Mark, Memory};
use self::piece::{Piece, Wanted};
use crate::source::{Arrival, Closed, Condition, Door, Listening, Source};

/// Deliveries on their way at once.
const IN_FLIGHT: usize = 8;
/// Bytes on their way at once, unless one delivery alone is larger.
const BYTES_IN_FLIGHT: usize = 64 << 20;
/// Looking takes at most one tenth of the time, however many files there are.
const REST_PER_LOOK: u32 = 9;

/// A folder that files appear in.
#[derive(Debug)]
pub struct FolderSource {
    name: String,
    path: PathBuf,
    every: Duration,
}

impl FolderSource {
    /// The source `name` over everything below `path`, looked at `every` so often, or as seldom as it takes for looking
    /// to be a tenth of the time.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>, every: Duration) -> Self {
        Self { name: name.into(), path: path.into(), every }
    }

    async fn watch(&self, position: Option<String>, door: &Door) -> Result<(), Closed> {
        let known = position.as_deref().map_or_else(|| Some(Memory::default()), Memory::parse);
        if known.is_none() {
            let words = format!(
                "what was read of the folder {} is not known any more (its position was written by another version): it is read again; nothing the ledger still knows is told twice",
                self.path.display()
            );
            door.say(Condition::Remark(words)).await?;
        }
        let mut watch = Watch {
            door,
            root: &self.path,
            memory: known.unwrap_or_default(),
            unsettled: HashMap::new(),
            on_their_way: JoinSet::new(),
            bytes_on_their_way: 0,
            since_checkpoint: 0,
        };
        loop {
            let (is_more, took) = watch.look().await?;
            if !is_more {
                tokio::select! {
                    () = tokio::time::sleep(self.every.max(took * REST_PER_LOOK)) => {}
                    () = door.closed() => return Err(Closed),
                }
            }
        }
    }
}

impl Source for FolderSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("the folder {}", self.path.display())
    }

    fn should_speak(&self) -> bool {
        false
    }

    fn listen(self: Box<Self>, position: Option<String>, door: Door) -> Listening {
        Box::pin(async move {
            let (Err(Closed) | Ok(())) = self.watch(position, &door).await;
        })
    }
}

/// A delivery, and what is known once it is safe.
struct Unit {
    label: String,
    body: Vec<u8>,
    mark: Mark,
}

struct Watch<'a> {
    door: &'a Door,
    root: &'a PathBuf,
    memory: Memory,
    /// What was not finished at the last look, by path, as it was then.
    unsettled: HashMap<u64, u64>,
    on_their_way: JoinSet<Result<(Mark, usize), Closed>>,
    bytes_on_their_way: usize,
    since_checkpoint: usize,
}

impl Watch<'_> {
    /// One look, and everything it found delivered; whether there was more than one look takes on, and how long
    /// looking took.
    async fn look(&mut self) -> Result<(bool, Duration), Closed> {
        let began = Instant::now();
        let root = self.root.clone();
        let memory = std::mem::take(&mut self.memory);
        let looking = tokio::task::spawn_blocking(move || {
            let look = look::look(&root, &memory);
            (look, memory)
        });
        let Ok((look, memory)) = looking.await else { return Err(Closed) };
        self.memory = memory;
        let took = began.elapsed();
        let Look { pending, is_cut, present, mut failures } = match look {
            Ok(look) => look,
            Err(words) => {
                self.door.say(Condition::Failing(words)).await?;
                return Ok((false, took));
            }
        };
        let before = self.memory.floor();
        if failures.is_empty() {
            self.memory.keep_only(&present, pending.is_empty());
        }
        if self.memory.floor() != before {
            let words = format!(
                "the folder {} holds more files than are remembered one by one: the oldest are taken as read for good, and a file that appears with a time as old as theirs will not be read. Move what is old away.",
                self.root.display()
            );
            self.door.say(Condition::Remark(words)).await?;
        }
        drop(present);
        let read_before = self.memory.len();
        self.deliver_all(pending, is_cut, &mut failures).await?;
        // One thing to mend at a time: the next is said when this one is.
        let condition = failures.into_iter().next().map_or(Condition::Listening, Condition::Failing);
        self.door.say(condition).await?;
        // Where nothing could be read there is no haste to try again.
        Ok((is_cut && self.memory.len() > read_before, took))
    }

    /// Delivers what can be read; what cannot goes to `failures`, in words.
    async fn deliver_all(
        &mut self,
        pending: Vec<Found>,
        is_cut: bool,
        failures: &mut Vec<String>,
    ) -> Result<(), Closed> {
        let mut held: Option<Unit> = None;
        let mut unsettled = HashMap::new();
        for found in pending {
            let is_settled =
                found.is_old || self.unsettled.get(&found.key).is_some_and(|then| *then == found.fingerprint);
            let mut tail = self.memory.tail(found.key);
            loop {
                let wanted = Wanted { found: found.clone(), tail, is_settled };
                let Ok(read) = tokio::task::spawn_blocking(move || piece::read(&wanted)).await else {
                    return Err(Closed);
                };
                let (body, end) = match read {
                    Ok(Piece::Later) => {
                        unsettled.insert(found.key, found.fingerprint);
                        break;
                    }
                    Ok(Piece::Nothing) => {
                        self.memory.apply(Mark::read(&found, tail));
                        break;
                    }
                    Ok(Piece::TooLarge(why)) => {
                        let words = format!("{} is not read: {why}", found.path.display());
                        self.door.say(Condition::Remark(words)).await?;
                        self.memory.apply(Mark::read(&found, None));
                        break;
                    }
                    // It went away since the look: what replaced it is met at the next one.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                    Err(error) => {
                        if failures.is_empty() {
                            let path = found.path.display();
                            failures.push(format!(
                                "{path} cannot be read: {error}. It is tried again at every look."
                            ));
                        }
                        break;
                    }
                    Ok(Piece::Body { body, end }) => (body, end),
                };
                tail = end.tail;
                let is_last = end.is_last;
                let mark = if is_last { Mark::read(&found, tail) } else { Mark::so_far(&found, tail) };
                let unit = Unit { label: found.path.display().to_string(), body, mark };
                if let Some(earlier) = held.replace(unit) {
                    self.deliver(earlier).await?;
                }
                if is_last {
                    break;
                }
            }
        }
        self.unsettled = unsettled;
        match held {
            Some(last) => self.checkpoint(last, is_cut).await,
            None => Ok(()),
        }
    }

    /// Delivers while others are on their way, or, when it is time to note the position, alone.
    async fn deliver(&mut self, unit: Unit) -> Result<(), Closed> {
        // The position is as long as the memory: it is written the less often, the longer it is.
        if self.since_checkpoint >= 64 + self.memory.len() / 16 {
            return self.checkpoint(unit, true).await;
        }
        self.since_checkpoint += 1;
        while self.on_their_way.len() >= IN_FLIGHT
            || (self.bytes_on_their_way + unit.body.len() > BYTES_IN_FLIGHT && !self.on_their_way.is_empty())
        {
            self.one_is_safe().await?;
        }
        let door = self.door.clone();
        let Unit { label, body, mark } = unit;
        let size = body.len();
        self.bytes_on_their_way += size;
        self.on_their_way.spawn(async move {
            door.deliver(Arrival { body, label, position: None, backlog: true }).await?;
            Ok((mark, size))
        });
        Ok(())
    }

    /// Delivers when everything before is safe, together with the position that covers it all.
    async fn checkpoint(&mut self, unit: Unit, backlog: bool) -> Result<(), Closed> {
        while !self.on_their_way.is_empty() {
            self.one_is_safe().await?;
        }
        let Unit { label, body, mark } = unit;
        self.memory.apply(mark);
        self.since_checkpoint = 0;
        let position = Some(self.memory.to_text());
        self.door.deliver(Arrival { body, label, position, backlog }).await?;
        Ok(())
    }

    async fn one_is_safe(&mut self) -> Result<(), Closed> {
        match self.on_their_way.join_next().await {
            None => Ok(()),
            Some(Ok(Ok((mark, size)))) => {
                self.bytes_on_their_way -= size;
                self.memory.apply(mark);
                Ok(())
            }
            Some(_) => Err(Closed),
        }
    }
}
