//! Connections that can be told to break: of the next answer all bytes pass, some, or none. What is told is
//! decided in [`crate::faults`]; here are only bytes, before they go into TLS.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::spelling::{Reader, Spelled, Spelling, Waiting};
use crate::stream::Stream;

pub(crate) struct Listener {
    pub(crate) listener: TcpListener,
    /// Absent for plain http.
    pub(crate) acceptor: Option<TlsAcceptor>,
    /// Of all accounts.
    pub(crate) connections: Arc<AtomicU64>,
}

#[derive(Debug)]
pub(crate) struct Wire {
    stream: Stream,
    line: Line,
    reader: Reader,
}

/// What a handler holds of the connection that it answers on.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) connection: u64,
    /// Inside TLS.
    pub(crate) secure: bool,
    passing: Arc<Mutex<Passing>>,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Clone, Copy, Debug)]
enum Passing {
    Everything,
    /// Half of an answer whose body has this length.
    Half {
        body: u64,
    },
    Bytes(u64),
}

impl Line {
    /// The answer never leaves.
    pub(crate) fn close(&self) {
        *self.passing() = Passing::Bytes(0);
    }

    /// Half of the body leaves, or half of the headers where there is no body.
    pub(crate) fn cut(&self, body: u64) {
        *self.passing() = Passing::Half { body };
    }

    /// How the request that is to be handled spells its metadata. Each asks once.
    pub(crate) fn spelling(&self) -> Spelling {
        self.waiting().next()
    }

    /// Of the answer that is to leave.
    pub(crate) fn spell(&self, names: Spelled) {
        self.waiting().answer(names);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nobody panics while holding names")
    }

    fn passing(&self) -> MutexGuard<'_, Passing> {
        self.passing.lock().expect("nobody panics while holding a line")
    }

    /// How many of the bytes may leave, nothing meaning all. The server hands over the headers of an answer in
    /// one piece, before anything else of it.
    fn allowance(&self, bytes: &[u8]) -> Option<u64> {
        let mut passing = self.passing();
        if let Passing::Half { body } = *passing {
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
            let head = end.map_or(bytes.len(), |end| end + 4) as u64;
            *passing = Passing::Bytes(if body == 0 { head / 2 } else { head + body / 2 });
        }
        match *passing {
            Passing::Bytes(left) => Some(left),
            _ => None,
        }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        // Small answers must not wait for the peer's acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "Cannot set TCP_NODELAY");
        }
        let connection = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let passing = Arc::new(Mutex::new(Passing::Everything));
        let line = Line { connection, secure: self.acceptor.is_some(), passing, waiting: Arc::default() };
        let stream = Stream::new(stream, self.acceptor.as_ref());
        (Wire { stream, line, reader: Reader::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Line {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().line.clone()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let Wire { line, reader, .. } = &mut *self;
        reader.read(&buffer.filled()[before..], &mut line.waiting());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mended = self.line.waiting().mend(bytes);
        let bytes = mended.as_ref().map_or(bytes, |mended| &mended.bytes);
        let written = ready!(self.as_mut().poll_pass(context, bytes))?;
        if let Some(mended) = &mended {
            self.line.waiting().left(mended);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if matches!(*self.line.passing(), Passing::Everything) && !self.line.waiting().has_names() {
            return Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        }
        let first = pieces.iter().find(|piece| !piece.is_empty());
        self.poll_write(context, first.map_or(&[], |piece| piece))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Wire {
    /// As many of the bytes as may leave.
    fn poll_pass(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(left) = self.line.allowance(bytes) else {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        };
        // The error makes the server drop the connection, and with it what TLS still holds back.
        if left == 0 {
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..most]))?;
        *self.line.passing() = Passing::Bytes(left - written as u64);
        Poll::Ready(Ok(written))
    }
}
