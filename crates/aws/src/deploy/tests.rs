//! What CloudFormation, S3, SNS and Lambda are asked, and what is made of their answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::response::Response;

use super::*;
use crate::testing::{Asked, Fake, answer};

const ID: &str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/bell/1";

fn refused(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    answer(status, body)
}

fn stacks(status: &str) -> String {
    format!(
        "<R><DescribeStacksResult><Stacks><member><StackId>{ID}</StackId><StackName>bell</StackName>\
         <StackStatus>{status}</StackStatus><StackStatusReason>so</StackStatusReason>\
         <Parameters><member><ParameterKey>Language</ParameterKey><ParameterValue>ja</ParameterValue></member></Parameters>\
         <Outputs><member><Description>d</Description><OutputKey>TopicArn</OutputKey><OutputValue>arn:t</OutputValue></member></Outputs>\
         </member></Stacks></DescribeStacksResult></R>"
    )
}

/// Events as CloudFormation lists them, newest first, from oldest first.
fn events(told: &[(&str, &str, &str, &str)]) -> String {
    let member = |(at, (logical, kind, status, reason)): (usize, &(&str, &str, &str, &str))| {
        format!(
            "<member><EventId>e{at}</EventId><Timestamp>2026-11-24T10:00:0{at}Z</Timestamp>\
             <LogicalResourceId>{logical}</LogicalResourceId><PhysicalResourceId>p-{logical}</PhysicalResourceId>\
             <ResourceType>{kind}</ResourceType><ResourceStatus>{status}</ResourceStatus>\
             <ResourceStatusReason>{reason}</ResourceStatusReason></member>"
        )
    };
    let members: Vec<String> = told.iter().enumerate().map(member).rev().collect();
    format!("<R><StackEvents>{}</StackEvents></R>", members.concat())
}

const STACK: &str = "AWS::CloudFormation::Stack";

#[tokio::test]
async fn a_stack_is_read_and_one_that_is_not_there_is_none() {
    let fake = Fake::start(|_| answer(200, stacks("CREATE_COMPLETE"))).await;
    let stack = fake.aws().stack("eu-west-1", "bell").await.unwrap().unwrap();
    assert_eq!((stack.id.as_str(), stack.state()), (ID, StackState::Stands));
    assert_eq!(stack.parameters["Language"], "ja");
    assert_eq!(stack.outputs["TopicArn"], "arn:t");
    assert_eq!(fake.asked()[0].region(), "eu-west-1");

    let fake = Fake::start(|_| refused(400, "ValidationError", "Stack with id bell does not exist")).await;
    assert_eq!(fake.aws().stack("eu-west-1", "bell").await, Ok(None));
    let fake = Fake::start(|_| refused(403, "AccessDenied", "no")).await;
    let error = fake.aws().stack("eu-west-1", "bell").await.unwrap_err().to_string();
    assert!(error.contains("allow cloudformation:DescribeStacks"), "{error}");
}

#[test]
fn every_status_says_what_can_be_done() {
    for (status, state) in [
        ("UPDATE_ROLLBACK_COMPLETE", StackState::Stands),
        ("REVIEW_IN_PROGRESS", StackState::Proposed),
        ("ROLLBACK_COMPLETE", StackState::Wreck),
        ("DELETE_FAILED", StackState::Wreck),
        ("UPDATE_ROLLBACK_FAILED", StackState::Stuck),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", StackState::Busy),
        ("DELETE_IN_PROGRESS", StackState::Busy),
        ("DELETE_COMPLETE", StackState::Gone),
    ] {
        assert_eq!(Stack { status: status.to_owned(), ..Stack::default() }.state(), state, "{status}");
    }
}

