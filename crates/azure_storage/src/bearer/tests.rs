use super::*;
use crate::fake::{FakeHttp, Script};
use crate::{Call, Credential, ErrorKind as Kind, Pipeline, Repeat, Result, RetryOptions};
use azure_core::credentials::TokenRequestOptions;
use azure_core::http::{Method, Url};
use futures::poll;
use std::pin::pin;

/// Gives numbered tokens that live so many seconds, or none when there is no number left.
#[derive(Debug)]
struct Numbered(Mutex<Vec<i64>>, Mutex<u32>);

#[async_trait]
impl TokenCredential for Numbered {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, [SCOPE]);
        tokio::task::yield_now().await;
        let mut lives = self.0.lock().expect("no test panics with it");
        if lives.is_empty() {
            return Err(Error::with_message(ErrorKind::Credential, "no identity"));
        }
        let expires_on = OffsetDateTime::now_utc() + Duration::seconds(lives.remove(0));
        let mut count = self.1.lock().expect("no test panics with it");
        *count += 1;
        Ok(AccessToken::new(format!("token-{count}"), expires_on))
    }
}

fn bearer(lives: &[i64]) -> Bearer {
    Bearer::new(Arc::new(Numbered(Mutex::new(lives.to_vec()), Mutex::default())))
}

async fn send(bearer: &Bearer, http: &Arc<FakeHttp>, url: &str) -> Result<crate::Answer> {
    let credential = Credential::Bearer(bearer.clone());
    let pipeline =
        Pipeline::new(("test", "0"), http.clone(), RetryOptions::default(), None, &credential, Vec::new());
    let context = Context::new();
    let call = Call { operation: "Put Range", resource: &"share/a", repeat: Repeat::OnlyIfNotSent, context };
    pipeline.send(call, Request::new(Url::parse(url).expect("a URL"), Method::Put)).await
}

const HTTPS: &str = "https://account.file.core.windows.net/share/a";
const GOOD: Script = Script::Answer(201, &[]);
const REFUSED: Script = Script::Answer(401, &[("x-ms-error-code", "InvalidAuthenticationInfo")]);

/// The tokens that were sent, in order.
async fn check(lives: &[i64], requests: usize, script: &[Script], expected: &[&str]) {
    let (bearer, http) = (bearer(lives), FakeHttp::new(script.to_vec()));
    for _ in 0..requests {
        send(&bearer, &http, HTTPS).await.expect("answered at last");
    }
    let expected: Vec<_> = expected.iter().map(|token| format!("Bearer {token}")).collect();
    assert_eq!(http.authorizations(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_token_serves_many_requests_until_it_grows_old() {
    check(&[3600, 3600], 3, &[GOOD, GOOD, GOOD], &["token-1", "token-1", "token-1"]).await;
    check(&[0, 3600], 2, &[GOOD, GOOD], &["token-1", "token-2"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once() {
    check(&[3600, 3600], 2, &[REFUSED, GOOD, GOOD], &["token-1", "token-2", "token-2"]).await;
    let expired = Script::Answer(403, &[("x-ms-error-code", "AuthenticationFailed")]);
    check(&[3600, 3600], 1, &[expired, GOOD], &["token-1", "token-2"]).await;
    let busy = Script::Answer(503, &[("x-ms-error-code", "ServerBusy")]);
    check(&[3600, 3600], 1, &[busy, REFUSED, GOOD], &["token-1", "token-1", "token-2"]).await;

    let (bearer, http) = (bearer(&[3600; 3]), FakeHttp::new([REFUSED, REFUSED]));
    let error = send(&bearer, &http, HTTPS).await.expect_err("refused twice");
    assert_eq!((error.kind, http.attempts()), (Kind::Unauthorized, 2));
}

/// As when one of many listings waits for its turn while the cycle stores what it has.
#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_polls_keeps_no_other_from_its_token() {
    let bearer = bearer(&[3600, 3600]);
    let (mut one, mut other) = (pin!(bearer.token()), pin!(bearer.token()));
    assert!(poll!(one.as_mut()).is_pending() && poll!(other.as_mut()).is_pending());
    let third = bearer.token().await.expect("a token");
    assert_eq!((one.await.expect("the same"), other.await.expect("the same")), (third.clone(), third));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent() {
    let http = FakeHttp::new([]);
    let error = send(&bearer(&[]), &http, HTTPS).await.expect_err("no token");
    assert_eq!((error.kind, http.attempts()), (Kind::NoToken, 0));
    assert!(!error.may_have_happened());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_never_sent_over_http() {
    let http = FakeHttp::new([]);
    let error = send(&bearer(&[3600]), &http, "http://127.0.0.1/account/share").await.expect_err("no TLS");
    assert_eq!((error.kind, http.attempts()), (Kind::NoToken, 0));
}

#[tokio::test]
async fn an_old_token_is_kept_while_it_is_good_and_no_new_one_is_to_be_had() {
    let bearer = bearer(&[2]);
    let first = bearer.token().await.expect("a token");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(bearer.token().await.expect("the same"), first);
    tokio::time::sleep(std::time::Duration::from_millis(1000)).await;
    assert!(bearer.token().await.is_err());
    assert_eq!(format!("{bearer:?}"), "Bearer");
}
