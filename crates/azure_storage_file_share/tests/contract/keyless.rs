use crate::world::{text_of, with_data};
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::HttpClient;
use azure_core::time::OffsetDateTime;
use azure_storage_file_share::*;
use file_share_emulator::{AccountConfig, Config, Emulator, Identity, IdentityEndpoint, Role};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Asks the endpoint every time; what is kept is the client's business.
#[derive(Debug)]
struct Platform {
    endpoint: IdentityEndpoint,
    asked: AtomicU32,
    /// How many of the first tokens nobody has issued.
    forged: u32,
}

#[async_trait]
impl TokenCredential for Platform {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let resource = scopes[0].strip_suffix("/.default").expect("a scope");
        let url = format!("{}?api-version=2019-08-01&resource={resource}", self.endpoint.url);
        let request = reqwest::Client::new().get(url).header("x-identity-header", &self.endpoint.header);
        let answer = request.send().await.expect("an answer").bytes().await.expect("a body");
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        let token = answer["access_token"].as_str().expect("a token").to_owned();
        let expires_on = answer["expires_on"].as_str().expect("text").parse().expect("seconds");
        let expires_on = OffsetDateTime::from_unix_timestamp(expires_on).expect("a time");
        let is_forged = self.asked.fetch_add(1, Ordering::Relaxed) < self.forged;
        Ok(AccessToken::new(if is_forged { "forged".to_owned() } else { token }, expires_on))
    }
}

/// Two accounts without Shared Key, and an app with the rights of a backup.
struct Keyless {
    emulator: Emulator,
    platform: Arc<Platform>,
    bearer: Bearer,
    http: Arc<dyn HttpClient>,
}

impl Keyless {
    async fn new(token_life: Duration, forged: u32) -> Self {
        let account = |name| AccountConfig { allow_shared_key: false, ..AccountConfig::new(name, "a2V5") };
        let app =
            Identity::system_assigned().with(Role::privileged_contributor()).with(Role::share_operator());
        let accounts = vec![account("one"), account("two")];
        let config = Config { accounts, identities: vec![app], token_life, ..Config::default() };
        let emulator = Emulator::start(config).await.expect("an emulator");
        let endpoint = emulator.identity_endpoint().expect("it has identities").clone();
        let platform = Arc::new(Platform { endpoint, asked: AtomicU32::new(0), forged });
        let authority = reqwest::Certificate::from_pem(emulator.authority().as_bytes()).expect("PEM");
        let http = reqwest::Client::builder().tls_certs_only([authority]).build().expect("an HTTP client");
        Self { emulator, bearer: Bearer::new(platform.clone()), platform, http: Arc::new(http) }
    }

    async fn share(&self, account: &str) -> ShareClient {
        let endpoint = &self.emulator.account(account).https_endpoint;
        let options = ClientOptions { http: Some(self.http.clone()), ..Default::default() };
        let credential = Credential::Bearer(self.bearer.clone());
        let service = ShareServiceClient::new(endpoint, account, credential, options).expect("a client");
        let share = service.share_client("share");
        share.create(&CreateShareOptions::default()).await.expect("a new share");
        share
    }

    fn tokens(&self) -> u32 {
        self.platform.asked.load(Ordering::Relaxed)
    }
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn one_token_opens_both_accounts_and_copies_between_them() {
    let keyless = Keyless::new(HOUR, 0).await;
    let (one, two) = (keyless.share("one").await, keyless.share("two").await);
    let file = one.file_client("a");
    file.create(&with_data("0123456789")).await.expect("a new file");
    let id = one.create_snapshot(&Metadata::new()).await.expect("a share snapshot");
    let source = one.with_snapshot(&id).file_client("a").copy_source(None);
    let copy = two.file_client("copy");
    copy.create(&CreateFile { size: 4, ..Default::default() }).await.expect("a new file");
    copy.put_range_from_url(&source, 2, 0, 4, LastWrite::Preserve).await.expect("a copy");
    assert_eq!(text_of(&copy).await, "2345");
    assert_eq!(keyless.tokens(), 1);
}

#[tokio::test]
async fn a_key_is_refused_where_only_tokens_are_taken() {
    let keyless = Keyless::new(HOUR, 0).await;
    let share = keyless.share("one").await;
    assert!(share.generate_sas(SasPermissions::READ, OffsetDateTime::now_utc()).is_none());
    let key = Credential::SharedKey(SharedKey::new("one", "a2V5").expect("base64"));
    let endpoint = &keyless.emulator.account("one").endpoint;
    let service = ShareServiceClient::new(endpoint, "one", key, ClientOptions::default()).expect("a client");
    let error = service.share_client("share").get_properties().await.expect_err("no key is taken");
    assert_eq!(error.code.as_deref(), Some("KeyBasedAuthenticationNotPermitted"));
    assert_eq!(error.kind, ErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_token_that_expires_midway_is_renewed() {
    let keyless = Keyless::new(Duration::from_secs(2), 0).await;
    let share = keyless.share("one").await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        share.get_properties().await.expect("a good token, always");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!((3..=12).contains(&keyless.tokens()), "{} tokens", keyless.tokens());
}

#[tokio::test]
async fn a_token_that_the_service_does_not_take_is_replaced_once() {
    let keyless = Keyless::new(HOUR, 1).await;
    keyless.share("one").await;
    assert_eq!(keyless.tokens(), 2);
    assert_eq!(keyless.emulator.log().count("one", "Create Share"), 2);
}
