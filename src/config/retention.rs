//! Field `retention` of a pair.

use super::fields::Fields;
use crate::retention::{AZURE_LIMIT, Keep, Retention};

/// What has to fit in a share for cycles to go on: the newest recovery point, the last verified one, and the share
/// snapshot of the cycle that runs.
const LEAST: usize = 3;

pub(super) fn read(fields: &mut Fields<'_>) -> Retention {
    let default = Retention::default();
    let Some(mut fields) = fields.object("retention") else { return default };
    let retention = Retention {
        limit: fields.whole("limit", LEAST, AZURE_LIMIT).unwrap_or(default.limit),
        headroom_source: read_headroom(&mut fields, "headroomSource").unwrap_or(default.headroom_source),
        headroom_target: read_headroom(&mut fields, "headroomTarget").unwrap_or(default.headroom_target),
        max_deletes_per_cycle: fields.whole("maxDeletesPerCycle", 1, AZURE_LIMIT),
        allow_policy_override: fields.truth("allowPolicyOverride").unwrap_or(default.allow_policy_override),
        keep: read_keep(&mut fields),
    };
    check_room(&retention, &mut fields);
    fields.finish();
    retention
}

fn read_headroom(fields: &mut Fields<'_>, name: &'static str) -> Option<usize> {
    fields.whole(name, 0, AZURE_LIMIT - LEAST)
}

fn read_keep(fields: &mut Fields<'_>) -> Option<Keep> {
    let mut fields = fields.object("keep")?;
    let before = fields.mistakes();
    let mut count = |name| fields.whole(name, 0, AZURE_LIMIT).unwrap_or(0);
    let keep = Keep {
        last: count("last"),
        daily: count("daily"),
        weekly: count("weekly"),
        monthly: count("monthly"),
        yearly: count("yearly"),
    };
    if keep == Keep::default() && fields.mistakes() == before {
        // Taken at its word it would delete every recovery point but the newest.
        fields.mistake_here(
            "Keeps nothing",
            "Set at least one of last, daily, weekly, monthly and yearly to 1",
        );
    }
    fields.finish();
    Some(keep)
}

/// The numbers must fit together: a rule that can only end in `SnapshotLimit` is a mistake today.
fn check_room(retention: &Retention, fields: &mut Fields<'_>) {
    let sides =
        [("headroomSource", retention.headroom_source), ("headroomTarget", retention.headroom_target)];
    for (name, headroom) in sides {
        if retention.limit < headroom + LEAST {
            let problem = format!("{headroom} free places of {} leave fewer than {LEAST}", retention.limit);
            fields.mistake(name, problem, "Lower it, or raise limit");
            return;
        }
    }
    let headroom = retention.headroom_source.max(retention.headroom_target);
    let room = retention.limit - headroom - 1;
    let wanted = retention.keep.map_or(0, |keep| keep.most());
    if wanted > room && !retention.allow_policy_override {
        let problem = format!(
            "Wants up to {wanted} recovery points, and limit and headroom leave room for {room} beside a new one"
        );
        let remedy = "Keep fewer, lower the headroom, or set allowPolicyOverride to true";
        fields.mistake("keep", problem, remedy);
    }
}
