//! What earlier events say about one, and what it is worth in their light.

use trailbell_detect::{Detection, Rule, RuleSet, What};
use trailbell_history::{History, Occurrence, Seen};
use trailbell_notice::{self as notice, Client, Comparison, Facts, Folded, Lang, Network};
use trailbell_outbox::Identity;
use trailbell_record::{Outcome, Record, Way};
use trailbell_text::Severity;

use crate::action::{self, Action};
use crate::correlations::Completed;

/// What is usual for whom: of sign-ins and of changes apart.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    pub(crate) sign_ins: History,
    pub(crate) changes: History,
}

/// An action that has been compared: everything a notice is made of but its words.
pub(crate) struct Telling {
    pub(crate) record: Record,
    pub(crate) detection: Detection,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) folded: Vec<Folded>,
    pub(crate) events: Vec<Identity>,
    pub(crate) completed: Vec<Completed>,
}

impl Habits {
    /// What earlier events say about the action, which then joins them.
    pub(crate) fn compare(&mut self, action: Action) -> Telling {
        let Action { record, mut detection, mut folded, events, completed, .. } = action;
        folded.sort_by_key(|folded| folded.event_time);
        let place = Network::of(record.source_address()).place();
        let seen = self.seen(&record, &detection, place.as_ref());
        if let (What::SignIn(_), Some(seen)) = (&detection.what, &seen) {
            detection.severity = detection.severity.max(raised(&detection, seen, place.as_deref()));
        }
        let client_known = Client::of(record.user_agent()).family().is_some();
        let comparison = seen.map(|seen| Comparison {
            earlier: seen.earlier,
            from_here: place.is_some().then_some(seen.from_here),
            with_this: client_known.then_some(seen.with_this),
            usual_place: seen.usual_place,
            first: seen.first,
            last: seen.last,
            failures_before: seen.failures_before as u64,
        });
        Telling { record, detection, comparison, folded, events, completed }
    }

    fn seen(&mut self, record: &Record, detection: &Detection, place: Option<&String>) -> Option<Seen> {
        let history = match &detection.what {
            What::SignIn(_) => &mut self.sign_ins,
            What::Change(_) => &mut self.changes,
            _ => return None,
        };
        let occurrence = occurrence(record, detection, place)?;
        let seen = history.compare(&occurrence);
        if detection.outcome == Outcome::Success {
            history.learn(&occurrence);
        } else {
            history.learn_failure(&occurrence);
        }
        Some(seen)
    }

    /// A failed sign-in of before a restart is the prelude of a success again.
    pub(crate) fn remember_failure(&mut self, telling: &Telling) {
        let place = Network::of(telling.record.source_address()).place();
        if let Some(occurrence) = occurrence(&telling.record, &telling.detection, place.as_ref()) {
            self.sign_ins.learn_failure(&occurrence);
        }
    }
}

fn occurrence(record: &Record, detection: &Detection, place: Option<&String>) -> Option<Occurrence> {
    Some(Occurrence {
        // Doors differ: a first `aws login` by somebody who uses the console daily is a first all the same.
        who: match &detection.what {
            What::SignIn(sign_in) if sign_in.way == Way::AwsLogin => {
                format!("aws-login/{}", detection.actor.key()?)
            }
            _ => detection.actor.key()?,
        },
        name: format!("{}/{}", record.account().unwrap_or_default(), detection.actor.name.raw()),
        at: record.event_time()?,
        place: place.cloned(),
        client: Client::of(record.user_agent()).family().map(str::to_owned),
        address: record.source_address().unwrap_or_default().to_owned(),
    })
}

impl Telling {
    /// What the notice is made of, the rules called as in that language.
    pub(crate) fn facts(&self, rules: &RuleSet, lang: Lang) -> Facts<'_> {
        let words = |name: &str| {
            let rule = rules.rules().iter().find(|rule| rule.name().as_str() == name);
            let title = rule.map(|rule| {
                let title = rule.title();
                match lang {
                    Lang::En => title.en.clone().into_owned(),
                    Lang::Ja => title.ja.clone().into_owned(),
                }
            });
            // Of one that was completed more than once, as far as it was known last.
            let completed = self.completed.iter().filter(|one| one.rule == name);
            let completed = completed.max_by_key(|one| one.correlated.last);
            let sigma = rule.and_then(Rule::about).map(|about| notice::SigmaRule {
                title: about.title.into(),
                id: about.id.map(Into::into),
                correlated: completed.map(|one| one.correlated.clone()),
            });
            notice::Rule { name: name.to_owned(), title, sigma }
        };
        Facts {
            rules: self.detection.rules.iter().map(|name| words(name.as_str())).collect(),
            comparison: self.comparison.clone(),
            folded: self.folded.clone(),
            ..action::facts(&self.record, &self.detection)
        }
    }
}

/// What a sign-in is worth in the light of earlier ones (`critical` after a burst of failures; a new country
/// alone is `medium`, and `high` only with a second sign, for people travel).
fn raised(detection: &Detection, seen: &Seen, place: Option<&str>) -> Severity {
    if detection.outcome != Outcome::Success {
        return Severity::Info;
    }
    if seen.after_a_burst() {
        return Severity::Critical;
    }
    let new_place = seen.earlier > 0 && seen.from_here == 0 && place.is_some();
    let new_client = seen.earlier > 0 && seen.with_this == 0;
    match (new_place, new_client || seen.failures_before > 0) {
        (true, true) => Severity::High,
        (true, false) => Severity::Medium,
        (false, _) => Severity::Info,
    }
}
