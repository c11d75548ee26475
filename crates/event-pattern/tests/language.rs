//! The language as a table: what matches what, and what is refused in which words at which place.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use trailbell_event_pattern::EventPattern;

fn matches(pattern: &str, event: &str) -> bool {
    let parsed = EventPattern::parse(pattern).unwrap();
    let verdict = parsed.matches_text(event).unwrap();
    let again = EventPattern::parse(&parsed.to_string()).unwrap();
    assert_eq!(again.matches_text(event).unwrap(), verdict, "{pattern} prints as {parsed}");
    verdict
}

/// A list for the field `v`, its values that match and those that do not; `-` is an event without the field.
#[track_caller]
fn list(list: &str, yes: &[&str], no: &[&str]) {
    let pattern = format!("{{\"v\":{list}}}");
    for (values, expected) in [(yes, true), (no, false)] {
        for value in values {
            let event = if *value == "-" { "{\"w\":1}".to_owned() } else { format!("{{\"v\":{value}}}") };
            assert_eq!(matches(&pattern, &event), expected, "{pattern} on {event}");
        }
    }
}

#[track_caller]
fn refused(pattern: &str, message: &str, at: &str) {
    let error = EventPattern::parse(pattern).unwrap_err();
    let span = error.diagnostic().span;
    assert_eq!((error.to_string().as_str(), &pattern[span.start..span.end]), (message, at), "{pattern}");
    error.diagnostic().render("pattern", pattern);
}

