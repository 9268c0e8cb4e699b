//! What the handler prints, with the levels that the host gives it, and the host's own remarks.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;

/// Lines kept for whoever asks later; a listener sees all of them.
const KEPT_LINES: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    pub stream: Stream,
    pub channel: Channel,
    pub level: Level,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
    /// Not printed by the handler: a remark of the host about it.
    Host,
}

/// Where the real host sends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The log category `Host.Function.Console`.
    Console,
    /// Lines that began with `LanguageWorkerConsoleLog`.
    System,
    /// Lines that begin with `azfuncjsonlog:`.
    Tooling,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Information,
    Warning,
    Error,
}

impl ConsoleLine {
    /// Judges one line of the handler by the rules of the real host.
    pub(crate) fn judge(stream: Stream, text: &str, stderr_is_for_errors_only: bool) -> ConsoleLine {
        let (channel, text) = match text.strip_prefix("LanguageWorkerConsoleLog") {
            Some(rest) => (Channel::System, rest),
            None if text.starts_with("azfuncjsonlog:") => (Channel::Tooling, text),
            None => (Channel::Console, text),
        };
        let lower = text.to_lowercase();
        let sounds_bad =
            || ["error", "fail", "severe", "unhandled exception"].iter().any(|word| lower.contains(word));
        let level = match stream {
            Stream::Stdout | Stream::Host => Level::Information,
            Stream::Stderr if lower.contains("warn") => Level::Warning,
            Stream::Stderr if stderr_is_for_errors_only || sounds_bad() => Level::Error,
            Stream::Stderr => Level::Information,
        };
        ConsoleLine { stream, channel, level, text: text.to_string() }
    }
}

/// Gets every line as it comes.
pub type ConsoleListener = Box<dyn Fn(&ConsoleLine) + Send + Sync>;

pub(crate) struct Console {
    lines: Mutex<VecDeque<ConsoleLine>>,
    listener: ConsoleListener,
}

impl Console {
    pub(crate) fn new(listener: ConsoleListener) -> Console {
        Console { lines: Mutex::default(), listener }
    }

    pub(crate) fn push(&self, line: ConsoleLine) {
        {
            let mut lines = self.lines.lock().expect("nobody panics while holding the lines");
            if lines.len() == KEPT_LINES {
                lines.pop_front();
            }
            lines.push_back(line.clone());
        }
        (self.listener)(&line);
    }

    pub(crate) fn remark(&self, level: Level, text: impl Into<String>) {
        self.push(ConsoleLine { stream: Stream::Host, channel: Channel::System, level, text: text.into() });
    }

    pub(crate) fn lines(&self) -> Vec<ConsoleLine> {
        self.lines.lock().expect("nobody panics while holding the lines").iter().cloned().collect()
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Console").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stream: Stream, text: &str, errors_only: bool, channel: Channel, level: Level) {
        let line = ConsoleLine::judge(stream, text, errors_only);
        assert_eq!((line.channel, line.level), (channel, level), "{text}");
    }

    #[test]
    fn stdout_is_information_whatever_it_says() {
        check(Stream::Stdout, "ERROR: no", true, Channel::Console, Level::Information);
    }

    #[test]
    fn stderr_is_an_error_unless_it_warns() {
        check(Stream::Stderr, "hello", true, Channel::Console, Level::Error);
        check(Stream::Stderr, "A WARNing", true, Channel::Console, Level::Warning);
    }

    #[test]
    fn stderr_for_everything_is_judged_by_its_words() {
        check(Stream::Stderr, "hello", false, Channel::Console, Level::Information);
        check(Stream::Stderr, "it Failed", false, Channel::Console, Level::Error);
        check(Stream::Stderr, "warn: error", false, Channel::Console, Level::Warning);
    }

    #[test]
    fn prefixes_choose_the_channel() {
        check(Stream::Stdout, "azfuncjsonlog:{}", true, Channel::Tooling, Level::Information);
        let line = ConsoleLine::judge(Stream::Stdout, "LanguageWorkerConsoleLog hello", true);
        assert_eq!((line.channel, line.text.as_str()), (Channel::System, " hello"));
    }
}
