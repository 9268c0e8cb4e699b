@description('Name of the app.')
param name string

@description('Region.')
param location string

@description('Resource id of the identity.')
param identityId string

@description('Client id of the identity.')
param clientId string

@description('URL of the container with the package.')
param packageUrl string

@description('Connection string of Application Insights.')
param connectionString string

@description('URL of the blob endpoint.')
param blobs string

@description('URL of the table endpoint.')
param state string

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: name
  location: location
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: false
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  tags: {
    'azd-service-name': 'backup'
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUrl
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
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: clientId
    AzureWebJobsStorage__blobServiceUri: blobs
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
    AZURE_CLIENT_ID: clientId
    BACKUP_CREDENTIAL: 'managedIdentity'
    BACKUP_STATE: state
    BACKUP_PAIRS: '[]'
    BACKUP_SCHEDULE: '0 0 3 * * *'
    RESUME_SCHEDULE: '0 */5 * * * *'
    DRILL_SCHEDULE: '0 0 12 * * 0'
    BACKUP_LEASE_SECONDS: ''
    BACKUP_BUDGET_SECONDS: ''
  }
}
