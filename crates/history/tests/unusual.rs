//! What is unusual, when it is said, and that it is said once.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use trailbell_history::{Deed, Ending, History, Occurrence, Seen, Sort, Terms, Unusual};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn alice(time: &str) -> Occurrence {
    Occurrence {
        person: "123456789012/AIDAALICE".into(),
        sort: Sort::Human,
        name: "123456789012/alice".into(),
        at: at(time),
        deed: Deed::SignIn,
        place: Some("JP".into()),
        network: None,
        client: Some("Chrome".into()),
        address: Some("126.0.0.1".into()),
        role: None,
    }
}

/// Japan and the Netherlands are far apart, Germany is beside the Netherlands.
fn distance(one: &str, other: &str) -> Option<u32> {
    match (one, other) {
        ("JP", "NL" | "DE") | ("NL" | "DE", "JP") => Some(8_400),
        ("NL", "DE") | ("DE", "NL") => Some(0),
        _ => None,
    }
}

fn take(history: &mut History, occurrence: &Occurrence) -> Seen {
    history.take(occurrence, Ending::Authentic, distance)
}

fn unusual(history: &mut History, occurrence: &Occurrence) -> Vec<Unusual> {
    take(history, occurrence).unusual
}

/// Alice signs in every day at nine from Japan.
fn month() -> History {
    let mut history = History::new(Terms::default());
    for day in 1..=30 {
        let occurrence = alice(&format!("2026-11-{day:02}T00:00:00Z"));
        assert_eq!(unusual(&mut history, &occurrence), [], "day {day}");
    }
    history
}

#[test]
fn a_country_is_new_once_whether_in_a_sign_in_or_in_a_change() {
    let mut history = month();
    let change = |time| Occurrence { deed: Deed::Change, place: Some("NL".into()), ..alice(time) };
    assert_eq!(unusual(&mut history, &change("2026-12-01T00:00:00Z")), [Unusual::Country]);
    let sign_in = Occurrence { place: Some("NL".into()), ..alice("2026-12-02T00:00:00Z") };
    let seen = take(&mut history, &sign_in);
    assert_eq!(seen.unusual, []);
    assert_eq!((seen.earlier, seen.from_here), (30, 0), "sign-ins are compared with sign-ins");
    assert_eq!(seen.usual_place, Some(("JP".into(), 30)));
}

#[test]
fn an_address_of_amazons_is_a_network_and_no_country() {
    let mut history = month();
    let amazon = Occurrence {
        place: Some("aws:us-east-1".into()),
        network: Some("amazon".into()),
        ..alice("2026-12-01T00:00:00Z")
    };
    assert_eq!(unusual(&mut history, &amazon), [Unusual::Network]);
}

#[test]
fn the_first_days_of_a_person_teach_and_are_not_unusual() {
    let mut history = month();
    let bob = |time, place: &str| Occurrence {
        person: "123456789012/AIDABOB".into(),
        name: "123456789012/bob".into(),
        place: Some(place.into()),
        ..alice(time)
    };
    assert_eq!(unusual(&mut history, &bob("2026-12-01T00:00:00Z", "JP")), [Unusual::Person]);
    assert_eq!(unusual(&mut history, &bob("2026-12-01T01:00:00Z", "US")), []);
    assert_eq!(unusual(&mut history, &bob("2026-12-01T02:00:00Z", "FR")), []);
    assert_eq!(unusual(&mut history, &bob("2026-12-01T23:00:00Z", "GB")), [], "still the first day");
    assert_eq!(unusual(&mut history, &bob("2026-12-02T01:00:00Z", "NL")), [Unusual::Country]);
}

#[test]
fn nobody_is_new_in_the_learning_week_and_machines_never() {
    let mut history = History::new(Terms::default());
    let person = |nth: u32, time: &str, sort| Occurrence { person: format!("p{nth}"), sort, ..alice(time) };
    assert_eq!(unusual(&mut history, &person(1, "2026-11-01T00:00:00Z", Sort::Human)), []);
    assert_eq!(unusual(&mut history, &person(2, "2026-11-07T23:59:59Z", Sort::Human)), []);
    assert_eq!(unusual(&mut history, &person(3, "2026-11-08T00:00:00Z", Sort::Human)), [Unusual::Person]);
    assert_eq!(unusual(&mut history, &person(4, "2026-11-08T00:00:00Z", Sort::Machine)), []);
    assert_eq!(unusual(&mut history, &person(5, "2026-11-08T00:00:00Z", Sort::Root)), []);
}

