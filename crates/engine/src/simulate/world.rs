//! The world that is simulated: what the templates put into an account, ready to run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use trailbell_alarm::{
    Alarm, CompositeAlarm, Measured, MetricAlarm, MetricFilter, Problem as PropertyProblem, QuerySource,
    Scope,
};
use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_sns::{
    DEFAULT_MESSAGE_SIZE, FilterPolicy, LARGEST_MESSAGE_SIZE, Protocol, Scope as PolicyScope,
};
use trailbell_template::{Alarm as TemplateAlarm, Invalid, Origin, Problem, Stacks, Target, Text};
use trailbell_text::{Diagnostic, Span};

use super::remark::{Remark, RuleNotRun};
use super::target;

/// The log group of a trail that no template names.
const TRAILS_GROUP: &str = "(the trail's log group)";
/// Subscription filters of one log group, as AWS's documentation has it; five were measured.
const SUBSCRIPTION_FILTERS: usize = 2;

/// A subscription filter that no template has: made in the console, as `--filter-destination` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterDestination {
    /// The filter pattern.
    pub pattern: String,
    /// `[TEMPLATE:]LogicalId` of the function.
    pub destination: String,
}

impl FilterDestination {
    /// Reads `PATTERN=[TEMPLATE:]LogicalId`; the last `=` separates, for patterns are full of them.
    pub fn parse(text: &str) -> Option<Self> {
        let (pattern, destination) = text.rsplit_once('=')?;
        let is_id = !destination.is_empty()
            && destination
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'.' | b'/'));
        is_id.then(|| Self { pattern: pattern.to_owned(), destination: destination.to_owned() })
    }
}

/// Everything that runs.
#[derive(Debug)]
pub struct World {
    pub(super) account: Option<String>,
    pub(super) groups: Vec<Group>,
    pub(super) filters: Vec<Filter>,
    pub(super) subscription_filters: Vec<LogSubscription>,
    pub(super) functions: Vec<Function>,
    pub(super) topics: HashMap<String, Topic>,
    pub(super) rules: Vec<Rule>,
    pub(super) alarms: Vec<AlarmDefinition>,
    pub(super) composites: Vec<(Scope, CompositeAlarm)>,
    /// Alarms that exist and are not run, by scope: composite alarms may name them.
    pub(super) idle: Vec<(Scope, String)>,
    pub(super) remarks: BTreeSet<Remark>,
}

/// A log group, and which records of the trail it gets.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) gets: Gets,
}

/// Which records come into a log group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gets {
    All,
    /// A trail of one region; with the global services' or without.
    OneRegion {
        global: bool,
    },
    Nothing,
}

/// Services whose records a trail of one region gets as well, if it includes global services.
const GLOBAL_SERVICES: [&str; 3] = ["iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"];

impl Group {
    /// Whether a record of a region and a service comes here.
    pub(super) fn gets(&self, region: &str, source: &str) -> bool {
        match self.gets {
            Gets::All => true,
            Gets::Nothing => false,
            Gets::OneRegion { global } => {
                region == self.region || (global && GLOBAL_SERVICES.contains(&source))
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Filter {
    pub(super) id: String,
    pub(super) group: usize,
    pub(super) inner: MetricFilter,
}

#[derive(Debug)]
pub(super) struct LogSubscription {
    pub(super) name: String,
    pub(super) group: usize,
    pub(super) pattern: Pattern,
    pub(super) to: LogDestination,
}

/// Where a subscription filter sends log events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LogDestination {
    Function(usize),
    /// A stream, a destination, a function that is in no template.
    Elsewhere(String),
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) forwards_to: Vec<String>,
    pub(super) subject: Option<String>,
}

#[derive(Debug)]
pub(super) struct Topic {
    pub(super) display_name: Option<String>,
    pub(super) size: usize,
    pub(super) subscriptions: Vec<Subscription>,
}

#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) arn: String,
    /// `None` is a protocol whose messages are not rendered here (`application`).
    pub(super) protocol: Option<Protocol>,
    pub(super) protocol_name: String,
    pub(super) endpoint: String,
    pub(super) raw: bool,
    pub(super) policy: Option<FilterPolicy>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) pattern: EventPattern,
    /// `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub(super) gets_reading: bool,
    pub(super) targets: Vec<Target>,
}

