//! The one JSON form a notice has everywhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use trailbell_network::Network;
use trailbell_policy::Verdict;
use trailbell_record::{Behind, Hop};
use trailbell_text::{Channel, Kind, Outcome, Severity, Untrusted, acts};

use crate::advice::{Purpose, Step, When};
use crate::correlation::CountedWhat;
use crate::facts::{Folded, Rule};
use crate::lang::Lang;
use crate::notice::{FactName, Notice};
use crate::{grants, network, words};

/// One JSON object on one line, without a line end. Values of the record are whole; every character that could
/// act on a terminal is a `\u` escape.
pub fn json(notice: &Notice) -> String {
    harmless(&serde_json::to_string(&Form::of(notice)).unwrap_or_default())
}

/// The same as a value, for putting into something larger. Whoever writes it out escapes what acts on a terminal.
pub fn json_value(notice: &Notice) -> serde_json::Value {
    serde_json::to_value(Form::of(notice)).unwrap_or_default()
}

/// JSON text with every character that acts as a `\u` escape.
fn harmless(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        // Outside string literals JSON text is ASCII without controls, so every such character is inside one.
        if acts(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[derive(Serialize)]
struct Form<'a> {
    r#type: &'static str,
    kind: Kind,
    rules: Vec<&'a str>,
    sigma_rules: Vec<SigmaForm<'a>>,
    severity: Severity,
    outcome: Outcome,
    event_id: Option<&'a Untrusted>,
    event_name: &'a Untrusted,
    event_source: &'a Untrusted,
    event_time: Option<&'a Untrusted>,
    account: Option<&'a Untrusted>,
    account_label: Option<&'a str>,
    region: Option<&'a Untrusted>,
    source_ip: Option<&'a Untrusted>,
    network: NetworkForm<'a>,
    client: String,
    user_agent: Option<&'a Untrusted>,
    actor: ActorForm<'a>,
    behind: Option<BehindForm<'a>>,
    target: Option<&'a Untrusted>,
    target_kind: Option<&'static str>,
    mfa: &'static str,
    error_code: Option<&'a Untrusted>,
    error_message: Option<&'a Untrusted>,
    lang: Lang,
    headline: String,
    one_line: String,
    unusual: Vec<&'static str>,
    comparison: Option<String>,
    allows: Option<String>,
    grants: Option<GrantsForm>,
    changed: Option<String>,
    calm: bool,
    check_first: Option<&'a str>,
    advice: Vec<Advice<'a>>,
    explain: Option<String>,
    link: Option<&'a str>,
    target_link: Option<&'a str>,
    folded: Vec<FoldedForm<'a>>,
}

/// A rule of Sigma among `rules`.
#[derive(Serialize)]
struct SigmaForm<'a> {
    name: &'a str,
    title: &'a Untrusted,
    id: Option<&'a Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<CorrelationForm<'a>>,
}

/// What a correlation counted.
#[derive(Serialize)]
struct CorrelationForm<'a> {
    r#type: CountedWhat,
    count: u64,
    #[serde(skip_serializing_if = "is_empty")]
    fields: &'a [Untrusted],
    #[serde(serialize_with = "by_field")]
    group: &'a [(Untrusted, Untrusted)],
    first: String,
    last: String,
}

fn is_empty(list: &&[Untrusted]) -> bool {
    list.is_empty()
}

/// An object: each field with its value.
fn by_field<S: Serializer>(group: &[(Untrusted, Untrusted)], serializer: S) -> Result<S::Ok, S::Error> {
    let by_field: BTreeMap<&str, &Untrusted> =
        group.iter().map(|(field, value)| (field.raw(), value)).collect();
    serializer.collect_map(by_field)
}

#[derive(Serialize)]
struct NetworkForm<'a> {
    kind: &'static str,
    country: Option<String>,
    region: Option<&'static str>,
    service: Option<&'a Untrusted>,
    asn: Option<u32>,
    organisation: Option<Untrusted>,
}

#[derive(Serialize)]
struct ActorForm<'a> {
    kind: &'static str,
    name: &'a Untrusted,
    arn: Option<&'a Untrusted>,
    account: Option<&'a Untrusted>,
    role: Option<&'a Untrusted>,
    credential: &'static str,
    access_key_id: Option<&'a Untrusted>,
}

/// Who is behind a role.
#[derive(Serialize)]
struct BehindForm<'a> {
    name: &'a Untrusted,
    kind: &'static str,
    account: Option<&'a Untrusted>,
    arn: Option<&'a Untrusted>,
    chain: &'a [Hop],
    how: &'static str,
    sure: &'static str,
    at: Option<Timestamp>,
}

impl<'a> BehindForm<'a> {
    fn of(behind: &'a Behind) -> Self {
        Self {
            name: &behind.name,
            kind: behind.kind.word(),
            account: behind.account.as_ref(),
            arn: behind.arn.as_ref(),
            chain: &behind.chain,
            how: behind.how.word(),
            sure: behind.sure.word(),
            at: behind.at,
        }
    }
}

#[derive(Serialize)]
struct Advice<'a> {
    text: String,
    commands: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    if_quota_full: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    way_back: Vec<&'a str>,
}

