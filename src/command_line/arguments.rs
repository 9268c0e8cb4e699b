//! Reads arguments: plain ones, options with a value, and switches.

use std::collections::BTreeMap;

/// Arguments that were understood so far.
#[derive(Debug, Default)]
pub struct Arguments<'a> {
    pub plain: Vec<&'a str>,
    named: BTreeMap<&'static str, Vec<String>>,
    switches: Vec<&'static str>,
}

impl<'a> Arguments<'a> {
    /// Nothing where an option is not known, or lacks its value.
    pub fn read(arguments: &[&'a str], options: &[&'static str], switches: &[&'static str]) -> Option<Self> {
        let mut read = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let known = |names: &[&'static str]| names.iter().copied().find(|name| name == argument);
            if let Some(switch) = known(switches) {
                read.switches.push(switch);
            } else if let Some(name) = known(options) {
                read.named.entry(name).or_default().push((*rest.next()?).to_owned());
            } else if argument.starts_with("--") {
                return None;
            } else {
                read.plain.push(argument);
            }
        }
        Some(read)
    }

    pub fn is_set(&self, switch: &str) -> bool {
        self.switches.contains(&switch)
    }

    /// The values of an option, which is not asked for again.
    pub fn take_all(&mut self, name: &str) -> Vec<String> {
        self.named.remove(name).unwrap_or_default()
    }

    /// The last value of an option, which is not asked for again.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.take_all(name).pop()
    }

    /// Whether every option was asked for.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}
