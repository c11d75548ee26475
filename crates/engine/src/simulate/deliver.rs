//! Topics and the event bus: what is published, who gets it, and what each of them gets.

use std::rc::Rc;

use trailbell_alarm::Scope;
use trailbell_json::Json;
use trailbell_sns::{DEFAULT_MESSAGE_SIZE, Message, Notification, Protocol, Publish};

use super::brought::Brought;
use super::drive::Drive;
use super::target::{self, RuleNames};
use super::timeline::{Happening, Moment, Publisher, Receiver, Sent};
use super::world::{Subscription, is_topic, made_up_id};

impl Drive<'_> {
    /// Publishes to a topic. `alarm` is the place of the metric alarm that does.
    pub(super) fn publish(
        &mut self,
        topic_arn: &str,
        publish: Publish,
        by: &Publisher,
        about: Option<&Rc<Brought>>,
        alarm: Option<usize>,
    ) {
        let world = self.world;
        let topic = world.topics.get(topic_arn);
        let message = match publish.accept(topic.map_or(DEFAULT_MESSAGE_SIZE, |topic| topic.size)) {
            Ok(message) => message,
            Err(error) => {
                self.lost(topic_arn, by.clone(), error.to_string(), about);
                return;
            }
        };
        let Some(topic) = topic else {
            let body = message.text(Protocol::Https).to_owned();
            let sent = self.sent(topic_arn, by, about, alarm, &message, body);
            self.send(sent, by, alarm);
            return;
        };
        // What SNS makes up is made of what it is about, and so always the same.
        let at = self.now.to_string();
        let count = self.report.messages.to_string();
        let message_id = made_up_id(&["message", topic_arn, &at, &count]);
        let timestamp = self.now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let notification = Notification {
            message: &message,
            message_id: &message_id,
            topic_arn,
            timestamp: &timestamp,
            signature: None,
        };
        for subscription in &topic.subscriptions {
            let to = Receiver {
                protocol: subscription.protocol_name.clone(),
                endpoint: subscription.endpoint.clone(),
            };
            // A policy on the body is asked about the message's `default`, which of an alarm is JSON, also for mail (chosen: that policies
            // on `NewStateValue` work for mail subscribers is what AWS's pages suggest; no recording says).
            if subscription.policy.as_ref().is_some_and(|policy| !policy.accepts(&message, Protocol::Https)) {
                let key = (topic_arn.to_owned(), Some(to.clone()));
                self.report.receivers.entry(key).or_default().filtered += 1;
                let subject = message.subject().map(str::to_owned);
                let what = Happening::Filtered { topic: topic_arn.to_owned(), to, by: by.clone(), subject };
                self.out.push(Moment { at: self.now, what });
                continue;
            }
            let (from, subject, body) =
                rendered(&notification, subscription, topic.display_name.as_deref(), &message);
            let mut sent = self.sent(topic_arn, by, about, alarm, &message, body);
            (sent.to, sent.from, sent.subject) = (Some(to), from, subject);
            self.send(sent, by, alarm);
        }
    }

    fn sent(
        &self,
        topic: &str,
        by: &Publisher,
        about: Option<&Rc<Brought>>,
        alarm: Option<usize>,
        message: &Message,
        body: String,
    ) -> Sent {
        // An alarm's message is about what fed it last, if it is about anything anybody did.
        let operation = about.or_else(|| self.alarms.get(alarm?).and_then(|going| going.latest.as_ref()));
        let subject = message.subject().map(str::to_owned);
        let names_it = operation.is_some_and(|operation| {
            operation.is_named_in(&body)
                || subject.as_ref().is_some_and(|subject| operation.is_named_in(subject))
        });
        Sent {
            topic: topic.to_owned(),
            to: None,
            by: by.clone(),
            from: None,
            subject,
            body,
            about: about.and_then(|about| about.told(&self.words)).cloned().map(Box::new),
            names_it,
        }
    }

    fn send(&mut self, sent: Sent, by: &Publisher, alarm: Option<usize>) {
        let nameless = u64::from(!sent.names_it);
        self.report.messages += 1;
        self.report.nameless += nameless;
        let receiver = self.report.receivers.entry((sent.topic.clone(), sent.to.clone())).or_default();
        receiver.messages += 1;
        receiver.nameless += nameless;
        if let Publisher::Alarm(name) = by {
            if let Some(report) = self.alarm_report(alarm, name) {
                report.messages += 1;
                report.nameless += nameless;
            }
            let now = self.now;
            if let Some(plot) = alarm.and_then(|at| self.alarms.get_mut(at)?.plot.as_mut()) {
                plot.message(now);
            }
        }
        self.out.push(Moment { at: self.now, what: Happening::Sent(Box::new(sent)) });
    }

    fn lost(&mut self, destination: &str, by: Publisher, why: String, about: Option<&Rc<Brought>>) {
        self.report.lost += 1;
        let about = about.and_then(|about| about.told(&self.words)).cloned().map(Box::new);
        let what = Happening::Lost { destination: destination.to_owned(), by, why, about };
        self.out.push(Moment { at: self.now, what });
    }

    /// Something is called that is not followed further.
    pub(super) fn called(&mut self, arn: &str, by: Publisher, payload: String, about: Option<&Rc<Brought>>) {
        let about = about.and_then(|about| about.told(&self.words)).cloned().map(Box::new);
        let what = Happening::Called { arn: arn.to_owned(), by, payload, about };
        self.out.push(Moment { at: self.now, what });
    }

    /// A record comes by the event bus: AWS brings it to the bus of its own account and region, and what only reads to rules that
    /// ask for it.
    pub(super) fn comes_by_bus(&mut self, brought: &Rc<Brought>) {
        let world = self.world;
        let events = brought.events(self.now);
        for (nth, rule) in world.rules.iter().enumerate() {
            let Some(event) = events.iter().find(|event| rule.pattern.matches(event)) else { continue };
            let account = brought.record.account();
            if let Some(missed) = self.missed.get_mut(nth) {
                if world.account.is_some() && account.is_some_and(|account| account != rule.account) {
                    missed.other_accounts += 1;
                    continue;
                }
                if brought.region() != rule.region {
                    missed.other_regions += 1;
                    continue;
                }
                if brought.only_reads() && !rule.gets_reading {
                    missed.reading += 1;
                    continue;
                }
            }
            self.rule_met(nth, event, Some(brought));
        }
    }

    /// An event of the account's own: an alarm's change of state.
    pub(super) fn comes_from_here(&mut self, event: &Json, scope: &Scope) {
        let world = self.world;
        for (nth, rule) in world.rules.iter().enumerate() {
            if rule.region == scope.region && rule.account == scope.account && rule.pattern.matches(event) {
                self.rule_met(nth, event, None);
            }
        }
    }

    fn rule_met(&mut self, nth: usize, event: &Json, about: Option<&Rc<Brought>>) {
        let Some(rule) = self.world.rules.get(nth) else { return };
        if let Some(report) = self.report.rules.get_mut(nth) {
            report.matched += 1;
        }
        let by = Publisher::Rule(rule.name.clone());
        for target in &rule.targets {
            let arn = &target.arn.value;
            match target::input(target, RuleNames { name: &rule.name, arn: &rule.arn }, event) {
                Err(why) => self.lost(arn, by.clone(), why.to_owned(), about),
                Ok(message) if is_topic(arn) => {
                    self.publish(arn, Publish { message, ..Publish::default() }, &by, about, None);
                }
                Ok(payload) => self.called(arn, by.clone(), payload, about),
            }
        }
    }
}

/// The sender, the subject and the text that a subscriber gets.
fn rendered(
    notification: &Notification<'_>,
    subscription: &Subscription,
    display_name: Option<&str>,
    message: &Message,
) -> (Option<String>, Option<String>, String) {
    let subject = message.subject().map(str::to_owned);
    let Some(protocol) = subscription.protocol else {
        return (None, subject, message.text(Protocol::Https).to_owned());
    };
    let to = trailbell_sns::Subscription {
        arn: &subscription.arn,
        protocol,
        endpoint: &subscription.endpoint,
        raw: subscription.raw,
    };
    match protocol {
        Protocol::Email | Protocol::EmailJson => {
            let mail = notification.email(&to, display_name);
            (Some(mail.from), Some(mail.subject), mail.body)
        }
        Protocol::Sms => (None, None, notification.body(&to)),
        _ => (None, subject, notification.body(&to)),
    }
}
