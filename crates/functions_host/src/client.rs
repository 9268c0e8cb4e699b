//! One HTTP/1.1 exchange with the handler, on a connection of its own, with exactly the headers given.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use anyhow::Context;
use bytes::Bytes;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) type Body = BoxBody<Bytes, Infallible>;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A body of known length.
pub(crate) fn sized(body: Bytes) -> Body {
    Full::new(body).boxed()
}

/// A body without `content-length`, sent as `transfer-encoding: chunked`.
pub(crate) fn chunked(body: Bytes) -> Body {
    BodyExt::boxed(StreamBody::new(stream::iter([Ok(Frame::data(body))])))
}

pub(crate) async fn send(port: u16, request: Request<Body>) -> anyhow::Result<Answer> {
    let stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.context("Connecting to the handler")?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.context("Opening a connection to the handler")?;
    // Dropping the set closes the connection, also when this exchange is given up half-way.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.context("Waiting for the handler's answer")?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.context("Reading the handler's answer")?.to_bytes();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

/// The host's `GET /`: readiness at start, a status probe later.
pub(crate) async fn probe(port: u16) -> anyhow::Result<Answer> {
    let request = Request::get("/").header("host", format!("127.0.0.1:{port}")).body(sized(Bytes::new()))?;
    send(port, request).await
}
