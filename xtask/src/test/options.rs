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

    /// What `cargo test` is asked for: the names that are not a check's own. `None` means that it is not asked at all.
    pub(crate) fn test_filters(&self, checks: &[&str]) -> Option<Vec<String>> {
        let filters: Vec<String> =
            self.names.iter().filter(|name| !checks.contains(&name.as_str())).cloned().collect();
        (self.names.is_empty() || !filters.is_empty()).then_some(filters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(names: &[&str]) -> Options {
        Options { names: names.iter().map(ToString::to_string).collect(), full: false }
    }

    #[test]
    fn without_names_everything_runs() {
        assert!(options(&[]).selects("format"));
        assert_eq!(options(&[]).test_filters(&["format"]), Some(Vec::new()));
    }

    #[test]
    fn a_checks_own_name_runs_that_check_alone() {
        let options = options(&["format"]);
        assert!(options.selects("format") && !options.selects("lints"));
        assert_eq!(options.test_filters(&["format", "lints"]), None);
    }

    #[test]
    fn part_of_a_name_runs_checks_and_tests() {
        let options = options(&["accept_first_light_3"]);
        assert!(options.selects("accept_first_light_3_azcopy_agrees"));
        assert_eq!(options.test_filters(&["format"]), Some(vec!["accept_first_light_3".to_owned()]));
    }
}
