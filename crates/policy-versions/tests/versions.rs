//! What was in force before an edit, however the edits arrive.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![allow(clippy::unnecessary_wraps, reason = "what is expected is written as it comes")]

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use trailbell_policy_versions::PolicyVersions;
use trailbell_record::{Edit, PolicyEdit, PolicySeen};
use trailbell_text::Untrusted;

const ARN: &str = "arn:aws:iam::123456789012:policy/ops";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn edit(second: i64, edit: Edit) -> PolicyEdit {
    let event = format!("e{second}");
    PolicyEdit {
        policy: ARN.to_owned(),
        at: at(second),
        event_id: Some(Untrusted::from(event.as_str())),
        event,
        edit,
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn put(words: &str) -> Edit {
    Edit::Put { text: text(words) }
}

fn made(words: &str) -> Edit {
    Edit::Made { text: text(words), version: Some("v1".into()) }
}

fn version(name: &str, words: &str, in_force: bool) -> Edit {
    Edit::Version { text: text(words), version: Some(name.into()), in_force }
}

fn in_force(name: &str) -> Edit {
    Edit::InForce { version: Some(name.into()) }
}

fn told(edits: &[PolicyEdit]) -> PolicyVersions {
    let mut versions = PolicyVersions::default();
    for edit in edits {
        versions.learn(edit);
    }
    versions
}

/// The text and version in force before the last edit.
fn before_last(edits: &[Edit]) -> Option<(Option<String>, Option<String>)> {
    let edits: Vec<PolicyEdit> = (0..).zip(edits.iter().cloned()).map(|(i, one)| edit(i, one)).collect();
    let seen = told(&edits).before(edits.last().unwrap())?;
    Some((seen.text, seen.version.map(|version| version.raw().to_owned())))
}

fn pair(words: Option<&str>, version: Option<&str>) -> Option<(Option<String>, Option<String>)> {
    Some((words.map(str::to_owned), version.map(str::to_owned)))
}

#[test]
fn what_was_in_force_before() {
    assert_eq!(before_last(&[put("a")]), None, "nobody knows whether there was one");
    assert_eq!(before_last(&[put("a"), put("b"), put("c")]), pair(Some("b"), None));
    assert_eq!(before_last(&[put("a"), Edit::Gone, put("b")]), None, "there was none");
    assert_eq!(before_last(&[put("a"), Edit::Gone]), pair(Some("a"), None));
    assert_eq!(before_last(&[put("a"), made("b")]), None, "what is made was not there");
    let long = Edit::Put { text: None };
    assert_eq!(before_last(&[put("a"), long, put("b")]), pair(None, None), "a text of before is not the one");
    let three = [made("a"), version("v2", "b", false), version("v3", "c", true)];
    assert_eq!(before_last(&three), pair(Some("a"), Some("v1")));
    let back = [
        made("a"),
        version("v2", "b", true),
        version("v3", "c", true),
        in_force("v2"),
        version("v4", "d", true),
    ];
    assert_eq!(before_last(&back), pair(Some("b"), Some("v2")));
    assert_eq!(before_last(&[in_force("v7"), in_force("v6")]), pair(None, Some("v7")));
}

#[test]
fn what_is_only_named_says_what_it_was_seen_to() {
    let edits = [
        edit(0, made("a")),
        edit(10, version("v2", "b", true)),
        edit(20, in_force("v1")),
        edit(30, Edit::Gone),
        edit(40, made("c")),
        edit(50, in_force("v2")),
    ];
    let versions = told(&edits);
    let named = |second: i64| versions.named(ARN, at(second)).and_then(|seen| seen.text);
    assert_eq!([5, 15, 25, 35, 45].map(named), [text("a"), text("b"), text("a"), None, text("c")]);
    assert_eq!(named(-1), None);
    assert_eq!(versions.put_in_force(&edits[2]).unwrap().text, text("a"));
    assert_eq!(
        versions.put_in_force(&edits[5]),
        None,
        "the version of the policy of that name that was deleted"
    );
    assert_eq!(versions.put_in_force(&edits[1]), None);
    assert_eq!(versions.named("arn:aws:iam::123456789012:policy/other", at(45)), None);
}

#[test]
fn what_was_kept_is_known_again() {
    let edits = [edit(0, made("a")), edit(10, version("v2", "b", false)), edit(20, in_force("v2"))];
    let mut versions = told(&edits);
    let kept = versions.take_changes();
    assert!(versions.take_changes().is_empty());
    let rows = || kept.iter().cloned().filter_map(|(policy, kept)| Some((policy, kept?)));
    let mut again = PolicyVersions::default();
    again.restore(rows());
    assert!(again.take_changes().is_empty(), "what is kept is not kept again");
    assert_eq!(again.before(&edits[2]), versions.before(&edits[2]));
    // Past logs teach a memory that knows what came after them.
    let mut running = told(&edits[2..]);
    for (policy, kept) in rows() {
        running.add(&policy, &kept);
    }
    assert_eq!(running.put_in_force(&edits[2]).unwrap().text, text("b"));
    assert_eq!(running.before(&edits[2]).unwrap().text, text("a"));
    again.restore([("x".to_owned(), "[{}]".to_owned()), ("y".to_owned(), "[]".to_owned())]);
    assert_eq!(again.len(), 1, "what cannot be read is not known");
}

#[test]
fn memory_has_a_bound_and_what_is_long_untouched_is_forgotten() {
    let mut versions = PolicyVersions::new(SignedDuration::from_hours(1));
    let long = "x".repeat(32 << 10);
    for i in 0..1_000 {
        let one = PolicyEdit { policy: format!("p{i}"), ..edit(i, put(&long)) };
        versions.learn(&one);
    }
    assert!((200..=256).contains(&versions.len()), "{}", versions.len());
    let after = |policy: &str| PolicyEdit { policy: policy.to_owned(), ..edit(2_000, put("b")) };
    assert_eq!(versions.before(&after("p0")), None);
    assert_eq!(versions.before(&after("p999")).unwrap().text, text(&long));
    let forgotten = versions.take_changes().into_iter().filter(|(_, kept)| kept.is_none()).count();
    assert_eq!(forgotten, 1_000 - versions.len());
    versions.forget(at(999 + 3_600));
    assert_eq!(versions.len(), 1);
    versions.forget(at(1_000 + 3_600));
    assert!(versions.is_empty());

    versions.learn(&edit(0, put(&"y".repeat((32 << 10) + 1))));
    assert_eq!(versions.before(&edit(1, put("b"))).unwrap().text, None, "only that there was one");
    versions.learn(&PolicyEdit { policy: "z".repeat(3_000), ..edit(0, put("a")) });
    assert_eq!(versions.len(), 1);
}

/// What is in force before an edit, the obvious way: everything before it, from the beginning.
fn obvious(edits: &[PolicyEdit], index: usize) -> Option<PolicySeen> {
    let seen = |one: &PolicyEdit, text: &Option<String>, version: Option<Untrusted>| PolicySeen {
        text: text.clone(),
        version,
        event_id: one.event_id.clone(),
        at: one.at,
    };
    let mut versions: Vec<PolicySeen> = Vec::new();
    let mut current = None;
    for one in &edits[..index] {
        match &one.edit {
            Edit::Made { text, version } => {
                let made = seen(one, text, version.clone());
                versions = vec![made.clone()];
                current = Some(made);
            }
            Edit::Put { text } => current = Some(seen(one, text, None)),
            Edit::Version { text, version, in_force } => {
                let new = seen(one, text, version.clone());
                versions.push(new.clone());
                if *in_force {
                    current = Some(new);
                }
            }
            Edit::InForce { version } => {
                let known = versions.iter().rev().find(|known| known.version == *version).cloned();
                current = Some(known.unwrap_or_else(|| seen(one, &None, version.clone())));
            }
            Edit::Gone => {
                versions.clear();
                current = None;
            }
        }
    }
    if matches!(edits[index].edit, Edit::Made { .. }) { None } else { current }
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let words = || prop::option::weighted(0.9, "[abc]");
    let name = || (1..4u8).prop_map(|n| Untrusted::new(format!("v{n}")));
    prop_oneof![
        words().prop_map(|text| Edit::Put { text }),
        words().prop_map(|text| Edit::Made { text, version: Some("v1".into()) }),
        (words(), name(), any::<bool>()).prop_map(|(text, version, in_force)| Edit::Version {
            text,
            version: Some(version),
            in_force
        }),
        name().prop_map(|version| Edit::InForce { version: Some(version) }),
        Just(Edit::Gone),
    ]
}

proptest! {
    /// In whatever order they arrive, twice or once, and also after a restart, a memory of few edits says what the obvious way says.
    #[test]
    fn any_order_of_arrival_says_the_same(
        edits in prop::collection::vec(any_edit(), 1..8),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        restart in any::<bool>(),
    ) {
        let edits: Vec<PolicyEdit> = (0..).zip(edits).map(|(i, one)| edit(i, one)).collect();
        let mut versions = PolicyVersions::default();
        for index in order {
            versions.learn(index.get(&edits));
        }
        if restart {
            let kept = versions.take_changes();
            versions = PolicyVersions::default();
            versions.restore(kept.into_iter().filter_map(|(policy, kept)| Some((policy, kept?))));
        }
        for one in edits.iter().rev() {
            versions.learn(one);
        }
        for index in 0..edits.len() {
            prop_assert_eq!(versions.before(&edits[index]), obvious(&edits, index));
        }
    }
}
