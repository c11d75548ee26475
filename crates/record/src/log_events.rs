//! Raw log events of any kind, CloudTrail or not: each line is one, and in a CloudWatch Logs payload each
//! `logEvents[].message`.

use std::io::{BufRead, BufReader, Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use trailbell_json::Json;

use crate::gzip::unpack_payload;
use crate::read::source::Failure;
use crate::read::{Reader, unpacked};

impl Reader {
    /// Hands each raw log event of a source, plain or gzip, to `event` until that says `false`. A line ends at a
    /// line feed, with the carriage return before it; bytes that are no UTF-8 become U+FFFD. The error is what
    /// ended the reading early, in words; what came before it has been handed out.
    ///
    /// A payload is recognised where the whole source is one JSON value of at most
    /// [`Limits::max_record`](crate::Limits::max_record) bytes, with `logEvents` in it or in its `awslogs.data`.
    pub fn read_log_events<R: Read>(
        &self,
        input: &mut R,
        event: &mut dyn FnMut(&str) -> bool,
    ) -> Result<(), String> {
        let failure = Failure::default();
        let mut input = unpacked(input, self.limits.max_unpacked, &failure);
        let mut head = Vec::new();
        let probed = input.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map(|_| ());
        if may_be_payload(&head) && probed.is_ok() {
            let room = (self.limits.max_record as u64).saturating_sub(HEAD_BYTES);
            // An error here ends the source, and is met again below where lines are read.
            let _ = input.by_ref().take(room).read_to_end(&mut head);
            if let Some(messages) = messages(&head, self.limits.max_payload) {
                for message in messages {
                    if !event(&message) {
                        break;
                    }
                }
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
            if !event(&String::from_utf8_lossy(&line)) {
                break;
            }
        }
        failure.borrow_mut().take().map_or(probed.map_err(|error| error.to_string()), Err)
    }
}

/// What is looked at to tell a payload from lines.
const HEAD_BYTES: u64 = 64 << 10;

/// A quick look: a payload is one object that names its list, or its envelope, early on.
fn may_be_payload(head: &[u8]) -> bool {
    head.trim_ascii_start().first() == Some(&b'{')
        && [&b"\"logEvents\""[..], b"\"awslogs\""].iter().any(|key| memchr::memmem::find(head, key).is_some())
}

/// The messages of a CloudWatch Logs payload, decoded or as a Lambda gets it; `None` where this is none.
fn messages(bytes: &[u8], max_payload: usize) -> Option<Vec<String>> {
    let payload = Json::parse(std::str::from_utf8(bytes).ok()?).ok()?;
    let payload = match payload.at(&["awslogs", "data"]).and_then(Json::as_str) {
        Some(data) => {
            let (unpacked, _) = unpack_payload(&STANDARD.decode(data).ok()?, max_payload);
            Json::parse(std::str::from_utf8(&unpacked).ok()?).ok()?
        }
        None => payload,
    };
    let events = payload.get("logEvents")?.as_array()?;
    Some(events.iter().filter_map(|event| event.get("message")?.as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn each_message_of_a_payload_is_an_event() {
        let payload = br#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"a\nb"},{"id":"2","message":"c"}]}"#;
        assert_eq!(events(payload), ["a\nb", "c"]);
    }
}
