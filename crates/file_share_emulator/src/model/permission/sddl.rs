//! Security descriptors as text: `O:…G:…D:flags(ace)(ace)S:flags(ace)`. Entries allow, deny, audit or label;
//! object and conditional entries are not read here and cannot be written.

use std::fmt::Write;

use super::descriptor::*;
use super::rights;
use super::sid::Sid;

const NO_ACCESS_CONTROL: &str = "NO_ACCESS_CONTROL";

const ACE_KINDS: [(&str, u8); 4] = [("A", ALLOW), ("D", DENY), ("AU", AUDIT), ("ML", MANDATORY_LABEL)];

const ACE_FLAGS: [(&str, u8); 7] =
    [("OI", 0x01), ("CI", 0x02), ("NP", 0x04), ("IO", 0x08), ("ID", 0x10), ("SA", 0x40), ("FA", 0x80)];

/// Letters before the entries of a list, with their control bits for DACL and SACL.
const ACL_FLAGS: [(&str, u16, u16); 3] = [
    ("P", DACL_PROTECTED, SACL_PROTECTED),
    ("AR", DACL_AUTO_INHERIT_REQUIRED, SACL_AUTO_INHERIT_REQUIRED),
    ("AI", DACL_AUTO_INHERITED, SACL_AUTO_INHERITED),
];

pub(super) fn parse(text: &str) -> Option<Descriptor> {
    let (owner, rest) = Sid::take(text.trim().strip_prefix("O:")?)?;
    let (group, rest) = Sid::take(rest.strip_prefix("G:")?)?;
    let (dacl, control, rest) = take_acl(rest.strip_prefix("D:")?, |(_, dacl, _)| dacl)?;
    let (sacl, sacl_control, rest) = match rest.strip_prefix("S:") {
        Some(rest) => take_acl(rest, |(_, _, sacl)| sacl)?,
        None => (None, 0, rest),
    };
    rest.is_empty().then_some(Descriptor { owner, group, control: control | sacl_control, dacl, sacl })
}

/// `None` for an entry that SDDL cannot say.
pub(super) fn render(descriptor: &Descriptor) -> Option<String> {
    let mut text = format!("O:{}G:{}D:", descriptor.owner, descriptor.group);
    push_acl(&mut text, &descriptor.dacl, descriptor.control, |(_, dacl, _)| dacl)?;
    text.push_str("S:");
    push_acl(&mut text, &descriptor.sacl, descriptor.control, |(_, _, sacl)| sacl)?;
    Some(text)
}

type BitOf = fn((&str, u16, u16)) -> u16;

fn take_acl(mut rest: &str, bit_of: BitOf) -> Option<(Acl, u16, &str)> {
    let mut control = 0;
    loop {
        if let Some(rest) = rest.strip_prefix(NO_ACCESS_CONTROL) {
            return Some((None, control, rest));
        }
        let Some(flag) = ACL_FLAGS.into_iter().find(|(letters, ..)| rest.starts_with(letters)) else { break };
        control |= bit_of(flag);
        rest = &rest[flag.0.len()..];
    }
    let mut aces = Vec::new();
    while let Some(entry) = rest.strip_prefix('(') {
        let (entry, after) = entry.split_once(')')?;
        aces.push(parse_ace(entry)?);
        rest = after;
    }
    Some((Some(aces), control, rest))
}

/// `type;flags;rights;object;inherited object;sid`
fn parse_ace(entry: &str) -> Option<Ace> {
    let fields: [&str; 6] = entry.split(';').collect::<Vec<_>>().try_into().ok()?;
    let [kind, flag_names, rights, "", "", sid] = fields else { return None };
    let kind = ACE_KINDS.into_iter().find(|(known, _)| *known == kind)?.1;
    let mut flags = 0;
    let mut rest = flag_names;
    while !rest.is_empty() {
        let (name, after) = rest.split_at_checked(2)?;
        flags |= ACE_FLAGS.into_iter().find(|(known, _)| *known == name)?.1;
        rest = after;
    }
    let (sid, "") = Sid::take(sid)? else { return None };
    Some(Ace { kind, flags, body: AceBody::Plain { mask: rights::parse(rights, kind)?, sid } })
}

fn push_acl(text: &mut String, acl: &Acl, control: u16, bit_of: BitOf) -> Option<()> {
    for flag in ACL_FLAGS {
        if control & bit_of(flag) != 0 {
            text.push_str(flag.0);
        }
    }
    let Some(aces) = acl else {
        text.push_str(NO_ACCESS_CONTROL);
        return Some(());
    };
    for ace in aces {
        let AceBody::Plain { mask, sid } = &ace.body else { return None };
        let kind = ACE_KINDS.into_iter().find(|(_, kind)| *kind == ace.kind)?.0;
        let names = ACE_FLAGS.into_iter().filter(|(_, bit)| ace.flags & bit != 0).map(|(name, _)| name);
        let flags: String = names.collect();
        write!(text, "({kind};{flags};{};;;{sid})", rights::render(*mask, ace.kind)).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        assert_eq!(parse(text).as_ref().and_then(render).as_deref(), Some(text));
    }

    #[test]
    fn the_usual_descriptors_are_written_as_they_were_read() {
        check("O:SYG:SYD:PAI(D;OICI;FA;;;WD)(A;OICIIOID;0x1301bf;;;AU)S:NO_ACCESS_CONTROL");
        check("O:BAG:S-1-5-21-1-2-3-513D:NO_ACCESS_CONTROLS:AI(AU;SAFA;FA;;;WD)(ML;;NW;;;HI)");
        check("O:S-1-0-0G:BUD:S:NO_ACCESS_CONTROL");
    }

    #[test]
    fn rights_may_be_spelled_in_letters_and_numbers() {
        let spelled = |rights| parse(&format!("O:SYG:SYD:(A;;{rights};;;BA)"));
        assert_eq!(spelled("FA"), spelled("0x1f01ff"));
        assert_eq!(spelled("2032127"), spelled("FA"));
        assert_eq!(spelled("RPWPCCDCLCSWRCWDWOGA"), spelled("0x100e003f"));
        assert_eq!(spelled("QQ"), None);
    }
}
