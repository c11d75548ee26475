//! What a rule is: its name, what it is called for people, and what the owner set of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use trailbell_sigma::{About, CorrelationRule};
use trailbell_text::{Kind, Severity};

use crate::cis;
use crate::condition::Condition;

/// The name of a rule, as it stands in settings and notices.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleName(Arc<str>);

impl RuleName {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a rule is called for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// In English.
    pub en: Cow<'static, str>,
    /// In Japanese.
    pub ja: Cow<'static, str>,
}

impl Title {
    pub(crate) const fn new(en: &'static str, ja: &'static str) -> Self {
        Self { en: Cow::Borrowed(en), ja: Cow::Borrowed(ja) }
    }
}

/// The rules that come with the program, in the order they are named.
pub const BUILTIN_RULES: &[&str] = &[
    "console-sign-in",
    "iam-change",
    "trail-tampering",
    "root-activity",
    "resource-sharing",
    "cis-4.1",
    "cis-4.2",
    "cis-4.3",
    "cis-4.4",
    "cis-4.5",
    "cis-4.6",
    "cis-4.7",
    "cis-4.8",
    "cis-4.9",
    "cis-4.10",
    "cis-4.11",
    "cis-4.12",
    "cis-4.13",
    "cis-4.14",
    "cis-4.15",
];

/// What the owner set of the rules.
#[derive(Debug, Clone, Default)]
pub struct RuleSettings {
    /// Rules that come with the program, by name.
    pub builtin: BTreeMap<String, BuiltinSettings>,
    /// The owner's own rules, in their order.
    pub custom: Vec<CustomRule>,
    /// Correlations of them, in their order.
    pub correlations: Vec<CorrelationSettings>,
}

/// A correlation of the owner's. No event meets it by itself: whoever counts says which ones it is met by.
#[derive(Debug, Clone)]
pub struct CorrelationSettings {
    /// Its name, unlike any other rule's.
    pub name: String,
    /// What it counts.
    pub correlation: Box<CorrelationRule>,
    /// The severity of everything it is met by.
    pub severity: Severity,
    /// What it is called for people; without one, its name.
    pub description: Option<String>,
}

/// What the owner set of one rule that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BuiltinSettings {
    /// On or off; `None` leaves it as it comes.
    pub enabled: Option<bool>,
    /// The severity of everything the rule meets; `None` leaves it to the rule.
    pub severity: Option<Severity>,
}

/// A rule of the owner's own.
#[derive(Debug, Clone)]
pub struct CustomRule {
    /// Its name, unlike any other rule's.
    pub name: String,
    /// What it meets.
    pub condition: Condition,
    /// The severity of everything it meets.
    pub severity: Severity,
    /// What it is called for people; without one, its name.
    pub description: Option<String>,
}

/// Settings that make no rule set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Settings for a rule that does not exist.
    #[error("there is no rule {0:?}; the rules are {list}", list = BUILTIN_RULES.join(", "))]
    UnknownRule(String),
    /// Two rules of one name.
    #[error("there are two rules named {0:?}")]
    SameName(String),
}

/// A rule of a rule set.
#[derive(Debug)]
pub struct Rule {
    pub(crate) name: RuleName,
    pub(crate) title: Title,
    pub(crate) enabled: bool,
    pub(crate) severity: Option<Severity>,
    pub(crate) check: Check,
}

/// How a rule looks at a record.
#[derive(Debug)]
pub(crate) enum Check {
    SignIn,
    Change,
    Tampering,
    Root,
    Sharing,
    Condition(Arc<Condition>),
    Correlation(Box<CorrelationRule>),
}

impl Rule {
    /// Its name.
    pub const fn name(&self) -> &RuleName {
        &self.name
    }

    /// What it is called for people.
    pub const fn title(&self) -> &Title {
        &self.title
    }

    /// Whether it is on.
    pub const fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The severity of everything it meets; `None`: that depends on the event.
    pub const fn severity(&self) -> Option<Severity> {
        self.severity
    }

