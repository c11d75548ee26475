//! Bytes of any form CloudTrail is delivered in -> single events.
//!
//! A [`Reader`] is handed bytes, or a stream, and tells a [`Sink`] of each event in them, of what is broken and where,
//! and of what was left out. Forms are told apart by content. Memory stays bounded by the [`Limits`], whatever comes.

pub(crate) mod element;
pub(crate) mod glance;
mod resync;
pub(crate) mod source;
mod state;
mod walk;

use std::io::Read;
use std::sync::Arc;

use trailbell_json::Json;

use self::element::{Damage, Fields, Found};
use self::glance::Needles;
pub use self::glance::{Glance, MOST_KEYS, Seen, can_be_key};
use self::source::{Failure, Stream, Whole};
use self::state::State;
use self::walk::Walk;

pub use self::source::Position;
use crate::form;
pub use crate::form::Skipped;
use crate::gzip::{self, Members, Unpacker};
use crate::record::Record;
use crate::scan::Scanner;

/// How much is read before it is called too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes an archive may unpack to.
    pub max_unpacked: u64,
    /// Bytes the payloads inside one JSON value (base64, gzip, strings of JSON) may unpack to, all levels together.
    pub max_payload: usize,
    /// Bytes of one event or envelope; CloudTrail's own limit for an event is 256 KB (1 MB in event data stores).
    pub max_record: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_unpacked: 16 << 30, max_payload: 64 << 20, max_record: 16 << 20 }
    }
}

/// What a reading is told to.
pub trait Sink {
    /// An event was met.
    fn event(&mut self, event: Event<'_>);

    /// What makes an element worth reading; with `None` each is read.
    fn glance(&mut self) -> Option<&mut dyn Glance> {
        None
    }

    /// An event was met that holds nothing worth reading, by [`Sink::glance`]. It counts as any other, and is not
    /// handed out. All that was seen of it is where it ends, by its strings and brackets, and the members that were
    /// looked for: a record that no rule could meet whatever else it says is not read any further, so that what is
    /// wrong with it otherwise (a number like `1.`, bytes that are not UTF-8) is not told. Where brackets or quotes
    /// do not agree it is read with care, and what is wrong is told as always.
    fn passed(&mut self) {}

    /// Something could not be read; what follows it still is.
    fn problem(&mut self, problem: Problem);

    /// Something was recognised and left out.
    fn skipped(&mut self, skipped: Skipped);

    /// Whether no more is wanted (the reader of our output went away): asked between values.
    fn is_done(&self) -> bool {
        false
    }
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in words, without the place. It may quote the source: it is as hostile as any record.
    pub message: String,
    /// Where, in the unpacked source. For what is wrong inside a payload, where the payload's envelope begins.
    pub position: Position,
}

/// What a source turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// One of CloudTrail's forms, be there any events in it or not.
    CloudTrail,
    /// Nothing but blanks.
    Empty,
    /// None of CloudTrail's forms; with the first thing that is wrong with it as JSON, where that is the reason.
    NotCloudTrail(Option<Problem>),
}

/// One CloudTrail event as it stands in the source.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    text: &'a str,
    fields: Fields,
    place: Place<'a>,
}

/// Where an event begins: worked out only when asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    start: Position,
    before: &'a [u8],
}

impl Place<'_> {
    fn position(self) -> Position {
        self.start.after(self.before)
    }
}

impl<'a> Event<'a> {
    /// The event's own JSON text: one valid JSON object.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Whether the fields below are what a careful reading would find. Where it is `false` they are all `None`, and
    /// only [`Event::record`] can tell (the text has `\u` escapes, a field twice, one of another type, or a member that is
    /// called `userIdentity.type`). A field that is `None` is missing or `null`.
    pub const fn is_exact(&self) -> bool {
        self.fields.exact
    }

    /// `eventName`, where it is a string.
    pub fn event_name(&self) -> Option<&'a str> {
        self.fields.event_name.of(self.text)
    }

    /// `eventSource`, where it is a string.
    pub fn event_source(&self) -> Option<&'a str> {
        self.fields.event_source.of(self.text)
    }

    /// `eventType`, where it is a string.
    pub fn event_type(&self) -> Option<&'a str> {
        self.fields.event_type.of(self.text)
    }

    /// `eventTime`, where it is a string.
    pub fn event_time(&self) -> Option<&'a str> {
        self.fields.event_time.of(self.text)
    }

    /// `errorCode`, where it is a string.
    pub fn error_code(&self) -> Option<&'a str> {
        self.fields.error_code.of(self.text)
    }

    /// `readOnly`: a boolean, or the text of one.
    pub const fn read_only(&self) -> Option<bool> {
        self.fields.read_only
    }

    /// `userIdentity.type`, where it is a string.
    pub fn identity_type(&self) -> Option<&'a str> {
        self.fields.identity_type.of(self.text)
    }

    /// Where the event begins, in the unpacked source; for an event inside a payload, where its envelope begins.
    pub fn position(&self) -> Position {
        self.place.position()
    }

    /// The event, read with care. Fails where a key is no Unicode text (`\ud800`), which plain validity allows.
    pub fn record(&self) -> Result<Record, trailbell_json::Error> {
        Json::parse(self.text).map(Record::new)
    }
}

