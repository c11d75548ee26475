//! Whether trailbell can hear and be heard: what is wrong, since when, what that means, and how to mend it.

use trailbell_text::Phrase;

use super::Bulletin;
use super::words::{DOCTOR, Draft, command_about, moment, name, ours, reason, say};
use crate::facts::Reader;
use crate::lang::{Both, Lang};
use crate::time;

impl Bulletin {
    pub(super) fn health(&self, reader: &Reader) -> Draft {
        let lang = reader.lang;
        match self {
            Self::Deaf { .. } => self.deaf(reader),
            Self::WellAgain { source, deaf_since } => {
                let words = Both::new(
                    "trailbell hears {source} again.",
                    "{source} からのイベントの受信が再開しました。",
                );
                let mut draft = Draft::new(say(words, lang, &[("source", name(source))]));
                let since = deaf_since.map(|at| moment(at, reader)).unwrap_or_default();
                draft
                    .fact(lang.pick("Source", "取得元"), name(source))
                    .fact(lang.pick("Silent from", "受信が途絶えた日時"), since);
                draft.calm = Some(ours(
                    Both::new(
                        "Nothing to do. What was recorded meanwhile is told late, as far as the source still has it.",
                        "対応は不要です。受信が途絶えていた間に記録された操作は、取得元に残っている範囲で、遅れて通知します。",
                    ),
                    lang,
                ));
                draft
            }
            Self::ChannelRefusing { .. } | Self::ChannelWell { .. } => self.channel(reader),
            Self::SubscriptionUnconfirmed { topic, address } => unconfirmed(topic, address, lang),
            _ => self.ledger(reader),
        }
    }

    fn deaf(&self, reader: &Reader) -> Draft {
        let Self::Deaf { source, since, usual_seconds, reason: why } = self else { return Draft::default() };
        let lang = reader.lang;
        let values =
            [("source", name(source)), ("since", since.map(|at| moment(at, reader)).unwrap_or_default())];
        let words = match (why, since) {
            (Some(_), _) => Both::new("trailbell cannot read {source}.", "{source} を読み取れません。"),
            (None, Some(_)) => Both::new(
                "trailbell has heard nothing from {source} since {since}.",
                "{since} を最後に、{source} からのイベントを受信していません。",
            ),
            (None, None) => Both::new(
                "trailbell has not heard anything from {source} yet.",
                "{source} からのイベントをまだ一度も受信していません。",
            ),
        };
        let mut draft = Draft::new(say(words, lang, &values));
        let usual = usual_seconds.map(|seconds| {
            let length = Phrase::ours(time::span(jiff::SignedDuration::from_secs(seconds), lang));
            let words = Both::new("it is silent for {length} at most", "受信のない時間は長くても {length}");
            say(words, lang, &[("length", length)])
        });
        let [(_, source_name), (_, last)] = values.clone();
        draft
            .fact(lang.pick("Source", "取得元"), source_name)
            .fact(lang.pick("Last heard", "最終受信"), last)
            .fact(lang.pick("Usually", "普段"), usual.unwrap_or_default())
            .fact(lang.pick("Reason", "理由"), why.as_deref().map(reason).unwrap_or_default());
        let meaning = if why.is_some() {
            Both::new(
                "Until this is mended, nothing that comes through {source} is told.",
                "復旧するまで、{source} から届くはずの操作は通知されません。",
            )
        } else {
            Both::new(
                "Either nothing happened, or trailbell cannot hear it; then nothing that comes through {source} is told.",
                "何も起きていないか、trailbell が受信できていないかのどちらかです。受信できていない場合、{source} から届くはずの操作は通知されません。",
            )
        };
        draft.calm = Some(say(meaning, lang, &values));
        draft.calm_is_urgent = true;
        doctor(&mut draft, lang);
        draft.step(ours(
            Both::new(
                "If it finds nothing wrong, see in the CloudTrail console whether events are recorded at all, and whether what delivers them (a trail, a queue, a subscription) was changed.",
                "問題が見つからない場合は、CloudTrail コンソールで、イベントが記録されているかどうか、配信の設定(証跡、キュー、サブスクリプションなど)が変更されていないかどうかを確認してください。",
            ),
            lang,
        ));
        draft
    }

