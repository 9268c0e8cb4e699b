// The function app on Flex Consumption, as a custom handler, and its settings: those of the host and all that the app reads.

@description('Name of the app and its plan.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Resource id of the identity.')
param identityId string

@description('Client id of the identity.')
param clientId string

@description('The host\'s storage account, in this resource group.')
param hostStorageName string

@description('The container of the package.')
param packageContainer string

@description('Connection string of Application Insights. It holds no secret: without the identity nothing can be sent.')
param connectionString string

@description('The app\'s subnet; empty without a virtual network.')
param subnetId string

@description('Memory of an instance in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int

@description('Upper limit of instances.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('What a deployment does with running invocations.')
@allowed([
  'Recreate'
  'RollingUpdate'
])
param siteUpdate string

@description('Spreads the app over the zones of the region.')
param zoneRedundant bool

@description('BACKUP_PAIRS.')
param pairs string

@description('BACKUP_SCHEDULE.')
param backupSchedule string

@description('RESUME_SCHEDULE.')
param resumeSchedule string

@description('DRILL_SCHEDULE.')
param drillSchedule string

@description('BACKUP_LEASE_SECONDS.')
param leaseSeconds string

@description('BACKUP_BUDGET_SECONDS.')
param budgetSeconds string

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'backup' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'custom'
        version: '1.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
      // The service takes it; the published types have not caught up.
      #disable-next-line BCP037
      siteUpdateStrategy: {
        type: siteUpdate
      }
    }
  }
}

// Empty values count as not set: the app's own defaults hold.
resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: clientId
    AzureWebJobsStorage__blobServiceUri: hostStorage.properties.primaryEndpoints.blob
    AzureWebJobsStorage__tableServiceUri: hostStorage.properties.primaryEndpoints.table
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
    AZURE_CLIENT_ID: clientId
    BACKUP_CREDENTIAL: 'managedIdentity'
    BACKUP_STATE: hostStorage.properties.primaryEndpoints.table
    BACKUP_PAIRS: pairs
    BACKUP_SCHEDULE: backupSchedule
    RESUME_SCHEDULE: resumeSchedule
    DRILL_SCHEDULE: drillSchedule
    BACKUP_LEASE_SECONDS: leaseSeconds
    BACKUP_BUDGET_SECONDS: budgetSeconds
  }
}

// Passwords for publishing are never needed: packages come with an Entra token.
resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

@description('Name of the app.')
output name string = app.name
