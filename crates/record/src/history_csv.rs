//! The console's Event history download as CSV: one event a line, its fields by the header's names.
//!
//! What the file lacks (most of `userIdentity`, all parameters) the record made from it lacks too.

use std::fmt::Write as _;

use csv_core::ReadRecordResult;
use trailbell_json::write_string;

/// Which column holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns(Vec<Option<Field>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// A string of the record.
    Text(&'static str),
    UserName,
    AccessKey,
    ReadOnly,
    Time,
    Resources,
}

/// The header's names in lower case without blanks and punctuation. The console has renamed and reordered columns
/// over the years, so every spelling that was seen counts.
const NAMES: [(&str, Field); 21] = [
    ("username", Field::UserName),
    ("awsaccesskey", Field::AccessKey),
    ("accesskeyid", Field::AccessKey),
    ("accesskey", Field::AccessKey),
    ("eventtime", Field::Time),
    ("eventsource", Field::Text("eventSource")),
    ("eventname", Field::Text("eventName")),
    ("awsregion", Field::Text("awsRegion")),
    ("region", Field::Text("awsRegion")),
    ("sourceipaddress", Field::Text("sourceIPAddress")),
    ("useragent", Field::Text("userAgent")),
    ("errorcode", Field::Text("errorCode")),
    ("errormessage", Field::Text("errorMessage")),
    ("requestid", Field::Text("requestID")),
    ("eventid", Field::Text("eventID")),
    ("eventtype", Field::Text("eventType")),
    ("eventcategory", Field::Text("eventCategory")),
    ("recipientaccountid", Field::Text("recipientAccountId")),
    ("recipientaccount", Field::Text("recipientAccountId")),
    ("readonly", Field::ReadOnly),
    ("resources", Field::Resources),
];

/// Cells of the longest line that is looked at: the console writes under thirty.
const MAX_CELLS: usize = 256;
/// Bytes of the longest line that is looked at.
const MAX_LINE: usize = 1 << 20;

/// Takes lines apart, and keeps its memory between them.
pub(crate) struct Rows {
    reader: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self { reader: csv_core::Reader::new(), text: vec![0; MAX_LINE], ends: vec![0; MAX_CELLS] }
    }

    /// The first line: its length, its line break included, and its cells; `None` where the bytes end before the
    /// line does. The last line of a file may lack its line break: `is_last`.
    pub(crate) fn first(&mut self, bytes: &[u8], is_last: bool) -> Option<(usize, Vec<String>)> {
        self.reader.reset();
        let (mut result, length, mut written, mut cells) =
            self.reader.read_record(bytes, &mut self.text, &mut self.ends);
        if result == ReadRecordResult::InputEmpty && is_last {
            // No input is how the reader is told that there is no more.
            let (last, _, more, ends) =
                self.reader.read_record(&[], &mut self.text[written..], &mut self.ends[cells..]);
            (result, written, cells) = (last, written + more, cells + ends);
        }
        let cells = match result {
            ReadRecordResult::Record => &self.ends[..cells],
            // Too many cells or bytes for one event: a line without cells, which is told as a bad one.
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => &[],
            ReadRecordResult::InputEmpty | ReadRecordResult::End => return None,
        };
        let starts = std::iter::once(0).chain(cells.iter().copied());
        let cell = |(start, end): (usize, &usize)| {
            String::from_utf8_lossy(self.text[..written].get(start..*end).unwrap_or_default())
                .trim()
                .to_owned()
        };
        Some((length.max(1), starts.zip(cells).map(cell).collect()))
    }
}

impl Columns {
    /// The columns, where the first line is the header of an Event history download.
    pub(crate) fn of_header(bytes: &[u8]) -> Option<Self> {
        let line_end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
        let line = bytes[..line_end].strip_suffix(b"\r").unwrap_or(&bytes[..line_end]);
        if !line.contains(&b',') || std::str::from_utf8(line).is_err() {
            return None;
        }
        let columns: Vec<Option<Field>> = Rows::new()
            .first(line, true)?
            .1
            .iter()
            .map(|name| {
                let name: String = name
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .map(|c| c.to_ascii_lowercase())
                    .collect();
                NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
            })
            .collect();
        // Other tools write CSV with some of these names; all three say it is the console's.
        let has = |field| columns.contains(&Some(field));
        (has(Field::Time) && has(Field::Text("eventName")) && has(Field::Text("eventSource")))
            .then_some(Self(columns))
    }

    /// The record a line stands for, as JSON; `None` for an empty line.
    pub(crate) fn record(&self, cells: &[String]) -> Result<Option<String>, String> {
        if cells.iter().all(String::is_empty) && cells.len() <= 1 {
            return Ok(None);
        }
        if cells.len() != self.0.len() {
            return Err(format!("a line of {} cells where the header has {}", cells.len(), self.0.len()));
        }
        let mut members = Vec::new();
        let mut identity = Vec::new();
        for (cell, field) in cells.iter().zip(&self.0) {
            if cell.is_empty() || cell == "-" {
                continue;
            }
            match field {
                Some(Field::Text(key)) => members.push((*key, literal(cell))),
                Some(Field::Time) => members.push(("eventTime", literal(&time(cell)))),
                Some(Field::ReadOnly) => {
                    members.push((
                        "readOnly",
                        if cell.eq_ignore_ascii_case("true") { "true" } else { "false" }.into(),
                    ));
                }
                Some(Field::UserName) => {
                    // The console shows the root user under this name.
                    if cell == "root" {
                        identity.push(("type", literal("Root")));
                    }
                    identity.push(("userName", literal(cell)));
                }
                Some(Field::AccessKey) => identity.push(("accessKeyId", literal(cell))),
                Some(Field::Resources) if serde_json::from_str::<serde::de::IgnoredAny>(cell).is_ok() => {
                    members.push(("resources", cell.clone()));
                }
                Some(Field::Resources) | None => {}
            }
        }
        if !identity.is_empty() {
            members.push(("userIdentity", object(&identity)));
        }
        Ok(Some(object(&members)))
    }
}

fn literal(text: &str) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_string(&mut out, text);
    out
}

fn object(members: &[(&str, String)]) -> String {
    let mut out = String::from("{");
    for (i, (key, value)) in members.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\"{key}\":{value}");
    }
    out.push('}');
    out
}

/// The time as records write it. The console also writes `November 23, 2026, 17:51:23 (UTC+01:00)`.
fn time(cell: &str) -> String {
    let console =
        cell.strip_suffix(')').and_then(|text| text.split_once(" (UTC")).and_then(|(civil, offset)| {
            let civil = jiff::civil::DateTime::strptime("%B %d, %Y, %H:%M:%S", civil).ok()?;
            let offset = match offset {
                "" => jiff::tz::Offset::UTC,
                _ => jiff::fmt::strtime::parse("%:z", offset).ok()?.offset()?,
            };
            offset.to_timestamp(civil).ok()
        });
    console.map_or_else(|| cell.to_owned(), |time| time.to_string())
}
