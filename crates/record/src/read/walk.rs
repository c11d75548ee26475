//! The walk over a source: values one after another, lists element by element, payloads inside payloads.
//!
//! JSON texts may follow each other in any way (lines, pretty-printed, nothing between). An object that begins with a
//! list of records is never held whole, so one file of a gigabyte streams.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use trailbell_json::Json;

use super::resync::{self, Next};
use super::source::{Position, Source, Whole};
use super::state::State;
use super::{Damage, Event, Fields, Place, Sink, element};
use crate::form::{self, Form, Skipped};
use crate::gzip;
use crate::history_csv;
use crate::scan::Scan;

/// Payloads inside payloads that are followed: SQS around SNS around EventBridge around ... is 3 in practice.
const MAX_LEVEL: usize = 8;
/// Bytes without any JSON value after which a source is taken for something else altogether.
const MAX_STRANGE: u64 = 1 << 20;
/// How base64 of gzip begins: its three magic bytes are four characters.
const BASE64_GZIP: &[u8] = b"H4sI";
/// Bytes in which a number, `true`, `false` or `null` must end.
const EAGER_SCALAR: usize = 4096;
/// Bytes that are looked at to tell a header line.
const HEADER: usize = 4096;

/// One walk over one source.
pub(crate) struct Walk<'w, S, K> {
    source: S,
    at: usize,
    state: &'w mut State,
    sink: &'w mut K,
    /// The place of the outermost envelope, for the walk over a payload.
    outer: Option<Outer<'w>>,
    /// Whether any JSON value was met.
    any_value: bool,
    /// Whether it was told already that the source ends too early.
    end_told: bool,
}

/// Where a payload came from.
#[derive(Clone, Copy)]
pub(crate) struct Outer<'a> {
    place: Place<'a>,
    level: usize,
}

impl<'w, S: Source, K: Sink> Walk<'w, S, K> {
    pub(crate) fn new(source: S, state: &'w mut State, sink: &'w mut K, outer: Option<Outer<'w>>) -> Self {
        Self { source, at: 0, state, sink, outer, any_value: false, end_told: false }
    }

    /// Reads everything there is.
    pub(crate) fn all(mut self) {
        self.values();
    }

    /// The same; where it ends, or what is hopeless begins.
    pub(crate) fn all_up_to(mut self) -> Position {
        self.values();
        self.position(self.at)
    }

    fn values(&mut self) {
        self.head();
        while let Some(byte) = self.peek() {
            match byte {
                b'{' | b'[' | b'"' => self.value(0, Around::Nothing),
                _ => self.garbage(),
            }
            if self.sink.is_done() || self.is_hopeless() {
                return;
            }
        }
        if let Some(failure) = self.source.failure() {
            // A damaged archive is worth a word whatever it holds.
            self.state.known(self.sink);
            self.problem_here(failure);
        }
    }

    /// The forms that are no JSON: told by how they begin.
    fn head(&mut self) {
        while self.source.window().len() < 3 && self.more() {}
        if self.source.window().starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        let Some(first) = self.peek() else { return };
        self.state.not_empty = true;
        if matches!(first, b'{' | b'[') {
            return;
        }
        while self.rest().len() < HEADER && memchr::memchr(b'\n', self.rest()).is_none() && self.more() {}
        if self.rest().starts_with(BASE64_GZIP) {
            self.base64_lines();
        } else if let Some(columns) = history_csv::Columns::of_header(self.rest()) {
            self.history(&columns);
        }
    }

    fn rest(&self) -> &[u8] {
        &self.source.window()[self.at..]
    }

