//! Mail over SMTP: the same bytes in every attempt, one connection a mail.
//!
//! The dialogue is held command by command, because what a refusal means depends on where it comes: of the password, of the
//! sender, of one recipient among several, of the mail itself. With several recipients, those who have it are not sent it again
//! when another attempt is needed for the rest; that is kept in memory only, for the latest mails.

use std::collections::VecDeque;
use std::error::Error as _;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::address::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use trailbell_config::SmtpSecurity;
use trailbell_notice::render;
use trailbell_outbox::{Capabilities, Channel, Failure, FailureKind, Identity, Message, Receipt, Sending};
use trailbell_text::{Channel as Escaper, Secret, Untrusted};

use crate::endpoint::is_loopback_host;
use crate::fit;

const CAPABILITIES: Capabilities = Capabilities {
    word: "email",
    burst: 10,
    interval: Duration::from_secs(1),
    max_bytes: MAX_HTML,
    threads: true,
    drops_copies: false,
    timeout: Duration::from_mins(1),
};

/// Bytes of the HTML part: Gmail hides what is beyond about 102 KB.
const MAX_HTML: usize = 95_000;

/// Mails of which some recipients have it and some do not.
const MAX_PARTLY_TAKEN: usize = 64;

/// How a channel of mail is set up.
pub(crate) struct Settings<'a> {
    pub(crate) to: &'a [String],
    pub(crate) from: &'a str,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) security: SmtpSecurity,
    pub(crate) username: Option<&'a str>,
    pub(crate) password: Option<&'a Secret>,
}

/// Mail to one or more people.
pub(crate) struct Email {
    from: (render::Address, Address),
    to: Vec<(render::Address, Address)>,
    host: String,
    port: u16,
    security: SmtpSecurity,
    pub(crate) tls: Option<TlsParameters>,
    login: Option<(String, Secret)>,
    pub(crate) timeout: Duration,
    taken: Mutex<VecDeque<(Identity, Vec<Address>)>>,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target())
    }
}

impl Email {
    pub(crate) fn new(settings: &Settings<'_>) -> Result<Self, String> {
        let address = |text: &str| {
            let parsed = render::Address::new(text).zip(text.parse::<Address>().ok());
            parsed.ok_or_else(|| {
                format!(
                    "\"{}\" is not a mail address that can be used here: write name@example.com, in ASCII",
                    shown(text)
                )
            })
        };
        if settings.to.is_empty() {
            return Err("it has no recipient: write at least one address in `to`".to_owned());
        }
        let login = match (settings.username, settings.password) {
            (Some(username), Some(password)) => Some((username.to_owned(), password.clone())),
            (None, None) => None,
            _ => return Err("it has a username or a password, but not both".to_owned()),
        };
        let tls = match settings.security {
            SmtpSecurity::None if !is_loopback_host(settings.host) => {
                return Err(format!(
                    "mail to {} would be sent in the clear; use smtps:// (TLS) or smtp:// with STARTTLS (no security is for a mail server on this machine only)",
                    shown(settings.host)
                ));
            }
            SmtpSecurity::None => None,
            SmtpSecurity::Tls | SmtpSecurity::StartTls => Some(
                TlsParameters::new(settings.host.to_owned())
                    .map_err(|error| format!("TLS cannot be used for {}: {error}", shown(settings.host)))?,
            ),
        };
        Ok(Self {
            from: address(settings.from)?,
            to: settings.to.iter().map(|to| address(to)).collect::<Result<_, _>>()?,
            host: settings.host.to_owned(),
            port: settings.port,
            security: settings.security,
            tls,
            login,
            timeout: CAPABILITIES.timeout,
            taken: Mutex::default(),
        })
    }

