//! Where an HTTP channel posts to: an address that is checked once, and of which only a masked form is ever shown.

use std::fmt;
use std::net::IpAddr;

use trailbell_text::{Channel, Secret, Untrusted};
use url::{Host, Url};

/// An address to post to, and everything that must not be shown when something about it goes wrong.
#[derive(Clone)]
pub(crate) struct Endpoint {
    url: Url,
    shown: String,
    secrets: Vec<Secret>,
}

impl Endpoint {
    /// Checks an address: `https`, or `http` to this machine. `shown` is its masked form, for people. The error says
    /// what is wrong without quoting the address, which may be a secret as a whole.
    pub(crate) fn new(address: &str, shown: impl Into<String>, secrets: &[&Secret]) -> Result<Self, String> {
        let url = Url::parse(address.trim())
            .map_err(|error| format!("its address is not a URL ({error}); it begins with https://"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(
                    "its address begins with http://, which anybody on the way can read and change; \
                            use https:// (http:// is for this machine only)"
                        .to_owned(),
                );
            }
            other => return Err(format!("its address begins with {other}:// where https:// is needed")),
        }
        let mut secrets: Vec<Secret> = secrets.iter().map(|&secret| secret.clone()).collect();
        // What follows the host of a webhook's address is what opens it, piece by piece as well as a whole.
        let path = url.path().trim_start_matches('/');
        secrets.extend([url.as_str(), path, url.query().unwrap_or_default()].map(Secret::new));
        secrets.extend(url.password().map(Secret::new));
        secrets.extend(path.split('/').filter(|piece| piece.len() >= 16).map(Secret::new));
        secrets.extend(
            url.query_pairs().filter(|(_, value)| value.len() >= 8).map(|(_, value)| Secret::new(value)),
        );
        secrets.retain(|secret| secret.expose().len() >= 4);
        // Longest first, so that a part of one does not hide the rest of it from the search.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Ok(Self { url, shown: shown.into(), secrets })
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// The same with `name=value` in its query instead of what it had under that name.
    #[must_use]
    pub(crate) fn with_query(mut self, name: &str, value: &str) -> Self {
        let kept: Vec<(String, String)> = self
            .url
            .query_pairs()
            .filter(|(key, _)| key != name)
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        self.url.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, value);
        self
    }

    /// The masked form.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// What the other side said, as a log may show it: one line, about 200 characters, no secret that it may echo.
    pub(crate) fn quote(&self, theirs: &str) -> String {
        Untrusted::new(self.scrub(theirs.trim())).render(Channel::Terminal)
    }

    /// The text without any of this address's secrets.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), "…"))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A token as the value of an `Authorization` header, where it can be one.
pub(crate) fn bearer(token: &Secret) -> Result<Secret, String> {
    one_word(token, "token")?;
    Ok(Secret::new(format!("Bearer {}", token.expose())))
}

/// Refuses a key that was copied with a blank, a line end or a sign of another alphabet, or not at all.
pub(crate) fn one_word(key: &Secret, what: &str) -> Result<(), String> {
    if key.expose().is_empty() {
        return Err(format!("its {what} is empty"));
    }
    if key.expose().bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(format!("its {what} has a blank or another sign that no {what} has; copy it again"))
}

/// Whether a URL leads to this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_host(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a host's name or address is this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host of a URL, for showing.
pub(crate) fn host(url: &str) -> String {
    Url::parse(url)
        .ok()
        .and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let open = |url: &str| Endpoint::new(url, "x", &[]).map(|_| ());
        assert!(open("https://hooks.example.com/a").is_ok());
        assert!(open("http://127.0.0.1:9/a").is_ok());
        assert!(open("http://[::1]:9/a").is_ok());
        assert!(open("http://localhost/a").is_ok());
        assert!(open("http://hooks.example.com/a").unwrap_err().contains("use https://"));
        assert!(open("ftp://hooks.example.com/a").unwrap_err().contains("ftp://"));
        assert!(open("hooks.example.com/verysecret").unwrap_err().find("verysecret").is_none());
    }

    #[test]
    fn what_the_other_side_echoes_is_shown_without_the_secret() {
        let token = Secret::new("tok-12345678");
        let endpoint = Endpoint::new(
            "https://h.example/services/T0/B0/abcdefghijklmnopqrst?key=12345678",
            "h",
            &[&token],
        )
        .unwrap();
        let said = endpoint.quote("no such /services/T0/B0/abcdefghijklmnopqrst, abcdefghijklmnopqrst, tok-12345678, 12345678\u{1b}[2J");
        assert_eq!(said, "no such /…, …, …, …\u{fffd}[2J");
        assert_eq!(format!("{endpoint:?}"), "h");
    }
}
