//! Raw log events of any kind, CloudTrail or not: each line is one, and in a CloudWatch Logs payload each
//! `logEvents[].message`, in whatever the payload came (a Lambda or Kinesis event, Firehose's objects, base64).

use std::io::{BufRead, BufReader, Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use trailbell_json::Json;

use crate::gzip::{self, unpack_payload};
use crate::read::element;
use crate::read::source::Failure;
use crate::read::{Reader, unpacked};

impl Reader {
    /// Hands each raw log event of a source, plain or gzip, to `event` until that says `false`. A line ends at a
    /// line feed, with the carriage return before it; bytes that are no UTF-8 become U+FFFD. The error is what
    /// ended the reading early, in words; what came before it has been handed out.
    ///
    /// Payloads are recognised where they are all that a source of at most
    /// [`Limits::max_record`](crate::Limits::max_record) bytes holds, and where a line is one.
    pub fn read_log_events<R: Read>(
        &self,
        input: &mut R,
        event: &mut dyn FnMut(&str) -> bool,
    ) -> Result<(), String> {
        let failure = Failure::default();
        let mut input = unpacked(input, self.limits.max_unpacked, &failure);
        let mut head = Vec::new();
        let probed = input.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map(|_| ());
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        if may_be_payload(&head) && probed.is_ok() {
            let room = (self.limits.max_record as u64).saturating_sub(HEAD_BYTES);
            // An error here ends the source, and is met again below where lines are read.
            let _ = input.by_ref().take(room).read_to_end(&mut head);
            if let Some(messages) = messages(&head, self.limits.max_payload, 0) {
                let _ = messages.iter().all(|message| event(message));
                return failure.borrow_mut().take().map_or(Ok(()), Err);
            }
        }
        let mut lines = BufReader::with_capacity(1 << 16, Cursor::new(head).chain(input));
        let mut line = Vec::new();
        loop {
            line.clear();
            let limit = self.limits.max_record as u64;
            let read =
                lines.by_ref().take(limit).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
            if read == 0 {
                break;
            }
            if line.last() == Some(&b'\n') {
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
            } else if line.len() as u64 == limit {
                return Err(format!("a line is longer than {limit} bytes"));
            }
            if let Some(messages) =
                may_be_payload(&line).then(|| messages(&line, self.limits.max_payload, 0)).flatten()
            {
                if !messages.iter().all(|message| event(message)) {
                    break;
                }
            } else if !event(&String::from_utf8_lossy(&line)) {
                break;
            }
        }
        failure.borrow_mut().take().map_or(probed.map_err(|error| error.to_string()), Err)
    }
}

/// What is looked at to tell a payload from lines.
const HEAD_BYTES: u64 = 64 << 10;

/// Envelopes around envelopes that are opened: Firehose around Kinesis around a payload is three.
const MAX_LEVEL: usize = 4;
/// How base64 of gzip begins.
const BASE64_GZIP: &[u8] = b"H4sI";

/// A quick look: a payload names its list, or holds the beginning of base64 of gzip, early on.
fn may_be_payload(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let holds = |text: &[u8]| memchr::memmem::find(head, text).is_some();
    head.starts_with(BASE64_GZIP)
        || (matches!(head.first(), Some(b'{' | b'[' | b'"'))
            && (holds(b"\"logEvents\"") || holds(BASE64_GZIP)))
}

/// The messages of the CloudWatch Logs payloads that the bytes are; `None` where there is anything else.
fn messages(bytes: &[u8], most: usize, level: usize) -> Option<Vec<String>> {
    let mut rest = bytes.trim_ascii();
    if rest.is_empty() || level > MAX_LEVEL {
        return None;
    }
    if rest.starts_with(BASE64_GZIP) {
        // Encoders break their lines, and one payload may follow another.
        let text: Vec<u8> = rest.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        return of_base64(&text, most, level);
    }
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (value, after) = rest.split_at(element::length(rest).ok()?);
        all.extend(of_value(&Json::parse(std::str::from_utf8(value).ok()?).ok()?, most, level)?);
        rest = after.trim_ascii_start();
    }
    Some(all)
}

