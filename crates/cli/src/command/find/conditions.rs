//! What `match` looks for: patterns and rules of any language, from flags, files and folders.

use std::path::Path;

use trailbell_detect::Condition;
use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_sigma::{About, Document, parse};
use trailbell_text::{Channel, Diagnostic, LineColumn, Span, Untrusted};

use crate::args::Match;
use crate::context::{Failure, event_pattern, read_text, shown};
use crate::rule_files::{SIGMA_ENDINGS, at};

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
        for file in at(path, &SIGMA_ENDINGS).map_err(Failure::Told)? {
            sigma(&file, &mut conditions, &mut left_out)?;
        }
    }
    for path in &find.rules {
        for file in at(path, &["filter", "json", "yml", "yaml"]).map_err(Failure::Told)? {
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

/// Where in a file something stands.
fn place(file: &Path, text: &str, span: Span) -> String {
    let LineColumn { line, column } = LineColumn::of(text, span.start);
    format!("{}:{line}:{column}", shown(file))
}

fn title(about: About<'_>) -> String {
    Untrusted::from(about.title).render(Channel::Terminal)
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
            Document::Rule(rule) => left_out.push(format!(
                "{}: the rule `{}` is for another log source and is left out",
                place(file, &text, rule.span()),
                title(rule.about()),
            )),
            Document::Correlation(correlation) => left_out.push(format!(
                "{}: the correlation `{}` is left out: it asks for several events, and here each is looked at alone",
                place(file, &text, correlation.span()),
                title(correlation.about()),
            )),
        }
    }
    Ok(())
}
