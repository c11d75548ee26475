//! A record as AWS brings it on: a log event of the trail's log group, and an event on the bus.

use std::cell::OnceCell;

use jiff::Timestamp;
use trailbell_json::Json;
use trailbell_notice::Behind;
use trailbell_record::{Actor, EventIdentity, Record};

use crate::behind::Teller;

/// Records above this size, in bytes, CloudTrail brings to S3 only.
const MOST_BYTES: usize = 256 * 1024;

/// The detail-types of a console sign-in: AWS's pages spell it both ways.
const SIGN_IN: [&str; 2] = ["AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"];

/// A record on its way.
#[derive(Debug)]
pub(super) struct Brought {
    pub(super) record: Record,
    /// The log event's text: the record as compact JSON.
    pub(super) message: String,
    /// When it happened.
    pub(super) time: Timestamp,
    told: OnceCell<Option<Behind>>,
}

impl Brought {
    pub(super) fn new(json: Json, time: Timestamp) -> Self {
        let message = json.to_string();
        Self { record: Record::new(json), message, time, told: OnceCell::new() }
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.message.len() > MOST_BYTES
    }

    pub(super) fn region(&self) -> &str {
        self.record.region().unwrap_or_default()
    }

    /// Whether the event only reads: such management events come only to rules that ask for all of them. Data events
    /// come to any.
    pub(super) fn only_reads(&self) -> bool {
        self.record.read_only() == Some(true)
            && self.record.json().get("managementEvent") != Some(&Json::Bool(false))
    }

    /// The event EventBridge makes of it, at a moment; of a sign-in one for each spelling, so that a rule meets it with either.
    pub(super) fn events(&self, at: Timestamp) -> Vec<Json> {
        detail_types(self.record.event_type()).iter().map(|detail_type| self.event(detail_type, at)).collect()
    }

    fn event(&self, detail_type: &str, at: Timestamp) -> Json {
        let text = |text: &str| Json::String(text.to_owned());
        let id = match self.record.identity() {
            EventIdentity::Event(account, id) => super::world::made_up_id(&["event", &account, &id]),
            EventIdentity::Content(hash) => super::world::made_up_id(&["event", &hash.to_string()]),
        };
        Json::Object(vec![
            ("version".to_owned(), text("0")),
            ("id".to_owned(), text(&id)),
            ("detail-type".to_owned(), text(detail_type)),
            ("source".to_owned(), text(&format!("aws.{}", self.record.service()))),
            ("account".to_owned(), text(self.record.account().unwrap_or_default())),
            ("time".to_owned(), text(&at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
            ("region".to_owned(), text(self.region())),
            ("resources".to_owned(), Json::Array(Vec::new())),
            ("detail".to_owned(), self.record.json().clone()),
        ])
    }

    /// Who did what, in words; `None` where the record does not say what.
    pub(super) fn told(&self, words: &Teller<'_>) -> Option<&Behind> {
        self.told.get_or_init(|| words.tell_record(&self.record)).as_ref()
    }

    /// Whether a text names who did it, or what was done.
    pub(super) fn is_named_in(&self, text: &str) -> bool {
        let actor = Actor::of(&self.record);
        let names = |word: &str| !word.is_empty() && text.contains(word);
        names(self.record.event_name()) || names(actor.name.raw())
    }
}

fn detail_types(event_type: &str) -> &'static [&'static str] {
    match event_type {
        "AwsConsoleSignIn" | "AwsConsoleSignin" => &SIGN_IN,
        "AwsServiceEvent" => &["AWS Service Event via CloudTrail"],
        "AwsConsoleAction" => &["AWS Console Action via CloudTrail"],
        "AwsCloudTrailInsight" => &["AWS Insight via CloudTrail"],
        _ => &["AWS API Call via CloudTrail"],
    }
}
