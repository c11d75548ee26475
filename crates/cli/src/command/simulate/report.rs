//! The report at the end: what each alarm did and kept silent about, who got what, and what to know about all this.

use std::io::{self, Write};

use trailbell_engine::simulate::{AlarmReport, Report};
use trailbell_notice::Lang;
use trailbell_template::Stacks;
use trailbell_text::LineColumn;

use super::remarks::sentence;
use super::words::{Words, receiver, safe, topic_name};

/// Operations that are listed for one alarm before the rest is only counted.
const LISTED: usize = 100;
/// Columns of an alarm's name in the table.
const NAME: usize = 44;

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report,
    stacks: &Stacks,
    words: &Words<'_>,
) -> io::Result<()> {
    let lang = words.lang();
    writeln!(out, "\n{}", "═".repeat(78))?;
    heading(out, report, words)?;
    table(out, report, words)?;
    for alarm in &report.alarms {
        hidden(out, alarm, words)?;
    }
    receivers(out, report, lang)?;
    own(out, report, lang)?;
    let not_run: Vec<_> = stacks.not_run().collect();
    if !report.remarks.is_empty() || !not_run.is_empty() {
        writeln!(out, "\n{}", lang.pick("To know about this:", "補足:"))?;
    }
    for remark in &report.remarks {
        writeln!(out, "  - {}", sentence(remark, lang))?;
    }
    for resource in not_run {
        let at = LineColumn::of(resource.origin.file.text(), resource.origin.span.start);
        let place = format!("{}:{}", safe(resource.origin.file.name()), at.line);
        let (id, kind) = (safe(&stacks.id_of(&resource.origin)), safe(&resource.origin.type_name));
        match lang {
            Lang::En => writeln!(out, "  - {id} ({kind}, {place}) is not run.")?,
            Lang::Ja => writeln!(out, "  - {id}({kind}、{place})は実行していません。")?,
        }
    }
    Ok(())
}

fn heading(out: &mut dyn Write, report: &Report, words: &Words<'_>) -> io::Result<()> {
    let (account, region) = (safe(&words.deployed.account), safe(&words.deployed.region));
    let delay = words.duration(words.deployed.delivery_delay);
    let zone = report.span.map_or_else(String::new, |(first, _)| {
        first.to_zoned_datetime(words.context.zone.clone()).strftime("%Z").to_string()
    });
    let events = report.own.records;
    match (words.lang(), report.span) {
        (Lang::En, Some((first, last))) => writeln!(
            out,
            "Account {account}, {region}, {} to {} ({zone}): {events} events read; each comes into CloudWatch Logs {delay} after its operation.",
            words.time(first),
            words.time(last)
        ),
        (Lang::En, None) => writeln!(out, "Account {account}, {region}: no event to run it with."),
        (Lang::Ja, Some((first, last))) => writeln!(
            out,
            "アカウント {account}、{region}、{} から {}({zone})まで: 読み込んだイベントは {events} 件です。どのイベントも、操作の {delay}後に CloudWatch Logs に届くものとしています。",
            words.time(first),
            words.time(last)
        ),
        (Lang::Ja, None) => {
            writeln!(out, "アカウント {account}、{region}: 対象のイベントはありませんでした。")
        }
    }
}

/// The width of a text in a terminal: what is not ASCII is taken as wide.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

fn table(out: &mut dyn Write, report: &Report, words: &Words<'_>) -> io::Result<()> {
    if report.alarms.is_empty() {
        return Ok(());
    }
    let head = words.lang().pick(
        ["Alarm", "fired", "in ALARM", "operations", "behind it", "hidden", "mails", "ends"],
        ["アラーム", "発報", "ALARM の間", "操作", "発報の原因", "隠れた操作", "通知", "最後の状態"],
    );
    let names: Vec<String> = report.alarms.iter().map(|alarm| safe(&alarm.name)).collect();
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or(0).clamp(columns(head[0]), NAME);
    let widths = [0, 6, 14, 11, 11, 11, 6];
    let line = |cells: [String; 8]| {
        let [name, middle @ .., last] = cells;
        let middle = middle.iter().zip(&widths[1..]).map(|(cell, width)| right(cell, *width));
        format!("  {}{}  {last}", left(&name, widest), middle.collect::<String>())
    };
    writeln!(out)?;
    writeln!(out, "{}", line(head.map(str::to_owned)))?;
    for (alarm, name) in report.alarms.iter().zip(&names) {
        let of_operations =
            |number: u64| if alarm.is_composite { "-".to_owned() } else { number.to_string() };
        let cells = [
            name.clone(),
            alarm.fired.to_string(),
            words.duration(alarm.in_alarm),
            of_operations(alarm.operations),
            of_operations(alarm.behind),
            of_operations(alarm.hidden),
            alarm.messages.to_string(),
            alarm.state.to_string(),
        ];
        writeln!(out, "{}", line(cells))?;
    }
    Ok(())
}