#[test]
fn a_string_is_equal_to_itself_and_to_nothing_of_another_type() {
    list(
        r#"["1","A"]"#,
        &[r#""1""#, r#""\u0041""#, r#"["x","A"]"#],
        &["1", r#""a""#, "true", "null", "[]", "-"],
    );
    list(r#"[""]"#, &[r#""""#], &[r#"" ""#, "null"]);
}

#[test]
fn null_and_booleans_are_values_of_their_own() {
    list("[null]", &["null", "[1,null]"], &["-", "[]", "{}", r#""null""#, "false", "0"]);
    list("[true]", &["true"], &["false", r#""true""#, "1"]);
}

#[test]
fn numbers_are_equal_by_value_or_where_they_are_too_long_by_text() {
    list("[1]", &["1", "1.0", "10e-1"], &[r#""1""#, "2", "true"]);
    list("[0]", &["-0", "0.0"], &["1e-300"]);
    list("[12345678901234567]", &["12345678901234567"], &["12345678901234568", "1.2345678901234567e16"]);
}

#[test]
fn an_address_matches_in_every_spelling() {
    list(r#"["2001:db8::1"]"#, &[r#""2001:0DB8:0:0:0:0:0:1""#], &[r#""2001:db8::2""#]);
    list(r#"["10.0.0.1"]"#, &[r#""10.0.0.01""#], &[r#""::ffff:a00:1""#]);
    list(r#"[{"exactly":"10.0.0.1"}]"#, &[r#""10.0.0.1""#], &[r#""10.0.0.01""#]);
}

#[test]
fn prefixes_and_suffixes_are_of_strings() {
    list(r#"[{"prefix":"ab"}]"#, &[r#""ab""#, r#""abc""#], &[r#""Ab""#, r#""xab""#, "1"]);
    list(r#"[{"prefix":""}]"#, &[r#""""#, r#""x""#], &["1", "null", "-"]);
    list(r#"[{"suffix":".png"}]"#, &[r#""x.png""#], &[r#""x.PNG""#]);
    list(r#"[{"prefix":{"equals-ignore-case":"aB"}}]"#, &[r#""AbC""#], &[r#""xab""#]);
    list(r#"[{"suffix":{"equals-ignore-case":".Png"}}]"#, &[r#""x.pNG""#], &[r#""x.pn""#]);
}

#[test]
fn case_is_ignored_character_by_character_of_the_pattern() {
    list(r#"[{"equals-ignore-case":"Straße"}]"#, &[r#""STRASSE""#, r#""straße""#], &[r#""STRAsse""#]);
    list(r#"[{"equals-ignore-case":"É"}]"#, &[r#""é""#], &[r#""e""#]);
    list(r#"[{"equals-ignore-case":"K"}]"#, &[r#""k""#], &[]);
    // AWS takes a character outside the basic plane for two question marks.
    list(r#"[{"equals-ignore-case":"😀"}]"#, &[r#""??""#], &[r#""😀""#]);
}

#[test]
fn a_star_stands_for_any_characters() {
    list(r#"[{"wildcard":"a*b"}]"#, &[r#""ab""#, r#""a\nxb""#], &[r#""abc""#, r#""xab""#, "1"]);
    list(r#"[{"wildcard":"*a*aa"}]"#, &[r#""xaxaa""#, r#""aaa""#], &[r#""aa""#]);
    list(r#"[{"wildcard":"\\*\\\\*"}]"#, &[r#""*\\x""#], &[r#""x\\x""#]);
    list(r#"[{"wildcard":""}]"#, &[r#""""#], &[r#""x""#]);
}

#[test]
fn ranges_are_of_numbers() {
    list(r#"[{"numeric":[">",0,"<=",5]}]"#, &["0.001", "5", "5.0"], &["0", "5.001", r#""3""#, "-"]);
    list(r#"[{"numeric":["=",3.018e2]}]"#, &["301.8"], &["301.80001"]);
    list(r#"[{"numeric":["<",10]}]"#, &["-1e300", "9"], &["10", "-12345678901234567"]);
}

#[test]
fn networks_hold_addresses_of_their_own_kind() {
    list(
        r#"[{"cidr":"10.1.2.3/8"}]"#,
        &[r#""10.255.0.7""#, r#""10.0.0.007""#],
        &[r#""11.0.0.0""#, r#""10.0.0.256""#, r#""::ffff:10.0.0.1""#, r#""x""#, "10"],
    );
    list(r#"[{"cidr":"0.0.0.0/0"}]"#, &[r#""203.0.113.7""#], &[r#""::1""#]);
    list(r#"[{"cidr":"2001:db8::/32"}]"#, &[r#""2001:db8:1::1""#], &[r#""2001:db9::1""#]);
}

#[test]
fn a_list_or_an_object_without_values_does_not_exist() {
    list(r#"[{"exists":true}]"#, &["1", "null", r#""""#, "[1]"], &["-", "[]", "{}", r#"{"a":1}"#]);
    list(r#"[{"exists":false}]"#, &["-", "[]", "{}", r#"{"a":1}"#], &["1", "null", "[1]"]);
    list(r#"["z",{"exists":false}]"#, &["-", r#""z""#], &[r#""y""#]);
}

#[test]
fn anything_but_needs_a_value_and_takes_those_of_other_types() {
    list(
        r#"[{"anything-but":"x"}]"#,
        &["1", "true", "null", r#""y""#, r#"["x","y"]"#],
        &[r#""x""#, "-", "[]", "{}"],
    );
    list(r#"[{"anything-but":[1,2]}]"#, &[r#""1""#, "3"], &["1.0", "2", "[1,2]"]);
    list(r#"[{"anything-but":{"prefix":["a","b"]}}]"#, &[r#""xa""#, "1"], &[r#""ax""#, r#""b""#]);
    list(r#"[{"anything-but":{"suffix":"a"}}]"#, &[r#""ab""#], &[r#""ba""#]);
    list(r#"[{"anything-but":{"equals-ignore-case":["a"]}}]"#, &[r#""b""#], &[r#""A""#]);
    list(r#"[{"anything-but":{"wildcard":"*/x/*"}}]"#, &[r#""/y/""#, "null"], &[r#""/x/""#]);
}

#[test]
fn names_are_joined_by_dots_on_both_sides() {
    assert!(matches(r#"{"a.b":[1]}"#, r#"{"a":{"b":1}}"#));
    assert!(matches(r#"{"a":{"b":[1]}}"#, r#"{"a.b":1}"#));
    assert!(!matches(r#"{"A":[1]}"#, r#"{"a":1}"#));
}

#[test]
fn of_equal_names_a_pattern_takes_the_last_and_an_event_either() {
    assert!(!matches(r#"{"a":[1],"a":[2]}"#, r#"{"a":1}"#));
    assert!(matches(r#"{"a":[1]}"#, r#"{"a":1,"a":2}"#) && matches(r#"{"a":[2]}"#, r#"{"a":1,"a":2}"#));
    // A field and fields inside it are different paths.
    assert!(!matches(r#"{"a":[1],"a":{"b":[2]}}"#, r#"{"a":{"b":2}}"#));
}

#[test]
fn fields_are_not_met_by_different_elements_of_one_list() {
    let pattern = r#"{"staff":{"first":["Anna"],"last":["Jones"]}}"#;
    assert!(!matches(
        pattern,
        r#"{"staff":[{"first":"Anna","last":"Smith"},{"first":"Bob","last":"Jones"}]}"#
    ));
    assert!(matches(
        pattern,
        r#"{"staff":[{"first":"Bob","last":"Smith"},{"first":"Anna","last":"Jones"}]}"#
    ));
    assert!(!matches(pattern, r#"{"staff":[[{"first":"Anna"}],[{"last":"Jones"}]]}"#));
    // A plain value is in no element: it goes with every one.
    assert!(matches(r#"{"p":[2],"p":{"q":["x"]}}"#, r#"{"p":[{"q":"x"},2]}"#));
    // Different lists, and what is in no list, have nothing to do with each other.
    assert!(matches(
        r#"{"a":{"x":[1]},"b":{"x":[1]},"c":[1]}"#,
        r#"{"a":[{"x":1}],"b":[{"x":2},{"x":1}],"c":1}"#
    ));
    // Equal names make two lists of one path: either may be chosen for each field.
    assert!(matches(pattern, r#"{"staff":[{"first":"Anna"}],"staff":[{"last":"Jones"}]}"#));
}

#[test]
fn absence_is_asked_of_the_elements_that_were_chosen_before() {
    let event = r#"{"s":[{"a":1,"z":1},{"a":2}]}"#;
    assert!(matches(r#"{"s":{"a":[2],"z":[{"exists":false}]}}"#, event));
    assert!(!matches(r#"{"s":{"a":[1],"z":[{"exists":false}]}}"#, event));
    // Before anything is chosen, it is the whole event that is asked.
    assert!(!matches(r#"{"s":{"z":[1],"a":[{"exists":false}]}}"#, event));
    assert!(!matches(r#"{"s":{"z":[{"exists":false}]}}"#, event));
}

#[test]
fn one_of_the_objects_of_or_must_match() {
    let pattern = r#"{"s":["x"],"$or":[{"a":[1]},{"b":{"c":[2]}}]}"#;
    assert!(matches(pattern, r#"{"s":"x","a":1}"#) && matches(pattern, r#"{"s":"x","b":{"c":2}}"#));
    assert!(!matches(pattern, r#"{"s":"x","a":2}"#) && !matches(pattern, r#"{"a":1,"b":{"c":2}}"#));
    // Inside a branch the later of two equal paths counts, whichever stands in `$or`.
    assert!(matches(r#"{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}"#, r#"{"a":2}"#));
    assert!(!matches(r#"{"$or":[{"a":[2]},{"b":[3]}],"a":[1]}"#, r#"{"a":2}"#));
    let nested = r#"{"d":{"$or":[{"a":[1]},{"b":[1],"$or":[{"c":[1]},{"e":[1]}]}]}}"#;
    assert!(matches(nested, r#"{"d":{"b":1,"e":1}}"#) && !matches(nested, r#"{"d":{"b":1}}"#));
}

#[test]
fn what_is_no_object_does_not_match_and_what_is_no_json_is_an_error() {
    let pattern = EventPattern::parse(r#"{"a":[1]}"#).unwrap();
    assert_eq!(pattern.matches_text("[1]"), Ok(false));
    assert!(pattern.matches_text("{").is_err());
}

#[test]
fn a_pattern_is_refused_in_aws_words_at_the_place() {
    refused(r#"{"a":"x"}"#, r#""a" must be an object or an array"#, r#""x""#);
    refused(r#"{"a":[]}"#, "Empty arrays are not allowed", "[]");
    refused(r#"{"a":{ }}"#, "Empty objects are not allowed", "{ }");
    refused("[1]", "Filter is not an object", "[");
    refused(r#"{"a":[{"Prefix":"x"}]}"#, "Unrecognized match type Prefix", r#""Prefix""#);
    refused(r#"{"a":[{"cidr":1}]}"#, "prefix match pattern must be a string", "1");
    refused(r#"{"a":[{"cidr":"1.2.3.4/32"}]}"#, "IPv4 mask bits must be < 32", r#""1.2.3.4/32""#);
    refused(
        r#"{"a":[{"cidr":"1.2.3.4/x"}]}"#,
        "Malformed CIDR, mask bits must be an integer",
        r#""1.2.3.4/x""#,
    );
    refused(r#"{"a":[{"cidr":"host/8"}]}"#, "Nonstandard IP address: host", r#""host/8""#);
    refused(r#"{"a":[{"numeric":5}]}"#, "Value of numeric must be an array.", "5");
    refused(r#"{"a":[{"numeric":[1]}]}"#, "Invalid member in numeric match: 1", "1");
    refused(r#"{"a":[{"numeric":[">=",5,"<=",5]}]}"#, "Bottom must be less than top", r#"[">=",5,"<=",5]"#);
    refused(
        r#"{"a":[{"anything-but":[1,"x"]}]}"#,
        "Inside anything but list, either all values are number or string, mixed type is not supported",
        r#"[1,"x"]"#,
    );
    refused(
        r#"{"a":[{"anything-but":[null]}]}"#,
        "Inside anything but list, start|null|boolean is not supported.",
        "null",
    );
    refused(
        r#"{"a":[{"anything-but":{"cidr":"x"}}]}"#,
        "Unsupported anything-but pattern: cidr",
        r#""cidr""#,
    );
    refused(r#"{"a":[{"wildcard":"a**"}]}"#, "Consecutive wildcard characters at pos 2", r#""a**""#);
    refused(r#"{"a":[{"wildcard":"a\\b"}]}"#, "Invalid escape character at pos 2", r#""a\\b""#);
    refused(
        r#"{"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}"#,
        "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
        r#"{"wildcard":"*:*:*:*:*:event-bus/*"}"#,
    );
    refused(
        r#"{"$or":[{"a":[1]}]}"#,
        "There must have at least 2 Objects in $or relationship.",
        r#""$or":[{"a":[1]}]"#,
    );
    refused(
        r#"{"$or":[{"prefix":[1]},{"a":[1]}]}"#,
        "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        r#""prefix""#,
    );
    refused(r#"{"a":[[1]]}"#, "Match value must be String, number, true, false, or null", "[");
}

#[test]
fn text_that_is_no_json_is_refused_with_its_place_and_a_next_step() {
    let hint = |pattern: &str| {
        let error = EventPattern::parse(pattern).unwrap_err();
        assert!(error.is_syntax(), "{error}");
        error.into_diagnostic().hint.unwrap_or_default()
    };
    refused(
        "{a:[1]}",
        "Unexpected character ('a' (code 97)): was expecting double-quote to start field name",
        "a",
    );
    refused(
        r#"{"a":[1 2]}"#,
        "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
        "2",
    );
    assert!(hint("{'a':[1]}").contains("straight double quotes"));
    assert!(hint(r#"{"a":[1],}"#).contains("comma"));
    assert!(hint(r#"{"a":[1]"#).contains("closed"));
    assert!(hint("{ $.eventName = ConsoleLogin }").contains("filter pattern"));
    for other in [
        "",
        "{\"a\":[01]}",
        "{\"a\":[1]} x",
        "{\"a\":[\"\\x\"]}",
        "{\"a\":[\"\n\"]}",
        "{\"a\":[\"\\u12\"]}",
        "{\"a\" 1}",
    ] {
        assert!(EventPattern::parse(other).unwrap_err().is_syntax(), "{other}");
    }
}

#[test]
fn size_is_bounded() {
    let deep = format!("{}[1]{}", "{\"a\":".repeat(200), "}".repeat(200));
    assert!(EventPattern::parse(&deep).unwrap_err().to_string().contains("128 deep"));
    let two = r#""$or":[{"a":[1]},{"b":[1]}]"#;
    let nested =
        |depth: usize| (0..depth).map(|at| format!("\"n{at}\":{{{two}}}")).collect::<Vec<_>>().join(",");
    assert!(EventPattern::parse(&format!("{{{}}}", nested(9))).is_ok());
    assert!(
        EventPattern::parse(&format!("{{{}}}", nested(10)))
            .unwrap_err()
            .to_string()
            .contains("1000 combinations")
    );
    let fields: Vec<String> = (0..257).map(|at| format!("\"f{at}\":[1]")).collect();
    assert!(EventPattern::parse(&format!("{{{}}}", fields.join(","))).is_err());
    assert!(EventPattern::parse(&" ".repeat(300_000)).is_err());
}

#[test]
fn an_index_learns_which_strings_a_path_must_have() {
    let required = |pattern: &str| {
        let pattern = EventPattern::parse(pattern).unwrap();
        pattern.required_values("detail.eventName").map(|set| set.into_iter().collect::<Vec<_>>().join(","))
    };
    assert_eq!(required(r#"{"detail":{"eventName":["B","A"]}}"#).as_deref(), Some("A,B"));
    assert_eq!(required(r#"{"detail.eventName":[{"wildcard":"C"}]}"#).as_deref(), Some("C"));
    assert_eq!(
        required(r#"{"$or":[{"detail":{"eventName":["A"]}},{"detail":{"eventName":["B"]}}]}"#).as_deref(),
        Some("A,B")
    );
    for open in [
        r#"{"$or":[{"detail":{"eventName":["A"]}},{"source":["x"]}]}"#,
        r#"{"detail":{"eventName":["A",{"prefix":"B"}]}}"#,
        r#"{"detail":{"eventName":[1]}}"#,
    ] {
        assert_eq!(required(open), None, "{open}");
    }
}
