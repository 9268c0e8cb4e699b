//! What keeps the promises. Without any one of these the search has to find how a promise breaks: so it is known
//! that it would. (That what the running cycle took stays is no such guard here: nothing is deleted on its side
//! between its share snapshots. The tests of `retention` stand for it.)

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// `owner::Owner::ask`: nobody takes a pair while its lease runs.
    LeaseRunsOut,
    /// `owner::Holding::put`: the row of a pair is written by its owner only.
    OwnerWrites,
    /// `state::Store::commit`: the row of a cycle is replaced only in the version that was read.
    VersionCompared,
    /// `take_over::take_over`: a new owner makes a new version before it works.
    TakenOver,
    /// `take_over::may_take_over`: but not from an owner that came later.
    EpochCompared,
    /// `gate::may_write`: a write starts only if it can end before the lease does.
    GateReserve,
    /// `owner::Holding::release`: what may still take effect is waited for before the pair is given back.
    SettledBeforeRelease,
    /// `sync::verify`: the same before anything is compared.
    SettledBeforeVerifying,
    /// `take::take_snapshot`: the same before a share snapshot is looked for or taken.
    SettledBeforeSnapshot,
    /// `take::may_be_taken`: whoever may not be the first looks before a share snapshot is taken.
    LookFirst,
    /// `transition::verdict`: no recovery point after a failure.
    NoFailure,
    /// `State::can_be_cancelled`: not where a recovery point may have been taken.
    CancelledInTime,
    /// `retention::Protected`: the newest recovery point stays, which is the base of the running cycle, too.
    NewestStays,
    /// `snapshots::sort`: only what bears our own mark is ours.
    OwnMark,
    /// `retention::Protected::deletable`: what anybody leased stays.
    LeasedStays,
}

impl Guard {
    pub const ALL: [Self; 15] = [
        Self::LeaseRunsOut,
        Self::OwnerWrites,
        Self::VersionCompared,
        Self::TakenOver,
        Self::EpochCompared,
        Self::GateReserve,
        Self::SettledBeforeRelease,
        Self::SettledBeforeVerifying,
        Self::SettledBeforeSnapshot,
        Self::LookFirst,
        Self::NoFailure,
        Self::CancelledInTime,
        Self::NewestStays,
        Self::OwnMark,
        Self::LeasedStays,
    ];
}