/// What an alarm kept silent about.
fn hidden(out: &mut dyn Write, alarm: &AlarmReport, words: &Words<'_>) -> io::Result<()> {
    let lang = words.lang();
    if alarm.is_composite || (alarm.operations == 0 && alarm.fired == 0) {
        return Ok(());
    }
    let name = safe(&alarm.name);
    writeln!(out)?;
    match lang {
        Lang::En => {
            writeln!(
                out,
                "{name}: {} met its filters. {} set it off, {} came while it was in ALARM already, after {} it stayed as it was.",
                number_of(alarm.operations, "operation", "operations"),
                alarm.behind,
                alarm.hidden,
                alarm.without_alarm
            )?;
        }
        Lang::Ja => writeln!(
            out,
            "{name}: フィルターに合った操作は {} 件です。発報の原因 {} 件、すでに ALARM だった間のもの {} 件、発報に至らなかったもの {} 件。",
            alarm.operations, alarm.behind, alarm.hidden, alarm.without_alarm
        )?,
    }
    if alarm.delay.count > 0 {
        let delays =
            [alarm.delay.least, alarm.delay.mean(), alarm.delay.most].map(|delay| words.duration(delay));
        let [least, mean, most] = &delays;
        match lang {
            Lang::En => writeln!(
                out,
                "  From an operation to the alarm: {least} at least, {mean} on average, {most} at most."
            )?,
            Lang::Ja => writeln!(out, "  操作から発報まで: 最短 {least}、平均 {mean}、最長 {most}。")?,
        }
    }
    if alarm.messages > 0 {
        match lang {
            Lang::En => writeln!(
                out,
                "  {} {} who did something or what.",
                number_of(alarm.messages, "message;", "messages;"),
                match (alarm.nameless, alarm.messages) {
                    (0, _) => "each names".to_owned(),
                    (nameless, all) if nameless == all => "none says".to_owned(),
                    (nameless, _) => format!("{nameless} of them do not say"),
                }
            )?,
            Lang::Ja => writeln!(
                out,
                "  通知 {} 件のうち {} 件には、誰が何をしたかが書かれていません。",
                alarm.messages, alarm.nameless
            )?,
        }
    }
    if alarm.hidden == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "  {}",
        lang.pick(
            "It told nobody of these, for it was in ALARM already:",
            "すでに ALARM だったため、このアラームは次の操作を誰にも通知しませんでした:"
        )
    )?;
    let shown = if words.context.verbose { alarm.hidden_list.len() } else { LISTED };
    for hidden in alarm.hidden_list.iter().take(shown) {
        let line = &hidden.operation.line;
        let time = line.time.map_or_else(String::new, |time| words.time(time));
        let id = line.event_id.as_ref().map(|id| format!("  [{}]", safe(id.raw()))).unwrap_or_default();
        writeln!(out, "    {time}  {}{id}", words.operation(&hidden.operation))?;
    }
    let more = alarm.hidden.saturating_sub(shown.min(alarm.hidden_list.len()) as u64);
    if more > 0 {
        match lang {
            Lang::En => writeln!(out, "    + {more} more (-v shows up to 10000)")?,
            Lang::Ja => writeln!(out, "    + ほか {more} 件(-v で 10000 件まで表示します)")?,
        }
    }
    Ok(())
}

fn receivers(out: &mut dyn Write, report: &Report, lang: Lang) -> io::Result<()> {
    if report.receivers.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", lang.pick("Who got what:", "受信者ごとの件数:"))?;
    for ((topic, to), got) in &report.receivers {
        let to =
            to.as_ref().map_or_else(|| lang.pick("whoever listens", "(購読者不明)").to_owned(), receiver);
        let topic = topic_name(topic);
        let filtered = match (lang, got.filtered) {
            (_, 0) => String::new(),
            (Lang::En, filtered) => format!("; {filtered} held back by its filter policy"),
            (Lang::Ja, filtered) => format!("、フィルターポリシーで届かなかったもの {filtered} 件"),
        };
        match lang {
            Lang::En => writeln!(
                out,
                "  {to} ({topic}): {}, {} without who and what{filtered}",
                number_of(got.messages, "message", "messages"),
                got.nameless
            )?,
            Lang::Ja => writeln!(
                out,
                "  {to}({topic}): {} 件、うち誰が何をしたかが書かれていないもの {} 件{filtered}",
                got.messages, got.nameless
            )?,
        }
    }
    if report.lost > 0 {
        match lang {
            Lang::En => writeln!(
                out,
                "  {} lost on the way (see above)",
                number_of(report.lost, "message was", "messages were")
            )?,
            Lang::Ja => writeln!(out, "  途中で失われたもの {} 件(上の表示をご確認ください)", report.lost)?,
        }
    }
    Ok(())
}

fn own(out: &mut dyn Write, report: &Report, lang: Lang) -> io::Result<()> {
    let (notices, alarms) = (report.own.notices, report.own.alarms);
    if notices + alarms == 0 {
        return writeln!(
            out,
            "\n{}",
            lang.pick(
                "trailbell would have told nothing of this time.",
                "trailbell からの通知は、この期間にはありません。"
            )
        );
    }
    match lang {
        Lang::En => writeln!(
            out,
            "\ntrailbell would have told of this time in {}{}, each naming who did what.",
            number_of(notices, "notice", "notices"),
            if alarms > 0 {
                format!(" and {}", number_of(alarms, "message of its alarms", "messages of its alarms"))
            } else {
                String::new()
            }
        ),
        Lang::Ja => writeln!(
            out,
            "\ntrailbell であれば、同じ期間に {notices} 件の通知{}を、誰が何をしたかとともに送っていました。",
            if alarms > 0 { format!("と {alarms} 件のアラーム通知") } else { String::new() }
        ),
    }
}

fn number_of(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
