//! The fast scan and the obvious reading, which is `serde_json`'s, for as long as one likes. See `trailbell_fuzz`.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use trailbell_fuzz::{damaged, fuzz};

use super::tests::{RECORDS, agree, token, value};

/// What means something to the scan, and what may not be.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\\\",
    "\\\"",
    "\\u0041",
    "\\ud83d",
    " ",
    "\n",
    "\t",
    "null",
    "true",
    "-1.5e3",
    "\"eventName\"",
    "\"eventSource\":",
    "\"readOnly\":true",
    "\"userIdentity\":{",
    "\"type\":\"Root\"",
    "\u{0}",
    "é",
    "😀",
    "                                                                ",
];

fn record() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => select(&RECORDS[..]).prop_map(str::to_owned),
        2 => value(5).prop_map(|value| format!("{{\"userIdentity\":{value},\"eventName\":\"x\",\"a\":{value}}}")),
    ]
}

#[test]
fn fuzz_damaged_records() {
    fuzz("scan: damaged records", &damaged(record(), PIECES), |bytes| {
        agree(&bytes);
        Ok(())
    });
}

#[test]
fn fuzz_truncated_records() {
    fuzz("scan: truncated records", &(record(), any::<Index>()), |(record, end)| {
        agree(&record.as_bytes()[..end.index(record.len() + 1)]);
        Ok(())
    });
}

#[test]
fn fuzz_tokens() {
    fuzz("scan: tokens", &prop::collection::vec(token(), 0..60), |tokens| {
        agree(format!("{{{}", tokens.concat()).as_bytes());
        Ok(())
    });
}

#[test]
fn fuzz_bytes() {
    fuzz("scan: bytes", &prop::collection::vec(any::<u8>(), 0..300), |bytes| {
        agree(&bytes);
        agree(&[b"{\"", &bytes[..]].concat());
        Ok(())
    });
}
