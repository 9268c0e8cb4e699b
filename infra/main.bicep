// The whole backup: app, identity, state, rights, monitoring, and the protection of the targets.
// Every value has a safe default but those that only you know: pairs, sources, targets, alertEmails.

targetScope = 'resourceGroup'

@description('An account that is read.')
type sourceAccount = {
  @description('Name of the storage account.')
  account: string
  @description('Its resource group; without it the group of this deployment.')
  resourceGroup: string?
  @description('Its subscription; without it the subscription of this deployment.')
  subscriptionId: string?
}

@description('An account that is written.')
type targetAccount = {
  @description('Name of the storage account.')
  account: string
  @description('Its resource group, which must exist; without it the group of this deployment.')
  resourceGroup: string?
  @description('Its subscription; without it the subscription of this deployment.')
  subscriptionId: string?
  @description('Creates the account, hardened. Without it the account must exist, and its own settings are left as they are.')
  create: bool?
  @description('Region of a created account: another one than the source\'s. Without it the region of this deployment.')
  location: string?
  @description('SKU of a created account; Standard_ZRS without it.')
  sku: string?
  @description('Shares to create in a created account. Shares that are missing are created by the app too.')
  shares: string[]?
}

@description('Region of the app, its storage and its monitoring. Best that of the targets: then the backup outlives the region of the sources.')
param location string = resourceGroup().location

@description('Begins the names of what is created: lower-case letters and digits.')
@minLength(3)
@maxLength(11)
param baseName string = 'filebackup'

@description('Tags of everything that is created.')
param tags object = {}

@description('The pairs, as docs/pairs.schema.json describes them. Each account in them must stand in sources or targets.')
@minLength(1)
param pairs array

@description('The accounts of the source shares.')
@minLength(1)
param sources sourceAccount[]

@description('The accounts of the target shares. Staging shares lie in them, so they need no place of their own.')
@minLength(1)
param targets targetAccount[]

@description('When a cycle of every pair begins: six-field cron in UTC.')
param backupSchedule string = '0 0 3 * * *'

@description('When unfinished cycles go on: six-field cron in UTC. The heartbeat comes as often, and an alert when there was none for an hour.')
param resumeSchedule string = '0 */5 * * * *'

@description('When restoring is drilled: six fields, in UTC. Sundays at noon as it comes.')
param drillSchedule string = '0 0 12 * * 0'

@description('How long a pair waits for an owner that was killed; empty for the app\'s own default.')
param leaseSeconds string = ''

@description('How long an invocation takes new work; empty for the app\'s own default.')
param budgetSeconds string = ''