#[test]
fn a_pair_of_places_too_far_apart_is_told_once() {
    let mut history = month();
    let from = |time, place: &str| Occurrence { place: Some(place.into()), ..alice(time) };
    let seen = take(&mut history, &from("2026-11-30T02:00:00Z", "NL"));
    assert_eq!(seen.unusual, [Unusual::Country, Unusual::Travel]);
    let travel = seen.travel.unwrap();
    assert_eq!((travel.from.as_str(), travel.kilometres), ("JP", 8_400));
    // Back to Japan, and to the Netherlands again: the pair is known.
    assert_eq!(unusual(&mut history, &from("2026-11-30T04:00:00Z", "JP")), []);
    assert_eq!(unusual(&mut history, &from("2026-11-30T05:00:00Z", "NL")), []);
    // A new country beside the one she was in is new, and no journey.
    assert_eq!(unusual(&mut history, &from("2026-11-30T06:00:00Z", "DE")), [Unusual::Country]);
    assert_eq!(unusual(&mut history, &from("2026-11-30T07:00:00Z", "JP")), [Unusual::Travel]);
    // Whoever has the time to fly flies.
    let mut history = month();
    assert_eq!(unusual(&mut history, &from("2026-11-30T14:00:00Z", "NL")), [Unusual::Country, Unusual::Hour]);
}

#[test]
fn a_time_of_day_is_unusual_for_whoever_keeps_hours() {
    let mut history = month();
    assert_eq!(unusual(&mut history, &alice("2026-12-01T02:59:59Z")), []);
    assert_eq!(unusual(&mut history, &alice("2026-12-01T22:00:00Z")), []);
    assert_eq!(unusual(&mut history, &alice("2026-12-02T12:00:00Z")), [Unusual::Hour]);
    assert_eq!(unusual(&mut history, &alice("2026-12-03T12:00:00Z")), []);
    let change = Occurrence { deed: Deed::Change, ..alice("2026-12-04T06:00:00Z") };
    assert_eq!(unusual(&mut history, &change), [], "changes have no hours");
}

#[test]
fn a_role_is_new_to_whoever_takes_it_for_the_first_time() {
    let mut history = month();
    let admin = "arn:aws:iam::123456789012:role/Admin".to_owned();
    let deploy = "arn:aws:iam::123456789012:role/Deploy".to_owned();
    let who = "123456789012/AIDAALICE";
    // Deploy is taken daily, and nothing of it is told until something is changed in it.
    for day in 20..=30 {
        history.learn_role(who, &deploy, at(&format!("2026-11-{day}T03:00:00Z")));
    }
    let change =
        |time, role: &String| Occurrence { deed: Deed::Change, role: Some(role.clone()), ..alice(time) };
    assert_eq!(unusual(&mut history, &change("2026-12-01T03:00:00Z", &deploy)), []);
    history.learn_role(who, &admin, at("2026-12-01T03:00:00Z"));
    assert_eq!(unusual(&mut history, &change("2026-12-01T03:01:00Z", &admin)), [Unusual::Role]);
    assert_eq!(unusual(&mut history, &change("2026-12-01T03:02:00Z", &admin)), []);
}

#[test]
fn a_burst_rings_and_a_success_after_it_is_told_once() {
    let mut history = month();
    let mut minute = 0;
    let mut failed = |history: &mut History| {
        minute += 1;
        let attempt = alice(&format!("2026-12-01T00:{minute:02}:00Z"));
        history.take(&attempt, Ending::Failed, distance).unusual
    };
    assert_eq!(failed(&mut history), []);
    assert_eq!(failed(&mut history), []);
    assert_eq!(failed(&mut history), [Unusual::Burst]);
    assert_eq!(failed(&mut history), []);
    let seen = take(&mut history, &alice("2026-12-01T00:10:00Z"));
    assert_eq!((seen.unusual, seen.failures_before), (vec![Unusual::AfterFailures], 4));
    assert_eq!(unusual(&mut history, &alice("2026-12-01T00:20:00Z")), []);
    let change = Occurrence { deed: Deed::Change, ..alice("2026-12-01T00:21:00Z") };
    assert_eq!(unusual(&mut history, &change), []);
}

