use super::*;
use crate::testing::{Fake, answer, refusal};

#[tokio::test]
async fn the_caller_is_known_by_account_and_arn() {
    let fake = Fake::start(|_| {
        answer(
            200,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><UserId>A:s</UserId><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        )
    })
    .await;
    let caller = fake.aws().caller().await.unwrap();
    assert_eq!(caller.account, "123456789012");
    assert_eq!(caller.arn, "arn:aws:sts::123456789012:assumed-role/r/s");
}

#[tokio::test]
async fn a_trail_is_told_with_what_it_records_and_why_it_cannot_deliver() {
    let fake = Fake::start(|asked| match asked.operation().as_str() {
        "DescribeTrails" => answer(
            200,
            json!({ "trailList": [
                { "Name": "main", "TrailARN": "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", "HomeRegion": "eu-west-1",
                  "IsMultiRegionTrail": true, "S3BucketName": "logs", "LogFileValidationEnabled": true },
                { "Name": "org", "TrailARN": "arn:aws:cloudtrail:us-east-1:210987654321:trail/org", "HomeRegion": "us-east-1",
                  "IsOrganizationTrail": true } ] })
            .to_string(),
        ),
        operation if asked.region() == "eu-west-1" => match operation {
            "GetTrailStatus" => answer(
                200,
                json!({ "IsLogging": true, "LatestDeliveryError": "NoSuchBucket", "LatestDeliveryTime": 1_700_000_000.5 })
                    .to_string(),
            ),
            "GetEventSelectors" => answer(
                200,
                json!({ "AdvancedEventSelectors": [
                    { "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Data"] }] },
                    { "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] },
                        { "Field": "readOnly", "Equals": ["false"] },
                        { "Field": "eventSource", "NotEquals": ["kms.amazonaws.com"] }] }] })
                .to_string(),
            ),
            other => panic!("{other}"),
        },
        _ => refusal(400, "TrailNotFoundException", "of another account"),
    })
    .await;
    let trails = fake.aws().trails().await.unwrap();
    let main = &trails[0];
    assert!(main.is_multi_region && main.has_file_validation && !main.is_organization);
    let status = main.status.as_ref().unwrap();
    assert!(status.is_logging);
    assert_eq!(status.delivery_error.as_deref(), Some("NoSuchBucket"));
    assert_eq!(status.delivered.unwrap().as_second(), 1_700_000_000);
    let wanted = Management { reads: false, writes: true, without: vec!["kms.amazonaws.com".into()] };
    assert_eq!(main.management.as_ref().unwrap(), &wanted);
    assert!(
        trails[1].status.as_ref().unwrap_err().is_missing(),
        "one that does not say does not hide the others"
    );
}

#[tokio::test]
async fn basic_selectors_say_what_of_the_management_events_is_recorded() {
    let fake = Fake::start(|asked| match asked.operation().as_str() {
        "DescribeTrails" => answer(200, r#"{"trailList":[{"Name":"t","TrailARN":"a"}]}"#),
        "GetEventSelectors" => answer(
            200,
            r#"{"EventSelectors":[{"ReadWriteType":"ReadOnly","IncludeManagementEvents":true,"ExcludeManagementEventSources":[]}]}"#,
        ),
        _ => answer(200, r#"{"IsLogging":false}"#),
    })
    .await;
    let trails = fake.aws().trails().await.unwrap();
    assert_eq!(
        trails[0].management.as_ref().unwrap(),
        &Management { reads: true, writes: false, without: Vec::new() }
    );
    assert!(!trails[0].status.as_ref().unwrap().is_logging);
}

#[tokio::test]
async fn unconfirmed_subscriptions_are_found_over_pages() {
    let member = |arn: &str, endpoint: &str| {
        format!(
            "<member><TopicArn>t</TopicArn><Protocol>email</Protocol><SubscriptionArn>{arn}</SubscriptionArn>\
             <Owner>1</Owner><Endpoint>{endpoint}</Endpoint></member>"
        )
    };
    let page = move |members: &str, token: &str| {
        format!(
            "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{members}</Subscriptions>\
             {token}</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
        )
    };
    let fake = Fake::start(move |asked| match asked.parameter("NextToken").as_deref() {
        None => answer(
            200,
            page(&member("arn:aws:sns:eu-west-1:1:t:s", "a@example.com"), "<NextToken>n</NextToken>"),
        ),
        Some("n") => answer(200, page(&member("PendingConfirmation", "b@example.com"), "")),
        Some(other) => panic!("{other}"),
    })
    .await;
    let subscriptions = fake.aws().subscriptions("arn:aws:sns:eu-west-1:123456789012:t").await.unwrap();
    let pending: Vec<(&str, bool)> =
        subscriptions.iter().map(|s| (s.endpoint.as_str(), s.is_pending)).collect();
    assert_eq!(pending, [("a@example.com", false), ("b@example.com", true)]);
}

#[tokio::test]
async fn queues_groups_streams_and_the_event_history_tell_how_they_are() {
    let fake = Fake::start(|asked| match asked.operation().as_str() {
        "GetQueueAttributes" => answer(
            200,
            json!({ "Attributes": { "ApproximateNumberOfMessages": "7", "ApproximateNumberOfMessagesNotVisible": "2",
                "MessageRetentionPeriod": "345600",
                "RedrivePolicy": "{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:1:dlq\",\"maxReceiveCount\":3}" } })
            .to_string(),
        ),
        "DescribeLogStreams" => answer(200, r#"{"logStreams":[{"lastEventTimestamp":1700000000000}]}"#),
        "DescribeStreamSummary" => answer(
            200,
            r#"{"StreamDescriptionSummary":{"StreamStatus":"ACTIVE","OpenShardCount":2,"RetentionPeriodHours":24}}"#,
        ),
        "LookupEvents" => answer(200, r#"{"Events":[{"EventTime":1700000000}]}"#),
        other => panic!("{other}"),
    })
    .await;
    let aws = fake.aws();
    let queue = aws.queue("https://sqs.eu-west-1.amazonaws.com/1/q").await.unwrap();
    assert_eq!((queue.waiting, queue.in_flight, queue.kept_seconds), (7, 2, 345_600));
    assert_eq!(queue.dead_letters.as_deref(), Some("arn:aws:sqs:eu-west-1:1:dlq"));
    let at = Timestamp::from_second(1_700_000_000).unwrap();
    assert_eq!(aws.log_group("trail").await.unwrap().newest, Some(at));
    let stream = aws.stream("trail").await.unwrap();
    assert_eq!((stream.status.as_str(), stream.open_shards, stream.kept_hours), ("ACTIVE", 2, 24));
    assert_eq!(aws.newest_event("us-east-1").await.unwrap(), Some(at));
}
