// What the app may do in one account. Why each right is needed stands in docs/security.md.

@description('Name of the storage account.')
param account string

@description('Whether it is read or written.')
@allowed([
  'source'
  'target'
])
param use string

@description('The app\'s identity.')
param principalId string

@description('Id of the role with the actions on shares.')
param shareOperatorRoleId string

var privilegedReader = 'b8eda974-7b85-4f76-af95-65846b26df6d'
var privilegedContributor = '69566ab7-960f-475b-8e7c-b3118f30c6bd'
var dataRole = use == 'source' ? privilegedReader : privilegedContributor

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: account
}

resource files 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, principalId, dataRole)
  scope: storage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataRole)
  }
}

resource shares 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, principalId, shareOperatorRoleId)
  scope: storage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: shareOperatorRoleId
  }
}