/// CloudFormation for change sets: the second look finds it worked out, as `described` says.
fn proposing(described: &'static str) -> impl Fn(Asked) -> Response + Send + Sync + 'static {
    let looks = AtomicUsize::new(0);
    move |asked| match asked.operation().as_str() {
        "CreateChangeSet" => answer(200, format!("<R><Id>arn:cs</Id><StackId>{ID}</StackId></R>")),
        "DescribeChangeSet" if looks.fetch_add(1, Ordering::SeqCst) == 0 => {
            answer(200, "<R><Status>CREATE_IN_PROGRESS</Status></R>")
        }
        "DescribeChangeSet" if asked.parameter("NextToken").is_some() => answer(
            200,
            "<R><Status>CREATE_COMPLETE</Status><Changes><member><ResourceChange><Action>Remove</Action>\
             <LogicalResourceId>Old</LogicalResourceId></ResourceChange></member></Changes></R>",
        ),
        "DescribeChangeSet" => answer(200, described),
        _ => answer(200, "<R/>"),
    }
}

#[tokio::test]
async fn a_change_set_is_made_waited_for_and_read_to_its_last_page() {
    let fake = Fake::start(proposing(
        "<R><Status>CREATE_COMPLETE</Status><NextToken>t</NextToken><Changes><member><Type>Resource</Type><ResourceChange>\
         <Action>Modify</Action><LogicalResourceId>Topic</LogicalResourceId><PhysicalResourceId>arn:t</PhysicalResourceId>\
         <ResourceType>AWS::SNS::Topic</ResourceType><Replacement>True</Replacement><Scope><member>Properties</member></Scope>\
         </ResourceChange></member></Changes></R>",
    ))
    .await;
    let parameters = [
        ("Language".to_owned(), Parameter::Is("ja".to_owned())),
        ("TimeZone".to_owned(), Parameter::AsItWas),
    ];
    let aws = fake.aws();
    let proposal =
        aws.propose("eu-west-1", "bell", false, TemplateAt::Body("Resources: {}"), &parameters).await;
    let Ok(Proposal::Changes(change_set)) = proposal else { panic!("{proposal:?}") };
    assert_eq!((change_set.id.as_str(), change_set.stack_id.as_str()), ("arn:cs", ID));
    let names: Vec<&str> = change_set.changes.iter().map(|change| change.logical_id.as_str()).collect();
    assert_eq!(names, ["Topic", "Old"]);
    assert_eq!(change_set.changes[0].replacement, "True");
    let asked = &fake.asked()[0];
    for (name, value) in [
        ("ChangeSetType", "UPDATE"),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("TemplateBody", "Resources: {}"),
        ("Parameters.member.1.ParameterKey", "Language"),
        ("Parameters.member.1.ParameterValue", "ja"),
        ("Parameters.member.2.UsePreviousValue", "true"),
    ] {
        assert_eq!(asked.parameter(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(asked.parameter("ClientToken"), asked.parameter("ChangeSetName"));

    aws.execute("eu-west-1", "bell", &change_set).await.unwrap();
    aws.withdraw("eu-west-1", "bell", &ChangeSet { is_new: true, ..change_set }).await.unwrap();
    let operations: Vec<String> = fake.asked().iter().map(Asked::operation).collect();
    assert_eq!(operations[4..], ["ExecuteChangeSet", "DeleteChangeSet", "DeleteStack"]);
}

#[tokio::test]
async fn no_changes_is_an_answer_and_anything_else_a_reason() {
    for reason in [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ] {
        let described: &'static str =
            format!("<R><Status>FAILED</Status><StatusReason>{reason}</StatusReason></R>").leak();
        let fake = Fake::start(proposing(described)).await;
        let proposal =
            fake.aws().propose("eu-west-1", "bell", false, TemplateAt::Url("https://u"), &[]).await;
        assert_eq!(proposal, Ok(Proposal::Nothing));
        assert_eq!(fake.asked().last().unwrap().operation(), "DeleteChangeSet", "it is not left lying");
    }
    let fake = Fake::start(proposing(
        "<R><Status>FAILED</Status><StatusReason>Template error:&#x1b;[2J no</StatusReason></R>",
    ))
    .await;
    let error =
        fake.aws().propose("eu-west-1", "bell", true, TemplateAt::Url("https://u"), &[]).await.unwrap_err();
    assert!(error.to_string().contains("does not take it: Template error:\u{fffd}[2J no"), "{error}");
    assert_eq!(fake.asked().last().unwrap().operation(), "DeleteStack", "nor is the name of a new stack");
}

#[tokio::test]
async fn events_are_read_across_pages_up_to_what_is_known_oldest_first() {
    let fake = Fake::start(|asked| {
        let all = events(&[
            ("bell", STACK, "UPDATE_IN_PROGRESS", ""),
            ("Topic", "AWS::SNS::Topic", "UPDATE_COMPLETE", ""),
            ("bell", STACK, "UPDATE_COMPLETE", ""),
        ]);
        if asked.parameter("NextToken").is_none() {
            return answer(200, "<R><StackEvents/><NextToken>t</NextToken></R>");
        }
        answer(200, all)
    })
    .await;
    let told = fake.aws().stack_events("eu-west-1", ID, Some("e0")).await.unwrap();
    let ids: Vec<&str> = told.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["e1", "e2"]);
}

#[tokio::test]
async fn a_stack_is_followed_through_throttling_to_its_end_and_each_event_is_told_once() {
    let looks = Arc::new(AtomicUsize::new(0));
    let seen = looks.clone();
    let fake = Fake::start(move |asked| {
        let look = seen.load(Ordering::SeqCst);
        match asked.operation().as_str() {
            "DescribeStacks" => {
                seen.fetch_add(1, Ordering::SeqCst);
                match look {
                    // The stack seems to stand while CloudFormation has not begun yet.
                    0 => answer(200, stacks("CREATE_COMPLETE")),
                    1..=5 => refused(400, "Throttling", "Rate exceeded"),
                    6 => answer(200, stacks("UPDATE_IN_PROGRESS")),
                    _ => answer(200, stacks("UPDATE_COMPLETE")),
                }
            }
            _ if look <= 1 => answer(200, events(&[("bell", STACK, "CREATE_COMPLETE", "")])),
            _ if look <= 7 => answer(
                200,
                events(&[("bell", STACK, "CREATE_COMPLETE", ""), ("bell", STACK, "UPDATE_IN_PROGRESS", "")]),
            ),
            _ => answer(
                200,
                events(&[
                    ("bell", STACK, "CREATE_COMPLETE", ""),
                    ("bell", STACK, "UPDATE_IN_PROGRESS", ""),
                    ("Topic", "AWS::SNS::Topic", "UPDATE_COMPLETE", ""),
                    ("bell", STACK, "UPDATE_COMPLETE", ""),
                ]),
            ),
        }
    })
    .await;
    let told = Mutex::new(Vec::new());
    let ended = fake
        .aws()
        .follow("eu-west-1", ID, Some("e0".to_owned()), |event| {
            told.lock().unwrap().push(event.status.clone());
        })
        .await
        .unwrap();
    assert_eq!(ended.status, "UPDATE_COMPLETE");
    assert_eq!(*told.lock().unwrap(), ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_COMPLETE"]);
}

#[tokio::test]
async fn a_stack_that_is_no_longer_known_is_deleted() {
    let fake = Fake::start(|_| refused(400, "ValidationError", "Stack with id bell does not exist")).await;
    assert_eq!(fake.aws().follow("eu-west-1", ID, None, |_| ()).await.unwrap().status, "DELETE_COMPLETE");
    let fake = Fake::start(|_| refused(403, "AccessDenied", "no")).await;
    assert!(fake.aws().follow("eu-west-1", ID, None, |_| ()).await.unwrap_err().is_denied());
}

fn event(logical: &str, kind: &str, status: &str, reason: &str) -> StackEvent {
    StackEvent {
        logical_id: logical.to_owned(),
        kind: kind.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        ..StackEvent::default()
    }
}

#[test]
fn the_reason_is_the_first_failure_that_is_nobody_else_s() {
    let events = [
        event("bell", STACK, "CREATE_IN_PROGRESS", "User Initiated"),
        event("Table", "AWS::DynamoDB::Table", "CREATE_FAILED", "Resource creation cancelled"),
        event("Key", "AWS::KMS::Key", "CREATE_FAILED", "You may not kms:CreateKey"),
        event("Queue", "AWS::SQS::Queue", "CREATE_FAILED", "Resource creation cancelled"),
        event(
            "bell",
            STACK,
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [Table, Key, Queue].",
        ),
        event("Topic", "AWS::SNS::Topic", "DELETE_FAILED", "no"),
    ];
    assert_eq!(first_reason(&events).unwrap().logical_id, "Key");
    assert_eq!(first_reason(&events[..2]).unwrap().logical_id, "Table", "what there is");
    let of_stack = [event("bell", STACK, "ROLLBACK_IN_PROGRESS", "a hook said no")];
    assert_eq!(first_reason(&of_stack).unwrap().reason, "a hook said no");
    assert_eq!(first_reason(&[]), None);
}

#[test]
fn what_a_stack_leaves_is_told_by_its_kind() {
    let skipped = |kind: &str, name: &str| StackEvent {
        physical_id: name.to_owned(),
        ..event("x", kind, "DELETE_SKIPPED", "")
    };
    let events = [
        skipped("AWS::S3::Bucket", "logs"),
        skipped("AWS::Logs::LogGroup", "/trail"),
        skipped("AWS::KMS::Key", "k"),
        skipped("AWS::S3::Bucket", ""),
        event("y", "AWS::S3::Bucket", "DELETE_COMPLETE", ""),
    ];
    let wanted = [
        Leftover::Bucket("logs".to_owned()),
        Leftover::LogGroup("/trail".to_owned()),
        Leftover::Other("AWS::KMS::Key".to_owned(), "k".to_owned()),
    ];
    assert_eq!(Leftover::among(&events), wanted);
}

fn bucket(fake: &Fake, region: &str) -> Bucket {
    Bucket::for_uploads(fake.aws(), region, "123456789012", "bell")
}

/// Method, path and query of everything that was asked.
fn lines(fake: &Fake) -> Vec<String> {
    fake.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
}

#[tokio::test]
async fn the_bucket_is_made_closed_and_encrypted_and_every_call_names_its_owner() {
    let fake = Fake::start(|asked| answer(if asked.method == "HEAD" { 404 } else { 200 }, "")).await;
    let bucket = bucket(&fake, "eu-west-1");
    assert_eq!(bucket.name(), "trailbell-123456789012-eu-west-1-f683740c");
    assert!(bucket.make().await.unwrap());
    bucket.put("a b.zip", b"zip".to_vec()).await.unwrap();
    let name = bucket.name();
    assert_eq!(
        lines(&fake),
        [
            format!("HEAD /{name}/"),
            format!("PUT /{name}/"),
            format!("PUT /{name}/?publicAccessBlock="),
            format!("PUT /{name}/?encryption="),
            format!("PUT /{name}/?policy="),
            format!("PUT /{name}/a%20b.zip"),
        ]
    );
    for (at, asked) in fake.asked().iter().enumerate() {
        let owner = if at == 1 { "" } else { "123456789012" };
        assert_eq!(asked.header("x-amz-expected-bucket-owner"), owner, "{}", asked.path);
        assert_eq!(asked.header("x-amz-checksum-sha256").is_empty(), asked.body.is_empty());
        assert_eq!(asked.region(), "eu-west-1");
    }
    let asked = fake.asked();
    assert_eq!(asked[1].header("x-amz-object-ownership"), "BucketOwnerEnforced");
    assert!(String::from_utf8_lossy(&asked[1].body).contains("<LocationConstraint>eu-west-1"));
    assert!(String::from_utf8_lossy(&asked[2].body).contains("<RestrictPublicBuckets>true"));

    let fake = Fake::start(|asked| answer(if asked.method == "HEAD" { 404 } else { 200 }, "")).await;
    assert!(self::bucket(&fake, "us-east-1").make().await.unwrap());
    assert!(fake.asked()[1].body.is_empty(), "us-east-1 may not be named");
}

#[tokio::test]
async fn somebody_else_s_bucket_is_never_used() {
    let fake = Fake::start(|_| answer(403, "")).await;
    let error = bucket(&fake, "eu-west-1").make().await.unwrap_err().to_string();
    assert!(error.contains("another account's") && error.contains("--stack-name"), "{error}");
    assert_eq!(fake.asked().len(), 1);

    let fake = Fake::start(|asked| {
        if asked.method == "HEAD" { answer(404, "") } else { refused(409, "BucketAlreadyExists", "taken") }
    })
    .await;
    let error = bucket(&fake, "eu-west-1").make().await.unwrap_err().to_string();
    assert!(error.contains("is another account's: choose another --stack-name"), "{error}");
}

#[tokio::test]
async fn a_bucket_made_meanwhile_and_one_just_given_up_are_no_obstacles() {
    let fake = Fake::start(|asked| match (asked.method.as_str(), asked.path.contains('?')) {
        ("HEAD", _) => answer(404, ""),
        (_, false) => refused(409, "BucketAlreadyOwnedByYou", ""),
        _ => answer(200, ""),
    })
    .await;
    assert!(bucket(&fake, "eu-west-1").make().await.unwrap());
    let tries = AtomicUsize::new(0);
    let fake = Fake::start(move |asked| match (asked.method.as_str(), asked.path.contains('?')) {
        ("HEAD", _) => answer(404, ""),
        (_, false) if tries.fetch_add(1, Ordering::SeqCst) < 2 => refused(409, "OperationAborted", ""),
        _ => answer(200, ""),
    })
    .await;
    assert!(bucket(&fake, "eu-west-1").make().await.unwrap());
}

#[tokio::test]
async fn a_bucket_is_emptied_page_by_page_and_deleted() {
    let fake = Fake::start(|asked| {
        if asked.path.contains("key-marker=b") {
            answer(200, "<L><DeleteMarker><Key>c%00</Key><VersionId>v 3</VersionId></DeleteMarker></L>")
        } else if asked.method == "GET" {
            answer(
                200,
                "<L><IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>\
                 <Version><Key>a</Key><VersionId>v1</VersionId></Version><Version><Key>b</Key><VersionId>v2</VersionId></Version></L>",
            )
        } else {
            answer(200, "<DeleteResult/>")
        }
    })
    .await;
    let bucket = bucket(&fake, "eu-west-1");
    let mut counted = Vec::new();
    bucket.empty(|gone| counted.push(gone)).await.unwrap();
    bucket.delete().await.unwrap();
    assert_eq!(counted, [2, 3]);
    let name = bucket.name();
    assert_eq!(
        lines(&fake),
        [
            format!("GET /{name}/?encoding-type=url&versions="),
            format!("POST /{name}/?delete="),
            format!("GET /{name}/?encoding-type=url&key-marker=b&version-id-marker=v2&versions="),
            format!("DELETE /{name}/c%00?versionId=v%203"),
            format!("DELETE /{name}/"),
        ]
    );
}

#[tokio::test]
async fn what_is_not_deleted_is_an_error_and_what_is_not_there_is_none() {
    let fake = Fake::start(|asked| {
        if asked.method == "GET" {
            answer(200, "<L><Version><Key>a</Key><VersionId>v1</VersionId></Version></L>")
        } else {
            answer(
                200,
                "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>",
            )
        }
    })
    .await;
    let error = bucket(&fake, "eu-west-1").empty(|_| ()).await.unwrap_err().to_string();
    assert!(error.contains("a was not deleted: no") && error.contains("allow s3:DeleteObject"), "{error}");

    let gone = Fake::start(|_| refused(404, "NoSuchBucket", "")).await;
    let bucket = bucket(&gone, "eu-west-1");
    bucket.empty(|_| ()).await.unwrap();
    bucket.delete().await.unwrap();
    assert_eq!(bucket.get("k", 10).await, Ok(None));
    assert_eq!(bucket.is_there().await, Ok(false));
}

#[tokio::test]
async fn leftovers_go_and_a_key_is_kept() {
    let fake = Fake::start(|_| answer(200, "<L/>")).await;
    let aws = fake.aws();
    for leftover in [
        Leftover::Bucket("logs".to_owned()),
        Leftover::LogGroup("/trail".to_owned()),
        Leftover::Other("x".to_owned(), "y".to_owned()),
    ] {
        aws.delete_leftover("eu-west-1", "123456789012", &leftover, |_| ()).await.unwrap();
    }
    assert_eq!(aws.keep_key("eu-west-1", "k").await, Ok(true));
    let asked = fake.asked();
    assert_eq!(asked.len(), 5);
    assert_eq!(asked[1].method, "DELETE");
    let operations: Vec<String> = asked[2..].iter().map(Asked::operation).collect();
    assert_eq!(operations, ["DeleteLogGroup", "CancelKeyDeletion", "EnableKey"]);
}

#[tokio::test]
async fn a_key_that_was_kept_before_is_switched_on_and_one_that_is_gone_is_said_to_be() {
    let kept = Fake::start(|asked| {
        if asked.operation() == "CancelKeyDeletion" {
            answer(400, r#"{"__type":"KMSInvalidStateException","message":"it is not pending deletion"}"#)
        } else {
            answer(200, "{}")
        }
    })
    .await;
    assert_eq!(kept.aws().keep_key("eu-west-1", "k").await, Ok(true));
    assert_eq!(kept.asked().last().map(Asked::operation).as_deref(), Some("EnableKey"));
    let gone = Fake::start(|_| answer(400, r#"{"__type":"NotFoundException","message":"no"}"#)).await;
    assert_eq!(gone.aws().keep_key("eu-west-1", "k").await, Ok(false));
    let denied = Fake::start(|_| answer(400, r#"{"__type":"AccessDeniedException","message":"no"}"#)).await;
    assert!(denied.aws().keep_key("eu-west-1", "k").await.unwrap_err().is_denied());
}

#[tokio::test]
async fn one_version_of_an_object_is_fetched_where_one_is_named() {
    let fake = Fake::start(|_| answer(200, "zip")).await;
    assert_eq!(bucket(&fake, "eu-west-1").get_version("k", Some("v1"), 10).await, Ok(Some(b"zip".to_vec())));
    let asked = fake.asked();
    assert!(asked[0].path.contains("versionId=v1"), "{}", asked[0].path);
    assert_eq!(asked[0].header("x-amz-expected-bucket-owner"), "123456789012");
}

#[tokio::test]
async fn resources_are_listed_to_the_last_page() {
    let fake = Fake::start(|asked| {
        let (name, more) = if asked.parameter("NextToken").is_none() {
            ("A", "<NextToken>t</NextToken>")
        } else {
            ("B", "")
        };
        answer(
            200,
            format!(
                "<R><StackResourceSummaries><member><LogicalResourceId>{name}</LogicalResourceId></member>\
                 </StackResourceSummaries>{more}</R>"
            ),
        )
    })
    .await;
    let resources = fake.aws().stack_resources("eu-west-1", ID).await.unwrap();
    let names: Vec<&str> = resources.iter().map(|resource| resource.logical_id.as_str()).collect();
    assert_eq!(names, ["A", "B"]);
}

#[tokio::test]
async fn addresses_are_subscribed_and_subscriptions_ended_where_the_topic_is() {
    let topic = "arn:aws:sns:eu-west-1:123456789012:bell";
    let fake = Fake::start(|_| answer(200, "<R/>")).await;
    let aws = fake.aws();
    aws.subscribe_mail(topic, "a@example.com").await.unwrap();
    aws.unsubscribe(&format!("{topic}:1")).await.unwrap();
    let asked = fake.asked();
    assert_eq!(asked[0].parameter("Endpoint").as_deref(), Some("a@example.com"));
    assert_eq!(asked[0].parameter("Protocol").as_deref(), Some("email"));
    assert_eq!(asked[1].operation(), "Unsubscribe");
    assert!(asked.iter().all(|asked| asked.region() == "eu-west-1"));
}

#[tokio::test]
async fn a_function_says_how_it_is() {
    let fake = Fake::start(|_| {
        answer(200, r#"{"State":"Active","LastUpdateStatus":"Successful","CodeSize":9,"Environment":{}}"#)
    })
    .await;
    let function =
        fake.aws().function("eu-west-1", "arn:aws:lambda:eu-west-1:1:function:bell").await.unwrap();
    assert_eq!((function.state.as_str(), function.code_size), ("Active", 9));
    let path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Abell/configuration";
    assert_eq!(fake.asked()[0].path, path);
}
