//! An SNS topic as a channel: plain text, one subject, attributes by which a subscription can choose, and for FIFO topics the keys by
//! which SNS drops copies.
//!
//! A subject has at most 100 UTF-16 code units of any script, without line breaks or controls (as AWS was seen to take it; its
//! reference says fewer than 100 characters); a message at most 262,144 bytes, its attributes included. SNS mails at most ten
//! a second to an address before it stops.

use std::time::Duration;

use serde_json::Value;
use trailbell_notice::{Page, render};
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Message, Probing, Receipt, Sending};
use trailbell_text::{Channel as Escaper, acts};

use crate::call::Call;
use crate::client::Aws;
use crate::error::{Error, quiet, settings};
use crate::failure::failure;
use crate::region::of_arn;
use crate::service::Service;

/// Most bytes of a message.
const MAX_BYTES: usize = 262_144;
/// Most UTF-16 code units of a subject.
const MAX_SUBJECT: usize = 100;
/// What is left for the attributes in a message's bytes.
const ATTRIBUTES_ROOM: usize = 2_048;

const CAPABILITIES: Capabilities = Capabilities {
    word: "sns",
    burst: 5,
    interval: Duration::from_millis(500),
    max_bytes: MAX_BYTES,
    threads: false,
    drops_copies: false,
    resolves: false,
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

    fn parameters(&self, message: &Message) -> Vec<(String, String)> {
        let mut parameters = vec![
            ("TopicArn".to_owned(), self.topic.clone()),
            ("Subject".to_owned(), subject(&message.page)),
            ("Message".to_owned(), cut(render::plain(&message.page))),
        ];
        if self.is_fifo() {
            let id = |identity: &trailbell_outbox::Identity| identity.as_str().to_owned();
            parameters.push(("MessageGroupId".to_owned(), id(&message.thread)));
            parameters.push(("MessageDeduplicationId".to_owned(), id(&message.identity)));
        }
        for (number, (name, kind, value)) in attributes(message).into_iter().enumerate() {
            let entry = format!("MessageAttributes.entry.{}", number + 1);
            parameters.push((format!("{entry}.Name"), name.to_owned()));
            parameters.push((format!("{entry}.Value.DataType"), kind.to_owned()));
            parameters.push((format!("{entry}.Value.StringValue"), value));
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
                parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
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

/// The page's one line, in whatever script.
fn subject(page: &Page) -> String {
    let line = page.one_line.render(Escaper::Header);
    let line: String = line.chars().filter(|c| !acts(*c)).collect();
    let line = line.trim();
    if line.encode_utf16().count() <= MAX_SUBJECT {
        return line.to_owned();
    }
    let mut room = MAX_SUBJECT - 1;
    let kept = line.chars().take_while(|c| {
        let fits = c.len_utf16() <= room;
        room = room.saturating_sub(c.len_utf16());
        fits
    });
    format!("{}…", kept.collect::<String>().trim_end())
}

/// What a subscription's filter policy can choose by: `severity`, `kind` (a rule's kind, or what a word of trailbell's own is),
/// `account`, `outcome`, `rules`. Names and words of ours, but for the account, which must look like one, and rules' names.
fn attributes(message: &Message) -> Vec<(&'static str, &'static str, String)> {
    let json = &message.json;
    let word = |key: &str| json.get(key).and_then(Value::as_str).filter(|word| !word.is_empty());
    let mut attributes = Vec::new();
    let mut add = |name, value: Option<&str>| {
        attributes.extend(value.map(|value| (name, "String", value.to_owned())));
    };
    add("severity", word("severity"));
    add("kind", word("kind").or_else(|| word("bulletin")));
    let is_account = |id: &&str| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    add("account", word("account").filter(is_account));
    add("outcome", word("outcome"));
    let rules = json.get("rules").filter(|rules| rules.as_array().is_some_and(|rules| !rules.is_empty()));
    if let Some(rules) = rules.map(Value::to_string).filter(|rules| rules.len() < ATTRIBUTES_ROOM / 2) {
        attributes.push(("rules", "String.Array", rules));
    }
    attributes
}

/// The text, cut at a line's end where it is too long.
fn cut(mut text: String) -> String {
    const END: &str = "\n…\n";
    const MAX_TEXT: usize = MAX_BYTES - ATTRIBUTES_ROOM;
    if text.len() > MAX_TEXT {
        let room = MAX_TEXT - END.len();
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
    fn a_subject_is_short_and_on_one_line_whoever_chose_the_words() {
        let mut page = page(Lang::En);
        page.one_line = Phrase::fill("HIGH: {name} signed in", |_| {
            Some(Untrusted::new(format!("x\r\nBcc: a@b\u{7}\u{202e}{}", "y".repeat(500))).into())
        });
        let subject = super::subject(&page);
        assert!(subject.encode_utf16().count() <= 100, "{subject}");
        assert!(subject.starts_with("HIGH: x") && !subject.chars().any(acts), "{subject:?}");
        for (line, wanted) in [
            (
                "高: alice が IAM ユーザー bob を作成しました".to_owned(),
                "高: alice が IAM ユーザー bob を作成しました".to_owned(),
            ),
            ("a".repeat(100), "a".repeat(100)),
            ("界".repeat(101), "界".repeat(99) + "…"),
            ("🔔".repeat(50), "🔔".repeat(50)),
            ("🔔".repeat(51), "🔔".repeat(49) + "…"),
        ] {
            page.one_line = Phrase::fill("{line}", |_| Some(Untrusted::new(line.clone()).into()));
            assert_eq!(super::subject(&page), wanted);
        }
    }

    #[tokio::test]
    async fn a_subscription_can_choose_by_attributes() {
        let fake = Fake::start(|_| answer(200, TAKEN)).await;
        let mut message = message(page(Lang::En));
        message.json = serde_json::json!({
            "type": "notice", "severity": "high", "kind": "iam-change", "account": "012345678901", "outcome": "success",
            "rules": ["iam-change", "my \"own\""],
        });
        Sns::new(fake.aws(), TOPIC).unwrap().send(&message).await.unwrap();
        message.json = serde_json::json!({ "severity": "low", "bulletin": "digest", "account": "no account\n", "rules": [] });
        Sns::new(fake.aws(), TOPIC).unwrap().send(&message).await.unwrap();
        let sent = |which: usize| -> Vec<(String, String, String)> {
            let asked = &fake.asked()[which];
            let of =
                |number, what: &str| asked.parameter(&format!("MessageAttributes.entry.{number}.{what}"));
            (1..)
                .map_while(|n| Some((of(n, "Name")?, of(n, "Value.DataType")?, of(n, "Value.StringValue")?)))
                .collect()
        };
        let all = |attributes: &[(&str, &str, &str)]| -> Vec<(String, String, String)> {
            attributes.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect()
        };
        assert_eq!(
            sent(0),
            all(&[
                ("severity", "String", "high"),
                ("kind", "String", "iam-change"),
                ("account", "String", "012345678901"),
                ("outcome", "String", "success"),
                ("rules", "String.Array", r#"["iam-change","my \"own\""]"#),
            ])
        );
        assert_eq!(sent(1), all(&[("severity", "String", "low"), ("kind", "String", "digest")]));
    }

    #[test]
    fn a_long_message_is_cut_at_a_line_below_the_limit() {
        let cut = cut("高い山\n".repeat(40_000));
        let most = MAX_BYTES - ATTRIBUTES_ROOM;
        assert!(cut.len() <= most && cut.len() > most - 100);
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