    fn more(&mut self) -> bool {
        self.source.more(&mut self.at)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let rest = self.rest();
            let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
            if let Some(byte) = rest.get(blanks) {
                let byte = *byte;
                self.at += blanks;
                return Some(byte);
            }
            self.at += blanks;
            if !self.more() {
                return None;
            }
        }
    }

    fn position(&self, at: usize) -> Position {
        match self.outer {
            Some(outer) => outer.place.position(),
            None => self.source.start().after(&self.source.window()[..at]),
        }
    }

    fn problem_at(&mut self, message: String, at: usize) {
        let message = if self.outer.is_some() { format!("in the payload: {message}") } else { message };
        let position = self.position(at);
        self.state.problem(message, position, self.sink);
    }

    fn problem_here(&mut self, message: String) {
        self.problem_at(message, self.at);
    }

    /// The value at hand, which starts with `{`, `[` or `"`; `lists` is how many lists it stands in.
    fn value(&mut self, lists: usize, around: Around) {
        self.any_value = true;
        match self.rest().first().copied() {
            Some(b'[') if lists < MAX_LEVEL => self.list(lists + 1),
            Some(b'{') if around == Around::Nothing && self.begins_with_list() => self.envelope(lists),
            _ => self.element(lists, around),
        }
    }

    /// The list at hand, element by element.
    fn list(&mut self, lists: usize) {
        self.at += 1;
        let mut comma = false;
        let mut first = true;
        loop {
            if self.sink.is_done() {
                return;
            }
            match self.peek() {
                None => return self.ends_too_early(),
                Some(b']') => {
                    if comma {
                        self.problem_here("a comma with no element after it".into());
                    }
                    if first {
                        // Valid, and there is nothing in it that could be a stranger.
                        self.state.known(self.sink);
                    }
                    self.at += 1;
                    return;
                }
                Some(b',') => {
                    if first || comma {
                        self.problem_here("a comma with no element before it".into());
                    }
                    comma = true;
                    self.at += 1;
                }
                Some(_) => {
                    if !first && !comma {
                        self.problem_here("no comma between two elements".into());
                    }
                    (first, comma) = (false, false);
                    self.value(lists, Around::List);
                }
            }
        }
    }

    /// Whether the object at hand begins with one of the lists that hold events, so that it need not be held whole.
    fn begins_with_list(&mut self) -> bool {
        loop {
            match list_comes_first(self.rest()) {
                Some(yes) => return yes,
                None if self.more() => {}
                None => return false,
            }
        }
    }

    /// The object at hand, member by member; its lists element by element.
    fn envelope(&mut self, lists: usize) {
        self.at += 1;
        let mut first = true;
        loop {
            match self.peek() {
                None => return self.ends_too_early(),
                Some(b'}') => {
                    self.at += 1;
                    return;
                }
                Some(b',') if !first => {
                    self.at += 1;
                    if self.peek() != Some(b'"') {
                        return self.lost("a member's name was expected".into());
                    }
                }
                Some(b'"') if first => {}
                Some(_) => return self.lost("a comma or the end of the object was expected".into()),
            }
            first = false;
            let Some(key) = self.skip_value() else { return };
            let is_list = form::LISTS
                .iter()
                .any(|list| key.strip_prefix('"').and_then(|k| k.strip_suffix('"')) == Some(list));
            if self.peek() != Some(b':') {
                return self.lost("a colon was expected".into());
            }
            self.at += 1;
            match self.peek() {
                Some(b'[') if is_list => {
                    if self.outer.is_none() && key == "\"Records\"" {
                        // Valid, and of our form, also when there is nothing in it.
                        self.state.known(self.sink);
                    }
                    self.list(lists + 1);
                }
                _ if self.skip_value().is_some() => {}
                _ => return,
            }
        }
    }

    /// Past the value at hand, whatever it is; its text where it is short. `None` where there is no way past it.
    fn skip_value(&mut self) -> Option<String> {
        loop {
            match element::length(self.rest()) {
                // A number at the window's end may go on behind it.
                Ok(length) if length == self.rest().len() && self.more() => {}
                Ok(length) => {
                    let text = self.rest().get(..length.min(64)).unwrap_or_default();
                    let text = String::from_utf8_lossy(text).into_owned();
                    self.at += length;
                    return Some(text);
                }
                Err(damage)
                    if damage.cut && self.rest().len() <= self.state.limits.max_record && self.more() => {}
                Err(damage) => {
                    self.lost(damage.message);
                    return None;
                }
            }
        }
    }

    /// Says what is wrong where there is no telling what belongs to what any more, and goes on with the next line.
    fn lost(&mut self, message: String) {
        self.problem_here(message);
        self.skip_line();
    }

    fn ends_too_early(&mut self) {
        if std::mem::replace(&mut self.end_told, true) {
            return;
        }
        let message = self.source.failure().unwrap_or_else(|| "the text ends too early".into());
        self.problem_here(message);
    }

    /// The element at hand: one JSON value that is looked at as a whole.
    fn element(&mut self, lists: usize, around: Around) {
        if !matches!(self.rest().first(), Some(b'{' | b'[' | b'"')) {
            // A number at the window's end may go on behind it.
            while self.rest().len() < EAGER_SCALAR
                && memchr::memchr3(b',', b']', b'\n', self.rest()).is_none()
                && self.more()
            {}
        } else if let Some(end) = self.pass() {
            self.at = end;
            self.state.known(self.sink);
            return self.sink.passed();
        }
        loop {
            let start = self.at;
            match self.state.scanner.scan(&self.source.window()[start..]) {
                Scan::Whole(found) => {
                    let place = match self.outer {
                        Some(outer) => outer.place,
                        None => Place { start: self.source.start(), before: &self.source.window()[..start] },
                    };
                    self.at = start + found.text.len();
                    if super::is_plain_event(&found) {
                        self.state.known(self.sink);
                        self.sink.event(Event { text: found.text, fields: found.fields, place });
                    } else {
                        let level = self.outer.map_or(0, |outer| outer.level);
                        Look { state: self.state, sink: self.sink, place, level }.at(
                            found.text,
                            found.fields,
                            0,
                        );
                    }
                    return;
                }
                Scan::Cut => {
                    if self.rest().len() > self.state.limits.max_record {
                        return self.too_long(lists);
                    }
                    if !self.more() {
                        return self.broken(around);
                    }
                }
                Scan::Broken => return self.broken(around),
            }
        }
    }

    /// The end of the element at hand, if it is an event with nothing in it that is worth reading.
    #[inline]
    fn pass(&mut self) -> Option<usize> {
        let needles = self.state.needles.as_deref()?;
        let window = self.source.window();
        if window.get(self.at) != Some(&b'{') {
            return None;
        }
        self.state.scanner.pass(window, self.at, needles, self.sink.glance()?)
    }

    /// The element at hand does not end within the limit. An envelope whose list does not come first is taken member
    /// by member; anything else is left out.
    fn too_long(&mut self, lists: usize) {
        if lists == 0 && self.rest().first() == Some(&b'{') {
            return self.envelope(lists);
        }
        let most = self.state.limits.max_record;
        self.problem_here(format!("longer than {most} bytes"));
        self.at += most;
        self.search(lists > 0);
    }

    /// Names what is wrong with the element at hand and goes on behind it.
    fn broken(&mut self, around: Around) {
        let damage = loop {
            let damage = match element::read(self.rest()) {
                Err(damage) => damage,
                // The scan and the careful reading agree on what is valid (tests hold them to it).
                Ok(found) => Damage { message: "not read".into(), offset: found.text.len(), cut: false },
            };
            // What the scan sees to be broken, the careful reading may see with more only: `\u]`, and two bytes on.
            if !damage.cut || self.rest().len() > self.state.limits.max_record || !self.more() {
                break damage;
            }
        };
        while !self.state.is_known() && self.rest().len() < resync::RESEMBLANCE && self.more() {}
        if resync::resembles_event(self.rest()) {
            self.state.known(self.sink);
        }
        self.end_told |= damage.cut;
        let failure = if damage.cut { self.source.failure() } else { None };
        let message = failure.unwrap_or(damage.message);
        self.problem_at(message, self.at + damage.offset);
        self.resume(damage.offset, around);
    }

    /// Goes on behind the element at hand, which is bad at `offset`.
    fn resume(&mut self, offset: usize, around: Around) {
        let in_list = around == Around::List;
        if !in_list {
            loop {
                if let Some(next) = resync::next_line(self.rest(), offset) {
                    self.at += next;
                    return;
                }
                // It may not be in sight yet.
                if self.rest().len() > resync::CLOSE || !self.more() {
                    break;
                }
            }
        }
        // What follows decides, so that a stream is read like a whole buffer.
        while self.rest().len() <= resync::CLOSE && self.more() {}
        if let Some(next) = resync::close(&self.source.window()[self.at..], in_list, self.state) {
            self.at += next;
            return;
        }
        self.at += 1;
        self.search(in_list);
    }

    /// Goes on at the next thing that begins like one of ours.
    fn search(&mut self, in_list: bool) {
        loop {
            let rest = &self.source.window()[self.at..];
            let next =
                if in_list { resync::next_event(rest, self.state) } else { resync::next_object_line(rest) };
            match next {
                Next::At(next) => {
                    self.at += next;
                    return;
                }
                Next::NotBefore(next) => self.at += next,
            }
            if self.state.search_budget == 0 || !self.more() {
                self.at = self.source.window().len();
                return;
            }
        }
    }

    /// Bytes that start no JSON value: told once, up to the next line that begins like one.
    fn garbage(&mut self) {
        self.problem_here("this is not JSON".into());
        loop {
            self.skip_line();
            match self.peek() {
                None | Some(b'{' | b'[' | b'"') => return,
                Some(_) if self.is_hopeless() => return,
                Some(_) => {}
            }
        }
    }

    fn is_hopeless(&self) -> bool {
        !self.any_value && !self.state.is_known() && self.source.start().offset + self.at as u64 > MAX_STRANGE
    }

    /// To the start of the next line, or the end.
    fn skip_line(&mut self) {
        loop {
            if let Some(end) = memchr::memchr(b'\n', self.rest()) {
                self.at += end + 1;
                return;
            }
            self.at = self.source.window().len();
            if !self.more() {
                return;
            }
        }
    }

    /// Base64 of gzip, one payload after another; a payload may be broken into lines.
    fn base64_lines(&mut self) {
        while self.rest().len() < self.state.limits.max_payload && self.more() {}
        let place = Place { start: self.source.start(), before: &self.source.window()[..self.at] };
        let mut payload = Vec::new();
        for line in
            self.source.window()[self.at..].split(|byte| *byte == b'\n').chain(std::iter::once(BASE64_GZIP))
        {
            if line.starts_with(BASE64_GZIP) && !payload.is_empty() {
                Look { state: self.state, sink: self.sink, place, level: 0 }.base64(&payload);
                payload.clear();
            }
            payload.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
        self.at = self.source.window().len();
    }

    /// The console's Event history as CSV.
    fn history(&mut self, columns: &history_csv::Columns) {
        self.state.known(self.sink);
        let mut rows = history_csv::Rows::new();
        let mut is_header = true;
        let mut is_last = false;
        while !self.sink.is_done() {
            // The reader takes the second byte of CR LF for the beginning of the next line.
            self.at += self.rest().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let Some((length, cells)) = rows.first(self.rest(), is_last) else {
                if is_last {
                    self.at = self.source.window().len();
                    return;
                }
                is_last = self.rest().len() > self.state.limits.max_record || !self.more();
                continue;
            };
            let place = Place { start: self.source.start(), before: &self.source.window()[..self.at] };
            match columns.record(&cells) {
                _ if std::mem::take(&mut is_header) => {}
                Ok(None) => {}
                Ok(Some(record)) => {
                    Look { state: self.state, sink: self.sink, place, level: 0 }.scan(&record);
                }
                Err(why) => self.state.problem(why, place.position(), self.sink),
            }
            self.at += length;
        }
    }
}

