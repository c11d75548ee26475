//! The next step for a pattern that is refused: guesses at what was meant, from AWS's words and the text at the place.

use trailbell_text::Diagnostic;

/// A hint for an error, where what is written there is a known mistake.
pub(crate) fn guess(pattern: &str, error: &Diagnostic) -> Option<String> {
    let message = error.message.as_str();
    let written = pattern.get(error.span.start..error.span.end).unwrap_or_default();
    if let Some(name) = message.strip_prefix("Unrecognized match type ") {
        return Some(of_operator(name));
    }
    if message.ends_with("must be an object or an array") {
        return Some(format!("values stand in a list: [{}]", shortened(written)));
    }
    let hint = match message {
        "Empty arrays are not allowed" => {
            "a list holds what is accepted; for a field that must be absent write [{\"exists\": false}]"
        }
        "Empty objects are not allowed" => "name at least one field; {\"prefix\": \"\"} takes every string",
        "Match value must be String, number, true, false, or null" => {
            "lists are not nested; all accepted values stand in one list"
        }
        "Only one key allowed in match expression" | "Too many elements in numeric expression" => {
            "one operator an object; alternatives are further objects in the same list"
        }
        "It must be an Array followed with $or."
        | "Only JSON object is allowed in array of $or relationship." => {
            "write \"$or\": [{\"a\": [...]}, {\"b\": [...]}]"
        }
        "There must have at least 2 Objects in $or relationship." => {
            "with one alternative, write its fields without $or"
        }
        "Bottom must be less than top" => "for one value write {\"numeric\": [\"=\", value]}",
        "Filter is not an object" => "a pattern begins with { and names fields",
        "Null prefix/suffix not allowed" => "everything begins and ends with \"\", so nothing would be left",
        "exists match pattern must be either true or false." => "write true or false without quotes",
        "Value of anything-but must be an array or single string/number value."
        | "Inside anything but list, start|null|boolean is not supported." => {
            "null, true and false cannot be excluded; name what is accepted instead, as in [false]"
        }
        "Inside anything but list, either all values are number or string, mixed type is not supported" => {
            "write one list of strings or one of numbers, with at least one value"
        }
        "Malformed CIDR, one '/' required" => {
            "write a network as 10.0.0.0/8; a single address needs no operator"
        }
        "IPv4 mask bits must be < 32" | "IPv6 mask bits must be < 128" => {
            "a single address is written as a plain string"
        }
        _ if message.starts_with("Consecutive wildcard") => "one * stands for any characters already",
        _ if message.starts_with("Invalid escape character") => {
            "only \\* and \\\\ are escapes here; in JSON each backslash is doubled, as in \"\\\\*\""
        }
        _ if message.starts_with("Rule is too complex") => {
            "each * costs, and so do repetitions after one; of several wildcards in a list all count; prefix and suffix are free"
        }
        _ if message.starts_with("Cannot compare number") => {
            "at most 15 to 17 digits can be compared by size"
        }
        _ if message.starts_with("Bad numeric range operator") => {
            "a range is written from below, as in [\">\", 0, \"<=\", 5]"
        }
        _ if message.starts_with("Value of ") && message.ends_with(" must be numeric") => {
            "an operator is followed by a number without quotes"
        }
        _ if message.ends_with("match pattern must be a string") => {
            "alternatives are objects of their own in the list"
        }
        _ => return of_syntax(pattern, message, written).map(str::to_owned),
    };
    Some(hint.to_owned())
}

fn of_operator(name: &str) -> String {
    const OPERATORS: &[&str] =
        &["prefix", "suffix", "equals-ignore-case", "wildcard", "numeric", "cidr", "exists", "anything-but"];
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    if let Some(meant) = OPERATORS.iter().find(|one| plain(one) == plain(name)) {
        return format!("operators are written in lower case with hyphens: {meant}");
    }
    match plain(name).as_str() {
        "contains" | "like" | "glob" => "for a part of a text write {\"wildcard\": \"*text*\"}",
        "not" | "notequals" | "except" | "anythingexcept" => "to exclude values write {\"anything-but\": [...]}",
        "regex" | "regexp" | "matches" => "there are no regular expressions; {\"wildcard\": \"a*b\"} comes closest",
        "ip" | "ipaddress" => "for a network write {\"cidr\": \"10.0.0.0/8\"}",
        "startswith" => "write {\"prefix\": \"text\"}",
        "endswith" => "write {\"suffix\": \"text\"}",
        "equals" | "=" | "==" => "equality needs no operator: the value stands in the list itself",
        "$or" => "$or stands where a field's name does, not in a list",
        _ => {
            return format!(
                "a field's list holds values and operators: {}; fields inside a field are named without a list",
                OPERATORS.join(", ")
            );
        }
    }
    .to_owned()
}

fn of_syntax(pattern: &str, message: &str, written: &str) -> Option<&'static str> {
    let looks_like_a_filter = pattern.trim_start().trim_start_matches('{').trim_start().starts_with('$')
        && !pattern.trim_start_matches(['{', ' ', '\n', '\t']).starts_with("$or");
    if looks_like_a_filter {
        return Some("this looks like a CloudWatch Logs filter pattern; an event pattern is JSON");
    }
    match written.chars().next() {
        Some('\'' | '‘' | '’' | '“' | '”' | '„' | '`') => {
            Some("write straight double quotes, \"like this\"")
        }
        Some('}' | ']') if message.contains("double-quote") || message.contains("valid value") => {
            Some("take the last comma away")
        }
        Some('/' | '#') => Some("JSON has no comments"),
        _ if message.starts_with("Unexpected end-of-input") => Some("a bracket or a quote is never closed"),
        _ if message.starts_with("Unrecognized character escape") => {
            Some("a backslash in a JSON string is written \\\\")
        }
        _ if message.contains("double-quote to start field name") => Some("names stand in double quotes"),
        _ if message.starts_with("Unrecognized token") => Some("texts stand in double quotes"),
        _ => None,
    }
}

fn shortened(text: &str) -> &str {
    if text.chars().count() > 40 { "..." } else { text }
}
