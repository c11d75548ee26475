//! Correlations among the owner's rules: what they name is looked up once all rules are read, wherever those stand.

use std::sync::Arc;

use trailbell_sigma::{Correlation, CorrelationRule, Rule};
use trailbell_text::{Diagnostic, Span};

use crate::own_rule::{OwnRule, RulePattern};
use crate::reader::{Reader, suggestion};
use crate::settings::Settings;
use crate::sigma::one_line;

/// A correlation, and where what it says stands.
pub(crate) struct Written {
    /// The rule it is.
    pub(crate) rule: String,
    /// Its title.
    pub(crate) title: Span,
    /// What it names, in its order.
    pub(crate) references: Vec<Span>,
    /// The name and the text of its file; `None`: it stands in the settings.
    pub(crate) file: Option<(String, Arc<str>)>,
}

/// Looks up what correlations name, and leaves those out that count rules for other logs alone.
pub(crate) fn resolve(settings: &mut Settings, reader: &mut Reader<'_>) {
    let all = std::mem::take(&mut reader.correlations);
    let other_logs = std::mem::take(&mut reader.other_logs);
    let left_out = left_out(&settings.own_rules, &all, &other_logs);
    for written in all.iter().filter(|written| left_out.contains(&written.rule.as_str())) {
        let message = "This correlation counts rules for other logs and is left out";
        match &written.file {
            Some((name, text)) => {
                let said = Diagnostic::new(message, written.title);
                reader.say_of_file(name, text, |file| file.left_out.push(said));
            }
            None => reader.warn(
                written.title,
                message,
                "the rules it counts are for CloudTrail with `product: aws` and `service: cloudtrail` in their `logsource`",
            ),
        }
    }
    settings.own_rules.retain(|own| !left_out.contains(&own.name.as_str()));
    let correlations: Vec<(&OwnRule, &CorrelationRule, &Written)> = all
        .iter()
        .filter_map(|written| {
            let own = settings.own_rules.iter().find(|own| own.name == written.rule)?;
            Some((own, own.pattern.correlation()?, written))
        })
        .collect();
    let house = House { own_rules: &settings.own_rules, other_logs: &other_logs };
    for (own, correlation, written) in &correlations {
        for (reference, span) in correlation.rules().iter().zip(&written.references) {
            house.look_up(own, reference, *span, written, reader);
        }
    }
    let rules: Vec<CorrelationRule> = correlations.iter().map(|(_, rule, _)| (*rule).clone()).collect();
    if let Err(cycle) = Correlation::new(rules) {
        // Where one of them names another.
        let place = cycle.rules.iter().find_map(|at| {
            let (_, correlation, written) = correlations.get(*at)?;
            let is_of_it = |reference: &str| {
                cycle
                    .rules
                    .iter()
                    .filter_map(|at| correlations.get(*at))
                    .any(|(_, one, _)| one.is_called(reference))
            };
            let nth = correlation.rules().iter().position(|reference| is_of_it(reference))?;
            Some((*written.references.get(nth)?, *written))
        });
        if let Some((span, written)) = place {
            let titles: Vec<String> = cycle.titles.iter().map(|title| one_line(title)).collect();
            let message =
                format!("These correlations refer to one another in a circle: {}", titles.join(", "));
            let problem = Diagnostic::new(message, span);
            written.problem(problem.with_hint("leave one of these references out"), reader);
        }
    }
}

