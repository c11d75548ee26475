//! A rule's alarm rang: what the rule meets was too much (or too little), who did it, and the numbers.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_text::{BothPhrases, Kind, Outcome, Phrase, Severity, Untrusted};

use super::alarm::listed_events;
use super::together::{from_to, if_not, one_account, recognised};
use super::words::{DOCTOR, Draft, name, number, ours, say, span};
use super::{Behind, Line};
use crate::facts::Reader;
use crate::lang::{Both, Lang};

/// Who is named one by one; datapoints that are shown.
const SHOWN: usize = 5;
const DATAPOINTS_SHOWN: usize = 12;

/// An alarm of one of the owner's rules. Names of others in it are hostile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// The rule's name.
    pub rule: String,
    /// What a match of it means, in both languages.
    pub what: BothPhrases,
    /// How much it matters.
    pub severity: Severity,
    /// What is said of it.
    pub news: Ringing,
    /// When.
    pub at: Timestamp,
    /// When it went to ALARM.
    pub since: Timestamp,
    /// Why, in the words CloudWatch has for it.
    pub reason: String,
    /// On what terms.
    pub terms: Terms,
    /// What was looked at, oldest first: when each period begins, and its value; `None` where there was none.
    pub datapoints: Vec<(Timestamp, Option<f64>)>,
    /// How many events are behind it that have not been told.
    pub count: u64,
    /// Who caused them, those with the most first, as far as they were counted apart.
    pub who: Vec<(String, u64)>,
    /// When the first and the last of them were.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The newest of them, in order of their time.
    pub events: Vec<Behind>,
}

/// What is said of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ringing {
    /// It went to ALARM.
    Began,
    /// It still is, and more has come.
    GoesOn,
    /// It is over.
    Over,
}

/// The terms of an alarm, in AWS's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// `Threshold`
    pub threshold: f64,
    /// `ComparisonOperator`
    pub comparison: String,
    /// `Statistic`
    pub statistic: String,
    /// `Period`, in seconds.
    pub period: u32,
    /// `DatapointsToAlarm`
    pub datapoints_to_alarm: u32,
    /// `EvaluationPeriods`
    pub evaluation_periods: u32,
    /// `TreatMissingData`
    pub missing: String,
}

impl Rung {
    /// Whether a person wants to hear it: where there is an event behind it that nobody has heard of, or where silence is what rings.
    /// An alarm that goes to ALARM once more over periods that have been told (CloudWatch's do, when newer points have left the range)
    /// is no news.
    pub fn is_news(&self) -> bool {
        match self.news {
            Ringing::Began => self.count > 0 || self.is_for_too_few() || self.terms.missing == "breaching",
            Ringing::GoesOn => self.count > 0,
            Ringing::Over => self.count > 0 && !self.is_for_too_few(),
        }
    }

    /// Whether it rings when there is less than the threshold: then events are what should happen.
    fn is_for_too_few(&self) -> bool {
        self.terms.comparison.starts_with("Less")
    }

    /// Itself as one line among others, in a digest.
    pub fn line(&self, reader: &Reader) -> Line {
        let worded = |lang| self.headline(&Reader { lang, ..reader.clone() });
        let lines: Vec<Line> = self.events.iter().map(|event| event.line.clone()).collect();
        Line {
            severity: self.severity(),
            kind: Kind::RuleMatch,
            outcome: Outcome::Success,
            time: Some(self.at),
            headline: BothPhrases { en: worded(Lang::En), ja: worded(Lang::Ja) },
            account: one_account(&lines).cloned(),
            event_id: None,
        }
    }

    pub(super) fn severity(&self) -> Severity {
        match self.news {
            Ringing::Began | Ringing::GoesOn => self.severity,
            Ringing::Over => Severity::Info,
        }
    }

