//! The fast scan and the obvious reading agree: on real-looking records, on damaged ones, on anything.

use proptest::prelude::*;

#[cfg(target_arch = "aarch64")]
use super::block::HasNeon;
#[cfg(target_arch = "x86_64")]
use super::block::{HasAvx2, HasAvx512};
use super::{Scan, Scanner};
use crate::read::element;
use crate::read::glance::{Glance, Needles, Seen};

pub(super) const RECORDS: [&str; 8] = [
    r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"1","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"mfaAuthenticated":"false"}}},"eventTime":"2026-11-23T10:00:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","errorCode":"AccessDenied","requestParameters":null,"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"n":[1,-0.5e+10,true,false,null,{"a":[]},[[]]]},"eventID":"e","readOnly":false,"eventType":"AwsConsoleSignIn"} tail"#,
    r#"{"eventName":"a","userIdentity":{"type":"IAMUser"},"\\serIdentity.type":"Root","x\"serIdentity.type":1}"#,
    "{ \"eventName\" :\t\"x\" ,\r\n  \"userIdentity\" : { \"type\" : \"IAMUser\" , \"a\" : [ ] } ,\n\n  \"readOnly\" : \"true\" , \"errorCode\" : null }\n{",
    r#"{"requestParameters":{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\"}]}","path":"C:\\x\\","slash":"\/"},"eventName":"PutRolePolicy","eventSource":"iam.amazonaws.com"},{"#,
    r#"{"eventName":"a\u0062","x\"eventSource":"no","event\u0053ource":"yes","userIdentity":null,"readOnly":1}"#,
    r#"{"eventName":"é","userAgent":"日本語 😀","eventType":"t","eventType":"u","userIdentity":{"type":"Root","type":"x"}}"#,
    r#"{"eventName":"a","userIdentity":{"type":"IAMUser"},"userIdentity.type":"Root","x":1}"#,
    r#"{"eventName":"ab\ncd","userIdentity":[1],"long":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\\\\\\\","eventTime":"t"}"#,
];

/// All that this machine can run.
fn scanners() -> Vec<Scanner> {
    let mut scanners = vec![Scanner::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        scanners.extend(HasAvx2::detect().map(Scanner::Avx2));
        scanners.extend(HasAvx512::detect().map(Scanner::Avx512));
    }
    #[cfg(target_arch = "aarch64")]
    scanners.extend(HasNeon::detect().map(Scanner::Neon));
    scanners
}

/// Compares every scanner with the obvious reading.
#[track_caller]
pub(super) fn agree(bytes: &[u8]) {
    let obvious = element::read(bytes);
    for scanner in scanners() {
        match (scanner.scan(bytes), &obvious) {
            (Scan::Whole(fast), Ok(slow)) => assert_eq!(&fast, slow, "{scanner:?}: {}", bytes.escape_ascii()),
            // Bytes that end too early may be bad before they do, and either may be the one to see it; who has all
            // bytes asks the obvious reading.
            (Scan::Cut | Scan::Broken, Err(_)) => {}
            (fast, slow) => panic!("{scanner:?}: {fast:?} but {slow:?}: {}", bytes.escape_ascii()),
        }
    }
}

#[test]
fn records_and_all_their_beginnings() {
    for record in RECORDS {
        for end in 0..=record.len() {
            agree(&record.as_bytes()[..end]);
        }
    }
}

#[test]
fn records_at_every_offset_of_a_block() {
    for record in RECORDS {
        for blanks in 0..130 {
            let shifted = format!("{{{}{}", " ".repeat(blanks), &record[1..]);
            agree(shifted.as_bytes());
            let padded = format!(
                r#"{{"p":"{}",{}"#,
                "\\\\".repeat(blanks / 2) + &"x".repeat(blanks % 2),
                &record[1..]
            );
            agree(padded.as_bytes());
        }
    }
}

#[test]
fn names_that_only_end_like_those_asked_for() {
    for name in ["eventName", "readOnly", "userIdentity", "eventSource"] {
        for before in ["", "\\\"", "a\\\"", "\\\\\\\"", "my", " ", "aaaaaaaaaaaaaaaaaaaaaaaa\\\""] {
            for gap in ["", " ", "\n\t "] {
                agree(format!("{{\"{before}{name}\"{gap}:{gap}true}}").as_bytes());
                agree(format!("{{{gap}\"{before}{name}\":\"x\",\"a\":{{\"type\":1}}}}").as_bytes());
                agree(
                    format!(
                        "{{\"{before}{name}\":{gap}{{\"{before}type\"{gap}:\"Root\"}},\"a\":{{\"type\":1}}}}"
                    )
                    .as_bytes(),
                );
            }
        }
    }
}

#[test]
fn one_byte_changed_anywhere() {
    // Every byte that means something to JSON, and some that never may.
    let bytes = b"\"\\{}[]:,u tfn0-.eE\n\x00\x1f\x7f\x80\xc3\xff";
    for record in &RECORDS[..5] {
        let record = record.as_bytes();
        for at in 0..record.len() {
            let mut damaged = record.to_vec();
            for byte in bytes {
                damaged[at] = *byte;
                agree(&damaged);
            }
            damaged.remove(at);
            agree(&damaged);
        }
    }
}

#[test]
fn small_texts_of_tokens() {
    // All texts of up to six tokens: the whole grammar around brackets, commas and colons.
    const TOKENS: [&str; 9] = ["{", "}", "[", "]", ":", ",", "\"a\"", "1", " "];
    fn grow(text: &mut String, left: usize) {
        agree(text.as_bytes());
        if left > 0 {
            for token in TOKENS {
                let length = text.len();
                text.push_str(token);
                grow(text, left - 1);
                text.truncate(length);
            }
        }
    }
    grow(&mut String::from("{"), 4);
    grow(&mut String::from("{\"a\":"), 4);
    grow(&mut String::from("{\"a\":["), 4);
}

