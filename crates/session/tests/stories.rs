//! Who is behind: each way it can be known, in any order of arrival, and what is not known.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use trailbell_json::Json;
use trailbell_record::{Actor, ActorKind, Behind, GrantTexts, How, Picked, Record, SessionGrant, Sure};
use trailbell_session::Sessions;
use trailbell_text::Untrusted;

const MAIN: &str = "123456789012";
const JUMP: &str = "210987654321";

fn record(value: &Value) -> Record {
    Record::new(Json::parse(&value.to_string()).unwrap())
}

fn user(name: &str, account: &str) -> Value {
    json!({ "type": "IAMUser", "principalId": format!("AIDA{name}"), "userName": name, "accountId": account,
        "arn": format!("arn:aws:iam::{account}:user/{name}"), "accessKeyId": "AKIAEXAMPLE" })
}

fn role(name: &str, session: &str, account: &str, key: &str) -> Value {
    json!({ "type": "AssumedRole", "principalId": format!("AROA{name}:{session}"), "accountId": account, "accessKeyId": key,
        "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
        "sessionContext": { "sessionIssuer": { "type": "Role", "userName": name, "arn": format!("arn:aws:iam::{account}:role/{name}") },
            "attributes": { "creationDate": "2026-11-23T12:00:00Z" } } })
}

fn taken(who: &Value, account: &str, role: &str, key: &str, minute: i64) -> Value {
    let at = "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute);
    json!({ "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "eventTime": at.to_string(), "userIdentity": who,
        "requestParameters": { "roleArn": format!("arn:aws:iam::{account}:role/{role}"), "roleSessionName": "work" },
        "responseElements": { "credentials": { "accessKeyId": key, "expiration": "Nov 23, 2026, 11:00:00 PM" } } })
}

fn learn(sessions: &mut Sessions, value: &Value) {
    let grant = SessionGrant::of(&record(value)).unwrap_or_else(|| panic!("{value}"));
    sessions.learn(&grant, grant.at);
}

fn acted(who: &Value) -> Record {
    record(&json!({ "eventTime": "2026-11-23T12:30:00Z", "userIdentity": who, "recipientAccountId": MAIN }))
}

fn behind(sessions: &Sessions, who: &Value) -> Option<Behind> {
    let record = acted(who);
    sessions.behind(&record, &Actor::of(&record))
}

/// The chain, each role with its account.
fn roles(behind: &Behind) -> Vec<String> {
    let account =
        |account: &Option<Untrusted>| account.as_ref().map(|id| id.raw().to_owned()).unwrap_or_default();
    behind.chain.iter().map(|hop| format!("{} of {}", hop.role.raw(), account(&hop.account))).collect()
}

#[test]
fn a_key_that_was_handed_out_leads_to_whoever_asked_for_it() {
    let mut sessions = Sessions::default();
    learn(&mut sessions, &taken(&user("alice", MAIN), MAIN, "Admin", "ASIA1", 0));
    // Whatever the session is called.
    let found = behind(&sessions, &role("Admin", "bob", MAIN, "ASIA1")).unwrap();
    assert_eq!((found.name.raw(), found.kind), ("alice", ActorKind::IamUser));
    assert_eq!((found.how, found.sure), (How::KeyIssued, Sure::Certain));
    assert_eq!(roles(&found), [format!("Admin of {MAIN}")]);
    assert_eq!(found.at, Some("2026-11-23T12:00:00Z".parse().unwrap()));
}

#[test]
fn a_chain_of_roles_leads_to_its_beginning_in_whatever_order_it_arrives() {
    let links = [
        taken(&user("alice", JUMP), JUMP, "Jump", "ASIA1", 0),
        taken(&role("Jump", "work", JUMP, "ASIA1"), MAIN, "Deploy", "ASIA2", 1),
        taken(&role("Deploy", "work", MAIN, "ASIA2"), MAIN, "Admin", "ASIA3", 2),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2], [0, 2, 1], [2, 0, 1]] {
        let mut sessions = Sessions::default();
        for nth in order {
            learn(&mut sessions, &links[nth]);
        }
        let found = behind(&sessions, &role("Admin", "work", MAIN, "ASIA3")).unwrap();
        assert_eq!((found.name.raw(), found.account.as_ref().unwrap().raw()), ("alice", JUMP));
        assert_eq!(
            roles(&found),
            [format!("Admin of {MAIN}"), format!("Deploy of {MAIN}"), format!("Jump of {JUMP}")]
        );
        assert_eq!((found.how, found.sure), (How::KeyIssued, Sure::Certain));
    }
}