/// What stands around a value, which says how to go on when it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    Nothing,
    List,
}

/// Whether an object's first member is a list of records; `None` where the bytes end before one can tell.
fn list_comes_first(bytes: &[u8]) -> Option<bool> {
    let skip =
        |at: usize| bytes[at..].iter().position(|byte| !byte.is_ascii_whitespace()).map(|blanks| at + blanks);
    let quote = skip(1)?;
    let Some(name) = bytes[quote..].strip_prefix(b"\"") else { return Some(false) };
    for list in form::LISTS {
        if name.len() <= list.len() && list.as_bytes().starts_with(name) {
            return None;
        }
        if name.strip_prefix(list.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'"')) {
            let colon = skip(quote + list.len() + 2)?;
            return Some(bytes[colon] == b':' && bytes[skip(colon + 1)?] == b'[');
        }
    }
    Some(false)
}

/// A closer look at one valid value whose form is not plain.
struct Look<'l, 'p, K> {
    state: &'l mut State,
    sink: &'l mut K,
    place: Place<'p>,
    level: usize,
}

impl<K: Sink> Look<'_, '_, K> {
    fn problem(&mut self, message: String) {
        let position = self.place.position();
        self.state.problem(message, position, self.sink);
    }

    /// Scans a valid value and looks at it.
    fn scan(&mut self, text: &str) {
        if let Scan::Whole(found) = self.state.scanner.scan(text.as_bytes()) {
            self.at(found.text, found.fields, 0);
        } else {
            // A value inside a valid one can only be too deep, which the outer one would have been.
            self.problem("not read".into());
        }
    }