/// Reads sources one after another, and keeps its memory between them: reading thousands of small files allocates
/// no more than reading the largest of them.
pub struct Reader {
    pub(crate) limits: Limits,
    unpacker: Unpacker,
    window: Vec<u8>,
    scanner: Scanner,
    /// What was looked for last: few callers ever change it.
    needles: Option<Arc<Needles>>,
}

impl Reader {
    /// A reader that keeps to `limits`.
    pub fn new(limits: Limits) -> Self {
        let limits = Limits { max_record: limits.max_record.min(1 << 30), ..limits };
        Self { limits, unpacker: Unpacker::new(), window: Vec::new(), scanner: Scanner::new(), needles: None }
    }

    fn state<S: Sink>(&mut self, sink: &mut S) -> State {
        let last = self.needles.take();
        self.needles = sink.glance().and_then(|glance| Needles::of(glance.keys(), last));
        State::new(self.limits, self.scanner, self.needles.clone())
    }

    /// Reads a source that is wholly in memory.
    pub fn read_bytes<S: Sink>(&mut self, bytes: &[u8], sink: &mut S) -> Contents {
        let mut state = self.state(sink);
        if !gzip::is_gzip(bytes) {
            return walk_all(Whole(bytes), &mut state, sink);
        }
        match self.unpacker.unpack(bytes) {
            Some(unpacked)
                if !gzip::is_gzip(unpacked) && unpacked.len() as u64 <= self.limits.max_unpacked =>
            {
                walk_all(Whole(unpacked), &mut state, sink)
            }
            _ => self.read_stream(&mut &*bytes, sink),
        }
    }

    /// Reads a part of a source that is not packed, from a place between two values to another one; `is_known` where an earlier part
    /// has shown it to be CloudTrail's, so that what is wrong is told as it is met. What the part turned out to be, and how far the
    /// reading came; all places are counted from its beginning.
    pub fn read_part<R: Read, S: Sink>(
        &mut self,
        input: &mut R,
        is_known: bool,
        sink: &mut S,
    ) -> (Contents, Position) {
        let mut state = self.state(sink);
        if is_known {
            state.known(sink);
        }
        let source = Stream::new(Box::new(input), &mut self.window, Failure::default());
        let end = Walk::new(source, &mut state, sink, None).all_up_to();
        (state.contents(), end)
    }

    /// Reads a source of any length through a window.
    pub fn read_stream<R: Read, S: Sink>(&mut self, input: &mut R, sink: &mut S) -> Contents {
        let mut state = self.state(sink);
        let failure = Failure::default();
        let input = unpacked(input, self.limits.max_unpacked, &failure);
        walk_all(Stream::new(input, &mut self.window, failure), &mut state, sink)
    }
}

/// What `input` unpacks to, as far as it is packed; why that ended early goes to `failure`.
pub(crate) fn unpacked<'a>(
    input: impl Read + 'a,
    max_unpacked: u64,
    failure: &Failure,
) -> Box<dyn Read + 'a> {
    let mut input: Box<dyn Read + 'a> = Box::new(input);
    // Firehose may compress once more what CloudWatch Logs already has; no more layers are known.
    for _ in 0..3 {
        let mut head = Vec::new();
        let probed = input.by_ref().take(gzip::MAGIC.len() as u64).read_to_end(&mut head);
        let is_gzip = gzip::is_gzip(&head);
        input = Box::new(std::io::Cursor::new(head).chain(input));
        if probed.is_err() || !is_gzip {
            break;
        }
        input = Box::new(Members::new(input, max_unpacked, Failure::clone(failure)));
    }
    input
}

fn walk_all<S: Sink>(source: impl source::Source, state: &mut State, sink: &mut S) -> Contents {
    Walk::new(source, state, sink, None).all();
    state.contents()
}

impl Default for Reader {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Whether what the scan found is an event without a closer look.
pub(crate) fn is_plain_event(found: &Found<'_>) -> bool {
    form::is_plain_event(found.text, &found.fields)
}