#[test]
fn the_other_accounts_record_of_the_same_says_who_it_was() {
    let theirs = json!({ "type": "AWSAccount", "principalId": "AIDAalice", "accountId": JUMP });
    let mut here = taken(&theirs, MAIN, "Admin", "ASIA1", 0);
    here["sharedEventID"] = json!("s-1");
    here["recipientAccountId"] = json!(MAIN);
    let mut there = taken(&user("alice", JUMP), MAIN, "Admin", "ASIA1", 0);
    there["sharedEventID"] = json!("s-1");
    there["recipientAccountId"] = json!(JUMP);
    // The copy of the caller's account may be without what was answered.
    let mut bare = there.clone();
    bare["responseElements"] = Value::Null;
    for pair in [[&here, &there], [&there, &here], [&here, &bare], [&bare, &here]] {
        let mut sessions = Sessions::default();
        for one in pair {
            learn(&mut sessions, one);
        }
        let found = behind(&sessions, &role("Admin", "work", MAIN, "ASIA1")).unwrap();
        assert_eq!((found.name.raw(), found.sure), ("alice", Sure::Certain));
        assert_eq!(sessions.len(), 1);
    }
    // With one account's log alone the account is known, and it is said to be no more than likely.
    let mut sessions = Sessions::default();
    learn(&mut sessions, &here);
    let found = behind(&sessions, &role("Admin", "work", MAIN, "ASIA1")).unwrap();
    assert_eq!((found.kind, found.account.unwrap().raw()), (ActorKind::OutsideAccount, JUMP));
    assert_eq!(found.sure, Sure::Likely);
}

#[test]
fn a_chain_whose_beginning_nobody_saw_ends_with_what_the_session_says() {
    let mut sessions = Sessions::default();
    learn(&mut sessions, &taken(&role("Jump", "alice", JUMP, "ASIA1"), MAIN, "Admin", "ASIA2", 1));
    let found = behind(&sessions, &role("Admin", "work", MAIN, "ASIA2")).unwrap();
    assert_eq!((found.name.raw(), found.how, found.sure), ("alice", How::SessionName, Sure::Claimed));
    assert_eq!(roles(&found), [format!("Admin of {MAIN}"), format!("Jump of {JUMP}")]);
    let mut with_identity = taken(&role("Jump", "work", JUMP, "ASIA1"), MAIN, "Admin", "ASIA3", 1);
    with_identity["requestParameters"]["sourceIdentity"] = json!("alice");
    learn(&mut sessions, &with_identity);
    let found = behind(&sessions, &role("Admin", "work", MAIN, "ASIA3")).unwrap();
    assert_eq!((found.name.raw(), found.how, found.sure), ("alice", How::SourceIdentity, Sure::Likely));
}

