//! What earlier events say about one, what it is worth in their light, and whether its rules ask for more.

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_detect::{Detection, Rule, RuleName, RuleSet, What};
use trailbell_history::{
    Circumstances, Count, Deed, Dimension, Ending, History, Occurrence, Seen, Tally, Terms, Unusual, When,
};
use trailbell_notice::{self as notice, Comparison, Facts, Folded, Lang, Networks, distance_km};
use trailbell_outbox::Identity;
use trailbell_policy_versions::PolicyVersions;
use trailbell_record::{
    ActorKind, Behind, GrantTexts, How, Outcome, PolicyEdit, PolicySeen, Record, SessionGrant, Sure,
};
use trailbell_session::Sessions;
use trailbell_text::{Severity, Untrusted};

use crate::action::{self, Action};
use crate::correlations::Completed;
use crate::person;

/// What is usual for whom, who is behind whose credentials, what policies said, and how often rules that count were met.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    pub(crate) history: History,
    pub(crate) tally: Tally,
    pub(crate) sessions: Sessions,
    pub(crate) policies: PolicyVersions,
    /// What addresses are looked up in: the same as in the words of a notice.
    pub(crate) networks: Networks,
}

/// An action that has been compared: everything a notice is made of but its words.
pub(crate) struct Telling {
    pub(crate) record: Record,
    pub(crate) detection: Detection,
    pub(crate) behind: Option<Behind>,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) earlier_policy: Option<PolicySeen>,
    pub(crate) named_policy: Option<PolicySeen>,
    pub(crate) folded: Vec<Folded>,
    pub(crate) events: Vec<Identity>,
    pub(crate) completed: Vec<Completed>,
}

/// What comes of comparing.
pub(crate) enum Compared {
    /// It is told.
    Told(Box<Telling>),
    /// Every rule it met asks for more, and that is not so. It has been learned all the same.
    Unmet(Vec<Identity>),
}

impl Habits {
    /// Nothing seen yet.
    pub(crate) fn new(settings: &Settings, networks: &Networks) -> Self {
        let span = |time: std::time::Duration| time.try_into().unwrap_or(jiff::SignedDuration::MAX);
        let terms =
            Terms { learning: span(settings.history.learning), forget: span(settings.history.forget) };
        Self {
            history: History::new(terms),
            policies: PolicyVersions::new(terms.forget),
            networks: networks.clone(),
            ..Self::default()
        }
    }

    /// Takes note of credentials that were handed out, and of the role that somebody took. Looking back, one hears of
    /// everything as it happens.
    pub(crate) fn learn_grant(&mut self, grant: &SessionGrant, heard: Option<Timestamp>) {
        let heard = heard.unwrap_or(grant.at);
        self.sessions.forget(heard);
        self.sessions.learn(grant, heard);
        let behind = self.sessions.behind_caller(grant);
        if let Some((person, role)) = person::taker(grant, behind.as_ref()) {
            self.history.learn_role(&person, &role, grant.at);
        }
    }

    /// The same, looking back, of what was handed out as AWS writes it: read no further than the role and a user who took it, unless
    /// somebody may be known behind whoever asked. Where nobody asks for its key, who got it need not be remembered.
    pub(crate) fn learn_grant_texts(&mut self, grant: &GrantTexts<'_>, is_asked: bool) {
        self.sessions.forget(grant.at);
        if is_asked {
            self.sessions.learn_texts(grant, grant.at);
        }
        let taken = if self.sessions.may_know_caller(grant) {
            let Some(grant) = grant.grant() else { return };
            person::taker(&grant, self.sessions.behind_caller(&grant).as_ref())
        } else {
            person::plain_taker(grant)
        };
        if let Some((person, role)) = taken {
            self.history.learn_role(&person, &role, grant.at);
        }
    }

    /// Takes note of what a change made of a policy, also where nobody is told of it.
    pub(crate) fn learn_policy(&mut self, record: &Record, detection: &Detection) {
        if let Some(edit) = policy_edit(record, detection) {
            self.policies.learn(&edit);
        }
    }

