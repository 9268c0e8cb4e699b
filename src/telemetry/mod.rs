//! Logs, on the console: the host turns every line into one log entry, stdout into information, and stderr
//! into warnings (where the line says so) and errors. It stamps the time itself.

pub mod names;

use tracing::Level;
use tracing_subscriber::fmt::writer::MakeWriterExt;

/// Starts logging for the whole process. Whatever is below `INFO` is left out: it could show URLs.
pub fn init() {
    let console = std::io::stderr.with_max_level(Level::WARN).or_else(std::io::stdout);
    tracing_subscriber::fmt()
        .with_writer(console)
        .with_max_level(Level::INFO)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
}
