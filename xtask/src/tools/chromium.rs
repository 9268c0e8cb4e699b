//! Chromium from Debian, which keeps it secure, so that its version is not pinned; with a font, or it would draw boxes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{debian, folder};

const PACKAGES: [&str; 2] = ["chromium", "fonts-dejavu-core"];
const PROGRAM: &str = "usr/lib/chromium/chromium";
const LIBRARIES: [&str; 2] = ["usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/pulseaudio"];
/// Written when everything is unpacked.
const COMPLETE: &str = "complete";

pub(crate) struct Chromium {
    root: PathBuf,
}

impl Chromium {
    /// Or why it cannot be had on this machine.
    pub(crate) fn install() -> Result<Self, String> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return Err("Chromium is fetched for Linux on x86-64 only".to_owned());
        }
        let root = folder().join("chromium");
        if !root.join(COMPLETE).exists() {
            provide(&root).map_err(|error| format!("Chromium cannot be had: {error:#}"))?;
        }
        Ok(Self { root })
    }

    pub(crate) fn program(&self) -> PathBuf {
        self.root.join(PROGRAM)
    }

    /// What its process has to be told.
    pub(crate) fn environment(&self) -> Value {
        let libraries = LIBRARIES.map(|folder| self.root.join(folder).display().to_string());
        json!({"LD_LIBRARY_PATH": libraries.join(":"), "FONTCONFIG_FILE": self.root.join("fonts.conf")})
    }
}

fn provide(root: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(root)?;
    debian::unpack_programs(&PACKAGES, root)?;
    let at = root.display();
    // the machine may have no fonts, and no settings for them
    let fonts = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig><dir>{at}/usr/share/fonts</dir>\
         <cachedir>{at}/fonts.cache</cachedir></fontconfig>"
    );
    fs::write(root.join("fonts.conf"), fonts)?;
    fs::write(root.join(COMPLETE), "")?;
    Ok(())
}