    /// `wrapped`: how many objects around this one were unwrapped.
    fn at(&mut self, text: &str, fields: Fields, wrapped: usize) {
        if text.starts_with('"') {
            return self.text(text, false);
        }
        if text.starts_with('[') {
            return self.inner(text.as_bytes());
        }
        if !text.starts_with('{') || wrapped > MAX_LEVEL {
            return self.state.skipped(Skipped::NotCloudTrail, self.sink);
        }
        match form::of_object(text) {
            Ok(Form::Event) => {
                self.state.known(self.sink);
                self.sink.event(Event { text, fields, place: self.place });
            }
            Ok(Form::Lists(lists)) => {
                for list in lists {
                    self.inner(list.as_bytes());
                }
            }
            Ok(Form::Wrapped(inner)) => match self.state.scanner.scan(inner.as_bytes()) {
                Scan::Whole(found) if form::is_plain_event(found.text, &found.fields) => {
                    self.state.known(self.sink);
                    self.sink.event(Event { text: found.text, fields: found.fields, place: self.place });
                }
                Scan::Whole(found) => self.at(found.text, found.fields, wrapped + 1),
                Scan::Cut | Scan::Broken => self.problem("not read".into()),
            },
            Ok(Form::Text { literal, strict }) => self.text(literal, strict),
            Ok(Form::Base64(literal)) => self.base64(literal.trim_matches('"').as_bytes()),
            Ok(Form::Skip(skipped)) => self.state.skipped(skipped, self.sink),
            Err(error) => self.problem(error.to_string()),
        }
    }