    pub(super) fn headline(&self, reader: &Reader) -> Phrase {
        let lang = reader.lang;
        let (count, over) = (self.count, self.news == Ringing::Over);
        let words = match (self.news, count) {
            (Ringing::Began, 0) => {
                Both::new("{what}: none {span}.", "{what}: {span} 1 件もありませんでした。")
            }
            (Ringing::Began, 1) if self.is_for_too_few() => {
                Both::new("{what}: only once {span}.", "{what}: {span} 1 件しかありませんでした。")
            }
            (Ringing::Began, _) if self.is_for_too_few() => Both::new(
                "{what}: only {count} times {span}.",
                "{what}: {span} {count} 件しかありませんでした。",
            ),
            (Ringing::Began, 1) => Both::new("{what}: once {span}.", "{what}: {span} 1 件ありました。"),
            (Ringing::Began, _) => {
                Both::new("{what}: {count} times {span}.", "{what}: {span} {count} 件ありました。")
            }
            (Ringing::GoesOn, 1) => Both::new(
                "{what}: it goes on, once more {span}.",
                "{what}: 続いています。{span} さらに 1 件ありました。",
            ),
            (Ringing::GoesOn, _) => Both::new(
                "{what}: it goes on, {count} more {span}.",
                "{what}: 続いています。{span} さらに {count} 件ありました。",
            ),
            (Ringing::Over, 0) => Both::new("{what}: it is over.", "{what}: 収まりました。"),
            (Ringing::Over, _) => Both::new(
                "{what}: it is over, after {count} more {span}.",
                "{what}: 収まりました。前回の通知の後、{span} {count} 件ありました。",
            ),
        };
        let looked_at = self.datapoints.first().map(|(from, _)| (*from, self.at));
        let time = self.span.or_else(|| looked_at.filter(|_| !over));
        let values = [
            ("what", lang.of(&self.what).clone()),
            ("count", number(count)),
            ("span", time.map(|(from, to)| span(from, to, reader)).unwrap_or_default()),
        ];
        say(words, lang, &values)
    }

    pub(super) fn draft(&self, reader: &Reader) -> Draft {
        let lang = reader.lang;
        let mut draft = Draft::new(self.headline(reader));
        let lines: Vec<_> = self.events.iter().map(|event| event.line.clone()).collect();
        draft.account = one_account(&lines).cloned();
        draft
            .fact(lang.pick("Rule", "ルール"), name(&self.rule))
            .fact(lang.pick("Who", "操作した人"), self.who(lang))
            .account_fact(reader)
            .fact(
                lang.pick("When", "日時"),
                self.span.map(|(from, to)| from_to(from, to, reader)).unwrap_or_default(),
            )
            .fact(lang.pick("Alarm", "アラーム条件"), self.terms(lang))
            .fact(lang.pick("Counted", "集計"), self.counted(lang));
        let mut sorted: Vec<&Behind> = self.events.iter().collect();
        sorted.sort_by_key(|event| (Reverse(event.line.severity), event.line.time));
        draft.items = listed_events(&sorted, self.count.saturating_sub(sorted.len() as u64), reader);
        if self.news == Ringing::Over {
            draft.calm = Some(ours(
                Both::new(
                    "The alarm is over; its first message has the steps.",
                    "アラームは解除されました。対処の手順は、このアラームの最初の通知に書かれています。",
                ),
                lang,
            ));
        } else if self.count == 0 || self.is_for_too_few() {
            draft.command(
                ours(
                    Both::new(
                        "See whether what should happen still happens, and whether its events still reach trailbell.",
                        "本来あるはずの操作が今も行われているか、そのイベントが trailbell に届いているかを確認してください。",
                    ),
                    lang,
                ),
                DOCTOR,
            );
        } else {
            recognised(&mut draft, lang);
            draft.steps_for = Some(if_not(lang));
            draft.step(ours(
                Both::new(
                    "Ask those named here whether it was they. If it was not, somebody else has their credentials. What is behind each event, field by field: trailbell explain EVENT-ID.",
                    "ここに名前のある人に、ご本人の操作かどうかを確認してください。そうでなければ、認証情報が第三者に使われています。各イベントの詳細は trailbell explain EVENT-ID で確認できます。",
                ),
                lang,
            ));
        }
        draft.details = Some(format!(
            "trailbell alarms {}",
            Untrusted::from(self.rule.as_str()).shell_word().unwrap_or_else(|_| "RULE".to_owned())
        ));
        draft
    }

