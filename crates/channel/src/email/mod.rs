//! Mail over SMTP: the same bytes in every attempt, one connection a mail.
//!
//! With several recipients, those who have it are not sent it again when another attempt is needed for the rest; that is kept
//! in memory only, for the latest mails.

mod dialogue;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::address::Address;
use lettre::transport::smtp::client::TlsParameters;
use trailbell_config::SmtpSecurity;
use trailbell_notice::render;
use trailbell_outbox::{
    Capabilities, Channel, Failure, FailureKind, Identity, Message, Probing, Receipt, Sending,
};
use trailbell_text::{Channel as Escaper, Secret, Untrusted};

use crate::endpoint::is_loopback_host;
use crate::fit;

const CAPABILITIES: Capabilities = Capabilities {
    word: "email",
    burst: 20,
    interval: Duration::from_millis(200),
    max_bytes: MAX_HTML,
    threads: true,
    drops_copies: false,
    resolves: false,
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

    /// Whether the server speaks TLS as it should and takes the password; recipients are not asked for.
    fn probe(&self) -> Option<Probing<'_>> {
        Some(Box::pin(async {
            let connection = tokio::time::timeout(self.timeout, self.connect()).await;
            let mut connection = connection.unwrap_or_else(|_| {
                Err(self.temporary(&format!("no answer within {} seconds", self.timeout.as_secs())))
            })?;
            // Whether the goodbye is heard changes nothing.
            let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
            Ok(Vec::new())
        }))
    }
}