fn of_value(value: &Json, most: usize, level: usize) -> Option<Vec<String>> {
    let each = |values: &[Json], of: &dyn Fn(&Json) -> Option<Vec<String>>| -> Option<Vec<String>> {
        let lists: Option<Vec<_>> = values.iter().map(of).collect();
        lists.filter(|lists| !lists.is_empty()).map(|lists| lists.concat())
    };
    let encoded = |value: &Json| of_base64(value.as_str()?.as_bytes(), most, level);
    if let Some(values) = value.as_array() {
        return each(values, &|value| of_value(value, most, level + 1).filter(|_| level < MAX_LEVEL));
    }
    if value.as_str().is_some() {
        return encoded(value);
    }
    if let Some(data) = value.at(&["awslogs", "data"]) {
        return encoded(data);
    }
    if let Some(records) = value.get("Records").and_then(Json::as_array) {
        return each(records, &|record| encoded(record.at(&["kinesis", "data"])?));
    }
    if let Some(records) = value.get("records").and_then(Json::as_array) {
        return each(records, &|record| encoded(record.get("data")?));
    }
    let events = value.get("logEvents")?.as_array()?;
    if value.get("messageType").and_then(Json::as_str) == Some("CONTROL_MESSAGE") {
        return Some(Vec::new());
    }
    events.iter().map(|event| event.get("message")?.as_str().map(str::to_owned)).collect()
}

fn of_base64(text: &[u8], most: usize, level: usize) -> Option<Vec<String>> {
    let mut bytes = STANDARD.decode(text).ok()?;
    // Firehose may compress once more what CloudWatch Logs already has.
    for _ in 0..2 {
        if gzip::is_gzip(&bytes) {
            bytes = unpack_payload(&bytes, most).0;
        }
    }
    messages(&bytes, most, level + 1)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use crate::{Limits, Reader};

    fn events(source: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        let read = Reader::new(Limits::default()).read_log_events(&mut &*source, &mut |message| {
            events.push(message.to_owned());
            true
        });
        assert_eq!(read, Ok(()));
        events
    }

    #[test]
    fn each_line_is_an_event_whatever_it_holds() {
        assert_eq!(events(b"a b\r\n\n{\"logEvents\":1}\nlast"), ["a b", "", "{\"logEvents\":1}", "last"]);
        assert!(events(b"").is_empty());
    }

    const PAYLOAD: &str = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"a\nb"},{"id":"2","message":"c"}]}"#;

    #[test]
    fn each_message_of_a_payload_is_an_event_however_it_came() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(PAYLOAD.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let data = STANDARD.encode(&packed);
        let (start, end) = data.split_at(40);
        for source in [
            PAYLOAD.to_owned(),
            format!("\u{feff}{PAYLOAD}\n"),
            format!("[{PAYLOAD}]"),
            format!(r#"{{"awslogs":{{"data":"{data}"}}}}"#),
            format!(r#"{{"Records":[{{"eventID":"1","kinesis":{{"data":"{data}"}}}}]}}"#),
            format!(r#"{{"invocationId":"1","records":[{{"recordId":"1","data":"{data}"}}]}}"#),
            format!("\"{data}\""),
            format!("{start}\r\n{end}\n"),
        ] {
            assert_eq!(events(source.as_bytes()), ["a\nb", "c"], "{source}");
        }
        assert_eq!(events(&packed), ["a\nb", "c"]);
    }

    #[test]
    fn payloads_may_follow_each_other_and_stand_between_lines() {
        let both = ["a\nb", "c", "a\nb", "c"];
        assert_eq!(events(format!("{PAYLOAD}{PAYLOAD}").as_bytes()), both);
        assert_eq!(events(format!("{PAYLOAD}\n{PAYLOAD}\n").as_bytes()), both);
        assert_eq!(events(format!("x\n{PAYLOAD}\ny").as_bytes()), ["x", "a\nb", "c", "y"]);
        let check = r#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","message":"checking"}]}"#;
        assert_eq!(events(format!("{check}\n{PAYLOAD}").as_bytes()), ["a\nb", "c"]);
    }

    #[test]
    fn what_only_resembles_a_payload_stays_lines() {
        for line in [
            r#"{"logEvents":[1]}"#,
            r#"{"data":"H4sI"}"#,
            r#"{"records":[]}"#,
            r#"{"awslogs":{"data":"H4sIAAAA"}}"#,
            "H4sIAAAA",
            "\"H4sI\" he said",
        ] {
            assert_eq!(events(line.as_bytes()), [line]);
        }
    }
}
