//! Python in a template that catches an error and only prints it. Judged by its lines alone, and only where it is plain.

use std::ops::Range;

use super::Findings;
use crate::Stacks;

/// What sends something on.
const SENDS: [&str; 8] = [
    ".publish(",
    ".send_message(",
    ".send_email(",
    ".put_events(",
    ".put_record",
    ".invoke(",
    ".urlopen(",
    ".post(",
];

/// Statements that tell only the log.
const ONLY_TELLS: [&str; 8] =
    ["print(", "pass", "logging.", "logger.", "log.", "traceback.print", "continue", "#"];

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for function in &stacks.functions {
        let Some(code) = &function.code else { continue };
        let is_python = function.runtime.as_ref().is_some_and(|runtime| runtime.value.starts_with("python"));
        if !is_python {
            continue;
        }
        for place in swallowed(&code.value) {
            findings.warn(
                "swallowed-error",
                &function.origin,
                code.place(function.origin.file.text(), place),
                "the error is only printed, so Lambda takes the call for a success: what was to be sent is lost, \
                 and neither a retry nor a dead-letter queue sees it",
                "write raise behind it, so that Lambda tries again",
            );
        }
    }
}

/// The `except` lines behind a `try` that sends, under which nothing but printing is done.
fn swallowed(code: &str) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if !text.is_empty() {
            lines.push(Line { start: at + indent, indent, text });
        }
        at += line.len();
    }
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let is_except = line.text.starts_with("except") && line.text.ends_with(':');
        let Some(before) = lines.get(..index).filter(|_| is_except) else { continue };
        let body = lines.iter().skip(index + 1).take_while(|one| one.indent > line.indent);
        let mut body = body.peekable();
        let only_tells = body.peek().is_some()
            && body.all(|one| ONLY_TELLS.iter().any(|start| one.text.starts_with(start)));
        // Back to the `try` of the same depth.
        let tried: Vec<&Line<'_>> = before
            .iter()
            .rev()
            .take_while(|one| !(one.indent <= line.indent && one.text.starts_with("try")))
            .collect();
        let is_complete = tried.len() < before.len();
        let sends = tried
            .iter()
            .any(|one| one.indent > line.indent && SENDS.iter().any(|send| one.text.contains(send)));
        if only_tells && is_complete && sends {
            found.push(line.start..line.start + line.text.len());
        }
    }
    found
}

struct Line<'c> {
    start: usize,
    indent: usize,
    text: &'c str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(code: &str) -> Vec<&str> {
        swallowed(code).into_iter().map(|range| &code[range]).collect()
    }

    #[test]
    fn an_error_that_is_only_printed_is_found() {
        let code = "def handler(event, context):\n  try:\n    sns.publish(\n      Message=x)\n  except Exception as e:\n    print(e)\n";
        assert_eq!(lines(code), ["except Exception as e:"]);
    }

    #[test]
    fn an_error_that_goes_on_or_comes_of_something_else_is_not() {
        for code in [
            "try:\n  sns.publish(x)\nexcept Exception as e:\n  print(e)\n  raise\n",
            "try:\n  sns.publish(x)\nexcept Exception as e:\n  failed.append(e)\n",
            "try:\n  x = int(y)\nexcept ValueError:\n  pass\nsns.publish(x)\n",
            "sns.publish(x)\ntry:\n  x = 1\nexcept:\n  pass\n",
            "except:\n  print(1)\n",
            "",
        ] {
            assert_eq!(lines(code), [] as [&str; 0], "{code}");
        }
    }
}
