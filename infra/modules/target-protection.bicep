// What stands between a mistake and the copy: soft delete, a lock, a log of deletions. None of it stops who may write data;
// docs/security.md says what does.

@description('Name of the storage account.')
param account string

@description('Days for which a deleted share can be restored.')
param softDeleteDays int

@description('Locks the account against deletion.')
param isLocked bool

@description('Leaves the SMB settings as they are. Otherwise only SMB 3.1.1 with AES-256-GCM is taken.')
param hasOldClients bool

@description('Id of the workspace.')
param workspaceId string

@description('Which requests are logged.')
param logs string[]

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: account
}

resource files 'Microsoft.Storage/storageAccounts/fileServices@2025-06-01' = {
  parent: storage
  name: 'default'
  properties: {
    shareDeleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
      allowPermanentDelete: false
    }
    protocolSettings: hasOldClients ? null : {
      smb: {
        versions: 'SMB3.1.1;'
        channelEncryption: 'AES-256-GCM;'
      }
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  name: 'backup-target'
  scope: storage
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds backups of file shares'
  }
}

resource requests 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'file-backup'
  scope: files
  properties: {
    workspaceId: workspaceId
    logs: [for category in logs: {
      category: category
      enabled: true
    }]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}