@description('Memory of an instance in MB. The app is built for little memory; 512 has a quarter of a core.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Upper limit of instances. A pair is worked on by one at a time, whatever this says.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('What a deployment does with running invocations: Recreate kills them, RollingUpdate (a preview of Azure) lets them finish. A killed one is resumed.')
@allowed([
  'Recreate'
  'RollingUpdate'
])
param siteUpdate string = 'Recreate'

@description('Spreads the app and its storage over the zones of the region.')
param zoneRedundant bool = false

@description('Id of an existing role with the actions of docs/security.md, for organisations that forbid custom roles. Empty: a role is created in each resource group with an account.')
param shareOperatorRoleId string = ''

@description('Days for which a deleted target share can be restored.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 30

@description('Locks the target accounts against deletion.')
param lockTargets bool = true

@description('Which requests to the targets are logged: StorageDelete, StorageWrite, StorageRead. Writes of a first cycle are many, and each costs.')
param targetLogs string[] = [
  'StorageDelete'
]

@description('Puts app, host storage and target accounts that are created into a virtual network, and closes these accounts to all others.')
param privateNetwork bool = false

@description('Address space of the virtual network, at least a /24.')
param addressSpace string = '10.90.0.0/24'

@description('Who is told of trouble.')
@minLength(1)
param alertEmails string[]

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Gigabytes of logs a day; what comes after is lost, and the alert on missing heartbeats comes. -1 for no limit.')
param dailyQuotaGb int = 1

@description('Throttled requests in percent of all within an hour, from which an alert comes.')
@minValue(1)
@maxValue(100)
param throttledPercent int = 20

@description('Used space of a target share in percent, from which an alert comes.')
@minValue(1)
@maxValue(100)
param nearlyFullPercent int = 85

var here = subscription().subscriptionId
var suffix = take(uniqueString(resourceGroup().id, baseName), 8)
var sourceGroups = [for source in sources: '${source.?subscriptionId ?? here}/${source.?resourceGroup ?? resourceGroup().name}']
var targetGroups = [for target in targets: '${target.?subscriptionId ?? here}/${target.?resourceGroup ?? resourceGroup().name}']
var groups = union(sourceGroups, targetGroups)
var sourceNames = [for source in sources: source.account]
var ownRoles = [for group in groups: guid(group, resourceGroup().id, baseName, 'share operator')]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${baseName}-${suffix}'
  location: location
  tags: tags
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: '${baseName}-network'
  params: {
    name: '${baseName}-${suffix}'
    location: location
    tags: tags
    addressSpace: addressSpace
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: '${baseName}-host-storage'
  params: {
    name: '${baseName}${suffix}'
    location: location
    tags: tags
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    isPrivate: privateNetwork
    principalId: identity.properties.principalId
  }
}

module hostEndpoints 'modules/private-endpoint.bicep' = [for service in ['blob', 'table']: if (privateNetwork) {
  name: '${baseName}-host-${service}'
  params: {
    name: '${baseName}-${suffix}-${service}'
    location: location
    tags: tags
    service: service
    accountId: hostStorage.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    zoneId: service == 'blob' ? network!.outputs.blobZoneId : network!.outputs.tableZoneId
  }
}]

module monitoring 'modules/monitoring.bicep' = {
  name: '${baseName}-monitoring'
  params: {
    name: '${baseName}-${suffix}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: dailyQuotaGb
    emails: alertEmails
    principalId: identity.properties.principalId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: '${baseName}-alerts'
  params: {
    prefix: '${baseName}-${suffix}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: monitoring.outputs.actionGroupId
    throttledPercent: throttledPercent
    nearlyFullPercent: nearlyFullPercent
  }
}

module workbook 'modules/workbook.bicep' = {
  name: '${baseName}-workbook'
  params: {
    location: location
    tags: tags
    displayName: 'File backup ${baseName}-${suffix}'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module targetAccounts 'modules/target-account.bicep' = [for (target, i) in targets: if (target.?create ?? false) {
  name: '${baseName}-target-${i}'
  scope: resourceGroup(split(targetGroups[i], '/')[0], split(targetGroups[i], '/')[1])
  params: {
    name: target.account
    location: target.?location ?? location
    tags: tags
    sku: target.?sku ?? 'Standard_ZRS'
    shares: target.?shares ?? []
    isPrivate: privateNetwork
  }
}]

module targetProtection 'modules/target-protection.bicep' = [for (target, i) in targets: {
  name: '${baseName}-protection-${i}'
  scope: resourceGroup(split(targetGroups[i], '/')[0], split(targetGroups[i], '/')[1])
  params: {
    account: target.account
    softDeleteDays: softDeleteDays
    isLocked: lockTargets
    hasOldClients: !(target.?create ?? false)
    workspaceId: monitoring.outputs.workspaceId
    logs: targetLogs
  }
  dependsOn: [
    targetAccounts
  ]
}]

module shareOperators 'modules/share-operator.bicep' = [for (group, i) in groups: if (empty(shareOperatorRoleId)) {
  name: '${baseName}-share-operator-${i}'
  scope: resourceGroup(split(group, '/')[0], split(group, '/')[1])
  params: {
    definition: ownRoles[i]
    baseName: baseName
  }
}]

module sourceAccess 'modules/access.bicep' = [for (source, i) in sources: {
  name: '${baseName}-source-access-${i}'
  scope: resourceGroup(split(sourceGroups[i], '/')[0], split(sourceGroups[i], '/')[1])
  params: {
    account: source.account
    use: 'source'
    principalId: identity.properties.principalId
    shareOperatorRoleId: empty(shareOperatorRoleId) ? subscriptionResourceId(split(sourceGroups[i], '/')[0], 'Microsoft.Authorization/roleDefinitions', ownRoles[indexOf(groups, sourceGroups[i])]) : shareOperatorRoleId
  }
  dependsOn: [
    shareOperators
  ]
}]

module targetAccess 'modules/access.bicep' = [for (target, i) in targets: {
  name: '${baseName}-target-access-${i}'
  scope: resourceGroup(split(targetGroups[i], '/')[0], split(targetGroups[i], '/')[1])
  params: {
    account: target.account
    use: 'target'
    principalId: identity.properties.principalId
    shareOperatorRoleId: empty(shareOperatorRoleId) ? subscriptionResourceId(split(targetGroups[i], '/')[0], 'Microsoft.Authorization/roleDefinitions', ownRoles[indexOf(groups, targetGroups[i])]) : shareOperatorRoleId
  }
  // An account may be both: then the same assignment is made twice, one after the other.
  dependsOn: [
    shareOperators
    sourceAccess
    targetAccounts
  ]
}]

module sourceEndpoints 'modules/private-endpoint.bicep' = [for (source, i) in sources: if (privateNetwork) {
  name: '${baseName}-source-endpoint-${i}'
  params: {
    name: '${baseName}-${suffix}-${source.account}'
    location: location
    tags: tags
    service: 'file'
    accountId: resourceId(split(sourceGroups[i], '/')[0], split(sourceGroups[i], '/')[1], 'Microsoft.Storage/storageAccounts', source.account)
    subnetId: network!.outputs.endpointSubnetId
    zoneId: network!.outputs.fileZoneId
  }
}]

module targetEndpoints 'modules/private-endpoint.bicep' = [for (target, i) in targets: if (privateNetwork && !contains(sourceNames, target.account)) {
  name: '${baseName}-target-endpoint-${i}'
  params: {
    name: '${baseName}-${suffix}-${target.account}'
    location: location
    tags: tags
    service: 'file'
    accountId: resourceId(split(targetGroups[i], '/')[0], split(targetGroups[i], '/')[1], 'Microsoft.Storage/storageAccounts', target.account)
    subnetId: network!.outputs.endpointSubnetId
    zoneId: network!.outputs.fileZoneId
  }
  dependsOn: [
    targetAccounts
  ]
}]

module app 'modules/app.bicep' = {
  name: '${baseName}-app'
  params: {
    name: '${baseName}-${suffix}'
    location: location
    tags: tags
    identityId: identity.id
    clientId: identity.properties.clientId
    hostStorageName: hostStorage.outputs.name
    packageContainer: hostStorage.outputs.packageContainer
    connectionString: monitoring.outputs.connectionString
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    siteUpdate: siteUpdate
    zoneRedundant: zoneRedundant
    pairs: string(pairs)
    backupSchedule: backupSchedule
    resumeSchedule: resumeSchedule
    drillSchedule: drillSchedule
    leaseSeconds: leaseSeconds
    budgetSeconds: budgetSeconds
  }
  dependsOn: [
    hostEndpoints
    sourceAccess
    targetAccess
  ]
}

@description('Name of the function app.')
output functionAppName string = app.outputs.name

@description('Object id of the identity, for rights that are granted by hand.')
output principalId string = identity.properties.principalId

@description('Id of the workspace with the logs.')
output workspaceId string = monitoring.outputs.workspaceId
