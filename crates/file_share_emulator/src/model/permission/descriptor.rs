//! A security descriptor taken apart, in the one form that stands for all spellings of it.

use super::sid::Sid;

pub(super) const DACL_PRESENT: u16 = 0x0004;
pub(super) const SACL_PRESENT: u16 = 0x0010;
pub(super) const DACL_AUTO_INHERIT_REQUIRED: u16 = 0x0100;
pub(super) const SACL_AUTO_INHERIT_REQUIRED: u16 = 0x0200;
pub(super) const DACL_AUTO_INHERITED: u16 = 0x0400;
pub(super) const SACL_AUTO_INHERITED: u16 = 0x0800;
pub(super) const DACL_PROTECTED: u16 = 0x1000;
pub(super) const SACL_PROTECTED: u16 = 0x2000;
pub(super) const SELF_RELATIVE: u16 = 0x8000;

/// Owner, group and DACL are required by the service. A missing SACL is the same as an empty pointer to one:
/// recorded answers write it as `S:NO_ACCESS_CONTROL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) owner: Sid,
    pub(super) group: Sid,
    /// Only the inheritance bits of both lists.
    pub(super) control: u16,
    pub(super) dacl: Acl,
    pub(super) sacl: Acl,
}

/// `None` is a null list, which for a DACL lets everybody do everything.
pub(super) type Acl = Option<Vec<Ace>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ace {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) body: AceBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AceBody {
    /// Allow, deny, audit and mandatory label: rights for one principal.
    Plain { mask: u32, sid: Sid },
    /// Any other type, kept as it came. SDDL cannot say it here.
    Custom(Vec<u8>),
}

pub(super) const ALLOW: u8 = 0x00;
pub(super) const DENY: u8 = 0x01;
pub(super) const AUDIT: u8 = 0x02;
pub(super) const MANDATORY_LABEL: u8 = 0x11;

impl Ace {
    pub(super) fn is_plain(kind: u8) -> bool {
        matches!(kind, ALLOW | DENY | AUDIT | MANDATORY_LABEL)
    }
}

#[cfg(test)]
impl Descriptor {
    /// An access-allowed callback entry, as conditional access writes them.
    pub(super) fn add_callback_entry(&mut self) {
        let ace = Ace { kind: 0x09, flags: 0, body: AceBody::Custom(vec![7; 24]) };
        self.dacl.get_or_insert_default().push(ace);
    }
}
