//! `when`: what it means, what is wrong with it, and that what it prints means the same.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use trailbell_history::{
    Circumstances, Compare, Count, Deed, Dimension, Ending, Expected, History, Occurrence, Seen, Sort, Tally,
    Terms, Unusual, When,
};

fn parse(text: &str) -> When {
    When::parse(text).unwrap_or_else(|problem| panic!("{}", problem.render("when", text)))
}

fn occurrence(at: &str, place: &str) -> Occurrence {
    Occurrence {
        person: "p".into(),
        sort: Sort::Human,
        name: "p".into(),
        at: at.parse().unwrap(),
        deed: Deed::SignIn,
        place: Some(place.into()),
        network: None,
        client: None,
        address: None,
        role: None,
    }
}

/// Five days in Japan, then one in the Netherlands.
fn abroad() -> Seen {
    let mut history = History::new(Terms::default());
    for day in 1..=5 {
        history.take(&occurrence(&format!("2026-11-0{day}T00:00:00Z"), "JP"), Ending::Authentic, |_, _| None);
    }
    history.take(&occurrence("2026-11-07T00:00:00Z", "NL"), Ending::Authentic, |_, _| None)
}

#[test]
fn it_holds_where_what_it_says_is_so() {
    let seen = abroad();
    let mut wrong = Vec::new();
    for (text, holds) in [
        ("first-seen(country)", true),
        ("first-seen( country )", true),
        ("first-seen(client)", false),
        ("first-seen(person)", false),
        ("unusual", true),
        ("unusual(country)", true),
        ("unusual(after-failures)", false),
        ("expected", false),
        ("expected(person)", true),
        ("expected(place)", false),
        ("not expected", true),
        ("not not expected(person)", true),
        ("first-seen(country) and not expected", true),
        ("first-seen(country) and expected", false),
        ("expected or first-seen(country) and expected(place)", false),
        ("(expected or first-seen(country)) and expected(person)", true),
        ("share(country) < 5%", true),
        ("share(country) > 0%", false),
        ("share(client) < 5%", false),
        ("absent > 1d", true),
        ("absent>=48h", true),
        ("absent > 2d", false),
        ("count > 3 in 5m", true),
        ("count(address) > 3 in 5m and expected(person)", true),
        ("expected or count > 4 in 5m", false),
    ] {
        let when = parse(text);
        let circumstances =
            Circumstances { seen: &seen, is_expected_person: true, is_expected_place: false, counted: &[4] };
        if when.holds(&circumstances) != holds {
            wrong.push(text);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn each_count_has_its_own_number_whatever_was_decided_before() {
    let seen = abroad();
    let when = parse("expected or count > 3 in 5m or not count(all) > 10 in 1h");
    let counts = when.counts();
    assert_eq!(counts.len(), 2);
    assert_eq!((counts[0].by, counts[1].by), (Some(Dimension::Person), None));
    let with = |counted: &[u64]| {
        when.holds(&Circumstances {
            seen: &seen,
            is_expected_person: false,
            is_expected_place: false,
            counted,
        })
    };
    assert!(with(&[4, 11]) && with(&[3, 10]) && !with(&[3, 11]));
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    let shown: Vec<String> = [
        "",
        "first-seen",
        "first-seen(contry)",
        "first-seen(country",
        "unusual(wild)",
        "count > many in 5m",
        "count > 3",
        "count > 3 in 5 minutes",
        "count > 3 in 90d",
        "share(country) < 5",
        "expected and",
        "expected expected",
        "expected(me)",
        "日本から",
        "(expected",
    ]
    .iter()
    .map(|text| When::parse(text).unwrap_err().render("when", text))
    .collect();
    let expected = [
        "when:1:1: The condition ends where a condition should follow",
        "when:1:11: The condition ends where `(` should follow",
        "when:1:12: Nothing of this name is remembered: `contry`",
        "when:1:19: The condition ends where `)` should follow",
        "when:1:9: Nothing is unusual in this way: `wild`",
        "when:1:9: This is no number to count to: `many`",
        "when:1:10: The condition ends where `in` should follow",
        "when:1:14: This is no time: `5`",
        "when:1:14: This is too long to count: `90d`",
        "when:1:18: This is no share: `5`",
        "when:1:13: The condition ends where a condition should follow",
        "when:1:10: Nothing may follow here: `expected`",
        "when:1:10: Nobody expects this: `me`",
        "when:1:1: This is no condition: `日本から`",
        "when:1:10: The condition ends where `)` should follow",
    ];
    for (shown, expected) in shown.iter().zip(expected) {
        assert_eq!(shown.lines().next().unwrap(), expected, "{shown}");
    }
}

#[test]
fn a_count_is_of_the_time_before_and_apart_for_each_value() {
    let when = parse("count > 3 in 5m or count(all) > 5 in 1h");
    let mut tally = Tally::default();
    let take = |tally: &mut Tally, second: i64, who: &str| {
        let at = Timestamp::from_second(1_800_000_000 + second).unwrap();
        tally.take("rule", &when, at, |count| Some(count.by.map_or("", |_| who).to_owned()))
    };
    assert_eq!(take(&mut tally, 0, "alice"), [1, 1]);
    assert_eq!(take(&mut tally, 1, "bob"), [1, 2]);
    assert_eq!(take(&mut tally, 299, "alice"), [2, 3]);
    assert_eq!(take(&mut tally, 300, "alice"), [2, 4], "five minutes later the first is past");
    let mut kept = Tally::default();
    for (key, value) in tally.take_changes() {
        kept.restore(key, &value.unwrap());
    }
    assert_eq!(take(&mut kept, 301, "alice"), take(&mut tally, 301, "alice"));
    tally.forget(Timestamp::from_second(1_800_000_302 + 31 * 86_400).unwrap());
    assert!(tally.take_changes().iter().all(|(_, kept)| kept.is_none()));
}

fn conditions() -> impl Strategy<Value = When> {
    let compare = prop::sample::select(vec![
        Compare::Less,
        Compare::AtMost,
        Compare::Equal,
        Compare::AtLeast,
        Compare::More,
    ]);
    let dimension = prop::sample::select(Dimension::ALL.to_vec());
    let time = (1_i64..5_000, prop::sample::select(vec![1, 60, 3_600]))
        .prop_map(|(number, unit)| SignedDuration::from_secs(number * unit))
        .prop_filter("counted for a month at most", |time| *time <= SignedDuration::from_hours(31 * 24));
    let leaf = prop_oneof![
        dimension.clone().prop_map(When::FirstSeen),
        prop::option::of(prop::sample::select(Unusual::ALL.to_vec())).prop_map(When::Unusual),
        prop::option::of(prop::sample::select(vec![Expected::Person, Expected::Place]))
            .prop_map(When::Expected),
        (dimension.clone(), compare.clone(), 0_u8..=100).prop_map(|(dimension, compare, share)| {
            When::Share(dimension, compare, f64::from(share) / 100.0)
        }),
        (compare.clone(), time.clone()).prop_map(|(compare, time)| When::Absent(compare, time)),
        (prop::option::of(dimension), compare, 0_u64..=1_000, time)
            .prop_map(|(by, compare, number, within)| When::Count(Count { by, compare, number, within })),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|when| When::Not(Box::new(when))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| When::And(Box::new(one), Box::new(other))),
            (inner.clone(), inner).prop_map(|(one, other)| When::Or(Box::new(one), Box::new(other))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_means_the_same(when in conditions()) {
        let printed = when.to_string();
        if printed.len() <= 1_000 {
            prop_assert_eq!(parse(&printed).to_string(), printed.clone());
            // Parentheses are printed wherever they could matter, so the tree is the same one.
            prop_assert_eq!(parse(&printed), when);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in r"(first-seen|count|share|absent|not|and|or|expected|\(|\)|<|>|=|5m|3|%| |in|.){0,24}") {
        if let Err(problem) = When::parse(&text) {
            prop_assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len());
            let _ = problem.render("when", &text);
        }
    }

    /// The obvious count: all times, looked through each time.
    #[test]
    fn a_count_is_what_counting_gives(steps in prop::collection::vec((0_i64..400, 0_u8..3), 1..60), number in 0_u64..6) {
        let when = parse(&format!("count > {number} in 5m"));
        let mut tally = Tally::default();
        let (mut now, mut all) = (1_800_000_000, Vec::new());
        for (step, who) in steps {
            now += step;
            all.push((now, who));
            let counted = tally.take("r", &when, Timestamp::from_second(now).unwrap(), |_| Some(who.to_string()))[0];
            let naive = all.iter().filter(|(at, other)| *other == who && now - at < 300).count() as u64;
            prop_assert_eq!(counted > number, naive > number);
        }
    }
}
