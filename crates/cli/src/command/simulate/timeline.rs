//! The timeline as a person reads it: one line an item, what a message says below it with `-v`.

use std::io::{self, Write};

use trailbell_engine::simulate::{Changed, Counted, Happening, Moment, OwnNotice, Sent};
use trailbell_notice::{Lang, render};
use trailbell_text::Channel;

use super::words::{Words, receiver, safe, topic_name, whole};

pub(super) fn write(out: &mut dyn Write, moment: &Moment, words: &Words<'_>) -> io::Result<()> {
    let time = words.time(moment.at);
    let lang = words.lang();
    let (label, line) = match &moment.what {
        Happening::Counted(counted) => (lang.pick("metric", "メトリクス"), count(counted, words)),
        Happening::Changed(changed) => (lang.pick("alarm", "アラーム"), change(changed, lang)),
        Happening::Sent(sent) => (lang.pick("message", "メッセージ"), message(sent, words)),
        Happening::Filtered { topic, to, subject, .. } => (
            lang.pick("filtered", "対象外"),
            format!(
                "{}: {} {}",
                receiver(to),
                title(subject.as_deref(), lang),
                lang.pick(
                    "(filter policy of the subscription to {topic})",
                    "({topic} のサブスクリプションのフィルターポリシーによる)"
                )
                .replace("{topic}", &topic_name(topic))
            ),
        ),
        Happening::Lost { destination, by, why, about } => (
            lang.pick("lost", "不達"),
            format!(
                "{} -> {}: {}{}",
                words.publisher(by),
                topic_name(destination),
                safe(why),
                about.as_ref().map(|about| format!(" ({})", words.operation(about))).unwrap_or_default()
            ),
        ),
        Happening::Called { arn, by, about, .. } => (
            lang.pick("called", "呼び出し"),
            format!(
                "{} <- {}{}",
                safe(arn),
                words.publisher(by),
                about.as_ref().map(|about| format!(": {}", words.operation(about))).unwrap_or_default()
            ),
        ),
        Happening::Told(own) => ("trailbell", notice(own, lang)),
    };
    // Japanese labels are as wide as twice their characters.
    let width: usize = label.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    writeln!(out, "{time}  {label}{:pad$}{line}", "", pad = 11_usize.saturating_sub(width).max(1))?;
    if words.context.verbose {
        let below = match &moment.what {
            Happening::Sent(sent) => Some((sent.from.as_deref(), sent.body.as_str())),
            Happening::Called { payload, .. } => Some((None, payload.as_str())),
            _ => None,
        };
        if let Some((from, text)) = below {
            if let Some(from) = from {
                writeln!(out, "    | From: {}", whole(from))?;
            }
            for line in text.lines() {
                writeln!(out, "    | {}", whole(line))?;
            }
        }
    }
    Ok(())
}

fn count(counted: &Counted, words: &Words<'_>) -> String {
    let metric = safe(&counted.metric);
    let first: Vec<String> = counted.first.iter().map(|behind| words.operation(behind)).collect();
    let more = counted.events.saturating_sub(counted.first.len() as u64);
    let more = if more == 0 {
        String::new()
    } else {
        words.lang().pick(" + {n} more", " ほか {n} 件").replace("{n}", &more.to_string())
    };
    let sum = words.lang().pick("sum", "合計");
    format!("{metric} {sum} {}: {}{more}", counted.sum, first.join(" / "))
}

fn change(changed: &Changed, lang: Lang) -> String {
    let name = safe(&changed.alarm);
    match &changed.held_back {
        Some(held) if changed.from == changed.to => {
            format!(
                "{name} {}: {} {}",
                changed.to,
                lang.pick("actions held back:", "アクション保留:"),
                safe(held)
            )
        }
        Some(held) => format!(
            "{name} {} -> {}: {} ({} {})",
            changed.from,
            changed.to,
            safe(&changed.reason),
            lang.pick("actions held back:", "アクション保留:"),
            safe(held)
        ),
        None if changed.from == changed.to => {
            format!(
                "{name} {}: {}",
                changed.to,
                lang.pick("actions are no longer held back", "アクションの保留を解除")
            )
        }
        None => format!("{name} {} -> {}: {}", changed.from, changed.to, safe(&changed.reason)),
    }
}

fn message(sent: &Sent, words: &Words<'_>) -> String {
    let lang = words.lang();
    let to = match &sent.to {
        Some(to) => receiver(to),
        None => {
            format!("{} {}", topic_name(&sent.topic), lang.pick("(whoever listens there)", "(購読者不明)"))
        }
    };
    let subject = title(sent.subject.as_deref(), lang);
    let about = sent.about.as_ref().map(|about| format!(" ({})", words.operation(about))).unwrap_or_default();
    format!("{to}: {subject}{about}")
}

fn title(subject: Option<&str>, lang: Lang) -> String {
    subject.map_or_else(|| lang.pick("(no subject)", "(件名なし)").to_owned(), safe)
}

fn notice(own: &OwnNotice, lang: Lang) -> String {
    let headline = own.headline.render(Channel::Terminal);
    match lang {
        Lang::En => format!("{:<8} {headline}", own.severity.word()),
        Lang::Ja => format!("【{}】{headline}", render::severity(own.severity, lang)),
    }
}
