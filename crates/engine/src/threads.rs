//! Reading everything the user named in several threads, each with a visitor of its own.

use std::collections::VecDeque;
use std::iter::Enumerate;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use trailbell_record::Limits;

use crate::large::{LargeFile, PIECE};
use crate::read::{Opener, Progress, Tally, Visitor};
use crate::walk::{Input, Walk, WalkError};

/// Sources a thread takes at once: most objects are 2 KB, and asking for each would be more work than reading it.
const BATCH: usize = 32;

/// What is read, and how.
pub(crate) struct Reading<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) limits: Limits,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) progress: &'a Progress,
}

/// What is left to read.
struct Left {
    walk: Enumerate<Walk>,
    /// Large files that have been begun, each with its number in the walk and the pieces that nobody has taken.
    pieces: VecDeque<(Arc<LargeFile>, u64, Range<u64>)>,
    /// Threads that may find another large file in what they have taken.
    looking: usize,
}

/// What a thread does next.
enum Work {
    Sources(Vec<(usize, Result<Input, WalkError>)>),
    Piece(Arc<LargeFile>, u64, u64),
}

impl Left {
    /// `None` where there is nothing at the moment.
    fn next(&mut self) -> Option<Work> {
        while let Some((file, source, pieces)) = self.pieces.front_mut() {
            if let Some(nth) = pieces.next() {
                return Some(Work::Piece(Arc::clone(file), *source, nth));
            }
            self.pieces.pop_front();
        }
        let batch: Vec<_> = self.walk.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return None;
        }
        self.looking += 1;
        Some(Work::Sources(batch))
    }
}

/// Work for several threads.
struct Shared {
    left: Mutex<Left>,
    /// Something has been added, or nothing will be any more.
    changed: Condvar,
}

impl Shared {
    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while there may be more to do; `None` where there is not.
    fn next(&self) -> Option<Work> {
        let mut left = self.left();
        loop {
            match left.next() {
                None if left.looking > 0 => {
                    left = self.changed.wait(left).unwrap_or_else(PoisonError::into_inner);
                }
                work => return work,
            }
        }
    }

    /// A large file was begun: its other pieces are for whoever is free.
    fn begun(&self, file: LargeFile, source: u64) {
        let pieces = 1..file.pieces();
        self.left().pieces.push_back((Arc::new(file), source, pieces));
        self.changed.notify_all();
    }
}

/// A thread that has taken sources, until it has read them, or has panicked: then nobody is to wait for it.
struct Looking<'s>(&'s Shared);

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.0.left().looking -= 1;
        self.0.changed.notify_all();
    }
}

impl Reading<'_> {
    /// Reads everything; what each thread's visitor has become, and what it read. `begins` tells a visitor the number of the source
    /// whose events come next, in the order of the walk.
    pub(crate) fn run<V: Visitor + Send>(
        &self,
        visitor: impl Fn() -> V + Sync,
        begins: impl Fn(&mut V, u64) + Sync,
    ) -> Vec<(Tally, V)> {
        let walk = Walk::new(self.paths.to_vec()).enumerate();
        let left = Mutex::new(Left { walk, pieces: VecDeque::new(), looking: 0 });
        let shared = Shared { left, changed: Condvar::new() };
        let in_thread = || {
            let mut opener = Opener::new(self.limits, self.progress);
            let mut visitor = visitor();
            let mut total = Tally::default();
            while !visitor.is_done()
                && let Some(work) = shared.next()
            {
                match work {
                    Work::Sources(batch) => {
                        let _looking = Looking(&shared);
                        for (source, input) in batch {
                            let source = source as u64;
                            begins(&mut visitor, source);
                            let (tally, begun) = opener.read_or_begin(input, &mut visitor, PIECE);
                            total.add(tally);
                            if let Some(file) = begun {
                                shared.begun(file, source);
                            }
                        }
                    }
                    Work::Piece(file, source, nth) => {
                        begins(&mut visitor, source);
                        total.add(opener.read_piece(&file, nth, &mut visitor));
                    }
                }
            }
            (total, visitor)
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.jobs.get()).map(|_| scope.spawn(in_thread)).collect();
            // A thread that panicked has broken a promise of ours: there is no result without its part.
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }
}