#[derive(Debug)]
pub(super) struct AlarmDefinition {
    pub(super) alarm: MetricAlarm,
    pub(super) scope: Scope,
}

impl World {
    /// Makes the world of templates. `account` is the account whose event bus it is; events of others do not come by it.
    ///
    /// # Errors
    /// What AWS would refuse to make, with its place in the template.
    pub fn new(
        stacks: &Stacks,
        destinations: &[FilterDestination],
        account: Option<String>,
    ) -> Result<Self, Invalid> {
        let mut builder = Builder {
            stacks,
            problems: Vec::new(),
            world: Self {
                account,
                groups: Vec::new(),
                filters: Vec::new(),
                subscription_filters: Vec::new(),
                functions: Vec::new(),
                topics: HashMap::new(),
                rules: Vec::new(),
                alarms: Vec::new(),
                composites: Vec::new(),
                idle: Vec::new(),
                remarks: BTreeSet::new(),
            },
        };
        builder.topics();
        builder.functions();
        builder.metric_filters();
        builder.subscription_filters();
        builder.destinations(destinations);
        builder.trails();
        builder.rules();
        builder.alarms();
        builder.composites();
        builder.finish()
    }

    /// Whether nothing in it ever does anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty()
            && self.subscription_filters.is_empty()
            && self.rules.is_empty()
            && self.alarms.is_empty()
            && self.composites.is_empty()
    }

    /// The function of an ARN, be it of a version or an alias.
    pub(super) fn function_of(&self, arn: &str) -> Option<usize> {
        self.functions.iter().position(|function| is_function(function, arn))
    }
}

fn is_function(function: &Function, arn: &str) -> bool {
    arn == function.arn || arn.strip_prefix(&function.arn).is_some_and(|rest| rest.starts_with(':'))
}

struct Builder<'s> {
    stacks: &'s Stacks,
    problems: Vec<Problem>,
    world: World,
}

