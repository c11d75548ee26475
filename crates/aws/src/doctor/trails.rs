//! The trails of an account: whether they record, what, and whether they can deliver.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::seconds;
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::is_region;
use crate::service::Service;

/// A trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The region it is kept in.
    pub home_region: String,
    /// Whether it records every region.
    pub is_multi_region: bool,
    /// Whether it is the organisation's.
    pub is_organization: bool,
    /// Whether its files can be checked for changes (digests are delivered).
    pub has_file_validation: bool,
    /// The bucket it delivers to.
    pub bucket: Option<String>,
    /// The topic it tells of deliveries.
    pub topic: Option<String>,
    /// The log group it delivers to.
    pub log_group: Option<String>,
    /// Whether it records and delivers, or why that is not known (another account's trail does not say).
    pub status: Result<TrailStatus, Error>,
    /// What of the management events it records, or why that is not known.
    pub management: Result<Management, Error>,
}

/// Whether a trail records and delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailStatus {
    /// Whether it records.
    pub is_logging: bool,
    /// When files were last delivered to the bucket.
    pub delivered: Option<Timestamp>,
    /// Why the last delivery to the bucket failed: S3's code.
    pub delivery_error: Option<String>,
    /// Why the last delivery to the log group failed.
    pub log_group_error: Option<String>,
    /// Why the last word to the topic failed.
    pub topic_error: Option<String>,
}

/// What of the management events (sign-ins, IAM) a trail records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Management {
    /// Those that read.
    pub reads: bool,
    /// Those that change something.
    pub writes: bool,
    /// Event sources left out (`kms.amazonaws.com`).
    pub without: Vec<String>,
}

#[derive(Deserialize)]
struct Described {
    #[serde(rename = "trailList", default)]
    trails: Vec<Value>,
}

impl Aws {
    /// The trails that record this account, those kept in other regions and the organisation's included.
    ///
    /// # Errors
    /// Where they may not be listed.
    pub async fn trails(&self) -> Result<Vec<Trail>, Error> {
        let region = self.home_region();
        let call = Call::json(
            Service::CloudTrail,
            &region,
            "DescribeTrails",
            &json!({ "includeShadowTrails": true }),
        );
        let described: Described = call.read(&self.send(&call).await?)?;
        let mut trails = Vec::new();
        for trail in described.trails {
            let text = |name: &str| trail[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            let flag = |name: &str| trail[name].as_bool().unwrap_or(false);
            let arn = text("TrailARN").unwrap_or_default();
            let home_region =
                text("HomeRegion").filter(|home| is_region(home)).unwrap_or_else(|| region.clone());
            trails.push(Trail {
                name: text("Name").unwrap_or_default(),
                is_multi_region: flag("IsMultiRegionTrail"),
                is_organization: flag("IsOrganizationTrail"),
                has_file_validation: flag("LogFileValidationEnabled"),
                bucket: text("S3BucketName"),
                topic: text("SnsTopicARN"),
                log_group: text("CloudWatchLogsLogGroupArn"),
                status: self.trail_status(&home_region, &arn).await,
                management: self.trail_management(&home_region, &arn).await,
                arn,
                home_region,
            });
        }
        Ok(trails)
    }

    async fn trail_status(&self, region: &str, arn: &str) -> Result<TrailStatus, Error> {
        let call = Call::json(Service::CloudTrail, region, "GetTrailStatus", &json!({ "Name": arn }));
        let reply: Value = call.read(&self.send(&call).await?)?;
        let text = |name: &str| reply[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(TrailStatus {
            is_logging: reply["IsLogging"].as_bool().unwrap_or(false),
            delivered: reply["LatestDeliveryTime"].as_f64().and_then(seconds),
            delivery_error: text("LatestDeliveryError"),
            log_group_error: text("LatestCloudWatchLogsDeliveryError"),
            topic_error: text("LatestNotificationError"),
        })
    }

    async fn trail_management(&self, region: &str, arn: &str) -> Result<Management, Error> {
        let call = Call::json(Service::CloudTrail, region, "GetEventSelectors", &json!({ "TrailName": arn }));
        let reply: Value = call.read(&self.send(&call).await?)?;
        let list = |name: &str| reply[name].as_array().cloned().unwrap_or_default();
        let mut management = Management::default();
        for selector in list("EventSelectors") {
            if selector["IncludeManagementEvents"].as_bool().unwrap_or(true) {
                let which = selector["ReadWriteType"].as_str().unwrap_or("All");
                management.reads |= which != "WriteOnly";
                management.writes |= which != "ReadOnly";
                management.without.extend(strings(&selector["ExcludeManagementEventSources"]));
            }
        }
        for selector in list("AdvancedEventSelectors") {
            advanced(&selector, &mut management);
        }
        management.without.sort_unstable();
        management.without.dedup();
        Ok(management)
    }
}

/// An advanced selector is a list of conditions on fields, all of which an event must meet.
fn advanced(selector: &Value, management: &mut Management) {
    let fields = selector["FieldSelectors"].as_array().cloned().unwrap_or_default();
    let field = |name: &str| fields.iter().find(|field| field["Field"] == name);
    if !field("eventCategory")
        .is_some_and(|field| strings(&field["Equals"]).contains(&"Management".to_owned()))
    {
        return;
    }
    let read_only = field("readOnly").map(|field| strings(&field["Equals"]));
    let takes =
        |value: &str| read_only.as_ref().is_none_or(|values| values.iter().any(|known| known == value));
    management.reads |= takes("true");
    management.writes |= takes("false");
    management
        .without
        .extend(field("eventSource").map(|field| strings(&field["NotEquals"])).unwrap_or_default());
}

fn strings(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
