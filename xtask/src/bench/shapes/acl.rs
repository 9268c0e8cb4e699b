//! The ACL of the root, 100 directories and 1,000 files changed, and nothing else.

use anyhow::Result;
use azure_storage_file_share::{Permission, PermissionFormat, SetFileProperties, ShareClient, SmbProperties};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;

use crate::bench::Options;
use crate::bench::duel;
use crate::bench::field::{Field, SHARE, SOURCE};
use crate::bench::figures::Ratios;
use crate::bench::report::Report;

const DIRECTORIES: u64 = 100;
const FILES_IN_EACH: u64 = 10;
const DESCRIPTORS: u64 = 5;
const AT_ONCE: usize = 32;

pub(crate) async fn run(options: &Options) -> Result<Report> {
    let below = (DIRECTORIES / options.part).max(1);
    let files = below * FILES_IN_EACH;
    let field = Field::open(options, &[]).await?;
    let tree = format!("depth=1,directories={below},files={FILES_IN_EACH},size=1024");
    field.control.plant(SOURCE, SHARE, "", &tree).await?;
    let source = field.source()?;
    let outcome = duel::steady(options, &field, async |number| change(&source, number, below).await).await?;

    let directories = below + 1;
    let pages = 2 * directories;
    // Looking at the target before a change and comparing it afterwards are lists too.
    let lists = pages + 2 * directories;
    let most = 2 * files + directories + 2 * DESCRIPTORS + lists + 40;
    let ours = &outcome.ours;
    let mut ratios = Ratios::default();
    ratios.at_most("bytes", ours.bytes as f64, 0.0);
    ratios.at_most("requests", ours.requests as f64, most as f64);
    let shape = json!({"files": files, "directories": directories, "descriptors": DESCRIPTORS, "listPages": pages,
        "requestsAllowed": most});
    outcome.report(options, shape, ratios)
}

/// The root's files stay as they are.
async fn change(source: &ShareClient, run: u64, below: u64) -> Result<()> {
    let smb = |number: u64| {
        let user = 10_000 + run * DESCRIPTORS + number % DESCRIPTORS;
        let value = format!("O:SYG:SYD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;S-1-5-21-1-2-3-{user})");
        SmbProperties {
            permission: Some(Permission { value, format: PermissionFormat::Sddl }),
            ..SmbProperties::default()
        }
    };
    source.root_directory_client().set_properties(&smb(0)).await?;
    let change = async |number: u64| -> Result<()> {
        let directory = format!("directory-{number:05}");
        source.directory_client(&directory).set_properties(&smb(number)).await?;
        for file in 0..FILES_IN_EACH {
            let client = source.file_client(&format!("{directory}/file-{file:05}.bin"));
            let content = client.get_properties().await?.content;
            let options =
                SetFileProperties { smb: smb(number + file), content, ..SetFileProperties::default() };
            client.set_properties(&options).await?;
        }
        Ok(())
    };
    stream::iter(0..below).map(Ok).try_for_each_concurrent(AT_ONCE, change).await
}