impl Builder<'_> {
    fn finish(self) -> Result<World, Invalid> {
        if self.problems.is_empty() { Ok(self.world) } else { Err(Invalid { problems: self.problems }) }
    }

    fn remark(&mut self, remark: Remark) {
        self.world.remarks.insert(remark);
    }

    /// An error inside a text of the template, at its very place.
    fn wrong_text(&mut self, origin: &Origin, text: &Text, error: &Diagnostic) {
        let span = text.place(origin.file.text(), error.span.start..error.span.end);
        self.problems.push(origin.problem(Diagnostic { span, ..error.clone() }));
    }

    fn pattern(&mut self, origin: &Origin, text: &Text) -> Option<Pattern> {
        match Pattern::parse(&text.value) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.wrong_text(origin, text, error.diagnostic());
                None
            }
        }
    }

    /// The log group of a name, taken for a trail's until a trail says otherwise.
    fn group(&mut self, name: &str, origin: &Origin) -> usize {
        if let Some(known) = self.world.groups.iter().position(|group| group.name == name) {
            return known;
        }
        let stack = self.stacks.stacks.iter().find(|stack| stack.template == origin.template);
        let group = Group {
            name: name.to_owned(),
            account: stack.map(|stack| stack.account.clone()).unwrap_or_default(),
            region: stack.map(|stack| stack.region.clone()).unwrap_or_default(),
            gets: Gets::All,
        };
        self.world.groups.push(group);
        self.world.groups.len() - 1
    }

    fn topics(&mut self) {
        for topic in &self.stacks.topics {
            let size = topic
                .properties
                .text(&["MaximumMessageSize"])
                .and_then(|size| size.value.parse().ok())
                .map_or(DEFAULT_MESSAGE_SIZE, |size: usize| size.min(LARGEST_MESSAGE_SIZE));
            let made = Topic { display_name: topic.display_name.clone(), size, subscriptions: Vec::new() };
            self.world.topics.insert(topic.arn.clone(), made);
        }
        let mut to_confirm = 0;
        for (nth, subscription) in self.stacks.subscriptions.iter().enumerate() {
            let scope = match subscription.filter_policy_scope.as_str() {
                "MessageBody" => PolicyScope::MessageBody,
                _ => PolicyScope::MessageAttributes,
            };
            let policy = match subscription.filter_policy_text() {
                None => None,
                Some(policy) => match FilterPolicy::parse(&policy, scope) {
                    Ok(policy) => Some(policy),
                    Err(error) => {
                        // The policy was written as YAML or JSON of the template's: only its place as a whole is known.
                        let hint = error.diagnostic().and_then(|found| found.hint.clone());
                        let problem = Diagnostic {
                            message: error.to_string(),
                            span: subscription.filter_policy_span,
                            hint,
                        };
                        self.problems.push(subscription.origin.problem(problem));
                        continue;
                    }
                },
            };
            let protocol = Protocol::of_name(&subscription.protocol.value);
            if matches!(
                protocol,
                Some(Protocol::Email | Protocol::EmailJson | Protocol::Http | Protocol::Https)
            ) {
                to_confirm += 1;
            }
            let made = Subscription {
                arn: format!(
                    "{}:{}",
                    subscription.topic_arn,
                    made_up_id(&[&subscription.topic_arn, &nth.to_string()])
                ),
                protocol,
                protocol_name: subscription.protocol.value.clone(),
                endpoint: subscription.endpoint.value.clone(),
                raw: subscription.raw_delivery,
                policy,
            };
            // A topic that only a subscription names is known by it.
            let topic = self.world.topics.entry(subscription.topic_arn.clone()).or_insert_with(|| Topic {
                display_name: None,
                size: DEFAULT_MESSAGE_SIZE,
                subscriptions: Vec::new(),
            });
            topic.subscriptions.push(made);
        }
        if to_confirm > 0 {
            self.remark(Remark::TakenAsConfirmed { subscriptions: to_confirm });
        }
        for topic in &self.stacks.topics {
            if self.world.topics.get(&topic.arn).is_some_and(|topic| topic.subscriptions.is_empty()) {
                self.remark(Remark::NoSubscriber { topic: self.stacks.id_of(&topic.origin) });
            }
        }
    }

    fn functions(&mut self) {
        for function in &self.stacks.functions {
            self.world.functions.push(Function {
                name: function.name.clone(),
                arn: function.arn.clone(),
                forwards_to: function.forwards_to.clone(),
                subject: function.subject.clone(),
            });
        }
    }

    fn metric_filters(&mut self) {
        for filter in &self.stacks.metric_filters {
            let Some(pattern) = self.pattern(&filter.origin, &filter.pattern) else { continue };
            let made = MetricFilter::new(filter.definition(pattern));
            match made {
                Ok(made) => {
                    let group = self.group(&filter.log_group.value, &filter.origin);
                    let id = self.stacks.id_of(&filter.origin);
                    self.world.filters.push(Filter { id, group, inner: made });
                }
                Err(error) => self.problems.push(filter.origin.problem(filter.diagnostic(&error))),
            }
        }
    }

    fn subscription_filters(&mut self) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for filter in &self.stacks.subscription_filters {
            *counts.entry(&filter.log_group.value).or_default() += 1;
            let Some(pattern) = self.pattern(&filter.origin, &filter.pattern) else { continue };
            let group = self.group(&filter.log_group.value, &filter.origin);
            let arn = &filter.destination_arn.value;
            let id = self.stacks.id_of(&filter.origin);
            let to = if let Some(function) = self.world.function_of(arn) {
                self.called_by_logs(function);
                LogDestination::Function(function)
            } else {
                self.remark(Remark::NotFollowed { from: id, to: arn.clone() });
                LogDestination::Elsewhere(arn.clone())
            };
            self.world.subscription_filters.push(LogSubscription {
                name: filter.name.clone(),
                group,
                pattern,
                to,
            });
        }
        for (group, filters) in counts {
            if filters > SUBSCRIPTION_FILTERS {
                let filters = filters as u64;
                self.remark(Remark::ManySubscriptionFilters { group: group.to_owned(), filters });
            }
        }
    }

    fn destinations(&mut self, destinations: &[FilterDestination]) {
        const SAID_AS: &str = "--filter-destination";
        for destination in destinations {
            let resource = match self.stacks.find(SAID_AS, &destination.destination) {
                Ok(resource) => resource,
                Err(problem) => {
                    self.problems.push(problem);
                    continue;
                }
            };
            let pattern = match Pattern::parse(&destination.pattern) {
                Ok(pattern) => pattern,
                Err(error) => {
                    let file = trailbell_template::File::new(SAID_AS, destination.pattern.as_str());
                    self.problems.push(Problem { file, diagnostic: error.diagnostic().clone() });
                    continue;
                }
            };
            let function = resource.arn.as_deref().and_then(|arn| self.world.function_of(arn));
            let Some(function) = function else {
                let file = trailbell_template::File::new(SAID_AS, destination.destination.as_str());
                let message = format!(
                    "`{}` is a {}, not a function",
                    destination.destination, resource.origin.type_name
                );
                let diagnostic = Diagnostic::new(message, Span::new(0, destination.destination.len()))
                    .with_hint("name an AWS::Lambda::Function, which gets the log events");
                self.problems.push(Problem { file, diagnostic });
                continue;
            };
            self.called_by_logs(function);
            // The console's filter is on the trail's own group, whatever that is called.
            let group =
                if self.world.groups.is_empty() { self.group(TRAILS_GROUP, &resource.origin) } else { 0 };
            let to = LogDestination::Function(function);
            self.world.subscription_filters.push(LogSubscription {
                name: destination.pattern.clone(),
                group,
                pattern,
                to,
            });
        }
    }

    /// What is to be said of a function that gets log events.
    fn called_by_logs(&mut self, index: usize) {
        let Some(function) = self.world.functions.get(index) else { return };
        let id = self.function_id(function);
        let remark = if function.forwards_to.is_empty() {
            Remark::FunctionUnknown { function: id }
        } else {
            let name = |arn: &String| arn.rsplit(':').next().unwrap_or(arn).to_owned();
            Remark::Forwards {
                function: id,
                topics: function.forwards_to.iter().map(name).collect(),
                subject: function.subject.clone(),
            }
        };
        let unknown: Vec<String> = function
            .forwards_to
            .iter()
            .filter(|arn| !self.world.topics.contains_key(*arn))
            .cloned()
            .collect();
        self.remark(remark);
        for arn in unknown {
            self.remark(Remark::TopicUnknown { arn });
        }
        self.permission(index, "logs.amazonaws.com");
    }

    fn function_id(&self, function: &Function) -> String {
        let found = self.stacks.functions.iter().find(|one| one.arn == function.arn);
        found.map_or_else(|| function.name.clone(), |one| self.stacks.id_of(&one.origin))
    }

    /// Whether some permission lets a service call the function.
    fn permission(&mut self, index: usize, principal: &str) {
        let Some(function) = self.world.functions.get(index) else { return };
        let (service, rest) = principal.split_once('.').unwrap_or((principal, ""));
        let allowed = self.stacks.permissions.iter().any(|permission| {
            let named = permission.function == function.name || is_function(function, &permission.function);
            // `logs.REGION.amazonaws.com` is the same service.
            let same = permission.principal == principal
                || permission.principal == "*"
                || permission
                    .principal
                    .strip_prefix(service)
                    .is_some_and(|middle| middle.starts_with('.') && middle.ends_with(rest));
            named && same
        });
        if !allowed {
            let function = self.function_id(function);
            self.remark(Remark::NoPermission { function, principal: principal.to_owned() });
        }
    }

    /// Which groups the trail's records come into.
    fn trails(&mut self) {
        let written: Vec<(String, String, Gets)> = self
            .stacks
            .trails
            .iter()
            .filter_map(|trail| {
                // arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*
                let arn = trail.log_group_arn.as_ref()?.value.clone();
                let mut parts = arn.splitn(7, ':');
                let region = parts.nth(3)?.to_owned();
                let name = parts.nth(2)?.trim_end_matches(":*").to_owned();
                let gets = match (trail.is_logging, trail.is_multi_region) {
                    (false, _) => Gets::Nothing,
                    (true, true) => Gets::All,
                    (true, false) => Gets::OneRegion { global: trail.includes_global_services },
                };
                Some((name, region, gets))
            })
            .collect();
        if written.is_empty() {
            let groups: Vec<String> = self.world.groups.iter().map(|group| group.name.clone()).collect();
            if groups.iter().any(|group| group != TRAILS_GROUP) {
                self.remark(Remark::GroupsTakenForTrails { groups });
            }
            return;
        }
        let mut silent = Vec::new();
        for group in &mut self.world.groups {
            match written.iter().find(|(name, ..)| *name == group.name) {
                Some((_, region, gets)) => {
                    region.clone_into(&mut group.region);
                    group.gets = *gets;
                }
                None if group.name == TRAILS_GROUP => {}
                None => {
                    group.gets = Gets::Nothing;
                    silent.push(group.name.clone());
                }
            }
        }
        for group in silent {
            self.remark(Remark::NoTrailWrites { group });
        }
    }

    fn rules(&mut self) {
        for rule in &self.stacks.event_rules {
            let id = self.stacks.id_of(&rule.origin);
            let not_run = match (rule.state.as_str(), &rule.pattern) {
                ("DISABLED", _) => Some(RuleNotRun::Disabled),
                (_, None) => Some(RuleNotRun::Schedule),
                _ if rule.bus != "default" => Some(RuleNotRun::Bus),
                _ => None,
            };
            let Some(text) = &rule.pattern else {
                self.remark(Remark::RuleNotRun { rule: id, why: RuleNotRun::Schedule });
                continue;
            };
            let pattern = match EventPattern::parse(text) {
                Ok(pattern) => pattern,
                Err(error) => {
                    let found = error.diagnostic();
                    // The pattern is written as YAML or JSON of the template's: only its place as a whole is known.
                    let problem = Diagnostic {
                        message: format!("Event pattern is not valid. Reason: {}", found.message),
                        span: rule.pattern_span,
                        hint: found.hint.clone(),
                    };
                    self.problems.push(rule.origin.problem(problem));
                    continue;
                }
            };
            for target in &rule.targets {
                if let Err(message) = target::check(target) {
                    self.problems.push(rule.origin.problem(Diagnostic::new(message, target.span)));
                }
            }
            if let Some(why) = not_run {
                self.remark(Remark::RuleNotRun { rule: id, why });
                continue;
            }
            self.targets(&id, &rule.targets);
            let mut parts = rule.arn.split(':').skip(3);
            let region = parts.next().unwrap_or_default().to_owned();
            let account = parts.next().unwrap_or_default().to_owned();
            self.world.rules.push(Rule {
                id,
                name: rule.name.clone(),
                arn: rule.arn.clone(),
                account,
                region,
                pattern,
                gets_reading: rule.state == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
                targets: rule.targets.clone(),
            });
        }
    }

    /// What is to be said of where a rule sends its events.
    fn targets(&mut self, rule: &str, targets: &[Target]) {
        for target in targets {
            let arn = &target.arn.value;
            if is_topic(arn) {
                self.topic_of_a_rule(arn, rule);
            } else if let Some(function) = self.world.function_of(arn) {
                self.permission(function, "events.amazonaws.com");
                let function = self.world.functions.get(function).map(|one| self.function_id(one));
                self.remark(Remark::FunctionUnknown { function: function.unwrap_or_default() });
            } else {
                self.remark(Remark::NotFollowed { from: rule.to_owned(), to: arn.clone() });
            }
        }
    }

    fn topic_of_a_rule(&mut self, arn: &str, rule: &str) {
        let Some(topic) = self.stacks.topics.iter().find(|topic| topic.arn == arn) else {
            self.remark(Remark::TopicUnknown { arn: arn.to_owned() });
            return;
        };
        let allows = self.stacks.topic_policies.iter().any(|policy| {
            policy.topics.iter().any(|one| one == arn) && lets_event_bridge_in(&policy.document)
        });
        if !allows {
            let topic = self.stacks.id_of(&topic.origin);
            self.remark(Remark::NoTopicPolicy { topic, rule: rule.to_owned() });
        }
    }

    fn alarms(&mut self) {
        for described in &self.stacks.alarms {
            let Some(Alarm::Metric(alarm)) = self.alarm(described, "AWS::CloudWatch::Alarm") else {
                continue;
            };
            let scope = described.scope();
            // What AWS refuses of an alarm's numbers is found by making one.
            if let Err(error) = trailbell_alarm::Running::new((*alarm).clone(), jiff::Timestamp::UNIX_EPOCH) {
                let message =
                    error.diagnostic().map_or_else(|| error.to_string(), |(_, found)| found.message.clone());
                self.problems.push(described.origin.problem(Diagnostic::new(message, described.origin.span)));
                continue;
            }
            self.actions(&alarm.name, &alarm.actions);
            self.feeds(&alarm);
            self.world.alarms.push(AlarmDefinition { alarm: *alarm, scope });
        }
    }

    /// Reads an alarm's properties; what AWS would run and trailbell does not is a remark.
    fn alarm(&mut self, described: &TemplateAlarm, kind: &str) -> Option<Alarm> {
        match Alarm::read(kind, described.properties.json(), Some(&described.name)) {
            Ok(read) => Some(read.alarm),
            Err(error) if error.problem == PropertyProblem::NotRunHere => {
                self.world.idle.push((described.scope(), described.name.clone()));
                self.remark(Remark::AlarmNotRun { alarm: described.name.clone(), why: error.to_string() });
                None
            }
            Err(error) => {
                self.problems.push(described.origin.problem(described.diagnostic(&error)));
                None
            }
        }
    }

    fn actions(&mut self, alarm: &str, actions: &trailbell_alarm::Actions) {
        for arn in actions.ok.iter().chain(&actions.alarm).chain(&actions.insufficient_data) {
            if is_topic(arn) {
                if !self.world.topics.contains_key(arn) {
                    self.remark(Remark::TopicUnknown { arn: arn.clone() });
                }
            } else if let Some(function) = self.world.function_of(arn) {
                self.permission(function, "lambda.alarms.cloudwatch.amazonaws.com");
                let function = self.world.functions.get(function).map(|one| self.function_id(one));
                self.remark(Remark::FunctionUnknown { function: function.unwrap_or_default() });
            } else {
                self.remark(Remark::NotFollowed { from: alarm.to_owned(), to: arn.clone() });
            }
        }
    }

    /// Says which of an alarm's metrics nothing publishes.
    fn feeds(&mut self, alarm: &MetricAlarm) {
        for metric in metrics(alarm) {
            if !self.world.filters.iter().any(|filter| filter.inner.metric() == metric) {
                let metric = format!("{}/{}", metric.0, metric.1);
                self.world.remarks.insert(Remark::NothingFeeds { alarm: alarm.name.clone(), metric });
            }
        }
    }

    /// Composite alarms, each behind those it stands on: AWS makes none whose children are not there.
    fn composites(&mut self) {
        let mut waiting: Vec<(&TemplateAlarm, Scope, CompositeAlarm)> = Vec::new();
        for described in &self.stacks.composite_alarms {
            if let Some(Alarm::Composite(alarm)) = self.alarm(described, "AWS::CloudWatch::CompositeAlarm") {
                self.actions(&alarm.name, &alarm.actions);
                waiting.push((described, described.scope(), *alarm));
            }
        }
        let mut known: BTreeSet<(String, String, String)> = BTreeSet::new();
        let key = |scope: &Scope, name: &str| (scope.account.clone(), scope.region.clone(), name.to_owned());
        known.extend(self.world.alarms.iter().map(|one| key(&one.scope, &one.alarm.name)));
        known.extend(self.world.idle.iter().map(|(scope, name)| key(scope, name)));
        loop {
            let before = waiting.len();
            let mut still = Vec::new();
            for (described, scope, alarm) in waiting {
                let exists = |name: &str| known.contains(&key(&scope, name));
                if alarm.rule.check(&alarm.name, &scope, &exists).is_ok() {
                    known.insert(key(&scope, &alarm.name));
                    self.world.composites.push((scope, alarm));
                } else {
                    still.push((described, scope, alarm));
                }
            }
            waiting = still;
            if waiting.len() == before {
                break;
            }
        }
        for (described, scope, alarm) in waiting {
            let exists = |name: &str| known.contains(&key(&scope, name));
            if let Err(error) = alarm.rule.check(&alarm.name, &scope, &exists) {
                match described.properties.text(&["AlarmRule"]) {
                    Some(rule) => self.wrong_text(&described.origin, &rule, error.diagnostic()),
                    None => self.problems.push(described.origin.problem(error.diagnostic().clone())),
                }
            }
        }
    }
}