    /// "alice (9), bob (3)".
    fn who(&self, lang: Lang) -> Phrase {
        let mut phrase = Phrase::new();
        for (index, (who, count)) in self.who.iter().take(SHOWN).enumerate() {
            if index > 0 {
                phrase.push(lang.pick(", ", "、"));
            }
            let values = [("who", name(who)), ("count", number(*count))];
            phrase.append(say(Both::new("{who} ({count})", "{who}({count} 件)"), lang, &values));
        }
        if self.who.len() > SHOWN {
            phrase.push(lang.pick(", …", "、…"));
        }
        phrase
    }

    /// "5 or more in 5 minutes, in 2 of 3 such periods".
    fn terms(&self, lang: Lang) -> Phrase {
        let Terms { comparison, statistic, datapoints_to_alarm, evaluation_periods, .. } = &self.terms;
        let words = match comparison.as_str() {
            "GreaterThanThreshold" => Both::new(
                "more than {threshold}[ ({statistic})] in {period}[, in {m} of {n} such periods]",
                "{period}に {threshold} 件を超える[({statistic})][(直近 {n} 期間のうち {m} 期間)]",
            ),
            "LessThanThreshold" => Both::new(
                "less than {threshold}[ ({statistic})] in {period}[, in {m} of {n} such periods]",
                "{period}に {threshold} 件未満[({statistic})][(直近 {n} 期間のうち {m} 期間)]",
            ),
            "LessThanOrEqualToThreshold" => Both::new(
                "{threshold} or less[ ({statistic})] in {period}[, in {m} of {n} such periods]",
                "{period}に {threshold} 件以下[({statistic})][(直近 {n} 期間のうち {m} 期間)]",
            ),
            _ => Both::new(
                "{threshold} or more[ ({statistic})] in {period}[, in {m} of {n} such periods]",
                "{period}に {threshold} 件以上[({statistic})][(直近 {n} 期間のうち {m} 期間)]",
            ),
        };
        let several = *evaluation_periods > 1;
        let some = |text: String, there: bool| if there { Phrase::ours(text) } else { Phrase::new() };
        let values = [
            ("threshold", Phrase::ours(decimal(self.terms.threshold))),
            ("statistic", some(statistic.clone(), statistic != "Sum")),
            ("period", Phrase::ours(self.period(lang))),
            ("m", some(datapoints_to_alarm.to_string(), several)),
            ("n", some(evaluation_periods.to_string(), several)),
        ];
        say(words, lang, &values)
    }

    /// "5 minutes"; 「5 分間」.
    fn period(&self, lang: Lang) -> String {
        let seconds = self.terms.period;
        let (count, one, many, ja) = match seconds {
            s if s.is_multiple_of(86_400) => (s / 86_400, "a day", "days", "日間"),
            s if s.is_multiple_of(3_600) => (s / 3_600, "an hour", "hours", "時間"),
            s if s.is_multiple_of(60) => (s / 60, "a minute", "minutes", "分間"),
            s => (s, "a second", "seconds", "秒間"),
        };
        match (lang, count) {
            (Lang::En, 1) => one.to_owned(),
            (Lang::En, count) => format!("{count} {many}"),
            (Lang::Ja, count) => format!("{count} {ja}"),
        }
    }

    /// "–, 3, 12 (the newest last)".
    fn counted(&self, lang: Lang) -> Phrase {
        let from = self.datapoints.len().saturating_sub(DATAPOINTS_SHOWN);
        let values: Vec<String> = self.datapoints[from..]
            .iter()
            .map(|(_, value)| value.map_or_else(|| "–".to_owned(), decimal))
            .collect();
        if values.is_empty() {
            return Phrase::new();
        }
        let values =
            [("values", Phrase::ours(values.join(", "))), ("period", Phrase::ours(self.period(lang)))];
        say(
            Both::new("{values} (each of {period}, the newest last)", "{period}ごと: {values}(右が最新)"),
            lang,
            &values,
        )
    }
}

/// A number without a fraction that is none.
fn decimal(value: f64) -> String {
    format!("{value}")
}
