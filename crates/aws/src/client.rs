//! The way to AWS: whose credentials, which region, which endpoint; signing, sending, and asking again.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::header::{RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use trailbell_config::AwsAccess;
use url::{Host, Url};

use crate::backoff::Backoff;
use crate::call::{Call, Object, reasons, said};
use crate::credentials::Keys;
use crate::error::{Error, settings};
use crate::region::is_region;
use crate::service::Service;
use crate::unhurried::Unhurried;

/// Most bytes of an error reply that are read.
const ERROR_LIMIT: usize = 64 * 1024;
/// How often a call is tried before its failure is told, where trying again makes sense.
const TRIES: u32 = 4;
/// The bounds of the waits between tries.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Where S3 says in which region a bucket is.
const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

/// The way to AWS for one `aws:` part of the settings. Cheap to clone; clones share credentials and connections.
#[derive(Clone)]
pub struct Aws {
    inner: Arc<Inner>,
}

struct Inner {
    keys: Keys,
    /// The region of the settings, which goes before everything.
    asked_region: Option<String>,
    /// The region of the profile or the environment, for what has none of its own.
    default_region: Option<String>,
    endpoint: Option<Url>,
    /// Services with an endpoint of their own.
    by_service: Vec<(Service, Url)>,
    http: reqwest::Client,
    first_wait: Duration,
}

