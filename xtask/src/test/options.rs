//! The command line of `cargo xtask test`.

use anyhow::{Result, bail};

use crate::Usage;

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Checks and tests whose name contains one of these; all without any.
    pub(crate) names: Vec<String>,
    pub(crate) full: bool,
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--full" => options.full = true,
                option if option.starts_with('-') => {
                    bail!(Usage(format!("`cargo xtask test` knows no {option:?}")))
                }
                _ => options.names.push(argument),
            }
        }
        Ok(options)
    }

    pub(crate) fn selects(&self, check: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| check.contains(name.as_str()))
    }

    /// The names that may be those of tests, because no check bears them in full.
    pub(crate) fn test_names(&self, checks: &[&str]) -> Vec<&str> {
        self.names.iter().map(String::as_str).filter(|name| !checks.contains(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(names: &[&str]) -> Options {
        Options { names: names.iter().map(ToString::to_string).collect(), full: false }
    }

    #[test]
    fn without_names_every_check_is_selected() {
        assert!(options(&[]).selects("format"));
    }

    #[test]
    fn a_checks_own_name_is_no_test() {
        let options = options(&["format"]);
        assert!(options.selects("format") && !options.selects("lints"));
        assert!(options.test_names(&["format", "lints"]).is_empty());
    }

    #[test]
    fn part_of_a_name_may_mean_checks_and_tests() {
        let options = options(&["accept_first_light_3"]);
        assert!(options.selects("accept_first_light_3_azcopy_agrees"));
        assert_eq!(options.test_names(&["format"]), ["accept_first_light_3"]);
    }
}
