//! The mail, and what SNS adds below it.

use std::fmt::Write as _;

use jiff::Timestamp;
use trailbell_text::percent_encode;

use super::sns::missing;
use super::{AlarmRef, Message, triggering};
use crate::number::java_double;
use crate::time::long_date;
use crate::{Dimension, Measured, MetricAlarm, QuerySource, Reading};

/// Children a mail names at most.
const MAX_CHILDREN: usize = 10;

impl Message<'_> {
    /// `email`: the body of the mail, without SNS's footer. Where AWS's words for a math alarm were not captured
    /// (the `Threshold` line), they are a metric's.
    #[must_use]
    pub fn email(&self) -> String {
        let mut mail = String::new();
        let (name, after) = (self.alarm.name(), self.after);
        let (state, at) = (after.state, long_date(after.at));
        // Writing to a String cannot fail.
        let _ = write!(
            mail,
            "You are receiving this email because your Amazon CloudWatch Alarm \"{name}\" in the {} region has ",
            self.scope.region_name()
        );
        let _ = match self.alarm {
            AlarmRef::Metric(_) => {
                writeln!(mail, "entered the {state} state, because \"{}\" at \"{at}\".", after.reason)
            }
            AlarmRef::Composite(_) => {
                writeln!(mail, "transitioned to {state} state on {at}, because \"{}\".", after.reason)
            }
        };
        let _ = writeln!(
            mail,
            "\nView this alarm in the AWS Management Console:\n\
             https://{}/cloudwatch/deeplink.js?region={}#alarmsV2:alarm/{}",
            self.scope.console_host(),
            self.scope.region,
            percent_encode(name)
        );
        mail.push_str("\nAlarm Details:\n");
        let mut line = |label: &str, value: &str| {
            let _ = writeln!(mail, "- {label:<28}{value}");
        };
        line("Name:", name);
        line("Description:", self.alarm.description().unwrap_or_default());
        line("State Change:", &format!("{} -> {state}", self.before.state));
        if let AlarmRef::Composite(alarm) = self.alarm {
            line("Alarm Rule:", alarm.rule.as_str());
        }
        line("Reason for State Change:", &after.reason);
        line("Timestamp:", &at);
        line("AWS Account:", &self.scope.account);
        line("Alarm Arn:", &self.arn());
        mail.push('\n');
        match self.alarm {
            AlarmRef::Metric(alarm) => metric(&mut mail, alarm),
            AlarmRef::Composite(_) => {
                mail.push_str("Triggering children (max. 10):\n");
                for child in triggering(after.reason_data.as_deref()).iter().take(MAX_CHILDREN) {
                    let at = child.at.parse::<Timestamp>().map_or_else(|_| child.at.clone(), long_date);
                    let _ = writeln!(mail, "- {}   {:<20}{at}", child.arn, child.state);
                }
                mail.push('\n');
            }
        }
        mail.push_str("State Change Actions:\n");
        let actions = self.alarm.actions();
        let all = [
            ("OK", &actions.ok),
            ("ALARM", &actions.alarm),
            ("INSUFFICIENT_DATA", &actions.insufficient_data),
        ];
        for (state, arns) in all {
            let arns: Vec<String> = arns.iter().map(|arn| format!("[{arn}]")).collect();
            let _ = writeln!(mail, "- {state}: {}", arns.join(" "));
        }
        mail
    }
}

fn metric(mail: &mut String, alarm: &MetricAlarm) {
    let (comparison, threshold) = (alarm.comparison.as_str(), java_double(alarm.threshold));
    let over = match alarm.datapoints_to_alarm {
        Some(datapoints) => format!(
            "for at least {datapoints} of the last {} period(s) of {} seconds",
            alarm.evaluation_periods, alarm.period
        ),
        None => format!("for {} seconds", u64::from(alarm.period) * u64::from(alarm.evaluation_periods)),
    };
    let _ = writeln!(
        mail,
        "Threshold:\n- The alarm is in the ALARM state when the metric is {comparison} {threshold} {over}. \n"
    );
    match &alarm.measured {
        Measured::Metric(reading) => {
            mail.push_str("Monitored Metric:\n");
            monitored(mail, reading, alarm);
        }
        Measured::Math(queries) => {
            mail.push_str("Monitored Metrics:\n");
            for query in queries.iter().filter(|query| query.returns_data) {
                match &query.source {
                    QuerySource::Expression(expression) => {
                        let _ = writeln!(mail, "- {:<28}{expression}", "MetricExpression:");
                        let label = query.label.as_deref().unwrap_or(&query.id);
                        let _ = writeln!(mail, "- {:<28}{label}", "MetricLabel:");
                    }
                    QuerySource::Reading(reading) => monitored(mail, reading, alarm),
                }
            }
        }
    }
    mail.push_str("\n\n");
}

fn monitored(mail: &mut String, reading: &Reading, alarm: &MetricAlarm) {
    let dimensions: Vec<String> = reading
        .metric
        .dimensions
        .iter()
        .map(|Dimension { name, value }| format!("[{name} = {value}]"))
        .collect();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(mail, "- {label:<37}{value}");
    };
    line("MetricNamespace:", &reading.metric.namespace);
    line("MetricName:", &reading.metric.name);
    line("Dimensions:", &dimensions.join(" "));
    line("Period:", &format!("{} seconds", alarm.period));
    line("Statistic:", &reading.statistic);
    line("Unit:", reading.unit.map_or("not specified", crate::Unit::as_str));
    line("TreatMissingData:", missing(alarm));
}

/// What SNS adds below every mail: how to end the subscription.
#[must_use]
pub fn email_footer(region: &str, subscription_arn: &str, address: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!(
        "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to \
         unsubscribe:\nhttps://sns.{region}.{domain}/unsubscribe.html?SubscriptionArn={subscription_arn}\
         &Endpoint={address}\n\nPlease do not reply directly to this email. If you have any questions or comments \
         regarding this email, please contact us at https://aws.amazon.com/support"
    )
}
