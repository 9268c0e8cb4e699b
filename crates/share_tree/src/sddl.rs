//! Security descriptors to choose from.

use rand::RngExt;

/// Full control for the system and the administrators, reading for everybody who is signed in.
pub const SHARED_WITH_USERS: &str =
    "O:S-1-5-32-544G:S-1-5-32-544D:(A;;FA;;;S-1-5-18)(A;;FA;;;S-1-5-32-544)(A;;0x1200a9;;;S-1-5-11)";

/// One of a few hundred: somebody of a made-up domain gets one of some rights.
pub fn random_sddl(rng: &mut impl RngExt) -> String {
    let user = rng.random_range(1100..1140);
    let rights = ["FA", "0x1301bf", "0x1200a9"][rng.random_range(0..3)];
    let inherits = ["", "OICI"][rng.random_range(0..2)];
    let domain = "S-1-5-21-397955417-626881126-188441444";
    format!("O:{domain}-{user}G:{domain}-513D:(A;;FA;;;S-1-5-18)(A;{inherits};{rights};;;{domain}-{user})")
}
