//! The outcomes as build servers read them: XML in `JUnit`'s form.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::outcome::Outcome;

/// What became of one file.
#[derive(Debug)]
pub struct Suite<'a> {
    /// The file's name.
    pub file: &'a str,
    /// What is wrong with the file, where it could not be run.
    pub error: Option<&'a str>,
    /// Its tests.
    pub outcomes: &'a [Outcome],
}

/// One document for all files. A file that could not be run is a test of its name, with an error.
pub fn junit(suites: &[Suite<'_>]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail.
    let _ = write(suites, &mut writer);
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    text
}

fn write(suites: &[Suite<'_>], writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    let sum = |of: fn(&Suite<'_>) -> usize| suites.iter().map(of).sum::<usize>();
    counts(&mut root, sum(tests), sum(failures), sum(errors));
    writer.write_event(Event::Start(root))?;
    for suite in suites {
        let mut start = BytesStart::new("testsuite");
        start.push_attribute(("name", clean(suite.file).as_str()));
        counts(&mut start, tests(suite), failures(suite), errors(suite));
        writer.write_event(Event::Start(start))?;
        if let Some(error) = suite.error {
            let title = error.lines().next().unwrap_or_default();
            case(suite.file, suite.file, None, Some(("error", title, error)), writer)?;
        }
        for outcome in suite.outcomes {
            let text = outcome.text(suite.file, false);
            let title = outcome.differences.first().map(crate::Difference::sentence);
            let trouble = title.as_deref().map(|title| ("failure", title, text.as_str()));
            case(&outcome.name, suite.file, Some(outcome.place.line), trouble, writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn case(
    name: &str,
    file: &str,
    line: Option<usize>,
    trouble: Option<(&str, &str, &str)>,
    writer: &mut Writer<Vec<u8>>,
) -> std::io::Result<()> {
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("name", clean(name).as_str()));
    start.push_attribute(("classname", clean(file).as_str()));
    start.push_attribute(("file", clean(file).as_str()));
    if let Some(line) = line {
        start.push_attribute(("line", line.to_string().as_str()));
    }
    let Some((element, title, text)) = trouble else { return writer.write_event(Event::Empty(start)) };
    writer.write_event(Event::Start(start))?;
    let mut inner = BytesStart::new(element);
    inner.push_attribute(("message", clean(title).as_str()));
    writer.write_event(Event::Start(inner))?;
    writer.write_event(Event::Text(BytesText::new(&clean(text))))?;
    writer.write_event(Event::End(BytesEnd::new(element)))?;
    writer.write_event(Event::End(BytesEnd::new("testcase")))
}

fn counts(element: &mut BytesStart<'_>, tests: usize, failures: usize, errors: usize) {
    for (name, count) in [("tests", tests), ("failures", failures), ("errors", errors)] {
        element.push_attribute((name, count.to_string().as_str()));
    }
}

fn tests(suite: &Suite<'_>) -> usize {
    suite.outcomes.len() + errors(suite)
}

fn failures(suite: &Suite<'_>) -> usize {
    suite.outcomes.iter().filter(|outcome| !outcome.passed()).count()
}

fn errors(suite: &Suite<'_>) -> usize {
    usize::from(suite.error.is_some())
}

/// Without the characters that XML has no way to write.
fn clean(text: &str) -> String {
    let writable = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if writable(c) { c } else { '\u{fffd}' }).collect()
}
