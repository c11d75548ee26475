//! Opening a ledger: what is refused, and in which words.

use serde_json::json;
use trailbell_outbox::testing::things::{at, id, letter, owed};
use trailbell_outbox::{Batch, Ledger, LedgerError, LedgerErrorKind};
use trailbell_text::Severity;

use super::dynamodb::Troubles;
use super::{RUNTIME, Server, TABLE};
use crate::client::Aws;
use crate::ledger::DynamoLedger;

fn refusal(server: &Server) -> LedgerError {
    let _guard = RUNTIME.enter();
    DynamoLedger::open(Aws::to(&server.url), TABLE).unwrap_err()
}

#[test]
fn a_table_that_is_not_there_is_named_with_the_next_step() {
    let error = refusal(&Server::bare());
    assert_eq!(error.kind, LedgerErrorKind::Broken);
    assert!(error.message.contains("no DynamoDB table `trailbell` in us-east-1"), "{error}");
    assert!(error.message.contains("`trailbell deploy` makes it"), "{error}");
}

#[test]
fn a_table_without_the_indexes_or_with_something_else_in_it_is_no_ledger() {
    let server = Server::bare();
    RUNTIME.block_on(async {
        let call = crate::call::Call::json(
            crate::service::Service::DynamoDb,
            "us-east-1",
            "CreateTable",
            &json!({ "TableName": TABLE, "LocalSecondaryIndexes": [{ "IndexName": "by-l1" }] }),
        );
        Aws::to(&server.url).send(&call).await.unwrap();
    });
    let error = refusal(&server);
    assert_eq!(error.kind, LedgerErrorKind::Broken);
    assert!(error.message.contains("is not a ledger of trailbell's"), "{error}");
    assert!(error.message.contains("specified index: by-l2"), "{error}");

    let server = Server::start(Troubles::default());
    server.stand_in.put(TABLE, "meta", "version", &json!({ "theirs": { "S": "x" } }));
    assert!(refusal(&server).message.contains("is not a ledger of trailbell's"));
}

#[test]
fn a_newer_ledger_is_refused_with_both_versions_also_where_it_became_newer_meanwhile() {
    let server = Server::start(Troubles::default());
    let mut ledger = server.ledger();
    let meta = json!({ "schema": { "N": "7" }, "version": { "N": "3" }, "commits": { "S": "x" } });
    server.stand_in.put(TABLE, "meta", "version", &meta);
    let error = refusal(&server);
    assert_eq!(error.kind, LedgerErrorKind::Newer);
    assert!(error.message.contains("has version 7"), "{error}");
    assert!(error.message.contains("versions up to 1"), "{error}");
    let batch = Batch { positions: vec![("a".into(), "b".into())], ..Batch::default() };
    assert_eq!(ledger.commit(&batch).unwrap_err().kind, LedgerErrorKind::Newer);
}

#[test]
fn looking_writes_nothing() {
    let server = Server::start(Troubles::default());
    assert_eq!(server.ledger().position("a"), Ok(None));
    server.ledger().commit(&Batch::default()).unwrap();
    assert_eq!(server.stand_in.items(TABLE), 0);
}

#[test]
fn what_trailbell_did_not_write_is_named() {
    let server = Server::start(Troubles::default());
    let mut ledger = server.ledger();
    ledger.commit(&Batch { notices: vec![owed("a", at(0), Severity::Low)], ..Batch::default() }).unwrap();
    server.stand_in.put(TABLE, "notice", id("b").as_str(), &json!({ "row": { "S": "{}" } }));
    let cut = json!({ "row": { "B": "AAAA" }, "more": { "N": "2" }, "hash": { "S": "x" } });
    server.stand_in.put(TABLE, "notice", id("c").as_str(), &cut);
    for name in ["b", "c"] {
        let error = ledger.notice(&id(name)).unwrap_err();
        assert_eq!(error.kind, LedgerErrorKind::Broken);
        assert!(error.message.contains(id(name).as_str()), "{error}");
        assert!(error.message.contains("restore the table"), "{error}");
    }
}

#[test]
fn where_nobody_answers_it_may_pass() {
    let _guard = RUNTIME.enter();
    let error = DynamoLedger::open(Aws::to("http://127.0.0.1:9"), TABLE).unwrap_err();
    assert!(error.is_for_now(), "{error}");
}

#[tokio::test]
async fn a_runtime_of_one_thread_is_refused_and_not_stopped() {
    let error = DynamoLedger::open(Aws::to("http://127.0.0.1:9"), TABLE).unwrap_err();
    assert!(error.message.contains("multi-thread"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_on_a_thread_of_the_runtime() {
    let server = Server::start(Troubles::default());
    let mut ledger = DynamoLedger::open(Aws::to(&server.url), TABLE).unwrap();
    let batch = Batch { letters: vec![letter("a", "mail", Severity::Low, at(1))], ..Batch::default() };
    ledger.commit(&batch).unwrap();
    assert_eq!(ledger.next_due(), Ok(Some(at(1))));
}

#[test]
fn making_a_table_that_is_there_changes_nothing() {
    let server = Server::start(Troubles::default());
    server.ledger().commit(&Batch { positions: vec![("a".into(), "b".into())], ..Batch::default() }).unwrap();
    let _guard = RUNTIME.enter();
    DynamoLedger::create_table(Aws::to(&server.url), TABLE).unwrap();
    assert_eq!(server.ledger().position("a").unwrap().as_deref(), Some("b"));
}
