//! The tables of the README are what the app reads and serves: nothing is missing in them, and nothing stands there that the
//! app does not know.

use std::collections::BTreeSet;

use azure_files_backup::config::{SETTINGS, Settings};
use azure_files_backup::sync::CopyMode;
use serde_json::{Value, json};

use crate::agreement::{read, sample};

const ROUTER: &str = include_str!("../src/handlers/mod.rs");
/// What a share of a pair is told by; the README explains them in one row for `source` and `target`.
const SHARE: &str = "#/$defs/share";
const STRANGE: &str = "nothing reads this";

/// The rows of the table with this head.
fn table(head: &str) -> String {
    let readme = read("README.md");
    let (_, rows) = readme.split_once(&format!("{head}\n|---|---|\n")).expect(head);
    rows.split("\n\n").next().expect("split gives one").to_owned()
}

/// What stands in backquotes in the first cells.
fn first_cells(rows: &str) -> BTreeSet<String> {
    let cells = rows.lines().filter_map(|row| row.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The fields of the object at `pointer` of a pair that the app reads: it names them when it refuses another one.
fn fields_read(pointer: &str) -> BTreeSet<String> {
    let mut pair = json!({"source": {}, "target": {}, "copy": {}, "seed": {}, "retention": {"keep": {}},
                          "guard": {}, "limits": {}});
    pair.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is no object"))[STRANGE] = json!(1);
    let mut variables = sample();
    variables.insert("BACKUP_PAIRS".to_owned(), json!([pair]).to_string());
    let mistakes = Settings::from_env(&variables).expect_err("a field that nothing reads");
    let is_strange = |field: &str| field.ends_with(STRANGE);
    let refused = mistakes.iter().find(|mistake| is_strange(&mistake.field)).expect("it is refused");
    let (_, fields) = refused.remedy.split_once("the fields here are ").expect("they are named");
    fields.split(", ").map(str::to_owned).collect()
}

/// The fields of an object of the schema, as the README writes them; on the way they are compared with those that the app reads.
fn fields_of(schema: &Value, object: &Value, pointer: &str) -> BTreeSet<String> {
    let properties = object["properties"].as_object().expect("an object");
    assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), fields_read(pointer), "{pointer:?}");
    let mut fields = BTreeSet::new();
    for (name, field) in properties {
        let reference = field["$ref"].as_str();
        let of = reference.map(|path| schema.pointer(&path[1..]).expect(path)).unwrap_or(field);
        let at = format!("{pointer}/{name}");
        let below = match of["properties"].is_object() {
            true => fields_of(schema, of, &at),
            false => BTreeSet::new(),
        };
        match below.is_empty() || reference == Some(SHARE) {
            true => _ = fields.insert(at[1..].replace('/', ".")),
            false => fields.extend(below),
        }
    }
    fields
}

/// The routes below `/api` that the handler serves, without their trailing slash.
fn served() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for route in ROUTER.split(".route(\"/api").skip(1) {
        let (path, handlers) = route.split_once('"').expect("a text ends");
        let handlers = handlers.lines().next().unwrap_or_default();
        for (method, call) in [("GET", "get("), ("POST", "post(")] {
            if handlers.contains(call) {
                routes.insert(format!("{method} {}", path.trim_end_matches('/')));
            }
        }
    }
    routes
}

/// The methods and templates of the functions that the host forwards.
fn forwarded() -> Vec<(String, String)> {
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/function-definitions"));
    let names = folders.expect("it is there").map(|folder| folder.expect("it is readable").file_name());
    let definitions = names.map(|name| {
        let name = name.into_string().expect("it is ASCII");
        serde_json::from_str(&read(&format!("function-definitions/{name}/function.json")))
            .expect("it is JSON")
    });
    let trigger = |definition: Value| {
        let trigger = &definition["bindings"][0];
        let method = trigger["methods"][0].as_str()?.to_uppercase();
        Some((method, format!("/{}", trigger["route"].as_str()?)))
    };
    definitions.filter_map(trigger).collect()
}

fn is_forwarded(route: &str, (method, template): &(String, String)) -> bool {
    let Some(path) = route.strip_prefix(&format!("{method} ")) else { return false };
    match template.strip_suffix("/{*path}") {
        Some(root) => path == root || path.starts_with(&format!("{root}/")),
        None => path == template,
    }
}

#[test]
fn accept_ship_it_6_the_tables_of_the_readme_are_what_the_app_reads() {
    let settings = table("| setting | value |");
    let read_settings = SETTINGS.into_iter().chain(["BACKUP_KEY__<account>"]).map(str::to_owned);
    assert_eq!(first_cells(&settings), read_settings.collect());

    let pairs = table("| field | value |");
    let schema: Value = serde_json::from_str(&read("docs/pairs.schema.json")).expect("it is JSON");
    assert_eq!(first_cells(&pairs), fields_of(&schema, &schema["$defs"]["pair"], ""));
    let shares = pairs.lines().find(|row| row.starts_with("| `source`, `target`")).expect("a row");
    for field in fields_read("/source") {
        assert!(shares.contains(&format!("`{field}`")), "{field}");
    }
    for mode in CopyMode::ALL {
        assert!(pairs.contains(&format!("`{}`", mode.as_str())), "{mode:?}");
    }
}

#[test]
fn accept_ship_it_6_the_routes_of_the_readme_are_those_that_are_served() {
    let routes = first_cells(&table("| route | answers |"));
    let shown: BTreeSet<_> = routes.iter().filter_map(|route| route.split('?').next()).collect();
    assert_eq!(shown, served().iter().map(String::as_str).collect());
    let forwarded = forwarded();
    for route in &shown {
        assert!(forwarded.iter().any(|function| is_forwarded(route, function)), "no function has {route}");
    }
    for function in &forwarded {
        assert!(shown.iter().any(|route| is_forwarded(route, function)), "no route of {function:?}");
    }
}
