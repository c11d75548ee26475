//! Words that ask for nothing: the first start, the weekly "all is well", a test.

use super::Bulletin;
use super::words::{DOCTOR, Draft, by_severity, moment, name, names, number, ours, say};
use crate::facts::Reader;
use crate::lang::Both;

impl Bulletin {
    pub(super) fn week(&self, reader: &Reader) -> Draft {
        match self {
            Self::AllIsWell { .. } => self.all_is_well(reader),
            Self::Welcome { .. } => self.welcome(reader),
            Self::Test { channel, kind } => test(channel, kind, reader),
            _ => Draft::default(),
        }
    }

    fn all_is_well(&self, reader: &Reader) -> Draft {
        let Self::AllIsWell { from, until, notices, sources, channels, waiting, dead } = self else {
            return Draft::default();
        };
        let lang = reader.lang;
        let headline = match dead {
            0 => Both::new("trailbell is well and keeping watch.", "trailbell は正常に監視を続けています。"),
            1 => Both::new(
                "trailbell is keeping watch, but one message could not be delivered.",
                "trailbell は監視を続けていますが、届けられなかったメッセージが 1 件あります。",
            ),
            _ => Both::new(
                "trailbell is keeping watch, but {dead} messages could not be delivered.",
                "trailbell は監視を続けていますが、届けられなかったメッセージが {dead} 件あります。",
            ),
        };
        let mut draft = Draft::new(say(headline, lang, &[("dead", number(*dead))]));
        let mut period = moment(*from, reader);
        period.push(lang.pick(" to ", "〜"));
        period.append(moment(*until, reader));
        let told = by_severity(notices, lang);
        let told = if told.is_empty() { ours(Both::new("none", "なし"), lang) } else { told };
        draft.fact(lang.pick("When", "期間"), period).fact(lang.pick("Notices", "通知"), told);
        for (source, newest, events) in sources {
            let words = match (newest, *events == 1) {
                (None, _) if *events == 0 => Both::new("{source}: nothing yet", "{source}: まだ受信なし"),
                (_, true) => Both::new(
                    "{source}: one event[, the newest of {newest}]",
                    "{source}: イベント 1 件[(最新は {newest})]",
                ),
                (_, false) => Both::new(
                    "{source}: {events} events[, the newest of {newest}]",
                    "{source}: イベント {events} 件[(最新は {newest})]",
                ),
            };
            let values = [
                ("source", name(source)),
                ("events", number(*events)),
                ("newest", newest.map(|at| moment(at, reader)).unwrap_or_default()),
            ];
            draft.fact(lang.pick("Heard", "受信"), say(words, lang, &values));
        }
        for (channel, sent) in channels {
            let words = if *sent == 1 {
                Both::new("{channel}: one message", "{channel}: メッセージ 1 件")
            } else {
                Both::new("{channel}: {sent} messages", "{channel}: メッセージ {sent} 件")
            };
            let values = [("channel", name(channel)), ("sent", number(*sent))];
            draft.fact(lang.pick("Sent", "送信"), say(words, lang, &values));
        }
        if *waiting > 0 {
            let words = Both::new("{waiting} to be sent", "送信待ち {waiting} 件");
            draft.fact(lang.pick("Waiting", "待機"), say(words, lang, &[("waiting", number(*waiting))]));
        }
        if *dead > 0 {
            let see = Both::new(
                "See what was given up, and why. trailbell deliveries retry sends it again:",
                "届けられなかったメッセージとその理由を確認してください。再送には trailbell deliveries retry を使ってください。",
            );
            draft.command(ours(see, lang), "trailbell deliveries --state dead");
        }
        draft.footer.push(ours(
            Both::new(
                "A message like this comes every week. If it does not come, something is wrong: run trailbell doctor.",
                "このお知らせは毎週届きます。届かない場合は異常が考えられますので、trailbell doctor を実行してください。",
            ),
            lang,
        ));
        draft
    }

    fn welcome(&self, reader: &Reader) -> Draft {
        let Self::Welcome { sources, channels, learning_until } = self else { return Draft::default() };
        let lang = reader.lang;
        let mut draft = Draft::new(ours(
            Both::new("trailbell has begun to keep watch.", "trailbell が監視を開始しました。"),
            lang,
        ));
        draft
            .fact(lang.pick("Listens to", "取得元"), names(sources, lang))
            .fact(lang.pick("Tells", "通知先"), names(channels, lang));
        if let Some(until) = learning_until {
            let words = Both::new(
                "until {until}, what is usual is learnt: what is high or critical is told at once, the rest once a day",
                "{until} までは普段の様子を学習します。重要度が「高」以上のものはすぐに、それ以外は 1 日 1 回まとめて通知します",
            );
            let text = say(words, lang, &[("until", moment(*until, reader))]);
            draft.fact(lang.pick("At first", "開始当初"), text);
        }
        draft.calm = Some(ours(
            Both::new(
                "Nothing happened; this only says that you are reached.",
                "何かが起きたわけではありません。通知が届くことを確認するためのお知らせです。",
            ),
            lang,
        ));
        draft.details = Some(DOCTOR.to_owned());
        draft
    }
}

fn test(channel: &str, kind: &str, reader: &Reader) -> Draft {
    let lang = reader.lang;
    let words =
        Both::new("This is a test: {channel} works.", "これはテストです。{channel} への通知は届いています。");
    let mut draft = Draft::new(say(words, lang, &[("channel", name(channel))]));
    let words = Both::new("{channel} ({kind})", "{channel}({kind})");
    let text = say(words, lang, &[("channel", name(channel)), ("kind", name(kind))]);
    draft.fact(lang.pick("Channel", "送信先"), text);
    draft.calm = Some(ours(
        Both::new(
            "Nothing happened in your account; nothing to do.",
            "アカウントでは何も起きていません。対応は不要です。",
        ),
        lang,
    ));
    draft
}
