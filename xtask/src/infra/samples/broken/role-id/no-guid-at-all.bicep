@description('Name of the account.')
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Sent to nobody.')
@secure()
param token string

@description('What is backed up.')
param pairs string

@description('Accounts that are read.')
param sources string[]

@description('Who may write.')
param principalId string

var contributor = 'ba92f5b4x2d11-453d-a403-e96b0029c9fe'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  tags: {
    pairs: pairs
    sources: join(sources, ',')
    isGuarded: empty(token) ? 'no' : 'yes'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource files 'Microsoft.Storage/storageAccounts/fileServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    shareDeleteRetentionPolicy: {
      enabled: true
      days: 14
    }
  }
}

resource writer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, contributor)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributor)
  }
}

@description('Where blobs are.')
output endpoint string = account.properties.primaryEndpoints.blob
