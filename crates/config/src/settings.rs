//! The checked settings, and how each section of the file becomes them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use trailbell_history::When;
use trailbell_text::{Severity, Span, UnknownWord, Untrusted};

use crate::delivery;
use crate::ignore::{Address, Ignore, Subject};
use crate::keys::{ACCOUNT, BUILT_IN_RULE, IGNORE, TOP};
use crate::networks::NetworkFiles;
use crate::own_rule::{self, OwnRule};
use crate::reader::{Reader, suggestion};
use crate::rule_alarm::RuleAlarm;
use crate::usual::{self, Asks, ExpectedSettings, HistorySettings};
use crate::watch::{ChannelSettings, DeliverySettings, LedgerSettings, SourceSettings};
use crate::{channels, correlation, networks, reach, rule_alarm, sources};
use trailbell_yaml::Node;

/// The language of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// The words of settings and of `--lang`.
    pub const WORDS: &'static [&'static str] = &["en", "ja"];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }
}

impl std::str::FromStr for Language {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "en" => Ok(Self::En),
            "ja" => Ok(Self::Ja),
            _ => Err(UnknownWord { expected: Self::WORDS }),
        }
    }
}

/// What the file calls one AWS account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// The label notices show.
    pub name: Option<String>,
    /// The AWS CLI profile for printed commands: always a plain shell word.
    pub profile: Option<String>,
}

/// What the file says about one built-in rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BuiltInRule {
    /// On or off; `None` leaves it as it is built in.
    pub enabled: Option<bool>,
    /// The severity of everything it tells; `None` leaves that to the rule.
    pub severity: Option<Severity>,
    /// When what it meets is too much.
    pub alarm: Option<RuleAlarm>,
    /// What it asks of history.
    pub asks: Asks,
}

/// The settings of one `trailbell.yaml`; [`Settings::default`] is those of an empty file.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Language of notices; `None` leaves it to the terminal.
    pub language: Option<Language>,
    /// Time zone of notices; `None` leaves it to the machine.
    pub timezone: Option<TimeZone>,
    /// The owner's words, printed in every notice.
    pub verification_phrase: Option<String>,
    /// By the whole 12-digit id, leading zeros kept.
    pub accounts: BTreeMap<String, Account>,
    /// By name.
    pub built_in_rules: BTreeMap<String, BuiltInRule>,
    /// In the order of the file.
    pub own_rules: Vec<OwnRule>,
    /// In the order of the file.
    pub ignores: Vec<Ignore>,
    /// Whom and what the owner expects.
    pub expected: ExpectedSettings,
    /// How long one learns what is usual, and remembers it.
    pub history: HistorySettings,
    /// Where events come from, in the order of the file; names are unique.
    pub sources: Vec<SourceSettings>,
    /// Who is told and how, in the order of the file; names are unique.
    pub channels: Vec<ChannelSettings>,
    /// How and when people are told.
    pub delivery: DeliverySettings,
    /// Where it is remembered.
    pub ledger: LedgerSettings,
    /// Files that say more of addresses.
    pub networks: NetworkFiles,
    /// Where health and metrics are served, as `address:port`; `None`: nowhere.
    pub listen: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            timezone: None,
            verification_phrase: None,
            accounts: BTreeMap::new(),
            built_in_rules: BTreeMap::new(),
            own_rules: Vec::new(),
            ignores: Vec::new(),
            expected: ExpectedSettings::default(),
            history: HistorySettings::default(),
            sources: Vec::new(),
            channels: Vec::new(),
            delivery: DeliverySettings::default(),
            ledger: LedgerSettings::default(),
            networks: NetworkFiles::default(),
            listen: Some(delivery::LISTEN.to_owned()),
        }
    }
}

impl Settings {
    /// What is known about the account with this 12-digit id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// The alarm on what this rule meets, where there is one.
    pub fn alarm_of(&self, rule: &str) -> Option<RuleAlarm> {
        let own = || self.own_rules.iter().find(|own| own.name == rule)?.alarm;
        self.built_in_rules.get(rule).and_then(|built_in| built_in.alarm).or_else(own)
    }

    /// What must be so besides for this rule to tell, where it asks for something.
    pub fn when_of(&self, rule: &str) -> Option<&When> {
        self.asks_of(rule)?.when.as_ref()
    }

    /// The severities of this rule by what is so, in their order.
    pub fn severity_when_of(&self, rule: &str) -> &[(When, Severity)] {
        self.asks_of(rule).map_or(&[], |asks| &asks.severity_when)
    }

    fn asks_of(&self, rule: &str) -> Option<&Asks> {
        let own = || self.own_rules.iter().find(|own| own.name == rule).map(|own| &own.asks);
        self.built_in_rules.get(rule).map(|built_in| &built_in.asks).or_else(own)
    }

    /// The first `ignore` entry that quiets what `rule` tells about this event.
    pub fn ignored_by(&self, subject: &Subject<'_>, rule: &str) -> Option<&Ignore> {
        self.ignores.iter().find(|entry| entry.matches(subject, rule))
    }

