//! A notice: everything a person is told about one event, in one language, not yet rendered for a channel.

use jiff::Timestamp;
use trailbell_history::Unusual;
use trailbell_network::Network;
use trailbell_policy::Verdict;
use trailbell_record::{Actor, ActorKind, Behind, Credential, EventIdentity, Mfa, Operation, Way};
use trailbell_text::{Kind, Outcome, Phrase, Piece, Severity, Untrusted};

use crate::advice::{self, Advice};
use crate::client::Client;
use crate::facts::{Facts, Folded, Reader, Rule, SigmaRule, What};
use crate::lang::{Both, Lang};
use crate::threads::session_start;
use crate::{
    allows, behind, changed, comparison, console, correlation, grants, headline, network, regions, render,
    template, time, words,
};

/// Everything a person is told about one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The language of every text in it.
    pub lang: Lang,
    /// Which sort of notice.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// How the event ended.
    pub outcome: Outcome,
    /// Every rule it met.
    pub rules: Vec<Rule>,
    /// What makes it the same event however it arrived.
    pub identity: EventIdentity,
    /// When it happened.
    pub time: Option<Timestamp>,
    /// The one sentence.
    pub headline: Phrase,
    /// The same for a push title or an SNS subject: severity, deed, account, place, time.
    pub one_line: Phrase,
    /// What is known, in the order every notice has.
    pub facts: Vec<Fact>,
    /// What to do.
    pub advice: Advice,
    /// What stands above the steps: where to run commands, and what to check first. Empty without steps.
    pub preamble: Vec<Phrase>,
    /// The command that shows in which account commands would run. `None` where no step has one.
    pub check_first: Option<String>,
    /// The record's page in the console.
    pub link: Option<String>,
    /// The page of the user, group, role or policy that was changed in the console of IAM.
    pub target_link: Option<String>,
    /// Rule, event, region recorded in, delay; records of the same action; the ARN; the raw user agent.
    pub footer: Vec<Phrase>,
    /// The owner's own phrase and what it is worth.
    pub verification: Option<Phrase>,
    /// The record's fields as they are, for JSON.
    pub(crate) data: Data,
}

/// One of the facts: a label, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Which.
    pub name: FactName,
    /// What is known. A fact of which nothing is known is not in the notice at all.
    pub text: Phrase,
}

/// The facts in the order the eye learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactName {
    /// Who acted, and with what credential.
    Who,
    /// In which account.
    Account,
    /// When, in the reader's zone and in UTC.
    When,
    /// What was counted over time, and this event completed; one fact for each correlation.
    Counted,
    /// From what network.
    From,
    /// With what program.
    With,
    /// Whether a second factor was used.
    Mfa,
    /// How it compares with what was seen before.
    Usual,
    /// What it lets somebody do.
    Allows,
    /// How the policy differs from the version seen before.
    Changed,
    /// A further change that is told inside this notice; one fact each, the gravest first.
    Also,
}

impl FactName {
    /// The label in front of it.
    pub const fn label(self, lang: Lang) -> &'static str {
        let words = match self {
            Self::Who => Both::new("Who", "操作した人"),
            Self::Account => Both::new("Account", "アカウント"),
            Self::When => Both::new("When", "日時"),
            Self::Counted => Both::new("Counted", "集計"),
            Self::From => Both::new("From", "接続元"),
            Self::With => Both::new("With", "利用ツール"),
            Self::Mfa => Both::new("MFA", "MFA"),
            Self::Usual => Both::new("Usual?", "普段との違い"),
            Self::Allows => Both::new("Allows", "できること"),
            Self::Changed => Both::new("Changed", "変更点"),
            Self::Also => Both::new("Also", "ほかの変更"),
        };
        words.get(lang)
    }
}

/// What only the JSON form shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Data {
    pub(crate) event_id: Option<Untrusted>,
    pub(crate) event_name: Untrusted,
    pub(crate) event_source: Untrusted,
    pub(crate) event_time: Option<Untrusted>,
    pub(crate) account: Option<Untrusted>,
    pub(crate) account_label: Option<String>,
    pub(crate) region: Option<Untrusted>,
    pub(crate) source_ip: Option<Untrusted>,
    pub(crate) network: Network,
    pub(crate) user_agent: Option<Untrusted>,
    pub(crate) client: Phrase,
    pub(crate) actor: trailbell_record::Actor,
    pub(crate) target: Option<Untrusted>,
    pub(crate) target_kind: Option<&'static str>,
    pub(crate) mfa: Mfa,
    pub(crate) error_code: Option<Untrusted>,
    pub(crate) error_message: Option<Untrusted>,
    pub(crate) folded: Vec<Folded>,
    pub(crate) behind: Option<Behind>,
    pub(crate) unusual: Vec<Unusual>,
    pub(crate) session_start: Option<Timestamp>,
    pub(crate) grants: Option<Verdict>,
}