#[test]
fn a_session_says_what_it_can_for_what_that_is_worth() {
    let sessions = Sessions::default();
    let named = behind(&sessions, &role("Admin", "alice", MAIN, "ASIA9")).unwrap();
    assert_eq!((named.name.raw(), named.how, named.sure), ("alice", How::SessionName, Sure::Claimed));
    let mut who = role("Admin", "work", MAIN, "ASIA9");
    who["sessionContext"]["sourceIdentity"] = json!("alice");
    let named = behind(&sessions, &who).unwrap();
    assert_eq!((named.name.raw(), named.how, named.sure), ("alice", How::SourceIdentity, Sure::Likely));
    let mut instance = role("Web", "i-0123456789abcdef0", MAIN, "ASIA9");
    assert_eq!(behind(&sessions, &instance).unwrap().how, How::Machine);
    assert_eq!(behind(&sessions, &instance).unwrap().sure, Sure::Likely);
    instance["sessionContext"]["ec2RoleDelivery"] = json!("2.0");
    assert_eq!(behind(&sessions, &instance).unwrap().sure, Sure::Certain);
    let service = role("AWSServiceRoleForSupport", "support", MAIN, "ASIA9");
    assert_eq!(behind(&sessions, &service).unwrap().how, How::Machine);
    let person =
        behind(&sessions, &role("AWSReservedSSO_Admins_0123456789abcdef", "erin@example.com", MAIN, "ASIA9"));
    let person = person.unwrap();
    assert_eq!((person.name.raw(), person.how), ("erin@example.com", How::IdentityCenter));
    assert_eq!(roles(&person), [format!("Admins of {MAIN}")]);
    // Who acts without a role is who they are.
    assert_eq!(behind(&sessions, &user("alice", MAIN)), None);
}

#[test]
fn identity_providers_people_and_pipelines_are_told_apart() {
    let mut sessions = Sessions::default();
    let by = |event: &str, who: Value, key: &str| {
        let mut grant = taken(&who, MAIN, "Deploy", key, 0);
        grant["eventName"] = json!(event);
        grant
    };
    let saml = json!({ "type": "SAMLUser", "principalId": "x:dave", "userName": "dave@example.com" });
    learn(&mut sessions, &by("AssumeRoleWithSAML", saml, "ASIA1"));
    let found = behind(&sessions, &role("Deploy", "dave", MAIN, "ASIA1")).unwrap();
    assert_eq!(
        (found.name.raw(), found.how, found.sure),
        ("dave@example.com", How::Federated, Sure::Certain)
    );
    // The sign-in to the console that follows has no key: the provider's name for the session leads there.
    let sign_in = |at: &str| {
        record(
            &json!({ "eventTime": at, "eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn", "recipientAccountId": MAIN,
            "userIdentity": role("Deploy", "work", MAIN, "") }),
        )
    };
    let console = sign_in("2026-11-23T12:00:05Z");
    let found = sessions.behind(&console, &Actor::of(&console)).unwrap();
    assert_eq!((found.name.raw(), found.how, found.sure), ("dave@example.com", How::Federated, Sure::Likely));
    let before = sign_in("2026-11-23T11:59:59Z");
    assert_eq!(sessions.behind(&before, &Actor::of(&before)).unwrap().how, How::SessionName);
    let pipeline = json!({ "type": "WebIdentityUser", "userName": "repo:example/app:ref:refs/heads/main" });
    learn(&mut sessions, &by("AssumeRoleWithWebIdentity", pipeline, "ASIA2"));
    let found = behind(&sessions, &role("Deploy", "GitHubActions", MAIN, "ASIA2")).unwrap();
    assert_eq!(found.name.raw(), "repo:example/app:ref:refs/heads/main");
    assert_eq!((found.how, found.sure), (How::Machine, Sure::Certain));
}

#[test]
fn a_switch_in_the_console_says_who_switched() {
    let switch = |at: &str| {
        json!({ "eventSource": "signin.amazonaws.com", "eventName": "SwitchRole", "eventType": "AwsConsoleSignIn", "eventTime": at,
            "recipientAccountId": MAIN, "userIdentity": role("Admin", "alice", MAIN, ""),
            "responseElements": { "SwitchRole": "Success" },
            "additionalEventData": { "SwitchFrom": format!("arn:aws:iam::{JUMP}:user/alice") } })
    };
    let mut sessions = Sessions::default();
    learn(&mut sessions, &switch("2026-11-23T12:00:01Z"));
    let found = behind(&sessions, &role("Admin", "alice", MAIN, "ASIA5")).unwrap();
    assert_eq!((found.name.raw(), found.account.as_ref().unwrap().raw()), ("alice", JUMP));
    assert_eq!((found.how, found.sure, found.kind), (How::RoleSwitch, Sure::Certain, ActorKind::IamUser));
    // Another session of the same name is another matter.
    let mut sessions = Sessions::default();
    learn(&mut sessions, &switch("2026-11-23T09:00:00Z"));
    assert_eq!(behind(&sessions, &role("Admin", "alice", MAIN, "ASIA5")).unwrap().how, How::SessionName);
    assert_eq!(behind(&sessions, &role("Admin", "bob", MAIN, "ASIA5")).unwrap().how, How::SessionName);
}