    /// The policy before the change, and what one that the record only names says.
    fn policies_of(
        &self,
        record: &Record,
        detection: &Detection,
    ) -> (Option<PolicySeen>, Option<PolicySeen>) {
        let What::Change(change) = &detection.what else { return (None, None) };
        let edit = policy_edit(record, detection);
        let named = match &edit {
            Some(edit) => self.policies.put_in_force(edit),
            None => PolicyEdit::attached_by(change)
                .and_then(|policy| self.policies.named(&policy, record.event_time()?)),
        };
        (edit.and_then(|edit| self.policies.before(&edit)), named)
    }

    /// What earlier events say about the action, which then joins them.
    pub(crate) fn compare(&mut self, action: Action, rules: &RuleSet, settings: &Settings) -> Compared {
        let Action { record, detection, mut folded, events, completed, .. } = action;
        folded.sort_by_key(|folded| folded.event_time);
        let behind = self.sessions.behind(&record, &detection.actor);
        let occurrence = person::occurrence(&record, &detection, behind.as_ref(), &self.networks);
        let taken = occurrence.map(|(occurrence, ending)| {
            let mut seen = self.history.take(&occurrence, ending, distance_km);
            let place = occurrence.place.as_deref();
            let expectation = Expectation::of(&record, &detection, behind.as_ref(), place, settings);
            expectation.temper(&mut seen);
            (occurrence, ending, seen, expectation)
        });
        let (earlier_policy, named_policy) = self.policies_of(&record, &detection);
        let mut telling = Telling {
            record,
            detection,
            behind,
            comparison: None,
            earlier_policy,
            named_policy,
            folded,
            events,
            completed,
        };
        let Some((occurrence, ending, seen, expectation)) = taken else {
            telling.weigh_named_policy(rules);
            return Compared::Told(Box::new(telling));
        };
        let asked = Asked { seen: &seen, expectation: &expectation, occurrence: &occurrence };
        if !self.ask(&mut telling, &asked, rules, settings) {
            return Compared::Unmet(telling.events);
        }
        telling.weigh_named_policy(rules);
        if !weigh(&mut telling.detection, &asked, settings) && ending == Ending::Authentic {
            let severity = &mut telling.detection.severity;
            *severity = (*severity).max(raised(&seen, &occurrence, telling.detection.outcome));
        }
        telling.comparison = Some(comparison(&occurrence, seen, &expectation));
        Compared::Told(Box::new(telling))
    }

    /// Asks the rules that have a `when`; those whose does not hold did not meet it. Whether any is left.
    fn ask(
        &mut self,
        telling: &mut Telling,
        asked: &Asked<'_>,
        rules: &RuleSet,
        settings: &Settings,
    ) -> bool {
        let unmet: Vec<RuleName> = telling
            .detection
            .rules
            .iter()
            .filter(|rule| {
                let when = settings.when_of(rule.as_str());
                when.is_some_and(|when| !self.holds(rule.as_str(), when, asked))
            })
            .cloned()
            .collect();
        if unmet.is_empty() {
            return true;
        }
        telling.detection.rules.retain(|rule| !unmet.contains(rule));
        telling.completed.retain(|one| unmet.iter().all(|rule| rule.as_str() != one.rule));
        if telling.detection.rules.is_empty() {
            return false;
        }
        let left = telling.detection.rules.clone();
        let correlations: Vec<&RuleName> = left
            .iter()
            .filter(|rule| telling.completed.iter().any(|one| one.rule == rule.as_str()))
            .collect();
        // What is left may be another kind, and less grave; a rule that only a folded record met changes neither.
        if let Some(again) = rules.inspect_as(&telling.record, |rule| left.contains(rule), &correlations) {
            let folded = telling.folded.iter().map(|folded| folded.severity).max();
            let rules = std::mem::take(&mut telling.detection.rules);
            let severity = again.severity.max(folded.unwrap_or(Severity::Info));
            let what = if again.kind == telling.detection.kind { None } else { Some(again.what) };
            telling.detection = Detection {
                kind: again.kind,
                severity,
                rules,
                what: what.unwrap_or_else(|| telling.detection.what.clone()),
                ..telling.detection.clone()
            };
        }
        true
    }

