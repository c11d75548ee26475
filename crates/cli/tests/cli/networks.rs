//! Files of networks that the configuration names: what notices then say, and what is said of a file that cannot be used.

use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;
use trailbell_network::testing::{Mmdb, Value};

use crate::util::{Run, run_in};

const RECORD: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"alice"},"eventTime":"2026-11-23T12:35:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"145.53.1.2","userAgent":"aws-cli/2.22.0","requestParameters":{"userName":"bob"},"responseElements":null,"requestID":"r","eventID":"5f6d1c3e-0000-4000-8000-000000000001","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}"#;

fn asn() -> Mmdb {
    let system = Value::map([
        ("autonomous_system_number", Value::Number(1136)),
        ("autonomous_system_organization", Value::text("KPN B.V.")),
    ]);
    Mmdb::new("GeoLite2-ASN").network("145.53.0.0/16", system)
}

fn country(code: &str) -> Mmdb {
    let country = Value::map([("country", Value::map([("iso_code", Value::text(code))]))]);
    Mmdb::new("GeoLite2-Country").network("145.53.0.0/16", country)
}

/// A folder with a configuration beside its files, and a record.
fn house(configuration: &str, files: &[(&str, Mmdb)]) -> TempDir {
    let house = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(house.path().join(name), bytes).unwrap();
    std::fs::create_dir(house.path().join("etc")).unwrap();
    write("etc/trailbell.yaml", configuration.as_bytes());
    write("record.json", RECORD.as_bytes());
    for (name, mmdb) in files {
        write(&format!("etc/{name}"), &mmdb.bytes());
    }
    house
}

fn scan(house: &Path, more: &[&str]) -> Run {
    run_in(house, &[&["scan", "record.json", "--config", "etc/trailbell.yaml"], more].concat(), b"")
}

#[test]
fn a_notice_says_whose_network_it_is_from_the_files_beside_the_configuration() {
    let configuration = "networks: { country: country.mmdb, asn: asn.mmdb }\n";
    let house = house(configuration, &[("country.mmdb", country("BE")), ("asn.mmdb", asn())]);
    let run = scan(house.path(), &["--lang", "en"]);
    let expected = "From     an address registered in Belgium (BE), KPN B.V. (AS1136): 145.53.1.2";
    assert!(run.stdout.contains(expected), "{}{}", run.stdout, run.stderr);
    let run = scan(house.path(), &["--lang", "ja"]);
    assert!(
        run.stdout.contains("ベルギーで登録されたアドレス・KPN B.V.(AS1136): 145.53.1.2"),
        "{}",
        run.stdout
    );
    let (notices, _) = scan(house.path(), &["--output", "json"]).scan();
    let expected = serde_json::json!({
        "kind": "country", "country": "BE", "region": null, "service": null, "asn": 1136, "organisation": "KPN B.V.",
    });
    assert_eq!(notices[0]["network"], expected);
    // Without them, what the registries say.
    let none = house_without();
    let (notices, _) = scan(none.path(), &["--output", "json"]).scan();
    assert_eq!(
        (&notices[0]["network"]["country"], &notices[0]["network"]["asn"]),
        (&"NL".into(), &Json::Null)
    );
}

fn house_without() -> TempDir {
    house("", &[])
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_what_it_is_and_what_to_do() {
    for (configuration, expected) in [
        (
            "networks: { country: asn.mmdb }\n",
            "etc/asn.mmdb: it is of type GeoLite2-ASN, which has no countries: name it under `asn`",
        ),
        (
            "networks: { asn: none.mmdb }\n",
            "etc/none.mmdb: there is no such file: download it, or take it out of `networks`",
        ),
        (
            "networks: { city: trailbell.yaml }\n",
            "it is not a whole file in MaxMind's format (.mmdb): download it again, unpacked",
        ),
        ("networks: { asn: . }\n", "it is not a file: name the .mmdb in it"),
    ] {
        let house = house(configuration, &[("asn.mmdb", asn())]);
        let run = scan(house.path(), &[]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        // `check` shows where the configuration names it.
        let run = run_in(house.path(), &["check", "etc/trailbell.yaml"], b"");
        assert_eq!(run.status, 1);
        assert!(
            run.stdout.contains("error: etc/trailbell.yaml:1:") && run.stdout.contains(expected),
            "{}",
            run.stdout
        );
        // What puts no notice into words does not need it.
        let run = run_in(house.path(), &["rules", "--config", "etc/trailbell.yaml"], b"");
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
}

#[test]
fn check_says_that_a_function_carries_none() {
    let house = house("networks: { asn: asn.mmdb }\n", &[("asn.mmdb", asn())]);
    let run = run_in(house.path(), &["check", "etc/trailbell.yaml"], b"");
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("a function in an account carries none"), "{}", run.stderr);
}
