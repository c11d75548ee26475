//! What to ask for where a service sends only what it is asked for: CloudTrail's Event history by one attribute a
//! query, CloudWatch Logs by a filter pattern.
//!
//! Both are *sound*: what a rule could meet is asked for. A rule of which that cannot be said makes the answer "everything".

use std::collections::{BTreeMap, BTreeSet};

use trailbell_filter_pattern::Pattern;
use trailbell_record::{Operation, SignIn};

use crate::condition::{Condition, FieldPath};
use crate::rule::{Check, Rule};
use crate::set::RuleSet;
use crate::sharing::Sharing;
use crate::tampering::Tampering;

/// Up to so many events of a service are asked for by name, and the service as a whole from there on: a query costs the same
/// whatever it finds, and busy services (`ec2`, `s3`) have few events of interest.
const NAMES_OF_A_SERVICE: usize = 3;
/// The longest filter pattern that CloudWatch Logs takes, in characters.
const MAX_FILTER: usize = 1024;
/// Services whose every event is asked for, because a rule meets all their writes.
const WHOLE: &[&str] = &["iam"];

/// One question to the Event history (`LookupEvents`), which takes one attribute a query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// All events of a service: `iam.amazonaws.com`.
    EventSource(String),
    /// All events of that name.
    EventName(String),
    /// All events by somebody of that name: `root`.
    Username(String),
    /// All events.
    Everything,
}

impl RuleSet {
    /// What the rules that are on need of the Event history; [`Question::Everything`] alone, where only that is enough.
    pub fn questions(&self) -> Vec<Question> {
        let Some(needs) = self.needs() else { return vec![Question::Everything] };
        let mut questions = BTreeSet::new();
        for (service, names) in needs.by_service() {
            match names {
                Some(names) => questions.extend(names.into_iter().map(Question::EventName)),
                None => drop(questions.insert(Question::EventSource(source(&service)))),
            }
        }
        questions.extend(needs.names.into_iter().map(Question::EventName));
        questions.extend(needs.sources.into_iter().map(Question::EventSource));
        if needs.root {
            questions.insert(Question::Username("root".to_owned()));
        }
        questions.into_iter().collect()
    }

    /// A filter pattern for CloudWatch Logs that lets everything through that the rules that are on could meet; `None` where no
    /// pattern of at most 1,024 characters can say that.
    pub fn superset_filter(&self) -> Option<String> {
        let needs = self.needs()?;
        let mut parts = Vec::new();
        for (service, names) in needs.by_service() {
            match names {
                Some(names) => parts.extend(names.iter().map(|name| part("eventName", name))),
                // `iam.amazonaws.com` and, in China, `iam.amazonaws.com.cn`.
                None => parts.push(part("eventSource", &format!("{service}.*"))),
            }
        }
        parts.extend(needs.names.iter().map(|name| part("eventName", name)));
        parts.extend(needs.sources.iter().map(|source| part("eventSource", source)));
        if needs.sign_in {
            // Some are written by other services; AWS spells the word in three ways, which begin alike.
            parts.push(part("eventType", "AwsConsole*"));
        }
        if needs.root {
            parts.push(part("userIdentity.type", "Root"));
        }
        // Services have calls of one name.
        let mut seen = BTreeSet::new();
        parts.retain(|part| seen.insert(part.clone()));
        let filter = format!("{{{}}}", parts.join("||"));
        // It is our own: that it is a pattern is checked all the same, for what the owner's rules put into it.
        (filter.len() <= MAX_FILTER && Pattern::parse(&filter).is_ok()).then_some(filter)
    }

    fn needs(&self) -> Option<Needs> {
        let mut needs = Needs::default();
        for rule in self.rules().iter().filter(|rule| rule.is_enabled()) {
            needs.add(rule)?;
        }
        Some(needs)
    }
}

fn source(service: &str) -> String {
    format!("{service}.amazonaws.com")
}

fn part(field: &str, value: &str) -> String {
    format!("($.{field}=\"{value}\")")
}

/// What rules need, told apart by how it can be asked for.
#[derive(Debug, Default)]
struct Needs {
    events: BTreeMap<String, BTreeSet<String>>,
    names: BTreeSet<String>,
    sources: BTreeSet<String>,
    root: bool,
    sign_in: bool,
}

