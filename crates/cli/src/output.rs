//! Notices, problems and the summary as they stand on a screen.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use trailbell_engine::{Audience, Summary, Unreadable, alarm_identity};
use trailbell_json::Json;
use trailbell_notice::render::{self, Address, Colour, Envelope};
use trailbell_notice::{Bulletin, Lang, Notice, Page, Reader, Rung};
use trailbell_record::EventIdentity;
use trailbell_text::{Channel, Severity};

use crate::context::{Context, Failure, shown};

/// Lines of one go that stand under its first notice before the rest is only counted.
const FOLDED_LINES: u64 = 20;

/// Tells of something that could not be read, on standard error.
pub(crate) fn unreadable(problem: &Unreadable) {
    let path = shown(&problem.path);
    let message = problem.message.render(Channel::Terminal);
    let place = problem.position.map_or(String::new(), |at| format!("{}:{}:", at.line, at.column));
    // Nothing is left to be done about a standard error that cannot be written to.
    let _ = writeln!(io::stderr(), "trailbell: {path}:{place} {message}");
}

/// One line of JSON that no terminal can be moved by.
pub(crate) fn harmless(value: &serde_json::Value) -> String {
    let text = value.to_string();
    if is_written_alike(&text) {
        return text;
    }
    // What serde_json wrote it can read; the plain text would be shown all the same.
    Json::parse(&text).map_or(text, |json| json.to_string())
}

/// Whether JSON as `serde_json` writes it is what `Json` would write, seen without reading it: most is.
fn is_written_alike(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_alike = match byte {
            b'\\' => matches!(bytes.next(), Some(b'"' | b'\\' | b'n' | b'r' | b't')),
            _ => matches!(byte, b' '..=b'~'),
        };
        if !is_alike {
            return false;
        }
    }
    true
}

/// Where notices go.
pub(crate) struct Printer<'a> {
    out: BufWriter<Box<dyn Write + Send>>,
    context: &'a Context,
    reader: Reader,
    mail_dir: Option<PathBuf>,
    /// The sender written mails have.
    from: Address,
    mails: u64,
    /// Told when reading is over, so that the progress line leaves the screen before the first notice.
    on_read: Option<Box<dyn FnOnce() + Send + 'a>>,
    /// The go whose first notice was printed last.
    go: Option<Go>,
    printed: bool,
}

/// Changes one person makes with one program, a short while after each other.
struct Go {
    cause: String,
    /// The severity of the notice that was printed whole.
    gravest: Severity,
    /// How many have been folded under it.
    folded: u64,
}

/// Whether a later change may stand as one line under the first: nothing grave is hidden behind something lesser,
/// and nothing critical behind anything.
fn folds(severity: Severity, first: Severity) -> bool {
    severity < Severity::High || (severity == Severity::High && first >= Severity::High)
}

impl<'a> Printer<'a> {
    pub(crate) fn new(
        out: Box<dyn Write + Send>,
        context: &'a Context,
        mail_dir: Option<PathBuf>,
        on_read: Box<dyn FnOnce() + Send + 'a>,
    ) -> Result<Self, Failure> {
        let from = Address::new("trailbell@localhost").ok_or_else(|| Failure::Told("no sender".into()))?;
        Ok(Self {
            out: BufWriter::new(out),
            context,
            reader: context.reader()?,
            mail_dir,
            from,
            mails: 0,
            on_read: Some(on_read),
            go: None,
            printed: false,
        })
    }

    fn text(&mut self, notice: &Notice, cause: Option<&str>) -> io::Result<()> {
        if let Some(go) = self.go.as_mut().filter(|go| Some(go.cause.as_str()) == cause)
            && !self.context.verbose
            && folds(notice.severity, go.gravest)
        {
            go.folded += 1;
            if go.folded == 1 {
                let also = match self.context.lang {
                    Lang::En => {
                        "In the same go, by the same person with the same program (-v shows what to do about each):"
                    }
                    Lang::Ja => {
                        "同じ人が同じツールで続けて行った操作(-v を付けると、それぞれの対処方法も表示します):"
                    }
                };
                writeln!(self.out, "\n  {also}")?;
            }
            if go.folded <= FOLDED_LINES {
                let line = folded_line(notice, &self.context.zone, self.context.lang);
                writeln!(self.out, "  {line}")?;
            }
            return Ok(());
        }
        self.end_go()?;
        if self.printed {
            writeln!(self.out, "\n{}", "─".repeat(78))?;
        }
        let colour = if self.context.color { Colour::On } else { Colour::Off };
        let full = self.context.verbose || notice.severity >= Severity::Medium;
        let page = notice.page();
        let text = if full {
            render::terminal(&page, colour)
        } else {
            render::brief(&page, notice.event_row().as_ref(), colour)
        };
        write!(self.out, "{text}")?;
        self.printed = true;
        self.go = cause.map(|cause| Go { cause: cause.to_owned(), gravest: notice.severity, folded: 0 });
        Ok(())
    }

