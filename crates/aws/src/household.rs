//! The few small things a function in an account asks for: its secrets from the parameter store, and a place in the dead-letter queue.

use serde::Deserialize;
use serde_json::json;
use trailbell_text::Secret;

use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::of_queue_url;
use crate::service::Service;

impl Aws {
    /// The value of a parameter (a `SecureString` is decrypted).
    ///
    /// # Errors
    /// What Systems Manager says.
    pub async fn parameter(&self, name: &str) -> Result<Secret, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Got {
            parameter: Parameter,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Parameter {
            value: String,
        }
        let input = json!({ "Name": name, "WithDecryption": true });
        let call = Call::json(Service::Ssm, &self.region_for(None)?, "GetParameter", &input);
        Ok(Secret::new(call.read::<Got>(&self.send(&call).await?)?.parameter.value))
    }

    /// Puts a message into the queue with that URL.
    ///
    /// # Errors
    /// What SQS says.
    pub async fn enqueue(&self, queue_url: &str, body: &str) -> Result<(), Error> {
        let region = self.region_for(of_queue_url(queue_url).as_deref())?;
        let input = json!({ "QueueUrl": queue_url, "MessageBody": body });
        self.send(&Call::json(Service::Sqs, &region, "SendMessage", &input)).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, answer, refusal};

    #[tokio::test]
    async fn a_parameter_is_asked_for_decrypted_and_never_shown() {
        let fake =
            Fake::start(|_| answer(200, r#"{"Parameter":{"Name":"/t","Value":"{\"A\":\"b\"}"}}"#)).await;
        let secret = fake.aws().parameter("/t").await.unwrap();
        assert_eq!(secret.expose(), r#"{"A":"b"}"#);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let asked = &fake.asked()[0];
        assert_eq!(asked.operation(), "GetParameter");
        assert_eq!(asked.json(), json!({ "Name": "/t", "WithDecryption": true }));
    }

    #[tokio::test]
    async fn what_may_not_be_read_names_the_action_to_allow() {
        let fake = Fake::start(|_| refusal(400, "AccessDeniedException", "no")).await;
        let error = fake.aws().parameter("/t").await.unwrap_err().to_string();
        assert!(error.contains("allow ssm:GetParameter"), "{error}");
    }

    #[tokio::test]
    async fn a_message_goes_to_its_queue_in_the_queue_s_region() {
        let fake = Fake::start(|_| answer(200, r#"{"MessageId":"m"}"#)).await;
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";
        fake.aws().enqueue(url, "a & b").await.unwrap();
        let asked = &fake.asked()[0];
        assert_eq!((asked.operation().as_str(), asked.region().as_str()), ("SendMessage", "eu-west-1"));
        assert_eq!(asked.json(), json!({ "QueueUrl": url, "MessageBody": "a & b" }));
    }
}