#[test]
fn a_user_who_asks_for_a_session_token_first_is_found_all_the_same() {
    let mut sessions = Sessions::default();
    let mut token = taken(&user("alice", MAIN), MAIN, "", "ASIA1", 0);
    token["eventName"] = json!("GetSessionToken");
    learn(&mut sessions, &token);
    let mut with_token = user("alice", MAIN);
    with_token["accessKeyId"] = json!("ASIA1");
    learn(&mut sessions, &taken(&with_token, MAIN, "Admin", "ASIA2", 1));
    let found = behind(&sessions, &role("Admin", "work", MAIN, "ASIA2")).unwrap();
    assert_eq!((found.name.raw(), found.sure), ("alice", Sure::Certain));
}

#[test]
fn what_has_run_out_is_forgotten_and_what_is_kept_is_known_again() {
    let mut sessions = Sessions::default();
    learn(&mut sessions, &taken(&user("alice", MAIN), MAIN, "Admin", "ASIA1", 0));
    // Heard of a month later, it is kept for what else is heard of then.
    let mut late = Sessions::default();
    let grant = SessionGrant::of(&record(&taken(&user("alice", MAIN), MAIN, "Admin", "ASIA1", 0))).unwrap();
    late.learn(&grant, "2026-12-24T00:00:00Z".parse().unwrap());
    late.forget("2026-12-24T02:59:59Z".parse().unwrap());
    assert_eq!(late.len(), 1);
    let mut again = Sessions::default();
    again.restore(sessions.take_changes().into_iter().map(|(key, kept)| (key, kept.unwrap())));
    let who = role("Admin", "work", MAIN, "ASIA1");
    assert_eq!(behind(&again, &who), behind(&sessions, &who));
    again.forget("2026-11-24T01:59:59Z".parse().unwrap());
    assert_eq!(again.len(), 1);
    again.forget("2026-11-24T02:00:01Z".parse().unwrap());
    assert!(again.is_empty());
    assert_eq!(again.take_changes(), [("ASIA1".to_owned(), None)]);
}

#[test]
fn keys_that_hand_each_other_out_lead_nowhere_and_do_not_hang() {
    let mut sessions = Sessions::default();
    learn(&mut sessions, &taken(&role("A", "work", MAIN, "ASIA2"), MAIN, "B", "ASIA1", 0));
    learn(&mut sessions, &taken(&role("B", "work", MAIN, "ASIA1"), MAIN, "A", "ASIA2", 0));
    let found = behind(&sessions, &role("B", "work", MAIN, "ASIA1")).unwrap();
    assert_eq!((found.how, found.sure), (How::SessionName, Sure::Claimed));
}

