//! Security descriptors as bytes, self-relative. Read in any layout, written in one.

use super::descriptor::*;
use super::sid::Sid;

const HEADER: usize = 20;
const ACL_HEADER: usize = 8;
const LARGEST: usize = 64 * 1024;

/// The bits that belong to the lists; presence is said by the offsets, the rest are defaults of the creator.
const LIST_BITS: u16 = DACL_AUTO_INHERIT_REQUIRED
    | SACL_AUTO_INHERIT_REQUIRED
    | DACL_AUTO_INHERITED
    | SACL_AUTO_INHERITED
    | DACL_PROTECTED
    | SACL_PROTECTED;

pub(super) fn parse(bytes: &[u8]) -> Option<Descriptor> {
    let header = bytes.get(..HEADER).filter(|_| bytes.len() <= LARGEST)?;
    let control = u16_at(header, 2)?;
    let is_readable = header[0] == 1 && control & SELF_RELATIVE != 0 && control & DACL_PRESENT != 0;
    if !is_readable {
        return None;
    }
    let offset = |at| u32_at(header, at).map(|offset| offset as usize);
    let sid = |at| {
        offset(at).filter(|offset| *offset >= HEADER).and_then(|offset| Sid::from_bytes(bytes.get(offset..)?))
    };
    let acl = |at, present| match offset(at)? {
        0 => Some(None),
        _ if control & present == 0 => Some(None),
        offset => parse_acl(bytes.get(offset..)?).map(Some),
    };
    Some(Descriptor {
        owner: sid(4)?,
        group: sid(8)?,
        control: control & LIST_BITS,
        sacl: acl(12, SACL_PRESENT)?,
        dacl: acl(16, DACL_PRESENT)?,
    })
}

pub(super) fn render(descriptor: &Descriptor) -> Vec<u8> {
    let control = SELF_RELATIVE | DACL_PRESENT | SACL_PRESENT | descriptor.control;
    let (sacl, dacl) = (render_acl(&descriptor.sacl), render_acl(&descriptor.dacl));
    let mut header = vec![1, 0];
    header.extend(control.to_le_bytes());
    let sacl_at = HEADER;
    let dacl_at = sacl_at + sacl.len();
    let owner_at = dacl_at + dacl.len();
    let group_at = owner_at + descriptor.owner.byte_length();
    let or_null = |at: usize, part: &[u8]| if part.is_empty() { 0 } else { at };
    for offset in [owner_at, group_at, or_null(sacl_at, &sacl), or_null(dacl_at, &dacl)] {
        header.extend((offset as u32).to_le_bytes());
    }
    [header, sacl, dacl, descriptor.owner.to_bytes(), descriptor.group.to_bytes()].concat()
}

fn parse_acl(bytes: &[u8]) -> Option<Vec<Ace>> {
    let size = usize::from(u16_at(bytes, 2)?);
    let count = usize::from(u16_at(bytes, 4)?);
    let mut rest = bytes.get(ACL_HEADER..size)?;
    let mut aces = Vec::with_capacity(count.min(rest.len() / 4));
    for _ in 0..count {
        let length = usize::from(u16_at(rest, 2)?);
        let ace = rest.get(..length).filter(|ace| ace.len() >= 4)?;
        aces.push(parse_ace(ace)?);
        rest = &rest[length..];
    }
    Some(aces)
}

fn parse_ace(ace: &[u8]) -> Option<Ace> {
    let (kind, flags, body) = (ace[0], ace[1], &ace[4..]);
    let body = match Ace::is_plain(kind) {
        true => AceBody::Plain { mask: u32_at(body, 0)?, sid: Sid::from_bytes(body.get(4..)?)? },
        false => AceBody::Custom(body.to_vec()),
    };
    Some(Ace { kind, flags, body })
}

fn render_acl(acl: &Acl) -> Vec<u8> {
    let Some(aces) = acl else { return Vec::new() };
    let entries: Vec<u8> = aces.iter().flat_map(render_ace).collect();
    // Object entries need revision 4.
    let revision = if aces.iter().any(|ace| matches!(ace.kind, 0x05..=0x08 | 0x0B | 0x0C)) { 4 } else { 2 };
    let mut bytes = vec![revision, 0];
    bytes.extend(((ACL_HEADER + entries.len()) as u16).to_le_bytes());
    bytes.extend((aces.len() as u16).to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(entries);
    bytes
}

fn render_ace(ace: &Ace) -> Vec<u8> {
    let body = match &ace.body {
        AceBody::Plain { mask, sid } => [&mask.to_le_bytes()[..], &sid.to_bytes()].concat(),
        AceBody::Custom(body) => body.clone(),
    };
    let length = (4 + body.len()) as u16;
    [&[ace.kind, ace.flags], &length.to_le_bytes()[..], &body].concat()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::super::sddl;
    use super::*;

    fn sample() -> Vec<u8> {
        render(&sddl::parse("O:SYG:BAD:AI(A;ID;FA;;;SY)(D;;FR;;;WD)S:(ML;;NW;;;HI)").expect("valid"))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = sample();
        assert_eq!(parse(&bytes).map(|descriptor| render(&descriptor)), Some(bytes));
    }

    #[test]
    fn the_layout_of_the_parts_does_not_matter() {
        // Owner and group first, as other programs write them.
        let descriptor = parse(&sample()).expect("valid");
        let (owner, group) = (descriptor.owner.to_bytes(), descriptor.group.to_bytes());
        let (sacl, dacl) = (render_acl(&descriptor.sacl), render_acl(&descriptor.dacl));
        let mut bytes = sample()[..4].to_vec();
        let mut at = HEADER;
        for part in [&owner, &group, &sacl, &dacl] {
            bytes.extend((at as u32).to_le_bytes());
            at += part.len();
        }
        let bytes = [bytes, owner, group, sacl, dacl].concat();
        assert_ne!(bytes, sample());
        assert_eq!(parse(&bytes), Some(descriptor));
    }

    #[test]
    fn no_cut_descriptor_is_read_and_none_panics() {
        let bytes = sample();
        for length in 0..bytes.len() {
            assert_eq!(parse(&bytes[..length]), None, "cut at {length}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xFF;
            let _ = parse(&damaged);
        }
    }
}
