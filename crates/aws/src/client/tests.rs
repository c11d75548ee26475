use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use axum::response::IntoResponse;
use serde_json::json;

use super::*;
use crate::testing::{Fake, answer, refusal};

fn lookup() -> Call {
    Call::json(Service::CloudTrail, "us-east-1", "LookupEvents", &json!({}))
}

/// The first example of the Amazon S3 API Reference ("Authenticating requests: using the authorization header"), with its
/// published signature: it shows that the settings chosen here, not only the library, are right.
#[test]
fn signatures_are_those_of_aws_s_own_examples() {
    let credentials = Credentials::new(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        None,
        None,
        "test",
    );
    let at = UNIX_EPOCH + Duration::from_hours(380_376);
    let object = Object { bucket: "examplebucket", key: "test.txt", version: None };
    let mut call = Call::object("us-east-1", &object, false);
    call.headers.insert(http::header::RANGE, HeaderValue::from_static("bytes=0-9"));
    let url = Url::parse("https://examplebucket.s3.amazonaws.com/test.txt").unwrap();
    let headers = signed(&call, &url, credentials, at).unwrap();
    assert_eq!(
        headers["authorization"].to_str().unwrap(),
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
         Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    assert!(headers["authorization"].is_sensitive());
}

#[tokio::test]
async fn a_call_is_sent_signed_for_its_region_and_never_shows_its_keys() {
    let fake = Fake::start(|_| answer(200, "{}")).await;
    let aws = fake.aws();
    aws.send(&lookup()).await.unwrap();
    let asked = &fake.asked()[0];
    assert_eq!(
        asked.header("x-amz-target"),
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
    );
    assert_eq!(asked.header("content-type"), "application/x-amz-json-1.1");
    assert_eq!(asked.region(), "us-east-1");
    assert!(
        asked.header("authorization").contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target")
    );
    let shown = format!("{aws:?}");
    assert!(!shown.contains("secret") && !shown.contains("AKID"), "{shown}");
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_again_and_nothing_else_is() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let fake = Fake::start(move |_| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => refusal(400, "ThrottlingException", "Rate exceeded"),
        1 => answer(503, "busy"),
        _ => answer(200, "{}"),
    })
    .await;
    fake.aws().send(&lookup()).await.unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 3);

    let fake = Fake::start(|_| refusal(400, "AccessDeniedException", "no")).await;
    assert!(fake.aws().send(&lookup()).await.unwrap_err().is_denied());
    assert_eq!(fake.asked().len(), 1);

    let fake = Fake::start(|_| answer(500, "")).await;
    assert_eq!(fake.aws().send(&lookup()).await.unwrap_err().status(), Some(500));
    assert_eq!(fake.asked().len(), 4);
}

#[tokio::test]
async fn an_ended_session_is_renewed_once() {
    let fake = Fake::start(|_| refusal(400, "ExpiredTokenException", "it has expired")).await;
    let error = fake.aws().send(&lookup()).await.unwrap_err();
    assert!(error.to_string().contains("log in again"), "{error}");
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test]
async fn a_reply_has_a_limit_and_a_call_a_time() {
    let fake = Fake::start(|_| answer(200, "x".repeat(3 << 20))).await;
    let error = fake.aws().send(&lookup().at_most(1 << 20)).await.unwrap_err();
    assert!(error.to_string().contains("longer than 1 MiB"), "{error}");

    // A server that never answers: the connection is taken by the system and nobody reads it.
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let aws = Aws::to(&format!("http://{}", deaf.local_addr().unwrap()));
    let error = aws.send_once(&lookup().within(Duration::from_millis(50))).await.unwrap_err();
    assert!(error.is_unreachable() && error.to_string().contains("no answer in time"), "{error}");
}

