//! What keeping watch needs to know, from the settings somebody wrote: one place, so that `run` and a Lambda function mean the
//! same by them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use trailbell_config::{RulePattern, Settings};
use trailbell_detect::{BuiltinSettings, Condition, CorrelationSettings, CustomRule, RuleSet, RuleSettings};
use trailbell_notice::{Account, Lang, Reader};

/// The rules the settings ask for.
///
/// # Errors
/// Where a rule cannot be used; the settings' own reader has found out before.
pub fn rules(settings: &Settings) -> Result<RuleSet, trailbell_detect::Error> {
    let builtin = settings.built_in_rules.iter().map(|(name, rule)| {
        (name.clone(), BuiltinSettings { enabled: rule.enabled, severity: rule.severity })
    });
    let mut rules = RuleSettings { builtin: builtin.collect(), ..RuleSettings::default() };
    for rule in settings.own_rules.iter().filter(|rule| rule.enabled) {
        let (name, severity, description) = (rule.name.clone(), rule.severity, rule.description.clone());
        let condition = match &rule.pattern {
            RulePattern::Filter(pattern) => pattern.clone().into(),
            RulePattern::Event(pattern) => pattern.clone().into(),
            RulePattern::Sigma(rule) => Condition::Sigma(rule.clone()),
            RulePattern::Correlation(correlation) => {
                let correlation = correlation.clone();
                rules.correlations.push(CorrelationSettings { name, correlation, severity, description });
                continue;
            }
        };
        rules.custom.push(CustomRule { name, condition, severity, description });
    }
    Ok(RuleSet::new(rules)?.with_grants())
}

/// Who reads the notices. Files of networks that the settings name are opened by whoever may open files.
pub fn reader(settings: &Settings, lang: Lang, time_zone: TimeZone) -> Reader {
    let accounts: BTreeMap<String, Account> = settings
        .accounts
        .iter()
        .map(|(id, account)| {
            (id.clone(), Account { name: account.name.clone(), profile: account.profile.clone() })
        })
        .collect();
    Reader {
        time_zone,
        verification_phrase: settings.verification_phrase.clone(),
        accounts,
        ..Reader::new(lang)
    }
}