    pub(crate) fn read(root: &Node, built_in_rules: &[&str], reader: &mut Reader<'_>) -> Self {
        let mut settings = Self::default();
        let fields = reader.fields(root, TOP, "the settings");
        if let Some(node) = fields.get("language") {
            settings.language =
                reader.word(node, Language::WORDS, "`language`").and_then(|word| word.parse().ok());
        }
        if let Some(node) = fields.get("timezone") {
            settings.timezone = time_zone(node, reader);
        }
        if let Some(node) = fields.get("verification_phrase") {
            settings.verification_phrase = reader.text(node, "`verification_phrase`");
        }
        if let Some(node) = fields.get("accounts").filter(|node| !node.is_null()) {
            settings.accounts = accounts(node, reader);
        }
        if let Some(node) = fields.get("rules").filter(|node| !node.is_null()) {
            settings.read_rules(node, built_in_rules, reader);
        }
        if let Some(node) = fields.get("ignore").filter(|node| !node.is_null()) {
            let own: Vec<String> = settings.own_rules.iter().map(|rule| rule.name.clone()).collect();
            let rules: Vec<&str> =
                built_in_rules.iter().copied().chain(own.iter().map(String::as_str)).collect();
            settings.ignores = reader
                .items(node, "`ignore`")
                .iter()
                .filter_map(|item| ignore(item, &rules, reader))
                .collect();
        }
        if let Some(node) = fields.get("expected").filter(|node| !node.is_null()) {
            settings.expected = usual::expected(node, reader);
        }
        if let Some(node) = fields.get("history").filter(|node| !node.is_null()) {
            settings.history = usual::history(node, reader);
        }
        let watches = !reader.only_looks;
        if let Some(node) = fields.get("sources").filter(|node| watches && !node.is_null()) {
            settings.sources = sources::read(node, reader);
        }
        if let Some(node) = fields.get("channels").filter(|node| watches && !node.is_null()) {
            settings.channels = channels::read(node, reader);
        }
        if let Some(node) = fields.get("delivery").filter(|node| !node.is_null()) {
            settings.delivery = delivery::read(node, reader);
        }
        if let Some(node) = fields.get("ledger").filter(|node| !node.is_null()) {
            settings.ledger = delivery::ledger(node, reader);
        }
        if let Some(node) = fields.get("networks").filter(|node| !node.is_null()) {
            settings.networks = networks::read(node, reader);
        }
        if let Some(node) = fields.get("listen") {
            settings.listen = delivery::listen(node, reader);
        }
        if watches {
            reach::check(&settings, &fields, reader);
        }
        settings
    }

    fn read_rules(&mut self, node: &Node, built_in_rules: &[&str], reader: &mut Reader<'_>) {
        let problems_before = reader.problems.len();
        for (name, name_span, body) in reader.entries(node, "`rules`") {
            if built_in_rules.contains(&name.text.as_str()) {
                let what = format!("rule `{}`", name.text);
                let fields = reader.fields(body, BUILT_IN_RULE, &what);
                let rule = BuiltInRule {
                    enabled: fields.get("enabled").and_then(|node| reader.flag(node, "`enabled`")),
                    severity: fields.get("severity").and_then(|node| severity(node, reader)),
                    alarm: fields.get("alarm").and_then(|node| rule_alarm::read(node, true, reader)),
                    asks: usual::asks(&fields, reader),
                };
                if rule == BuiltInRule::default() {
                    reader.nothing_said(body, &what, BUILT_IN_RULE);
                }
                self.built_in_rules.insert(name.text.clone(), rule);
            } else {
                for rule in own_rule::read(name, name_span, body, built_in_rules, reader) {
                    self.take_own_rule(rule, name_span, built_in_rules, reader);
                }
            }
        }
        // Of rules that cannot be read nobody knows what they are called.
        let is_whole = reader.problems.len() == problems_before
            && reader.files.iter().all(|file| file.problems.is_empty());
        if is_whole {
            correlation::resolve(self, reader);
        }
    }
}

impl Settings {
    /// A rule of a file is named by the file: two of one name are told where the later of them comes in.
    fn take_own_rule(
        &mut self,
        rule: OwnRule,
        place: Span,
        built_in_rules: &[&str],
        reader: &mut Reader<'_>,
    ) {
        let where_from =
            |file: &Option<String>| file.clone().unwrap_or_else(|| "this configuration".to_owned());
        let other = if built_in_rules.contains(&rule.name.as_str()) {
            Some("comes with the program".to_owned())
        } else {
            self.own_rules
                .iter()
                .find(|own| own.name == rule.name)
                .map(|own| format!("is in {}", where_from(&own.file)))
        };
        match other {
            Some(other) => reader.problem_with_hint(
                place,
                format!(
                    "There are two rules `{}`: one is in {}, the other {other}",
                    rule.name,
                    where_from(&rule.file)
                ),
                "give one of them another name; a Sigma rule is named as its file",
            ),
            None => self.own_rules.push(rule),
        }
    }
}

