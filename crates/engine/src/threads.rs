//! Reading everything the user named in several threads, each with a visitor of its own.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use trailbell_record::Limits;

use crate::read::{Opener, Progress, Tally, Visitor};
use crate::walk::Walk;

/// Sources a thread takes at once: most objects are 2 KB, and asking for each would be more work than reading it.
const BATCH: usize = 32;

/// What is read, and how.
pub(crate) struct Reading<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) limits: Limits,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) progress: &'a Progress,
}

impl Reading<'_> {
    /// Reads everything; what each thread's visitor has become, and what it read. `begins` tells a visitor the number of the source
    /// whose events come next, in the order of the walk.
    pub(crate) fn run<V: Visitor + Send>(
        &self,
        visitor: impl Fn() -> V + Sync,
        begins: impl Fn(&mut V, u64) + Sync,
    ) -> Vec<(Tally, V)> {
        let walk = Mutex::new(Walk::new(self.paths.to_vec()).enumerate());
        let in_thread = || {
            let mut opener = Opener::new(self.limits, self.progress);
            let mut visitor = visitor();
            let mut total = Tally::default();
            let mut batch = Vec::with_capacity(BATCH);
            loop {
                batch.extend(walk.lock().unwrap_or_else(PoisonError::into_inner).by_ref().take(BATCH));
                if batch.is_empty() || visitor.is_done() {
                    return (total, visitor);
                }
                for (source, input) in batch.drain(..) {
                    begins(&mut visitor, source as u64);
                    total.add(opener.read(input, &mut visitor));
                }
            }
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
