// What a person must learn of before needing the backup. Causes and cures stand in docs/operations.md.
// What lasts (late, held) is asked of the latest heartbeat that knows, so that an alert stays until it is over; what happens is asked of events.

@description('Begins the names of the alerts.')
param prefix string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Id of the workspace.')
param workspaceId string

@description('Id of the action group.')
param actionGroupId string

@description('Throttled requests in percent of all within an hour.')
param throttledPercent int

@description('Used space of a target share in percent.')
param nearlyFullPercent int

// How each pair with a heartbeat in the last hour stood when its state could last be read, with an age that has grown since. Who cannot
// read the state says so, in error.code, and knows nothing of what stood before: such a heartbeat ends no alert. Where none of a whole
// day knew more, is_unknown says so, and the alert stays, or comes.
// The hour is longer than the time between two ticks of RESUME_SCHEDULE, every five minutes as it comes.
var heartbeats = '''
AppEvents
| where Name == 'pair.heartbeat'
| extend pair = tostring(Properties['pair.name'])
| extend is_read = isnotempty(tostring(Properties['pair.standing'])) and isempty(tostring(Properties['error.code']))
| extend read_at = iff(is_read, TimeGenerated, datetime(1970-01-01))
| summarize first = min(TimeGenerated), last = max(TimeGenerated), arg_max(read_at, TimeGenerated, Properties) by pair
| where last > ago(1h)
| extend standing = tostring(Properties['pair.standing']), state = tostring(Properties['cycle.state'])
| extend age = todouble(Properties['recovery_point.age_seconds']) + (last - TimeGenerated) / 1s, rpo = todouble(Properties['rpo.seconds'])
| extend is_unknown = read_at < ago(1d) and first < ago(23h)
'''

var perPair = [
  {
    name: 'cycle failed'
    description: 'A cycle made no recovery point or one that does not prove right, the one under way cannot go on, or the state cannot be read. The last good recovery point is kept.'
    severity: 1
    window: 'PT30M'
    query: '''
AppEvents
| where Name in ('cycle.finished', 'pair.heartbeat')
| extend pair = tostring(Properties['pair.name']), status = tostring(Properties['cycle.status'])
| where status in ('Failed', 'CompletedWithErrors') or tostring(Properties['pair.standing']) == 'Failing'
'''
  }
  {
    name: 'recovery point too old'
    description: 'The newest recovery point of a pair is older than it may be, or for a day nobody could tell.'
    severity: 1
    window: 'P1D'
    query: '${heartbeats}| where age > rpo or standing == \'Late\' or is_unknown'
  }
  {
    name: 'held by the guard'
    description: 'A plan that deletes or overwrites much waits for a person: until then the pair is not backed up. Or it is held, or failed over, or for a day nobody could tell.'
    severity: 2
    window: 'P1D'
    query: '${heartbeats}| where standing in (\'Held\', \'FailedOver\') or state == \'AwaitingApproval\' or is_unknown'
  }
  {
    name: 'prune blocked'
    description: 'A share comes near its 200 share snapshots, and what should go may not be deleted.'
    severity: 2
    window: 'PT1H'
    query: '''
AppEvents
| where Name == 'prune.blocked'
| extend pair = tostring(Properties['pair.name'])
'''
  }
  {
    name: 'verification failed'
    description: 'A recovery point was read, and it does not hold what the source held, or could not be read to its end.'
    severity: 1
    window: 'P1D'
    query: '''
AppEvents
| where Name == 'recovery_point.verified'
| extend pair = tostring(Properties['pair.name']), found = tolong(Properties['verify.found'])
| summarize arg_max(TimeGenerated, found) by pair
| where found > 0
'''
  }
  {
    name: 'drill failed'
    description: 'The last drill of a pair could not bring back what it tried, or that is not what the source held, or for a day nobody could tell.'
    severity: 1
    window: 'P1D'
    query: '${heartbeats}| extend drill = tostring(Properties[\'drill.status\']) | where drill in (\'Failed\', \'CompletedWithErrors\') or is_unknown'
  }
  {
    name: 'throttled hard'
    description: 'Many of the requests are refused for load: cycles take long.'
    severity: 3
    window: 'PT1H'
    query: replace('''
AppMetrics
| where Name in ('requests', 'throttled')
| extend pair = tostring(Properties['pair.name'])
| summarize throttled = sumif(Sum, Name == 'throttled'), requests = sumif(Sum, Name == 'requests') by pair
| where requests > 1000 and throttled * 100 > requests * {percent}
''', '{percent}', string(throttledPercent))
  }
  {
    name: 'target nearly full'
    description: 'The quota of a target share is almost used up. A full share takes no more copies.'
    severity: 2
    window: 'P1D'
    query: replace('''
AppEvents
| where Name == 'cycle.finished'
| extend pair = tostring(Properties['pair.name']), used = todouble(Properties['target.used_percent'])
| where isnotnull(used)
| summarize arg_max(TimeGenerated, used) by pair
| where used >= {percent}
''', '{percent}', string(nearlyFullPercent))
  }
]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in perPair: {
  name: '${prefix} ${alert.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${prefix}: ${alert.name}'
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: alert.window
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            {
              name: 'pair'
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    // The tables come into being with the first row.
    skipQueryValidation: true
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}]

// Nothing is left of an app that is gone but the silence.
resource silence 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${prefix} heartbeat missing'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${prefix}: heartbeat missing'
    description: 'The app has said nothing for an hour: it does not run, or its telemetry does not arrive.'
    severity: 1
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    criteria: {
      allOf: [
        {
          query: '''
AppEvents
| where Name == 'pair.heartbeat'
'''
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    skipQueryValidation: true
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}
