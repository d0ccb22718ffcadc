import type { SentenceWords } from './words.ts'

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August'] as const
const laterMonths = ['September', 'October', 'November', 'December'] as const
const monthName = (month: number) => [...months, ...laterMonths][month - 1] ?? String(month)

/** The same in English. */
export const english: SentenceWords = {
  and: ' and ',
  or: ' or ',
  severity: { low: 'low', medium: 'medium', high: 'high', critical: 'critical' },
  beyond: {
    '>=': (subject, limit) => `${subject} is ${limit} or more`,
    '>': (subject, limit) => `${subject} is above ${limit}`,
    '<=': (subject, limit) => `${subject} is ${limit} or less`,
    '<': (subject, limit) => `${subject} is below ${limit}`,
    '=': (subject, limit) => `${subject} is ${limit}`,
    '!=': (subject, limit) => `${subject} is not ${limit}`
  },
  back: {
    '>=': limit => `it is below ${limit}`,
    '>': limit => `it is ${limit} or less`,
    '<=': limit => `it is above ${limit}`,
    '<': limit => `it is ${limit} or more`,
    '=': limit => `it is not ${limit}`,
    '!=': limit => `it is ${limit} again`
  },
  yes: claim => `${claim}: yes`,
  no: claim => `${claim}: no`,
  ofDevice: (metric, device) => `${metric} of ${device}`,
  aboveDatum: metric => `${metric} (above the station's datum)`,
  rise: (metric, by, over, isOrMore) =>
    `${metric} rises by ${isOrMore ? `${by} or more` : `more than ${by}`} in ${over}`,
  fall: (metric, by, over, isOrMore) =>
    `${metric} falls by ${isOrMore ? `${by} or more` : `more than ${by}`} in ${over}`,
  change: (metric, over) => `the change of ${metric} in ${over}`,
  window: {
    sum: (metric, over) => `the sum of ${metric} over ${over}`,
    mean: (metric, over) => `the mean ${metric} over ${over}`,
    min: (metric, over) => `the lowest ${metric} in ${over}`,
    max: (metric, over) => `the highest ${metric} in ${over}`,
    count: (metric, over) => `the number of reports of ${metric} in ${over}`
  },
  several: (metric, n, m) => `in at least ${n} of the last ${m} values ${metric}`,
  absenceFor: (what, duration) => `${what} was received for ${duration}`,
  absenceIntervals: (what, intervals) => `${what} was received for ${intervals} of its intervals`,
  absence: what => `${what} was received for longer than its own rhythm allows`,
  anything: 'nothing of the device',
  anythingOf: subject => `nothing of ${subject}`,
  stuck: (metric, duration) => `${metric} has not moved for ${duration} though it is reported`,
  deviation: (metric, by, neighbours, atLeast) =>
    `${metric} is ${by} or more away from the median of ${neighbours} (at least ${atLeast} of them)`,
  neighboursAtSite: 'the others at the site',
  neighboursWithin: radius => `those within ${radius}`,
  where: {
    inside: area => `the device is inside ${area}`,
    outside: area => `the device is outside ${area}`
  },
  circle: (radius, latitude, longitude) => `the circle of ${radius} around ${latitude}, ${longitude}`,
  polygon: points => `the drawn area of ${points} corners`,
  times: (from, to) => `between ${from} and ${to}`,
  days: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  onDays: days => `on ${days}`,
  inMonths: list => `in ${list.map(monthName).join(', ')}`,
  always: 'at any time',
  expression: text => `the expression is true: ${text}`,
  health: {
    'device-silent': 'the device is silent for longer than its rhythm allows',
    'gateway-down': 'the gateway is down',
    'clock-wrong': "the device's clock is wrong",
    'battery-low': "the device's battery is nearly empty",
    'value-stuck': 'a value is stuck',
    'value-spiking': 'a value is spiking',
    'value-drifting': 'a value drifts away from its neighbours'
  },
  not: condition => `it is not so that ${condition}`,
  lasting: (condition, duration) => `${condition} for ${duration}`,
  agree: (atLeast, condition) => `at least ${atLeast} devices of the site report that ${condition}`,
  until: back => `until ${back}`,
  level: (place, condition, name, severity, end) =>
    `${place === '' ? 'When' : `${place}, when`} ${condition}: ${name} (${severity}); ${end}.`,
  over: how => `over when ${how}`,
  overWhenNot: 'over when it is no longer so',
  overWhenFalse: text => `over when the expression is true: ${text}`,
  atSite: site => `At ${site}`,
  atDevice: device => `At ${device}`,
  about: {
    device: scope => `Each device by itself${scope.length === 0 ? ', of the organisation' : `, ${scope.join(', ')}`}.`,
    site: scope => `The site as a whole${scope.length === 0 ? ', of the organisation' : `, ${scope.join(', ')}`}.`
  },
  sites: list => `at ${list}`,
  devices: list => `among ${list}`,
  profiles: list => `of the kind ${list}`,
  tags: list => `tagged ${list}`
}