    /// Says how many lines were left out.
    fn end_go(&mut self) -> io::Result<()> {
        if let Some(more) =
            self.go.take().and_then(|go| go.folded.checked_sub(FOLDED_LINES)).filter(|more| *more > 0)
        {
            match self.context.lang {
                Lang::En => writeln!(self.out, "  + {more} more of the same go (-v shows all)")?,
                Lang::Ja => writeln!(self.out, "  + ほか {more} 件(-v ですべて表示します)")?,
            }
        }
        Ok(())
    }

    /// The last words, and everything out.
    pub(crate) fn summary(mut self, summary: &Summary) -> io::Result<()> {
        self.end_go()?;
        if self.context.json {
            let mut line = serde_json::to_value(summary)?;
            line["type"] = "summary".into();
            writeln!(self.out, "{}", harmless(&line))?;
        } else if !self.context.quiet {
            if self.printed {
                writeln!(self.out, "\n{}", "═".repeat(78))?;
            }
            write!(self.out, "{}", summary_text(summary, self.context.lang))?;
        }
        self.out.flush()
    }
}

impl Audience for Printer<'_> {
    fn unreadable(&mut self, problem: &Unreadable) {
        unreadable(problem);
    }

    fn read(&mut self) {
        if let Some(on_read) = self.on_read.take() {
            on_read();
        }
    }

    fn notice(&mut self, notice: Notice, cause: Option<&str>) -> io::Result<()> {
        if let Some(folder) = &self.mail_dir {
            self.mails += 1;
            let name = mail_name(&notice, self.mails);
            let envelope = Envelope {
                from: self.from.clone(),
                to: Vec::new(),
                date: notice.time.unwrap_or_default(),
                message_id: notice.message_id(),
                thread: notice.thread_id(),
            };
            let path = folder.join(name);
            write_mail(&path, &notice.page(), &envelope)?;
        }
        if self.context.json {
            writeln!(self.out, "{}", render::json(&notice))
        } else {
            self.text(&notice, cause)
        }
    }

    fn alarm(&mut self, alarm: Rung) -> io::Result<()> {
        let (identity, thread) = alarm_identity(&alarm);
        let at = alarm.at;
        let bulletin = Bulletin::RuleAlarm(Box::new(alarm));
        if let Some(folder) = &self.mail_dir {
            self.mails += 1;
            let envelope = Envelope {
                from: self.from.clone(),
                to: Vec::new(),
                date: at,
                message_id: identity.as_str().to_owned(),
                thread: thread.as_str().to_owned(),
            };
            let path = folder.join(format!("{}-alarm-{identity}.eml", at.strftime("%Y%m%dT%H%M%SZ")));
            write_mail(&path, &bulletin.page(&self.reader), &envelope)?;
        }
        self.bulletin(&bulletin)
    }
}

impl Printer<'_> {
    /// What is no notice of one event, whole.
    fn bulletin(&mut self, bulletin: &Bulletin) -> io::Result<()> {
        if self.context.json {
            return writeln!(self.out, "{}", harmless(&bulletin.json(&self.reader)));
        }
        self.end_go()?;
        if self.printed {
            writeln!(self.out, "\n{}", "─".repeat(78))?;
        }
        let colour = if self.context.color { Colour::On } else { Colour::Off };
        write!(self.out, "{}", render::terminal(&bulletin.page(&self.reader), colour))?;
        self.printed = true;
        Ok(())
    }
}

/// A later change of one go: time of day, severity, what was done.
fn folded_line(notice: &Notice, zone: &TimeZone, lang: Lang) -> String {
    let time = notice.time.map_or_else(
        || "        ".to_owned(),
        |at| at.to_zoned_datetime(zone.clone()).strftime("%H:%M:%S").to_string(),
    );
    let headline = notice.headline.render(Channel::Terminal);
    match lang {
        Lang::En => format!("+ {time} {:<8} {headline}", notice.severity.word()),
        Lang::Ja => format!("+ {time} 【{}】{headline}", render::severity(notice.severity, lang)),
    }
}

fn write_mail(path: &Path, page: &Page, envelope: &Envelope) -> io::Result<()> {
    std::fs::write(path, render::mail(page, envelope))
        .map_err(|error| io::Error::new(error.kind(), format!("--mail-dir: {}: {error}", shown(path))))
}

