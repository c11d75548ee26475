//! Reading into plain values that tests compare.
#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::io::Write as _;

use trailbell_record::{Contents, Event, Limits, Problem, Reader, Sink, Skipped};

/// All that a reading told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) names: Vec<String>,
    pub(crate) texts: Vec<String>,
    /// `line:column: message`
    pub(crate) problems: Vec<String>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) contents: Contents,
}

#[derive(Default)]
struct Collect {
    names: Vec<String>,
    texts: Vec<String>,
    problems: Vec<String>,
    skipped: Vec<Skipped>,
}

impl Sink for Collect {
    fn event(&mut self, event: Event<'_>) {
        // Valid JSON may still have half a character for a key, which no record can.
        let Ok(record) = event.record() else {
            assert!(!event.is_exact() && event.text().contains("\\u"), "{}", event.text());
            return;
        };
        if event.is_exact() {
            assert_eq!(event.event_name().unwrap_or_default(), record.event_name());
            assert_eq!(event.event_source().unwrap_or_default(), record.event_source());
            assert_eq!(event.event_type().unwrap_or_default(), record.event_type());
            assert_eq!(event.error_code().unwrap_or_default(), record.error_code().unwrap_or_default());
            assert_eq!(event.read_only(), record.read_only());
            assert_eq!(
                event.identity_type().unwrap_or_default(),
                record.text(&["userIdentity", "type"]).unwrap_or_default()
            );
        }
        self.names.push(record.event_name().to_owned());
        self.texts.push(event.text().to_owned());
    }

    fn problem(&mut self, problem: Problem) {
        let place = problem.position;
        self.problems.push(format!("{}:{}: {}", place.line, place.column, problem.message));
    }

    fn skipped(&mut self, skipped: Skipped) {
        self.skipped.push(skipped);
    }
}

impl Collect {
    fn told(self, contents: Contents) -> Told {
        Told {
            names: self.names,
            texts: self.texts,
            problems: self.problems,
            skipped: self.skipped,
            contents,
        }
    }
}

pub(crate) fn read(bytes: &[u8]) -> Told {
    read_within(bytes, Limits::default())
}

pub(crate) fn read_within(bytes: &[u8], limits: Limits) -> Told {
    let mut collect = Collect::default();
    let contents = Reader::new(limits).read_bytes(bytes, &mut collect);
    collect.told(contents)
}

/// Bites of odd sizes, so that windows end everywhere.
pub(crate) struct Bites<'a>(&'a [u8], usize);
impl<'a> Bites<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes, 7)
    }
}

impl std::io::Read for Bites<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.1 = self.1 * 31 % 1009 + 1;
        // Long sources in longer bites, for the test's sake.
        let bite = if self.0.len() > 100_000 { 65_537 } else { self.1 };
        let length = bite.min(out.len()).min(self.0.len());
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

/// Reads in bites.
pub(crate) fn read_stream(bytes: &[u8]) -> Told {
    read_stream_within(bytes, Limits::default())
}

pub(crate) fn read_stream_within(bytes: &[u8], limits: Limits) -> Told {
    let mut collect = Collect::default();
    let contents = Reader::new(limits).read_stream(&mut Bites::new(bytes), &mut collect);
    collect.told(contents)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A record of ordinary shape.
pub(crate) fn record(name: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"}},"eventTime":"2026-11-23T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.13.5","requestParameters":{{"policyDocument":"{{\"Version\":\"2012-10-17\",\"Statement\":[]}}"}},"responseElements":null,"requestID":"r","eventID":"e-{name}","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}}"#
    )
}
