//! Whole sources, for as long as one likes: what a stream tells, what a cut leaves, and what `serde_json` makes of
//! every event. See `trailbell_fuzz`.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::{gzip, read, read_stream, record};
use trailbell_fuzz::{damaged, fuzz};

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0041",
    " ",
    "\n",
    "\r\n",
    "null",
    "\"Records\":[",
    "\"eventName\":\"x\"",
    "\"message\":",
    "{\"eventVersion\":\"1.08\"}",
    "\u{0}",
    "\u{feff}",
    "é",
];

fn records() -> impl Strategy<Value = Vec<String>> {
    let name = select(&["ConsoleLogin", "CreateUser", "A", "日本", ""][..]);
    vec(name.prop_map(record), 0..5)
}

/// Records as CloudTrail delivers them: a file, lines, log events of a subscription.
fn source() -> impl Strategy<Value = String> {
    (records(), 0..4).prop_map(|(records, form)| match form {
        0 => format!("{{\"Records\":[{}]}}", records.join(",")),
        1 => records.join("\n"),
        2 => {
            format!("{{\n  \"Records\" : [\n    {}\n  ],\n  \"more\" : {{}}\n}}\n", records.join(" ,\n    "))
        }
        _ => {
            let events: Vec<String> = records
                .iter()
                .map(|record| {
                    format!(
                        "{{\"id\":\"1\",\"timestamp\":1,\"message\":{}}}",
                        serde_json::Value::from(record.as_str())
                    )
                })
                .collect();
            format!("{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{}]}}", events.join(","))
        }
    })
}

#[test]
fn fuzz_damaged_sources() {
    let inputs = (damaged(source(), PIECES), any::<bool>());
    fuzz("reading: damaged sources", &inputs, |(bytes, packed)| {
        let bytes = if packed { gzip(&bytes) } else { bytes };
        let told = read(&bytes);
        for text in &told.texts {
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(), "{}", text);
        }
        prop_assert_eq!(told, read_stream(&bytes));
        Ok(())
    });
}

#[test]
fn fuzz_damaged_archives() {
    let inputs = (source(), vec((any::<Index>(), any::<u8>()), 0..4), any::<Index>(), any::<bool>());
    fuzz("reading: damaged archives", &inputs, |(source, bytes, end, cut)| {
        let mut packed = gzip(source.as_bytes());
        for (at, byte) in bytes {
            let at = at.index(packed.len());
            packed[at] = byte;
        }
        if cut {
            packed.truncate(end.index(packed.len()));
        }
        prop_assert_eq!(read(&packed), read_stream(&packed));
        Ok(())
    });
}

/// A file that ends early tells the records that are whole, each exactly as it was written.
#[test]
fn fuzz_truncated_files() {
    fuzz("reading: truncated files", &(records(), any::<Index>(), any::<bool>()), |(records, end, lines)| {
        let (before, between) = if lines { ("", "\n") } else { ("{\"Records\":[", ",") };
        let file = format!("{before}{}", records.join(between));
        let end = end.index(file.len() + 1);
        let mut at = before.len();
        let whole: Vec<&String> = records
            .iter()
            .take_while(|record| {
                at += record.len() + between.len();
                at - between.len() <= end
            })
            .collect();
        let told = read(&file.as_bytes()[..end]);
        prop_assert_eq!(told.texts.iter().collect::<Vec<_>>(), whole);
        Ok(())
    });
}
