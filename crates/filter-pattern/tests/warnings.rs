//! What is said of patterns that AWS accepts and that mean something else than they seem to.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use trailbell_filter_pattern::Pattern;

/// Warnings as `text of the place: message`.
fn warnings(pattern: &str) -> Vec<String> {
    Pattern::parse(pattern)
        .unwrap()
        .warnings(&["$.eventName"])
        .iter()
        .map(|warning| format!("{}: {}", &pattern[warning.span.start..warning.span.end], warning.message))
        .collect()
}

#[track_caller]
fn warns(pattern: &str, place: &str, message: &str) {
    let given = warnings(pattern);
    assert!(
        given.iter().any(|one| one.starts_with(&format!("{place}: ")) && one.contains(message)),
        "{given:?}"
    );
}

#[track_caller]
fn silent(pattern: &str) {
    let given = warnings(pattern);
    assert!(given.is_empty(), "{pattern}: {given:?}");
}

#[test]
fn not_equal_on_a_field_that_may_be_missing() {
    warns("{ $.a = 1 && $.b != 2 }", "$.b != 2", "without this field");
    silent("{ $.a = 1 && $.eventName != HeadBucket }");
    silent("{ $.a = 1 && ($.b != 2 || $.b NOT EXISTS) }");
    silent("{ $.b = x* && $.b != xy }");
}

#[test]
fn not_equal_as_an_alternative() {
    warns("{ $.a = 1 || $.eventName != 2 }", "$.eventName != 2", "nearly every event");
    warns("{ $.b != x || $.b != y }", "$.b != x", "nearly every event");
    silent("{ $.a != 1 || $.a NOT EXISTS }");
}

#[test]
fn and_beside_or_without_brackets() {
    warns("{ $.a = 1 || $.b = 2 && $.c = 3 }", "$.b = 2 && $.c = 3", "tightly");
    silent("{ $.a = 1 || ($.b = 2 && $.c = 3) }");
    silent("{ ($.a = 1 || $.b = 2) && $.c = 3 }");
}

#[test]
fn optional_terms_that_are_ignored() {
    warns("?a ?b -c", "?a", "ignored");
    silent("?a ?b");
}

#[test]
fn terms_that_are_not_what_they_seem() {
    warns("\" \"", "\" \"", "such a blank");
    warns("a OR b", "OR", "ordinary word");
    warns("%a*%", "%a*%", "every event");
    warns("[ERROR]", "ERROR", "names a field");
    warns("[w1 = ERROR]", "w1 = ERROR", "whole line");
    silent("[w1 = ERROR, w2]");
    silent("%^a*$%");
}

#[test]
fn comparisons_that_are_not_what_they_seem() {
    warns("{ $.a = true }", "$.a = true", "string");
    warns("{ $.a >= 400 }", "$.a >= 400", "string");
    warns("{ $.a = \"Ev*ent\" }", "$.a = \"Ev*ent\"", "ordinary character");
}

#[test]
fn contradictions() {
    for pattern in [
        "{ $.a = x && $.a = y }",
        "{ $.a = x && $.b = 1 && $.a != x }",
        "{ $.a = x && $.a NOT EXISTS }",
        "{ $.a IS TRUE && $.a IS FALSE }",
        "{ $.a > 5 && $.a < 5 }",
        "{ $.a > 5 && $.a <= 1 }",
        "{ $.a >= 5 && $.a < 5 }",
        "{ $.a = 5 && $.a > 7 }",
        "{ $.a = x && $.a > 1 }",
        "{ ($.a = x || $.a = y) && $.a = z }",
        "{ $.a != * }",
        "{ $.a NOT EXISTS && $.a.b = 1 }",
        "{ $.a = x && $.a[0] IS TRUE }",
        "{ $.a = x* && $.a = y* }",
        "{ $.a = xy* && $.a != x* }",
        "{ $.b = 1 && ($.a != * || ($.a = x && $.a = y)) }",
        "%ab% -%ab%",
        "-%a*%",
        "[a != *, b]",
        "[a = x && a = y, b]",
        "password -word",
    ] {
        assert!(warnings(pattern).iter().any(|warning| warning.contains("nothing can match")), "{pattern}");
    }
    for pattern in [
        "{ $.a[*] = x && $.a[*] = y }",
        "{ $.a = x* && $.a = *y }",
        "{ $.a = 1 && $.a = \"1.0\" }",
        "{ $.a = 5 && $.a >= 5 }",
        "{ $.a > 1 && $.a < 5 }",
        "{ $.a >= 5 && $.a <= 5 }",
        "{ $.a = \"5\" && $.a > 1 }",
        "{ $.a = x && ($.a = x || $.a = y) }",
        "[a = 1 && a = 1.0, b]",
        "word -password",
        "{ $.a IS NULL && $.a[0] = 1 }",
        "{ $.a[*] = x && $.a[*].b = 1 }",
        "{ $.a = 1* && $.a = 2 }",
        "{ $.b = 1 || ($.a = x && $.a = y) }",
    ] {
        assert!(!warnings(pattern).iter().any(|warning| warning.contains("nothing can match")), "{pattern}");
    }
}

