@description('Region.')
param location string = resourceGroup().location

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'backup'
  location: location
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'backup'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource alert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'late'
  location: location
  kind: 'LogAlert'
  properties: {
    severity: 1
    scopes: [
      workspace.id
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    criteria: {
      allOf: [
        {
          query: '''
AppEvents
| where Name in ('cycle.finished', 'pair.heartbeat')
| extend status = tostring(Properties['cycle.status'])
| where status in ('Failed', 'CompletedWithErrors') or todouble(Properties['recovery_point.age_seconds']) > todouble(Properties['rpo.seconds'])
'''
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
  }
}

@description('Connection string of Application Insights.')
output connectionString string = component.properties.ConnectionString
