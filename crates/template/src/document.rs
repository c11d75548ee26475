//! A file's text -> the tree, whether it is YAML or JSON.

use trailbell_text::{Diagnostic, Span};

use crate::File;
use crate::limits::MAX_BYTES;
use crate::problem::Problems;
use crate::tree::Node;
use crate::{json, yaml};

/// Reads a file. What begins with a brace or bracket is JSON, unless only YAML reads it.
pub(crate) fn parse(file: &File) -> Result<Node, Problems> {
    let text = file.text();
    let whole = |message: String, hint: &str| {
        let mut problems = Problems::default();
        problems.add(Span::new(0, 0), message, hint);
        problems
    };
    if text.len() > MAX_BYTES {
        return Err(whole(
            format!("This file has {} bytes; CloudFormation takes {MAX_BYTES}", text.len()),
            "split it into nested stacks",
        ));
    }
    let begins = text.trim_start_matches('\u{feff}').trim_start();
    if begins.starts_with(['{', '[']) {
        return json::parse(text).or_else(|problem| as_yaml(file, begins, problem));
    }
    match yaml::parse(text)? {
        Some(node) => Ok(node),
        None => Err(whole("This file is empty".to_owned(), "is it the right one?")),
    }
}

/// A flow collection of YAML looks like JSON at first; a text that is meant as JSON is told what JSON misses.
fn as_yaml(file: &File, begins: &str, problem: Diagnostic) -> Result<Node, Problems> {
    let meant_as_json = || {
        let inner = begins.trim_start_matches(['{', '[', ' ', '\t', '\r', '\n']);
        inner.starts_with('"') || inner.is_empty()
    };
    let is_json = std::path::Path::new(file.name())
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if !is_json
        && !meant_as_json()
        && let Some(node) = yaml::parse(file.text())?
    {
        return Ok(node);
    }
    let mut problems = Problems::default();
    problems.push(problem);
    Err(problems)
}