/// The correlations of whose rules none is for CloudTrail, and some are for other logs.
fn left_out<'w>(own_rules: &[OwnRule], all: &'w [Written], other_logs: &[Rule]) -> Vec<&'w str> {
    let mut left_out: Vec<&str> = Vec::new();
    loop {
        let is_other = |reference: &str, left_out: &[&str]| {
            let called = |own: &&OwnRule| own.pattern.is_called(reference);
            let (out, here): (Vec<&OwnRule>, Vec<&OwnRule>) =
                own_rules.iter().filter(called).partition(|own| left_out.contains(&own.name.as_str()));
            here.is_empty() && (!out.is_empty() || other_logs.iter().any(|rule| rule.is_called(reference)))
        };
        let next = all.iter().filter(|written| !left_out.contains(&written.rule.as_str())).find(|written| {
            let own = own_rules.iter().find(|own| own.name == written.rule);
            own.and_then(|own| own.pattern.correlation())
                .is_some_and(|correlation| correlation.rules().iter().all(|one| is_other(one, &left_out)))
        });
        match next {
            Some(written) => left_out.push(&written.rule),
            None => return left_out,
        }
    }
}

struct House<'a> {
    own_rules: &'a [OwnRule],
    other_logs: &'a [Rule],
}

impl House<'_> {
    /// Says what is to be said of one reference: that nothing has that name, or that what has it never counts.
    fn look_up(
        &self,
        own: &OwnRule,
        reference: &str,
        span: Span,
        written: &Written,
        reader: &mut Reader<'_>,
    ) {
        let called: Vec<&OwnRule> =
            self.own_rules.iter().filter(|rule| rule.pattern.is_called(reference)).collect();
        let shown = one_line(reference);
        if called.iter().any(|rule| rule.enabled) || (!called.is_empty() && !own.enabled) {
            return;
        }
        if !called.is_empty() {
            let message = format!("`{shown}` is switched off, so this correlation never counts it");
            let hint = "switch it on: what a correlation counts is told only by the correlation";
            written.warning(Diagnostic::new(message, span).with_hint(hint), reader);
        } else if self.other_logs.iter().any(|rule| rule.is_called(reference)) {
            let message = format!("`{shown}` is for other logs, so this correlation never counts it");
            written.warning(Diagnostic::new(message, span), reader);
        } else {
            let names = self.own_rules.iter().filter_map(|rule| rule.pattern.sigma_names());
            let names: Vec<&str> = names.flatten().collect();
            let is_entry = |rule: &OwnRule| rule.name == reference && rule.pattern.about().is_some();
            let hint = match suggestion(reference, &names) {
                _ if self.own_rules.iter().any(is_entry) => format!(
                    "a Sigma rule is called so here, but not by itself: give it `name: {shown}`, or write its title"
                ),
                hint if hint.starts_with("did") => hint,
                _ => {
                    "write the `name`, the `id` or the title of a Sigma rule of this configuration".to_owned()
                }
            };
            let message = format!("There is no Sigma rule `{shown}`");
            written.problem(Diagnostic::new(message, span).with_hint(hint), reader);
        }
    }
}

impl Written {
    fn problem(&self, problem: Diagnostic, reader: &mut Reader<'_>) {
        match &self.file {
            Some((name, text)) => reader.say_of_file(name, text, |file| file.problems.push(problem)),
            None => reader.problems.push(problem),
        }
    }

    fn warning(&self, warning: Diagnostic, reader: &mut Reader<'_>) {
        match &self.file {
            Some((name, text)) => reader.say_of_file(name, text, |file| file.warnings.push(warning)),
            None => reader.warnings.push(warning),
        }
    }
}

impl RulePattern {
    /// Whether a correlation that writes this means it.
    fn is_called(&self, reference: &str) -> bool {
        match self {
            Self::Sigma(rule) => rule.is_called(reference),
            Self::Correlation(rule) => rule.is_called(reference),
            Self::Filter(_) | Self::Event(_) => false,
        }
    }

    /// What a correlation may write for it.
    fn sigma_names(&self) -> Option<impl Iterator<Item = &str>> {
        let (name, about) = match self {
            Self::Sigma(rule) => (rule.name(), rule.about()),
            Self::Correlation(rule) => (rule.name(), rule.about()),
            Self::Filter(_) | Self::Event(_) => return None,
        };
        Some([name, about.id, Some(about.title)].into_iter().flatten())
    }
}
