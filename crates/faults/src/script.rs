//! Plans for the usual wishes: the request with a number, the first few of an operation.

use std::fmt::{self, Debug, Formatter};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::fault::{Fault, Plan, Seen};

type Make = Box<dyn Fn() -> Fault + Send + Sync>;

/// One fault at request `number`, and none elsewhere.
pub fn nth(number: u64, fault: impl Fn() -> Fault + Send + Sync + 'static) -> impl Plan {
    Script::new().nth(number, fault)
}

/// Rules in order; the first that meets a request decides.
#[derive(Debug, Default)]
pub struct Script(Vec<Rule>);

struct Rule {
    number: Option<u64>,
    operation: &'static str,
    path: String,
    left: AtomicU64,
    fault: Make,
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn nth(self, number: u64, fault: impl Fn() -> Fault + Send + Sync + 'static) -> Self {
        self.rule(Some(number), "", "", 1, fault)
    }

    /// The first `times` requests of an operation whose path contains `path`. An empty text meets everything.
    pub fn on(
        self,
        operation: &'static str,
        path: &str,
        times: u64,
        fault: impl Fn() -> Fault + Send + Sync + 'static,
    ) -> Self {
        self.rule(None, operation, path, times, fault)
    }

    fn rule(
        mut self,
        number: Option<u64>,
        operation: &'static str,
        path: &str,
        times: u64,
        fault: impl Fn() -> Fault + Send + Sync + 'static,
    ) -> Self {
        let (path, left) = (path.to_owned(), AtomicU64::new(times));
        self.0.push(Rule { number, operation, path, left, fault: Box::new(fault) });
        self
    }
}

impl Plan for Script {
    fn fault(&self, seen: &Seen<'_>) -> Fault {
        let rule = self.0.iter().find(|rule| rule.meets(seen) && rule.spend());
        rule.map_or(Fault::None, |rule| (rule.fault)())
    }
}

impl Rule {
    fn meets(&self, seen: &Seen<'_>) -> bool {
        self.number.is_none_or(|number| number == seen.number)
            && (self.operation.is_empty() || self.operation == seen.operation)
            && seen.path.contains(&self.path)
    }

    /// Several requests may meet a rule at once; no more than its number get the fault.
    fn spend(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

impl Debug for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("number", &self.number)
            .field("operation", &self.operation)
            .field("path", &self.path)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(plan: &dyn Plan, requests: &[(&str, &str)], expected: &[&str]) {
        let faults = requests.iter().zip(1..).map(|((operation, path), number)| {
            let seen =
                Seen { number, account: "one", operation, method: "PUT", path, query: "", data_bytes: 0 };
            format!("{:?}", plan.fault(&seen))
        });
        assert_eq!(faults.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_nth_request_has_the_fault_and_no_other() {
        let requests = [("Create File", "/one/share/a"); 4];
        check(&nth(3, || Fault::DropAfter), &requests, &["None", "None", "DropAfter", "None"]);
    }

    #[test]
    fn a_rule_is_spent_and_then_the_next_one_decides() {
        let script = Script::new()
            .on("Create File", "/a", 2, || Fault::DropBefore)
            .on("", "/a", u64::MAX, || Fault::Cut)
            .nth(5, || Fault::DropAfter);
        let file = ("Create File", "/one/share/a");
        let requests = [file, ("Get File", "/one/share/a"), file, file, ("Get File", "/one/share/b")];
        check(&script, &requests, &["DropBefore", "Cut", "DropBefore", "Cut", "DropAfter"]);
    }

    #[test]
    fn a_closure_is_a_plan() {
        let plan = |seen: &Seen<'_>| match seen.operation {
            "Snapshot Share" => Fault::After(Box::new(|| {})),
            _ => Fault::None,
        };
        check(&plan, &[("Snapshot Share", "/one/share"), ("Get File", "/one/share/a")], &["After", "None"]);
    }
}
