//! The dialogue with a mail server, command by command: what a refusal means depends on where it comes, of the password, of the
//! sender, of one recipient among several, or of the mail itself.

use std::error::Error as _;

use lettre::address::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use trailbell_config::SmtpSecurity;
use trailbell_outbox::{Failure, FailureKind, Receipt};

use super::{Email, shown};

/// Some of the recipients were refused.
pub(super) struct PartlyRefused {
    pub(super) kind: FailureKind,
    pub(super) message: String,
    pub(super) addresses: Vec<Address>,
}

impl Email {
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
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
    pub(super) async fn converse(
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
        // Whoever slipped an answer in before TLS began would have all that follow read one too early: the right numbers are
        // insisted on, so that no earlier answer passes for "taken".
        let out_of_step = || self.temporary("the server's answers are out of step");
        let ready = connection.command(Data).await.map_err(|error| self.of_the_mail(&error))?;
        if !ready.has_code(354) {
            return Err(out_of_step());
        }
        let response = connection.message(mail).await.map_err(|error| self.of_the_mail(&error))?;
        if !response.has_code(250) {
            return Err(out_of_step());
        }
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
