//! A CloudWatch alarm went off: what AWS says about it, and who did what behind it, which AWS does not say.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{Phrase, Severity, Untrusted};

use super::Line;
use super::together::{if_not, list, listed_time, recognised};
use super::words::{Draft, moment, name, number, ours, reason, say};
use crate::facts::Reader;
use crate::lang::{Both, Lang};
use crate::network;
use crate::page::Item;

/// Metrics, filters and other log events that are named one by one.
const SHOWN: usize = 5;
/// Most characters of a log event that is none of CloudTrail's.
const RAW_CHARS: usize = 300;

/// An alarm, and what is behind it. What is text came from somebody else: hostile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WentOff {
    /// Its name.
    pub alarm: String,
    /// The account it is in, where known.
    pub account: Option<Untrusted>,
    /// The region it is in; empty where not known.
    pub region: String,
    /// What its owner wrote about it.
    pub description: String,
    /// Why, in AWS's words and numbers.
    pub reason: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The metrics it looks at, each `namespace/name`.
    pub metrics: Vec<String>,
    /// The metric filters that feed them: log group and pattern.
    pub filters: Vec<(String, String)>,
    /// The time that was looked at.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The CloudTrail events the filters let through, in order of time.
    pub events: Vec<Behind>,
    /// Log events that are none of CloudTrail's, each with its time.
    pub others: Vec<(Option<Timestamp>, String)>,
    /// Whether there are more of them than these.
    pub is_cut: bool,
    /// Why what is behind it could not be looked up for.
    pub problem: Option<String>,
}

/// An event behind an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// Who did what.
    #[serde(flatten)]
    pub line: Line,
    /// From where: `sourceIPAddress`. Hostile.
    pub address: Option<String>,
}

impl WentOff {
    /// As grave as the gravest of what is behind it, and worth reading in any case: somebody wanted to be told.
    pub(super) fn severity(&self) -> Severity {
        self.events
            .iter()
            .map(|event| event.line.severity)
            .max()
            .unwrap_or(Severity::Medium)
            .max(Severity::Medium)
    }

    pub(super) fn draft(&self, reader: &Reader) -> Draft {
        let lang = reader.lang;
        let mut draft = Draft::new(self.headline(lang));
        draft.account.clone_from(&self.account);
        let alarm = say(
            Both::new("{alarm}[: {description}]", "{alarm}[: {description}]"),
            lang,
            &[("alarm", name(&self.alarm)), ("description", reason(&self.description))],
        );
        draft
            .fact(lang.pick("Alarm", "アラーム"), alarm)
            .account_fact(reader)
            .fact(lang.pick("Region", "リージョン"), name(&self.region))
            .fact(lang.pick("When", "日時"), self.at.map(|at| moment(at, reader)).unwrap_or_default())
            .fact(lang.pick("AWS says", "AWS の説明"), reason(&self.reason))
            .fact(
                lang.pick("Metric", "メトリクス"),
                several(self.metrics.iter().map(|metric| name(metric)), lang),
            )
            .fact(
                lang.pick("Filter", "フィルター"),
                several(self.filters.iter().map(|filter| filtered(filter, lang)), lang),
            )
            .fact(lang.pick("Looked at", "調べた範囲"), self.looked_at(reader));
        draft.items = self.items(reader);
        if self.events.is_empty() && self.others.is_empty() {
            self.say_why_nothing(&mut draft, lang);
        } else {
            recognised(&mut draft, lang);
            draft.steps_for = Some(if_not(lang));
            draft.step(ours(
                Both::new(
                    "Ask those named here whether it was they. If it was not, somebody else has their credentials. `trailbell explain-alarm` gives the event ids; each event's own notice has the steps that stop whoever it is, in a safe order.",
                    "ここに名前のある人に、ご本人の操作かどうかを確認してください。そうでなければ、認証情報が第三者に使われています。イベント ID は trailbell explain-alarm で確認できます。止めるための手順は、各イベントの通知に安全な順序で書かれています。",
                ),
                lang,
            ));
        }
        draft.details = Some(self.command());
        draft
    }

