//! The HTTP client. It owns the connection pool, so a process makes one and hands it to all its clients.

use crate::{Error, ErrorKind, Result};
use azure_core::http::HttpClient;
use std::sync::Arc;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longer than the service's own limit of 30 seconds for requests that move no data.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

pub fn http_client() -> Result<Arc<dyn HttpClient>> {
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_deflate()
        .build()
        .map_err(|cause| Error::new("Start", "HTTP client", ErrorKind::NotSent).with_source(cause))?;
    Ok(Arc::new(client))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Call, Credential, Pipeline, Repeat, RetryOptions, SharedKey};
    use azure_core::http::{Context, Method, Request, Url};
    use tokio::net::TcpListener;

    async fn send(port: u16) -> Result<Answer> {
        let credential = Credential::SharedKey(SharedKey::new("account", crate::fake::KEY).expect("base64"));
        let retry = RetryOptions { attempts: 1, ..Default::default() };
        let http = http_client().expect("an HTTP client");
        let pipeline = Pipeline::new(("test", "0"), http, retry, None, &credential, Vec::new());
        let url = Url::parse(&format!("http://127.0.0.1:{port}/account/share?sig=c2ln")).expect("a URL");
        let context = Context::new();
        let call = Call { operation: "Put Range", resource: &"share", repeat: Repeat::Safe, context };
        pipeline.send(call, Request::new(url, Method::Put)).await
    }

    #[tokio::test]
    async fn without_a_connection_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let error = send(port).await.expect_err("nobody listens");
        assert_eq!(error.kind, ErrorKind::NotSent);
        assert!(!format!("{error} {error:?}").contains("c2ln"), "{error:?}");
    }

    #[tokio::test]
    async fn a_connection_that_breaks_leaves_the_outcome_unknown() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let hang_up = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 64];
            tokio::io::AsyncReadExt::read(&mut stream, &mut request).await.expect("a request");
        };
        let (answer, ()) = tokio::join!(send(port), hang_up);
        let error = answer.expect_err("no answer");
        assert_eq!(error.kind, ErrorKind::Unknown);
        assert!(!format!("{error} {error:?}").contains("c2ln"), "{error:?}");
    }
}