/// A file name from the time and the id, with nothing in it that a file system or a shell could misread; the
/// same event gets the same name in every run, unless its id is no plain one.
fn mail_name(notice: &Notice, nth: u64) -> String {
    let time =
        notice.time.map_or_else(|| "no-time".to_owned(), |at| at.strftime("%Y%m%dT%H%M%SZ").to_string());
    let plain = |id: &str| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match &notice.identity {
        EventIdentity::Event(_, id) if plain(id) => format!("{time}-{id}.eml"),
        EventIdentity::Event(..) => format!("{time}-event-{nth}.eml"),
        EventIdentity::Content(hash) => format!("{time}-{hash:032x}.eml"),
    }
}

fn summary_text(summary: &Summary, lang: Lang) -> String {
    let Summary {
        records,
        duplicates,
        unreadable,
        skipped,
        notices,
        folded,
        ignored,
        counted,
        unmet,
        alarms,
        ..
    } = summary;
    let mut lines = Vec::new();
    match lang {
        Lang::En => {
            let number_of = |count: u64, one: &str, many: &str| {
                format!("{count} {}", if count == 1 { one } else { many })
            };
            let rang = match alarms {
                0 => String::new(),
                _ => format!(" and {}", number_of(*alarms, "message of alarms", "messages of alarms")),
            };
            lines.push(format!(
                "{}{rang} from {}.",
                number_of(*notices, "notice", "notices"),
                number_of(*records, "event", "events")
            ));
            for (count, one, many) in [
                (
                    counted,
                    "event only counts for a correlation or an alarm",
                    "events only count for correlations or alarms",
                ),
                (
                    unmet,
                    "event met only rules whose `when` did not hold",
                    "events met only rules whose `when` did not hold",
                ),
                (folded, "event is told inside another notice", "events are told inside another notice"),
                (
                    duplicates,
                    "event came more than once and was told once",
                    "events came more than once and were told once",
                ),
                (
                    ignored,
                    "event was quieted by the configuration",
                    "events were quieted by the configuration",
                ),
                (
                    skipped,
                    "file or value was not a CloudTrail event",
                    "files or values were not CloudTrail events",
                ),
                (unreadable, "place could not be read (see above)", "places could not be read (see above)"),
            ] {
                match count {
                    0 => {}
                    1 => lines.push(format!("  1 {one}")),
                    _ => lines.push(format!("  {count} {many}")),
                }
            }
        }
        Lang::Ja => {
            let rang = match alarms {
                0 => String::new(),
                _ => format!("と {alarms} 件のアラーム通知"),
            };
            lines.push(format!("{records} 件のイベントから {notices} 件の通知{rang}がありました。"));
            for (count, what) in [
                (counted, "件のイベントは、相関ルールやアラームの集計だけに使いました"),
                (unmet, "件のイベントは、ルールの条件(when)を満たさなかったため、通知しませんでした"),
                (folded, "件のイベントは、ほかの通知にまとめました"),
                (duplicates, "件のイベントは重複していたため、1 回だけ通知しました"),
                (ignored, "件のイベントは、設定により通知しませんでした"),
                (skipped, "件のファイルまたは値は、CloudTrail のイベントではありませんでした"),
                (unreadable, "か所を読み取れませんでした(エラーの表示をご確認ください)"),
            ] {
                if *count > 0 {
                    lines.push(format!("  {count} {what}"));
                }
            }
        }
    }
    let width = summary.by_rule.keys().map(String::len).max().unwrap_or(0);
    if !summary.by_rule.is_empty() {
        lines.push(String::new());
    }
    let mut quiet = Vec::new();
    for (rule, count) in &summary.by_rule {
        let noisiest = summary.noisiest.get(rule).filter(|most| most.notices > 1);
        let most = noisiest.map_or(String::new(), |most| {
            let who = most.principal.render(Channel::Terminal);
            match lang {
                Lang::En => format!("   most by {who} ({})", most.notices),
                Lang::Ja => format!("   最多: {who}({} 件)", most.notices),
            }
        });
        lines.push(format!("  {rule:<width$} {count:>6}{most}"));
        // To quiet root would be to take the bell off the front door.
        quiet.extend(
            noisiest.filter(|most| most.principal.raw() != "root").and_then(|most| most.ignore.clone()),
        );
    }
    if !quiet.is_empty() {
        lines.push(match lang {
            Lang::En => {
                "\nIf some of this is expected, one of these lines in trailbell.yaml quiets it:".to_owned()
            }
            Lang::Ja => "\n想定どおりの操作であれば、trailbell.yaml に次の行を加えると通知されなくなります。"
                .to_owned(),
        });
        lines.push("  ignore:".to_owned());
        lines.extend(quiet.into_iter().map(|line| format!("    {line}")));
    }
    lines.push(String::new());
    lines.join("\n")
}