    fn holds(&mut self, rule: &str, when: &When, asked: &Asked<'_>) -> bool {
        let at = asked.occurrence.at;
        let counted = self.tally.take(rule, when, at, |count| counted_apart(count, asked.occurrence));
        when.holds(&asked.circumstances(&counted))
    }

    /// A failed sign-in of before a restart is the prelude of a success again.
    pub(crate) fn remember_failure(&mut self, telling: &Telling) {
        let behind = telling.behind.as_ref();
        let occurrence = person::occurrence(&telling.record, &telling.detection, behind, &self.networks);
        if let Some((occurrence, Ending::Failed)) = occurrence {
            self.history.learn_failure(&occurrence);
        }
    }

    /// Nobody keeps what has changed, which would pile up.
    pub(crate) fn drop_changes(&mut self) {
        self.history.drop_changes();
        self.sessions.drop_changes();
        self.policies.drop_changes();
    }

    /// Forgets what is past remembering.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.history.forget(now);
        self.tally.forget(now);
        self.sessions.forget(now);
        self.policies.forget(now);
    }
}

fn policy_edit(record: &Record, detection: &Detection) -> Option<PolicyEdit> {
    match &detection.what {
        What::Change(change) => PolicyEdit::of(record, change, detection.outcome),
        _ => None,
    }
}

/// What rules are asked about.
struct Asked<'a> {
    seen: &'a Seen,
    expectation: &'a Expectation,
    occurrence: &'a Occurrence,
}

impl Asked<'_> {
    const fn circumstances<'a>(&'a self, counted: &'a [u64]) -> Circumstances<'a> {
        Circumstances {
            seen: self.seen,
            is_expected_person: self.expectation.person,
            is_expected_place: self.expectation.place,
            counted,
        }
    }
}

/// By what a count is apart.
fn counted_apart(count: &Count, occurrence: &Occurrence) -> Option<String> {
    match count.by {
        None => Some(String::new()),
        Some(Dimension::Person) => Some(occurrence.person.clone()),
        Some(Dimension::Country) => occurrence.place.clone(),
        Some(Dimension::Network) => occurrence.network.clone(),
        Some(Dimension::Client) => occurrence.client.clone(),
        Some(Dimension::Address) => occurrence.address.clone(),
        Some(Dimension::Role) => occurrence.role.clone(),
        Some(Dimension::Hour) => Some((occurrence.at.as_second().rem_euclid(86_400) / 3_600).to_string()),
    }
}

/// What the settings expect of it.
struct Expectation {
    person: bool,
    place: bool,
}

impl Expectation {
    fn of(
        record: &Record,
        detection: &Detection,
        behind: Option<&Behind>,
        place: Option<&str>,
        settings: &Settings,
    ) -> Self {
        let expected = &settings.expected;
        let actor = &detection.actor;
        // Somebody who is behind a role for certain is expected in it, too; what a session calls itself, or another account its
        // users, is nobody's name here.
        let chose = matches!(
            actor.kind,
            ActorKind::AssumedRole | ActorKind::FederatedUser | ActorKind::OutsideAccount
        );
        let behind = behind.filter(|behind| behind.sure == Sure::Certain && behind.how != How::Machine);
        let names = [
            Some(&actor.name).filter(|_| !chose),
            actor.arn.as_ref(),
            behind.map(|behind| &behind.name),
            behind.and_then(|behind| behind.arn.as_ref()),
        ]
        .map(|name| name.map(Untrusted::raw));
        let address = record.source_address().unwrap_or_default();
        Self {
            person: expected.has_person(names.into_iter().flatten()),
            place: expected.has_place(address, place),
        }
    }

