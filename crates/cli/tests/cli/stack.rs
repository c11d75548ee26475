//! What a stack did is one notice, and nobody who gets it can overlook its second change.

use serde_json::{Value, json};

use crate::util::with_input;

fn through_cloudformation(second: u32, event: &str, parameters: &Value, error: Option<&str>) -> String {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "invokedBy": "cloudformation.amazonaws.com"},
        "eventTime": format!("2026-11-14T12:00:{second:02}Z"),
        "eventSource": "iam.amazonaws.com", "eventName": event, "awsRegion": "us-east-1",
        "sourceIPAddress": "cloudformation.amazonaws.com", "userAgent": "cloudformation.amazonaws.com",
        "requestParameters": parameters, "eventID": format!("00000000-0000-0000-0000-0000000000{second:02}"),
        "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
    });
    if let Some(error) = error {
        record["errorCode"] = error.into();
    }
    record.to_string() + "\n"
}

#[test]
fn every_change_of_a_stack_is_in_its_notice_with_its_severity() {
    let administrator =
        json!({"roleName": "app", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    let bob = json!({"userName": "bob"});
    let events = [
        through_cloudformation(1, "CreateUser", &bob, None),
        through_cloudformation(2, "AttachRolePolicy", &administrator, None),
        through_cloudformation(
            3,
            "CreateGroup",
            &json!({"groupName": "ops"}),
            Some("EntityAlreadyExistsException"),
        ),
    ]
    .concat();
    let (notices, summary) = with_input(&["scan", "-", "--output", "json"], events.as_bytes()).scan();
    assert_eq!(summary["folded"], 2);
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!(notice["headline"], "alice attached AdministratorAccess to role app.");
    let folded: Vec<(&str, &str)> = notice["folded"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["severity"].as_str().unwrap(), one["headline"].as_str().unwrap()))
        .collect();
    assert_eq!(folded[0], ("medium", "alice created IAM user bob."));
    assert_eq!(folded[1].0, "info");
    assert!(folded[1].1.ends_with("and failed (EntityAlreadyExistsException)."), "{folded:?}");
    assert!(notice["one_line"].as_str().unwrap().contains("(+2 more)"));

    let text = with_input(&["scan", "-"], events.as_bytes()).stdout;
    assert!(text.contains("Also     MEDIUM: alice created IAM user bob.\n"), "{text}");
    let japanese = with_input(&["scan", "-", "--lang", "ja"], events.as_bytes()).stdout;
    assert!(japanese.contains("【中】alice が IAM ユーザー bob を作成しました。"), "{japanese}");
}
