//! An SNS topic as a channel: plain text, one subject, and for FIFO topics the keys by which SNS drops copies.
//!
//! Limits are those of the `Publish` reference: a subject of fewer than 100 ASCII characters without line breaks or
//! controls, a message of at most 262,144 bytes. SNS mails at most ten a second to an address before it stops.

use std::time::Duration;

use trailbell_notice::{Page, render};
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Probing, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Severity, acts};

use crate::call::Call;
use crate::client::Aws;
use crate::error::{Error, quiet, settings};
use crate::failure::failure;
use crate::region::of_arn;
use crate::service::Service;

/// Most bytes of a message.
const MAX_BYTES: usize = 262_144;
/// Most characters of a subject.
const MAX_SUBJECT: usize = 99;

const CAPABILITIES: Capabilities = Capabilities {
    word: "sns",
    burst: 5,
    interval: Duration::from_millis(500),
    max_bytes: MAX_BYTES,
    threads: false,
    drops_copies: false,
    timeout: Duration::from_secs(30),
};

/// A FIFO topic drops what it has been sent within five minutes.
const FIFO: Capabilities = Capabilities { drops_copies: true, ..CAPABILITIES };

/// A topic.
#[derive(Debug, Clone)]
pub struct Sns {
    aws: Aws,
    topic: String,
    region: String,
}

impl Sns {
    /// Publishes to the topic with that ARN.
    ///
    /// # Errors
    /// Where it is no topic's ARN.
    pub fn new(aws: Aws, topic: impl Into<String>) -> Result<Self, Error> {
        let topic = topic.into();
        let fields: Vec<&str> = topic.split(':').collect();
        let is_topic = matches!(fields.as_slice(), ["arn", _, "sns", _, account, name]
            if !account.is_empty() && !name.is_empty());
        let region = of_arn(&topic).filter(|_| is_topic).ok_or_else(|| {
            settings(format!(
                "{} is no SNS topic; write its ARN, such as arn:aws:sns:eu-west-1:123456789012:trailbell",
                quiet(&topic)
            ))
        })?;
        let region = aws.region_for(Some(region))?;
        Ok(Self { aws, topic, region })
    }

    fn is_fifo(&self) -> bool {
        // SNS itself tells them by this end of the name, in lower case.
        self.topic.rsplit_once('.').is_some_and(|(_, end)| end == "fifo")
    }

    fn parameters(&self, message: &Message) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("TopicArn", self.topic.clone()),
            ("Subject", subject(&message.page)),
            ("Message", cut(render::plain(&message.page))),
        ];
        if self.is_fifo() {
            parameters.push(("MessageGroupId", message.thread.as_str().to_owned()));
            parameters.push(("MessageDeduplicationId", message.identity.as_str().to_owned()));
        }
        parameters
    }
}

impl Channel for Sns {
    fn capabilities(&self) -> &Capabilities {
        if self.is_fifo() { &FIFO } else { &CAPABILITIES }
    }

    fn target(&self) -> String {
        self.topic.clone()
    }

    fn preview(&self, message: &Message) -> String {
        let lines = self.parameters(message).into_iter().map(|(name, value)| format!("{name}: {value}\n"));
        lines.collect()
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            let parameters = self.parameters(message);
            let parameters: Vec<(&str, &str)> =
                parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let call =
                Call::query(Service::Sns, &self.region, "Publish", &parameters).within(CAPABILITIES.timeout);
            let reply = self.aws.send_once(&call).await.map_err(|error| failure(&error))?;
            // SNS took it, whatever can be read of its answer.
            let id = call.read_xml(&reply).ok().and_then(|xml| xml.text_of("MessageId").map(quiet));
            Ok(Receipt { id })
        })
    }

    /// Whether somebody has confirmed a subscription. Where subscriptions may not be listed, nothing is known.
    fn probe(&self) -> Option<Probing<'_>> {
        Some(Box::pin(async {
            let subscriptions = match self.aws.subscriptions(&self.topic).await {
                Ok(subscriptions) => subscriptions,
                Err(error) if error.is_denied() => return Ok(Vec::new()),
                Err(error) => return Err(failure(&error)),
            };
            let pending = || subscriptions.iter().filter(|subscription| subscription.is_pending);
            if subscriptions.iter().all(|subscription| subscription.is_pending) {
                let what = match pending().count() {
                    0 => "nobody is subscribed to it; subscribe an address",
                    _ => "no subscription to it is confirmed; open the link in AWS's mail",
                };
                let message = format!("{}: {what}", self.topic);
                return Err(Failure { kind: FailureKind::Closed, message });
            }
            Ok(pending().map(|subscription| quiet(&subscription.endpoint)).collect())
        }))
    }
}

/// The page's one line where SNS takes it; in a language it does not, what can be said in ASCII.
fn subject(page: &Page) -> String {
    let line = page.one_line.render(Escaper::Header);
    if line.is_ascii() {
        let line: String = line.chars().filter(|c| !acts(*c)).collect();
        let line = line.trim();
        if line.len() > MAX_SUBJECT { format!("{}...", &line[..MAX_SUBJECT - 3]) } else { line.to_owned() }
    } else {
        let severity = match page.severity {
            Severity::Info => "INFO",
            Severity::Low => "LOW",
            Severity::Medium => "MEDIUM",
            Severity::High => "HIGH",
            Severity::Critical => "CRITICAL",
        };
        format!("trailbell: {severity}")
    }
}

/// The text, cut at a line's end where it is too long.
fn cut(mut text: String) -> String {
    const END: &str = "\n…\n";
    if text.len() > MAX_BYTES {
        let room = MAX_BYTES - END.len();
        let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(text[..end].rfind('\n').unwrap_or(end));
        text.push_str(END);
    }
    text
}

