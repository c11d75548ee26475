//! The language as a table: patterns, what they match, and what is refused in which words. Our own cases, so that
//! they are tested wherever the crate is; `conformance.rs` has AWS's recorded answers.

#![expect(clippy::panic, clippy::expect_used, reason = "a test may stop at what is not as it should be")]

use trailbell_filter_pattern::Pattern;

fn parse(pattern: &str) -> Pattern {
    Pattern::parse(pattern)
        .unwrap_or_else(|error| panic!("{}", error.diagnostic().render("pattern", pattern)))
}

#[track_caller]
fn check(pattern: &str, yes: &[&str], no: &[&str]) {
    let parsed = parse(pattern);
    for event in yes {
        assert!(parsed.matches_message(event), "{pattern} should match {event:?}");
    }
    for event in no {
        assert!(!parsed.matches_message(event), "{pattern} should not match {event:?}");
    }
}

#[track_caller]
fn refused(pattern: &str, message: &str, hint: &str) {
    let error = Pattern::parse(pattern).expect_err(pattern);
    assert_eq!(error.to_string(), message, "{pattern}");
    let given = error.diagnostic().hint.as_deref().unwrap_or_default();
    assert!(given.contains(hint) && !given.is_empty(), "{pattern}: hint {given:?} should say {hint:?}");
}

fn characters(term: &str) -> String {
    format!("Invalid character(s) in term '{term}'")
}

const INVALID: &str = "Invalid metric filter pattern";

#[test]
fn nothing_and_blanks_match_everything() {
    for pattern in ["", " ", "\t\n"] {
        check(pattern, &["", "anything", "{}"], &[]);
    }
}

