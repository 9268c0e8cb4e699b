//! `cargo xtask test`: everything that must hold. A check that could not run says so, and is not counted as passed.

mod acceptance;
mod architecture;
mod azcopy;
mod benches;
mod cargo_checks;
mod commands;
mod dashboard;
mod dependencies;
mod deploying;
mod emulator_speed;
mod infra;
mod judges;
mod options;
mod package;
mod recordings;
mod refused_listing;
mod tracked_files;
mod unit_tests;

use std::time::Instant;

use anyhow::Result;

pub(crate) use options::Options;

struct Check {
    name: &'static str,
    run: fn(&Options) -> Result<Outcome>,
}

enum Outcome {
    Passed,
    Tests { passed: u64, failed: u64 },
    DidNotRun(String),
}

/// The quick ones first, and what shares compiled code one after the other.
const CHECKS: [Check; 37] = [
    Check { name: "format", run: cargo_checks::format },
    Check { name: "tracked_files_name_no_machine_and_no_registry", run: tracked_files::check },
    Check { name: "accept_first_light_6_the_map_is_the_house", run: architecture::check },
    Check { name: commands::NAME, run: commands::check },
    Check { name: "accept_ship_it_2_nothing_is_wrong_with_infra", run: infra::ours },
    Check { name: "accept_ship_it_2_one_command_deploys", run: deploying::check },
    Check { name: "accept_ship_it_2_each_broken_sample_is_found", run: infra::samples },
    Check { name: "lints", run: cargo_checks::lints },
    Check { name: "documentation", run: cargo_checks::documentation },
    Check { name: unit_tests::NAME, run: unit_tests::check },
    Check { name: "accept_first_light_1_the_demo_ends_identical", run: acceptance::demo },
    Check {
        name: "accept_first_light_2_twenty_thousand_odd_files_end_identical",
        run: acceptance::large_demo,
    },
    Check { name: "accept_emulator_4_the_demo_ends_identical_without_a_key", run: acceptance::keyless_demo },
    Check { name: "accept_seeding_8_the_demo_shows_what_came_from_where", run: acceptance::seeded_demo },
    Check {
        name: "accept_ship_it_1_the_zip_runs_under_the_host_from_an_empty_directory",
        run: package::runs,
    },
    Check { name: "accept_first_light_3_azcopy_downloads_what_azcopy_uploaded", run: azcopy::check },
    Check {
        name: "accept_cannot_be_broken_4_azcopy_deletes_the_good_copies_that_we_keep",
        run: refused_listing::check,
    },
    Check { name: "accept_emulator_1_it_answers_as_recorded", run: recordings::check },
    Check { name: "accept_emulator_2_azcopy_finds_nothing_wrong", run: judges::azcopy },
    Check { name: "accept_emulator_2_rclone_finds_nothing_wrong", run: judges::rclone },
    Check { name: "accept_emulator_2_opendal_finds_nothing_wrong", run: judges::opendal },
    Check {
        name: "accept_emulator_5_the_benchmark_tells_the_share_of_the_emulator",
        run: emulator_speed::check,
    },
    Check {
        name: "accept_sync_engine_unchanged_sends_little_more_than_its_list_pages",
        run: benches::unchanged,
    },
    Check { name: "accept_sync_engine_small_new_sends_two_requests_for_each_file", run: benches::small_new },
    Check {
        name: "accept_sync_engine_large_churn_moves_what_changed_and_no_more",
        run: benches::large_churn,
    },
    Check { name: "accept_sync_engine_mixed_sends_two_requests_for_each_change", run: benches::mixed },
    Check { name: "accept_sync_engine_acl_sends_two_requests_for_each_file_and_no_data", run: benches::acl },
    Check { name: "accept_sync_engine_moved_renames_once_and_copies_nothing", run: benches::moved },
    Check { name: "accept_sync_engine_large_new_has_the_service_fetch_the_ranges", run: benches::large_new },
    Check { name: "accept_restore_1_files_out_of_many_cost_two_requests_each", run: benches::restore },
    Check {
        name: "accept_seeding_2_only_what_is_not_staged_is_read_in_the_source_account",
        run: benches::seeding,
    },
    Check {
        name: "accept_ship_it_5_the_dashboard_of_one_pair_is_one_request_and_for_everybody",
        run: dashboard::one_pair,
    },
    Check {
        name: "accept_ship_it_5_the_dashboard_of_fifty_pairs_is_one_request_and_for_everybody",
        run: dashboard::fifty_pairs,
    },
    Check { name: "accept_emulator_2_the_python_client_finds_nothing_wrong", run: judges::python },
    Check { name: "accept_emulator_2_the_javascript_client_finds_nothing_wrong", run: judges::js },
    Check { name: "accept_first_light_6_dependencies_are_allowed", run: dependencies::rules },
    Check { name: "accept_first_light_6_dependencies_have_no_advisories", run: dependencies::advisories },
];

pub(crate) fn main(options: &Options) -> Result<bool> {
    let (mut passed, mut failed) = (0, 0);
    let mut notes = Vec::new();
    let is_selected = |check: &&Check| match check.name {
        unit_tests::NAME => unit_tests::is_selected(options),
        name => options.selects(name),
    };
    for check in CHECKS.iter().filter(is_selected) {
        println!("── {}", check.name);
        let started = Instant::now();
        let outcome = (check.run)(options);
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome::Passed) => {
                passed += 1;
                println!("   passed in {seconds:.1} s");
            }
            Ok(Outcome::Tests { passed: ok, failed: bad }) => {
                passed += ok;
                failed += bad;
                println!("   {ok} passed, {bad} failed in {seconds:.1} s");
            }
            Ok(Outcome::DidNotRun(reason)) => {
                println!("   did not run: {reason}");
                notes.push(format!("{} did not run: {reason}", check.name));
            }
            Err(error) => {
                failed += 1;
                println!("   failed after {seconds:.1} s: {error:#}");
                notes.push(format!("{} failed", check.name));
            }
        }
    }
    notes.iter().for_each(|note| println!("{note}"));
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0 && passed > 0)
}

fn check_names() -> Vec<&'static str> {
    CHECKS.iter().map(|check| check.name).collect()
}
