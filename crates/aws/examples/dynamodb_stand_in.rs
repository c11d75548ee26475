//! A stand-in for DynamoDB in memory, as a process for measurements: `dynamodb_stand_in PORT [MILLISECONDS [CHAIN KEY]]` listens on
//! 127.0.0.1:PORT, answers each request after so many milliseconds, and forgets everything when it ends. With the files of a
//! certificate chain and its key (PEM) it speaks TLS, as DynamoDB does.

#![expect(clippy::print_stdout, reason = "it says when it listens")]

#[path = "../tests/dynamodb/mod.rs"]
mod dynamodb;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use dynamodb::{StandIn, Troubles};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 =
        arguments.next().ok_or("which port? dynamodb_stand_in PORT [MILLISECONDS [CHAIN KEY]]")?.parse()?;
    let delay = Duration::from_millis(arguments.next().map_or(Ok(0), |delay| delay.parse())?);
    let files = arguments.next().zip(arguments.next());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("DynamoDB's stand-in listens on port {}", listener.local_addr()?.port());
    let stand_in = Arc::new(StandIn::default());
    stand_in.trouble(Troubles { delay, ..Troubles::default() });
    match files {
        Some((chain, key)) => stand_in.serve(WithTls { listener, acceptor: acceptor(&chain, &key)? }).await?,
        None => stand_in.serve(listener).await?,
    }
    Ok(())
}

fn acceptor(chain: &str, key: &str) -> Result<TlsAcceptor, Box<dyn Error>> {
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let settings = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(settings)))
}

/// Connections whose handshake is done.
struct WithTls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for WithTls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (connection, address) = Listener::accept(&mut self.listener).await;
            // Whoever greets in another language is not answered.
            if connection.set_nodelay(true).is_ok()
                && let Ok(connection) = self.acceptor.accept(connection).await
            {
                return (connection, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