#[tokio::test]
async fn an_object_is_fetched_from_the_region_its_bucket_is_in() {
    let fake = Fake::start(|asked| {
        if asked.region() == "eu-west-1" {
            answer(200, "body")
        } else {
            let mut response =
                answer(301, "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>");
            response.headers_mut().insert("x-amz-bucket-region", HeaderValue::from_static("eu-west-1"));
            response
        }
    })
    .await;
    let object = Object { bucket: "logs", key: "AWSLogs/a b+c.json.gz", version: None };
    let body = fake.aws().object("us-east-1", &object, 100).await.unwrap();
    assert_eq!(body, b"body");
    let last = fake.asked().pop().unwrap();
    assert_eq!(last.path, "/logs/AWSLogs/a%20b%2Bc.json.gz");
    assert_eq!(
        last.header("x-amz-content-sha256"),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[tokio::test]
async fn a_key_that_a_url_would_change_is_not_fetched_as_another_object() {
    let fake = Fake::start(|_| answer(200, "the wrong one")).await;
    let object = Object { bucket: "logs", key: "a/../secret", version: None };
    let error = fake.aws().object("us-east-1", &object, 100).await.unwrap_err();
    assert!(error.to_string().contains("no URL can carry"), "{error}");
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let fake =
        Fake::start(|_| (http::StatusCode::FOUND, [("location", "/elsewhere")], "").into_response()).await;
    assert_eq!(fake.aws().send(&lookup()).await.unwrap_err().status(), Some(302));
    assert_eq!(fake.asked().len(), 1);
}

#[test]
fn an_endpoint_is_https_or_this_machine() {
    for right in [
        "http://127.0.0.1:4566",
        "http://localhost:4566/",
        "https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com",
        "http://[::1]:1",
    ] {
        assert!(checked_endpoint(right).is_ok(), "{right}");
    }
    for wrong in [
        "http://aws.example.com",
        "ftp://127.0.0.1",
        "127.0.0.1:4566",
        "https://user:hush@aws.example.com",
        "",
    ] {
        let error = checked_endpoint(wrong).unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
    }
}

#[tokio::test]
async fn the_settings_region_goes_before_the_arn_s_and_that_before_the_profile_s() {
    let aws = Aws::new(provider(), Some("eu-west-3".into()), Some("us-east-1".into()), None, &[]).unwrap();
    assert_eq!(aws.region_for(Some("eu-west-1")).unwrap(), "eu-west-3");
    let aws = Aws::new(provider(), None, Some("us-east-1".into()), None, &[]).unwrap();
    assert_eq!(aws.region_for(Some("eu-west-1")).unwrap(), "eu-west-1");
    assert_eq!(aws.region_for(None).unwrap(), "us-east-1");
    let aws = Aws::new(provider(), None, None, None, &[]).unwrap();
    assert!(aws.region_for(None).unwrap_err().to_string().contains("AWS_REGION"));
    assert!(Aws::new(provider(), Some("eu-west-1.evil.example".into()), None, None, &[]).is_err());
}

#[tokio::test]
async fn regions_are_asked_for_twice_before_they_are_guessed() {
    let listed = Fake::start(|asked| match asked.path.as_str() {
        "/listRegions" => {
            answer(200, r#"{"Regions":[{"RegionName":"us-east-1"},{"RegionName":"eu-west-1"}]}"#)
        }
        _ => answer(500, ""),
    })
    .await;
    let regions = listed.aws().enabled_regions().await.unwrap();
    assert_eq!(
        (regions.names, regions.guessed),
        (vec!["eu-west-1".to_owned(), "us-east-1".to_owned()], None)
    );

    let described = Fake::start(|asked| match asked.operation().as_str() {
        "DescribeRegions" => answer(
            200,
            "<DescribeRegionsResponse><regionInfo><item><regionName>us-east-1</regionName></item>\
             <item><regionName>x.evil.example</regionName></item></regionInfo></DescribeRegionsResponse>",
        ),
        _ => refusal(403, "AccessDeniedException", "no"),
    })
    .await;
    assert_eq!(described.aws().enabled_regions().await.unwrap().names, ["us-east-1"]);

    let silent = Fake::start(|_| refusal(403, "AccessDeniedException", "no")).await;
    let regions = silent.aws().enabled_regions().await.unwrap();
    assert_eq!(regions.names.len(), 17);
    assert!(regions.guessed.unwrap().to_string().contains("ec2:DescribeRegions"));
}

fn provider() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("AKID", "secret", None, None, "test"))
}

#[tokio::test]
async fn a_service_may_have_an_endpoint_of_its_own() {
    let (own, all) = (Fake::start(|_| answer(200, "{}")).await, Fake::start(|_| answer(200, "{}")).await);
    let by_service = [(Service::DynamoDb, own.url.clone())];
    let aws = Aws::new(provider(), None, Some("us-east-1".into()), Some(&all.url), &by_service).unwrap();
    for service in [Service::DynamoDb, Service::Sqs] {
        aws.send(&Call::json(service, "us-east-1", "Do", &serde_json::json!({}))).await.unwrap();
    }
    assert_eq!((own.asked().len(), all.asked().len()), (1, 1));
    let wrong = [(Service::Sqs, "http://elsewhere.example".to_owned())];
    assert!(Aws::new(provider(), None, None, None, &wrong).is_err());
}

#[test]
fn the_variables_are_called_as_aws_calls_them() {
    let names =
        [Service::DynamoDb, Service::Logs, Service::Ses, Service::Sns].map(Service::endpoint_variable);
    let ends = ["DYNAMODB", "CLOUDWATCH_LOGS", "SESV2", "SNS"];
    assert_eq!(names, ends.map(|end| format!("AWS_ENDPOINT_URL_{end}")));
}
