//! A log event behind an alarm, as a line that says who did what: whether one of the owner's rules meets it or not, for the alarm's
//! filter has.

use trailbell_detect::{Detection, RuleSet, RuleSettings};
use trailbell_json::Json;
use trailbell_notice::{Behind, Line, Reader};
use trailbell_record::Record;
use trailbell_text::{Kind, Severity};

use crate::action::facts;

/// Words log events.
#[derive(Debug)]
pub struct Teller<'a> {
    rules: &'a RuleSet,
    reader: &'a Reader,
    /// All built-in rules, those that the owner has switched off too.
    built_in: Option<RuleSet>,
}

impl<'a> Teller<'a> {
    /// Says it as the owner's rules and the reader's names for accounts have it.
    pub fn new(rules: &'a RuleSet, reader: &'a Reader) -> Self {
        Self { rules, reader, built_in: RuleSet::new(RuleSettings::default()).ok() }
    }

    /// The line for a log event; `None` where it is none of CloudTrail's.
    pub fn tell(&self, message: &str) -> Option<Behind> {
        let json = Json::parse(message).ok()?;
        self.tell_record(&Record::new(json))
    }

    /// The same for a log event that has been read.
    pub(crate) fn tell_record(&self, record: &Record) -> Option<Behind> {
        if record.event_name().is_empty() || record.event_source().is_empty() {
            return None;
        }
        let detection = self
            .rules
            .inspect(record)
            .or_else(|| self.built_in.as_ref()?.inspect(record))
            .unwrap_or_else(|| Detection::again(record, Kind::RuleMatch, Severity::Info, &[]));
        let line = Line::of(&facts(record, &detection), self.reader);
        Some(Behind { line, address: record.source_address().map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use trailbell_notice::Lang;
    use trailbell_text::Channel;

    use super::*;

    fn told(message: &str) -> Option<(String, Severity)> {
        let rules = RuleSet::new(RuleSettings::default()).unwrap();
        let reader = Reader::new(Lang::En);
        let behind = Teller::new(&rules, &reader).tell(message)?;
        Some((behind.line.headline.en.render(Channel::Plain), behind.line.severity))
    }

    #[test]
    fn a_record_is_told_whether_a_rule_meets_it_or_not() {
        let record = |name: &str, source: &str| {
            format!(
                r#"{{"eventVersion":"1.08","eventName":"{name}","eventSource":"{source}","eventTime":"2026-11-24T10:00:00Z",
                   "eventID":"e","recipientAccountId":"123456789012","sourceIPAddress":"203.0.113.5","readOnly":true,
                   "userIdentity":{{"type":"IAMUser","userName":"alice","principalId":"AIDA","arn":"arn:aws:iam::123456789012:user/alice"}},
                   "requestParameters":{{"userName":"bob"}}}}"#
            )
        };
        let (headline, severity) = told(&record("CreateUser", "iam.amazonaws.com")).unwrap();
        assert!(
            headline.contains("alice") && headline.contains("bob") && severity > Severity::Info,
            "{headline}"
        );
        let (headline, severity) = told(&record("DescribeInstances", "ec2.amazonaws.com")).unwrap();
        assert!(headline.contains("alice") && headline.contains("DescribeInstances"), "{headline}");
        assert_eq!(severity, Severity::Info);
    }

    #[test]
    fn what_is_none_of_cloudtrail_s_is_left_to_be_shown_as_it_is() {
        for message in ["", "GET /admin 403", "{}", "[1]", r#"{"eventName":"x"}"#, &"[".repeat(100_000)] {
            assert_eq!(told(message), None, "{message:.40}");
        }
    }
}