impl Needs {
    /// `None`: only everything is enough.
    fn add(&mut self, rule: &Rule) -> Option<()> {
        match &rule.check {
            Check::SignIn => {
                self.sign_in = true;
                self.events(SignIn::events());
            }
            Check::Change => {
                self.events(Operation::events());
            }
            Check::Tampering => self.events(Tampering::events()),
            Check::Sharing => self.events(Sharing::events()),
            Check::Root => self.root = true,
            Check::Condition(condition) => self.condition(condition)?,
            // What it counts meets other rules.
            Check::Correlation(_) => {}
        }
        Some(())
    }

    fn events(&mut self, events: impl Iterator<Item = (&'static str, &'static str)>) {
        for (service, name) in events {
            self.events.entry(service.to_owned()).or_default().insert(name.to_owned());
        }
    }

    fn condition(&mut self, condition: &Condition) -> Option<()> {
        // What a pattern pins is asked for as it is written; a wildcard cannot be asked for.
        let plain = |texts: Vec<Box<str>>| -> Option<Vec<String>> {
            let fits = |text: &str| {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
            };
            texts.into_iter().map(|text| fits(&text).then(|| text.into_string())).collect()
        };
        if let Some(names) = condition.texts(&FieldPath::new(&["eventName"])).and_then(plain) {
            self.names.extend(names);
            return Some(());
        }
        if let Some(sources) = condition.texts(&FieldPath::new(&["eventSource"])).and_then(plain) {
            self.sources.extend(sources);
            return Some(());
        }
        let types = condition.texts(&FieldPath::new(&["userIdentity", "type"]))?;
        types.iter().all(|kind| &**kind == "Root").then(|| self.root = true)
    }

    /// Each service with the names to ask for, or `None` for all of it.
    fn by_service(&self) -> impl Iterator<Item = (String, Option<Vec<String>>)> + '_ {
        self.events.iter().map(|(service, names)| {
            let whole = WHOLE.contains(&service.as_str()) || names.len() > NAMES_OF_A_SERVICE;
            (service.clone(), (!whole).then(|| names.iter().cloned().collect()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleSettings;

    fn rules(pattern: Option<&str>) -> RuleSet {
        let custom = pattern.map(|pattern| crate::CustomRule {
            name: "own".to_owned(),
            condition: Pattern::parse(pattern).unwrap().into(),
            severity: trailbell_text::Severity::Medium,
            description: None,
        });
        RuleSet::new(RuleSettings { custom: custom.into_iter().collect(), ..RuleSettings::default() })
            .unwrap()
    }

    #[test]
    fn the_built_in_rules_ask_for_services_for_names_and_for_root() {
        let questions = rules(None).questions();
        for question in [
            Question::EventSource("iam.amazonaws.com".to_owned()),
            Question::EventSource("signin.amazonaws.com".to_owned()),
            Question::EventSource("cloudtrail.amazonaws.com".to_owned()),
            Question::EventName("DeleteFlowLogs".to_owned()),
            Question::Username("root".to_owned()),
        ] {
            assert!(questions.contains(&question), "{question:?} of {questions:#?}");
        }
        assert!(!questions.contains(&Question::EventSource("ec2.amazonaws.com".to_owned())));
        assert!(questions.len() < 60, "{} questions a look", questions.len());
    }

    #[test]
    fn the_built_in_rules_fit_into_one_filter_pattern() {
        let filter = rules(None).superset_filter().unwrap();
        assert!(filter.contains(r#"($.eventSource="iam.*")"#), "{filter}");
        assert!(filter.len() <= MAX_FILTER, "{} characters", filter.len());
    }

    #[test]
    fn a_rule_of_the_owners_is_asked_for_by_what_it_pins_or_everything_is() {
        let pinned = rules(Some(r#"{ $.eventName = "DeleteBucket" && $.eventSource = "s3.amazonaws.com" }"#));
        assert!(pinned.questions().contains(&Question::EventName("DeleteBucket".to_owned())));
        assert!(pinned.superset_filter().unwrap().contains("DeleteBucket"));
        for open in [r#"{ $.errorCode = "AccessDenied*" }"#, r#"{ $.eventName = "Delete*" }"#, "DeleteBucket"]
        {
            let open = rules(Some(open));
            assert_eq!(open.questions(), [Question::Everything]);
            assert_eq!(open.superset_filter(), None);
        }
    }
}