impl Notice {
    /// Puts a notice into words for a reader.
    pub fn new(facts: &Facts<'_>, reader: &Reader) -> Self {
        let record = facts.record;
        let client = Client::of(record.user_agent());
        let network = reader.networks.of(record.source_address());
        let mfa = match facts.what {
            What::SignIn(sign_in) => sign_in.mfa,
            _ => Mfa::of(record, facts.actor),
        };
        let (target, target_kind) = facts.what.target();
        let headline = headline::headline(facts, reader);
        let advice = advice::advice(facts, reader);
        let account = record.account();
        Self {
            lang: reader.lang,
            kind: facts.kind,
            severity: facts.severity,
            outcome: facts.outcome,
            rules: facts.rules.clone(),
            identity: record.identity(),
            time: record.event_time(),
            one_line: one_line(facts, reader, &network, &headline),
            headline,
            facts: known_facts(facts, reader, &network, &client, mfa),
            preamble: preamble(facts, reader, &advice),
            check_first: advice.has_commands().then(|| advice::check_command(profile(facts, reader))),
            advice,
            link: console::event_link(record),
            target_link: console::target_link(facts),
            footer: footer(facts, reader, &client),
            verification: verification(reader),
            data: Data {
                event_id: record.event_id().map(Untrusted::from),
                event_name: record.event_name().into(),
                event_source: record.event_source().into(),
                event_time: record.untrusted(&["eventTime"]),
                account: account.map(Untrusted::from),
                account_label: account.and_then(|id| reader.accounts.get(id)).and_then(|a| a.name.clone()),
                region: record.region().map(Untrusted::from),
                source_ip: record.source_address().map(Untrusted::from),
                network,
                user_agent: record.user_agent().map(Untrusted::from),
                client: client.phrase(reader.lang),
                actor: facts.actor.clone(),
                target: target.cloned(),
                target_kind,
                mfa,
                error_code: record.error_code().map(Untrusted::from),
                error_message: record.error_message().map(Untrusted::from),
                folded: facts.folded.clone(),
                behind: facts.behind.clone(),
                session_start: session_start(record, facts.kind, facts.outcome),
                unusual: facts
                    .comparison
                    .as_ref()
                    .map(|comparison| comparison.unusual.clone())
                    .unwrap_or_default(),
                grants: grants::of(facts),
            },
        }
    }
}

fn known_facts(
    facts: &Facts<'_>,
    reader: &Reader,
    network: &Network,
    client: &Client,
    mfa: Mfa,
) -> Vec<Fact> {
    let record = facts.record;
    let lang = reader.lang;
    let nobody_came_in = match facts.what {
        What::SignIn(_) => facts.outcome != Outcome::Success,
        // Asked for without being signed in.
        What::Change(change) => matches!(
            change.operation,
            Operation::RequestRootPasswordRecovery | Operation::CompleteRootPasswordRecovery
        ),
        _ => false,
    };
    let who = if nobody_came_in {
        // The record still speaks of a console session; there is none.
        words::who(&Actor { credential: Credential::Unknown, ..facts.actor.clone() }, reader)
    } else {
        let mut who = words::who(facts.actor, reader);
        if let Some(behind) = behind::clause(facts, reader) {
            who.append(behind);
        }
        who
    };
    let account = record.account().map(|id| words::account(&id.into(), reader));
    let when = record.event_time().map(|at| {
        let mut text = time::local_and_utc(at, &reader.time_zone, lang);
        if let Some(told_at) = facts.told_at {
            let delay = time::span(told_at.duration_since(at), lang);
            text.push_str(&lang.pick([", told ", " later"], ["、", "後に通知"]).join(&delay));
        }
        Phrase::ours(text)
    });
    let mfa = match (facts.what, mfa) {
        (_, Mfa::Yes) => Some(Both::new("yes", "あり")),
        // A sign-in that failed at the password never came to the second factor.
        (What::SignIn(_), Mfa::No) if nobody_came_in => None,
        (What::SignIn(_), Mfa::No) => Some(Both::new("no", "なし")),
        (What::SignIn(sign_in), Mfa::Unknown) => Some(unknown_mfa(sign_in.way)),
        // An API call by a long-lived key has no second factor: "no" would sound like an omission.
        (_, Mfa::No | Mfa::Unknown) => None,
    };
    let counted = correlation::sentences(&facts.rules, reader);
    let counted = counted.into_iter().map(|text| (FactName::Counted, Some(text)));
    let first = [(FactName::Who, Some(who)), (FactName::Account, account), (FactName::When, when)];
    let others = [
        (
            FactName::From,
            record.source_address().map(|_| network::phrase(network, record.source_address(), lang)),
        ),
        (FactName::With, record.user_agent().map(|_| client.phrase(lang))),
        (FactName::Mfa, mfa.map(|words| Phrase::ours(words.get(lang)))),
        (FactName::Usual, comparison::phrase(facts, reader)),
        (FactName::Allows, allows::phrase(facts, reader)),
        (FactName::Changed, changed::phrase(facts, reader)),
    ];
    let further = further_changes(&facts.folded, lang);
    first
        .into_iter()
        .chain(counted)
        .chain(others)
        .filter_map(|(name, text)| Some(Fact { name, text: text? }))
        .chain(further.into_iter().map(|text| Fact { name: FactName::Also, text }))
        .collect()
}

