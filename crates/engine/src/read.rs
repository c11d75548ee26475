//! Opening what the user named and handing it to the reader of CloudTrail's forms.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use trailbell_record::{Contents, Event, Glance, Limits, Position, Problem, Reader, Sink, Skipped};
use trailbell_text::Untrusted;

use crate::large::LargeFile;
use crate::walk::{Input, WalkError};

/// Files up to this size are read whole: one system call instead of a window, and the fastest way to unpack.
const WHOLE_FILE_BYTES: u64 = 4 << 20;
/// Bits of an event's number that count within a piece of a file: more than there are bytes in one.
const PIECE_BITS: u32 = 40;
/// Problems of one source that are told one by one; the rest are counted.
pub(crate) const PROBLEMS_TOLD: u64 = 20;

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file, `-` for standard input.
    pub path: PathBuf,
    /// Where in it (of an archive: where in what it unpacks to), where it is a place and not the whole.
    pub position: Option<Position>,
    /// What is wrong. It may quote the source.
    pub message: Untrusted,
}

impl Unreadable {
    /// What is said of the places of a file that are not told one by one.
    pub(crate) fn more(path: &Path, count: u64) -> Self {
        let message = format!("{count} more places in this file cannot be read").into();
        Self { path: path.to_owned(), position: None, message }
    }
}

/// How far a reading has come, for whoever draws it; written by the reading threads.
#[derive(Debug, Default)]
pub struct Progress {
    /// Sources read.
    pub files: AtomicU64,
    /// Bytes of them, as they lie on disk.
    pub bytes: AtomicU64,
    /// Events in them.
    pub records: AtomicU64,
}

/// What was read, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// CloudTrail events, every copy of one counted.
    pub records: u64,
    /// Places that could not be read.
    pub unreadable: u64,
    /// Files met in folders, and values in files, that are not CloudTrail events.
    pub skipped: u64,
}

impl Tally {
    pub(crate) const fn add(&mut self, other: Self) {
        self.records += other.records;
        self.unreadable += other.unreadable;
        self.skipped += other.skipped;
    }
}

/// What is done with what is read.
pub(crate) trait Visitor {
    /// An event; `nth` grows with each of its source, from 0. What is wrong with it goes to `Err`.
    fn event(&mut self, event: &Event<'_>, nth: u64) -> Result<(), Untrusted>;
    /// What makes an event worth reading; with `None` each is read.
    fn glance(&mut self) -> Option<&mut dyn Glance> {
        None
    }
    /// A problem to be told.
    fn unreadable(&mut self, problem: Unreadable);
    /// Whether reading can stop.
    fn is_done(&self) -> bool {
        false
    }
}

/// Opens one source after another, keeping its buffers between them.
pub(crate) struct Opener<'a> {
    reader: Reader,
    buffer: Vec<u8>,
    progress: &'a Progress,
}

impl<'a> Opener<'a> {
    pub(crate) fn new(limits: Limits, progress: &'a Progress) -> Self {
        Self { reader: Reader::new(limits), buffer: Vec::new(), progress }
    }

    /// Reads one source to its end and counts what was in it.
    pub(crate) fn read(&mut self, input: Result<Input, WalkError>, visitor: &mut impl Visitor) -> Tally {
        self.read_or_begin(input, visitor, u64::MAX).0
    }