impl AlarmDefinition {
    /// Namespace and name of each metric it reads.
    pub(super) fn metrics(&self) -> impl Iterator<Item = (&str, &str)> {
        metrics(&self.alarm)
    }
}

fn metrics(alarm: &MetricAlarm) -> impl Iterator<Item = (&str, &str)> {
    let (one, several) = match &alarm.measured {
        Measured::Metric(reading) => (Some(reading), &[][..]),
        Measured::Math(queries) => (None, queries.as_slice()),
    };
    let of_queries = several.iter().filter_map(|query| match &query.source {
        QuerySource::Reading(reading) => Some(reading),
        QuerySource::Expression(_) => None,
    });
    one.into_iter()
        .chain(of_queries)
        .map(|reading| (reading.metric.namespace.as_str(), reading.metric.name.as_str()))
}

pub(super) fn is_topic(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("sns")
}

/// Whether a topic's policy has a statement that lets EventBridge publish.
fn lets_event_bridge_in(document: &serde_json::Value) -> bool {
    let list = |value: &serde_json::Value| match value {
        serde_json::Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    };
    let statements = document.get("Statement").map(list).unwrap_or_default();
    statements.iter().any(|statement| {
        let principal = statement.get("Principal");
        let services = principal.and_then(|principal| principal.get("Service")).map(list).unwrap_or_default();
        let anybody = principal.is_some_and(|principal| principal == "*");
        statement.get("Effect").is_some_and(|effect| effect == "Allow")
            && (anybody || services.iter().any(|service| service == "events.amazonaws.com"))
    })
}

/// An id in the form of a UUID, always the same for the same.
pub(super) fn made_up_id(parts: &[&str]) -> String {
    let hex = format!("{:032x}", trailbell_text::stable_hash(parts));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