    fn render(&self, message: &Message) -> String {
        let page = fit::fit(message, |page| render::html(page).len() <= MAX_HTML);
        let envelope = render::Envelope {
            from: self.from.0.clone(),
            to: self.to.iter().map(|(address, _)| address.clone()).collect(),
            date: message.date,
            message_id: message.identity.as_str().to_owned(),
            thread: message.thread.as_str().to_owned(),
        };
        render::mail(&page, &envelope)
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, Failure> {
        let mail = self.render(message);
        match tokio::time::timeout(self.timeout, self.hand_over(message, mail.as_bytes())).await {
            Ok(result) => result,
            Err(_) => Err(self.temporary(&format!("no answer within {} seconds", self.timeout.as_secs()))),
        }
    }

    async fn hand_over(&self, message: &Message, mail: &[u8]) -> Result<Receipt, Failure> {
        let has_it = self.has_it(&message.identity);
        let missing: Vec<&Address> =
            self.to.iter().map(|(_, address)| address).filter(|address| !has_it.contains(address)).collect();
        let mut connection = self.connect().await?;
        let result = self.converse(&mut connection, &missing, mail).await;
        // Whether the goodbye is heard changes nothing.
        let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
        let (receipt, refused) = result?;
        let Some(problem) = refused else {
            self.now_has_it(&message.identity, &[]);
            return Ok(receipt);
        };
        let done: Vec<Address> =
            missing.into_iter().filter(|address| !problem.addresses.contains(address)).cloned().collect();
        self.now_has_it(&message.identity, &done);
        Err(Failure {
            kind: problem.kind,
            message: self.scrub(&format!("{}; the other recipients have it", problem.message)),
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let hello = ClientId::default();
        let from_first_byte = if self.security == SmtpSecurity::Tls { self.tls.clone() } else { None };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.timeout), &hello, from_first_byte, None)
                .await
                .map_err(|error| self.temporary(&format!("no connection: {}", words(&error))))?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.security, &self.tls) {
            if !connection.can_starttls() {
                return Err(self.closed("the server offers no STARTTLS, and nothing is sent without it; use smtps:// if it speaks TLS on another port"));
            }
            connection
                .starttls(tls.clone(), &hello)
                .await
                .map_err(|error| self.temporary(&format!("TLS could not be agreed on: {}", words(&error))))?;
        }
        if let Some((username, password)) = &self.login {
            let credentials = Credentials::new(username.clone(), password.expose().to_owned());
            let ways = [Mechanism::Plain, Mechanism::Login];
            if connection.server_info().get_auth_mechanism(&ways).is_none() {
                return Err(self.closed("the server takes no password (neither AUTH PLAIN nor LOGIN); remove it from the settings, or use the port for sending mail (465 or 587)"));
            }
            connection.auth(&ways, &credentials).await.map_err(|error| {
                if error.is_permanent() {
                    self.closed(&format!("the server does not accept the username and password: {}; many providers want an app password here", words(&error)))
                } else {
                    self.temporary(&format!("logging in failed: {}", words(&error)))
                }
            })?;
        }
        Ok(connection)
    }

