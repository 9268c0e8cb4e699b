//! The variables beside the pairs.

use super::*;

#[test]
fn a_bad_schedule_is_a_mistake() {
    for name in ["BACKUP_SCHEDULE", "RESUME_SCHEDULE", "DRILL_SCHEDULE"] {
        check(name, None, name, "Missing");
        let problem = "\"0 3 * * *\" is no schedule: it has 5 fields";
        check(name, Some("0 3 * * *"), name, problem);
    }
}

#[test]
fn the_state_is_memory_or_a_table_endpoint() {
    check("BACKUP_STATE", None, "BACKUP_STATE", "Missing");
    check("BACKUP_STATE", Some("disk"), "BACKUP_STATE", "\"disk\" is no store");
    let file = "https://accta.file.core.windows.net/";
    check("BACKUP_STATE", Some(file), "BACKUP_STATE", "Names no storage account");
    check(
        "WEBSITE_SITE_NAME",
        Some("my-app"),
        "BACKUP_STATE",
        "The memory store does not run on Azure: a new instance would have forgotten everything",
    );
    let mut variables = good();
    variables.insert("BACKUP_STATE".to_owned(), "https://accta.table.core.windows.net/".to_owned());
    variables.insert("WEBSITE_SITE_NAME".to_owned(), "my-app".to_owned());
    let state = Settings::from_env(&variables).expect("no mistake").state;
    assert!(matches!(state, StateSetting::Table { account, .. } if account == "accta"));
}

#[test]
fn the_account_of_the_tables_needs_its_key_too() {
    let tables = "https://acctc.table.core.windows.net/";
    let missing = "Missing, and BACKUP_STATE names the account";
    check("BACKUP_STATE", Some(tables), "BACKUP_KEY__acctc", missing);
    let mut variables = good();
    variables.insert("BACKUP_STATE".to_owned(), tables.to_owned());
    variables.insert("BACKUP_KEY__acctc".to_owned(), KEY.to_owned());
    let credential = Settings::from_env(&variables).expect("no mistake").credential;
    let CredentialSetting::SharedKey { keys } = credential else { panic!("{credential:?}") };
    assert!(keys.contains_key("acctc"));
}

