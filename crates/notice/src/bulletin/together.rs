//! Several events in one message: what followed the first of a group, failed sign-ins counted, and the day's digest.

use std::cmp::Reverse;

use jiff::Timestamp;
use trailbell_text::{Kind, Outcome, Phrase, Severity, Untrusted};

use super::words::{Draft, by_severity, moment, name, number, ours, say, span};
use super::{Bulletin, Line};
use crate::facts::Reader;
use crate::lang::{Both, Lang};
use crate::network;
use crate::page::Item;
use crate::words;

/// Things one message lists; the rest is counted.
const SHOWN: usize = 50;
/// Addresses named one by one.
const ADDRESSES: usize = 5;

impl Bulletin {
    pub(super) fn together(&self, reader: &Reader) -> Draft {
        match self {
            Self::Summary { who, items, more, since, until } => {
                summary(who.as_deref(), items, *more, (*since, *until), reader)
            }
            Self::Session { who, started, items, more } => {
                session(who.as_deref(), *started, items, *more, reader)
            }
            Self::Digest { items, more, from, until, counts } => {
                digest(items, *more, (*from, *until), counts, reader)
            }
            _ => self.failures(reader),
        }
    }

    fn failures(&self, reader: &Reader) -> Draft {
        let Self::Failures {
            who,
            account,
            count,
            first,
            last,
            addresses,
            unknown_name,
            at_end,
            none_succeeded,
        } = self
        else {
            return Draft::default();
        };
        let lang = reader.lang;
        let known = who.as_deref().filter(|_| !unknown_name).map(name).unwrap_or_default();
        let words = match (known.is_empty(), *count == 1) {
            (false, true) => Both::new(
                "A sign-in as {who} failed {span}.",
                "{who} のユーザー名によるサインインが {span} 1 回失敗しました。",
            ),
            (false, false) => Both::new(
                "{count} sign-ins as {who} failed {span}.",
                "{who} のユーザー名によるサインインが {span} {count} 回失敗しました。",
            ),
            (true, true) => Both::new(
                "A sign-in with an unknown user name failed {span}.",
                "不明なユーザー名によるサインインが {span} 1 回失敗しました。",
            ),
            (true, false) => Both::new(
                "{count} sign-ins with an unknown user name failed {span}.",
                "不明なユーザー名によるサインインが {span} {count} 回失敗しました。",
            ),
        };
        let values = [("who", known), ("count", number(*count)), ("span", span(*first, *last, reader))];
        let mut headline = say(words, lang, &values);
        let title = Some(headline.clone());
        if *none_succeeded {
            headline.push(lang.pick(" None succeeded.", "成功したものはありません。"));
        }
        let [(_, known), ..] = values;
        let mut draft = Draft { title, ..Draft::new(headline) };
        draft.account.clone_from(account);
        let state = if *at_end {
            Both::new("stopped: none for 5 minutes", "停止(5 分間、新たな失敗はありません)")
        } else {
            Both::new(
                "may go on; if it does, you are told again",
                "継続中の可能性あり(続く場合は再度お知らせします)",
            )
        };
        draft
            .account_fact(reader)
            .fact(lang.pick("When", "日時"), from_to(*first, *last, reader))
            .fact(lang.pick("From", "接続元"), places(addresses, reader))
            .fact(lang.pick("Now", "現在の状況"), ours(state, lang));
        draft.calm = Some(ours(
            Both::new(
                "If this was you, mistyping, nothing to do.",
                "ご自身の入力間違いであれば、対応は不要です。",
            ),
            lang,
        ));
        draft.steps_for = Some(if_not(lang));
        if known.is_empty() {
            draft.footer.push(ours(
                Both::new(
                    "AWS hides user names that do not exist; it may also be a password typed in the wrong box.",
                    "AWS は存在しないユーザー名を記録に残しません。パスワードを誤ってユーザー名欄に入力した可能性もあります。",
                ),
                lang,
            ));
            draft.step(ours(
                Both::new(
                    "Watch whether it goes on, and from where. A sign-in that succeeds after failures is told by itself.",
                    "続くかどうか、どこから来ているかを確認してください。失敗の後に成功したサインインがあれば、別途お知らせします。",
                ),
                lang,
            ));
        } else {
            draft.step(say(
                Both::new(
                    "Make sure that {who} has a long password used nowhere else, and MFA. A sign-in that succeeds after failures is told by itself.",
                    "{who} に、ほかで使っていない長いパスワードと MFA が設定されていることを確認してください。失敗の後に成功したサインインがあれば、別途お知らせします。",
                ),
                lang,
                &[("who", known)],
            ));
        }
        draft.details = Some(timeline(*first));
        draft
    }
}

