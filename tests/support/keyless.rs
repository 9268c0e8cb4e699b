//! A world in which nobody has a key: accounts that refuse them, tables over https beside them, and identities.

use std::io::Write;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::HttpClient;
use azure_core::time::{Duration, OffsetDateTime};
use azure_storage::{Bearer, Credential};
use azure_storage_file_share::{ClientOptions, ShareClient, ShareServiceClient};
use azurite::Azurite;
use base64::prelude::{BASE64_STANDARD, Engine};
use file_share_emulator::{AccountConfig, Config, Emulator, Identity, IdentityEndpoint, Role};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{SOURCE, TARGET, Variables};

/// Of whoever fills the source and reads the target.
const LOADER: &str = "10adede2-0000-4000-8000-000000000001";
const SHARE: &str = "files";

pub struct Keyless {
    pub emulator: Emulator,
    azurite: Azurite,
    authority: NamedTempFile,
    loader: Credential,
    http: Arc<dyn HttpClient>,
}

/// With the roles that the documentation asks for, and no more.
pub fn with_the_roles_of_the_app(identity: Identity) -> Identity {
    identity
        .with_on(SOURCE, Role::privileged_reader())
        .with_on(TARGET, Role::privileged_contributor())
        .with(Role::share_operator())
}

impl Keyless {
    /// The keys of the accounts are random and forgotten.
    pub async fn with(config: Config) -> Self {
        let account = |name: &str| {
            let key = BASE64_STANDARD.encode(rand::random::<[u8; 32]>());
            AccountConfig { allow_shared_key: false, ..AccountConfig::new(name, key) }
        };
        let loader =
            Identity::user_assigned(LOADER).with(Role::privileged_contributor()).with(Role::share_operator());
        let identities = [config.identities.clone(), vec![loader]].concat();
        let config = Config { accounts: vec![account(SOURCE), account(TARGET)], identities, ..config };
        let emulator = Emulator::start(config).await.expect("the emulator starts");
        let certificate = emulator.issue_certificate().expect("a certificate");
        let azurite = Azurite::start_secure(certificate.certificate, certificate.key);
        let mut authority = NamedTempFile::new().expect("a file");
        authority.write_all(emulator.authority().as_bytes()).expect("room for it");
        let trusted = reqwest::Certificate::from_pem(emulator.authority().as_bytes()).expect("PEM");
        let http = reqwest::Client::builder().tls_certs_only([trusted]).build().expect("a client");
        let endpoint = emulator.identity_endpoint().expect("there are identities").clone();
        let platform = Platform { endpoint, http: http.clone() };
        Self {
            azurite: azurite.await.expect("Azurite starts"),
            emulator,
            authority,
            loader: Credential::Bearer(Bearer::new(Arc::new(platform))),
            http: Arc::new(http),
        }
    }

    /// The source share, new, and the target share, which is the app's to make.
    pub async fn shares(&self) -> (ShareClient, ShareClient) {
        let (source, target) = (self.share(SOURCE, SHARE), self.share(TARGET, SHARE));
        source.create(&Default::default()).await.expect("the source share is new");
        (source, target)
    }

    pub fn share(&self, account: &str, share: &str) -> ShareClient {
        self.service(account).share_client(share)
    }

    pub fn service(&self, account: &str) -> ShareServiceClient {
        let options = ClientOptions { http: Some(self.http.clone()), ..Default::default() };
        let endpoint = &self.emulator.account(account).https_endpoint;
        let service = ShareServiceClient::new(endpoint, account, self.loader.clone(), options);
        service.expect("a well-formed endpoint")
    }

    /// Those of an app in Azure, with its state in tables and one pair, named as its shares.
    pub fn variables(&self) -> Variables {
        let side = |account: &str| json!({"account": account, "share": SHARE, "endpoint": self.emulator.account(account).https_endpoint.as_str()});
        let guard = json!({"maxDeletePercent": 100, "maxOverwritePercent": 100});
        let pairs = json!([{"name": SHARE, "source": side(SOURCE), "target": side(TARGET), "guard": guard}]);
        let platform = self.emulator.identity_endpoint().expect("there are identities");
        let settings = [
            ("BACKUP_PAIRS", pairs.to_string()),
            ("BACKUP_SCHEDULE", "0 0 3 * * *".to_owned()),
            ("RESUME_SCHEDULE", "0 */5 * * * *".to_owned()),
            ("DRILL_SCHEDULE", "0 0 12 * * 0".to_owned()),
            ("BACKUP_STATE", self.azurite.table_endpoint().to_string()),
            ("BACKUP_CREDENTIAL", "managedIdentity".to_owned()),
            ("IDENTITY_ENDPOINT", platform.url.to_string()),
            ("IDENTITY_HEADER", platform.header.clone()),
            ("SSL_CERT_FILE", self.authority.path().display().to_string()),
        ];
        settings.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// How many tokens were asked for, the loader's included.
    pub fn tokens(&self) -> u64 {
        self.emulator.log().count("identity endpoint", "Get Token")
    }

    /// The statuses of what the accounts refused for want of a good token.
    pub fn refusals(&self) -> Vec<u16> {
        let requests = self.emulator.log().snapshot().recent.into_iter();
        requests.map(|request| request.status).filter(|status| [401, 403].contains(status)).collect()
    }
}

/// The loader's way to its tokens.
#[derive(Debug)]
struct Platform {
    endpoint: IdentityEndpoint,
    http: reqwest::Client,
}

#[async_trait]
impl TokenCredential for Platform {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let IdentityEndpoint { url, header } = &self.endpoint;
        let storage = "https://storage.azure.com";
        let url = format!("{url}?api-version=2019-08-01&resource={storage}&client_id={LOADER}");
        let answer = self.http.get(url).header("x-identity-header", header).send().await;
        let body = answer.expect("an answer").bytes().await.expect("a body");
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        let token = answer["access_token"].as_str().expect("a token").to_owned();
        // Asked for anew for every request, since tests let tokens expire.
        Ok(AccessToken::new(token, OffsetDateTime::now_utc() + Duration::milliseconds(1)))
    }
}
