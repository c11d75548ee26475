//! What a source delivered -> the events some rule met.

use jiff::Timestamp;
use trailbell_detect::{Detection, Interest, Matcher, RuleSet};
use trailbell_outbox::Identity;
use trailbell_record::{Contents, Event, Problem, Reader, Record, SessionGrant, Sink, Skipped};

use crate::action::identity;
use crate::source::{Arrival, Taken};

/// Problems of one arrival that are told; the rest are counted.
const PROBLEMS_TOLD: usize = 20;

/// An event some rule met.
pub(super) struct Met {
    pub(super) event: Identity,
    /// The same action in another account's log has the same one.
    pub(super) shared: Option<Identity>,
    pub(super) record: Record,
    pub(super) detection: Detection,
    /// Its time in microseconds since 1970, `i64::MAX` where it has none.
    pub(super) time: i64,
    pub(super) text: String,
}

/// What was in an arrival.
pub(super) struct Read {
    pub(super) taken: Taken,
    pub(super) met: Vec<Met>,
    /// Credentials that were handed out, whether or not a rule met the event.
    pub(super) grants: Vec<SessionGrant>,
    /// The time of the newest event.
    pub(super) newest: Option<Timestamp>,
}

/// Reads an arrival to its end.
pub(super) fn read(reader: &mut Reader, rules: &RuleSet, arrival: &Arrival) -> Read {
    let mut finder = Finder {
        rules,
        matcher: rules.matcher(),
        met: Vec::new(),
        grants: Vec::new(),
        taken: Taken::default(),
        more: 0,
        newest: String::new(),
    };
    match reader.read_bytes(&arrival.body, &mut finder) {
        Contents::CloudTrail | Contents::Empty => {}
        Contents::NotCloudTrail(Some(problem)) => finder.problem(problem),
        Contents::NotCloudTrail(None) => {
            finder.taken.is_foreign = true;
            finder.tell("this is none of the forms CloudTrail comes in".to_owned());
        }
    }
    let Finder { mut taken, met, grants, more, newest, .. } = finder;
    if more > 0 {
        taken.problems.push(format!("{more} more places cannot be read"));
    }
    Read { taken, met, grants, newest: newest.parse().ok() }
}

struct Finder<'a> {
    rules: &'a RuleSet,
    matcher: Matcher<'a>,
    met: Vec<Met>,
    grants: Vec<SessionGrant>,
    taken: Taken,
    more: usize,
    /// As it is written: times of one form sort as text.
    newest: String,
}

impl Finder<'_> {
    fn tell(&mut self, problem: String) {
        if self.taken.problems.len() < PROBLEMS_TOLD {
            self.taken.problems.push(problem);
        } else {
            self.more += 1;
        }
    }
}

impl Sink for Finder<'_> {
    fn event(&mut self, event: Event<'_>) {
        self.taken.events += 1;
        if let Some(time) = event.event_time().filter(|time| *time > self.newest.as_str()) {
            time.clone_into(&mut self.newest);
        }
        let interest = self.matcher.interest(&event);
        let record = match interest {
            Interest::Nothing => return,
            Interest::Grant => SessionGrant::part(event.text()),
            Interest::Rule => event.record(),
        };
        let record = match record {
            Ok(record) => record,
            Err(error) => return self.tell(format!("{}: {error}", place(event.position()))),
        };
        self.grants.extend(SessionGrant::of(&record));
        let detection = match interest {
            Interest::Rule => self.rules.inspect(&record),
            // What was not read of it could make it seem to meet one.
            _ => None,
        };
        let Some(detection) = detection else { return };
        self.met.push(Met {
            event: identity(&record),
            shared: record.shared_event_id().map(|id| Identity::of(&["shared", id])),
            time: record.event_time().map_or(i64::MAX, Timestamp::as_microsecond),
            text: event.text().to_owned(),
            record,
            detection,
        });
    }

    fn problem(&mut self, problem: Problem) {
        self.tell(format!("{}: {}", place(problem.position), problem.message));
    }

    fn skipped(&mut self, _: Skipped) {}
}

fn place(position: trailbell_record::Position) -> String {
    format!("line {}, column {}", position.line, position.column)
}
