// Where logs go, and who is told.

@description('Name of what is created.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Days for which logs are kept.')
param retentionDays int

@description('Gigabytes a day; -1 for no limit.')
param dailyQuotaGb int

@description('Who is told of trouble.')
param emails string[]

@description('The app\'s identity, the only sender.')
param principalId string

var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyQuotaGb
    }
    features: {
      disableLocalAuth: true
    }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, principalId, metricsPublisher)
  scope: component
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'file backup'
    enabled: true
    emailReceivers: [for (email, i) in emails: {
      name: 'person ${i}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

@description('Id of the workspace.')
output workspaceId string = workspace.id

@description('Id of the action group.')
output actionGroupId string = people.id

@description('Connection string of Application Insights.')
output connectionString string = component.properties.ConnectionString
