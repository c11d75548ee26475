//! What the source asks of SNS: a certificate, and the confirmation of a subscription. Both are one small GET.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::StatusCode;
use reqwest::redirect::Policy;
use url::Url;

use crate::error::Error;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Why there was no answer to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FetchError {
    /// No answer, with the reason.
    Unreachable(String),
    /// Another status than 200.
    Status(StatusCode),
    /// More bytes than asked for.
    TooLarge,
}

/// An answer on its way.
pub(super) type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + 'a>>;

/// Asks over HTTPS. A trait so that tests stand in for SNS.
pub(super) trait Outward: fmt::Debug + Send + Sync {
    /// The body of a 200 with at most `most` bytes.
    fn get(&self, url: Url, most: usize) -> Fetching<'_>;
}

/// The real one.
#[derive(Debug)]
pub(super) struct Https {
    client: reqwest::Client,
}

impl Https {
    pub(super) fn new() -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .https_only(true)
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("trailbell/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::new(format!("HTTPS to Amazon SNS cannot be set up: {error}")))?;
        Ok(Self { client })
    }
}

impl Outward for Https {
    fn get(&self, url: Url, most: usize) -> Fetching<'_> {
        Box::pin(async move {
            // The URL of a confirmation holds its token.
            let unreachable = |error: reqwest::Error| FetchError::Unreachable(words(&error.without_url()));
            let mut response = self.client.get(url).send().await.map_err(unreachable)?;
            if response.status() != StatusCode::OK {
                return Err(FetchError::Status(response.status()));
            }
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
                if body.len() + chunk.len() > most {
                    return Err(FetchError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body)
        })
    }
}

/// The error with its causes: the last one says what to mend.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_asked_without_tls() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}/?Token=open-sesame").parse().unwrap();
        let Err(FetchError::Unreachable(why)) = Https::new().unwrap().get(url, 10).await else {
            panic!("it is not HTTPS");
        };
        assert!(!why.contains("open-sesame"), "{why}");
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "nobody came");
    }

    #[tokio::test]
    async fn who_speaks_no_tls_is_not_believed_and_the_token_stays_here() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || listener.accept().map(drop));
        let url = format!("https://{address}/?Token=open-sesame").parse().unwrap();
        let Err(FetchError::Unreachable(why)) = Https::new().unwrap().get(url, 10).await else {
            panic!("it is not TLS");
        };
        assert!(!why.contains("open-sesame"), "{why}");
    }
}
