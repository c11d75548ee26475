//! The language as a table: what matches what, and what is refused in which words at which place.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what is not as it should be")]
#![expect(clippy::format_collect, reason = "a test may be slow where it is plain")]

use trailbell_json::Json;
use trailbell_sigma::{Document, Level, MAX_LENGTH, Rule, Status, parse};

/// A rule around a detection, which is written without indentation.
fn text(detection: &str) -> String {
    let lines: String = detection.lines().map(|line| format!("    {line}\n")).collect();
    format!("title: T\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n{lines}")
}

#[track_caller]
fn rule(detection: &str) -> Rule {
    let text = text(detection);
    let mut parsed = parse(&text);
    let shown: Vec<String> = parsed.problems.iter().map(|p| p.render("rule", &text)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    match parsed.documents.pop() {
        Some(Document::Rule(rule)) if parsed.documents.is_empty() => rule,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(detection: &str, yes: &[&str], no: &[&str]) {
    let rule = rule(detection);
    for (events, expected) in [(yes, true), (no, false)] {
        for event in events {
            let json = Json::parse(event).unwrap();
            assert_eq!(rule.matches(&json), expected, "{detection}\non {event}");
        }
    }
}

/// One line of a selection, events of the field `v` that match and that do not; `-` is an event without the field.
#[track_caller]
fn line(line: &str, yes: &[&str], no: &[&str]) {
    let events = |values: &[&str]| -> Vec<String> {
        let event =
            |value: &&str| if *value == "-" { r#"{"w":1}"#.to_owned() } else { format!("{{\"v\":{value}}}") };
        values.iter().map(event).collect()
    };
    let (yes, no) = (events(yes), events(no));
    check(
        &format!("selection:\n  {line}\ncondition: selection"),
        &yes.iter().map(String::as_str).collect::<Vec<_>>(),
        &no.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

#[track_caller]
fn refused(detection: &str, message: &str, at: &str) {
    refused_text(&text(detection), message, at);
}

#[track_caller]
fn refused_text(text: &str, message: &str, at: &str) {
    let parsed = parse(text);
    assert!(parsed.documents.is_empty(), "accepted: {text}");
    let first = &parsed.problems[0];
    assert_eq!(
        (first.message.as_str(), text.get(first.span.start..first.span.end).unwrap()),
        (message, at),
        "{}",
        first.render("rule", text)
    );
}

#[test]
fn a_text_is_compared_without_case_and_with_numbers_and_booleans_by_their_text() {
    line(
        "v: 'Root'",
        &[r#""root""#, r#""ROOT""#, r#"["x","Root"]"#],
        &[r#""roots""#, "null", "-", "{}", "[]"],
    );
    line("v: '1.0'", &[r#""1.0""#, "1.0"], &["1", "10"]);
    line("v: 'false'", &["false", r#""False""#], &["true", "0"]);
    line("v: 'ΟΔΟΣ'", &[r#""οδοσ""#], &[r#""οδος""#]);
    line("v: 'straße'", &[r#""STRAßE""#], &[r#""STRASSE""#]);
    line("v: 'İ'", &[r#""i""#, r#""İ""#], &[r#""ı""#]);
    line("v: ''", &[r#""""#], &["null", "-", r#"" ""#]);
}

#[test]
fn wildcards_stand_for_characters_and_a_backslash_makes_them_plain() {
    line("v: 'a*c?e'", &[r#""acde""#, r#""aBBBcde""#], &[r#""ace""#, r#""acdef""#]);
    line("v: '*'", &[r#""""#, "1", "{}"], &["null", "-", "[]"]);
    line("v: '?'", &[r#""あ""#, "1"], &[r#""""#, r#""ab""#]);
    line(r"v: 'a\*b'", &[r#""a*b""#], &[r#""axb""#]);
    line(r"v: 'a\?b'", &[r#""a?b""#], &[r#""axb""#]);
    line(r"v: 'a\b'", &[r#""a\\b""#], &[r#""ab""#]);
    line(r"v: 'a\\b'", &[r#""a\\b""#], &[r#""a\\\\b""#]);
    line(r"v: 'a\\*'", &[r#""a\\b""#, r#""a\\""#], &[r#""a*""#]);
    line(r"v: 'a\\\*'", &[r#""a\\*""#], &[r#""a\\b""#]);
    line(r"v: 'a\\\\b'", &[r#""a\\\\b""#], &[r#""a\\b""#]);
    line("v: '*ab*ab'", &[r#""abab""#, r#""xabxab""#], &[r#""ab""#, r#""aba""#]);
    line("v: '*?b?*'", &[r#""abc""#, r#""xxabcxx""#], &[r#""bc""#, r#""ab""#]);
}

#[test]
fn contains_startswith_and_endswith_are_wildcards_at_the_ends() {
    line("v|contains: 'dmi'", &[r#""aDMIn""#], &[r#""adm""#, "-"]);
    line("v|startswith: 'ad'", &[r#""Admin""#], &[r#""xad""#]);
    line("v|endswith: 'min'", &[r#""adMIN""#], &[r#""mina""#]);
    line("v|contains: 'a*n'", &[r#""xadminx""#], &[r#""na""#]);
    line("v|contains: 5", &["150", r#""x5""#], &["1"]);
    line("v|contains: ''", &[r#""""#, "0"], &["null", "-"]);
}

#[test]
fn a_list_is_any_and_all_makes_it_every() {
    line("v: [a, b]", &[r#""a""#, r#""B""#], &[r#""c""#]);
    line("v|contains|all: [a, b]", &[r#""xbxa""#, r#"["a","b"]"#], &[r#""a""#]);
    line("v|all|contains: [a, b]", &[r#""ab""#], &[r#""b""#]);
    line("v: [null, 'Success']", &["-", "null", r#""success""#], &[r#""x""#]);
}

#[test]
fn expressions_mind_case_unless_i_follows_and_are_found_anywhere() {
    line("v|re: 'ad.in$'", &[r#""xadmin""#], &[r#""xADMIN""#, r#""admin1""#, "null"]);
    line("v|re|i: '^ad.in$'", &[r#""ADMIN""#], &[r#""xadmin""#]);
    line("v|re|m: '^b$'", &[r#""a\nb""#], &[r#""ab""#]);
    line("v|re|s: 'a.b'", &[r#""a\nb""#], &[]);
    line("v|re: 'a.b'", &[r#""axb""#], &[r#""a\nb""#]);
    line("v|re: '^1\\d$'", &["15", r#""15""#], &["5"]);
    line("v|re: '.*'", &[r#""""#, "true"], &["null", "-"]);
}

#[test]
fn cased_minds_case() {
    line("v|cased: 'Root'", &[r#""Root""#], &[r#""root""#]);
    line("v|contains|cased: 'oo'", &[r#""Root""#], &[r#""ROOT""#]);
}

#[test]
fn exists_asks_whether_the_key_is_there_whatever_its_value() {
    line("v|exists: true", &["1", "null", "[]", r#""""#], &["-"]);
    line("v|exists: false", &["-"], &["1", "null"]);
    line("v|exists: 'True'", &["1"], &["-"]);
}

#[test]
fn null_is_missing_or_null() {
    line("v: null", &["-", "null", "[null]"], &[r#""null""#, r#""""#, "0", "[]", "{}"]);
    line("v:", &["-", "null"], &["1"]);
    check(
        "selection:\n  a: 1\nfilter:\n  b: null\ncondition: selection and not filter",
        &[r#"{"a":1,"b":2}"#],
        &[r#"{"a":1}"#, r#"{"a":1,"b":null}"#],
    );
}

#[test]
fn numbers_are_compared_by_value_also_in_texts() {
    line("v: 517", &["517", "517.0", "5.17e2", r#""517""#], &["518", r#""x517""#, "null"]);
    line("v: 123456789012345678", &["123456789012345678"], &["123456789012345679"]);
    line("v: 0x1f", &["31"], &["30"]);
    line("v|gt: 5", &["6", "5.1", r#""10""#], &["5", "-6", r#""x""#, "-"]);
    line("v|gte: 5", &["5"], &["4.9"]);
    line("v|lt: 5", &["-10", "4"], &["5", "null"]);
    line("v|lte: '5'", &["5"], &["6"]);
    line("v: true", &["true", r#""TRUE""#], &["false", "1"]);
}

#[test]
fn neq_is_where_the_line_would_not_hold() {
    line("v|neq: 'x'", &[r#""y""#, "-", "null"], &[r#""X""#, r#"["y","x"]"#]);
    line("v|neq: [1, 2]", &["3"], &["1", "2"]);
    line("v|contains|neq: 'x'", &[r#""y""#], &[r#""axa""#]);
}

#[test]
fn a_network_holds_its_addresses() {
    line(
        "v|cidr: 10.0.0.0/8",
        &[r#""10.1.2.3""#, r#"["x","10.0.0.1"]"#, r#""::ffff:10.0.0.1""#],
        &[r#""11.0.0.1""#, r#""x""#, "-"],
    );
    line(
        "v|cidr: ['2001:db8::/32', 192.0.2.1]",
        &[r#""2001:DB8::1""#, r#""192.0.2.1""#],
        &[r#""2001:db9::1""#],
    );
}

#[test]
fn encodings_are_of_the_value() {
    line("v|base64: 'foo bar'", &[r#""Zm9vIGJhcg==""#], &[r#""foo bar""#]);
    line("v|base64offset|contains: 'foo'", &[r#""Zm9v""#, r#""YWZvbw==""#, r#""YWFmb28=""#], &[r#""YmFy""#]);
    line("v|wide|base64|cased: 'ab'", &[r#""YQBiAA==""#], &[r#""yqbiaa==""#]);
    line("v|utf16le|base64offset|contains: 'ping'", &[r#""xcABpAG4AZwx""#], &[r#""ping""#]);
    line("v|utf16be: 'a'", &["\"\\u0000a\""], &[r#""a""#]);
    line("v|utf16|base64: 'ab'", &[r#""//5hAGIA""#], &[]);
    line("v|windash|contains: ' -f'", &[r#""x /f""#, r#""x –f""#, r#""x -F""#], &[r#""x f""#]);
}

#[test]
fn a_field_is_compared_with_another() {
    let of = |modifiers: &str| format!("selection:\n  v|fieldref{modifiers}: w.name\ncondition: selection");
    check(
        &of(""),
        &[
            r#"{"v":"A","w":{"name":"a"}}"#,
            r#"{"v":1.0,"w":{"name":1}}"#,
            r#"{"v":["x","y"],"w":[{"name":"y"}]}"#,
        ],
        &[
            r#"{"v":"ab","w":{"name":"a"}}"#,
            r#"{"v":"a"}"#,
            r#"{"w":{"name":"a"}}"#,
            r#"{"v":null,"w":{"name":null}}"#,
            r#"{"v":"a","w":{"name":"*"}}"#,
        ],
    );
    check(
        &of("|contains"),
        &[r#"{"v":"user/Bob","w":{"name":"bob"}}"#],
        &[r#"{"v":"bo","w":{"name":"bob"}}"#],
    );
    check(
        &of("|startswith"),
        &[r#"{"v":"bobby","w":{"name":"bob"}}"#],
        &[r#"{"v":"xbob","w":{"name":"bob"}}"#],
    );
    check(
        &of("|endswith"),
        &[r#"{"v":"user/bob","w":{"name":"bob"}}"#],
        &[r#"{"v":"bobby","w":{"name":"bob"}}"#],
    );
    check(&of("|cased"), &[r#"{"v":"a","w":{"name":"a"}}"#], &[r#"{"v":"A","w":{"name":"a"}}"#]);
    check(
        &of("|neq"),
        &[r#"{"v":"b","w":{"name":"a"}}"#, r#"{"v":"b"}"#],
        &[r#"{"v":"a","w":{"name":"a"}}"#],
    );
}

#[test]
fn names_lead_into_objects_and_lists_and_a_key_with_dots_wins() {
    let detection = "selection:\n  a.b.c: x\ncondition: selection";
    check(
        detection,
        &[
            r#"{"a":{"b":{"c":"x"}}}"#,
            r#"{"a.b.c":"x"}"#,
            r#"{"a":{"b.c":"x"}}"#,
            r#"{"a.b":{"c":"x"}}"#,
            r#"{"a":[{"b":{"c":"y"}},{"b":[{"c":"x"}]}]}"#,
            r#"{"a":{"b":{"c":[["x"]]}}}"#,
            r#"{"a":{"b":{"c":"y","c":"x"}}}"#,
        ],
        &[
            r#"{"a":{"b":{"c":"x"}},"a.b.c":"y"}"#,
            r#"{"a":{"b":"x"}}"#,
            r#"{"A":{"b":{"c":"x"}}}"#,
            r#"{"a":{"b":{"c":"x","c":"y"}}}"#,
            "[]",
            "1",
        ],
    );
}

#[test]
fn an_object_is_looked_at_as_its_json_and_as_its_strings_are() {
    line(
        "v|contains: 'suspended'",
        &[r#"{"a":{"Status":"Suspended"}}"#, r#"[{"b":"suspended"}]"#, r#"{"suspended":1}"#],
        &[r#"{"a":1}"#],
    );
    line(r#"v|contains: '"a":1'"#, &[r#"{"a": 1}"#], &[r#"{"a": "1"}"#]);
    line(
        r#"v|contains: '"s3:GetObject"'"#,
        &[r#"{"policyDocument":"{\"Action\": \"s3:GetObject\"}"}"#, r#"{"Action":"s3:GetObject"}"#],
        &[r#"{"a":"s3:GetObjects"}"#],
    );
    line(r#"v|re: '^\{"a":'"#, &[r#"{"a":1}"#], &[r#"{"b":1}"#]);
    line(r#"v|contains: 'a","b'"#, &[r#"["a","b"]"#], &[r#"["b","a"]"#]);
    line(r#"v: '{"a":1}'"#, &[r#"{"a":1}"#], &[r#"{"a":1,"b":2}"#]);
}

#[test]
fn a_selection_is_all_of_its_lines_and_a_list_any_of_its_parts() {
    check("s:\n  a: 1\n  b: 2\ncondition: s", &[r#"{"a":1,"b":2}"#], &[r#"{"a":1}"#]);
    check(
        "s:\n  - a: 1\n    b: 2\n  - c: 3\ncondition: s",
        &[r#"{"a":1,"b":2}"#, r#"{"c":3}"#],
        &[r#"{"a":1}"#],
    );
}

#[test]
fn keywords_are_looked_for_in_every_value() {
    let keywords = "k:\n  - 'Evil'\n  - 'x*z'\ncondition: k";
    check(
        keywords,
        &[r#"{"a":{"b":["an evil one"]}}"#, r#"{"a":"xyz"}"#, r#""evil""#],
        &[r#"{"evil":1}"#, r#"{"a":"zx"}"#],
    );
    check("k: 42\ncondition: k", &[r#"{"a":1421}"#, r#"{"a":"x42"}"#], &[r#"{"a":4}"#]);
    check("k:\n  '|all': [a, b]\ncondition: k", &[r#"{"x":"a","y":"b"}"#], &[r#"{"x":"a"}"#]);
    check("k:\n  '|re': '^a+$'\ncondition: k", &[r#"{"x":"aa"}"#], &[r#"{"x":"ab"}"#]);
    check("k:\n  '|contains|cased': A\ncondition: k", &[r#"{"x":"bA"}"#], &[r#"{"x":"ba"}"#]);
    check("k:\n  - evil\n  - a: 1\ncondition: k", &[r#"{"a":1}"#, r#"{"b":"evil"}"#], &[r#"{"a":2}"#]);
}

const ABC: &str = "a: {a: 1}\nb: {b: 1}\nc: {c: 1}\n_d: {d: 1}\n";

#[test]
fn conditions_bind_not_before_and_before_or() {
    let with =
        |condition: &str, yes: &[&str], no: &[&str]| check(&format!("{ABC}condition: {condition}"), yes, no);
    with("a or b and c", &[r#"{"a":1}"#, r#"{"b":1,"c":1}"#], &[r#"{"b":1}"#]);
    with("(a or b) and c", &[r#"{"a":1,"c":1}"#], &[r#"{"a":1}"#]);
    with("not a and b", &[r#"{"b":1}"#], &[r#"{"a":1,"b":1}"#, "{}"]);
    with("not (a and b)", &["{}", r#"{"a":1}"#], &[r#"{"a":1,"b":1}"#]);
    with("not not a", &[r#"{"a":1}"#], &["{}"]);
    with("a AND NOT b", &[r#"{"a":1}"#], &[r#"{"a":1,"b":1}"#]);
    with("[a and b, c]", &[r#"{"c":1}"#, r#"{"a":1,"b":1}"#], &[r#"{"a":1}"#]);
    with("_d", &[r#"{"d":1}"#], &["{}"]);
}

#[test]
fn several_selections_are_named_by_a_pattern() {
    let with = |condition: &str, yes: &[&str], no: &[&str]| {
        check(&format!("{ABC}x_1: {{x: 1}}\nx_2: {{y: 1}}\nx_3: {{z: 1}}\ncondition: {condition}"), yes, no);
    };
    with("1 of x_*", &[r#"{"x":1}"#, r#"{"z":1}"#], &[r#"{"a":1}"#]);
    with("any of x*", &[r#"{"y":1}"#], &["{}"]);
    with("all of x_*", &[r#"{"x":1,"y":1,"z":1}"#], &[r#"{"x":1,"y":1}"#]);
    with("2 of x_*", &[r#"{"x":1,"z":1}"#, r#"{"x":1,"y":1,"z":1}"#], &[r#"{"x":1}"#]);
    with("3 of x_*", &[r#"{"x":1,"y":1,"z":1}"#], &[r#"{"x":1,"z":1}"#]);
    with("1 of them", &[r#"{"a":1}"#, r#"{"z":1}"#], &[r#"{"d":1}"#]);
    with("all of them", &[r#"{"a":1,"b":1,"c":1,"x":1,"y":1,"z":1}"#], &[r#"{"a":1,"b":1,"c":1}"#]);
    with("1 of _*", &[r#"{"d":1}"#], &[r#"{"a":1}"#]);
    with("a and not 1 of x*", &[r#"{"a":1}"#], &[r#"{"a":1,"y":1}"#]);
    with("1 of *_2", &[r#"{"y":1}"#], &[r#"{"x":1}"#]);
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let one = |line: &str, message: &str, at: &str| {
        refused(&format!("selection:\n  {line}\ncondition: selection"), message, at);
    };
    one("v|contain: x", "There is no modifier `contain`", "contain");
    one("v|expand: '%x%'", "The modifier `expand` is not understood here", "expand");
    one("v|hour: 5", "The modifier `hour` is not understood here", "hour");
    one("v|: x", "A modifier is missing after `|`", "");
    one("v|i: x", "The modifier `i` follows `re`", "i");
    one("v|all|all: x", "The modifier `all` stands here twice", "all");
    one(
        "v|contains|endswith: x",
        "A value stands at one place: this is the second modifier that says where",
        "endswith",
    );
    one("v|re|cidr: x", "This modifier and the one before it exclude each other", "cidr");
    one("v|re|cased: x", "`cased` says nothing beside `re`", "cased");
    one("v|cidr: 10.0.0.0/33", "This is no network", "10.0.0.0/33");
    one("v|gt: many", "This modifier takes a number", "many");
    one("v|exists: 1", "`exists` takes true or false", "1");
    one("v|contains: null", "null is no text", "null");
    one("v|base64: 'a*'", "A wildcard cannot be encoded", "'a*'");
    one("v|utf16: 'a'", "What this is encoded to is no text", "'a'");
    one(
        "v|re: 'a(?=b)'",
        "This regular expression is not understood: look-around, including look-ahead and look-behind, is not supported",
        "(?=",
    );
    one("v|re: 'a('", "This regular expression is not understood: unclosed group", "'a('");
    one("v|re: '(a{500}){500}'", "This regular expression is too large", "'(a{500}){500}'");
    one("v: {a: 1}", "A value must be a text, a number, true, false or null", "{a: 1}");
    one("v: []", "This list has no value", "[]");
    one("'|cidr': 10.0.0.0/8", "This modifier needs a field before it", "'|cidr'");
    let condition = |condition: &str, message: &str, at: &str| {
        refused(&format!("{ABC}condition: {condition}"), message, at);
    };
    condition("d", "There is no selection `d`", "d");
    condition("a*", "There is no selection `a*`", "a*");
    condition("1 of x*", "No selection is `x*`", "x*");
    condition("a b", "`and` or `or` is missing before `b`", "b");
    condition("a and", "A selection is missing at the end", "");
    condition("(a", "This bracket is not closed", "(");
    condition("a)", "This bracket closes nothing", ")");
    condition("and a", "A selection is missing before `and`", "and");
    condition("many of them", "`many` is no count", "many");
    condition("0 of them", "`0` is no count", "0");
    condition("4 of them", "`them` names 3 selections, fewer than 4", "4");
    condition(
        "a | count() by b > 5",
        "Aggregations (`| count() ...`) are not read: Sigma has given them up",
        "| count() by b > 5",
    );
    condition(
        "(a | near b)",
        "Aggregations (`| count() ...`) are not read: Sigma has given them up",
        "| near b)",
    );
    condition("", "A condition has no value", "");
    refused("a: {a: 1}", "`detection` has no `condition`", "a: {a: 1}\n");
    refused(
        "a: {a: 1}\ntimeframe: 5m\ncondition: a",
        "`timeframe` belongs to aggregations, which Sigma has given up",
        "timeframe",
    );
    refused("a: {}\ncondition: a", "The selection `a` is empty", "{}");
    refused("a: [[1]]\ncondition: a", "The selection `a` is a list of fields or of keywords", "[1]");
}

#[test]
fn a_refusal_shows_line_and_column_and_a_next_step() {
    let text = text("selection:\n  eventName|startwith: 'Put'\ncondition: selection");
    assert_eq!(
        parse(&text).problems[0].render("rule.yml", &text),
        "rule.yml:5:17: There is no modifier `startwith`\n  |\n5 |       eventName|startwith: 'Put'\n  |                 ^^^^^^^^^\n  = hint: did you mean `startswith`?"
    );
}

#[test]
fn what_is_unbounded_is_refused() {
    let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
    refused(&format!("{ABC}condition: {deep}"), "This is nested deeper than 64 levels", "(");
    let not = format!("{}a", "not ".repeat(200));
    refused(&format!("{ABC}condition: {not}"), "This is nested deeper than 64 levels", "not");
    let many: String = (0..300).map(|n| format!("s{n}: {{a: 1}}\n")).collect();
    refused(
        &format!("{many}condition: 1 of s*"),
        "A rule may have 256 selections, and this is one more",
        "s256",
    );
    let twenty: String = (0..20).map(|n| format!("s{n}: {{a: 1}}\n")).collect();
    refused(
        &format!("{twenty}condition: 10 of s*"),
        "There are too many ways to choose 10 of 20 selections",
        "10",
    );
    check(&format!("{twenty}condition: 19 of s*"), &[r#"{"a":1}"#], &["{}"]);
    let long = "x".repeat(MAX_LENGTH + 1);
    assert!(parse(&long).problems[0].message.contains("longer than"));
    let many = vec!["a"; 101].join(", ");
    let detection = format!("a: {{v|re: [{many}]}}\ncondition: a");
    assert!(
        parse(&text(&detection)).problems[0].message.starts_with("A rule may have 100 regular expressions")
    );
    let some = text(&format!("a: {{v|re: [{}]}}\ncondition: a", vec!["a"; 100].join(", ")));
    let all = parse(&vec![some; 12].join("---\n"));
    assert_eq!((all.documents.len(), all.problems.len()), (10, 2));
    let long = "?".repeat(2000);
    assert!(
        parse(&text(&format!("a: {{v: '{long}'}}\ncondition: a"))).problems[0]
            .message
            .contains("longer than 1024")
    );
}

#[test]
fn a_rule_says_what_it_is_about() {
    let text = "title: T 1\nid: 0a\nname: n\nstatus: test\nlevel: high\nauthor: [A, B]\ndescription: |\n  D\nreferences:\n  - r\ntags: [attack.t1]\nfalsepositives:\n  - f\ncustom: 1\nlogsource:\n  product: aws\n  service: cloudtrail\n  definition: x\ndetection:\n  a: {b: 1}\n  condition: a\n";
    let parsed = parse(text);
    assert_eq!(parsed.problems, []);
    let Some(Document::Rule(rule)) = parsed.documents.first() else { panic!() };
    assert_eq!((rule.title(), rule.id(), rule.name()), ("T 1", Some("0a"), Some("n")));
    assert_eq!((rule.status(), rule.level()), (Some(Status::Test), Some(Level::High)));
    assert_eq!((rule.author(), rule.description()), (Some("A, B"), Some("D")));
    assert_eq!(rule.references(), ["r"]);
    assert_eq!(
        (rule.tags(), rule.false_positives()),
        (["attack.t1".to_owned()].as_slice(), ["f".to_owned()].as_slice())
    );
    assert!(rule.log_source().is_for_cloudtrail());
}

#[test]
fn a_log_source_is_cloudtrail_s_or_another() {
    for (source, expected) in [
        ("{product: aws, service: cloudtrail}", true),
        ("{product: AWS}", true),
        ("{product: aws, service: guardduty}", false),
        ("{product: windows, service: security}", false),
        ("{category: process_creation}", false),
        ("{service: cloudtrail}", false),
    ] {
        let text = format!("title: T\nlogsource: {source}\ndetection:\n  a: {{b: 1}}\n  condition: a\n");
        let Some(Document::Rule(rule)) = parse(&text).documents.pop() else { panic!("{source}") };
        assert_eq!(rule.log_source().is_for_cloudtrail(), expected, "{source}");
    }
}

#[test]
fn a_document_that_is_wrong_loses_only_itself() {
    let good = text("a: {b: 1}\ncondition: a");
    let all = format!("{good}---\ntitle: [\n---\n{good}---\ntitle: no\n---\n{good}");
    let parsed = parse(&all);
    assert_eq!((parsed.documents.len(), parsed.problems.len()), (3, 2), "{:?}", parsed.problems);
    assert_eq!(
        parse(&format!("\u{feff}# a comment\r\n---\r\n{}", good.replace('\n', "\r\n"))).documents.len(),
        1
    );
    assert_eq!(parse("").documents.len() + parse("# only this\n").problems.len(), 0);
    refused_text(
        "action: global\ntitle: x\n",
        "Rule collections (`action: global`) are not read: Sigma has given them up",
        "action",
    );
    refused_text("title: x\nlogsource: {}\nfilter: {rules: any}\n", "Sigma filters are not read", "filter");
    refused_text(
        "title: x\ndetections: {}\n",
        "This is no Sigma rule: there is neither `detection` nor `correlation`",
        "detections",
    );
    refused_text("- a\n", "A Sigma rule must be a mapping", "- a\n");
    refused_text(
        "title: x\nlevel: hihg\nlogsource: {}\ndetection: {a: {b: 1}, condition: a}\n",
        "`level` cannot be `hihg`",
        "hihg",
    );
    refused_text("title: x\ndetection: {a: {b: 1}, condition: a}\n", "This rule has no `logsource`", "x");
    refused_text("logsource: {}\ndetection: {a: {b: 1}, condition: a}\n", "This document has no `title`", "");
}

#[test]
fn an_index_learns_what_a_rule_looks_at_and_wants() {
    let rule_ = rule(
        "s:\n  eventSource: S3.amazonaws.com\n  eventName: [PutObject, 'GetObject']\n  u|fieldref: w\nf:\n  n: null\ncondition: s and not f",
    );
    assert_eq!(rule_.paths().unwrap(), ["eventName", "eventSource", "n", "u", "w"]);
    let required = rule_.required_values("eventName").unwrap();
    assert_eq!(required.iter().map(String::as_str).collect::<Vec<_>>(), ["getobject", "putobject"]);
    assert_eq!(rule_.required_values("n"), None);
    assert!(rule_.could_match("eventName", Some("PUTOBJECT")) && !rule_.could_match("eventName", Some("x")));
    assert!(
        !rule_.could_match("eventName", None)
            && !rule_.could_match("n", None)
            && !rule_.could_match("w", None)
    );
    assert!(rule_.could_match("other", None));

    assert_eq!(rule("a: {b: 1}\nk: [x]\ncondition: a or k").paths(), None);
    for (line, expected) in [
        ("v: a*", None),
        ("v|cased: Ab", Some(vec!["ab"])),
        ("v: true", Some(vec!["true"])),
        ("v: 5", None),
        ("v|neq: a", None),
        ("v|contains: a", None),
        ("v|all: [a, b*]", Some(vec!["a"])),
        (r"v: 'a\*'", Some(vec!["a*"])),
    ] {
        let rule = rule(&format!(
            "s: {{'{}': {}}}\ncondition: s",
            line.split_once(": ").unwrap().0,
            line.split_once(": ").unwrap().1
        ));
        let found = rule.required_values("v").map(|set| set.into_iter().collect::<Vec<_>>());
        assert_eq!(found, expected.map(|texts| texts.into_iter().map(str::to_owned).collect()), "{line}");
    }
    let either = rule("s1: {v: a}\ns2: {v: b, w: c}\ncondition: 1 of s*");
    assert_eq!(either.required_values("v").unwrap().len(), 2);
    assert_eq!(either.required_values("w"), None);
}

#[test]
fn an_explanation_has_each_line_and_what_stands_there() {
    let rule = rule(
        "s:\n  eventName|startswith: [Put, 'it''s']\n  a.b: 1\nf: [word]\ncondition: (s or s) and not f",
    );
    let event = Json::parse(r#"{"eventName":"PutObject","a":[{"b":2},{"b":1}],"c":"a word"}"#).unwrap();
    let lines: Vec<String> = rule
        .explain(&event)
        .iter()
        .map(|line| {
            let found = line.found.map_or_else(|| "nothing".to_owned(), ToString::to_string);
            format!("{} | {} | {} | {found}", line.selection, line.item, line.holds)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "s | eventName|startswith: ['Put', 'it''s'] | true | \"PutObject\"",
            "s | a.b: 1 | true | 1",
            "f | 'word' | true | \"a word\"",
        ]
    );
    assert!(!rule.matches(&event));
}