    /// The sort of notice it makes where no rule before it met the event.
    pub const fn kind(&self) -> Kind {
        match self.check {
            Check::SignIn => Kind::ConsoleSignIn,
            Check::Change => Kind::IamChange,
            Check::Tampering => Kind::TrailTampering,
            Check::Root => Kind::RootActivity,
            Check::Sharing => Kind::ResourceSharing,
            Check::Condition(_) | Check::Correlation(_) => Kind::RuleMatch,
        }
    }
}

impl Rule {
    /// What it says of itself, where it is a rule or a correlation of Sigma.
    pub fn about(&self) -> Option<About<'_>> {
        self.sigma()
            .map(trailbell_sigma::Rule::about)
            .or_else(|| self.correlation().map(CorrelationRule::about))
    }

    /// The correlation, where it is one.
    pub fn correlation(&self) -> Option<&CorrelationRule> {
        match &self.check {
            Check::Correlation(correlation) => Some(correlation),
            _ => None,
        }
    }

    /// The Sigma rule it is written as, where it is one.
    pub fn sigma(&self) -> Option<&trailbell_sigma::Rule> {
        match &self.check {
            Check::Condition(condition) => match &**condition {
                Condition::Sigma(rule) => Some(rule),
                Condition::Filter(_) | Condition::Event(_) => None,
            },
            _ => None,
        }
    }
}

/// A rule that is nothing but a condition.
pub(crate) fn of_condition(nth: usize, condition: Condition) -> Rule {
    let name = nth.to_string();
    let words: Cow<'static, str> = name.clone().into();
    Rule {
        name: RuleName::new(&name),
        title: Title { en: words.clone(), ja: words },
        enabled: true,
        severity: Some(Severity::Medium),
        check: Check::Condition(Arc::new(condition)),
    }
}

/// All rules the settings ask for, those that are off too, in the order they are named.
pub(crate) fn all(settings: RuleSettings) -> Result<Vec<Rule>, Error> {
    if let Some(name) = settings.builtin.keys().find(|name| !BUILTIN_RULES.contains(&name.as_str())) {
        return Err(Error::UnknownRule(name.clone()));
    }
    let built_in = [
        (
            "console-sign-in",
            Title::new("A way into the console was used", "コンソールへのサインイン"),
            true,
            Check::SignIn,
        ),
        (
            "iam-change",
            Title::new("Who can do what was changed", "アクセス権限に関わる変更"),
            true,
            Check::Change,
        ),
        (
            "trail-tampering",
            Title::new("The record keeping was touched", "記録・監視の設定変更"),
            true,
            Check::Tampering,
        ),
        (
            "root-activity",
            Title::new("The root user did something", "ルートユーザーの操作"),
            true,
            Check::Root,
        ),
        (
            "resource-sharing",
            Title::new("A resource's own policy was changed", "リソースベースのポリシーの変更"),
            false,
            Check::Sharing,
        ),
    ];
    let mut rules: Vec<Rule> = built_in
        .into_iter()
        .map(|(name, title, enabled, check)| Rule {
            name: RuleName::new(name),
            title,
            enabled,
            severity: None,
            check,
        })
        .chain(cis::rules())
        .collect();
    for rule in &mut rules {
        if let Some(set) = settings.builtin.get(rule.name.as_str()) {
            rule.enabled = set.enabled.unwrap_or(rule.enabled);
            rule.severity = set.severity.or(rule.severity);
        }
    }
    let custom = settings.custom.into_iter().map(|CustomRule { name, condition, severity, description }| {
        (name, Check::Condition(Arc::new(condition)), severity, description)
    });
    let correlations = settings.correlations.into_iter().map(|settings| {
        let CorrelationSettings { name, correlation, severity, description } = settings;
        (name, Check::Correlation(correlation), severity, description)
    });
    for (name, check, severity, description) in custom.chain(correlations) {
        if rules.iter().any(|rule| rule.name.as_str() == name) {
            return Err(Error::SameName(name));
        }
        let words: Cow<'static, str> = description.unwrap_or_else(|| name.clone()).into();
        rules.push(Rule {
            name: RuleName::new(&name),
            title: Title { en: words.clone(), ja: words },
            enabled: true,
            severity: Some(severity),
            check,
        });
    }
    Ok(rules)
}
