//! Making the table, where no CloudFormation does.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use trailbell_outbox::LedgerError;

use super::table::{Table, index_name};
use crate::call::Call;
use crate::error::Error;
use crate::service::Service;

/// How often it is looked whether the new table is there, and how long in between.
const LOOKS: u32 = 120;
const BETWEEN: Duration = Duration::from_millis(500);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    table: Description,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    table_status: String,
}

async fn ask(table: &Table, operation: &'static str, input: &Value) -> Result<Vec<u8>, Error> {
    table.aws.send(&Call::json(Service::DynamoDb, &table.place.region, operation, input)).await
}

/// Makes the table, unless there is one of that name, and waits until it can be used.
pub(crate) async fn create(table: &Table) -> Result<(), LedgerError> {
    let word = |error: Error| table.place.error(&error);
    let name = &table.place.table;
    let text = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let index = |name: &str| {
        json!({
            "IndexName": index_name(name),
            "KeySchema": [key("pk", "HASH"), key(name, "RANGE")],
            "Projection": { "ProjectionType": "ALL" },
        })
    };
    let attributes = ["pk", "sk", "l1", "l2", "l3"].map(text);
    let indexes = ["l1", "l2", "l3"].map(index);
    let input = json!({
        "TableName": name,
        "AttributeDefinitions": attributes,
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "LocalSecondaryIndexes": indexes,
        "BillingMode": "PAY_PER_REQUEST",
    });
    match ask(table, "CreateTable", &input).await {
        Err(error) if error.code() != Some("ResourceInUseException") => return Err(word(error)),
        _ => {}
    }
    for _ in 0..LOOKS {
        if is_active(table).await.map_err(word)? {
            let expires = json!({
                "TableName": name,
                "TimeToLiveSpecification": { "Enabled": true, "AttributeName": "expires" },
            });
            return match ask(table, "UpdateTimeToLive", &expires).await {
                // It is on already.
                Err(error) if error.code() != Some("ValidationException") => Err(word(error)),
                _ => Ok(()),
            };
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Err(table.place.busy("it is still being made"))
}

async fn is_active(table: &Table) -> Result<bool, Error> {
    let input = json!({ "TableName": table.place.table });
    let call = Call::json(Service::DynamoDb, &table.place.region, "DescribeTable", &input);
    let described: Described = call.read(&table.aws.send(&call).await?)?;
    Ok(described.table.table_status == "ACTIVE")
}

fn key(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "KeyType": kind })
}