fn summary(
    who: Option<&str>,
    items: &[Line],
    more: u64,
    (since, until): (Timestamp, Timestamp),
    reader: &Reader,
) -> Draft {
    let lang = reader.lang;
    let count = more + items.len() as u64;
    let kind = items.first().map(|item| item.kind);
    // What is not listed may have been refused.
    let all_done = more == 0 && items.iter().all(|item| item.outcome == Outcome::Success);
    let what = match (kind, count == 1) {
        (Some(Kind::ConsoleSignIn), true) => Both::new("sign-in", "サインイン"),
        (Some(Kind::ConsoleSignIn), false) => Both::new("sign-ins", "サインイン"),
        (Some(Kind::IamChange), true) => Both::new("change", "変更"),
        (Some(Kind::IamChange), false) => Both::new("changes", "変更"),
        (_, true) => Both::new("action", "操作"),
        (_, false) => Both::new("actions", "操作"),
    };
    let tried = Both::new(" (done or tried)", "(失敗・拒否を含む)");
    let values = [
        ("count", number(count)),
        ("what", ours(what, lang)),
        ("tried", if all_done { Phrase::new() } else { ours(tried, lang) }),
        ("who", who.map(name).unwrap_or_default()),
        ("span", span(since, until, reader)),
    ];
    let words = Both::new(
        "{count} more {what}[{tried}][ by {who}] {span}.",
        "[{who} による]{what}[{tried}]が {span} さらに {count} 件ありました。",
    );
    let mut draft = Draft::new(say(words, lang, &values));
    draft.account = one_account(items).cloned();
    draft
        .fact(lang.pick("Who", "操作した人"), who.map(name).unwrap_or_default())
        .account_fact(reader)
        .fact(lang.pick("When", "日時"), from_to(since, until, reader));
    draft.items = list(items.iter().collect(), more, reader);
    recognised(&mut draft, lang);
    draft
        .step(ours(
            Both::new(
                "Follow the steps of the first notice of this group, in their order.",
                "このグループの最初の通知に書かれた手順を、順番どおりに実行してください。",
            ),
            lang,
        ))
        .step(what_to_do(lang));
    draft.details = Some(timeline(since));
    draft
}

/// What was done in a session; each of it has been told.
fn session(who: Option<&str>, started: Timestamp, items: &[Line], more: u64, reader: &Reader) -> Draft {
    let lang = reader.lang;
    let count = more + items.len() as u64;
    let values = [
        ("count", number(count)),
        ("who", who.map(name).unwrap_or_default()),
        ("started", moment(started, reader)),
    ];
    let words = Both::new(
        "Nothing more to tell of [{who}'s|the] session of {started} for an hour; {count} things done in it were told.",
        "[{who} の]セッション({started} 開始)では、この 1 時間、通知の対象になる操作がありません。それまでに通知した操作は {count} 件です。",
    );
    let title = Both::new(
        "[{who}'s|the] session of {started}: {count} things done",
        "[{who} の]セッション({started} 開始): 操作 {count} 件",
    );
    let mut draft = Draft { title: Some(say(title, lang, &values)), ..Draft::new(say(words, lang, &values)) };
    draft.account = one_account(items).cloned();
    let times = || items.iter().filter_map(|item| item.time);
    let span = times().min().zip(times().max());
    draft.fact(lang.pick("Who", "操作した人"), who.map(name).unwrap_or_default()).account_fact(reader).fact(
        lang.pick("When", "日時"),
        span.map(|(first, last)| from_to(first, last, reader)).unwrap_or_default(),
    );
    draft.items = list(items.iter().collect(), more, reader);
    recognised(&mut draft, lang);
    draft
        .step(ours(
            Both::new(
                "Follow the steps of this session's own notices: first stop whoever it is, then undo.",
                "このセッションの各通知に書かれた手順に従い、先に操作者を停止してから、変更を元に戻してください。",
            ),
            lang,
        ))
        .step(what_to_do(lang));
    draft.details = Some(timeline(started));
    draft
}