    fn headline(&self, lang: Lang) -> Phrase {
        let count = self.events.len() + self.others.len();
        let alarm = ("alarm", name(&self.alarm));
        if let ([event], 1, false) = (self.events.as_slice(), count, self.is_cut) {
            let mut headline = say(
                Both::new("Alarm {alarm} went off: ", "アラーム {alarm} がアラーム状態になりました: "),
                lang,
                &[alarm],
            );
            headline.append(lang.of(&event.line.headline).clone());
            return headline;
        }
        let words = match (count, self.is_cut, &self.problem) {
            (0, _, Some(_)) => Both::new(
                "Alarm {alarm} went off; what is behind it could not be looked up.",
                "アラーム {alarm} がアラーム状態になりました。原因の操作は取得できませんでした。",
            ),
            (0, true, None) => Both::new(
                "Alarm {alarm} went off; its log was too large to find what is behind it in time.",
                "アラーム {alarm} がアラーム状態になりました。ログが大きく、時間内に原因の操作を見つけられませんでした。",
            ),
            (0, ..) => Both::new(
                "Alarm {alarm} went off; no log event is behind it.",
                "アラーム {alarm} がアラーム状態になりました。原因となるログイベントは見つかりませんでした。",
            ),
            (1, false, _) => Both::new(
                "Alarm {alarm} went off: one event is behind it.",
                "アラーム {alarm} がアラーム状態になりました。原因のイベントは 1 件です。",
            ),
            (_, true, _) => Both::new(
                "Alarm {alarm} went off: {count} events, perhaps more, are behind it.",
                "アラーム {alarm} がアラーム状態になりました。原因のイベントは少なくとも {count} 件です。",
            ),
            _ => Both::new(
                "Alarm {alarm} went off: {count} events are behind it.",
                "アラーム {alarm} がアラーム状態になりました。原因のイベントは {count} 件です。",
            ),
        };
        say(words, lang, &[alarm, ("count", number(count as u64))])
    }

    fn looked_at(&self, reader: &Reader) -> Phrase {
        let Some((from, to)) = self.window else { return Phrase::new() };
        let words = Both::new("{from} to {to}", "{from}〜{to}");
        say(words, reader.lang, &[("from", moment(from, reader)), ("to", moment(to, reader))])
    }

    /// One line each: when, who did what, from where.
    fn items(&self, reader: &Reader) -> Vec<Item> {
        let lang = reader.lang;
        let mut sorted: Vec<&Behind> = self.events.iter().collect();
        sorted.sort_by_key(|event| (Reverse(event.line.severity), event.line.time));
        let mut items = listed_events(&sorted, 0, reader);
        items.extend(self.others.iter().take(SHOWN).map(|(at, message)| {
            let mut text = listed_time(*at, true, reader);
            let mut short: String = message.chars().take(RAW_CHARS).collect();
            if short.len() < message.len() {
                short.push('…');
            }
            text.append(reason(&short));
            Item { severity: Severity::Info, text }
        }));
        let more = self.others.len().saturating_sub(SHOWN);
        if more > 0 || self.is_cut {
            let words = if self.is_cut {
                Both::new(
                    "and perhaps more, not looked for",
                    "ほかにもある可能性があります(すべては調べていません)",
                )
            } else {
                Both::new("and {more} more, not listed here", "ほか {more} 件(ここには表示していません)")
            };
            let text = say(words, lang, &[("more", number(more as u64))]);
            items.push(Item { severity: Severity::Info, text });
        }
        items
    }

    fn say_why_nothing(&self, draft: &mut Draft, lang: Lang) {
        if let Some(problem) = &self.problem {
            draft.fact(lang.pick("Problem", "問題"), reason(problem));
            draft.calm = Some(ours(
                Both::new(
                    "Who did what is in the logs all the same. Mend what is named as the problem, then ask again (see Details).",
                    "操作の記録はログに残っています。「問題」の原因を取り除いてから、「詳細」のコマンドでもう一度調べてください。",
                ),
                lang,
            ));
            return;
        }
        let words = if self.is_cut {
            Both::new(
                "Looking through the log group took longer than there was time. Ask again (see Details): the command looks longer.",
                "ロググループの検索が制限時間内に終わりませんでした。「詳細」のコマンドで調べ直すと、より長い時間をかけて検索します。",
            )
        } else if self.filters.is_empty() {
            Both::new(
                "No metric filter feeds what it looks at, so no log says who is behind it.",
                "このメトリクスを作るメトリクスフィルターがないため、ログからは原因の操作を特定できません。",
            )
        } else {
            Both::new(
                "The filter let nothing through in that time: the alarm may stand on missing data, or have been set by hand. Logs may also be late: ask again (see Details).",
                "この時間帯にフィルターに一致したログはありません。欠落データの扱いによってアラーム状態になったか、手動で状態が変更された可能性があります。ログの到着が遅れている場合もあるので、「詳細」のコマンドでもう一度調べてください。",
            )
        };
        draft.calm = Some(ours(words, lang));
    }

    /// Asks again, live.
    fn command(&self) -> String {
        let word = |text: &str| Untrusted::from(text).shell_word().ok().filter(|_| !text.is_empty());
        let mut command =
            format!("trailbell explain-alarm {}", word(&self.alarm).as_deref().unwrap_or("ALARM"));
        if let Some(region) = word(&self.region) {
            command.push_str(" --region ");
            command.push_str(&region);
        }
        command
    }
}

