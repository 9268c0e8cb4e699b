targetScope = 'resourceGroup'

type accountOf = {
  account: string
}

@description('Region.')
param location string = resourceGroup().location

@description('Begins all names.')
@minLength(3)
param name string = 'backup'

@description('What is backed up.')
param pairs array

@description('Accounts that are read.')
param sources accountOf[]

@description('Sent to nobody.')
@secure()
param token string

var names = [for source in sources: source.account]

var tags = {
  product: 'backup'
  workbook: loadTextContent('../../workbok.json')
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

module storage '../../storage.bicep' = {
  name: 'storage'
  params: {
    name: '${name}${uniqueString(resourceGroup().id)}'
    location: location
    token: token
    pairs: string(pairs)
    sources: names
    principalId: identity.properties.principalId
  }
}

@description('Where blobs are.')
output endpoint string = storage.outputs.endpoint
