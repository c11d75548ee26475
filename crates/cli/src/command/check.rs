//! `check`: is what the owner wrote right, and does it mean what it seems to?

use std::io::{self, Write as _};
use std::path::Path;

use trailbell_filter_pattern::Pattern;
use trailbell_text::{Diagnostic, LineColumn};

use crate::args::{Check, Global, OutputForm};
use crate::context::{Failure, default_config, parse, read_text, shown};

pub(crate) fn run(check: &Check, global: &Global) -> Result<u8, Failure> {
    let mut report = Report { json: global.output == OutputForm::Json, quiet: global.quiet, failed: false };
    if let Some(filter) = &check.filter {
        match Pattern::parse(filter) {
            Ok(pattern) => {
                report.tell("--filter", filter, &[], &pattern.warnings(trailbell_config::ALWAYS_THERE))?;
            }
            Err(error) => report.tell("--filter", filter, &[error.into_diagnostic()], &[])?,
        }
        return Ok(report.status());
    }
    let default = [default_config(global)];
    if check.files.is_empty() && global.config.is_none() && !default[0].exists() {
        let message = format!(
            "there is no {} here: name a file, or check one pattern with --filter",
            shown(&default[0])
        );
        return Err(Failure::Told(message));
    }
    for path in if check.files.is_empty() { &default[..] } else { &check.files } {
        report.file(path)?;
    }
    Ok(report.status())
}

struct Report {
    json: bool,
    quiet: bool,
    failed: bool,
}

impl Report {
    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let text = read_text(path)?;
        let name = path.display().to_string();
        let showable = trailbell_config::showable(&text);
        match parse(&text) {
            Ok(loaded) => self.tell(&name, &showable, &[], &loaded.warnings),
            Err(invalid) => self.tell(&name, &showable, &invalid.problems, &[]),
        }?;
        if !self.json && !self.quiet && !self.failed {
            writeln!(io::stderr(), "{}: no mistakes found", shown(path))?;
        }
        Ok(())
    }

    fn tell(
        &mut self,
        name: &str,
        text: &str,
        errors: &[Diagnostic],
        warnings: &[Diagnostic],
    ) -> Result<(), Failure> {
        self.failed |= !errors.is_empty();
        let mut out = io::stdout().lock();
        let levels = errors.iter().map(|d| ("error", d)).chain(warnings.iter().map(|d| ("warning", d)));
        for (level, diagnostic) in levels {
            if self.json {
                let place = LineColumn::of(text, diagnostic.span.start);
                let line = serde_json::json!({
                    "type": "diagnostic", "level": level, "file": name, "line": place.line, "column": place.column,
                    "message": diagnostic.message, "hint": diagnostic.hint,
                });
                writeln!(out, "{line}")?;
            } else {
                writeln!(out, "{level}: {}", diagnostic.render(name, text))?;
            }
        }
        Ok(())
    }

    const fn status(&self) -> u8 {
        if self.failed { 1 } else { 0 }
    }
}