fn digest(
    items: &[Line],
    more: u64,
    (from, until): (Timestamp, Timestamp),
    counts: &[u64; 5],
    reader: &Reader,
) -> Draft {
    let lang = reader.lang;
    let counted = counts.iter().sum::<u64>();
    let count = counted.max(more + items.len() as u64);
    let mut severities = by_severity(counts, lang);
    if (1..count).contains(&counted) {
        let words = Both::new(" and {rest} more", "、ほか {rest} 件");
        severities.append(say(words, lang, &[("rest", number(count - counted))]));
    }
    let values = [("count", number(count)), ("span", span(from, until, reader))];
    let words = if count == 1 {
        Both::new("Digest: one notice {span}.", "まとめ: {span} 1 件の通知がありました。")
    } else {
        Both::new("Digest: {count} notices {span}.", "まとめ: {span} {count} 件の通知がありました。")
    };
    let mut draft = Draft::new(say(words, lang, &values));
    draft.account = one_account(items).cloned();
    draft
        .account_fact(reader)
        .fact(lang.pick("When", "期間"), from_to(from, until, reader))
        .fact(lang.pick("Severity", "重要度"), severities);
    let mut sorted: Vec<&Line> = items.iter().collect();
    sorted.sort_by_key(|item| (Reverse(item.severity), item.time));
    draft.items = list(sorted, more, reader);
    recognised(&mut draft, lang);
    draft.step(what_to_do(lang));
    draft.details = Some(timeline(from));
    draft
}

pub(super) fn recognised(draft: &mut Draft, lang: Lang) {
    draft.calm = Some(ours(
        Both::new(
            "If you recognise all of this, nothing to do.",
            "すべて心当たりのある操作であれば、対応は不要です。",
        ),
        lang,
    ));
    draft.steps_for = Some(if_not(lang));
}

pub(super) fn if_not(lang: Lang) -> Phrase {
    ours(Both::new("If not:", "心当たりがない場合は、次を実行してください。"), lang)
}

fn what_to_do(lang: Lang) -> Phrase {
    ours(
        Both::new(
            "List them with their event ids (see Details), then run trailbell show EVENT-ID: it says what to do about each.",
            "「詳細」のコマンドでイベント ID を確認し、trailbell show EVENT-ID を実行してください。それぞれの対処方法が表示されます。",
        ),
        lang,
    )
}

/// A command that lists what was told from then on. An event is told after it happened, so nothing of it is missing.
fn timeline(since: Timestamp) -> String {
    format!("trailbell timeline --since {}", since.strftime("%Y-%m-%dT%H:%M:%SZ"))
}

/// `2026-11-23 21:31 JST (12:31 UTC) to 2026-11-23 21:35 JST (12:35 UTC)`.
pub(super) fn from_to(first: Timestamp, last: Timestamp, reader: &Reader) -> Phrase {
    let mut phrase = moment(first.min(last), reader);
    let end = moment(first.max(last), reader);
    if end != phrase {
        phrase.push(reader.lang.pick(" to ", "〜"));
        phrase.append(end);
    }
    phrase
}

