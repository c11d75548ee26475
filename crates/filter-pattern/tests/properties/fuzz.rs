//! The properties again, for as long as one likes, and damaged patterns and messages. See `trailbell_fuzz`.

use trailbell_fuzz::{damaged_text, fuzz};

use super::*;

/// A pattern of any of the three kinds, as somebody would write it.
fn written() -> impl Strategy<Value = String> {
    prop_oneof![
        tree(json_condition()).prop_map(|tree| format!("{{ {} }}", tree.write(&write_json))),
        terms().prop_map(|terms| {
            terms.iter().map(|(role, word)| format!("{role}{word}")).collect::<Vec<_>>().join(" ")
        }),
        vec(tree(value_test()), 1..4).prop_map(|fields| {
            let fields: Vec<String> = fields
                .iter()
                .enumerate()
                .map(|(at, tree)| tree.write(&|test| format!("n{at}{}", test.write())))
                .collect();
            format!("[{}, ...]", fields.join(", "))
        }),
        select(WRITTEN).prop_map(str::to_owned),
    ]
}

/// Patterns with what the strategies above do not write.
const WRITTEN: &[&str] = &[
    r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = IAMUser) }"#,
    r#"{ $.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*" }"#,
    "{ $.sourceIPAddress = %^10\\.[0-9]{1,3}\\.|^172\\.16\\.% && $.requestParameters.items[0].key NOT EXISTS }",
    "{ $.['a.b'].c[*].d >= -1.5e3 && ($.x IS NULL || $.y IS TRUE) }",
    "[ip, user, timestamp, request != \"GET *\", status_code = 4* || status_code = 5*, bytes > 1000, ...]",
    "ERROR -\"Exiting with status 0\" ?WARN %[45][0-9]{2}%",
];

#[test]
fn fuzz_damaged_patterns() {
    fuzz(
        "filter-pattern: damaged patterns",
        &(damaged_text(written(), PARTS), event()),
        |(pattern, event)| survives(&pattern, &event.to_string()),
    );
}

#[test]
fn fuzz_json_patterns() {
    fuzz("filter-pattern: JSON patterns", &(tree(json_condition()), event()), |(tree, event)| {
        json_pattern_means_what_the_naive_reading_says(&tree, &event)
    });
}

#[test]
fn fuzz_json_patterns_on_damaged_messages() {
    let pieces = &["{", "}", "[", "]", ",", ":", "\"", "\"a\"", "1", "\\u0061", "\\", "null", " "];
    let message = damaged_text(event().prop_map(|event| event.to_string()), pieces);
    fuzz("filter-pattern: damaged messages", &(tree(json_condition()), message), |(tree, message)| {
        let source = format!("{{ {} }}", tree.write(&write_json));
        prop_assume!(within_limits(&source));
        let expected = match Json::parse(&message) {
            Ok(event @ Json::Object(_)) => tree.holds(&|one| naive_json(one, &event)),
            _ => false,
        };
        prop_assert_eq!(
            Pattern::parse(&source).unwrap().matches_message(&message),
            expected,
            "{}\n{}",
            source,
            message
        );
        Ok(())
    });
}

#[test]
fn fuzz_terms_patterns() {
    fuzz("filter-pattern: terms", &(terms(), "[abB ]{0,12}"), |(terms, text)| {
        terms_pattern_means_what_the_naive_reading_says(&terms, &text)
    });
}

#[test]
fn fuzz_fields_patterns() {
    let inputs = (vec(entry(), 1..5), vec(select(PIECES), 0..6));
    fuzz("filter-pattern: fields", &inputs, |(entries, pieces)| {
        fields_pattern_means_what_the_naive_reading_says(&entries, &pieces)
    });
}

#[test]
fn fuzz_warnings() {
    let parts = vec(tree(near_condition()), 2..4);
    let inputs = (parts, any::<bool>(), vec(event_with_a(), 8), vec(event(), 8));
    fuzz("filter-pattern: warnings", &inputs, |(parts, are_alternatives, events, others)| {
        warnings_of_a_json_pattern_are_so(&parts, are_alternatives, &events, &others)
    });
}