    fn channel(&self, reader: &Reader) -> Draft {
        let lang = reader.lang;
        match self {
            Self::ChannelRefusing { channel, since, reason: why } => {
                let words = Both::new(
                    "trailbell cannot reach anybody through {channel}.",
                    "{channel} にメッセージを送信できません。",
                );
                let mut draft = Draft::new(say(words, lang, &[("channel", name(channel))]));
                draft
                    .fact(lang.pick("Channel", "送信先"), name(channel))
                    .fact(lang.pick("Since", "発生日時"), moment(*since, reader))
                    .fact(lang.pick("Reason", "理由"), reason(why));
                draft.calm = Some(ours(
                    Both::new(
                        "What is to be sent there is kept and tried again, but not for ever.",
                        "この送信先宛てのメッセージは保管して再送を試みますが、一定の期間で打ち切ります。",
                    ),
                    lang,
                ));
                draft.calm_is_urgent = true;
                doctor(&mut draft, lang);
                draft
                    .command(
                        ours(
                            Both::new(
                                "Check its address and its key or token, in trailbell.yaml and on the other side. Then try it:",
                                "trailbell.yaml と送信先サービスの両方で、宛先とキー(またはトークン)を確認してください。その後、次のコマンドで送信を試してください。",
                            ),
                            lang,
                        ),
                        command_about("trailbell send-test", channel),
                    )
                    .command(given_up(lang), command_about(RETRY, channel));
                draft
            }
            Self::ChannelWell { channel, since } => {
                let words =
                    Both::new("trailbell reaches {channel} again.", "{channel} への送信が復旧しました。");
                let mut draft = Draft::new(say(words, lang, &[("channel", name(channel))]));
                draft
                    .fact(lang.pick("Channel", "送信先"), name(channel))
                    .fact(lang.pick("Refused from", "送信が止まった日時"), moment(*since, reader));
                draft.calm = Some(ours(
                    Both::new(
                        "What waited for it is on its way.",
                        "待っていたメッセージを順に送信しています。",
                    ),
                    lang,
                ));
                draft.command(given_up(lang), command_about(RETRY, channel));
                draft
            }
            _ => Draft::default(),
        }
    }

    fn ledger(&self, reader: &Reader) -> Draft {
        let lang = reader.lang;
        match self {
            Self::LedgerFull { since, reason: why } => {
                let mut draft = Draft::new(ours(
                    Both::new(
                        "trailbell has no room to write down what it hears.",
                        "trailbell が受信した内容を書き込む空き容量がありません。",
                    ),
                    lang,
                ));
                draft
                    .fact(lang.pick("Since", "発生日時"), moment(*since, reader))
                    .fact(lang.pick("Reason", "理由"), reason(why));
                draft.calm = Some(ours(
                    Both::new(
                        "Nothing is lost: it waits, and goes on by itself once there is room. Until then nothing new is told.",
                        "失われたものはありません。空きができしだい、自動的に再開します。それまで、新しい通知は送られません。",
                    ),
                    lang,
                ));
                draft.calm_is_urgent = true;
                draft.step(ours(
                    Both::new(
                        "Make room on the disk, or raise max_size under ledger in trailbell.yaml. Do not delete the ledger: it knows what was told already.",
                        "ディスクの空きを増やすか、trailbell.yaml の ledger にある max_size を大きくしてください。台帳ファイル(何を通知したかの記録)は削除しないでください。",
                    ),
                    lang,
                ));
                doctor(&mut draft, lang);
                draft
            }
            Self::LedgerWell { since } => {
                let mut draft = Draft::new(ours(
                    Both::new(
                        "trailbell can write down what it hears again.",
                        "trailbell が受信した内容を再び書き込めるようになりました。",
                    ),
                    lang,
                ));
                draft.fact(lang.pick("Full from", "書き込みが止まった日時"), moment(*since, reader));
                draft.calm = Some(ours(
                    Both::new(
                        "Nothing to do. What waited is being told now.",
                        "対応は不要です。待っていた操作を順に通知しています。",
                    ),
                    lang,
                ));
                draft
            }
            _ => Draft::default(),
        }
    }
}

/// Sends again what was given up.
const RETRY: &str = "trailbell deliveries retry --all --channel";

fn given_up(lang: Lang) -> Phrase {
    ours(
        Both::new(
            "What was given up meanwhile is sent again by:",
            "その間に打ち切られたメッセージを再送する場合は、次のコマンドを実行してください。",
        ),
        lang,
    )
}

fn doctor(draft: &mut Draft, lang: Lang) {
    let text = Both::new(
        "On the machine trailbell runs on, let it check itself; it says how to mend what is wrong:",
        "trailbell を実行しているマシンで、次の自己診断コマンドを実行してください。問題と直し方が表示されます。",
    );
    draft.command(ours(text, lang), DOCTOR);
}

fn unconfirmed(topic: &str, address: &str, lang: Lang) -> Draft {
    let words = Both::new(
        "The SNS subscription of {address} is not confirmed.",
        "{address} の SNS サブスクリプションが確認されていません。",
    );
    let mut draft = Draft::new(say(words, lang, &[("address", name(address))]));
    draft
        .fact(lang.pick("Topic", "トピック"), name(topic))
        .fact(lang.pick("Subscriber", "登録先"), name(address));
    draft.calm = Some(ours(
        Both::new(
            "Until it is confirmed, AWS delivers nothing there.",
            "確認が済むまで、AWS はこの登録先に何も配信しません。",
        ),
        lang,
    ));
    draft.calm_is_urgent = true;
    draft.step(ours(
        Both::new(
            "In the Amazon SNS console, open the topic, see that the subscriber is one of yours, and request the confirmation again; AWS then sends a message to confirm it with.",
            "Amazon SNS コンソールでトピックを開き、登録先がご自身のものであることを確かめてから、確認メッセージの再送を実行してください。その後、AWS から届くメッセージで確認を完了してください。",
        ),
        lang,
    ));
    doctor(&mut draft, lang);
    draft
}
