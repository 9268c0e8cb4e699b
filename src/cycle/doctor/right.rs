//! The rights that the app needs, and who gives them. `docs/security.md` tells why of each.

use super::check::Remedy;
use crate::config::CredentialSetting;
use crate::state::Side;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    ReadShares,
    WriteShares,
    DeleteShares,
    LeaseShares,
    ReadFiles,
    WriteFiles,
    SetPermissions,
    Tables,
}

const READER: &str = "Storage File Data Privileged Reader";
const CONTRIBUTOR: &str = "Storage File Data Privileged Contributor";
const TABLES: &str = "Storage Table Data Contributor";
/// Ours: no role of Azure's has these actions and no more.
const SHARE_OPERATOR: &str = "File share snapshot operator";
const SHARES: &str = "Microsoft.Storage/storageAccounts/fileServices/shares";
const FILES: &str = "Microsoft.Storage/storageAccounts/fileServices/fileshares/files";

impl Right {
    /// As access control calls it.
    pub fn action(self) -> String {
        match self {
            Self::ReadShares => format!("{SHARES}/read"),
            Self::WriteShares => format!("{SHARES}/write"),
            Self::DeleteShares => format!("{SHARES}/delete"),
            Self::LeaseShares => format!("{SHARES}/lease/action"),
            Self::ReadFiles => format!("{FILES}/read"),
            Self::WriteFiles => format!("{FILES}/write"),
            Self::SetPermissions => format!("{FILES}/modifypermissions/action"),
            Self::Tables => "Microsoft.Storage/storageAccounts/tableServices/tables/*".to_owned(),
        }
    }

    /// Of those that `infra/` assigns, the one that has it.
    fn role(self, side: Option<Side>) -> &'static str {
        match (self, side) {
            (Self::Tables, _) => TABLES,
            (Self::ReadFiles, Some(Side::Source)) => READER,
            (Self::ReadFiles | Self::WriteFiles | Self::SetPermissions, _) => CONTRIBUTOR,
            _ => SHARE_OPERATOR,
        }
    }

    /// How a person gives it.
    pub fn give(self, account: &str, side: Option<Side>, credential: &CredentialSetting) -> Remedy {
        let role = self.role(side);
        let is_ours = role == SHARE_OPERATOR;
        let text = if is_ours {
            format!(
                "Assign the custom role of infra/modules/share-operator.bicep, or another one with {}, to the app's identity on account {account}; a new assignment takes some minutes to work",
                self.action()
            )
        } else {
            format!(
                "Assign {role} to the app's identity on account {account}; a new assignment takes some minutes to work"
            )
        };
        // the name of the custom role ends with what makes it the deployment's own
        let named = if is_ours { "ROLE_ID" } else { role };
        Remedy { role: Some(role.to_owned()), ..assigned("create", named, account, credential, text) }
    }

    /// How a person takes away what gives more than is needed.
    pub fn take_from_source(account: &str, credential: &CredentialSetting) -> Remedy {
        let text = format!(
            "Let the app only read at its source: assign {READER} on account {account}, and then take {CONTRIBUTOR} away. An assignment on the group or the subscription has to be taken away there"
        );
        let given = assigned("create", READER, account, credential, String::new());
        let taken = assigned("delete", CONTRIBUTOR, account, credential, text);
        let commands: Vec<_> = [given.command, taken.command.clone()].into_iter().flatten().collect();
        Remedy { role: Some(CONTRIBUTOR.to_owned()), ..taken }.with_command(commands.join(" && "))
    }
}

fn assigned(verb: &str, role: &str, account: &str, credential: &CredentialSetting, text: String) -> Remedy {
    let command = format!(
        "az role assignment {verb} --assignee {} --role \"{role}\" --scope \"$(az storage account show -n {account} --query id -o tsv)\"",
        assignee(credential)
    );
    Remedy { scope: Some(format!("storage account {account}")), ..Remedy::text(text) }.with_command(command)
}

fn assignee(credential: &CredentialSetting) -> String {
    match credential {
        CredentialSetting::ManagedIdentity { client_id: Some(id) } => id.clone(),
        CredentialSetting::ManagedIdentity { client_id: None } => {
            "\"$(az functionapp identity show -g GROUP -n APP --query principalId -o tsv)\"".to_owned()
        }
        CredentialSetting::Developer | CredentialSetting::SharedKey { .. } => {
            "\"$(az ad signed-in-user show --query id -o tsv)\"".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_comes_with_role_scope_and_command() {
        let id = "11111111-2222-4333-8444-555555555555";
        let identity = CredentialSetting::ManagedIdentity { client_id: Some(id.to_owned()) };
        let remedy = Right::ReadFiles.give("contosowest", Some(Side::Source), &identity);
        assert_eq!(remedy.role.as_deref(), Some("Storage File Data Privileged Reader"));
        assert_eq!(remedy.scope.as_deref(), Some("storage account contosowest"));
        assert_eq!(
            remedy.command.as_deref(),
            Some(
                "az role assignment create --assignee 11111111-2222-4333-8444-555555555555 \
                 --role \"Storage File Data Privileged Reader\" \
                 --scope \"$(az storage account show -n contosowest --query id -o tsv)\""
            )
        );
        let remedy = Right::WriteShares.give("contosowest", Some(Side::Source), &identity);
        assert!(remedy.text.contains("fileServices/shares/write"), "{}", remedy.text);
    }
}