    /// Reads one source, of a large file of lines only its first piece; that file's others are to be read as well.
    pub(crate) fn read_or_begin(
        &mut self,
        input: Result<Input, WalkError>,
        visitor: &mut impl Visitor,
        piece: u64,
    ) -> (Tally, Option<LargeFile>) {
        let (path, named) = match input {
            Ok(Input::File { path, named }) => (path, named),
            Ok(Input::Special) => return (Tally { skipped: 1, ..Tally::default() }, None),
            Ok(Input::Stdin) => (PathBuf::from("-"), true),
            Err(WalkError { path, source }) => {
                visitor.unreadable(Unreadable { path, position: None, message: source.to_string().into() });
                return (Tally { unreadable: 1, ..Tally::default() }, None);
            }
        };
        let mut sink = Counting::new(Part::Source(&path), 0, visitor);
        let contents = if path.as_os_str() == "-" {
            let mut stdin = CountingRead { inner: io::stdin().lock(), progress: self.progress };
            Ok(self.reader.read_stream(&mut stdin, &mut sink))
        } else {
            match self.read_file(&path, &mut sink, piece) {
                Ok(Begun::Whole(contents)) => Ok(contents),
                Ok(Begun::Piece(tally, file)) => {
                    self.progress.files.fetch_add(1, Ordering::Relaxed);
                    return (tally, Some(file));
                }
                Err(error) => Err(error),
            }
        };
        match contents {
            Ok(Contents::CloudTrail | Contents::Empty) => {}
            Ok(Contents::NotCloudTrail(_)) if !named => {
                // Whatever was said about a file that turns out to be a README is of no interest.
                sink.tally = Tally { skipped: 1, ..Tally::default() };
            }
            Ok(Contents::NotCloudTrail(Some(problem))) => sink.problem(problem),
            Ok(Contents::NotCloudTrail(None)) => sink.tell(
                None,
                "this is none of the forms CloudTrail comes in: JSON or CSV from S3, Event history, CloudWatch Logs or EventBridge, plain or gzip".into(),
            ),
            Err(error) => sink.tell(None, error.to_string().into()),
        }
        let tally = sink.finish();
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        self.progress.records.fetch_add(tally.records, Ordering::Relaxed);
        (tally, None)
    }

    /// Reads a piece of a large file, which the first one has shown to be CloudTrail's.
    pub(crate) fn read_piece(&mut self, file: &LargeFile, nth: u64, visitor: &mut impl Visitor) -> Tally {
        let (start, input) = match file.open(nth) {
            Ok((start, input)) => (start, Ok(input)),
            Err(error) => (0, Err(error)),
        };
        let mut sink = Counting::new(Part::Piece(file, start), nth << PIECE_BITS, visitor);
        match input {
            Ok(inner) => {
                let mut input = CountingRead { inner, progress: self.progress };
                let (_, end) = self.reader.read_part(&mut input, true, &mut sink);
                file.lines(start, end.line - 1);
            }
            Err(error) => sink.tell(None, error.to_string().into()),
        }
        self.end_of_piece(sink)
    }

    /// The first piece; `None`, with nothing handed to the visitor, where it is not known to be CloudTrail's.
    fn read_first_piece(
        &mut self,
        file: &LargeFile,
        visitor: &mut impl Visitor,
    ) -> io::Result<Option<Tally>> {
        let mut sink = Counting::new(Part::Piece(file, 0), 0, visitor);
        let (_, mut input) = file.open(0)?;
        let (contents, end) = self.reader.read_part(&mut input, false, &mut sink);
        if contents != Contents::CloudTrail {
            return Ok(None);
        }
        self.progress.bytes.fetch_add(end.offset, Ordering::Relaxed);
        file.lines(0, end.line - 1);
        Ok(Some(self.end_of_piece(sink)))
    }

    fn end_of_piece<V: Visitor>(&self, sink: Counting<'_, V>) -> Tally {
        let tally = sink.finish();
        self.progress.records.fetch_add(tally.records, Ordering::Relaxed);
        tally
    }

