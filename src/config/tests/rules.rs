//! What a pair may and may not be told to do.

use super::*;

#[test]
fn every_field_of_a_pair_is_read() {
    let mut pair = good_pair();
    pair["adoptTarget"] = json!(true);
    pair["copy"] = json!({"mode": "streamed"});
    pair["retention"] = json!({"limit": 100, "headroomSource": 5, "headroomTarget": 0, "maxDeletesPerCycle": 1,
                               "allowPolicyOverride": true, "keep": {"last": 3, "daily": 7, "yearly": 1}});
    pair["guard"] = json!({"maxDeletePercent": 0, "maxDeletes": 5, "maxOverwritePercent": 100});
    pair["exclude"] = json!(["cache", "**/*.tmp"]);
    pair["rpoHours"] = json!(36);
    let read = read_pair(&pair).expect("no mistake");
    assert_eq!((read.copy_mode, read.adopt_target), (CopyMode::Streamed, true));
    let keep = Keep { last: 3, daily: 7, yearly: 1, ..Keep::default() };
    let retention = Retention {
        limit: 100,
        headroom_source: 5,
        headroom_target: 0,
        max_deletes_per_cycle: Some(1),
        allow_policy_override: true,
        keep: Some(keep),
    };
    assert_eq!(read.retention, retention);
    assert_eq!(read.guard, Guard { max_delete_percent: 0, max_deletes: Some(5), max_overwrite_percent: 100 });
    assert_eq!(read.exclude.globs(), ["cache", "**/*.tmp"]);
    assert_eq!(read.rpo, Duration::from_secs(36 * 60 * 60));
    assert!(read.exclude.matches("Cache/a") && read.exclude.matches("a/b.TMP"));
}

#[test]
fn a_value_of_another_kind_is_a_mistake() {
    let text = "Expected a truth value, found a text";
    check_pair("/adoptTarget", json!("true"), "BACKUP_PAIRS[0].adoptTarget", text);
    let number = "Expected a truth value, found a number";
    let over = json!({"allowPolicyOverride": 1});
    check_pair("/retention", over, "BACKUP_PAIRS[0].retention.allowPolicyOverride", number);
    let text = "Expected a number, found a text";
    check_pair("/retention", json!({"limit": "200"}), "BACKUP_PAIRS[0].retention.limit", text);
    check_pair("/guard", json!(50), "BACKUP_PAIRS[0].guard", "Expected an object, found a number");
    check_pair("/exclude", json!("a"), "BACKUP_PAIRS[0].exclude", "Expected a list, found a text");
    let number = "Expected a text, found a number";
    check_pair("/exclude", json!(["a", 7]), "BACKUP_PAIRS[0].exclude[1]", number);
    let null = "Expected an object, found null";
    check_pair("/retention", json!({"keep": null}), "BACKUP_PAIRS[0].retention.keep", null);
}

#[test]
fn numbers_have_limits() {
    for (field, bad) in [
        ("limit", vec![json!(2), json!(201), json!(-1), json!(99.5)]),
        ("headroomSource", vec![json!(198), json!(-1)]),
        ("headroomTarget", vec![json!(198), json!(0.1)]),
        ("maxDeletesPerCycle", vec![json!(0), json!(201)]),
    ] {
        for value in bad {
            let problem = format!("{value} is not allowed here");
            let retention = json!({(field): value});
            check_pair("/retention", retention, &format!("BACKUP_PAIRS[0].retention.{field}"), &problem);
        }
    }
    for (field, bad) in [
        ("maxDeletePercent", vec![json!(101), json!(-1), json!(256), json!(0.5)]),
        ("maxDeletes", vec![json!(-1), json!(1e30)]),
        ("maxOverwritePercent", vec![json!(101)]),
    ] {
        for value in bad {
            let problem = format!("{value} is not allowed here");
            check_pair(
                "/guard",
                json!({(field): value}),
                &format!("BACKUP_PAIRS[0].guard.{field}"),
                &problem,
            );
        }
    }
    let problem = "201 is not allowed here";
    let keep = json!({"keep": {"last": 1, "daily": 201}});
    check_pair("/retention", keep, "BACKUP_PAIRS[0].retention.keep.daily", problem);
}

#[test]
fn rules_that_leave_no_room_are_a_mistake() {
    let small = json!({"limit": 22});
    let problem = "20 free places of 22 leave fewer than 3";
    check_pair("/retention", small, "BACKUP_PAIRS[0].retention.headroomSource", problem);
    let target = json!({"limit": 50, "headroomTarget": 48});
    let problem = "48 free places of 50 leave fewer than 3";
    check_pair("/retention", target, "BACKUP_PAIRS[0].retention.headroomTarget", problem);
    assert!(read_pair(&with("/retention", json!({"limit": 23}))).is_ok());
}

