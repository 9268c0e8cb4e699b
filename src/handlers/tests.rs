//! The routes over real HTTP, without a share behind them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::config::Settings;

/// Azurite's published development key.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// An answer, and what was asked.
struct Answered {
    asked: String,
    status: u16,
    content_type: String,
    body: Value,
}

impl Answered {
    #[track_caller]
    fn is(&self, status: u16, content_type: &str) -> &Value {
        assert_eq!((self.status, self.content_type.as_str()), (status, content_type), "{}", self.asked);
        &self.body
    }

    /// It is a problem, complete, and with this code.
    #[track_caller]
    fn is_problem(&self, status: u16, code: &str) -> &Value {
        let problem = self.is(status, "application/problem+json");
        assert_eq!(problem["code"], code, "{}", self.asked);
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(
                problem[member].as_str().is_some_and(|text| !text.is_empty()),
                "{}: {member}",
                self.asked
            );
        }
        problem
    }
}

/// Serves at a free port until the test ends; gives the URL without a slash at its end.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn ask_at(url: &str, method: Method, path: &str) -> Answered {
    let asked = format!("{method} {path}");
    let answer = reqwest::Client::new().request(method, format!("{url}{path}")).send().await.expect(&asked);
    let content_type = answer.headers()["content-type"].to_str().expect("it is ASCII").to_owned();
    let status = answer.status().as_u16();
    let text = answer.text().await.expect(&asked);
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answered { asked, status, content_type, body }
}

async fn ask(router: Router, method: Method, path: &str) -> Answered {
    ask_at(&serve(router).await, method, path).await
}

async fn get_from(router: Router, path: &str) -> Answered {
    ask(router, Method::GET, path).await
}

