//! Touching the record keeping: trails, logs of the network, and the services that watch.

use trailbell_json::Json;
use trailbell_record::Record;
use trailbell_text::{Severity, Untrusted};

/// What was done to the record keeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tampering {
    /// The trail, detector, recorder, log group ...; `None` where the record does not say.
    pub target: Option<Untrusted>,
    /// Whether afterwards less is recorded or seen for certain (stopped, deleted, taken off), rather than
    /// something else.
    pub goes_dark: bool,
    pub(crate) severity: Severity,
}

/// Service, event, whether it goes dark, severity of success.
#[rustfmt::skip]
const EVENTS: &[(&str, &str, bool, Severity)] = &[
    ("cloudtrail", "StopLogging", true, Severity::Critical),
    ("cloudtrail", "DeleteTrail", true, Severity::Critical),
    ("cloudtrail", "UpdateTrail", false, Severity::High),
    ("cloudtrail", "PutEventSelectors", false, Severity::High),
    ("cloudtrail", "PutInsightSelectors", false, Severity::Low),
    ("cloudtrail", "DeleteEventDataStore", true, Severity::High),
    ("cloudtrail", "StopEventDataStoreIngestion", true, Severity::High),
    ("cloudtrail", "UpdateEventDataStore", false, Severity::Medium),
    ("cloudtrail", "DeregisterOrganizationDelegatedAdmin", false, Severity::Medium),
    ("config", "StopConfigurationRecorder", true, Severity::High),
    ("config", "DeleteConfigurationRecorder", true, Severity::High),
    ("config", "DeleteDeliveryChannel", true, Severity::High),
    ("config", "PutConfigurationRecorder", false, Severity::Medium),
    ("config", "PutDeliveryChannel", false, Severity::Medium),
    ("config", "DeleteConfigRule", true, Severity::Low),
    ("guardduty", "DeleteDetector", true, Severity::High),
    ("guardduty", "UpdateDetector", false, Severity::Low),
    ("guardduty", "StopMonitoringMembers", true, Severity::High),
    ("guardduty", "DisassociateFromMasterAccount", true, Severity::High),
    ("guardduty", "DisassociateFromAdministratorAccount", true, Severity::High),
    ("guardduty", "DisassociateMembers", true, Severity::High),
    ("guardduty", "DeleteMembers", true, Severity::High),
    ("guardduty", "DisableOrganizationAdminAccount", true, Severity::High),
    ("guardduty", "DeletePublishingDestination", true, Severity::Medium),
    ("guardduty", "CreateFilter", false, Severity::Medium),
    ("guardduty", "UpdateFilter", false, Severity::Medium),
    ("guardduty", "CreateIPSet", false, Severity::Medium),
    ("guardduty", "UpdateIPSet", false, Severity::Medium),
    ("guardduty", "ArchiveFindings", false, Severity::Low),
    ("securityhub", "DisableSecurityHub", true, Severity::High),
    ("securityhub", "DisableSecurityHubV2", true, Severity::High),
    ("securityhub", "DisassociateFromMasterAccount", true, Severity::High),
    ("securityhub", "DisassociateFromAdministratorAccount", true, Severity::High),
    ("securityhub", "DisassociateMembers", true, Severity::High),
    ("securityhub", "DeleteMembers", true, Severity::High),
    ("securityhub", "DisableOrganizationAdminAccount", true, Severity::High),
    ("securityhub", "BatchDisableStandards", true, Severity::Medium),
    ("securityhub", "DisableImportFindingsForProduct", true, Severity::Low),
    ("access-analyzer", "DeleteAnalyzer", true, Severity::Medium),
    ("access-analyzer", "CreateArchiveRule", false, Severity::Medium),
    ("ec2", "DeleteFlowLogs", true, Severity::High),
    ("route53resolver", "DeleteResolverQueryLogConfig", true, Severity::Medium),
    ("route53resolver", "DisassociateResolverQueryLogConfig", true, Severity::Medium),
    ("logs", "DeleteLogGroup", true, Severity::Low),
    ("logs", "DeleteLogStream", true, Severity::Low),
    ("logs", "DeleteSubscriptionFilter", true, Severity::Low),
    ("logs", "DeleteMetricFilter", true, Severity::Low),
    ("macie2", "DisableMacie", true, Severity::Medium),
    ("inspector2", "Disable", true, Severity::Medium),
    ("detective", "DeleteGraph", true, Severity::Medium),
];

/// Names of request parameters that say what was touched; the first that is there.
const TARGETS: &[&str] = &[
    "name",
    "trailName",
    "eventDataStore",
    "configurationRecorderName",
    "deliveryChannelName",
    "configRuleName",
    "detectorId",
    "analyzerName",
    "resolverQueryLogConfigId",
    "logGroupName",
    "graphArn",
];

impl Tampering {
    /// The names of every event that can be one.
    pub(crate) fn event_names() -> impl Iterator<Item = &'static str> {
        EVENTS.iter().map(|(_, name, ..)| *name)
    }

    /// Service and name of every event that can be one.
    pub(crate) fn events() -> impl Iterator<Item = (&'static str, &'static str)> {
        EVENTS.iter().map(|(service, name, ..)| (*service, *name))
    }

    /// What the record does to the record keeping, if anything.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        let (service, name) = (record.service(), record.event_name());
        let (_, _, goes_dark, severity) = EVENTS.iter().find(|(s, n, ..)| *s == service && *n == name)?;
        let switched_off = switches_off(record);
        Some(Self {
            target: TARGETS
                .iter()
                .find_map(|key| record.request(key))
                .or_else(|| flow_log(record))
                .map(Untrusted::from),
            goes_dark: *goes_dark || switched_off,
            severity: if switched_off { Severity::High } else { *severity },
        })
    }
}

/// `UpdateDetector` with `enable: false` is a detector switched off.
fn switches_off(record: &Record) -> bool {
    record.event_name() == "UpdateDetector"
        && record.json().at(&["requestParameters", "enable"]) == Some(&Json::Bool(false))
}

/// `DeleteFlowLogs` names them in a list inside a wrapper that EC2 alone has.
fn flow_log(record: &Record) -> Option<&str> {
    let list = record.json().at(&["requestParameters", "DeleteFlowLogsRequest", "FlowLogId"])?;
    let first = list.as_array().and_then(<[Json]>::first).unwrap_or(list);
    first.get("content").unwrap_or(first).as_str()
}