/// The account all items share.
pub(super) fn one_account(items: &[Line]) -> Option<&Untrusted> {
    let first = items.first()?.account.as_ref()?;
    items.iter().all(|item| item.account.as_ref() == Some(first)).then_some(first)
}

/// The time in front of a line, with its day where they differ.
pub(super) fn listed_time(at: Option<Timestamp>, one_day: bool, reader: &Reader) -> Phrase {
    let Some(at) = at else { return Phrase::new() };
    let format = if one_day { "%H:%M %Z " } else { "%m-%d %H:%M %Z " };
    Phrase::ours(at.to_zoned_datetime(reader.time_zone.clone()).strftime(format).to_string())
}

/// One line each: its time, its sentence, and its account where they differ.
pub(super) fn list(items: Vec<&Line>, more: u64, reader: &Reader) -> Vec<Item> {
    let lang = reader.lang;
    let zoned = |at: Timestamp| at.to_zoned_datetime(reader.time_zone.clone());
    let mut days = items.iter().filter_map(|item| Some(zoned(item.time?).date()));
    let first_day = days.next();
    let one_day = days.all(|day| Some(day) == first_day);
    let first_account = items.first().and_then(|item| item.account.as_ref());
    let one_account = items.iter().all(|item| item.account.as_ref() == first_account);
    let more = more + items.len().saturating_sub(SHOWN) as u64;
    let mut shown: Vec<Item> = items
        .into_iter()
        .take(SHOWN)
        .map(|item| {
            let mut text = listed_time(item.time, one_day, reader);
            text.append(lang.of(&item.headline).clone());
            if let Some(id) = item.account.as_ref().filter(|_| !one_account) {
                text.push(lang.pick(" [", "["));
                text.append(words::account(id, reader));
                text.push("]");
            }
            Item { severity: item.severity, text }
        })
        .collect();
    if more > 0 {
        let words = Both::new("and {more} more, not listed here", "ほか {more} 件(ここには表示していません)");
        shown.push(Item { severity: Severity::Info, text: say(words, lang, &[("more", number(more))]) });
    }
    shown
}

/// "3 addresses: 185.107.56.1 in the Netherlands (NL), 8; ..."
fn places(addresses: &[(String, u64)], reader: &Reader) -> Phrase {
    let lang = reader.lang;
    let mut known: Vec<&(String, u64)> =
        addresses.iter().filter(|(address, _)| !address.is_empty()).collect();
    known.sort_by(|(a, one), (b, other)| other.cmp(one).then_with(|| a.cmp(b)));
    let is_cut = known.len() < addresses.len();
    let mut phrase = Phrase::new();
    if addresses.len() > 1 {
        let words = if is_cut {
            Both::new("more than {count} addresses: ", "{count} 個を超える IP アドレス: ")
        } else {
            Both::new("{count} addresses: ", "IP アドレス {count} 個: ")
        };
        phrase.append(say(words, lang, &[("count", number(known.len() as u64))]));
    }
    for (index, (address, count)) in known.iter().take(ADDRESSES).enumerate() {
        if index > 0 {
            phrase.push(lang.pick("; ", "、"));
        }
        let network = reader.networks.of(Some(address));
        let values = [
            ("address", name(address)),
            ("network", network::beside(&network, lang)),
            ("count", number(*count)),
        ];
        let words = if addresses.len() == 1 {
            Both::new("{address}[, {network}]", "{address}[({network})]")
        } else if *count == 1 {
            Both::new("{address}[, {network}], once", "[{address}({network}、1 回)|{address}(1 回)]")
        } else {
            Both::new(
                "{address}[, {network}], {count} times",
                "[{address}({network}、{count} 回)|{address}({count} 回)]",
            )
        };
        phrase.append(say(words, lang, &values));
    }
    if known.len() > ADDRESSES || is_cut && !known.is_empty() {
        phrase.push(lang.pick("; …", "、…"));
    }
    phrase
}
