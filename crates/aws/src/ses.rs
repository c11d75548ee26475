//! Mail over Amazon SES (the second version of its API), as a raw message: the same mail that goes over SMTP.
//!
//! SES puts its own `Message-ID` in the place of ours; the thread's references stay.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use trailbell_notice::{Page, render};
use trailbell_outbox::{Capabilities, Channel, Message, Receipt, Sending};

use crate::call::Call;
use crate::client::Aws;
use crate::error::{Error, quiet, settings};
use crate::failure::failure;
use crate::service::Service;

/// Most bytes of a mail's HTML: mail programs cut what is longer (Gmail at about 102 KB). SES itself takes 40 MB.
const MAX_HTML: usize = 95_000;
/// SES takes at most 50 recipients of one mail.
const MAX_RECIPIENTS: usize = 50;

/// An account in the sandbox may send one mail a second.
const CAPABILITIES: Capabilities = Capabilities {
    word: "ses",
    burst: 1,
    interval: Duration::from_secs(1),
    max_bytes: MAX_HTML,
    threads: true,
    drops_copies: false,
    resolves: false,
    timeout: Duration::from_secs(30),
};

/// Mail over SES.
#[derive(Debug, Clone)]
pub struct Ses {
    aws: Aws,
    region: String,
    from: render::Address,
    from_text: String,
    to: Vec<render::Address>,
    to_text: Vec<String>,
}

impl Ses {
    /// Mails from an address that SES knows as verified to these.
    ///
    /// # Errors
    /// Where an address cannot be one, there is none or there are too many, or no region is known.
    pub fn new(aws: Aws, to: &[String], from: &str) -> Result<Self, Error> {
        let address = |text: &str| {
            render::Address::new(text).ok_or_else(|| {
                settings(format!("{} is no mail address; write name@example.com", quiet(text)))
            })
        };
        if to.is_empty() || to.len() > MAX_RECIPIENTS {
            return Err(settings(format!(
                "SES mails to 1 to {MAX_RECIPIENTS} addresses at once, not to {}",
                to.len()
            )));
        }
        let region = aws.region_for(None)?;
        Ok(Self {
            aws,
            region,
            from: address(from)?,
            from_text: from.to_owned(),
            to: to.iter().map(|to| address(to)).collect::<Result<_, _>>()?,
            to_text: to.to_vec(),
        })
    }

    fn mail(&self, message: &Message) -> String {
        let envelope = render::Envelope {
            from: self.from.clone(),
            to: self.to.clone(),
            date: message.date,
            message_id: message.identity.as_str().to_owned(),
            thread: message.thread.as_str().to_owned(),
        };
        render::mail(&fitting(&message.page), &envelope)
    }
}

impl Channel for Ses {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        format!("mail to {} over SES in {}", self.to_text.join(", "), self.region)
    }

    fn preview(&self, message: &Message) -> String {
        self.mail(message)
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            #[derive(Deserialize)]
            struct Sent {
                #[serde(rename = "MessageId")]
                id: Option<String>,
            }
            let input = json!({
                "FromEmailAddress": self.from_text,
                "Destination": { "ToAddresses": self.to_text },
                "Content": { "Raw": { "Data": STANDARD.encode(self.mail(message)) } },
            });
            let call =
                Call::rest(Service::Ses, &self.region, "SendEmail", "/v2/email/outbound-emails", &input)
                    .within(CAPABILITIES.timeout);
            let reply = self.aws.send_once(&call).await.map_err(|error| failure(&error))?;
            // SES took it, whatever can be read of its answer.
            let sent: Option<Sent> = call.read(&reply).ok();
            Ok(Receipt { id: sent.and_then(|sent| sent.id).map(|id| quiet(&id)) })
        })
    }
}

/// The page with as many of its things as a mail program shows.
fn fitting(page: &Page) -> Page {
    let mut page = page.clone();
    while render::html(&page).len() > MAX_HTML && !page.items.is_empty() {
        page.items.truncate(page.items.len() * 3 / 4);
    }
    page
}

#[cfg(test)]
mod tests {
    use trailbell_notice::{Item, Lang};
    use trailbell_outbox::FailureKind;
    use trailbell_text::{Phrase, Severity};

    use super::*;
    use crate::testing::{Fake, answer, message, page, refusal};

    fn ses(fake: &Fake) -> Ses {
        Ses::new(fake.aws(), &["a@example.com".into(), "b@example.com".into()], "trailbell@example.com")
            .unwrap()
    }

    #[tokio::test]
    async fn a_whole_mail_is_handed_over_for_every_recipient() {
        let fake = Fake::start(|_| answer(200, r#"{"MessageId":"s-1"}"#)).await;
        let message = message(page(Lang::Ja));
        let receipt = ses(&fake).send(&message).await.unwrap();
        assert_eq!(receipt.id.as_deref(), Some("s-1"));
        let asked = &fake.asked()[0];
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v2/email/outbound-emails"));
        assert!(asked.header("authorization").contains("/us-east-1/ses/aws4_request"));
        let input = asked.json();
        assert_eq!(input["Destination"]["ToAddresses"], json!(["a@example.com", "b@example.com"]));
        let mail = STANDARD.decode(input["Content"]["Raw"]["Data"].as_str().unwrap()).unwrap();
        let mail = String::from_utf8(mail).unwrap();
        assert!(mail.contains("From: trailbell <trailbell@example.com>\r\n"), "{mail}");
        assert!(mail.contains(message.identity.as_str()) && mail.contains(message.thread.as_str()));
        assert_eq!(mail, ses(&fake).preview(&message));
    }

    #[tokio::test]
    async fn an_address_that_is_not_verified_closes_the_channel() {
        let fake = Fake::start(|_| {
            refusal(
                400,
                "MessageRejected",
                "Email address is not verified. The following identities failed the check",
            )
        })
        .await;
        let failure = ses(&fake).send(&message(page(Lang::En))).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Closed);
        assert!(failure.message.contains("not verified"), "{}", failure.message);
    }

    #[test]
    fn a_digest_of_thousands_is_shortened_to_what_mail_programs_show() {
        let mut page = page(Lang::En);
        let text = Phrase::ours("10:00 alice created IAM user bob in 123456789012 from 203.0.113.9");
        page.items = vec![Item { severity: Severity::Low, text }; 5000];
        let fitting = fitting(&page);
        assert!(
            render::html(&fitting).len() <= MAX_HTML && fitting.items.len() > 50,
            "{}",
            fitting.items.len()
        );
    }

    #[test]
    fn addresses_are_checked_when_the_channel_is_made() {
        let aws = || Aws::to("http://127.0.0.1:9");
        assert!(Ses::new(aws(), &["a@example.com\r\nBcc: x@y".into()], "t@example.com").is_err());
        assert!(Ses::new(aws(), &[], "t@example.com").is_err());
    }
}
