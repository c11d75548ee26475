//! A mail server on this machine that goes wrong as a test says.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server does; by default it takes everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    /// The answer to the first line of the dialogue, instead of a greeting.
    pub(super) greeting: Option<&'static str>,
    /// Offers AUTH and STARTTLS.
    pub(super) extensions: &'static [&'static str],
    /// The answer to AUTH.
    pub(super) auth: Option<&'static str>,
    /// Refuses AUTH with an echo of what it was sent.
    pub(super) echo_and_refuse_auth: bool,
    /// The answer to MAIL.
    pub(super) sender: Option<&'static str>,
    /// The answers to RCPT, by recipient.
    pub(super) recipients: &'static [(&'static str, &'static str)],
    /// The answer to the mail.
    pub(super) mail: Option<&'static str>,
    /// Closes the connection in the middle of the mail.
    pub(super) drops: bool,
    /// Says nothing after the mail.
    pub(super) hangs: bool,
    /// Speaks TLS: from the first byte, or after STARTTLS.
    pub(super) tls: Option<(Tls, Certificate)>,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    AtOnce,
    OnRequest,
}

/// A certificate of this test's own for `localhost`.
#[derive(Clone)]
pub(super) struct Certificate {
    acceptor: TlsAcceptor,
    /// What a client has to trust.
    pub(super) der: Vec<u8>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate")
    }
}

impl Certificate {
    pub(super) fn new() -> Self {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let der = own.cert.der().clone();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![der.clone()], key)
            .expect("a key that fits");
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), der: der.to_vec() }
    }
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}
type Stream = BufReader<Box<dyn Duplex>>;

/// A mail that was taken.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) text: String,
}

/// A running mail server; it ends with the test's runtime.
pub(super) struct Smtp {
    pub(super) port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    script: Arc<Mutex<Script>>,
}

impl Smtp {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let port = listener.local_addr().expect("an address").port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(script));
        let (mails, current) = (Arc::clone(&taken), Arc::clone(&script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = current.lock().expect("no test panics here").clone();
                tokio::spawn(serve(stream, script, Arc::clone(&mails)));
            }
        });
        Self { port, taken, script }
    }

    pub(super) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("no test panics here").clone()
    }

    /// What it does from the next connection on.
    pub(super) fn becomes(&self, script: Script) {
        *self.script.lock().expect("no test panics here") = script;
    }
}

async fn serve(stream: TcpStream, script: Script, taken: Arc<Mutex<Vec<Taken>>>) -> std::io::Result<()> {
    let plain: Box<dyn Duplex> = match &script.tls {
        Some((Tls::AtOnce, certificate)) => Box::new(certificate.acceptor.accept(stream).await?),
        _ => Box::new(stream),
    };
    let mut stream = BufReader::new(plain);
    let mut mail = Taken { from: String::new(), to: Vec::new(), text: String::new() };
    say(&mut stream, script.greeting.unwrap_or("220 mail.example ESMTP")).await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end();
        let word = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "EHLO" => {
                say(&mut stream, "250-mail.example").await?;
                let auth = if script.echo_and_refuse_auth { "250-AUTH PLAIN LOGIN" } else { "250-8BITMIME" };
                say(&mut stream, auth).await?;
                for extension in script.extensions {
                    say(&mut stream, &format!("250-{extension}")).await?;
                }
                say(&mut stream, "250 PIPELINING").await?;
            }
            "AUTH" if script.echo_and_refuse_auth => {
                say(&mut stream, &format!("535 5.7.8 bad: {command}")).await?;
            }
            "AUTH" => say(&mut stream, script.auth.unwrap_or("235 2.7.0 ok")).await?,
            "STARTTLS" => {
                say(&mut stream, "220 go ahead").await?;
                let Some((_, certificate)) = &script.tls else { return Ok(()) };
                stream = BufReader::new(Box::new(certificate.acceptor.accept(stream.into_inner()).await?));
            }
            "MAIL" => {
                command["MAIL FROM:".len()..].clone_into(&mut mail.from);
                say(&mut stream, script.sender.unwrap_or("250 ok")).await?;
            }
            "RCPT" => {
                let to = command["RCPT TO:".len()..].trim_matches(['<', '>']).to_owned();
                let refusal = script.recipients.iter().find(|(who, _)| *who == to);
                say(&mut stream, refusal.map_or("250 ok", |(_, answer)| answer)).await?;
                if refusal.is_none() {
                    mail.to.push(to);
                }
            }
            "DATA" => {
                say(&mut stream, "354 go ahead").await?;
                if !read_mail(&mut stream, &script, &mut mail.text).await? {
                    return Ok(());
                }
                if script.hangs {
                    std::future::pending::<()>().await;
                }
                if script.mail.is_none() {
                    taken.lock().expect("no test panics here").push(mail.clone());
                }
                say(&mut stream, script.mail.unwrap_or("250 2.0.0 queued as 4F1B")).await?;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "502 what?").await?,
        }
    }
}

/// Reads up to the lone dot; false where the connection is to be closed before.
async fn read_mail(stream: &mut Stream, script: &Script, text: &mut String) -> std::io::Result<bool> {
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 || (script.drops && text.len() > 500) {
            return Ok(false);
        }
        if line == ".\r\n" {
            return Ok(true);
        }
        assert!(line.ends_with("\r\n") && line.len() <= 1_000, "not a line of SMTP: {line:?}");
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn say(stream: &mut Stream, answer: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await?;
    stream.get_mut().flush().await
}