#[cfg(test)]
mod tests {
    use trailbell_notice::Lang;
    use trailbell_outbox::FailureKind;
    use trailbell_text::{Phrase, Untrusted};

    use super::*;
    use crate::testing::{Fake, answer, message, page};

    const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:trailbell";
    const TAKEN: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
                         <MessageId>m-1</MessageId></PublishResult></PublishResponse>";

    #[tokio::test]
    async fn a_page_is_published_as_plain_text_with_a_subject() {
        let fake = Fake::start(|_| answer(200, TAKEN)).await;
        let sns = Sns::new(fake.aws(), TOPIC).unwrap();
        let receipt = sns.send(&message(page(Lang::En))).await.unwrap();
        assert_eq!(receipt.id.as_deref(), Some("m-1"));
        let asked = &fake.asked()[0];
        assert_eq!(asked.region(), "eu-west-1");
        assert_eq!(asked.parameter("Action").as_deref(), Some("Publish"));
        assert_eq!(asked.parameter("TopicArn").as_deref(), Some(TOPIC));
        assert_eq!(asked.parameter("Subject").as_deref(), Some("HIGH: alice created IAM user bob."));
        assert!(asked.parameter("Message").unwrap().contains("alice created IAM user bob."));
        assert_eq!(asked.parameter("MessageGroupId"), None);
    }

    #[tokio::test]
    async fn a_fifo_topic_is_told_what_is_a_copy() {
        let fake = Fake::start(|_| answer(200, TAKEN)).await;
        let sns = Sns::new(fake.aws(), format!("{TOPIC}.fifo")).unwrap();
        let message = message(page(Lang::En));
        sns.send(&message).await.unwrap();
        let asked = &fake.asked()[0];
        assert_eq!(asked.parameter("MessageGroupId").as_deref(), Some(message.thread.as_str()));
        assert_eq!(asked.parameter("MessageDeduplicationId").as_deref(), Some(message.identity.as_str()));
        assert!(sns.capabilities().drops_copies);
    }

    #[test]
    fn a_subject_is_short_ascii_on_one_line_whoever_chose_the_words() {
        let mut page = page(Lang::En);
        page.one_line = Phrase::fill("HIGH: {name} signed in", |_| {
            Some(Untrusted::new(format!("x\r\nBcc: a@b\u{7}{}", "y".repeat(500))).into())
        });
        let subject = super::subject(&page);
        assert!(subject.len() < 100, "{subject}");
        assert!(subject.bytes().all(|b| (0x20..0x7f).contains(&b)), "{subject:?}");
        page.one_line = Phrase::ours("高: alice が IAM ユーザー bob を作成しました");
        assert_eq!(super::subject(&page), "trailbell: HIGH");
    }

    #[test]
    fn a_long_message_is_cut_at_a_line_below_the_limit() {
        let cut = cut("高い山\n".repeat(40_000));
        assert!(cut.len() <= MAX_BYTES && cut.len() > MAX_BYTES - 100);
        assert!(cut.ends_with("高い山\n…\n"));
    }

    #[tokio::test]
    async fn what_sns_refuses_is_told_with_the_action_to_allow() {
        let denied = Fake::start(|_| {
            answer(403, "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>")
        })
        .await;
        let failure =
            Sns::new(denied.aws(), TOPIC).unwrap().send(&message(page(Lang::En))).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Closed);
        assert!(failure.message.contains("allow sns:Publish"), "{}", failure.message);
        let busy = Fake::start(|_| answer(503, "busy")).await;
        let failure = Sns::new(busy.aws(), TOPIC).unwrap().send(&message(page(Lang::En))).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Temporary { after: None });
        assert_eq!(busy.asked().len(), 1, "one attempt: who calls decides about the next");
    }

    #[tokio::test]
    async fn a_topic_nobody_confirmed_reaches_nobody_and_one_among_others_is_named() {
        let member = |(n, arn): (usize, &&str)| {
            format!(
                "<member><Protocol>email</Protocol><SubscriptionArn>{arn}</SubscriptionArn>\
                 <Endpoint>a{n}@example.com</Endpoint></member>"
            )
        };
        let listed = |arns: &[&str]| {
            let members: Vec<String> = arns.iter().enumerate().map(member).collect();
            format!("<R><Result><Subscriptions>{}</Subscriptions></Result></R>", members.concat())
        };
        let pending = "PendingConfirmation";
        for (arns, wanted) in
            [(&[][..], None), (&[pending], None), (&[pending, "arn:aws:sns:x"], Some(["a0@example.com"]))]
        {
            let reply = listed(arns);
            let fake = Fake::start(move |_| answer(200, reply.clone())).await;
            let sns = Sns::new(fake.aws(), TOPIC).unwrap();
            match (sns.probe().unwrap().await, wanted) {
                (Ok(unreached), Some(wanted)) => assert_eq!(unreached, wanted),
                (Err(failure), None) => assert_eq!(failure.kind, FailureKind::Closed),
                (outcome, _) => panic!("{arns:?}: {outcome:?}"),
            }
        }
        let silent = Fake::start(|_| {
            answer(403, "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>")
        })
        .await;
        let sns = Sns::new(silent.aws(), TOPIC).unwrap();
        assert_eq!(sns.probe().unwrap().await, Ok(Vec::new()), "what may not be listed is no failure");
    }

    #[test]
    fn only_a_topic_s_arn_is_a_topic() {
        for wrong in [
            "trailbell",
            "arn:aws:sqs:eu-west-1:123456789012:q",
            "arn:aws:sns:eu-west-1:123456789012:t:sub-1",
        ] {
            let aws = Aws::to("http://127.0.0.1:9");
            assert!(Sns::new(aws, wrong).unwrap_err().to_string().contains("write its ARN"), "{wrong}");
        }
    }
}