#[test]
fn root_is_back_after_a_month_and_anybody_else_after_two() {
    let mut history = month();
    let root = |time| Occurrence { person: "123456789012/root".into(), sort: Sort::Root, ..alice(time) };
    assert_eq!(unusual(&mut history, &root("2026-12-01T00:00:00Z")), []);
    assert_eq!(unusual(&mut history, &root("2026-12-30T23:59:59Z")), []);
    let seen = take(&mut history, &root("2027-01-29T23:59:59Z"));
    assert_eq!(seen.unusual, [Unusual::Return]);
    assert_eq!(seen.absent, Some(SignedDuration::from_hours(30 * 24)));
    assert_eq!(unusual(&mut history, &alice("2027-01-28T23:59:59Z")), []);
    assert_eq!(unusual(&mut history, &alice("2027-03-29T23:59:59Z")), [Unusual::Return]);
}

#[test]
fn what_was_not_seen_for_long_is_forgotten() {
    let terms = Terms { forget: SignedDuration::from_hours(30 * 24), ..Terms::default() };
    let mut history = History::new(terms);
    let day = |nth: i32| at("2026-01-01T00:00:00Z") + (nth * 24).hours();
    let on = |nth: i32, place: &str| Occurrence { place: Some(place.into()), ..alice(&day(nth).to_string()) };
    for nth in 0..10 {
        take(&mut history, &on(nth, if nth == 5 { "NL" } else { "JP" }));
    }
    assert_eq!(unusual(&mut history, &on(34, "NL")), [], "29 days later it is still known");
    assert_eq!(unusual(&mut history, &on(36, "JP")), []);
    assert_eq!(unusual(&mut history, &on(50, "JP")), []);
    assert_eq!(unusual(&mut history, &on(65, "NL")), [Unusual::Country], "31 days later it is not");
    history.forget(day(96));
    assert_eq!(history.people(), 0);
    let changes = history.take_changes();
    assert_eq!(changes, [("123456789012/AIDAALICE".to_owned(), None)]);
}

#[test]
fn what_was_learned_survives_being_kept_and_parts_add_up() {
    let mut whole = month();
    let mut kept = History::new(Terms::default());
    kept.restore_since(whole.take_since().unwrap());
    for (who, known) in whole.take_changes() {
        kept.restore(who, &known.unwrap());
    }
    assert!(whole.take_changes().is_empty() && whole.take_since().is_none());
    let mut early = History::new(Terms::default());
    let mut late = History::new(Terms::default());
    for day in 1..=30 {
        let part = if day <= 12 { &mut early } else { &mut late };
        take(part, &alice(&format!("2026-11-{day:02}T00:00:00Z")));
    }
    late.add(early);
    let next = Occurrence { place: Some("NL".into()), ..alice("2026-12-01T12:00:00Z") };
    let expected = take(&mut whole, &next);
    assert_eq!(expected.unusual, [Unusual::Country, Unusual::Hour]);
    assert_eq!(take(&mut kept, &next), expected);
    assert_eq!(take(&mut late, &next), expected);
}

#[test]
fn an_outsider_cannot_fill_the_memory() {
    let mut history = History::new(Terms::default());
    let start = at("2026-01-01T00:00:00Z");
    for nth in 0..12_000_i32 {
        let time = (start + (nth).minutes()).to_string();
        let person = Occurrence { person: format!("session-{nth}"), ..alice(&time) };
        take(&mut history, &person);
    }
    assert_eq!(history.people(), 10_000);
    for nth in 0..1_000_i32 {
        let time = (start + (12_000 + nth).minutes()).to_string();
        let address = Some(format!("2001:db8::{nth:x}"));
        take(&mut history, &Occurrence { address, client: Some(format!("tool {nth}")), ..alice(&time) });
    }
    history.take_changes();
    take(&mut history, &alice("2026-01-20T00:00:00Z"));
    let (_, known) = history.take_changes().pop().unwrap();
    assert!(known.unwrap().len() < 20_000);
}
