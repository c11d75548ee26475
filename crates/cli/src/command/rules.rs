//! `rules`: the rules there are, built in and of the configuration, each whole, and how noisy each is.

mod show;
mod stats;
mod words;

use std::io::{self, BufWriter, Write as _};

use serde_json::{Value, json};
use trailbell_config::{OwnRule, Settings};
use trailbell_detect::{BUILTIN_RULES, RuleSet};
use trailbell_notice::Lang;
use trailbell_sigma::{About, CorrelationRule};
use trailbell_text::{Channel, Severity, Untrusted};

use crate::args::{Rules, RulesAction};
use crate::context::{Context, Failure};
use crate::output;

pub(crate) fn run(rules: &Rules, context: &Context) -> Result<u8, Failure> {
    match &rules.action {
        None | Some(RulesAction::List) => list(context),
        Some(RulesAction::Show(show)) => show::run(&show.rule, context),
        Some(RulesAction::Stats(stats)) => stats::run(stats, context),
    }
}

/// A rule as its owner sees it.
struct Described<'a> {
    name: &'a str,
    title: &'a str,
    enabled: bool,
    /// The severity of everything it meets; `None`: that depends on the event.
    severity: Option<Severity>,
    /// A rule of the configuration, and not a built-in one.
    own: Option<&'a OwnRule>,
}

impl Described<'_> {
    /// The key its pattern stands under in a configuration; the built-in rules that have none are code.
    fn language(&self) -> &'static str {
        match self.own {
            Some(own) => own.pattern.key(),
            None if self.name.starts_with("cis-") => "filter",
            None => "built-in",
        }
    }

    /// What it says of itself, where it is a rule or a correlation of Sigma.
    fn sigma(&self) -> Option<About<'_>> {
        self.own.and_then(|own| own.pattern.about())
    }

    /// The correlation it is, where it is one.
    fn correlation(&self) -> Option<&CorrelationRule> {
        self.own.and_then(|own| own.pattern.correlation())
    }

    fn json(&self) -> Value {
        let mut json = json!({
            "type": "rule", "rule": self.name, "enabled": self.enabled, "built_in": self.own.is_none(),
            "language": self.language(), "severity": self.severity.map(Severity::word), "title": self.title,
        });
        if let Some(sigma) = self.sigma() {
            json["sigma"] = json!({
                "title": sigma.title, "id": sigma.id, "level": sigma.level.map(trailbell_sigma::Level::word),
                "file": self.own.and_then(|own| own.file.as_ref()),
            });
        }
        if let Some(correlation) = self.correlation() {
            json["correlation"] = json!({
                "type": correlation.kind().word(), "rules": correlation.rules(), "group_by": correlation.group_by(),
                "timespan": correlation.timespan().as_secs(), "counts": correlation.to_string(),
                "generate": correlation.generates(),
            });
        }
        json
    }
}

/// Every rule there is, those that are off too: the built-in ones, then the configuration's in their order.
fn described<'a>(rules: &'a RuleSet, settings: &'a Settings, lang: Lang) -> Vec<Described<'a>> {
    let built_in = rules.rules().iter().filter(|rule| BUILTIN_RULES.contains(&rule.name().as_str()));
    let built_in = built_in.map(|rule| Described {
        name: rule.name().as_str(),
        title: match lang {
            Lang::En => &rule.title().en,
            Lang::Ja => &rule.title().ja,
        },
        enabled: rule.is_enabled(),
        severity: rule.severity(),
        own: None,
    });
    let own = settings.own_rules.iter().map(|own| Described {
        name: &own.name,
        title: own.description.as_deref().unwrap_or(&own.name),
        enabled: own.enabled,
        severity: Some(own.severity),
        own: Some(own),
    });
    built_in.chain(own).collect()
}

fn list(context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let all = described(&rules, &context.settings, context.lang);
    let width = all.iter().map(|rule| rule.name.chars().count()).max().unwrap_or(0);
    let mut out = BufWriter::new(io::stdout().lock());
    for rule in &all {
        if context.json {
            writeln!(out, "{}", output::harmless(&rule.json()))?;
            continue;
        }
        writeln!(
            out,
            "{}  {:<width$}  {:<13}  {:<8}  {}{}",
            words::on_or_off(rule.enabled, context.lang),
            shown(rule.name),
            rule.language(),
            rule.severity.map_or("-", Severity::word),
            shown(rule.title),
            rule.sigma().map(|sigma| origin(sigma, rule.own)).unwrap_or_default(),
        )?;
    }
    out.flush()?;
    Ok(0)
}

/// What identifies a Sigma rule elsewhere: its id, its level, its file.
fn origin(sigma: About<'_>, own: Option<&OwnRule>) -> String {
    let id = sigma.id.map(shown);
    let level = sigma.level.map(|level| format!("level {level}"));
    let file = own.and_then(|own| own.file.as_deref()).map(shown);
    let said: Vec<String> = [id, level, file].into_iter().flatten().collect();
    if said.is_empty() { String::new() } else { format!(" [{}]", said.join(", ")) }
}

fn shown(text: &str) -> String {
    Untrusted::from(text).render(Channel::Terminal)
}