#[test]
fn an_alternative_that_never_holds() {
    warns("{ $.b = 1 || ($.a = x && $.a = y) }", "$.a = x && $.a = y", "this alternative never holds");
    warns("{ $.b = 1 || $.a != * }", "$.a != *", "this alternative never holds");
}

#[test]
fn patterns_that_every_event_matches() {
    warns("{ $.eventName = * }", "$.eventName = *", "every event matches");
    warns("{ $.eventName = %.*% }", "$.eventName = %.*%", "every event matches");
    warns("{ $.b = 1 || $.eventName = \"*\" }", "$.eventName = \"*\"", "every event matches");
    warns(
        "{ $.eventName = x || $.eventName != x }",
        "$.eventName = x || $.eventName != x",
        "every event matches",
    );
    warns(
        "{ $.eventName != x* || $.eventName != y }",
        "$.eventName != x* || $.eventName != y",
        "every event matches",
    );
    warns("%a*%", "%a*%", "every event matches");
    warns("?%a*% ?b", "?%a*%", "every event matches");
    warns("b %a*%", "%a*%", "adds nothing");
    warns("{ $.b = 1 && $.eventName = * }", "$.eventName = *", "adds nothing");
    warns("[a = x || a != x, b]", "a = x || a != x", "adds nothing");
    // A field that may be missing, or hold what does not compare, keeps something back.
    silent("{ $.b = * }");
    silent("{ $.eventName = x* || $.eventName = y* }");
}

#[test]
fn what_is_written_twice() {
    let twice = "{ $.eventName = A || $.eventName = B || $.eventName = A }";
    warns(twice, "$.eventName = A", "written twice: it is alternative 1 already");
    assert_eq!(warnings(twice).len(), 1);
    warns("{ $.a = x && $.b = 1 && $.a = \"x\" }", "$.a = \"x\"", "it is condition 1 already");
    warns("?a ?b ?a", "?a", "it is term 1 already");
    warns("-a b -a", "-a", "it is term 1 already");
    warns("[a = x || a = y || a = x, b]", "a = x", "it is alternative 1 already");
    let nested = "{ ($.a = x && $.b = 1) || ($.b = 1 && $.a = x) }";
    warns(nested, "$.b = 1 && $.a = x", "it is alternative 1 already");
    silent("{ $.a = 2 || ($.b = 1 && $.c = 1) || $.a = 3 }");
    silent("a b -c -d");
}

#[test]
fn what_another_covers() {
    warns(
        "{ $.eventName = CreateUser || $.eventName = Create* }",
        "$.eventName = CreateUser",
        "alternative 2 covers it",
    );
    warns("{ $.a = x || ($.a = x && $.b = 1) }", "$.a = x && $.b = 1", "alternative 1 covers it");
    warns("{ $.a > 5 && $.a >= 5 }", "$.a >= 5", "condition 1 asks for more");
    warns("{ $.b = 1 && ($.a = x || $.b = 1) }", "$.a = x || $.b = 1", "condition 1 asks for more");
    warns("{ $.a NOT EXISTS || $.a.b NOT EXISTS }", "$.a NOT EXISTS", "alternative 2 covers it");
    warns("{ $.a = 1 || $.a = \"1\" }", "$.a = \"1\"", "alternative 1 covers it");
    warns("?ERR ?ERROR", "?ERROR", "term 1 covers it");
    warns("ERR ERROR", "ERR", "term 2 covers it");
    warns("-ERR -ERROR", "-ERROR", "term 1 covers it");
    silent("{ $.a = x* || $.a = *x }");
    silent("{ $.a = 1 || $.a = 1.0 }");
    silent("{ $.a[0] = x || $.a[1] = x }");
}

#[test]
fn alternatives_nested_without_end_are_judged_in_time() {
    let mut pattern = "$.a=1".to_owned();
    for _ in 0..45 {
        pattern = format!("($.a=2&&({pattern}||$.b=1))");
    }
    warnings(&format!("{{{pattern}||{}}}", "$.a=3"));
}

#[test]
fn required_values_follow_and_and_or() {
    let required = |pattern: &str| {
        let parsed = Pattern::parse(pattern).unwrap();
        parsed
            .required_values(&["a"])
            .map(|texts| texts.into_iter().map(str::to_owned).collect::<Vec<_>>().join(","))
    };
    assert_eq!(required("{ $.a = x || $.a = \"1\" }").unwrap(), "1,x");
    assert_eq!(required("{ ($.a = x || $.a = y) && $.b = 1 }").unwrap(), "x,y");
    assert_eq!(required("{ ($.a = x || $.a = y) && $.a = y }").unwrap(), "y");
    assert_eq!(required("{ $.a = x || $.b = 1 }"), None);
    assert_eq!(required("{ $.a = x* }"), None);
    assert_eq!(required("{ $.a = 1 }"), None);
    assert_eq!(required("{ $.a != x && $.a[*] = x && $.a.b = x }"), None);
    assert_eq!(required("ERROR"), None);
}
