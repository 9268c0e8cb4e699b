//! What every page has around its content.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use time::OffsetDateTime;

use super::parts::{Links, moment};

/// The whole style; there are no `style` attributes, which the page's policy forbids.
const STYLE: &str = include_str!("style.css");

pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    pub(super) links: &'a Links,
    pub(super) now: OffsetDateTime,
    /// Lets the style in, and no other.
    pub(super) nonce: &'a str,
    pub(super) content: &'a Markup,
}

impl Frame<'_> {
    pub(super) fn page(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " – Azure Files Backup" }
                    // without it a browser asks for one
                    link rel="icon" href="data:,";
                    style nonce=(self.nonce) { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    header.top {
                        a.brand href=(self.links.overview()) { "Azure Files Backup" }
                        p { "As of " (moment(self.now)) " · " a href="" { "Reload" } }
                    }
                    main id="main" { (self.content) }
                    footer {
                        p {
                            "Version " (env!("CARGO_PKG_VERSION")) " · " a href=(self.links.to("/api/pairs")) { "JSON" } " · "
                            a href=(self.links.to("/api/health")) { "Health" }
                        }
                    }
                }
            }
        }
    }
}
