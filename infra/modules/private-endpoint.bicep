// One service of one account, reachable inside the network under its usual name.

@description('Name of the endpoint.')
param name string

@description('Region of the network.')
param location string

@description('Tags.')
param tags object

@description('The service.')
@allowed([
  'blob'
  'table'
  'file'
])
param service string

@description('Id of the storage account.')
param accountId string

@description('The subnet.')
param subnetId string

@description('The private DNS zone of the service.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: name
        properties: {
          privateLinkServiceId: accountId
          groupIds: [
            service
          ]
        }
      }
    ]
  }
}

resource zone 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: service
        properties: {
          privateDnsZoneId: zoneId
        }
      }
    ]
  }
}
