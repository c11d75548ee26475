//! Finding one event by its id, to say what each rule makes of it.

use std::path::PathBuf;

use trailbell_record::{Event, Limits, Record};
use trailbell_text::Untrusted;

use crate::read::{Opener, Progress, Tally, Unreadable, Visitor};
use crate::walk::Walk;

/// The first event with that `eventID` in the sources, and what was read to find it.
pub fn find_event(
    event_id: &str,
    paths: Vec<PathBuf>,
    limits: Limits,
    progress: &Progress,
    unreadable: &mut dyn FnMut(&Unreadable),
) -> (Option<Record>, Tally) {
    let mut visitor = ById { event_id, found: None, unreadable };
    let mut opener = Opener::new(limits, progress);
    let mut total = Tally::default();
    for input in Walk::new(paths) {
        total.add(opener.read(input, &mut visitor));
        if visitor.is_done() {
            break;
        }
    }
    (visitor.found, total)
}

struct ById<'a> {
    event_id: &'a str,
    found: Option<Record>,
    unreadable: &'a mut dyn FnMut(&Unreadable),
}

impl Visitor for ById<'_> {
    fn event(&mut self, event: &Event<'_>, _: u64) -> Result<(), Untrusted> {
        // An id that JSON may write with escapes need not be in the text as it stands.
        let plain = self.event_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if self.found.is_some() || (plain && event.is_exact() && !event.text().contains(self.event_id)) {
            return Ok(());
        }
        let record = event.record().map_err(|error| Untrusted::from(error.to_string()))?;
        if record.event_id() == Some(self.event_id) {
            self.found = Some(record);
        }
        Ok(())
    }

    fn unreadable(&mut self, problem: Unreadable) {
        (self.unreadable)(&problem);
    }

    fn is_done(&self) -> bool {
        self.found.is_some()
    }
}