#[test]
fn depth_has_the_same_limit() {
    for depth in [1, 63, 64, 126, 127, 128, 129, 500] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = if open == "[" { "" } else { "1" };
            agree(format!("{{\"a\":{}{inner}{}}}", open.repeat(depth), close.repeat(depth)).as_bytes());
        }
    }
    let fits = format!("{{\"a\":{}{}}}", "[".repeat(127), "]".repeat(127));
    for scanner in scanners() {
        assert!(matches!(scanner.scan(fits.as_bytes()), Scan::Whole(_)));
    }
}

#[test]
fn numbers() {
    for number in [
        "0",
        "-0",
        "01",
        "-",
        "1.",
        ".1",
        "1.5",
        "1e5",
        "1E+5",
        "1e-",
        "1e",
        "1.5e+05",
        "--1",
        "+1",
        "1a",
        "0x1",
        "1e5.5",
        "00",
        "123456789012345678901234567890",
        "1 2",
        "NaN",
        "nul",
        "nulls",
        "true",
        "truefalse",
        "tru",
        "False",
    ] {
        for end in ["}", ",\"b\":2}", " }", "\n}", "", "\"}", "]}", "{}}"] {
            agree(format!("{{\"a\":{number}{end}").as_bytes());
            agree(format!("{{\"a\":[{number}]{end}").as_bytes());
        }
    }
}

pub(super) fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["{", "}", "[", "]", ":", ",", "\"", "\\", " ", "\n", "null", "true", "-1.5e3", "\\u00e9", "\\\"", "\\x"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["\"eventName\"", "\"eventSource\"", "\"readOnly\"", "\"userIdentity\"", "\"userIdentity.type\"", "\"type\"", "\"Root\"", "\"errorCode\"", "\"eventType\""]).prop_map(str::to_owned),
        1 => "[ -~]{0,90}",
        1 => any::<char>().prop_map(String::from),
    ]
}

/// Valid objects with the names that matter in them.
pub(super) fn value(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "null",
            "true",
            "false",
            "0",
            "-1.5",
            "\"\"",
            "\"Root\"",
            "\"true\"",
            "\"\\u0041\"",
            "\"a\\\\\"",
            "\"{\\\"\"",
            "{}",
            "[]"
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[a-z]{0,200}".prop_map(|text| format!("\"{text}\"")),
    ];
    let name = prop::sample::select(vec![
        "eventName",
        "eventSource",
        "eventType",
        "eventTime",
        "errorCode",
        "readOnly",
        "userIdentity",
        "type",
        "x",
        "",
        "\\\"eventName",
        "EventName",
        "myeventName",
        "a\\\\",
    ]);
    leaf.prop_recursive(depth, 60, 6, move |inner| {
        prop_oneof![
            3 => prop::collection::vec((name.clone(), inner.clone(), "[ \n]{0,3}"), 0..9).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(name, value, gap)| format!("\"{name}\"{gap}:{gap}{value}{gap}")).collect();
                format!("{{{}}}", members.join(","))
            }),
            1 => prop::collection::vec(inner, 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
        ]
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn anything_made_of_tokens(tokens in prop::collection::vec(token(), 0..40)) {
        agree(format!("{{{}", tokens.concat()).as_bytes());
    }

    #[test]
    fn any_valid_object(value in value(5), tail in "[,{} ]{0,4}") {
        let text = format!("{value}{tail}");
        agree(text.as_bytes());
        let wrapped = format!("{{\"userIdentity\":{value},\"eventName\":\"x\",\"a\":{value}}}");
        agree(wrapped.as_bytes());
        for scanner in scanners() {
            prop_assert!(matches!(scanner.scan(wrapped.as_bytes()), Scan::Whole(found) if found.text == wrapped));
        }
    }

    #[test]
    fn valid_objects_damaged(value in value(4), at in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3) {
        let mut bytes = format!("{{\"eventName\":{value}}}").into_bytes();
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => { bytes.remove(at); }
        }
        agree(&bytes);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        agree(&[b"{", &bytes[..]].concat());
        agree(&bytes);
    }
    #[test]
    fn every_scanner_passes_over_the_same(
        value in value(4),
        fill in 0..70_usize,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        damaged in any::<bool>(),
    ) {
        let fill = "\u{e9}x".repeat(fill / 2) + &"x".repeat(fill % 2);
        let mut bytes = format!("[{{\"a\":1}},{{\"eventName\":\"A\",\"fill\":\"{fill}\",\"a\":{value}}},{{").into_bytes();
        if damaged {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let keys = ["type", "errorCode", "eventType"].map(Box::from);
        let needles = Needles::of(&keys, None).unwrap();
        let ends = |scanner: Scanner| {
            let mut asked = Asked(keys.to_vec(), Vec::new());
            (scanner.pass(&bytes, 9, &needles, &mut asked), asked.1)
        };
        let portable = ends(Scanner::Portable);
        for scanner in scanners() {
            prop_assert_eq!(&ends(scanner), &portable, "{:?}: {}", scanner, bytes.escape_ascii());
        }
    }
}

/// Writes down what it was asked.
struct Asked(Vec<Box<str>>, Vec<(usize, Vec<u8>)>);

impl Glance for Asked {
    fn keys(&self) -> &[Box<str>] {
        &self.0
    }

    fn is_worth(&mut self, seen: &[Seen<'_>]) -> bool {
        self.1.extend(seen.iter().map(|seen| (seen.key, seen.value.to_owned())));
        seen.iter().any(|seen| seen.value == b"Root")
    }
}