#[test]
fn keep_rules_want_something_and_no_more_than_there_is_room_for() {
    for keep in [json!({}), json!({"last": 0, "yearly": 0})] {
        check_pair("/retention", json!({"keep": keep}), "BACKUP_PAIRS[0].retention.keep", "Keeps nothing");
    }
    let many = |last: u64| json!({"last": last, "daily": 100, "weekly": 20});
    assert!(read_pair(&with("/retention", json!({"keep": many(59)}))).is_ok());
    let problem =
        "Wants up to 180 recovery points, and limit and headroom leave room for 179 beside a new one";
    check_pair("/retention", json!({"keep": many(60)}), "BACKUP_PAIRS[0].retention.keep", problem);
    let over = json!({"keep": many(60), "allowPolicyOverride": true});
    assert!(read_pair(&with("/retention", over)).is_ok());
}

#[test]
fn a_bad_glob_is_a_mistake_with_its_place() {
    let globs = json!(["a", "/b", "[c", "d"]);
    let mistakes = read_pair(&with("/exclude", globs)).expect_err("mistakes");
    assert_eq!(fields_of(&mistakes), ["BACKUP_PAIRS[0].exclude[1]", "BACKUP_PAIRS[0].exclude[2]"]);
}

#[test]
fn an_unknown_copy_mode_is_a_mistake() {
    check_pair("/copy", json!({"mode": "fast"}), "BACKUP_PAIRS[0].copy.mode", "\"fast\" is no copy mode");
}

#[test]
fn limits_are_read_and_their_mistakes_are_named() {
    let mut pair = good_pair();
    pair["limits"] = json!({"requestsPerSecond": 500, "bytesPerSecond": 1 << 20});
    let read = read_pair(&pair).expect("no mistake");
    assert_eq!(read.limits, Limits { requests_per_second: Some(500), bytes_per_second: Some(1 << 20) });

    let field = |field: &str, value, problem: &str| {
        let name = format!("BACKUP_PAIRS[0].limits.{field}");
        check_pair("/limits", json!({field: value}), &name, problem);
    };
    field("requestsPerSecond", json!(0), "0 is not allowed here");
    field("requestsPerSecond", json!(0.5), "0.5 is not allowed here");
    field("requestsPerSecond", json!("500"), "Expected a number, found a text");
    field("bytesPerSecond", json!(65_535), "65535 is not allowed here");
    field("bytesPerSecond", json!(null), "Expected a number, found null");
    field("perSecond", json!(1), "No field has this name");
}

#[test]
fn a_pair_says_what_of_its_recovery_points_is_read() {
    let verify = |fields: &[(&str, Value)]| {
        let mut pair = good_pair();
        fields.iter().for_each(|(name, value)| pair[*name] = value.clone());
        read_pair(&pair).expect("no mistake").verify
    };
    assert_eq!(verify(&[]), Verify::None);
    for (name, read) in
        Verify::NAMES.into_iter().zip([Verify::None, Verify::Sample { bytes: 10 << 30 }, Verify::Full])
    {
        assert_eq!(verify(&[("verify", json!(name))]), read);
        assert_eq!(read.as_str(), name);
    }
    let sample = [("verify", json!("sample")), ("verifyBytes", json!(4 << 20))];
    assert_eq!(verify(&sample), Verify::Sample { bytes: 4 << 20 });
    check_pair("/verify", json!("all"), "BACKUP_PAIRS[0].verify", "\"all\" is no way to verify");
    check_pair("/verify", json!(true), "BACKUP_PAIRS[0].verify", "Expected a text, found a truth value");
    let least = (4 << 20) - 1;
    let problem = format!("{least} is not allowed here");
    check_pair("/verifyBytes", json!(least), "BACKUP_PAIRS[0].verifyBytes", &problem);
}

#[test]
fn a_pair_without_an_rpo_has_that_of_the_schedule() {
    let rpo = |schedule: &str| {
        let mut variables = good();
        variables.insert("BACKUP_SCHEDULE".to_owned(), schedule.to_owned());
        Settings::from_env(&variables).expect("no mistake").pairs[0].rpo.as_secs() / 60
    };
    assert_eq!(rpo("0 0 3 * * *"), 2 * 24 * 60);
    assert_eq!(rpo("0 */45 * * * *"), 90);
    assert_eq!(rpo("0 */5 * * * *"), 60);
    assert_eq!(rpo("0 0 3 1 1 *"), 8_760 * 60);
    for hours in [json!(0), json!(8_761), json!(0.5), json!(-1)] {
        let problem = format!("{hours} is not allowed here");
        check_pair("/rpoHours", hours, "BACKUP_PAIRS[0].rpoHours", &problem);
    }
}