    /// What is expected is not unusual; that somebody guessed before it is, whoever it was.
    fn temper(&self, seen: &mut Seen) {
        let is_expected = |unusual: &Unusual| match unusual {
            Unusual::Person => self.person,
            Unusual::Country | Unusual::Network | Unusual::Travel => self.place,
            _ => false,
        };
        seen.unusual.retain(|unusual| !is_expected(unusual));
        if self.place {
            seen.travel = None;
        }
    }
}

/// What the settings make of it: each rule is worth what its first `severity_when` that holds says. Whether any says something.
fn weigh(detection: &mut Detection, asked: &Asked<'_>, settings: &Settings) -> bool {
    let said = detection.rules.iter().map(|rule| {
        let severities = settings.severity_when_of(rule.as_str());
        let held = severities.iter().find(|(when, _)| when.holds(&asked.circumstances(&[])));
        held.map(|(_, severity)| *severity)
    });
    let said: Vec<Option<Severity>> = said.collect();
    let Some(most) = said.iter().flatten().max().copied() else { return false };
    // A rule about which nothing is said keeps what it is worth.
    let lowers = said.iter().all(Option::is_some);
    detection.severity = if lowers { most } else { detection.severity.max(most) };
    true
}

fn comparison(occurrence: &Occurrence, seen: Seen, expectation: &Expectation) -> Comparison {
    Comparison {
        earlier: seen.earlier,
        from_here: occurrence.place.is_some().then_some(seen.from_here),
        with_this: occurrence.client.is_some().then_some(seen.with_this),
        usual_place: seen.usual_place,
        first: seen.first,
        last: seen.last,
        failures_before: seen.failures_before,
        unusual: seen.unusual,
        known_for_seconds: seen.known_for.map(|known_for| known_for.as_secs()),
        absent_seconds: seen.absent.map(|absent| absent.as_secs()),
        travel: seen.travel,
        is_expected_place: expectation.place,
    }
}

/// What something is worth in the light of earlier ones: `critical` after a burst of failures; a new country alone is `medium`, and
/// `high` only with a second sign, for people travel.
fn raised(seen: &Seen, occurrence: &Occurrence, outcome: Outcome) -> Severity {
    if outcome != Outcome::Success {
        return Severity::Info;
    }
    if seen.is(Unusual::AfterFailures) {
        return Severity::Critical;
    }
    let has_second_sign =
        [Unusual::Client, Unusual::Hour, Unusual::Travel].into_iter().any(|sign| seen.is(sign))
            || (occurrence.deed == Deed::SignIn && seen.failures_before > 0);
    // What anybody can rent says no country, and is as good as abroad.
    let is_rented = occurrence.network.as_deref().is_some_and(|network| network.starts_with("cloud:"));
    let is_abroad = seen.is(Unusual::Country) || is_rented && seen.is(Unusual::Network);
    match (is_abroad, has_second_sign) {
        (true, true) => Severity::High,
        (true, false) => Severity::Medium,
        (false, _) if seen.is(Unusual::Travel) || seen.is(Unusual::Person) => Severity::Medium,
        (false, _) => Severity::Info,
    }
}

impl Telling {
    /// A policy that is only named is as grave as what it is known to say.
    fn weigh_named_policy(&mut self, rules: &RuleSet) {
        let text = self.named_policy.as_ref().and_then(|seen| seen.text.as_deref());
        if let Some(severity) = text.and_then(|text| rules.severity_by_text(&self.detection, text)) {
            self.detection.severity = self.detection.severity.max(severity);
        }
    }

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
            behind: self.behind.clone(),
            comparison: self.comparison.clone(),
            earlier_policy: self.earlier_policy.clone(),
            named_policy: self.named_policy.clone(),
            folded: self.folded.clone(),
            ..action::facts(&self.record, &self.detection)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use trailbell_json::Json;
    use trailbell_record::Picked;

    use super::*;
    use crate::asked::AskedKeys;