/// The app with one pair, whose accounts are at `endpoint`.
fn app_at(endpoint: &str) -> Router {
    let share =
        |account| json!({"account": account, "share": "docs", "endpoint": format!("{endpoint}/{account}")});
    let pairs = json!([{"name": "documents", "source": share("accta"), "target": share("acctb")}]);
    let variables = [
        ("BACKUP_PAIRS", pairs.to_string()),
        ("BACKUP_SCHEDULE", "0 0 3 * * *".to_owned()),
        ("RESUME_SCHEDULE", "0 */5 * * * *".to_owned()),
        ("DRILL_SCHEDULE", "0 0 12 * * 0".to_owned()),
        ("BACKUP_STATE", "memory".to_owned()),
        ("BACKUP_CREDENTIAL", "sharedKey".to_owned()),
        ("BACKUP_KEY__accta", KEY.to_owned()),
        ("BACKUP_KEY__acctb", KEY.to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let settings = Settings::from_env(&variables).expect("no mistake");
    router(Backup::new(&settings).expect("no I/O"))
}

/// The same, for what needs no account.
fn app() -> Router {
    app_at("http://127.0.0.1:1")
}

/// An account that takes requests and never answers.
async fn silent_account() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    (listener, url)
}

fn mistake() -> Mistake {
    Settings::from_env(&BTreeMap::new()).expect_err("mistakes").remove(0)
}

fn read_json(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON")
}

#[tokio::test]
async fn the_host_finds_the_app_alive_whatever_the_settings() {
    get_from(app(), "/").await.is(200, "text/plain; charset=utf-8");
    get_from(mistaken(vec![mistake()]), "/").await.is(200, "text/plain; charset=utf-8");
}

#[tokio::test]
async fn pairs_are_found_at_the_routes_of_the_interface() {
    let list = get_from(app(), "/api/pairs").await;
    assert_eq!(list.is(200, "application/json")[0]["name"], "documents");
    assert_eq!(get_from(app(), "/api/pairs/").await.body, list.body);
    let pair = get_from(app(), "/api/pairs/documents").await;
    assert_eq!(pair.is(200, "application/json")["target"]["account"], "acctb");
    let cycles = get_from(app(), "/api/pairs/documents/cycles").await;
    assert_eq!(cycles.is(200, "application/json"), &json!([]));
}

#[tokio::test]
async fn the_health_names_pairs_and_nothing_else_of_them() {
    let health = get_from(app(), "/api/health").await;
    let expected = json!({"healthy": true, "pairs": [{"name": "documents", "standing": "New"}]});
    assert_eq!(health.is(200, "application/json"), &expected);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_with_a_code() {
    for path in ["", "/cycles", "/cycles/1", "/recovery-points"] {
        get_from(app(), &format!("/api/pairs/none{path}")).await.is_problem(404, "PairNotFound");
    }
    get_from(app(), "/api/pairs/documents/cycles/none").await.is_problem(404, "CycleNotFound");
    get_from(app(), "/api/pairs/documents/more").await.is_problem(404, "RouteNotFound");
    get_from(app(), "/backup-now").await.is_problem(404, "RouteNotFound");
    ask(app(), Method::PUT, "/api/pairs").await.is_problem(405, "MethodNotAllowed");
    get_from(app(), "/backup-timer").await.is_problem(405, "MethodNotAllowed");
    let plan = "/api/pairs/documents/cycles/1/plan";
    get_from(app(), plan).await.is_problem(404, "CycleNotFound");
    get_from(app(), &format!("{plan}?chunk=first")).await.is_problem(400, "RequestMistaken");
    let cycles = "/api/pairs/documents/cycles";
    ask(app(), Method::POST, &format!("{cycles}?plan=all")).await.is_problem(400, "RequestMistaken");
    ask(app(), Method::POST, &format!("{cycles}?fast=1")).await.is_problem(400, "RequestMistaken");
    ask(app(), Method::POST, "/api/pairs/none/cycles").await.is_problem(404, "PairNotFound");
    ask(app(), Method::POST, "/api/pairs/documents/decisions").await.is_problem(400, "DecisionMistaken");
}

#[tokio::test]
async fn a_timer_that_finds_a_pair_busy_succeeds_and_says_so() {
    let (account, endpoint) = silent_account().await;
    let url = serve(app_at(&endpoint)).await;
    let first = tokio::spawn({
        let url = url.clone();
        async move { ask_at(&url, Method::POST, "/backup-timer").await }
    });
    // a new pair has no cycle yet while its shares are asked what they know of it
    account.accept().await.expect("the first one works on the pair");

    let answer = ask_at(&url, Method::POST, "/backup-timer").await;
    let answer = answer.is(200, "application/json");
    assert_eq!((&answer["Outputs"], &answer["ReturnValue"]), (&json!({}), &json!(null)));
    let line = answer["Logs"][1].as_str().expect("a line for the pair");
    assert_eq!(line, "Pair documents: nothing done. The pair is being worked on");
    first.abort();
}

#[tokio::test]
async fn every_function_definition_has_its_route() {
    let prefix = read_json("host.json")["extensions"]["http"]["routePrefix"].clone();
    let prefix = prefix.as_str().expect("a text");
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("function-definitions");
    let mut functions = 0;
    for folder in std::fs::read_dir(folders).expect("it is there") {
        let name = folder.expect("it is readable").file_name().into_string().expect("it is ASCII");
        let definition = read_json(&format!("function-definitions/{name}/function.json"));
        let trigger = &definition["bindings"][0];
        match trigger["type"].as_str() {
            Some("timerTrigger") => {
                assert_eq!(trigger["name"], tick::BINDING, "{name}");
                get_from(app(), &format!("/{name}")).await.is_problem(405, "MethodNotAllowed");
            }
            Some("httpTrigger") => {
                let route = trigger["route"].as_str().expect("a text");
                if let Some(root) = route.strip_suffix("/{*path}") {
                    assert_eq!(trigger["methods"], json!(["get"]), "{name}");
                    let kind =
                        if root == "dashboard" { "text/html; charset=utf-8" } else { "application/json" };
                    get_from(app(), &format!("/{prefix}/{root}")).await.is(200, kind);
                } else if trigger["methods"] == json!(["get"]) {
                    let kind =
                        if route == "runbook" { "text/markdown; charset=utf-8" } else { "application/json" };
                    get_from(app(), &format!("/{prefix}/{route}")).await.is(200, kind);
                } else {
                    assert_eq!(trigger["methods"], json!(["post"]), "{name}");
                    let named = route.replace("{pair}", "none");
                    let query = if named == route { "?pair=none" } else { "" };
                    let path = format!("/{prefix}/{named}{query}");
                    // it is this route that answers, and it knows no such pair or has nothing to decide
                    let answer = ask(app(), Method::POST, &path).await;
                    assert!([400, 404].contains(&answer.status) && answer.body["code"] != "RouteNotFound");
                }
            }
            other => panic!("{name} has trigger {other:?}"),
        }
        functions += 1;
    }
    assert_eq!(functions, 18);
}

#[tokio::test]
async fn mistaken_settings_answer_everything_with_all_mistakes() {
    for (method, path) in
        [(Method::POST, "/backup-timer"), (Method::GET, "/api/pairs"), (Method::GET, "/x/y")]
    {
        let answer = ask(mistaken(vec![mistake(), mistake()]), method, path).await;
        let problem = answer.is_problem(500, "ConfigurationMistaken");
        let expected = json!({"setting": "BACKUP_PAIRS", "field": "BACKUP_PAIRS", "problem": "Missing",
                              "remedy": mistake().remedy});
        assert_eq!(problem["mistakes"], json!([expected, expected]));
    }
}

#[tokio::test]
async fn a_failed_start_answers_everything_with_its_reason() {
    let error = anyhow::anyhow!("No certificates").context("Could not build the HTTP client");
    let answer = ask(not_started(&error), Method::POST, "/backup-timer").await;
    assert_eq!(
        answer.is_problem(500, "StartFailed")["detail"],
        "Could not build the HTTP client: No certificates"
    );
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_app_goes_on() {
    async fn panics() {
        panic!("on purpose")
    }
    let router = Router::new().route("/", get(panics)).layer(from_fn(panics::caught));
    get_from(router.clone(), "/").await.is_problem(500, "InternalError");
    get_from(router, "/").await.is_problem(500, "InternalError");
}
