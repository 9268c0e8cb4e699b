use tokio::time::{advance, pause};

use super::*;

const FILE: &str = "/one/share/dir/a%20b";

fn plan(json: &str) -> Planned {
    Planned::parse(json).expect("a plan")
}

fn seen<'a>(number: u64, operation: &'a str, path: &'a str) -> Seen<'a> {
    let data_bytes = if operation == "Put Range" { 1 << 20 } else { 0 };
    Seen { number, account: "one", operation, method: "PUT", path, query: "", data_bytes }
}

fn faults(plan: &Planned, operation: &str, path: &str, requests: u64) -> Vec<String> {
    (1..=requests).map(|number| format!("{:?}", plan.fault(&seen(number, operation, path)))).collect()
}

fn check(rule: &str, operation: &str, path: &str, expected: &[&str]) {
    let plan = plan(&format!(r#"{{"rules":[{rule}]}}"#));
    assert_eq!(faults(&plan, operation, path, expected.len() as u64), expected, "{rule}");
}

#[test]
fn a_rule_counts_the_requests_that_it_meets() {
    let (cut, none) = ("Cut", "None");
    check(r#"{"when":{"Nth":2},"then":"Cut"}"#, "Get File", FILE, &[none, cut, none, none]);
    check(r#"{"when":{"First":2},"then":"Cut"}"#, "Get File", FILE, &[cut, cut, none, none]);
    check(r#"{"when":{"After":2},"then":"Cut"}"#, "Get File", FILE, &[none, none, cut, cut]);
    check(r#"{"when":{"Every":2},"then":"Cut"}"#, "Get File", FILE, &[none, cut, none, cut]);
    check(r#"{"then":"Cut"}"#, "Get File", FILE, &[cut, cut]);
}

#[test]
fn a_rule_meets_by_account_operation_and_path() {
    for (rule, expected) in [
        (r#"{"account":"one","operation":"Get File","path":"/share/**","then":"Cut"}"#, "Cut"),
        (r#"{"path":"/share/dir/a b","then":"Cut"}"#, "Cut"),
        (r#"{"path":"/share/*","then":"Cut"}"#, "None"),
        (r#"{"account":"two","then":"Cut"}"#, "None"),
        (r#"{"operation":"Put Range","then":"Cut"}"#, "None"),
    ] {
        check(rule, "Get File", FILE, &[expected]);
        check(rule, "Get File", "/share/dir/a%20b", &[expected]);
    }
}

#[test]
fn every_action_can_be_written_down() {
    for (action, expected) in [
        (
            r#"{"Refuse":{"status":429,"code":"TooManyRequests","retryAfterSeconds":3}}"#,
            "Refuse(429 TooManyRequests)",
        ),
        (r#"{"RefuseSource":{"status":403,"code":"X"}}"#, "RefuseSource(403 X)"),
        (r#""DropBefore""#, "DropBefore"),
        (r#""DropAfter""#, "DropAfter"),
        (r#"{"Late":{"byMs":5}}"#, "Late(5ms)"),
        (r#"{"Twice":{"byMs":5}}"#, "Twice(5ms)"),
        (r#"{"Delay":{"byMs":5}}"#, "Delay(5ms)"),
        (r#"{"Stall":{"byMs":5}}"#, "Stall(5ms)"),
    ] {
        check(&format!(r#"{{"then":{action}}}"#), "Get File", FILE, &[expected]);
    }
}

#[test]
fn a_seed_draws_the_same_faults_again_and_another_seed_others() {
    let drawn = |seed: u64| {
        let plan =
            plan(&format!(r#"{{"seed":{seed},"rules":[{{"when":{{"Probability":0.25}},"then":"Cut"}}]}}"#));
        faults(&plan, "Get File", FILE, 4000)
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    let cut = drawn(1).iter().filter(|fault| *fault == "Cut").count();
    assert!((900..1100).contains(&cut), "{cut} of 4000");
}

#[test]
fn mistakes_are_named() {
    for (json, expected) in [
        (r#"{"rule":[]}"#, "not valid JSON"),
        (r#"{"rules":[{"path":"[","then":"Cut"}]}"#, "not a glob"),
        (r#"{"rules":[{"then":{"Refuse":{"status":200,"code":"X"}}}]}"#, "400 to 599"),
        (r#"{"rules":[{"then":{"Refuse":{"status":500,"code":"a b"}}}]}"#, "letters and digits"),
        (r#"{"rules":[{"when":{"Probability":2},"then":"Cut"}]}"#, "from 0 to 1"),
        (r#"{"limits":[{"iops":0}]}"#, "at least 1"),
        (r#"{"latency":{"Read":{"ms":-1}}}"#, "to an hour"),
    ] {
        let mistake = Planned::parse(json).expect_err(json).to_string();
        assert!(mistake.contains(expected), "{json}: {mistake}");
    }
}

#[tokio::test]
async fn a_share_without_requests_left_is_busy_until_time_has_passed() {
    pause();
    let plan = plan(r#"{"limits":[{"share":"share","iops":2}]}"#);
    assert_eq!(faults(&plan, "Get File", FILE, 3), ["None", "None", "Refuse(503 ServerBusy)"]);
    assert_eq!(faults(&plan, "Get File", "/one/other/a", 3), ["None"; 3]);
    advance(Duration::from_millis(500)).await;
    assert_eq!(faults(&plan, "Get File", FILE, 2), ["None", "Refuse(503 ServerBusy)"]);
}

#[tokio::test]
async fn bytes_are_paid_by_the_next_request_whichever_way_they_went() {
    pause();
    let plan =
        plan(r#"{"limits":[{"bytesPerSecond":1048576,"longestWaitMs":500,"answer":"OperationTimedOut"}]}"#);
    assert_eq!(faults(&plan, "Put Range", FILE, 2), ["None", "None"]);
    assert_eq!(faults(&plan, "Get File", FILE, 1), ["Refuse(500 OperationTimedOut)"]);
    advance(Duration::from_millis(600)).await;
    assert_eq!(faults(&plan, "Get File", FILE, 1), ["Delay(400ms)"]);
    plan.answered(&seen(1, "Get File", FILE), 1 << 20);
    assert_eq!(faults(&plan, "Get File", FILE, 1), ["Refuse(500 OperationTimedOut)"]);
}

#[test]
fn an_ssd_share_has_what_its_size_buys() {
    let plan = plan(r#"{"limits":[{"ssdGib":100}]}"#);
    let refused = faults(&plan, "Get File", FILE, 10_500).iter().filter(|fault| *fault != "None").count();
    assert!((1..=500).contains(&refused), "{refused} beyond a burst of 10,000");
}

#[test]
fn an_answer_takes_as_long_as_its_class_and_its_bytes_say() {
    let plan = plan(r#"{"latency":{"Read":{"ms":2,"msPerMib":10},"List":{"ms":1,"jitterMs":4}}}"#);
    let took = |operation, bytes| plan.answered(&seen(1, operation, FILE), bytes);
    assert_eq!(took("Get File", 1 << 19), Duration::from_millis(7));
    assert_eq!(took("Put Range", 0), Duration::ZERO);
    let list = took("List Ranges", 0);
    assert!(list > Duration::from_millis(1) && list < Duration::from_millis(5));
    assert_eq!(list, took("List Ranges", 0));
}