#[test]
fn terms_are_substrings_and_all_of_them_are_needed() {
    check("Failed sign", &["Failed sign-in", "assigned: Failed"], &["failed sign", "Failed", ""]);
    check(r#""sign  in""#, &["a sign  in"], &["sign in"]);
    check(r#""say \"hi\" \\ \n""#, &[r#"say "hi" \ \n"#], &["say hi"]);
    check("a or b", &["b or a"], &["a b"]);
}

#[test]
fn excluded_and_optional_terms() {
    check(r#"-debug -"health check""#, &["", "info"], &["debug", "a health check"]);
    check("?denied ?failed", &["denied", "it failed"], &["ok"]);
    check("?denied ?failed sign", &["sign"], &["denied"]);
    check("?denied -sign", &["", "ok"], &["denied sign"]);
}

#[test]
fn a_regex_may_stand_among_terms() {
    check("%^4[0-9]{2}|^5% -%teapot$%", &["404", "5"], &["418 teapot", "x404"]);
    check("?%^a% ?b", &["a", "cb"], &["ca"]);
}

#[test]
fn json_wants_the_whole_message_to_be_one_object() {
    check("{ $.a NOT EXISTS }", &["{}", " {} \n"], &["[]", "", "{} x", "null", "2024 {}", "{", "{}{}"]);
    check("{ $.a != 2 }", &[r#"{"a":1}"#], &[r#"[{"a":1}]"#, "a"]);
}

#[test]
fn bare_numbers_compare_as_numbers_with_numbers_and_as_text_with_strings() {
    check(
        "{ $.a = 1e3 }",
        &[r#"{"a":1000}"#, r#"{"a":1000.0}"#, r#"{"a":10E+2}"#, r#"{"a":"1e3"}"#],
        &[r#"{"a":"1000"}"#, r#"{"a":1001}"#, r#"{"a":true}"#],
    );
    check(r#"{ $.a = "1000" }"#, &[r#"{"a":1000}"#, r#"{"a":"1000"}"#], &[r#"{"a":1e3}"#, r#"{"a":1000.0}"#]);
    check(
        "{ $.a != 1e3 }",
        &[r#"{"a":"1000"}"#, r#"{"a":999}"#],
        &[r#"{"a":1000}"#, r#"{"a":null}"#, "{}", r#"{"a":[1]}"#],
    );
    check("{ $.a = 0 }", &[r#"{"a":-0}"#, r#"{"a":0e9}"#], &[r#"{"a":"-0"}"#]);
}

#[test]
fn long_numbers_are_compared_exactly() {
    check(
        "{ $.id = 123456789012345678901 }",
        &[r#"{"id":123456789012345678901}"#],
        &[r#"{"id":123456789012345678902}"#],
    );
    check("{ $.v > 1e400 }", &[r#"{"v":1e401}"#], &[r#"{"v":1e400}"#, r#"{"v":"1e401"}"#]);
}

#[test]
fn order_is_for_numbers_only() {
    check(
        "{ $.a >= -.5 && $.a < +10e-3 }",
        &[r#"{"a":-0.5}"#, r#"{"a":0.0099}"#],
        &[r#"{"a":0.01}"#, r#"{"a":"0"}"#, r#"{"a":null}"#],
    );
}

#[test]
fn a_star_is_special_at_the_ends_only() {
    check(r#"{ $.a = "x*" }"#, &[r#"{"a":"x"}"#, r#"{"a":"xy"}"#], &[r#"{"a":"yx"}"#]);
    check("{ $.a = *23 }", &[r#"{"a":123}"#, r#"{"a":"x23"}"#], &[r#"{"a":230}"#]);
    check("{ $.a = *b* }", &[r#"{"a":"abc"}"#], &[r#"{"a":"ac"}"#]);
    check(
        "{ $.a = * }",
        &[r#"{"a":""}"#, r#"{"a":0}"#],
        &[r#"{"a":null}"#, r#"{"a":true}"#, r#"{"a":{}}"#, "{}"],
    );
    check("{ $.a = Ev*ent }", &[r#"{"a":"Ev*ent"}"#], &[r#"{"a":"EvXent"}"#, r#"{"a":"Event"}"#]);
    check("{ $.a = a?b }".replace("a?b", "\"a?b\"").as_str(), &[r#"{"a":"a?b"}"#], &[r#"{"a":"axb"}"#]);
}

#[test]
fn words_for_null_booleans_and_absence() {
    check(
        "{ $.a IS NULL }",
        &[r#"{"a":null}"#, r#"{"a":[1,null]}"#],
        &[r#"{"a":"null"}"#, "{}", r#"{"a":{"b":null}}"#],
    );
    check("{ $.a is true }", &[r#"{"a":true}"#], &[r#"{"a":"true"}"#, r#"{"a":false}"#]);
    check("{ $.a IS FALSE }", &[r#"{"a":false}"#], &[r#"{"a":0}"#]);
    check("{ $.a = true }", &[r#"{"a":"true"}"#], &[r#"{"a":true}"#]);
    check(
        "{ $.a.b NOT EXISTS }",
        &["{}", r#"{"a":null}"#, r#"{"a":1}"#, r#"{"a":[{"b":1}]}"#],
        &[r#"{"a":{"b":null}}"#],
    );
    check("{ $.a[1] NOT EXISTS }", &[r#"{"a":[0]}"#], &[r#"{"a":[0,null]}"#]);
}

#[test]
fn selectors() {
    check(
        "{ $.['a.b'].c-d['e f'][0] = 1 }",
        &[r#"{"a.b":{"c-d":{"e f":[1]}}}"#],
        &[r#"{"a":{"b":{"c-d":{"e f":[1]}}}}"#],
    );
    check("{ $.['a'] = 1 }", &[r#"{"a":1}"#], &[]);
    check("{ $.a[*] = 1 }", &[r#"{"a":[0,1]}"#, r#"{"a":{"x":1}}"#], &[r#"{"a":[[1]]}"#, r#"{"a":1}"#]);
    check("{ $.*.b = 1 }", &[r#"{"a":{"b":0},"c":{"b":1}}"#], &[r#"{"b":1}"#]);
    check("{ $.a[*].x = 1 && $.a[*].y = 2 }", &[r#"{"a":[{"x":1},{"y":2}]}"#], &[r#"{"a":[{"x":2,"y":1}]}"#]);
    check("{ $.a[99999999999999999999999] NOT EXISTS }", &["{}"], &[]);
}

#[test]
fn the_last_of_two_equal_keys_counts() {
    check("{ $.a = 1 }", &[r#"{"a":2,"a":1}"#], &[r#"{"a":1,"a":2}"#]);
    check("{ $.* = 1 }", &[r#"{"a":2,"a":1}"#], &[r#"{"a":1,"a":2}"#]);
    check("{ $.a.b NOT EXISTS }", &[r#"{"a":{"b":1},"a":{}}"#], &[]);
}

#[test]
fn and_binds_before_or_and_brackets_before_both() {
    let event = r#"{"a":1,"b":0,"c":0}"#;
    check("{ $.a = 1 || $.b = 1 && $.c = 1 }", &[event], &[]);
    check("{ ($.a = 1 || $.b = 1) && $.c = 1 }", &[], &[event]);
    check("{(((($.a=1))))}", &[event], &[]);
    check("\n{\n  $.a = 1 &&\n  $.b = 0\n}\n", &[event], &[]);
}

#[test]
fn regexes_in_json() {
    check("{ $.a = %^1.[0-9]$% }", &[r#"{"a":1.5}"#, r#"{"a":"1x5"}"#], &[r#"{"a":15}"#, r#"{"a":null}"#]);
    check("{ $.a != %x% }", &[r#"{"a":"y"}"#, r#"{"a":1}"#], &[r#"{"a":"axb"}"#, "{}"]);
}

#[test]
fn fields_by_position_name_and_from_the_right() {
    let line = r#"203.0.113.9 - ann [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.1" 404 2326"#;
    check("[ip, id, user, time, request, status = 4*, bytes > 2000]", &[line], &["a b c"]);
    check("[..., status = 404 || status = 410, bytes]", &[line], &[]);
    check("[ip = 203.*, ..., status = 404.0,]", &[line], &["203 200 1"]);
    check(r#"[..., request = "GET *" && request != *.png, , ]"#, &[line], &["a b"]);
    check("[ip, ..., status = %^[45]%, bytes]", &[line], &[]);
    check("[(w1 = a || w1 = b) && w1 != a, rest]", &["b x"], &["a x", "b"]);
    check("[a, b, c, d]", &["1 2 3 4", "1 2 3 4 5"], &["1 2 3", ""]);
    check("[]", &["x", ""], &[]);
}

#[test]
fn size_of_a_field_that_is_no_number_never_holds() {
    check("[a, b > 1]", &["x 2"], &["x two", "x 1", "x 2 y"]);
    check("[a, b != 1, c]", &["x two y", "x 2 y"], &["x 1 y", "x 1.0 y"]);
}

#[test]
fn extraction_names_fields_as_aws_does() {
    let extract = |pattern: &str, line: &'static str| {
        let fields = parse(pattern).extract(line)?;
        Some(fields.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(";"))
    };
    assert_eq!(extract("[a, ..., z]", "1 2 [3 4] \"5\"").unwrap(), "$a=1;$2=2;$3=3 4;$z=5");
    assert_eq!(extract("[a, , c]", "1 2 3 [4 5] \"6\" \n").unwrap(), "$a=1;$2=2;$c=3 [4 5] \"6\"");
    assert_eq!(extract("[a, b]", "1 \"2 3\"").unwrap(), "$a=1;$b=2 3");
    assert_eq!(extract("[a, ...]", "1").unwrap(), "$a=1");
    assert_eq!(extract("[a=2, ...]", "1"), None);
    assert_eq!(extract("ERROR", "ERROR").unwrap(), "");
    assert_eq!(extract("{ $.a = 1 }", "{}"), None);
}

#[test]
fn quotes_of_other_kinds_are_named() {
    refused("{ $.eventType = “AwsConsoleSignIn” }", &characters("“"), "straight double quotes");
    refused("{ $.eventType = 'AwsConsoleSignIn' }", &characters("'"), "double");
    refused("ERROR “x”", &characters("“"), "straight double quotes");
    refused("\"ERROR", &characters("\"ERROR"), "never closed");
    refused(r#"{ $.a = "x\" }"#, &characters(r#""x\" }"#), "never closed");
    refused("{ $.a = \"x }", &characters("\"x }"), "never closed");
    refused("ERROR\u{3000}WARN", &characters("\u{3000}"), "ordinary blank");
    refused("{ $.a ＝ 1 }", &characters("＝"), "full-width");
}

#[test]
fn operators_of_other_languages_are_named() {
    refused("{ $.a == 1 }", INVALID, "one =");
    refused("{ $.a = 1 AND $.b = 2 }", INVALID, "&&");
    refused("{ $.a = 1 or $.b = 2 }", INVALID, "||");
    refused("{ NOT $.a = 1 }", INVALID, "!=");
    refused("{ !($.a = 1) }", &characters("!("), "!= for =");
    refused("{ $.a = 1 & $.b = 2 }", &characters("& "), "&&");
    refused("{ $.a = 1 | $.b = 2 }", &characters("| "), "||");
    refused("{ $.a = 1, $.b = 2 }", &characters(","), "&&");
    refused("{ $.a > \"x\" }", &characters("\"x\""), "numbers only");
    refused("{ $.a >= \"5\" }", &characters("\"5\""), "without quotes");
    refused("{ $.a < abc }", &characters("abc"), "numbers only");
    refused("{ $.a IS NOT NULL }", &characters("NOT"), "IS NOT");
    refused("{ $.a > %x% }", &characters("%x%"), "numbers only");
    refused("{ $.a IS 1 }", &characters("1"), "NULL, TRUE or FALSE");
    refused("{ $.a EXISTS }", INVALID, "NOT EXISTS");
    refused("{ $.a = null }", INVALID, "IS NULL");
    refused("{ \"source\": [\"aws.iam\"] }", &characters(":"), "EventBridge");
}

#[test]
fn selectors_of_other_languages_are_named() {
    refused("{ status = 401 }", INVALID, "$.status");
    refused("{ $..name = x }", &characters("$.."), "depth");
    refused("{ $.a..b = x }", INVALID, "dot");
    refused("{ $.a[0:2] = x }", &characters("[0:"), "slices");
    refused("{ $.a[-1] = x }", &characters("[-"), "negative");
    refused("{ $.\"sc-status\" = 5* }", &characters("$.\""), "['");
    refused("{ $.a['b] = 5 }", &characters("['b] = 5 }"), "['key']");
    refused("{ $.a['b'c] = 5 }", &characters("['b'c"), "['key']");
    refused("{ $.[0] = 5 }", &characters("$.[0"), "$.");
    refused("{ $status = 5 }", &characters("$s"), "$.");
    refused("$.eventName = x", &characters("$"), "curly");
}

#[test]
fn bare_values_have_few_characters() {
    refused("{ $.a = us-east-1 }", &characters("-e"), "double quotes");
    refused("{ $.a = a/b }", &characters("/"), "double quotes");
    refused("{ $.a = arn:aws }", &characters(":"), "double quotes");
    refused("ERR*", &characters("*"), "no *");
    refused("?Status: x", &characters(":"), "double quotes");
    refused("sign-in", &characters("-"), "double quotes");
    refused("- x", &characters("- "), "right before");
    refused("\"\"", &characters("\"\""), "empty");
    refused("a\"b\"", &characters("\""), "blank before");
}

#[test]
fn regexes_are_a_subset() {
    refused("%(a|b)%", &characters("%("), "groups");
    refused(r"%a\(%", &characters(r"%a\("), r"\x28");
    refused("%a!%", &characters("%a!"), r"\x21");
    refused("%é%", &characters("%é"), "ASCII");
    refused("%%", &characters("%%"), r"\x25");
    refused("{ $.a = %x && $.b = 1 }", &characters("%x &"), "second %");
    refused("%abc", &characters("%abc"), "second");
    refused("{ $.a = %a\"% }", &characters("%a\""), r"\x22");
    refused("%[abc%", "Failed to compile regular expression.", "never closed");
}

#[test]
fn fields_have_their_own_mistakes() {
    refused("[a, b, a]", "Duplicate field 'a'", "name of its own");
    refused("[..., a, ...]", "Duplicate field '...'", "once");
    refused("[w1=SPACE, w2]", INVALID, "reserved");
    refused("[..., status = 4* && bytes > 1000]", INVALID, "own place");
    refused("[a, b > x]", &characters("x"), "numbers only");
    refused("[a b]", INVALID, "commas");
    refused("[ERROR] failed", INVALID, "quote it");
    refused("[a, b", INVALID, "missing");
    refused("[a = , b]", INVALID, "value is missing");
}

#[test]
fn incomplete_patterns() {
    refused("{}", INVALID, "selector");
    refused("{ $.a = }", INVALID, "value is missing");
    refused("{ $.a = 1", INVALID, "missing");
    refused("{ ($.a = 1 }", INVALID, "missing");
    refused("{ $.a = 1 } x", INVALID, "follow");
}

#[test]
fn limits() {
    let long = format!("\"{}\"", "あ".repeat(1022));
    assert!(Pattern::parse(&long).is_ok());
    let error = Pattern::parse(&format!("{long} ")).unwrap_err();
    assert!(error.to_string().ends_with("Member must have length less than or equal to 1024"));
    refused(
        "{ $.a = %a% && $.b = %b% && $.c = %c% }",
        "Your input has exceeded the maximum of 2 regular expressions per filter pattern.",
        "|",
    );
    refused(
        "{ $.a[*] = 1 || $.b[*] = 1 || $.* = 1 || $.c.* = 1 }",
        "Your input has exceeded the maximum of 3 JSON wildcard selectors allowed per filter pattern.",
        "filters",
    );
    assert!(Pattern::parse("{ $.a[*].b.* = 1 }").is_err());
}

#[test]
fn a_pattern_as_long_as_allowed_still_prints_short_enough() {
    let mut pattern = "{$.a=1".to_owned();
    while pattern.len() < 1010 {
        pattern.push_str("||$.a=1&&$.b=2");
    }
    pattern.push('}');
    let printed = parse(&pattern).to_string();
    assert!(printed.len() <= 1024 && Pattern::parse(&printed).is_ok());
}

#[test]
fn deep_brackets_are_no_danger() {
    let pattern = format!("{{{}$.a=1{}}}", "(".repeat(508), ")".repeat(508));
    check(&pattern, &[r#"{"a":1}"#], &["{}"]);
}

/// Shapes that the patterns of the CIS benchmark's section 4 have: the widest-spread filter patterns there are.
#[test]
fn the_shapes_of_the_cis_patterns() {
    let denied = parse(
        r#"{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#,
    );
    assert!(denied.matches_message(r#"{"errorCode":"Client.UnauthorizedOperation"}"#));
    assert!(
        !denied.matches_message(
            r#"{"errorCode":"AccessDenied","sourceIPAddress":"x","eventName":"HeadBucket"}"#
        )
    );
    check(
        r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
        &[r#"{"userIdentity":{"type":"Root"},"eventType":"AwsApiCall"}"#],
        &[r#"{"userIdentity":{"type":"Root","invokedBy":"x"},"eventType":"AwsApiCall"}"#],
    );
    check(
        "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }",
        &[r#"{"eventSource":"kms.amazonaws.com","eventName":"DisableKey"}"#],
        &[r#"{"eventSource":"kms.amazonaws.com","eventName":"Decrypt"}"#],
    );
}