proptest! {
    /// The obvious way: from each key back to the one that asked for it, with all grants at hand.
    #[test]
    fn any_grants_in_any_order_lead_where_looking_through_all_of_them_leads(
        parents in prop::collection::vec(0_usize..8, 1..8),
        seed in prop::collection::vec(any::<u32>(), 8),
    ) {
        // Grant n hands out ASIAn; its caller is user u or the session of an earlier grant.
        let grants: Vec<(Option<usize>, Value)> = parents.iter().enumerate().map(|(nth, parent)| {
            let parent = (*parent < nth).then_some(*parent);
            let who = parent.map_or_else(
                || user(&format!("user{nth}"), JUMP),
                |parent| role(&format!("R{parent}"), "work", MAIN, &format!("ASIA{parent}")),
            );
            (parent, taken(&who, MAIN, &format!("R{nth}"), &format!("ASIA{nth}"), nth.try_into().unwrap()))
        }).collect();
        let mut order: Vec<usize> = (0..grants.len()).collect();
        order.sort_by_key(|nth| seed[*nth]);
        let mut sessions = Sessions::default();
        for nth in order {
            learn(&mut sessions, &grants[nth].1);
        }
        for nth in 0..grants.len() {
            let (mut at, mut chain) = (nth, vec![format!("R{nth}")]);
            while let Some(parent) = grants[at].0 {
                chain.push(format!("R{parent}"));
                at = parent;
            }
            let found = behind(&sessions, &role(&format!("R{nth}"), "work", MAIN, &format!("ASIA{nth}"))).unwrap();
            prop_assert_eq!(found.name.raw(), format!("user{at}"));
            let hops: Vec<&str> = found.chain.iter().map(|hop| hop.role.raw()).collect();
            prop_assert_eq!(hops, chain);
        }
    }

    /// Kept as texts, unread, they lead where they lead when each is read at once.
    #[test]
    fn unread_grants_lead_where_read_ones_lead(
        links in prop::collection::vec((0_usize..8, 0_usize..6, 0_usize..3, any::<bool>()), 1..10),
        asked in prop::collection::vec((0_usize..8, any::<bool>()), 1..6),
    ) {
        let callers = [
            user("alice", MAIN),
            user("alice", JUMP),
            role("Jump", "work", MAIN, "ASIA1"),
            role("Jump", "alice@example.com", JUMP, "ASIA2"),
            role("AWSReservedSSO_Admins_0123456789abcdef", "alice", MAIN, "ASIA3"),
            json!({ "type": "AWSAccount", "principalId": "AIDAalice", "accountId": JUMP }),
        ];
        let switch = json!({ "eventSource": "signin.amazonaws.com", "eventName": "SwitchRole", "eventTime": "2026-11-23T11:59:30Z",
            "eventType": "AwsConsoleSignIn", "recipientAccountId": MAIN, "userIdentity": role("Jump", "work", MAIN, ""),
            "additionalEventData": { "SwitchFrom": format!("arn:aws:iam::{MAIN}:user/carol") },
            "responseElements": { "SwitchRole": "Success" } });
        let (mut read, mut unread) = (Sessions::default(), Sessions::default());
        for (minute, (key, caller, shared, with_identity)) in links.into_iter().enumerate() {
            let mut link = taken(&callers[caller], MAIN, "Admin", &format!("ASIA{key}"), minute.try_into().unwrap());
            link["recipientAccountId"] = json!(MAIN);
            if shared > 0 {
                link["sharedEventID"] = json!(format!("s-{shared}"));
            }
            if with_identity {
                link["requestParameters"]["sourceIdentity"] = json!("dave");
            }
            if key == 7 {
                // Only this account's, or not as AWS writes it: read at once either way.
                link = if shared > 0 { link["responseElements"] = Value::Null; link } else { switch.clone() };
            }
            let Some(grant) = SessionGrant::of(&record(&link)) else { continue };
            read.learn(&grant, grant.at);
            match GrantTexts::pick(&link.to_string()) {
                Picked::Texts { whole, .. } => {
                    let texts = GrantTexts::of(&whole).unwrap();
                    prop_assert_eq!(texts.grant(), Some(grant.clone()));
                    unread.learn_texts(&texts, texts.at);
                    // Nobody is known where it is said that nobody can be.
                    let nobody = !unread.may_know_caller(&texts);
                    let known = read.behind_caller(&grant);
                    let is_claim = known.as_ref().is_none_or(|known| known.sure == Sure::Claimed || known.how == How::Machine);
                    prop_assert!(is_claim || !nobody, "{:?}", known);
                }
                Picked::Nothing | Picked::Unclear => unread.learn(&grant, grant.at),
            }
        }
        for (key, forgets) in asked {
            if forgets {
                let later = "2026-11-24T02:03:00Z".parse().unwrap();
                read.forget(later);
                unread.forget(later);
            }
            let who = role("Admin", "work", MAIN, &format!("ASIA{key}"));
            prop_assert_eq!(behind(&unread, &who), behind(&read, &who));
        }
        prop_assert_eq!(unread.take_changes(), read.take_changes());
    }
}
