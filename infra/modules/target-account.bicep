// A new account for target shares: no keys, TLS, copies only within the tenant.

@description('Name of the account.')
param name string

@description('Region: another one than the source\'s.')
param location string

@description('Tags.')
param tags object

@description('SKU; those with Premium or StandardV2 in their names are of kind FileStorage.')
param sku string

@description('Shares to create.')
param shares string[]

@description('Closes the account to public networks.')
param isPrivate bool

var isPayAsYouGo = startsWith(sku, 'Standard_')

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: isPayAsYouGo ? 'StorageV2' : 'FileStorage'
  sku: {
    name: sku
  }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    allowedCopyScope: 'AAD'
    defaultToOAuthAuthentication: true
    largeFileSharesState: isPayAsYouGo ? 'Enabled' : null
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource files 'Microsoft.Storage/storageAccounts/fileServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource created 'Microsoft.Storage/storageAccounts/fileServices/shares@2025-06-01' = [for share in shares: {
  parent: files
  name: share
  properties: {
    enabledProtocols: 'SMB'
  }
}]
