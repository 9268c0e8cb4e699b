// The custom role for share snapshots: no role of Azure's has these actions without account keys.

@description('GUID of the definition.')
param definition string

@description('Tells one deployment\'s role from another\'s: role names are unique in a tenant.')
param baseName string

var group = resourceGroup().id

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: definition
  properties: {
    roleName: 'File share snapshot operator (${baseName} ${uniqueString(group, definition)})'
    description: 'Takes, lists, leases and deletes share snapshots of Azure file shares'
    type: 'customRole'
    permissions: [
      {
        actions: [
          'Microsoft.Storage/storageAccounts/fileServices/shares/read'
          'Microsoft.Storage/storageAccounts/fileServices/shares/write'
          'Microsoft.Storage/storageAccounts/fileServices/shares/delete'
          'Microsoft.Storage/storageAccounts/fileServices/shares/lease/action'
        ]
      }
    ]
    assignableScopes: [
      group
    ]
  }
}