impl Aws {
    /// Finds credentials and region as the AWS CLI would (`profile`, the environment, the machine's role), assumes `role`
    /// from there where one is set. No call is made yet except what finding the region takes: missing or refused
    /// credentials show at the first call. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// Where the region or the endpoint of the settings cannot be one, or no HTTPS client can be made here.
    pub async fn connect(access: &AwsAccess) -> Result<Self, Error> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(Unhurried::new());
        if let Some(profile) = &access.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &access.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &access.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let found = loader.load().await;
        let endpoint = access.endpoint.as_deref().or_else(|| found.endpoint_url()).map(str::to_owned);
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_set = |name: &str| variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        // The settings go before the environment, and one service's endpoint before that of all, as everywhere at AWS.
        let by_service = if access.endpoint.is_some() || is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            Vec::new()
        } else {
            let own = |service: Service| Some((service, variable(&service.endpoint_variable())?));
            Service::ALL.into_iter().filter_map(own).collect()
        };
        let default_region = found.region().map(|region| region.as_ref().to_owned());
        let mut provider = found.credentials_provider().ok_or_else(|| {
            settings("AWS credentials are switched off in this environment; set AWS_PROFILE")
        })?;
        if let Some(role) = &access.role {
            let region = default_region.clone().unwrap_or_else(|| "us-east-1".to_owned());
            let assumed = AssumeRoleProvider::builder(role)
                .session_name("trailbell")
                .region(Region::new(region))
                .configure(&found)
                .build()
                .await;
            provider = SharedCredentialsProvider::new(assumed);
        }
        Self::new(provider, access.region.clone(), default_region, endpoint.as_deref(), &by_service)
    }

    fn new(
        provider: SharedCredentialsProvider,
        asked_region: Option<String>,
        default_region: Option<String>,
        endpoint: Option<&str>,
        by_service: &[(Service, String)],
    ) -> Result<Self, Error> {
        for region in asked_region.iter().chain(&default_region) {
            if !is_region(region) {
                return Err(settings(format!("{region:?} is no AWS region; write one such as eu-west-1")));
            }
        }
        let endpoint = endpoint.map(checked_endpoint).transpose()?;
        let own = |(service, url): &(Service, String)| Ok((*service, checked_endpoint(url)?));
        let by_service: Vec<(Service, Url)> = by_service.iter().map(own).collect::<Result<_, _>>()?;
        let mut builder = reqwest::Client::builder()
            // A signed request is for one host; another one must not learn what is in it.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .pool_idle_timeout(Duration::from_secs(30));
        let mut endpoints = by_service.iter().map(|(_, url)| url).chain(&endpoint).peekable();
        if endpoints.peek().is_some() && endpoints.all(is_loopback) {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| settings(format!("no HTTPS client can be made on this machine: {error}")))?;
        let keys = Keys::new(provider);
        let inner =
            Inner { keys, asked_region, default_region, endpoint, by_service, http, first_wait: FIRST_WAIT };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A way to something that stands in for AWS, with keys that open nothing and waits that tests can bear.
    #[cfg(test)]
    pub(crate) fn to(endpoint: &str) -> Self {
        let provider =
            SharedCredentialsProvider::new(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"));
        let mut aws = Self::new(provider, None, Some("us-east-1".to_owned()), Some(endpoint), &[]).unwrap();
        Arc::get_mut(&mut aws.inner).unwrap().first_wait = Duration::from_millis(1);
        aws
    }

    /// The region of the settings; else the one `belongs` says (an ARN's or a queue's own); else that of the profile or
    /// the environment.
    ///
    /// # Errors
    /// Where none of them says.
    pub fn region_for(&self, belongs: Option<&str>) -> Result<String, Error> {
        let inner = &self.inner;
        let region = inner.asked_region.as_deref().or(belongs).or(inner.default_region.as_deref());
        region.map(str::to_owned).ok_or_else(|| {
            settings("no AWS region is known; write `region:` into the settings, or set AWS_REGION")
        })
    }

    /// The region for what is asked of an account as a whole: never missing.
    pub(crate) fn home_region(&self) -> String {
        self.region_for(None).unwrap_or_else(|_| "us-east-1".to_owned())
    }

    /// Where calls to a service go, where not to AWS's own hosts.
    pub(crate) fn endpoint(&self, service: Service) -> Option<&Url> {
        let own = self.inner.by_service.iter().find(|(other, _)| *other == service);
        own.map(|(_, url)| url).or(self.inner.endpoint.as_ref())
    }

    /// How long to wait before looking again at something that takes its time: so long, but an emulator on this machine is quick.
    pub(crate) fn patience(&self, wait: Duration) -> Duration {
        if self.inner.endpoint.as_ref().is_some_and(is_loopback) { wait / 50 } else { wait }
    }

    /// Sends the call and hands out the reply's body; what passes by itself is tried again, with growing waits.
    pub(crate) async fn send(&self, call: &Call) -> Result<Vec<u8>, Error> {
        let mut backoff = Backoff::new(self.inner.first_wait, LONGEST_WAIT);
        for _ in 1..TRIES {
            match self.send_once(call).await {
                Err(error) if error.is_transient() => {
                    tokio::time::sleep(backoff.next(error.retry_after())).await;
                }
                outcome => return outcome,
            }
        }
        self.send_once(call).await
    }

    /// Sends the call once; only where the session turns out to have ended, once more with new credentials.
    pub(crate) async fn send_once(&self, call: &Call) -> Result<Vec<u8>, Error> {
        match self.attempt(call).await {
            Err(error) if error.is_expired() => {
                self.inner.keys.forget().await;
                self.attempt(call).await
            }
            outcome => outcome,
        }
    }

    /// Fetches an object of S3, from the region its bucket turns out to be in.
    pub(crate) async fn object(
        &self,
        region: &str,
        object: &Object<'_>,
        limit: usize,
    ) -> Result<Vec<u8>, Error> {
        let call = |region: &str| {
            Call::object(region, object, self.endpoint(Service::S3).is_some())
                .at_most(limit)
                .within(Duration::from_mins(5))
        };
        match self.send(&call(region)).await {
            Err(error) => {
                match error.elsewhere().filter(|elsewhere| *elsewhere != region && is_region(elsewhere)) {
                    Some(elsewhere) => self.send(&call(elsewhere)).await,
                    None => Err(error),
                }
            }
            outcome => outcome,
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Vec<u8>, Error> {
        let place = call.place();
        let url = self.url(call)?;
        let credentials = self.inner.keys.get().await.map_err(|why| place.credentials(&why))?;
        let headers = signed(call, &url, credentials, SystemTime::now())?;
        let request = self
            .inner
            .http
            .request(call.method.clone(), url)
            .timeout(call.timeout)
            .headers(headers)
            .body(call.body.clone());
        let mut response = request.send().await.map_err(|error| place.unreachable(why(error)))?;
        let is_good = response.status().is_success();
        let limit = if is_good { call.limit } else { ERROR_LIMIT };
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| place.unreachable(why(error)))? {
            if body.len() + chunk.len() > limit {
                if is_good {
                    return Err(place.unreadable(format!("it is longer than {} MiB", limit >> 20)));
                }
                break;
            }
            body.extend_from_slice(&chunk);
        }
        if is_good {
            return Ok(body);
        }
        let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after =
            header(RETRY_AFTER).and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let elsewhere = header(BUCKET_REGION).map(str::to_owned);
        let error = place.answer(response.status().as_u16(), said(response.headers(), &body), retry_after);
        Err(error.found_elsewhere(elsewhere).cancelled_for(reasons(&body)))
    }

    fn url(&self, call: &Call) -> Result<Url, Error> {
        if !is_region(&call.region) {
            return Err(settings(format!("{:?} is no AWS region; write one such as eu-west-1", call.region)));
        }
        let address = if let Some(endpoint) = self.endpoint(call.service) {
            format!("{}{}", endpoint.as_str().trim_end_matches('/'), call.path)
        } else {
            let host = call.host.clone().unwrap_or_else(|| call.service.host(&call.region));
            format!("https://{host}{}", call.path)
        };
        let url = Url::parse(&address)
            .map_err(|error| settings(format!("{} has no address there ({error})", call.service.title())))?;
        // A URL cannot hold some keys (`a/../b`): what would be asked for is another object.
        let is_exact = address.ends_with(&url[url::Position::BeforePath..]);
        if is_exact {
            Ok(url)
        } else {
            Err(call.place().unreadable("the object's key has `.` or `..` as a part, which no URL can carry"))
        }
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws")
            .field("asked_region", &self.inner.asked_region)
            .field("default_region", &self.inner.default_region)
            .field("endpoint", &self.inner.endpoint.as_ref().map(Url::as_str))
            .finish_non_exhaustive()
    }
}

/// The call's headers and its signature's (signature version 4).
fn signed(call: &Call, url: &Url, credentials: Credentials, now: SystemTime) -> Result<HeaderMap, Error> {
    let fault = |why: String| call.place().unreadable(format!("the call cannot be signed: {why}"));
    let mut options = SigningSettings::default();
    if call.service == Service::S3 {
        options.percent_encoding_mode = PercentEncodingMode::Single;
        options.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        options.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&call.region)
        .name(call.service.signing_name())
        .time(now)
        .settings(options)
        .build()
        .map_err(|error| fault(error.to_string()))?
        .into();
    let mut headers = call.headers.clone();
    let shown: Vec<(&str, &str)> =
        headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let request = SignableRequest::new(
        call.method.as_str(),
        url.as_str(),
        shown.into_iter(),
        SignableBody::Bytes(&call.body),
    )
    .map_err(|error| fault(error.to_string()))?;
    let (instructions, _) =
        sign(request, &parameters).map_err(|error| fault(error.to_string()))?.into_parts();
    for (name, value) in instructions.headers() {
        let name = HeaderName::try_from(name).map_err(|error| fault(error.to_string()))?;
        let mut value =
            HeaderValue::try_from(value).map_err(|_| fault("a key holds a control character".to_owned()))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("trailbell/", env!("CARGO_PKG_VERSION"))));
    Ok(headers)
}

/// An endpoint is `https`, or `http` to this machine: what a signature opens, and what comes back, is not for the road.
fn checked_endpoint(text: &str) -> Result<Url, Error> {
    let wrong =
        |why: &str| settings(format!("the AWS endpoint {why}; write one such as http://127.0.0.1:4566"));
    let url = Url::parse(text).map_err(|error| wrong(&format!("is not a URL ({error})")))?;
    match url.scheme() {
        _ if url.host().is_none() => Err(wrong("has no host")),
        _ if !url.username().is_empty() || url.password().is_some() => {
            Err(wrong("holds a user name or password"))
        }
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(wrong("begins with http:// and is not on this machine: use https://")),
        _ => Err(wrong("begins with neither https:// nor http://")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Why nobody answered, from the error and what caused it, without the address.
fn why(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
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
mod tests;
