//! Files that a slip, or somebody else, has changed: read or refused, never a panic.

use proptest::prelude::*;
use trailbell_trial::{Suite, Surroundings, Trials, junit};

const FILES: [&str; 3] = [
    include_str!("../../../tests/trials/alarms.yaml"),
    include_str!("../../../tests/trials/rules.yaml"),
    include_str!("../../../tests/trials/failing.yaml"),
];

fn run(source: &str) {
    match Trials::parse(source, &Surroundings::default()) {
        Ok(trials) => {
            let outcomes = trials.run(|_| true);
            for outcome in &outcomes {
                let _ = (outcome.text("t.yaml", true), outcome.json("t.yaml").to_string());
            }
            let _ = junit(&[Suite { file: "t.yaml", error: None, outcomes: &outcomes }]);
        }
        Err(invalid) => {
            assert!(!invalid.problems.is_empty());
            let _ = invalid.render("t.yaml", source);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_read_or_refused(
        file in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, "[-~:,{}\\[\\]'\"&*|>0-9a-zA-Z\\n 日]{0,6}"), 1..4),
    ) {
        let mut characters: Vec<char> = FILES[file].chars().collect();
        for (at, taken, put) in changes {
            let at = at.index(characters.len());
            let end = (at + taken).min(characters.len());
            characters.splice(at..end, put.chars());
        }
        run(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn a_file_with_lines_left_out_or_doubled_is_read_or_refused(
        file in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..6),
    ) {
        let mut lines: Vec<&str> = FILES[file].lines().collect();
        for (at, doubled) in changes {
            let at = at.index(lines.len());
            if doubled { lines.insert(at, lines[at]); } else { lines.remove(at); }
        }
        run(&lines.join("\n"));
    }

    #[test]
    fn any_numbers_are_points(values in prop::collection::vec(any::<f64>(), 0..20), threshold in any::<f64>(), periods in 0..30u32) {
        let points: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        run(&format!(
            "tests:\n  - name: a\n    alarm: {{Threshold: {threshold:?}, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: {periods}}}\n    datapoints: [{}]\n    expect: OK\n    reason: x\n",
            points.join(", ")
        ));
    }
}
