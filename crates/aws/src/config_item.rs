//! AWS Config's word of a resource that changed: through EventBridge (`Config Configuration Item Change`), or as Config's own topic sends it.
//! It says what a resource was and is, and not who changed it.

use serde_json::Value;
use trailbell_notice::ItemChange;

/// Properties that are named; a message of a large change has hundreds.
const MOST_CHANGED: usize = 20;

/// Reads it; `None` where the message is something else.
pub fn of_value(value: &Value) -> Option<ItemChange> {
    let detail =
        if value["detail-type"] == "Config Configuration Item Change" { &value["detail"] } else { value };
    let item = &detail["configurationItem"];
    // Too large a change comes as a summary that says where the item lies.
    let item = if item.is_object() { item } else { &detail["configurationItemSummary"] };
    let kind = item["resourceType"].as_str()?;
    if !detail["messageType"].as_str().is_some_and(|kind| kind.contains("ConfigurationItemChange")) {
        return None;
    }
    let text = |key: &str| item[key].as_str().filter(|text| !text.is_empty());
    let diff = &detail["configurationItemDiff"];
    let changed = diff["changedProperties"].as_object();
    Some(ItemChange {
        resource_type: kind.to_owned(),
        resource: text("resourceName").or_else(|| text("resourceId")).unwrap_or_default().to_owned(),
        account: text("awsAccountId").map(Into::into),
        region: text("awsRegion").unwrap_or_default().to_owned(),
        change: change(diff["changeType"].as_str(), text("configurationItemStatus")).to_owned(),
        at: text("configurationItemCaptureTime").and_then(|text| text.parse().ok()),
        changed: changed.into_iter().flat_map(|all| all.keys().take(MOST_CHANGED).cloned()).collect(),
    })
}

/// What makes it the same change, however it was told of.
pub fn identity(item: &ItemChange) -> [String; 5] {
    let account = item.account.as_ref().map(|account| account.raw().to_owned()).unwrap_or_default();
    let at = item.at.map(|at| at.as_millisecond().to_string()).unwrap_or_default();
    ["config".to_owned(), account, item.resource_type.clone(), item.resource.clone(), at]
}

/// How it changed: a deleted resource's diff says so, and so does its status.
fn change<'a>(kind: Option<&'a str>, status: Option<&str>) -> &'a str {
    match (kind, status) {
        (Some(kind), _) if !kind.is_empty() && kind != "NONE" => kind,
        (_, Some(status)) if status.starts_with("ResourceDeleted") => "DELETE",
        (_, Some("ResourceDiscovered")) => "CREATE",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(status: &str) -> Value {
        json!({
            "messageType": "ConfigurationItemChangeNotification", "recordVersion": "1.3",
            "configurationItemDiff": { "changeType": "UPDATE", "changedProperties": { "Configuration.Path": {}, "Relationships.0": {} } },
            "configurationItem": { "resourceType": "AWS::IAM::User", "resourceId": "AIDA1", "resourceName": "bob", "awsAccountId": "123456789012",
                "awsRegion": "global", "configurationItemStatus": status, "configurationItemCaptureTime": "2026-11-24T10:00:00.123Z" },
        })
    }

    #[test]
    fn it_is_read_from_eventbridge_and_from_config_s_topic_and_is_the_same() {
        let topic = of_value(&message("OK")).unwrap();
        let event = json!({ "detail-type": "Config Configuration Item Change", "source": "aws.config", "detail": message("OK") });
        assert_eq!(of_value(&event), Some(topic.clone()));
        assert_eq!((topic.resource.as_str(), topic.change.as_str()), ("bob", "UPDATE"));
        assert_eq!(topic.changed, ["Configuration.Path", "Relationships.0"]);
        assert_eq!(identity(&topic)[4], "1795514400123");
    }

    #[test]
    fn what_is_gone_or_new_is_told_from_its_status_where_nothing_else_says() {
        for (status, change) in [
            ("ResourceDeleted", "DELETE"),
            ("ResourceDeletedNotRecorded", "DELETE"),
            ("ResourceDiscovered", "CREATE"),
            ("OK", ""),
        ] {
            let mut message = message(status);
            message["configurationItemDiff"] = Value::Null;
            assert_eq!(of_value(&message).unwrap().change, change, "{status}");
        }
    }

    #[test]
    fn config_s_other_words_are_none_of_a_change() {
        for kind in [
            "ComplianceChangeNotification",
            "ConfigurationHistoryDeliveryCompleted",
            "ConfigurationSnapshotDeliveryStarted",
        ] {
            let mut message = message("OK");
            message["messageType"] = json!(kind);
            assert_eq!(of_value(&message), None, "{kind}");
        }
        assert_eq!(
            of_value(&json!({ "detail-type": "Config Configuration Item Change", "detail": 7 })),
            None
        );
        assert_eq!(of_value(&Value::Null), None);
    }
}