    /// Hands each raw log event of one source to `event` until that says `false`; the places that could not be
    /// read.
    pub(crate) fn read_log_events(
        &self,
        input: Result<Input, WalkError>,
        event: &mut dyn FnMut(&str) -> bool,
        unreadable: &mut dyn FnMut(&Unreadable),
    ) -> u64 {
        let path = match input {
            Ok(Input::File { path, .. }) => path,
            Ok(Input::Special) => return 0,
            Ok(Input::Stdin) => PathBuf::from("-"),
            Err(WalkError { path, source }) => {
                unreadable(&Unreadable { path, position: None, message: source.to_string().into() });
                return 1;
            }
        };
        let opened: io::Result<Box<dyn Read>> = if path.as_os_str() == "-" {
            Ok(Box::new(io::stdin().lock()))
        } else {
            File::open(&path).map(|file| Box::new(file) as Box<dyn Read>)
        };
        let read = opened.map_err(|error| error.to_string()).and_then(|inner| {
            self.reader.read_log_events(&mut CountingRead { inner, progress: self.progress }, event)
        });
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        match read {
            Ok(()) => 0,
            Err(message) => {
                unreadable(&Unreadable { path, position: None, message: message.into() });
                1
            }
        }
    }

    fn read_file<V: Visitor>(
        &mut self,
        path: &Path,
        sink: &mut Counting<'_, V>,
        piece: u64,
    ) -> io::Result<Begun> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        // A size of 0 may be a file that does not know its size (those of /proc).
        if metadata.is_file() && metadata.len() > piece {
            if let Some(large) = LargeFile::of(path, &file, metadata.len(), piece)?
                && let Some(tally) = self.read_first_piece(&large, sink.visitor)?
            {
                return Ok(Begun::Piece(tally, large));
            }
            file.rewind()?;
        }
        if !metadata.is_file() || !(1..=WHOLE_FILE_BYTES).contains(&metadata.len()) {
            let mut file = CountingRead { inner: file, progress: self.progress };
            return Ok(Begun::Whole(self.reader.read_stream(&mut file, sink)));
        }
        // The file as long as it was when it was opened: with most objects 2 KB, a second `read` that only finds
        // the end would be a tenth of the work.
        let size = usize::try_from(metadata.len()).unwrap_or(0);
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        let mut filled = 0;
        while filled < size {
            match file.read(&mut self.buffer[filled..size]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.progress.bytes.fetch_add(filled as u64, Ordering::Relaxed);
        Ok(Begun::Whole(self.reader.read_bytes(&self.buffer[..filled], sink)))
    }
}

/// How much of a file has been read.
enum Begun {
    Whole(Contents),
    Piece(Tally, LargeFile),
}

/// Counts what a source gives.
struct Counting<'a, V> {
    of: Part<'a>,
    visitor: &'a mut V,
    tally: Tally,
    nth: u64,
}

/// What is counted.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// A source, of which no more problems are told than anybody reads.
    Source(&'a Path),
    /// A piece that begins at this byte of a large file, which tells of its problems in the end.
    Piece(&'a LargeFile, u64),
}

impl<'a, V: Visitor> Counting<'a, V> {
    const fn new(of: Part<'a>, nth: u64, visitor: &'a mut V) -> Self {
        Self { of, visitor, tally: Tally { records: 0, unreadable: 0, skipped: 0 }, nth }
    }

    fn tell(&mut self, position: Option<Position>, message: Untrusted) {
        self.tally.unreadable += 1;
        match self.of {
            Part::Source(path) if self.tally.unreadable <= PROBLEMS_TOLD => {
                self.visitor.unreadable(Unreadable { path: path.to_owned(), position, message });
            }
            Part::Source(_) => {}
            Part::Piece(file, start) => file.problem(start, position, message),
        }
    }

    fn finish(self) -> Tally {
        match self.of {
            Part::Source(path) => {
                if let Some(more) = self.tally.unreadable.checked_sub(PROBLEMS_TOLD).filter(|more| *more > 0)
                {
                    self.visitor.unreadable(Unreadable::more(path, more));
                }
            }
            Part::Piece(file, _) => {
                for problem in file.finish().unwrap_or_default() {
                    self.visitor.unreadable(problem);
                }
            }
        }
        self.tally
    }
}

impl<V: Visitor> Sink for Counting<'_, V> {
    fn event(&mut self, event: Event<'_>) {
        self.tally.records += 1;
        let nth = self.nth;
        self.nth += 1;
        if let Err(message) = self.visitor.event(&event, nth) {
            self.tell(Some(event.position()), message);
        }
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        self.visitor.glance()
    }

    fn passed(&mut self) {
        self.tally.records += 1;
        self.nth += 1;
    }

    fn problem(&mut self, problem: Problem) {
        // A reading that was stopped in the middle of a list has not seen its end; nothing is wrong with it.
        if self.visitor.is_done() {
            return;
        }
        self.tell(Some(problem.position), problem.message.into());
    }

    fn skipped(&mut self, _: Skipped) {
        self.tally.skipped += 1;
    }

    fn is_done(&self) -> bool {
        self.visitor.is_done()
    }
}

