//! Putting what was found into time order, on disk where it does not fit a bounded memory.
//!
//! Logs do not come in order: a third of real files are not even sorted inside. A notice compares an event
//! with *earlier* ones, so everything found is sorted before it is told: runs of [`RUN_BYTES`] are sorted in
//! memory and written to an anonymous temporary file, and the runs are merged as they are read back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

/// Bytes of text one run holds before it is written to disk.
const RUN_BYTES: usize = 8 << 20;
/// Runs that are merged at once; more are first merged into one, so that open files stay few.
const MAX_RUNS: usize = 64;

/// As what the first pass keeps an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Form {
    /// Some rule met it: its own JSON text.
    Event,
    /// It only says who got credentials: a [`trailbell_record::SessionGrant`] as JSON.
    Grant,
    /// The same, of a plain one, unread: the [`trailbell_record::GrantTexts`].
    GrantTexts,
}

impl Form {
    const ALL: [Self; 3] = [Self::Event, Self::Grant, Self::GrantTexts];
}

/// One event that some rule met, or that says who got credentials, with its place in time and in the input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Event time in microseconds since 1970; an event without a time sorts last.
    pub(crate) time: i64,
    /// Position of its file among the inputs, then of the event in it: among events of one second the order
    /// of the input is kept, and the result does not depend on how many threads read.
    pub(crate) place: (u64, u64),
    /// What its text is.
    pub(crate) form: Form,
    /// What is kept of it.
    pub(crate) text: String,
}

/// Takes events in any order and gives them back in time order.
#[derive(Debug, Default)]
pub(crate) struct Sorter {
    run: Vec<Found>,
    run_bytes: usize,
    spilled: Vec<File>,
}

impl Sorter {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds an event; writes a run to disk when enough have come together.
    pub(crate) fn push(&mut self, found: Found) -> io::Result<()> {
        self.run_bytes += found.text.len() + size_of::<Found>();
        self.run.push(found);
        if self.run_bytes < RUN_BYTES {
            return Ok(());
        }
        self.spill().map_err(|error| {
            let folder = std::env::temp_dir();
            let message = format!(
                "the temporary files in {}: {error} (TMPDIR can name a folder with more room)",
                folder.display()
            );
            io::Error::new(error.kind(), message)
        })
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.spilled.len() >= MAX_RUNS {
            let runs = std::mem::take(&mut self.spilled);
            let merged = Merge::new(Vec::new(), runs)?;
            self.spilled.push(write_run(merged)?);
        }
        self.run.sort_unstable();
        self.run_bytes = 0;
        self.spilled.push(write_run(self.run.drain(..).map(Ok))?);
        Ok(())
    }

    /// The events in time order.
    pub(crate) fn into_sorted(mut self) -> io::Result<Merge> {
        self.run.sort_unstable();
        Merge::new(self.run, self.spilled)
    }
}

fn write_run(events: impl Iterator<Item = io::Result<Found>>) -> io::Result<File> {
    let mut out = BufWriter::new(tempfile::tempfile()?);
    for found in events {
        let found = found?;
        out.write_all(&found.time.to_le_bytes())?;
        out.write_all(&found.place.0.to_le_bytes())?;
        out.write_all(&found.place.1.to_le_bytes())?;
        out.write_all(&(found.text.len() as u64).to_le_bytes())?;
        out.write_all(&[found.form as u8])?;
        out.write_all(found.text.as_bytes())?;
    }
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

fn read_found(input: &mut impl Read) -> io::Result<Option<Found>> {
    let mut number = [0; 8];
    match input.read_exact(&mut number) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let time = i64::from_le_bytes(number);
    let mut next = || input.read_exact(&mut number).map(|()| u64::from_le_bytes(number));
    let (file, event, length) = (next()?, next()?, next()?);
    let mut form = [0];
    input.read_exact(&mut form)?;
    let form = Form::ALL.into_iter().find(|known| *known as u8 == form[0]);
    let form = form.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut text = String::new();
    input.take(length).read_to_string(&mut text)?;
    Ok(Some(Found { time, place: (file, event), form, text }))
}

/// Several sorted runs read as one.
#[derive(Debug)]
pub(crate) struct Merge {
    memory: std::vec::IntoIter<Found>,
    files: Vec<BufReader<File>>,
    /// The next event of each run; run 0 is the one in memory.
    heads: BinaryHeap<Reverse<(Found, usize)>>,
}

impl Merge {
    fn new(memory: Vec<Found>, files: Vec<File>) -> io::Result<Self> {
        let mut merge = Self {
            memory: memory.into_iter(),
            files: files.into_iter().map(BufReader::new).collect(),
            heads: BinaryHeap::new(),
        };
        for run in 0..=merge.files.len() {
            if let Some(found) = merge.advance(run)? {
                merge.heads.push(Reverse((found, run)));
            }
        }
        Ok(merge)
    }

    fn advance(&mut self, run: usize) -> io::Result<Option<Found>> {
        match run.checked_sub(1) {
            None => Ok(self.memory.next()),
            Some(file) => read_found(&mut self.files[file]),
        }
    }
}

impl Iterator for Merge {
    type Item = io::Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        let run = self.heads.peek()?.0.1;
        match self.advance(run) {
            Err(error) => Some(Err(error)),
            Ok(Some(found)) => {
                let mut head = self.heads.peek_mut()?;
                Some(Ok(std::mem::replace(&mut *head, Reverse((found, run))).0.0))
            }
            Ok(None) => self.heads.peek_mut().map(|head| Ok(PeekMut::pop(head).0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_comes_out_is_what_went_in_sorted(
            times in prop::collection::vec((-5i64..5, 0u64..3), 0..200), spill in prop::collection::vec(any::<bool>(), 200)
        ) {
            let mut sorter = Sorter::new();
            let mut expected = Vec::new();
            for (nth, (time, file)) in times.into_iter().enumerate() {
                let form = Form::ALL[nth % 3];
                let found = Found { time, place: (file, nth as u64), form, text: format!("{{\"n\":{nth}}}") };
                expected.push(found.clone());
                if spill[nth] && nth % 7 == 0 {
                    // As if this run had grown to its limit.
                    sorter.run_bytes = RUN_BYTES;
                }
                sorter.push(found).unwrap();
            }
            expected.sort();
            let sorted: Vec<_> = sorter.into_sorted().unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(sorted, expected);
        }
    }

    #[test]
    fn more_runs_than_may_be_open_are_merged_on_the_way() {
        let mut sorter = Sorter::new();
        let count = i64::try_from(2 * MAX_RUNS).unwrap();
        for time in (0..count).rev() {
            sorter.run_bytes = RUN_BYTES;
            sorter.push(Found { time, place: (0, 0), form: Form::Event, text: String::new() }).unwrap();
        }
        assert!(sorter.spilled.len() <= MAX_RUNS);
        let times: Vec<_> = sorter.into_sorted().unwrap().map(|found| found.unwrap().time).collect();
        assert_eq!(times, (0..count).collect::<Vec<_>>());
    }
}
