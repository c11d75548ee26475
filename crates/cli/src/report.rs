//! `--report`: what a scan tells, taken into a page as well as printed.
//!
//! The page stands under its name only when it is whole: it is written beside it, private to the user, and renamed. Whether that can be
//! done is seen before anything is read, since reading may take long.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use tempfile::NamedTempFile;
use trailbell_engine::{Audience, Progress, Summary, Unreadable};
use trailbell_notice::{Bulletin, Notice, Reader, Rung};
use trailbell_report::{About, Report};
use trailbell_text::Untrusted;

use crate::context::{Failure, shown};
use crate::output::Printer;

/// A page in the making, and where it will stand.
pub(crate) struct Sheet {
    report: Report,
    reader: Reader,
    path: PathBuf,
}

impl Sheet {
    /// Begins a page that will stand at `path`.
    pub(crate) fn begin(
        path: &Path,
        sources: &[PathBuf],
        (since, until): (Option<Timestamp>, Option<Timestamp>),
        reader: Reader,
    ) -> Result<Self, Failure> {
        let told = |problem: &str| Failure::Told(format!("--report {}: {problem}", shown(path)));
        let path = match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => return Err(told("this is a folder: name a file in it")),
            // Replaced by a file, a device or a pipe would be gone.
            Ok(meta) if !meta.is_file() => return Err(told("this is no ordinary file")),
            // A link stays, and what it names is replaced.
            Ok(_) => fs::canonicalize(path).map_err(|error| told(&error.to_string()))?,
            Err(_) if path.as_os_str() == "-" => {
                return Err(told("standard output has the notices: name a file"));
            }
            Err(_) => path.to_owned(),
        };
        // Only tried: a file that lay there while reading could be among what is read.
        beside(&path).map_err(|error| told(&error.to_string()))?;
        let about = About {
            version: env!("CARGO_PKG_VERSION").into(),
            made_at: Some(Timestamp::now()),
            sources: sources
                .iter()
                .map(|source| Untrusted::from(source.to_string_lossy().into_owned()))
                .collect(),
            files: 0,
            since,
            until,
        };
        Ok(Self { report: Report::new(reader.clone(), about), reader, path })
    }

    /// Writes the page and puts it in its place.
    fn finish(self, summary: &Summary) -> Result<(), Failure> {
        let Self { report, path, .. } = self;
        let told = |error: &io::Error| Failure::Told(format!("--report {}: {error}", shown(&path)));
        let file = beside(&path).map_err(|error| told(&error))?;
        let mut out = BufWriter::new(file.as_file());
        report.write(summary, &mut out).and_then(|()| out.flush()).map_err(|error| told(&error))?;
        drop(out);
        file.as_file().sync_all().map_err(|error| told(&error))?;
        file.persist(&path).map_err(|error| told(&error.error))?;
        Ok(())
    }
}

/// A new file in the same folder, which only its owner can read.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
}

/// Who is told: whoever reads what is printed, and the page where one is wanted.
pub(crate) struct Readers<'a> {
    /// Gone when whoever read it went away; the page goes on.
    printer: Option<Printer<'a>>,
    sheet: Option<Sheet>,
    progress: &'a Progress,
}

impl<'a> Readers<'a> {
    pub(crate) const fn new(printer: Printer<'a>, sheet: Option<Sheet>, progress: &'a Progress) -> Self {
        Self { printer: Some(printer), sheet, progress }
    }

    /// The last words, and the page in its place.
    pub(crate) fn summary(mut self, summary: &Summary) -> Result<(), Failure> {
        let printed = self.printer.take().map_or(Ok(()), |printer| printer.summary(summary));
        if let Some(sheet) = self.sheet.take() {
            sheet.finish(summary)?;
        }
        Ok(printed?)
    }

    /// Prints something, as long as somebody reads it.
    fn print(&mut self, print: impl FnOnce(&mut Printer<'a>) -> io::Result<()>) -> io::Result<()> {
        let Some(printer) = &mut self.printer else { return Ok(()) };
        match print(printer) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.sheet.is_some() => {
                self.printer = None;
                Ok(())
            }
            printed => printed,
        }
    }
}

impl Audience for Readers<'_> {
    fn unreadable(&mut self, problem: &Unreadable) {
        if let Some(sheet) = &mut self.sheet {
            sheet.report.unreadable(problem);
        }
        if let Some(printer) = &mut self.printer {
            printer.unreadable(problem);
        }
    }

    fn read(&mut self) {
        if let Some(sheet) = &mut self.sheet {
            sheet.report.read(self.progress.files.load(Ordering::Relaxed));
        }
        if let Some(printer) = &mut self.printer {
            printer.read();
        }
    }

    fn notice(&mut self, notice: Notice, cause: Option<&str>) -> io::Result<()> {
        if let Some(sheet) = &mut self.sheet {
            sheet.report.notice(&notice);
        }
        self.print(|printer| printer.notice(notice, cause))
    }

    fn alarm(&mut self, alarm: Rung) -> io::Result<()> {
        if let Some(sheet) = &mut self.sheet {
            let at = alarm.at;
            let page = Bulletin::RuleAlarm(Box::new(alarm.clone())).page(&sheet.reader);
            sheet.report.alarm(&page, at);
        }
        self.print(|printer| printer.alarm(alarm))
    }
}
