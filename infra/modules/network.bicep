// A network of the app's own: one subnet for the app, one for private endpoints, and the zones that name them.

@description('Name of the network.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Address space, at least a /24.')
param addressSpace string

var services = ['blob', 'table', 'file']

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressSpace
      ]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 0)
          delegations: [
            {
              name: 'app'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 1)
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for service in services: {
  name: 'privatelink.${service}.${environment().suffixes.storage}'
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (service, i) in services: {
  parent: zones[i]
  name: '${name}-${service}'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

@description('The app\'s subnet.')
output appSubnetId string = '${network.id}/subnets/app'

@description('The subnet of the endpoints.')
output endpointSubnetId string = '${network.id}/subnets/endpoints'

@description('Zone of blob endpoints.')
output blobZoneId string = zones[0].id

@description('Zone of table endpoints.')
output tableZoneId string = zones[1].id

@description('Zone of file endpoints.')
output fileZoneId string = zones[2].id
