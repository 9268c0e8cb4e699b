//! An emulator with two accounts, and a share to work in.

use azure_storage_file_share::*;
use file_share_emulator::{AccountConfig, Config, Emulator};
use url::Url;

/// The published key of a well-known emulator, so no secret.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const OTHER_KEY: &str = "b3RoZXIgYWNjb3VudCwgb3RoZXIga2V5";

pub(crate) const TIME: &str = "2001-02-03T04:05:06.7890123Z";

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) service: ShareServiceClient,
    /// Created.
    pub(crate) share: ShareClient,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let accounts = vec![AccountConfig::new("one", KEY), AccountConfig::new("two", OTHER_KEY)];
        let emulator = Emulator::start(Config { accounts, ..config }).await.expect("an emulator");
        let service = client(&emulator, "one", KEY, ClientOptions::default());
        let share = service.share_client("share");
        share.create(&CreateShareOptions::default()).await.expect("a new share");
        Self { emulator, service, share }
    }

    /// A share of the other account, created.
    pub(crate) async fn other_share(&self) -> ShareClient {
        let share = client(&self.emulator, "two", OTHER_KEY, ClientOptions::default()).share_client("target");
        share.create(&CreateShareOptions::default()).await.expect("a new share");
        share
    }

    /// The share, through a client of its own.
    pub(crate) fn share_through(&self, options: ClientOptions) -> ShareClient {
        client(&self.emulator, "one", KEY, options).share_client("share")
    }

    pub(crate) fn endpoint(&self) -> &Url {
        &self.emulator.account("one").endpoint
    }

    pub(crate) async fn directory(&self, path: &str) -> ShareDirectoryClient {
        let directory = self.share.directory_client(path);
        directory.create(&CreateDirectory::default()).await.expect("a new directory");
        directory
    }

    pub(crate) async fn file(&self, path: &str, data: &str) -> ShareFileClient {
        let file = self.share.file_client(path);
        file.create(&with_data(data)).await.expect("a new file");
        file
    }
}

fn client(emulator: &Emulator, account: &str, key: &str, options: ClientOptions) -> ShareServiceClient {
    let credential = Credential::SharedKey(SharedKey::new(account, key).expect("base64"));
    let endpoint = &emulator.account(account).endpoint;
    ShareServiceClient::new(endpoint, account, credential, options).expect("a client")
}

pub(crate) fn with_data(data: &str) -> CreateFile {
    CreateFile { size: data.len() as u64, body: Some(data.to_owned().into()), ..Default::default() }
}

pub(crate) fn metadata<const N: usize>(pairs: [(&str, &str); N]) -> Metadata {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

pub(crate) fn time(text: &str) -> FileTime {
    text.parse().expect("a time")
}

pub(crate) async fn text_of(file: &ShareFileClient) -> String {
    let downloaded = file.get(None).await.expect("a file");
    String::from_utf8(downloaded.bytes.to_vec()).expect("text")
}

pub(crate) async fn listed(directory: &ShareDirectoryClient) -> Vec<Entry> {
    let page = directory.list_directories_and_files(&ListOptions::default()).await.expect("a page");
    assert_eq!(page.next_marker, None, "a single page");
    page.entries
}

#[track_caller]
pub(crate) fn assert_code<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.expect_err(code);
    assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)), "{error}");
}