/// Good settings with these variables on top.
fn with_variables(more: &[(&str, &str)]) -> Result<Settings, Vec<Mistake>> {
    let mut variables = good();
    variables.extend(more.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
    Settings::from_env(&variables)
}

#[test]
fn a_lease_is_short_but_on_azure_not_too_short() {
    for bad in ["0", "3601", "-1", "1.5", "60s", "+60"] {
        let problem = format!("{bad:?} is not allowed here");
        check("BACKUP_LEASE_SECONDS", Some(bad), "BACKUP_LEASE_SECONDS", &problem);
    }
    let lease = |more: &[(&str, &str)]| with_variables(more).map(|settings| settings.lease.as_secs());
    assert_eq!(lease(&[("BACKUP_LEASE_SECONDS", "1")]), Ok(1));
    assert_eq!(lease(&[("BACKUP_LEASE_SECONDS", "3600")]), Ok(3_600));
    let on_azure = |seconds| {
        let tables = ("BACKUP_STATE", "https://accta.table.core.windows.net/");
        lease(&[tables, ("WEBSITE_SITE_NAME", "my-app"), ("BACKUP_LEASE_SECONDS", seconds)])
    };
    assert_eq!(on_azure("15"), Ok(15));
    assert_eq!(fields_of(&on_azure("14").expect_err("a mistake")), ["BACKUP_LEASE_SECONDS"]);
}

#[test]
fn the_budget_stays_below_what_the_host_allows() {
    const TIMEOUT: &str = "AzureFunctionsJobHost__functionTimeout";
    let budgets = |more: &[(&str, &str)]| {
        let settings = with_variables(more)?;
        Ok::<_, Vec<Mistake>>((settings.budget.as_secs(), settings.http_budget.as_secs()))
    };
    assert_eq!(budgets(&[(TIMEOUT, "00:10:00")]), Ok((450, 180)));
    assert_eq!(budgets(&[(TIMEOUT, "00:05:00")]), Ok((150, 150)));
    assert_eq!(budgets(&[(TIMEOUT, "00:01:00")]), Ok((30, 30)));
    assert_eq!(budgets(&[(TIMEOUT, "-1")]), Ok((7_050, 180)));
    assert_eq!(budgets(&[("AZUREFUNCTIONSJOBHOST__FUNCTIONTIMEOUT", "00:10:00")]), Ok((450, 180)));
    assert_eq!(budgets(&[("BACKUP_BUDGET_SECONDS", "1")]), Ok((1, 1)));
    assert_eq!(budgets(&[("BACKUP_BUDGET_SECONDS", "7199")]), Ok((7_199, 180)));
    for bad in ["0", "7200", "many", "-5"] {
        let problem = format!("{bad:?} is not allowed here");
        check("BACKUP_BUDGET_SECONDS", Some(bad), "BACKUP_BUDGET_SECONDS", &problem);
    }
    let mistakes =
        budgets(&[(TIMEOUT, "00:05:00"), ("BACKUP_BUDGET_SECONDS", "300")]).expect_err("a mistake");
    assert_eq!(fields_of(&mistakes), ["BACKUP_BUDGET_SECONDS"]);
    check(TIMEOUT, Some("5 minutes"), TIMEOUT, "\"5 minutes\" is no time span");
}

#[test]
fn the_credential_is_a_managed_identity_unless_another_is_named() {
    let read = |credential: Option<&str>, client_id: Option<&str>| {
        let mut variables = good();
        variables.retain(|name, _| !name.starts_with("BACKUP_KEY__") && name != "BACKUP_CREDENTIAL");
        let named = [("BACKUP_CREDENTIAL", credential), ("AZURE_CLIENT_ID", client_id)];
        variables.extend(named.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?.to_owned()))));
        Settings::from_env(&variables).map(|settings| settings.credential)
    };
    let id = "0123abcd-0000-4000-8000-000000000001";
    for credential in [None, Some("managedIdentity")] {
        let own = read(credential, None).expect("no mistake");
        assert!(matches!(own, CredentialSetting::ManagedIdentity { client_id: None }), "{own:?}");
        let assigned = read(credential, Some(id)).expect("no mistake");
        let CredentialSetting::ManagedIdentity { client_id: Some(read_id) } = assigned else {
            panic!("{assigned:?}")
        };
        assert_eq!(read_id, id);
    }
    assert!(matches!(read(Some("developer"), None), Ok(CredentialSetting::Developer)));
    for (credential, client_id) in [(None, "me"), (Some("developer"), id)] {
        let mistakes = read(credential, Some(client_id)).expect_err("a mistake");
        assert_eq!(fields_of(&mistakes), ["AZURE_CLIENT_ID"]);
    }
    let unknown = "\"password\" is no kind of credential";
    check("BACKUP_CREDENTIAL", Some("password"), "BACKUP_CREDENTIAL", unknown);
}

#[test]
fn an_identity_uses_no_keys_and_no_http() {
    let mut variables = good();
    variables.insert("BACKUP_CREDENTIAL".to_owned(), "managedIdentity".to_owned());
    variables.insert("BACKUP_STATE".to_owned(), "http://127.0.0.1:10002/accta".to_owned());
    let pair = with("/target/endpoint", json!("http://127.0.0.1:10004/acctb"));
    variables.insert("BACKUP_PAIRS".to_owned(), json!([pair]).to_string());
    let mistakes = Settings::from_env(&variables).expect_err("mistakes");
    let fields =
        ["BACKUP_KEY__accta", "BACKUP_KEY__acctb", "BACKUP_PAIRS[0].target.endpoint", "BACKUP_STATE"];
    assert_eq!(fields_of(&mistakes), fields, "{mistakes:?}");
}

#[test]
fn a_key_that_is_missing_or_unreadable_is_a_mistake() {
    let missing = "Missing, and BACKUP_PAIRS[0].target names the account";
    check("BACKUP_KEY__acctb", None, "BACKUP_KEY__acctb", missing);
    check("BACKUP_KEY__acctb", Some(" "), "BACKUP_KEY__acctb", missing);
    check("BACKUP_KEY__acctb", Some("not base64!"), "BACKUP_KEY__acctb", "Not a key");
    check("BACKUP_KEY__", Some(KEY), "BACKUP_KEY__", "No account can have this name");
    check("BACKUP_KEY__Acct", Some(KEY), "BACKUP_KEY__Acct", "No account can have this name");
}

#[test]
fn a_key_that_no_pair_needs_is_left_alone() {
    let mut variables = good();
    variables.insert("BACKUP_KEY__acctz".to_owned(), KEY.to_owned());
    let credential = Settings::from_env(&variables).expect("no mistake").credential;
    let CredentialSetting::SharedKey { keys } = credential else { panic!("{credential:?}") };
    assert!(!keys.contains_key("acctz"));
}
