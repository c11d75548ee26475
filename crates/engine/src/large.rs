//! A large file of lines, cut into pieces that threads read side by side.
//!
//! Where a line that begins with `{` comes after one that ends with `}`, a value ends and another begins: JSON has no other
//! place for such lines. So a file that begins with an object can be cut there, and each piece be read as if it stood alone. Files
//! are cut the same way however many threads there are.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use trailbell_record::Position;
use trailbell_text::Untrusted;

use crate::read::{PROBLEMS_TOLD, Unreadable};

/// Bytes after which a file is cut, at the next place where it can be.
pub(crate) const PIECE: u64 = 8 << 20;
/// Bytes in which such a place is looked for.
const REACH: u64 = 16 << 20;

/// A file that is read in pieces.
#[derive(Debug)]
pub(crate) struct LargeFile {
    path: PathBuf,
    /// The one that was begun, whatever has that path by now.
    file: File,
    /// Bytes it had when it was opened.
    size: u64,
    piece: u64,
    /// Pieces that have not been read to their end.
    left: AtomicU64,
    /// Where pieces begin, as far as has been looked; `None` where the one before goes on.
    cuts: Mutex<BTreeMap<u64, Option<u64>>>,
    seen: Mutex<Seen>,
}

/// What was seen in its pieces, each of which is known by where it begins.
#[derive(Debug, Default)]
struct Seen {
    /// Line ends in each.
    lines: BTreeMap<u64, u64>,
    /// What is wrong, and the place in the piece: the first few.
    first: Vec<(u64, Option<Position>, Untrusted)>,
    problems: u64,
}

impl LargeFile {
    /// `None` where it is not to be cut: it is too short, does not begin with an object, or nothing shows where the first piece ends.
    pub(crate) fn of(path: &Path, file: &File, size: u64, piece: u64) -> io::Result<Option<Self>> {
        let pieces = size.div_ceil(piece);
        let mut first = [0];
        if pieces < 2 || read_at(file, &mut first, 0)? == 0 || first != *b"{" {
            return Ok(None);
        }
        let (file, left) = (file.try_clone()?, AtomicU64::new(pieces));
        let (cuts, seen) = (Mutex::default(), Mutex::default());
        let large = Self { path: path.to_owned(), file, size, piece, left, cuts, seen };
        Ok(large.cut(1)?.is_some().then_some(large))
    }

    /// How many pieces there are; some may be empty.
    pub(crate) const fn pieces(&self) -> u64 {
        self.size.div_ceil(self.piece)
    }

    /// A piece: where it begins, and its bytes.
    pub(crate) fn open(&self, nth: u64) -> io::Result<(u64, Bytes<'_>)> {
        let Some(start) = self.cut(nth)? else { return Ok((0, self.bytes(0, 0))) };
        for nth in nth + 1..self.pieces() {
            if let Some(end) = self.cut(nth)? {
                return Ok((start, self.bytes(start, end)));
            }
        }
        Ok((start, self.bytes(start, self.size)))
    }

    const fn bytes(&self, at: u64, end: u64) -> Bytes<'_> {
        Bytes { file: &self.file, at, end }
    }

    /// Where a piece begins; `None` where the one before it goes on.
    fn cut(&self, nth: u64) -> io::Result<Option<u64>> {
        if nth == 0 {
            return Ok(Some(0));
        }
        if let Some(cut) = self.cuts.lock().unwrap_or_else(PoisonError::into_inner).get(&nth) {
            return Ok(*cut);
        }
        let from = nth * self.piece;
        let cut = first_cut(self.bytes(from, from.saturating_add(REACH)))?.map(|at| from + at);
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner).insert(nth, cut);
        Ok(cut)
    }

    /// Takes note of how many lines end in the piece that begins at `start`.
    pub(crate) fn lines(&self, start: u64, count: u64) {
        *self.seen().lines.entry(start).or_default() += count;
    }

    /// Takes note of what is wrong in the piece that begins at `start`, at a place in it.
    pub(crate) fn problem(&self, start: u64, position: Option<Position>, message: Untrusted) {
        let mut seen = self.seen();
        seen.problems += 1;
        seen.first.push((start, position, message));
        if seen.first.len() as u64 > 2 * PROBLEMS_TOLD {
            seen.keep_first();
        }
    }

    /// A piece has been read. With the last one, what is wrong in the file, in its order, and how much more there is.
    pub(crate) fn finish(&self) -> Option<Vec<Unreadable>> {
        if self.left.fetch_sub(1, Ordering::AcqRel) != 1 {
            return None;
        }
        let mut seen = std::mem::take(&mut *self.seen());
        seen.keep_first();
        let place = |start: u64, position: Position| Position {
            offset: start + position.offset,
            line: seen.lines.range(..start).map(|(_, lines)| lines).sum::<u64>() + position.line,
            column: position.column,
        };
        let mut told: Vec<Unreadable> = Vec::new();
        for (start, position, message) in seen.first {
            let position = position.map(|position| place(start, position));
            told.push(Unreadable { path: self.path.clone(), position, message });
        }
        if let Some(more) = seen.problems.checked_sub(PROBLEMS_TOLD).filter(|more| *more > 0) {
            told.push(Unreadable::more(&self.path, more));
        }
        Some(told)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn keep_first(&mut self) {
        self.first.sort_by_key(|(start, position, _)| start + position.map_or(0, |position| position.offset));
        self.first.truncate(usize::try_from(PROBLEMS_TOLD).unwrap_or(usize::MAX));
    }
}