    const CALLERS: &[&str] = &[
        r#"{"type":"IAMUser","accountId":"123456789012","userName":"alice","accessKeyId":"AKIAEXAMPLE"}"#,
        r#"{"type":"IAMUser","accountId":"210987654321","userName":"alice","accessKeyId":"AKIAEXAMPLE"}"#,
        r#"{"type":"IAMUser","accountId":"123456789012","principalId":"AIDAEXAMPLE"}"#,
        r#"{"type":"AssumedRole","accountId":"123456789012","principalId":"AROAEXAMPLE:work","arn":"arn:aws:sts::123456789012:assumed-role/Jump/work","accessKeyId":"ASIA1"}"#,
        r#"{"type":"AssumedRole","accountId":"123456789012","principalId":"AROAEXAMPLE:work","accessKeyId":"ASIA2","sessionContext":{"sourceIdentity":"carol"}}"#,
        r#"{"type":"AssumedRole","accountId":"210987654321","principalId":"AROAEXAMPLE:work","accessKeyId":"ASIA2"}"#,
        r#"{"type":"AssumedRole","accountId":"123456789012","principalId":"AROAEXAMPLE:bob","arn":"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admins_0123456789abcdef/bob"}"#,
        r#"{"type":"AWSAccount","accountId":"210987654321","principalId":"AIDAEXAMPLE"}"#,
        r#"{"type":"Root","accountId":"123456789012"}"#,
        "null",
    ];

    proptest! {
        /// What is kept as texts teaches what it teaches when it is read whole, also where only those are remembered whose key is asked for.
        #[test]
        fn grants_teach_the_same_unread(
            grants in prop::collection::vec((0..CALLERS.len(), 0..4_u32, prop::sample::select(&["Admin", "ops/Deploy", ""][..]), any::<bool>()), 1..12),
        ) {
            let new = || Habits::new(&Settings::default(), &Networks::default());
            let (mut read, mut unread, mut only) = (new(), new(), new());
            let acted = Record::new(Json::parse(
                r#"{"eventTime":"2026-11-23T12:30:00Z","userIdentity":{"type":"AssumedRole","accountId":"123456789012","principalId":"AROAEXAMPLE:work","accessKeyId":"ASIA0"}}"#,
            ).unwrap());
            let mut asked = AskedKeys::default();
            asked.extend(acted.access_key_id());
            for caller in CALLERS {
                let caller = Json::parse(caller).unwrap();
                asked.extend(caller.get("accessKeyId").and_then(Json::as_str));
            }
            for (minute, (caller, key, role, has_recipient)) in grants.into_iter().enumerate() {
                let recipient = if has_recipient { r#""recipientAccountId":"123456789012","# } else { "" };
                let text = format!(
                    r#"{{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","eventTime":"2026-11-23T12:{minute:02}:00Z",{recipient}"userIdentity":{},
                        "requestParameters":{{"roleArn":"arn:aws:iam::123456789012:role/{role}","roleSessionName":"work"}},
                        "responseElements":{{"credentials":{{"accessKeyId":"ASIA{key}","expiration":"Nov 23, 2026, 1:{minute:02}:00 PM"}}}}}}"#,
                    CALLERS[caller],
                );
                let grant = SessionGrant::of(&Record::new(Json::parse(&text).unwrap())).unwrap();
                read.learn_grant(&grant, None);
                let Picked::Texts { whole, .. } = GrantTexts::pick(&text) else { panic!("{text}") };
                let texts = GrantTexts::of(&whole).unwrap();
                unread.learn_grant_texts(&texts, true);
                only.learn_grant_texts(&texts, asked.may_have(texts.key));
            }
            let actor = trailbell_record::Actor::of(&acted);
            prop_assert_eq!(only.sessions.behind(&acted, &actor), read.sessions.behind(&acted, &actor));
            let learned = read.history.take_changes();
            prop_assert_eq!(&only.history.take_changes(), &learned);
            prop_assert_eq!(&unread.history.take_changes(), &learned);
            prop_assert_eq!(unread.sessions.take_changes(), read.sessions.take_changes());
        }
    }
}