/// What a policy allows, by the judge's verdict.
#[derive(Serialize)]
struct GrantsForm {
    verdict: &'static str,
    because: Vec<String>,
    conditional: bool,
}

impl GrantsForm {
    fn of(verdict: &Verdict, lang: Lang) -> Self {
        let text = |because| grants::sentence(because, lang).render(Channel::Plain);
        Self {
            verdict: verdict.level.word(),
            because: verdict.because.iter().map(text).collect(),
            conditional: verdict.conditional,
        }
    }
}

#[derive(Serialize)]
struct FoldedForm<'a> {
    event_id: Option<&'a Untrusted>,
    event_name: &'a Untrusted,
    event_time: Option<String>,
    outcome: Outcome,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<String>,
}

impl<'a> Form<'a> {
    fn of(notice: &'a Notice) -> Self {
        let data = &notice.data;
        let fact = |name: FactName| {
            notice.facts.iter().find(|fact| fact.name == name).map(|fact| fact.text.render(Channel::Plain))
        };
        Self {
            r#type: "notice",
            kind: notice.kind,
            rules: notice.rules.iter().map(|rule| rule.name.as_str()).collect(),
            sigma_rules: notice.rules.iter().filter_map(sigma_rule).collect(),
            severity: notice.severity,
            outcome: notice.outcome,
            event_id: data.event_id.as_ref(),
            event_name: &data.event_name,
            event_source: &data.event_source,
            event_time: data.event_time.as_ref(),
            account: data.account.as_ref(),
            account_label: data.account_label.as_deref(),
            region: data.region.as_ref(),
            source_ip: data.source_ip.as_ref(),
            network: network(&data.network),
            client: data.client.render(Channel::Plain),
            user_agent: data.user_agent.as_ref(),
            actor: ActorForm {
                kind: data.actor.kind.word(),
                name: &data.actor.name,
                arn: data.actor.arn.as_ref(),
                account: data.actor.account.as_ref(),
                role: data.actor.role.as_ref(),
                credential: words::credential_word(&data.actor.credential),
                access_key_id: words::access_key(&data.actor.credential),
            },
            behind: data.behind.as_ref().map(BehindForm::of),
            target: data.target.as_ref(),
            target_kind: data.target_kind,
            mfa: data.mfa.word(),
            error_code: data.error_code.as_ref(),
            error_message: data.error_message.as_ref(),
            lang: notice.lang,
            headline: notice.headline.render(Channel::Plain),
            one_line: notice.one_line.render(Channel::Header),
            unusual: data.unusual.iter().map(|unusual| unusual.word()).collect(),
            comparison: fact(FactName::Usual),
            allows: fact(FactName::Allows),
            grants: data.grants.as_ref().map(|verdict| GrantsForm::of(verdict, notice.lang)),
            changed: fact(FactName::Changed),
            calm: notice.advice.when == When::Unrecognised,
            check_first: notice.check_first.as_deref(),
            advice: notice.advice.steps.iter().map(step).collect(),
            explain: notice.explain(),
            link: notice.link.as_deref(),
            target_link: notice.target_link.as_deref(),
            folded: data.folded.iter().map(|one| folded(one, notice.lang)).collect(),
        }
    }
}

fn sigma_rule(rule: &Rule) -> Option<SigmaForm<'_>> {
    let sigma = rule.sigma.as_ref()?;
    let correlation = sigma.correlated.as_ref().map(|correlated| CorrelationForm {
        r#type: correlated.what,
        count: correlated.count,
        fields: &correlated.fields,
        group: &correlated.group,
        first: correlated.first.to_string(),
        last: correlated.last.to_string(),
    });
    Some(SigmaForm { name: &rule.name, title: &sigma.title, id: sigma.id.as_ref(), correlation })
}

fn network(network: &Network) -> NetworkForm<'_> {
    NetworkForm {
        kind: network.word(),
        country: network.country().map(|country| country.code().to_owned()),
        region: if let Network::Amazon(region) = network { Some(region) } else { None },
        service: if let Network::Service(name) = network { Some(name) } else { None },
        asn: network.registration().and_then(|known| Some(known.system.as_ref()?.number)),
        organisation: network::organisation(network),
    }
}

fn step(step: &Step) -> Advice<'_> {
    let lines = |purposes: &[Purpose]| {
        let wanted = step.commands.iter().filter(|command| purposes.contains(&command.purpose));
        wanted.map(|command| command.line.as_str()).collect::<Vec<_>>()
    };
    Advice {
        text: step.text.render(Channel::Plain),
        commands: lines(&[Purpose::Do]),
        if_quota_full: lines(&[Purpose::IfQuotaFull]),
        way_back: lines(&[Purpose::WayBack, Purpose::WayBackIfQuotaFull]),
    }
}

fn folded(folded: &Folded, lang: Lang) -> FoldedForm<'_> {
    FoldedForm {
        event_id: folded.event_id.as_ref(),
        event_name: &folded.event_name,
        event_time: folded.event_time.map(|at| at.to_string()),
        outcome: folded.outcome,
        severity: folded.severity,
        headline: folded.headline.as_ref().map(|headline| lang.of(headline).render(Channel::Plain)),
    }
}
