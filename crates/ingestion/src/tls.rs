//! https, one handshake after the other.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

pub(crate) struct TlsListener {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl TlsListener {
    pub(crate) async fn bind(
        address: impl ToSocketAddrs,
        certificate: &str,
        key: &str,
    ) -> anyhow::Result<Self> {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).context("A certificate")?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).context("Its key")?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        let tcp = TcpListener::bind(address).await.context("A free port")?;
        Ok(Self { tcp, tls: TlsAcceptor::from(Arc::new(config)) })
    }

    pub(crate) fn port(&self) -> anyhow::Result<u16> {
        Ok(self.tcp.local_addr()?.port())
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // whoever gives up a connection before it is one comes again
            if let Ok((stream, address)) = self.tcp.accept().await
                && let Ok(stream) = self.tls.accept(stream).await
            {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
