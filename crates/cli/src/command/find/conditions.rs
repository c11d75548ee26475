//! What `match` looks for: patterns and rules of any language, from flags, files and folders.

use std::path::{Path, PathBuf};

use trailbell_detect::Condition;
use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_sigma::{Document, parse};
use trailbell_text::Diagnostic;

use crate::args::Match;
use crate::context::{Failure, event_pattern, read_text, shown};

/// Folders inside one another that are looked into.
const DEEPEST: usize = 32;

/// Everything that is looked for; clap sees to it that there is something. Also says what was left out, a line each.
pub(super) fn of(find: &Match) -> Result<(Vec<Condition>, Vec<String>), Failure> {
    let mut conditions = Vec::new();
    let mut left_out = Vec::new();
    for text in &find.filter {
        conditions.push(filter(text, "--filter")?);
    }
    for flag in &find.event_pattern {
        let (text, name) = event_pattern(flag)?;
        conditions.push(event(&text, &name)?);
    }
    for path in &find.sigma {
        for file in files(path, &["yml", "yaml"])? {
            sigma(&file, &mut conditions, &mut left_out)?;
        }
    }
    for path in &find.rules {
        for file in files(path, &["filter", "json", "yml", "yaml"])? {
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("filter") => conditions.push(filter(read_text(&file)?.trim(), &shown(&file))?),
                Some("json") => conditions.push(event(&read_text(&file)?, &shown(&file))?),
                _ => sigma(&file, &mut conditions, &mut left_out)?,
            }
        }
    }
    if conditions.is_empty() {
        return Err(Failure::Told("there is no rule in what --sigma and --rules name".to_owned()));
    }
    Ok((conditions, left_out))
}

fn refused(diagnostic: &Diagnostic, name: &str, text: &str) -> Failure {
    Failure::Told(format!("the pattern is refused\n{}", diagnostic.render(name, text)))
}

fn filter(text: &str, name: &str) -> Result<Condition, Failure> {
    Pattern::parse(text).map(Into::into).map_err(|error| refused(error.diagnostic(), name, text))
}

fn event(text: &str, name: &str) -> Result<Condition, Failure> {
    EventPattern::parse(text).map(Into::into).map_err(|error| refused(error.diagnostic(), name, text))
}

/// The rules of a Sigma file that are for CloudTrail.
fn sigma(file: &Path, conditions: &mut Vec<Condition>, left_out: &mut Vec<String>) -> Result<(), Failure> {
    let text = read_text(file)?;
    let parsed = parse(&text);
    if !parsed.problems.is_empty() {
        let all = parsed.problems.iter().map(|problem| problem.render(&shown(file), &text));
        let all: Vec<String> = all.collect();
        return Err(Failure::Told(format!("a Sigma rule is refused\n{}", all.join("\n"))));
    }
    for document in parsed.documents {
        match document {
            Document::Rule(rule) if rule.log_source().is_for_cloudtrail() => conditions.push(rule.into()),
            Document::Rule(_) => {
                left_out.push(format!("{}: a rule for another log source is left out", shown(file)));
            }
            Document::Correlation(_) => left_out.push(format!(
                "{}: a correlation is left out: it asks for several events, and here each is looked at alone",
                shown(file)
            )),
        }
    }
    Ok(())
}

/// A file itself; of a folder the files in it that end so, in the order of their names.
fn files(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    look_into(path, extensions, DEEPEST, &mut found)?;
    Ok(found)
}

fn look_into(
    folder: &Path,
    extensions: &[&str],
    deeper: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|error| unreadable(folder, &error))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links to folders are not followed: they may lead round in a circle.
        let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
        if kind.is_dir() && deeper > 0 {
            look_into(&path, extensions, deeper - 1, found)?;
        } else if !kind.is_dir()
            && path
                .extension()
                .and_then(|extension| extension.to_str())
                .is_some_and(|e| extensions.contains(&e))
        {
            found.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Told(format!("{}: {error}", shown(path)))
}