/// One line each: when, who did what, from where. `more` are not listed.
pub(super) fn listed_events(events: &[&Behind], more: u64, reader: &Reader) -> Vec<Item> {
    let lang = reader.lang;
    let lines = events.iter().map(|event| &event.line).collect();
    let mut items = list(lines, more, reader);
    for (item, event) in items.iter_mut().zip(events) {
        let Some(address) = event.address.as_deref().filter(|address| !address.is_empty()) else {
            continue;
        };
        let network = reader.networks.of(Some(address));
        let values = [("address", name(address)), ("network", network::beside(&network, lang))];
        let words = Both::new(" From {address}[, {network}].", "(接続元: {address}[、{network}])");
        item.text.append(say(words, lang, &values));
    }
    items
}

/// `trail: { $.eventName = ... }`.
fn filtered((log_group, pattern): &(String, String), lang: Lang) -> Phrase {
    let values = [("group", name(log_group)), ("pattern", reason(pattern))];
    say(Both::new("{group}[: {pattern}]", "{group}[: {pattern}]"), lang, &values)
}

fn several(all: impl Iterator<Item = Phrase>, lang: Lang) -> Phrase {
    let mut phrase = Phrase::new();
    for (index, one) in all.enumerate() {
        if index == SHOWN {
            phrase.push(lang.pick("; …", "、…"));
            break;
        }
        if index > 0 {
            phrase.push(lang.pick("; ", "、"));
        }
        phrase.append(one);
    }
    phrase
}

/// A resource that AWS Config saw change: what, and not who. What is text came from somebody else: hostile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemChange {
    /// `AWS::IAM::User`.
    pub resource_type: String,
    /// Its name, or its id where it has none.
    pub resource: String,
    /// The account's 12 digits.
    pub account: Option<Untrusted>,
    /// The region; `global` for IAM's.
    pub region: String,
    /// `CREATE`, `UPDATE` or `DELETE`; empty where it was not said.
    pub change: String,
    /// When Config saw it.
    pub at: Option<Timestamp>,
    /// The properties that changed, by their names in the configuration item.
    pub changed: Vec<String>,
}

impl ItemChange {
    pub(super) fn draft(&self, reader: &Reader) -> Draft {
        let lang = reader.lang;
        let values = [("kind", self.kind(lang)), ("name", name(&self.resource))];
        let words = match self.change.as_str() {
            "CREATE" => Both::new(
                "AWS Config saw a new {kind}[: {name}].",
                "AWS Config が {kind}[ {name} の| の]作成を検出しました。",
            ),
            "DELETE" => Both::new(
                "AWS Config saw the {kind}[ {name}] go.",
                "AWS Config が {kind}[ {name} の| の]削除を検出しました。",
            ),
            _ => Both::new(
                "AWS Config saw the {kind}[ {name}] change.",
                "AWS Config が {kind}[ {name} の| の]変更を検出しました。",
            ),
        };
        let mut draft = Draft::new(say(words, lang, &values));
        draft.account.clone_from(&self.account);
        draft
            .fact(
                lang.pick("Who", "操作した人"),
                ours(Both::new("Config does not say", "Config には記録されません"), lang),
            )
            .fact(
                lang.pick("What", "対象"),
                say(
                    Both::new("{name}[ ({type})]", "{name}[({type})]"),
                    lang,
                    &[("name", name(&self.resource)), ("type", name(&self.resource_type))],
                ),
            )
            .fact(lang.pick("Changed", "変更箇所"), several(self.changed.iter().map(|one| name(one)), lang))
            .account_fact(reader)
            .fact(lang.pick("When", "日時"), self.at.map(|at| moment(at, reader)).unwrap_or_default());
        recognised(&mut draft, lang);
        draft.step(ours(
            Both::new(
                "See who did it: in the CloudTrail console of us-east-1, open Event history and look for this resource name shortly before this time.",
                "操作した人を確認するには、CloudTrail コンソール(バージニア北部 us-east-1)のイベント履歴で、この日時の少し前をリソース名で検索してください。",
            ),
            lang,
        ));
        draft
    }

    /// "IAM user"; Config's own word for what is not known here.
    fn kind(&self, lang: Lang) -> Phrase {
        let words = match self.resource_type.as_str() {
            "AWS::IAM::User" => Both::new("IAM user", "IAM ユーザー"),
            "AWS::IAM::Role" => Both::new("IAM role", "IAM ロール"),
            "AWS::IAM::Group" => Both::new("IAM group", "IAM グループ"),
            "AWS::IAM::Policy" => Both::new("IAM policy", "IAM ポリシー"),
            other => return name(other),
        };
        ours(words, lang)
    }
}