/// Some of a file's bytes. Several may be read at once.
pub(crate) struct Bytes<'f> {
    file: &'f File,
    at: u64,
    end: u64,
}

impl Read for Bytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        let read = read_at(self.file, &mut buffer[..most], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

/// How many bytes there are before the first place where a file can be cut.
fn first_cut(mut bytes: Bytes<'_>) -> io::Result<Option<u64>> {
    let mut window = Vec::new();
    let mut searched = 0;
    loop {
        let read = bytes.by_ref().take(64 << 10).read_to_end(&mut window)?;
        let unseen = window.get(searched..).unwrap_or_default();
        for at in memchr::memmem::find_iter(unseen, b"\n{").map(|at| searched + at) {
            let before = window.get(..at).unwrap_or_default();
            if before.strip_suffix(b"\r").unwrap_or(before).ends_with(b"}") {
                return Ok(Some(at as u64 + 1));
            }
        }
        if read == 0 {
            return Ok(None);
        }
        // The last byte may be the beginning of such a place.
        searched = window.len().saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use trailbell_record::{Event, Limits};

    use super::*;
    use crate::read::{Opener, Progress, Tally, Visitor};
    use crate::walk::Input;

    /// All that is told of a file.
    #[derive(Debug, Default, PartialEq)]
    struct Told {
        tally: Tally,
        events: Vec<String>,
        problems: Vec<Unreadable>,
    }

    #[derive(Default)]
    struct Collect(Vec<(u64, String)>, Vec<Unreadable>);

    impl Visitor for Collect {
        fn event(&mut self, event: &Event<'_>, nth: u64) -> Result<(), Untrusted> {
            self.0.push((nth, event.text().to_owned()));
            Ok(())
        }

        fn unreadable(&mut self, problem: Unreadable) {
            self.1.push(problem);
        }
    }

    /// Reads a file cut into pieces, the last of them first; and how many there were.
    fn read(bytes: &[u8], piece: u64) -> (Told, u64) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trail.ndjson");
        std::fs::write(&path, bytes).unwrap();
        let progress = Progress::default();
        let mut opener = Opener::new(Limits::default(), &progress);
        let mut collect = Collect::default();
        let input = Ok(Input::File { path, named: true });
        let (mut tally, file) = opener.read_or_begin(input, &mut collect, piece);
        let pieces = file.as_ref().map_or(1, LargeFile::pieces);
        if let Some(file) = file {
            for nth in (1..file.pieces()).rev() {
                tally.add(opener.read_piece(&file, nth, &mut collect));
            }
        }
        assert_eq!(progress.files.into_inner(), 1);
        assert_eq!(progress.bytes.into_inner(), bytes.len() as u64);
        assert_eq!(progress.records.into_inner(), tally.records);
        let Collect(mut events, mut problems) = collect;
        assert!(
            events.iter().map(|(nth, _)| nth).collect::<std::collections::BTreeSet<_>>().len()
                == events.len()
        );
        events.sort();
        for problem in &mut problems {
            problem.path = PathBuf::new();
        }
        (Told { tally, events: events.into_iter().map(|(_, text)| text).collect(), problems }, pieces)
    }

    fn event(number: usize) -> String {
        format!(r#"{{"eventSource":"iam.amazonaws.com","eventName":"GetUser","eventID":"é{number}"}}"#)
    }

    #[test]
    fn a_file_of_lines_is_read_in_pieces_as_it_is_as_a_whole() {
        let lines: Vec<String> = (0..100)
            .map(|number| match number % 10 {
                3 => event(number).replace("GetUser\"", "GetUser"),
                5 => r#"{"Records":[{"eventName":"A"},{"eventName":"B"}]}"#.to_owned(),
                7 => "no JSON".to_owned(),
                _ => event(number),
            })
            .collect();
        for end in ["\n", "\r\n"] {
            let text = lines.join(end);
            let (whole, one) = read(text.as_bytes(), u64::MAX);
            assert_eq!((one, whole.tally.records, whole.tally.unreadable), (1, 90, 20));
            for piece in [50, 200, 1000, 4000] {
                let (in_pieces, count) = read(text.as_bytes(), piece);
                assert_eq!(count, (text.len() as u64).div_ceil(piece));
                assert_eq!(in_pieces, whole, "{piece}");
            }
        }
    }

    #[test]
    fn of_many_problems_the_first_are_told_with_their_lines_and_the_rest_counted() {
        let text = format!("{}\n", event(0)) + &"{\"eventName\":x}\n".repeat(100);
        let (told, _) = read(text.as_bytes(), 100);
        assert_eq!(told, read(text.as_bytes(), u64::MAX).0);
        let lines: Vec<_> = told.problems.iter().map(|problem| problem.position.map(|at| at.line)).collect();
        assert_eq!(lines, (2..22).map(Some).chain([None]).collect::<Vec<_>>());
        assert_eq!(
            told.problems.last().unwrap().message,
            Untrusted::from("80 more places in this file cannot be read")
        );
    }

    #[test]
    fn a_file_that_another_takes_the_place_of_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trail.ndjson");
        let text = (0..50).map(event).collect::<Vec<_>>().join("\n");
        std::fs::write(&path, &text).unwrap();
        let file =
            LargeFile::of(&path, &File::open(&path).unwrap(), text.len() as u64, 500).unwrap().unwrap();
        std::fs::write(folder.path().join("next"), "{}\n").unwrap();
        std::fs::rename(folder.path().join("next"), &path).unwrap();
        let mut whole = String::new();
        for nth in 0..file.pieces() {
            file.open(nth).unwrap().1.read_to_string(&mut whole).unwrap();
        }
        assert_eq!(whole, text);
    }

    #[test]
    fn what_is_no_file_of_lines_is_read_as_a_whole() {
        let records = format!(r#"{{"Records":[{}]}}"#, (0..50).map(event).collect::<Vec<_>>().join(",\n"));
        let list = format!("[{}]", (0..50).map(event).collect::<Vec<_>>().join(",\n"));
        // Lines of something else: nothing says that the first piece is CloudTrail's.
        let others = "{\"a\":1}\n".repeat(100) + &event(1);
        for text in [records, list, others] {
            let (told, pieces) = read(text.as_bytes(), 100);
            assert_eq!((&told, pieces), (&read(text.as_bytes(), u64::MAX).0, 1), "{text}");
        }
    }

    proptest! {
        /// A value may go over several lines, as long as no other begins on a line of its own in it.
        #[test]
        fn any_lines(
            lines in prop::collection::vec(
                prop_oneof![
                    4 => (0..1000_usize).prop_map(event),
                    1 => Just("{ }".to_owned()),
                    1 => Just("{\"eventName\":\n\"A\"}".to_owned()),
                    1 => Just("{\"Records\":[{\"eventName\":\"A\"},\n{\"eventName\":\"B\"}\n]}".to_owned()),
                    1 => Just("{\"eventName\":}".to_owned()),
                    1 => Just("[1,\n{\"eventName\":\"A\"}]".to_owned()),
                    1 => Just(String::new()),
                    1 => Just("a line".to_owned()),
                ],
                1..40,
            ),
            piece in 20..500_u64,
        ) {
            let text = format!("{}\n{}", event(0), lines.join("\n"));
            prop_assert_eq!(read(text.as_bytes(), piece).0, read(text.as_bytes(), u64::MAX).0, "{}", text);
        }
    }
}