    /// What a JSON string says.
    fn text(&mut self, literal: &str, strict: bool) {
        let Ok(Json::String(text)) = Json::parse(literal) else { return };
        let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\n', '\r']);
        if start.starts_with(['{', '[', '"']) {
            self.inner(text.as_bytes());
        } else if start.as_bytes().starts_with(BASE64_GZIP) {
            self.base64(text.trim().as_bytes());
        } else if strict {
            self.state.known(self.sink);
            self.problem("the message is not JSON".into());
        } else {
            self.state.skipped(Skipped::NotCloudTrail, self.sink);
        }
    }

    fn base64(&mut self, encoded: &[u8]) {
        let Ok(bytes) = STANDARD.decode(encoded) else {
            if encoded.starts_with(BASE64_GZIP) {
                self.state.known(self.sink);
                self.problem("the payload is not intact base64".into());
            } else {
                self.state.skipped(Skipped::NotCloudTrail, self.sink);
            }
            return;
        };
        self.payload(&bytes);
    }

    /// Bytes that were base64: gzip (Firehose may compress once more what CloudWatch Logs already has) or JSON.
    fn payload(&mut self, bytes: &[u8]) {
        if gzip::is_gzip(bytes) && self.level < MAX_LEVEL {
            let most = self.state.limits.max_payload.saturating_sub(self.state.unpacked_now);
            let (unpacked, failure) = gzip::unpack_payload(bytes, most);
            if let Some(failure) = failure {
                self.state.known(self.sink);
                self.problem(format!("in the payload: {failure}"));
            }
            self.state.unpacked_now += unpacked.len();
            Look { state: self.state, sink: self.sink, place: self.place, level: self.level + 1 }
                .payload(&unpacked);
            self.state.unpacked_now -= unpacked.len();
        } else if bytes
            .iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .is_some_and(|byte| b"{[".contains(byte))
        {
            self.inner(bytes);
        } else {
            self.state.skipped(Skipped::NotCloudTrail, self.sink);
        }
    }

    /// Walks over what was inside.
    fn inner(&mut self, bytes: &[u8]) {
        let level = self.level + 1;
        let most = self.state.limits.max_payload;
        if level > MAX_LEVEL {
            return self.problem(format!("payloads nested more than {MAX_LEVEL} deep"));
        }
        if self.state.unpacked_now + bytes.len() > most {
            return self.problem(format!("payloads of more than {most} bytes"));
        }
        self.state.unpacked_now += bytes.len();
        let outer = Some(Outer { place: self.place, level });
        Walk::new(Whole(bytes), self.state, self.sink, outer).all();
        self.state.unpacked_now -= bytes.len();
    }
}