struct CountingRead<'a, R> {
    inner: R,
    progress: &'a Progress,
}

impl<R: Read> Read for CountingRead<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use trailbell_detect::{Condition, Matcher, RuleSet};
    use trailbell_filter_pattern::Pattern;

    use super::*;

    /// Takes note of the events that a rule meets, and of their numbers.
    struct Met<'r> {
        matcher: Matcher<'r>,
        glances: bool,
        found: Vec<(u64, String)>,
        handed: u64,
        problems: Vec<Option<u64>>,
    }

    impl Visitor for Met<'_> {
        fn event(&mut self, event: &Event<'_>, nth: u64) -> Result<(), Untrusted> {
            self.handed += 1;
            if self.matcher.may_meet(event) {
                self.found.push((nth, event.text().to_owned()));
            }
            Ok(())
        }

        fn glance(&mut self) -> Option<&mut dyn Glance> {
            if self.glances { self.matcher.glance() } else { None }
        }

        fn unreadable(&mut self, problem: Unreadable) {
            self.problems.push(problem.position.map(|position| position.offset));
        }
    }

    fn read<'r>(rules: &'r RuleSet, path: &Path, glances: bool) -> (Tally, Met<'r>) {
        let progress = Progress::default();
        let mut met =
            Met { matcher: rules.matcher(), glances, found: Vec::new(), handed: 0, problems: Vec::new() };
        let input = Ok(Input::File { path: path.to_owned(), named: true });
        let tally = Opener::new(Limits::default(), &progress).read(input, &mut met);
        assert_eq!(progress.records.into_inner(), tally.records);
        (tally, met)
    }

    #[test]
    fn an_event_has_the_same_number_whatever_is_passed_over_before_it() {
        let events: Vec<String> = (0..200)
            .map(|nth| {
                let name = match nth {
                    // No string: what is broken is told, and the next event is found again.
                    57 => "Broken",
                    _ if nth % 7 == 3 => r#""PutUserPolicy""#,
                    _ => r#""GetUser""#,
                };
                format!(
                    r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser"}},"eventSource":"iam.amazonaws.com","eventName":{name},"nth":{nth}}}"#
                )
            })
            .collect();
        let rules = RuleSet::of_conditions([Condition::from(
            Pattern::parse(r#"{ $.eventName = "PutUserPolicy" }"#).unwrap(),
        )]);
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("list.json", format!(r#"{{"Records":[{}]}}"#, events.join(","))),
            ("lines.ndjson", events.join("\n")),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            let (plain, all) = read(&rules, &path, false);
            let (glanced, few) = read(&rules, &path, true);
            assert_eq!((plain.records, plain.unreadable), (199, 1), "{name}");
            assert_eq!(plain, glanced, "{name}");
            assert_eq!((&all.found, &all.problems), (&few.found, &few.problems), "{name}");
            assert_eq!(few.found.len(), 29, "{name}");
            assert!(few.handed < 40 && all.handed == 199, "{name}: {}", few.handed);
        }
    }
}
