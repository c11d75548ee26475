//! Finding and reading the templates, and the parameters they get.

use std::path::{Path, PathBuf};

use trailbell_template::{Assignment, File, Invalid, MAX_BYTES, Request, Stacks, parse_parameter_file};

use crate::args;
use crate::context::{Failure, shown};

/// What the command line names, sorted out: `--template a.yaml b.yaml logs/` and `--parameter A=1 B=2 logs/` are how people write, and
/// how the AWS CLI reads.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) templates: Vec<PathBuf>,
    pub(crate) parameters: Vec<String>,
    pub(crate) paths: Vec<PathBuf>,
}

impl Given {
    /// Behind `--template`, what is a folder or a log is a path; behind `--parameter`, what assigns nothing; among the
    /// paths, what is a template is one.
    pub(crate) fn sort(simulate: &args::Simulate) -> Self {
        let mut given = Self { templates: Vec::new(), parameters: Vec::new(), paths: Vec::new() };
        for (nth, path) in simulate.template.iter().enumerate() {
            if nth > 0 && (path.as_os_str() == "-" || path.is_dir() || is_log(path)) {
                given.paths.push(path.clone());
            } else {
                given.templates.push(path.clone());
            }
        }
        for text in &simulate.parameter {
            let path = Path::new(text);
            if !text.contains('=') && (text == "-" || path.exists()) {
                given.paths.push(path.to_owned());
            } else {
                given.parameters.push(text.clone());
            }
        }
        for path in &simulate.paths {
            if is_template(path) {
                given.templates.push(path.clone());
            } else {
                given.paths.push(path.clone());
            }
        }
        given
    }
}

/// A file that could be a template by its size, as text.
fn small_text(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > MAX_BYTES as u64 {
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// Whether a file is a template or a description of alarms, by what is in it.
fn is_template(path: &Path) -> bool {
    let Some(text) = small_text(path) else { return false };
    if text.trim_start().starts_with(['{', '[']) {
        return match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(json) => ["Resources", "metricFilters", "MetricAlarms", "CompositeAlarms"]
                .iter()
                .any(|key| json.get(key).is_some()),
            Err(_) => false,
        };
    }
    text.lines().any(|line| line.starts_with("Resources:"))
}

/// Whether a file that stands where templates do is a log: too large or no text, or JSON that is no template.
fn is_log(path: &Path) -> bool {
    if !path.is_file() || is_template(path) {
        return false;
    }
    small_text(path).is_none_or(|text| {
        text.trim_start().starts_with(['{', '[']) && !text.contains("AWSTemplateFormatVersion")
    })
}

/// Reads the templates with their parameters.
pub(crate) fn read(simulate: &args::Simulate, given: &Given, account: &str) -> Result<Stacks, Failure> {
    let mut assignments = Vec::new();
    for path in &simulate.parameters {
        assignments.extend(parse_parameter_file(&file(path)?).map_err(|invalid| wrong(&invalid))?);
    }
    for text in &given.parameters {
        assignments.push(Assignment::parse("--parameter", text).map_err(|invalid| wrong(&invalid))?);
    }
    for text in &simulate.stack_name {
        let (template, name) = text
            .rsplit_once(':')
            .map_or((String::new(), text.as_str()), |(template, name)| (format!("{template}:"), name));
        let assignment = Assignment::parse("--stack-name", &format!("{template}AWS::StackName={name}"));
        assignments.push(assignment.map_err(|invalid| wrong(&invalid))?);
    }
    let files = given.templates.iter().map(|path| file(path)).collect::<Result<Vec<_>, _>>()?;
    let request = Request {
        files,
        account: account.to_owned(),
        region: simulate.region.clone(),
        assignments,
        ..Request::default()
    };
    let folders: Vec<&Path> = given.templates.iter().filter_map(|path| path.parent()).collect();
    // A path as it is said, or a URL's file name beside one of the templates.
    let load = |name: &str| {
        let beside = folders.iter().map(|folder| folder.join(name));
        let mut places = std::iter::once(PathBuf::from(name)).chain(beside);
        places.find_map(|path| Some(File::new(path.display().to_string(), small_text(&path)?)))
    };
    trailbell_template::read(&request, &load).map_err(|invalid| wrong(&invalid))
}

fn wrong(invalid: &Invalid) -> Failure {
    Failure::Told(format!("the templates cannot be read\n{}", invalid.render()))
}

fn file(path: &Path) -> Result<File, Failure> {
    let told = |problem: String| Failure::Told(format!("{}: {problem}", shown(path)));
    let size = std::fs::metadata(path).map_err(|error| told(error.to_string()))?.len();
    if size > MAX_BYTES as u64 {
        return Err(told(format!("longer than the {MAX_BYTES} bytes a template has at most")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
    Ok(File::new(path.display().to_string(), text))
}
