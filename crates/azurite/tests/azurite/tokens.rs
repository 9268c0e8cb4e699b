//! Tables opened by tokens of the emulator's identity endpoint, over https with a certificate of its authority.

use std::time::Duration;

use azurite::Azurite;
use file_share_emulator::{Config, Emulator, Identity};
use reqwest::{Client, StatusCode};
use serde_json::Value;

const STORAGE: &str = "https://storage.azure.com";

struct World {
    emulator: Emulator,
    azurite: Azurite,
    http: Client,
}

impl World {
    async fn with_tokens_for(token_life: Duration) -> World {
        let config =
            Config { identities: vec![Identity::system_assigned()], token_life, ..Config::default() };
        let emulator = Emulator::start(config).await.expect("the emulator starts");
        let certificate = emulator.issue_certificate().expect("a certificate");
        let azurite = Azurite::start_secure(certificate.certificate, certificate.key);
        let azurite = azurite.await.expect("Azurite starts");
        let authority = reqwest::Certificate::from_pem(emulator.authority().as_bytes()).expect("PEM");
        let http = Client::builder().tls_certs_only([authority]).build().expect("client");
        World { emulator, azurite, http }
    }

    async fn token(&self, resource: &str) -> String {
        let endpoint = self.emulator.identity_endpoint().expect("there is an identity");
        let url = format!("{}?api-version=2019-08-01&resource={resource}", endpoint.url);
        let request = self.http.get(url).header("x-identity-header", &endpoint.header);
        let body = request.send().await.expect("answer").bytes().await.expect("a body");
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    async fn tables(&self, authorization: &str) -> StatusCode {
        let request = self.http.get(format!("{}/Tables", self.azurite.table_endpoint()));
        let request = request
            .header("authorization", authorization)
            .header("x-ms-version", "2019-02-02")
            .header("accept", "application/json;odata=nometadata");
        request.send().await.expect("answer").status()
    }
}

#[tokio::test]
async fn a_token_for_storage_opens_the_tables_and_no_other_does() {
    let world = World::with_tokens_for(Duration::from_secs(60)).await;
    assert_eq!(world.azurite.table_endpoint().scheme(), "https");
    let token = world.token(STORAGE).await;
    assert_eq!(world.tables(&format!("Bearer {token}")).await, StatusCode::OK);
    let other = world.token("https://vault.azure.net").await;
    assert_eq!(world.tables(&format!("Bearer {other}")).await, StatusCode::FORBIDDEN);
    assert_eq!(world.tables("Bearer token").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_token_opens_the_tables_until_it_expires() {
    let world = World::with_tokens_for(Duration::from_secs(2)).await;
    let authorization = format!("Bearer {}", world.token(STORAGE).await);
    assert_eq!(world.tables(&authorization).await, StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.tables(&authorization).await, StatusCode::FORBIDDEN);
}