/// The changes told inside this notice, each with its severity and its sentence: nobody may overlook the second
/// thing a stack did because of the first.
fn further_changes(folded: &[Folded], lang: Lang) -> Vec<Phrase> {
    const SHOWN: usize = 10;
    let mut changes: Vec<(Severity, &Phrase)> = folded
        .iter()
        .filter_map(|change| Some((change.severity, lang.of(change.headline.as_ref()?))))
        .collect();
    changes.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let mut lines: Vec<Phrase> = changes
        .iter()
        .take(SHOWN)
        .map(|(severity, headline)| {
            let word = render::severity(*severity, lang);
            let mut line = Phrase::ours(lang.pick(["", ": "], ["【", "】"]).join(word));
            line.append((*headline).clone());
            line
        })
        .collect();
    if let Some((gravest, _)) = changes.get(SHOWN) {
        let more = (changes.len() - SHOWN).to_string();
        let word = render::severity(*gravest, lang);
        lines.push(Phrase::ours(match lang {
            Lang::En => format!("{more} more, none graver than {word}"),
            Lang::Ja => format!("ほか {more} 件(重要度は最大で「{word}」)"),
        }));
    }
    lines
}

/// Why the record cannot know. "No" would be a false alarm: what another party's directory did is not in it.
const fn unknown_mfa(way: Way) -> Both {
    match way {
        Way::Federated | Way::IdentityCenter => Both::new(
            "decided by your identity provider; not in CloudTrail",
            "ID プロバイダー側で判断されるため、CloudTrail には記録されません",
        ),
        Way::Root | Way::IamUser | Way::RoleSwitch | Way::AwsLogin | Way::Unknown => {
            Both::new("not in this record", "この記録ではわかりません")
        }
    }
}

/// The profile that reaches the record's account.
fn profile<'a>(facts: &Facts<'_>, reader: &'a Reader) -> Option<&'a str> {
    reader.accounts.get(facts.record.account()?)?.profile.as_deref()
}

