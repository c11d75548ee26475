//! `check` of CloudFormation templates: all that are named are read together, then looked through by the linter.

use std::path::Path;

use trailbell_template::{Assignment, File, Missing, Problem, Request, lint, read};

use super::Report;
use crate::context::{Failure, shown};

/// The account and region that stand for any: AWS's own example.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

pub(super) fn check(files: Vec<File>, parameters: &[String], report: &mut Report) -> Result<(), Failure> {
    let names: Vec<String> = files.iter().map(|file| shown(Path::new(file.name()))).collect();
    let mut problems: Vec<Problem> = Vec::new();
    let mut assignments = Vec::new();
    for parameter in parameters {
        match Assignment::parse("--parameter", parameter) {
            Ok(assignment) => assignments.push(assignment),
            Err(invalid) => problems.extend(invalid.problems),
        }
    }
    let request = Request {
        files,
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        assignments,
        missing: Missing::IsAPlaceholder,
        ..Request::default()
    };
    let (errors, warnings, mut notes) = (report.errors, report.warnings, 0);
    match read(&request, &nested) {
        Ok(stacks) => {
            for finding in lint(&stacks, trailbell_config::ALWAYS_THERE) {
                let level = finding.level.to_string();
                notes += usize::from(level == "note");
                tell(report, &level, Some(finding.rule), &finding.problem)?;
            }
            for notice in &stacks.notices {
                notes += 1;
                tell(report, "note", None, notice)?;
            }
        }
        Err(invalid) => problems.extend(invalid.problems),
    }
    for problem in &problems {
        tell(report, "error", None, problem)?;
    }
    let (errors, warnings) = (report.errors - errors, report.warnings - warnings);
    let names = names.join(", ");
    if errors + warnings + notes == 0 {
        report.say(&format!("{names}: no mistakes found"))
    } else {
        report.say(&format!(
            "{names}: {}, {}, {}",
            counted(errors, "error"),
            counted(warnings, "warning"),
            counted(notes, "note")
        ))
    }
}

fn tell(report: &mut Report, level: &str, rule: Option<&str>, problem: &Problem) -> Result<(), Failure> {
    report.one(level, rule, problem.file.name(), problem.file.text(), &problem.diagnostic)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A nested stack's template, where its path leads to one. Anything else that a path may lead to is not opened.
fn nested(path: &str) -> Option<File> {
    let meta = std::fs::metadata(path).ok()?;
    let limit = u64::try_from(trailbell_template::MAX_BYTES).unwrap_or(u64::MAX);
    if !meta.is_file() || meta.len() > limit {
        return None;
    }
    Some(File::new(path, std::fs::read_to_string(path).ok()?))
}
