//! Damaged input of every form: no crash, no hang, and a stream tells the same as the whole buffer.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use proptest::prelude::*;
use support::{gzip, read, read_stream, record};

fn sources() -> Vec<Vec<u8>> {
    let (a, b) = (record("A"), record("B"));
    let literal = |text: &str| serde_json::to_string(text).unwrap();
    let file = format!(r#"{{"Records":[{a},{b}],"more":{{}}}}"#);
    let pretty = |text: &str| {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
    };
    vec![
        file.clone().into_bytes(),
        pretty(&file).into_bytes(),
        format!("{a}\n{b}\n{a}\n").into_bytes(),
        format!("[{a},[{b}],7,null]").into_bytes(),
        format!(r#"{{"Events":[{{"EventId":"1","CloudTrailEvent":{}}}],"NextToken":"n"}}"#, literal(&a)).into_bytes(),
        format!(r#"{{"Messages":[{{"Body":{}}}]}}"#, literal(&file)).into_bytes(),
        format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":{}}}]}}"#, literal(&b)).into_bytes(),
        b"User name,Event time,Event source,Event name\nroot,2026-11-23T10:00:00Z,signin.amazonaws.com,ConsoleLogin\n"
            .to_vec(),
        gzip(file.as_bytes()),
        [gzip(a.as_bytes()), gzip(b.as_bytes())].concat(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_stream_tells_the_same_as_the_whole(
        source in prop::sample::select(sources()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..5), 0..4),
    ) {
        let mut bytes = source;
        for (at, byte, how) in damage {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => { bytes.remove(at); }
                2 => bytes.truncate(at),
                3 => bytes.insert(at, *b"\"{}[],:\n\\".get(usize::from(byte % 9)).unwrap()),
                _ => bytes.insert(at, byte),
            }
        }
        prop_assert_eq!(read(&bytes), read_stream(&bytes));
    }
}

/// Four digits belong behind `\\u`: where a window ends before the fourth, only more of the stream tells what is wrong.
#[test]
fn a_broken_escape_at_the_end_of_a_window_is_told_as_in_the_whole() {
    for blanks in 0..1_100 {
        let broken = r#"{"eventVersion":"1.08","eventName":"\u]"}"#;
        let source = format!("{{\"Records\":[{}{broken},{}]}}", " ".repeat(blanks), record("A"));
        assert_eq!(read(source.as_bytes()), read_stream(source.as_bytes()), "{blanks} blanks before");
    }
}
