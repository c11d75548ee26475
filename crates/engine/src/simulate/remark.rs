//! What whoever reads a simulation should know about it: what was taken for granted, what was not run, and what would not work in AWS.

/// One such thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// No trail is in the templates: every log group that a filter names gets the trail's events.
    GroupsTakenForTrails {
        /// Their names.
        groups: Vec<String>,
    },
    /// A trail is in the templates, and it writes elsewhere: the group's filters see nothing.
    NoTrailWrites {
        /// The group's name.
        group: String,
    },
    /// A subscription by mail or web address is taken as confirmed.
    TakenAsConfirmed {
        /// How many are.
        subscriptions: u64,
    },
    /// A function is taken to publish each log event it is given, for its environment names topics.
    Forwards {
        /// The function's id.
        function: String,
        /// The topics' names.
        topics: Vec<String>,
        /// The subject it would give.
        subject: Option<String>,
    },
    /// A function is called, and what it does is its code's matter.
    FunctionUnknown {
        /// The function's id, or its ARN.
        function: String,
    },
    /// Nobody allows `principal` to call the function: AWS would not call it. Here it is called all the same.
    NoPermission {
        /// The function's id.
        function: String,
        /// The service that calls it.
        principal: String,
    },
    /// A rule publishes to a topic whose policy does not allow EventBridge to: AWS would lose it. Here it is published all the same.
    NoTopicPolicy {
        /// The topic's id.
        topic: String,
        /// The rule's id.
        rule: String,
    },
    /// A topic without a subscriber.
    NoSubscriber {
        /// The topic's id.
        topic: String,
    },
    /// Messages go to a topic that is in none of the templates.
    TopicUnknown {
        /// Its ARN.
        arn: String,
    },
    /// More subscription filters on one log group than AWS's documentation allows.
    ManySubscriptionFilters {
        /// The group's name.
        group: String,
        /// How many.
        filters: u64,
    },
    /// A destination, target or action that is not followed further.
    NotFollowed {
        /// The id of what leads there.
        from: String,
        /// The ARN.
        to: String,
    },
    /// No metric filter publishes a metric that an alarm reads.
    NothingFeeds {
        /// The alarm's name.
        alarm: String,
        /// `namespace/name` of the metric.
        metric: String,
    },
    /// An alarm of a kind that is not run.
    AlarmNotRun {
        /// The alarm's name.
        alarm: String,
        /// Why.
        why: String,
    },
    /// A rule that does not run: it is disabled, on a schedule, or on another bus than the one AWS's events come by.
    RuleNotRun {
        /// The rule's id.
        rule: String,
        /// Why.
        why: RuleNotRun,
    },
    /// Events a rule's pattern would meet never came to its bus.
    RuleMissed {
        /// The rule's id.
        rule: String,
        /// Events of other regions.
        other_regions: u64,
        /// Events that only read, which need `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
        reading: u64,
        /// Events of other accounts.
        other_accounts: u64,
    },
    /// Records so large that CloudTrail brings them to S3 only.
    TooLarge {
        /// How many.
        records: u64,
    },
    /// Records without a time, which are in no simulation.
    WithoutTime {
        /// How many.
        records: u64,
    },
}

/// Why a rule does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleNotRun {
    /// `State: DISABLED`.
    Disabled,
    /// It has a schedule only.
    Schedule,
    /// AWS's own events come by the default bus.
    Bus,
}
