//! The dashboard in a real browser, over real cycles: what it asks for, what it complains about, whether it can be read
//! by everybody, and how it looks. The pictures stay in `.tools/dashboard`.

mod front;
mod look;
mod scene;

use std::path::Path;

use anyhow::{Result, ensure};

use self::front::Front;
use self::look::{Browser, Look, Page};
use self::scene::Scene;
use super::{Options, Outcome};
use crate::repository;

pub(super) fn one_pair(_: &Options) -> Result<Outcome> {
    let title = "1 pair, nothing needs you";
    with_browser(async |browser, handler, folder| {
        let scene = Scene::of_one_pair(handler, folder).await?;
        let pages =
            [("one", "/api/dashboard", title), ("one-pair", "/api/dashboard/finance", "Protected: finance")];
        look_at(&browser, scene, &pages).await
    })
}

pub(super) fn fifty_pairs(_: &Options) -> Result<Outcome> {
    let title = "2 failing, 1 late, 1 waiting for you, 1 to look at";
    with_browser(async |browser, handler, folder| {
        let scene = Scene::of_fifty_pairs(handler, folder).await?;
        let pages = [
            ("fifty", "/api/dashboard", title),
            ("late", "/api/dashboard/archive", "Late: archive"),
            ("failed", "/api/dashboard/legal", "Failing: legal"),
            ("with-errors", "/api/dashboard/projects", "Failing: projects"),
            ("held", "/api/dashboard/people", "Waits for you: people"),
            ("running", "/api/dashboard/media", "Running: media"),
            ("seeded", "/api/dashboard/design", "Protected: design"),
        ];
        look_at(&browser, scene, &pages).await
    })
}

fn with_browser(check: impl AsyncFnOnce(Browser, &Path, &Path) -> Result<()>) -> Result<Outcome> {
    let browser = match Browser::install()? {
        Ok(browser) => browser,
        Err(reason) => return Ok(Outcome::DidNotRun(reason)),
    };
    let handler = repository::build_handler()?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(check(browser, &handler, folder.path()))?;
    Ok(Outcome::Passed)
}

async fn look_at(browser: &Browser, scene: Scene, pages: &[(&str, &str, &str)]) -> Result<()> {
    let front = Front::open(scene.host()).await?;
    let page = |(name, path, title): &(&str, &str, &str)| Page {
        name: (*name).to_owned(),
        url: front.url(path),
        title: format!("{title} – Azure Files Backup"),
    };
    let pages: Vec<Page> = pages.iter().map(page).collect();
    let looks = browser.look(&pages).await?;
    front.close();
    scene.strike().await;
    let control = looks.iter().find(|look| look.name == look::CONTROL);
    ensure!(
        control.is_some_and(|look| !look.violations.is_empty() && !look.axe.is_empty()),
        "The browser sees nothing wrong on a page where much is: {control:?}"
    );
    let mut complaints = Vec::new();
    for page in &pages {
        let of_page: Vec<&Look> = looks.iter().filter(|look| look.name == page.name).collect();
        ensure!(of_page.len() == look::VIEWS, "Page {} was seen {} times", page.name, of_page.len());
        complaints.extend(of_page.iter().flat_map(|look| look.complaints(page)));
    }
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}
