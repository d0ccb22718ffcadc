import { createContext } from 'svelte'
import { AccountApi } from './account.ts'
import { AuditApi } from './audit.ts'
import { ConnectionsApi } from './connections.ts'
import { DisplaysApi } from './displays.ts'
import { EnrolmentApi } from './enrolment.ts'
import { GatewaysApi } from './gateways.ts'
import type { Http } from './http.ts'
import { ObservationsApi } from './observations.ts'
import { listOrganisations } from './organisations.ts'
import { OnboardingApi } from './onboarding.ts'
import { PeopleApi } from './people.ts'
import { QuarantineApi } from './quarantine.ts'
import { RolesApi } from './roles.ts'
import { RulePacksApi } from './rule-packs.ts'
import { RulesApi } from './rules.ts'
import { SessionApi } from './session.ts'
import { TokensApi } from './tokens.ts'

/** Everything about who may do what. */
export class Access {
  readonly account: AccountApi
  readonly audit: AuditApi
  readonly connections: ConnectionsApi
  readonly displays: DisplaysApi
  readonly enrolment: EnrolmentApi
  readonly gateways: GatewaysApi
  readonly observations: ObservationsApi
  readonly onboarding: OnboardingApi
  readonly people: PeopleApi
  readonly quarantine: QuarantineApi
  readonly roles: RolesApi
  readonly rulePacks: RulePacksApi
  readonly rules: RulesApi
  readonly session: SessionApi
  readonly tokens: TokensApi
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
    this.account = new AccountApi(http)
    this.audit = new AuditApi(http)
    this.connections = new ConnectionsApi(http)
    this.displays = new DisplaysApi(http)
    this.enrolment = new EnrolmentApi(http)
    this.gateways = new GatewaysApi(http)
    this.observations = new ObservationsApi(http)
    this.onboarding = new OnboardingApi(http)
    this.people = new PeopleApi(http)
    this.quarantine = new QuarantineApi(http)
    this.roles = new RolesApi(http)
    this.rulePacks = new RulePacksApi(http)
    this.rules = new RulesApi(http)
    this.session = new SessionApi(http)
    this.tokens = new TokensApi(http)
  }

  organisations(signal: AbortSignal) {
    return listOrganisations(this.#http, signal)
  }
}

export const [useAccess, provideAccess] = createContext<Access>()