fn time_zone(node: &Node, reader: &mut Reader<'_>) -> Option<TimeZone> {
    let name = reader.scalar(node, "`timezone`")?;
    // The bundled database: the same settings mean the same on every machine.
    let zones = TimeZoneDatabase::bundled();
    let zone = zones.get(&name.text).ok();
    if zone.is_none() {
        let names: Vec<String> = zones.available().map(|name| name.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let hint = suggestion(&name.text, &names);
        // All names there are would be some six hundred.
        let hint = if hint.starts_with("did") {
            hint
        } else {
            "write an IANA name such as Asia/Tokyo or UTC".to_owned()
        };
        reader.problem_with_hint(node.span, format!("There is no time zone `{}`", name.text), hint);
    }
    zone
}

pub(crate) fn severity(node: &Node, reader: &mut Reader<'_>) -> Option<Severity> {
    reader.word(node, Severity::WORDS, "`severity`").and_then(|word| word.parse().ok())
}

fn accounts(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, Account> {
    let mut accounts = BTreeMap::new();
    for (id, id_span, body) in reader.entries(node, "`accounts`") {
        let digits = id.text.bytes().all(|b| b.is_ascii_digit());
        if id.text.len() != 12 || !digits {
            let message = format!("`{}` is not an AWS account id", id.text);
            let hint = match id.text.len() {
                9..12 if digits => "an account id has 12 digits; has it lost zeros at its start?",
                _ => "write its 12 digits, without hyphens",
            };
            reader.problem_with_hint(id_span, message, hint);
            if !trailbell_yaml::is_mapping(body) {
                continue;
            }
        }
        let what = format!("account {}", id.text);
        let fields = reader.fields(body, ACCOUNT, &what);
        let account = Account {
            name: fields.get("name").and_then(|node| reader.text(node, "`name`")),
            profile: fields.get("profile").and_then(|node| profile(node, reader)),
        };
        if account == Account::default() {
            reader.nothing_said(body, &what, ACCOUNT);
        }
        accounts.insert(id.text.clone(), account);
    }
    accounts
}

fn profile(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let name = reader.text(node, "`profile`")?;
    if Untrusted::new(name.as_str()).shell_word().is_ok() {
        return Some(name);
    }
    // A command printed without it would run in whatever account the shell is in.
    reader.problem_with_hint(
        node.span,
        "This profile's name cannot stand in a printed command",
        "give the profile a name of letters, digits and + = , . @ _ / : -",
    );
    None
}

fn ignore(node: &Node, rules: &[&str], reader: &mut Reader<'_>) -> Option<Ignore> {
    let problems_before = reader.problems.len();
    let fields = reader.fields(node, IGNORE, "an `ignore` entry");
    let entry = Ignore {
        principal: fields.get("principal").and_then(|node| reader.text(node, "`principal`")),
        address: fields.get("address").and_then(|node| address(node, reader)),
        rule: fields.get("rule").and_then(|node| reader.word(node, rules, "`rule`")).map(str::to_owned),
        event: fields.get("event").and_then(|node| reader.text(node, "`event`")),
        reason: fields.get("reason").and_then(|node| reader.text(node, "`reason`")),
        until: fields.get("until").and_then(|node| date(node, reader)),
    };
    // An entry that lost a field to a problem would quiet more than it should.
    if reader.problems.len() > problems_before {
        return None;
    }
    if entry.principal.is_none() && entry.address.is_none() && entry.event.is_none() {
        if let Some(rule) = &entry.rule {
            reader.warn(
                node.span,
                format!("This ignores everything that `{rule}` tells"),
                "to switch a rule off, say `enabled: false` under `rules`",
            );
        } else {
            reader.problem_with_hint(
                node.span,
                "This entry does not say what to ignore",
                "give it a principal, an address, a rule or an event",
            );
            return None;
        }
    }
    if entry.principal.as_deref().is_some_and(|principal| principal.chars().all(|c| c == '*')) {
        reader.warn(node.span, "This ignores every principal", "name the one you trust");
    }
    Some(entry)
}

fn address(node: &Node, reader: &mut Reader<'_>) -> Option<Address> {
    let text = reader.scalar(node, "`address`")?;
    let address = Address::parse(&text.text);
    if address.is_none() {
        reader.problem_with_hint(
            node.span,
            format!("`{}` is not an address", text.text),
            "write an IP address, a network such as 203.0.113.0/24, or a service such as cloudformation.amazonaws.com",
        );
    }
    address
}

fn date(node: &Node, reader: &mut Reader<'_>) -> Option<Date> {
    let text = reader.scalar(node, "`until`")?;
    let shaped = text.text.len() == 10 && text.text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = text.text.parse().ok().filter(|_| shaped);
    if date.is_none() {
        reader.problem_with_hint(node.span, format!("`{}` is not a date", text.text), "write YYYY-MM-DD");
    }
    date
}