/// Where to run the commands, and what to make sure of before.
fn preamble(facts: &Facts<'_>, reader: &Reader, advice: &Advice) -> Vec<Phrase> {
    let lang = reader.lang;
    if !advice.has_commands() {
        return Vec::new();
    }
    let id = facts.record.account().map(Untrusted::from);
    // There the one to be stopped is the user whose key has leaked.
    let quarantined = match facts.what {
        What::Change(change) if change.operation == Operation::AttachQuarantinePolicy => {
            Some(&change.target.name)
        }
        _ => None,
    };
    let value = |key: &str| match key {
        "account" => id.as_ref().and_then(words::known),
        "role" => facts.actor.role.as_ref().filter(|_| quarantined.is_none()).and_then(words::known),
        "stopped" if quarantined.is_some() => quarantined.and_then(words::known),
        "stopped" => advice::issuing_user(facts.actor)
            .as_ref()
            .or(Some(&facts.actor.name).filter(|_| facts.actor.kind != ActorKind::FederatedUser))
            .and_then(words::known),
        _ => None,
    };
    let root = facts.actor.kind == ActorKind::Root;
    let run = if root {
        Both::new("Run in account {account}.", "アカウント {account} に対して実行してください。")
    } else {
        Both::new(
            "Run as a different administrator, or root, of {account}.",
            "別の管理者(またはルートユーザー)で、アカウント {account} に対して実行してください。",
        )
    };
    // Whoever is the one being stopped must have another way in first.
    let only = Both::new(
        "If [role {role}|{stopped}] is all you have, first make sure that you can sign in as root.",
        "ご自身が[ ロール {role} | {stopped} ]しか使えない場合は、先にルートユーザーでサインインできることを確認してください。",
    );
    let stops = quarantined.is_some()
        || matches!(facts.actor.kind, ActorKind::IamUser | ActorKind::AssumedRole | ActorKind::FederatedUser);
    let first = Both::new(
        "Check first (it must print {account}):",
        "先に、次のコマンドで {account} と表示されることを確認してください:",
    );
    let mut lines = vec![template::fill(run.get(lang), &value)];
    if stops && (value("role").is_some() || value("stopped").is_some()) {
        lines.push(template::fill(only.get(lang), &value));
    }
    if facts.told_at.is_none() {
        let still = Both::new(
            "This is a look back: see first whether it is still so.",
            "過去の記録です。現在もその状態かどうかを、先に確認してください。",
        );
        lines.push(Phrase::ours(still.get(lang)));
    }
    lines.push(template::fill(first.get(lang), &value));
    lines
}

fn footer(facts: &Facts<'_>, reader: &Reader, client: &Client) -> Vec<Phrase> {
    let lang = reader.lang;
    let record = facts.record;
    let rules = facts.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(", ");
    let delay =
        facts.told_at.zip(record.event_time()).map(|(told, at)| time::span(told.duration_since(at), lang));
    let value = |key: &str| match key {
        "rules" => words::known(&rules.clone().into()),
        "title" => facts.rules.first().and_then(|rule| words::known(&rule.title.clone()?.into())),
        "severity" => Some(Phrase::ours(facts.severity.word())),
        "event" => record.event_id().and_then(|id| words::known(&id.into())),
        "region" => record.region().map(|region| regions::phrase(region, lang)),
        "lag" => delay.clone().map(Phrase::ours),
        "arn" => facts.actor.arn.as_ref().and_then(words::known),
        "agent" => {
            record.user_agent().filter(|_| client.family().is_some()).and_then(|a| words::known(&a.into()))
        }
        "error" => record.error_code().and_then(|e| words::known(&e.into())),
        "message" => record.error_message().and_then(|e| words::known(&e.into())),
        _ => None,
    };
    let mut lines = vec![template::fill(
        lang.pick(
            "Rule {rules} ({severity})[: {title}][, event {event}][, recorded in {region}][, told {lag} later]",
            "ルール {rules}({severity})[: {title} ][/ イベント {event}][ / 記録リージョン {region}][ / {lag}後に通知]",
        ),
        &value,
    )];
    let arn = template::fill(lang.pick("[Principal {arn}]", "[プリンシパル {arn}]"), &value);
    let agent = template::fill(lang.pick("[User agent {agent}]", "[ユーザーエージェント {agent}]"), &value);
    let error = if record.error_code().is_some() {
        Both::new("AWS answered {error}[: {message}]", "AWS の応答: {error}[({message})]")
    } else {
        Both::new("[AWS answered: {message}]", "[AWS の応答: {message}]")
    };
    let error = template::fill(error.get(lang), &value);
    lines.extend(sigma_rules(&facts.rules, lang));
    lines.extend([arn, agent, error].into_iter().filter(|line| !line.is_empty()));
    lines.extend(steps(&facts.folded, reader));
    lines
}

/// The Sigma rules it met, at most ten, each by its author's title and its id.
fn sigma_rules(rules: &[Rule], lang: Lang) -> Vec<Phrase> {
    const SHOWN: usize = 10;
    let sigma: Vec<&SigmaRule> = rules.iter().filter_map(|rule| rule.sigma.as_ref()).collect();
    let mut lines: Vec<Phrase> = sigma
        .iter()
        .take(SHOWN)
        .map(|rule| {
            template::fill(lang.pick("Sigma: {title}[, id {id}]", "Sigma: {title}[(id {id})]"), &|key| {
                match key {
                    "title" => words::known(&rule.title),
                    "id" => rule.id.as_ref().and_then(words::known),
                    _ => None,
                }
            })
        })
        .collect();
    if sigma.len() > SHOWN {
        let more = (sigma.len() - SHOWN).to_string();
        lines.push(Phrase::ours(lang.pick(["Sigma: ", " more"], ["Sigma: ほか ", " 件"]).join(&more)));
    }
    lines
}

