//! The access tier of a share, as it is named on the wire.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AccessTier {
    #[default]
    TransactionOptimized,
    Hot,
    Cool,
    Premium,
}

const ALL: [AccessTier; 4] =
    [AccessTier::TransactionOptimized, AccessTier::Hot, AccessTier::Cool, AccessTier::Premium];

impl AccessTier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TransactionOptimized => "TransactionOptimized",
            Self::Hot => "Hot",
            Self::Cool => "Cool",
            Self::Premium => "Premium",
        }
    }

    /// In any case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(text))
    }
}
