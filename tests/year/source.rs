//! A few files that people work on.

use std::collections::BTreeMap;

use azure_storage_file_share::ShareClient;
use rand::RngExt;
use rand::rngs::StdRng;

use crate::support::*;

pub struct Source {
    share: ShareClient,
    /// What the share holds now.
    pub files: Files,
}

/// Texts by name.
pub type Files = BTreeMap<String, String>;

impl Source {
    pub async fn new(share: ShareClient) -> Self {
        let files = Files::from([("always".to_owned(), "there".to_owned())]);
        put(&share, "always", "there").await;
        Self { share, files }
    }

    pub async fn edit(&mut self, random: &mut StdRng) {
        let name = format!("f{}", random.random_range(0..5));
        if random.random_bool(0.3) && self.files.remove(&name).is_some() {
            remove(&self.share, &name).await;
        } else {
            let body = format!("{}", random.random_range(0..1_000_000));
            put(&self.share, &name, &body).await;
            self.files.insert(name, body);
        }
    }
}

pub async fn files(share: &ShareClient) -> Files {
    let mut files = Files::new();
    for name in names(share, "").await {
        let body = read(share, &name).await;
        files.insert(name, body);
    }
    files
}
