//! What a browser connects to: hands its requests to the stand-in host, which forwards them to the handler as the real
//! one would.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use functions_host::Host;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(super) struct Front {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Front {
    pub(super) async fn open(host: Arc<Host>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let host = host.clone();
                tokio::spawn(async move {
                    // a browser that hangs up is no matter of ours
                    let _ = answer(stream, &host).await;
                });
            }
        });
        Ok(Self { address, serving })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn close(self) {
        self.serving.abort();
    }
}

/// One request, of which the line is all that matters, and its answer.
async fn answer(stream: TcpStream, host: &Host) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == "\r\n" {
            break;
        }
        lines.push(line);
    }
    let Some((method, path)) = lines.first().and_then(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?))
    }) else {
        return Ok(());
    };
    let answer = host.http(method, path, &[], "").await;
    let mut head = format!(
        "HTTP/1.1 {} -\r\nConnection: close\r\nContent-Length: {}\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        if !["content-length", "transfer-encoding", "connection"].contains(&name.to_lowercase().as_str()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&answer.body).await?;
    Ok(stream.shutdown().await?)
}
