//! The keys that calls are signed with: asked of the provider when needed, kept while they are fresh.

use std::error::Error as _;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::Mutex;

/// Keys that end sooner than this are replaced before a call is signed with them.
const RENEW_BEFORE: Duration = Duration::from_mins(5);
/// How long keys without an end are used before the provider is asked again: a rotated file is noticed without a restart.
const LOOK_AGAIN: Duration = Duration::from_mins(15);

pub(crate) struct Keys {
    provider: SharedCredentialsProvider,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    credentials: Credentials,
    since: Instant,
}

impl Keys {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, kept: Mutex::new(None) }
    }

    /// The keys, or why there are none.
    pub(crate) async fn get(&self) -> Result<Credentials, String> {
        let mut kept = self.kept.lock().await;
        if let Some(fresh) = kept.as_ref().filter(|kept| kept.is_fresh()) {
            return Ok(fresh.credentials.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(credentials) => {
                *kept = Some(Kept { credentials: credentials.clone(), since: Instant::now() });
                Ok(credentials)
            }
            // Keys that are about to end are better than none while their source is away.
            Err(error) => {
                match kept.as_ref().filter(|kept| kept.ends_in().is_none_or(|left| !left.is_zero())) {
                    Some(old) => Ok(old.credentials.clone()),
                    None => Err(words(&error)),
                }
            }
        }
    }

    /// AWS says the session has ended: the provider is asked before the next call.
    pub(crate) async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Kept {
    fn ends_in(&self) -> Option<Duration> {
        let end = self.credentials.expiry()?;
        Some(end.duration_since(SystemTime::now()).unwrap_or_default())
    }

    fn is_fresh(&self) -> bool {
        self.ends_in().map_or_else(|| self.since.elapsed() < LOOK_AGAIN, |left| left > RENEW_BEFORE)
    }
}

/// An error with what caused it, each said once.
fn words(error: &aws_credential_types::provider::error::CredentialsError) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words = format!("{words}: {inner_words}");
        }
        cause = inner.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_credential_types::provider::{error::CredentialsError, future};

    use super::*;

    /// A provider whose keys end after `lasts`, that is away after `answers` answers, and counts.
    #[derive(Debug, Clone)]
    struct Provider {
        lasts: Option<Duration>,
        answers: usize,
        asked: Arc<AtomicUsize>,
    }

    impl ProvideCredentials for Provider {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst);
            future::ProvideCredentials::ready(if asked < self.answers {
                let expiry = self.lasts.map(|lasts| SystemTime::now() + lasts);
                Ok(Credentials::new("AKID", "hush-hush", None, expiry, "test"))
            } else {
                Err(CredentialsError::provider_error("the metadata service is away"))
            })
        }
    }

    fn keys(lasts: Option<Duration>, answers: usize) -> (Keys, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let provider = Provider { lasts, answers, asked: asked.clone() };
        (Keys::new(SharedCredentialsProvider::new(provider)), asked)
    }

    #[tokio::test]
    async fn fresh_keys_are_kept_and_ending_ones_renewed() {
        let (keys, asked) = keys(Some(Duration::from_hours(1)), 9);
        keys.get().await.unwrap();
        keys.get().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        keys.forget().await;
        keys.get().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2);

        let (keys, asked) = self::keys(Some(Duration::from_mins(1)), 9);
        keys.get().await.unwrap();
        keys.get().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn keys_about_to_end_are_used_while_their_source_is_away() {
        let (keys, _) = keys(Some(Duration::from_mins(1)), 1);
        keys.get().await.unwrap();
        assert_eq!(keys.get().await.unwrap().access_key_id(), "AKID");
        let (keys, _) = self::keys(None, 0);
        let why = keys.get().await.unwrap_err();
        assert!(why.contains("the metadata service is away"), "{why}");
    }

    #[tokio::test]
    async fn keys_are_never_shown() {
        let (keys, _) = keys(None, 1);
        keys.get().await.unwrap();
        assert_eq!(format!("{keys:?}"), "Keys(…)");
    }
}