    /// Hands the mail over for `to`; what was refused of some of them only, where it was taken for others.
    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: &[&Address],
        mail: &[u8],
    ) -> Result<(Receipt, Option<PartlyRefused>), Failure> {
        let sender = Mail::new(Some(self.from.1.clone()), Vec::new());
        connection.command(sender).await.map_err(|error| match code(&error) {
            // The server is full, or the mail is too large for it.
            Some(552) => self.refused(&format!("the mail is refused: {}", words(&error))),
            Some(500..) => self.closed(&format!("the sender {} is refused: {}", self.from.1, words(&error))),
            _ => self.temporary(&format!("the sender {} is put off: {}", self.from.1, words(&error))),
        })?;
        let mut accepted = 0;
        let mut refusals: Vec<(&Address, SmtpError)> = Vec::new();
        for &address in to {
            match connection.command(Rcpt::new(address.clone(), Vec::new())).await {
                Ok(_) => accepted += 1,
                Err(error) if error.status().is_some() => refusals.push((address, error)),
                Err(error) => return Err(self.temporary(&format!("the connection broke: {}", words(&error)))),
            }
        }
        let problem = self.recipients_refused(&refusals);
        if accepted == 0 {
            return Err(problem.map_or_else(
                || self.temporary("there was nobody to send to"),
                |problem| Failure { kind: problem.kind, message: problem.message },
            ));
        }
        connection.command(Data).await.map_err(|error| self.of_the_mail(&error))?;
        let response = connection.message(mail).await.map_err(|error| self.of_the_mail(&error))?;
        let said: Vec<&str> = response.message().collect();
        Ok((Receipt { id: Some(shown(&self.scrub(&said.join(" ")))) }, problem))
    }

    fn recipients_refused(&self, refusals: &[(&Address, SmtpError)]) -> Option<PartlyRefused> {
        let (first, error) = refusals.first()?;
        let kind = if refusals.iter().any(|(_, error)| !error.is_permanent()) {
            FailureKind::Temporary { after: None }
        } else if refusals.iter().all(|(_, error)| is_unknown_address(error)) {
            FailureKind::Closed
        } else {
            FailureKind::Refused
        };
        let others = match refusals.len() - 1 {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        let what = if matches!(kind, FailureKind::Temporary { .. }) { "puts off" } else { "refuses" };
        let failure =
            self.failure(kind, &format!("the server {what} mail to {first}{others}: {}", words(error)));
        Some(PartlyRefused {
            kind,
            message: failure.message,
            addresses: refusals.iter().map(|&(address, _)| address.clone()).collect(),
        })
    }

    /// A refusal after the recipients is of the mail itself. A connection that breaks here leaves it open whether the mail was
    /// taken; the next attempt has the same Message-ID.
    fn of_the_mail(&self, error: &SmtpError) -> Failure {
        if error.is_permanent() {
            self.refused(&format!("the mail is refused: {}", words(error)))
        } else {
            self.temporary(&format!("the mail was not taken: {}", words(error)))
        }
    }

    fn has_it(&self, mail: &Identity) -> Vec<Address> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.iter().find(|(known, _)| known == mail).map(|(_, who)| who.clone()).unwrap_or_default()
    }

    /// Remembers who has the mail besides those who had it; nobody more: everybody has it, forget it.
    fn now_has_it(&self, mail: &Identity, who: &[Address]) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let at = taken.iter().position(|(known, _)| known == mail);
        match (at, who) {
            (Some(at), []) => drop(taken.remove(at)),
            (None, []) => {}
            (Some(at), who) => taken[at].1.extend_from_slice(who),
            (None, who) => {
                if taken.len() == MAX_PARTLY_TAKEN {
                    taken.pop_front();
                }
                taken.push_back((mail.clone(), who.to_vec()));
            }
        }
    }

    fn failure(&self, kind: FailureKind, what: &str) -> Failure {
        Failure {
            kind,
            message: self.scrub(&format!("mail server {}:{}: {what}", shown(&self.host), self.port)),
        }
    }

    fn temporary(&self, what: &str) -> Failure {
        self.failure(FailureKind::Temporary { after: None }, what)
    }

    fn refused(&self, what: &str) -> Failure {
        self.failure(FailureKind::Refused, what)
    }

    fn closed(&self, what: &str) -> Failure {
        self.failure(FailureKind::Closed, what)
    }

    /// The text without the password, in the forms it goes over the wire in: a server may echo what it was sent.
    fn scrub(&self, text: &str) -> String {
        let Some((username, password)) = &self.login else { return text.to_owned() };
        let password = password.expose();
        let forms = [
            password.to_owned(),
            STANDARD.encode(password),
            STANDARD.encode(format!("\0{username}\0{password}")),
        ];
        forms
            .iter()
            .filter(|form| !form.is_empty())
            .fold(text.to_owned(), |text, form| text.replace(form, "…"))
    }
}

/// Some of the recipients were refused.
struct PartlyRefused {
    kind: FailureKind,
    message: String,
    addresses: Vec<Address>,
}

fn code(error: &SmtpError) -> Option<u16> {
    error.status().map(u16::from)
}

/// What the server said, or what went wrong on the way; theirs.
fn words(error: &SmtpError) -> String {
    let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let said = code(error).map_or(said.clone(), |code| format!("{code} {said}"));
    shown(&said)
}

/// Addresses that do not exist: RFC 3463's 5.1.x, or RFC 5321's 551.
fn is_unknown_address(error: &SmtpError) -> bool {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    code(error) == Some(551) || said.trim_start().starts_with("5.1.")
}

fn shown(theirs: &str) -> String {
    Untrusted::new(theirs.trim()).render(Escaper::Terminal)
}

impl Channel for Email {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn target(&self) -> String {
        let to: Vec<&str> = self.to.iter().map(|(_, address)| address.as_ref()).collect();
        format!("mail to {} by {}:{}", to.join(", "), shown(&self.host), self.port)
    }

    fn preview(&self, message: &Message) -> String {
        self.render(message)
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.attempt(message))
    }
}