/// Steps of the same deed told inside this notice, at most ten by name.
fn steps(folded: &[Folded], reader: &Reader) -> Option<Phrase> {
    const NAMED: usize = 10;
    let folded: Vec<&Folded> = folded.iter().filter(|record| record.headline.is_none()).collect();
    if folded.is_empty() {
        return None;
    }
    let lang = reader.lang;
    let mut line = Phrase::ours(lang.pick("Told with it: ", "あわせて通知: "));
    for (index, record) in folded.iter().take(NAMED).enumerate() {
        if index > 0 {
            line.push(lang.pick(", ", "、"));
        }
        line.push(record.event_name.clone());
        if let Some(at) = record.event_time {
            line.push_ours(format!(" {}", time::clock(at, &reader.time_zone)));
        }
        match record.outcome {
            Outcome::Success => {}
            Outcome::Failure => {
                line.push(lang.pick(" (failed)", "(失敗)"));
            }
            Outcome::Denied => {
                line.push(lang.pick(" (refused)", "(拒否)"));
            }
        }
    }
    if folded.len() > NAMED {
        let more = folded.len() - NAMED;
        line.push_ours(lang.pick([" and ", " more"], ["、ほか ", " 件"]).join(&more.to_string()));
    }
    Some(line)
}

pub(crate) fn verification(reader: &Reader) -> Option<Phrase> {
    let phrase = reader.verification_phrase.clone().filter(|phrase| !phrase.is_empty())?;
    let words = Both::new(
        "Your verification phrase: {phrase}. A message without it is not from trailbell; one with it is not proven to be. We never ask for a password.",
        "確認フレーズ: {phrase}(このフレーズがない通知は trailbell からのものではありません。ただし、フレーズがあるだけでは本物の証明になりません。パスワードの入力をお願いすることはありません。)",
    );
    Some(template::fill(words.get(reader.lang), &|key| {
        (key == "phrase").then(|| Phrase::ours(phrase.clone()))
    }))
}

/// A sentence as part of a longer line.
pub(crate) fn without_full_stop(sentence: &Phrase) -> Phrase {
    let mut phrase = Phrase::new();
    let pieces = sentence.pieces();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Ours(text) if index + 1 == pieces.len() => {
                phrase.push_ours(text.trim_end_matches(['.', '。']).to_owned());
            }
            _ => {
                phrase.push(piece.clone());
            }
        }
    }
    phrase
}

/// `CRITICAL root sign-in, no MFA, my-blog/123456789012, JP, 21:35 JST`.
fn one_line(facts: &Facts<'_>, reader: &Reader, network: &Network, headline: &Phrase) -> Phrase {
    let lang = reader.lang;
    let mut line = Phrase::ours(facts.severity.word().to_uppercase());
    line.push(" ");
    let short = match facts.what {
        What::SignIn(sign_in)
            if facts.actor.kind == ActorKind::Root
                && facts.outcome == Outcome::Success
                && sign_in.step.completes() =>
        {
            Some(match sign_in.mfa {
                Mfa::Yes => Both::new("root sign-in, MFA used", "ルートユーザーのサインイン(MFA あり)"),
                Mfa::No => Both::new("root sign-in, no MFA", "ルートユーザーのサインイン(MFA なし)"),
                Mfa::Unknown => Both::new("root sign-in", "ルートユーザーのサインイン"),
            })
        }
        _ => None,
    };
    match short {
        Some(words) => {
            line.push(words.get(lang));
        }
        None => {
            line.append(without_full_stop(headline));
        }
    }
    let more = facts.folded.iter().filter(|record| record.headline.is_some()).count();
    if more > 0 {
        line.push_ours(lang.pick([" (+", " more)"], ["(ほか ", " 件)"]).join(&more.to_string()));
    }
    let separator = lang.pick(", ", "、");
    if let Some(counted) = correlation::short(&facts.rules, lang) {
        line.push(separator).append(counted);
    }
    if let Some(id) = facts.record.account() {
        line.push(separator).append(words::account_in_title(&id.into(), reader));
    }
    if let Some(place) = network::in_title(network, lang) {
        line.push(separator).push_ours(place);
    }
    if let Some(at) = facts.record.event_time() {
        line.push(separator).push_ours(time::clock(at, &reader.time_zone));
    }
    line
}
