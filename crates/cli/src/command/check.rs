//! `check`: is what the owner wrote right, and does it mean what it seems to?

mod templates;

use std::io::{self, Write as _};
use std::path::Path;

use trailbell_config::{FileFindings, NetworkFiles, SigmaFile};
use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_text::{Diagnostic, LineColumn};

use crate::args::{Check, Global, OutputForm};
use crate::context::{Failure, default_config, event_pattern, parse, read_text, shown};
use crate::networks;

pub(crate) fn run(check: &Check, global: &Global) -> Result<u8, Failure> {
    let mut report = Report::new(check, global);
    if let Some(filter) = &check.filter {
        match Pattern::parse(filter) {
            Ok(pattern) => {
                report.tell("--filter", filter, &[], &pattern.warnings(trailbell_config::ALWAYS_THERE))?;
            }
            Err(error) => report.tell("--filter", filter, &[error.into_diagnostic()], &[])?,
        }
        return Ok(report.status());
    }
    if let Some(flag) = &check.event_pattern {
        let (text, name) = event_pattern(flag)?;
        match EventPattern::parse(&text) {
            Ok(pattern) => {
                report.tell(&name, &text, &[], &trailbell_config::event_pattern_warnings(&pattern))?;
            }
            Err(error) => report.tell(&name, &text, &[error.into_diagnostic()], &[])?,
        }
        return Ok(report.status());
    }
    let default = [default_config(global)];
    if check.files.is_empty() && global.config.is_none() && !default[0].exists() {
        let message = format!(
            "there is no {} here: name a file, or check one pattern with --filter or --event-pattern",
            shown(&default[0])
        );
        return Err(Failure::Told(message));
    }
    let mut templates = Vec::new();
    for path in if check.files.is_empty() { &default[..] } else { &check.files } {
        let text = read_text(path)?;
        if trailbell_template::is_template(&text) {
            templates.push(trailbell_template::File::new(path.display().to_string(), text));
        } else if is_sigma(&text) {
            report.sigma(path, text)?;
        } else {
            report.configuration(path, &text)?;
        }
    }
    if !templates.is_empty() {
        templates::check(templates, &check.parameters, &mut report)?;
    } else if let Some(one) = check.parameters.first() {
        let message = format!("there is no template among the files to give {one} to");
        return Err(Failure::Told(message));
    }
    Ok(report.status())
}

/// Whether the text is of Sigma rules: no configuration has such a key.
fn is_sigma(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("detection:") || line.starts_with("correlation:"))
}

struct Report {
    json: bool,
    quiet: bool,
    strict: bool,
    errors: usize,
    warnings: usize,
}

impl Report {
    fn new(check: &Check, global: &Global) -> Self {
        let json = global.output == OutputForm::Json;
        Self { json, quiet: global.quiet, strict: check.strict, errors: 0, warnings: 0 }
    }

    fn configuration(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        let name = path.display().to_string();
        let showable = trailbell_config::showable(text);
        let files = match parse(text, path) {
            Ok(loaded) => {
                self.tell(&name, &showable, &[], &loaded.warnings)?;
                self.networks(path, text, &loaded.settings.networks)?;
                loaded.files
            }
            Err(invalid) => {
                self.tell(&name, &showable, &invalid.problems, &[])?;
                invalid.files
            }
        };
        for file in &files {
            self.file(file)?;
        }
        if self.errors == 0 {
            self.say(&format!("{}: no mistakes found", shown(path)))?;
        }
        Ok(())
    }

    /// The files of networks that a configuration names: whether they can be used.
    fn networks(&mut self, path: &Path, text: &str, files: &NetworkFiles) -> Result<(), Failure> {
        if files.is_empty() {
            return Ok(());
        }
        if let Err(unusable) = networks::open(files, path.parent().unwrap_or(Path::new(""))) {
            let problem = Diagnostic { span: unusable.place, message: unusable.problem, hint: None };
            let shown = trailbell_config::showable(text);
            return self.one("error", None, &path.display().to_string(), &shown, &problem);
        }
        self.say("files of networks: `run`, `scan` and what else is on this machine use them; a function in an account carries none")
    }

    /// A file of Sigma rules that is asked about itself.
    fn sigma(&mut self, path: &Path, text: String) -> Result<(), Failure> {
        let before = self.errors;
        let findings = SigmaFile { name: path.display().to_string(), text }.check();
        self.file(&findings)?;
        if self.errors == before {
            self.say(&format!("{}: no mistakes found", shown(path)))?;
        }
        Ok(())
    }

    fn file(&mut self, file: &FileFindings) -> Result<(), Failure> {
        self.tell(&file.name, &file.text, &file.problems, &file.warnings)?;
        for left_out in &file.left_out {
            self.one("note", None, &file.name, &file.text, left_out)?;
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
        let levels = errors.iter().map(|d| ("error", d)).chain(warnings.iter().map(|d| ("warning", d)));
        for (level, diagnostic) in levels {
            self.one(level, None, name, text, diagnostic)?;
        }
        Ok(())
    }

    /// One thing that is wrong or odd, by the rule that says so where it has a name.
    fn one(
        &mut self,
        level: &str,
        rule: Option<&str>,
        name: &str,
        text: &str,
        diagnostic: &Diagnostic,
    ) -> Result<(), Failure> {
        match level {
            "error" => self.errors += 1,
            "warning" => self.warnings += 1,
            _ => {}
        }
        let mut out = io::stdout().lock();
        if self.json {
            let place = LineColumn::of(text, diagnostic.span.start);
            let mut line = serde_json::json!({
                "type": "diagnostic", "level": level, "file": name, "line": place.line, "column": place.column,
                "message": diagnostic.message, "hint": diagnostic.hint,
            });
            if let (Some(rule), Some(line)) = (rule, line.as_object_mut()) {
                line.insert("rule".to_owned(), rule.into());
            }
            writeln!(out, "{line}")?;
        } else {
            let mut shown = diagnostic.clone();
            if let Some(rule) = rule {
                shown.message = format!("{} [{rule}]", shown.message);
            }
            writeln!(out, "{level}: {}", shown.render(name, text))?;
        }
        Ok(())
    }

    /// Something to the person, not to what reads the output.
    fn say(&self, words: &str) -> Result<(), Failure> {
        if !self.json && !self.quiet {
            writeln!(io::stderr(), "{words}")?;
        }
        Ok(())
    }

    const fn status(&self) -> u8 {
        if self.errors > 0 || self.strict && self.warnings > 0 { 1 } else { 0 }
    }
}
