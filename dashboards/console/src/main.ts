import { mount } from 'svelte'
import './style/fonts.css'
import './style/tokens.css'
import './style/base.css'
import { Access } from './api/access.ts'
import { Api } from './api/api.ts'
import { Http } from './api/http.ts'
import { DeviceKeyStore } from './state/device-key-store.ts'
import { Page } from './state/page.svelte.ts'
import { PhoneLock } from './state/phone-lock.ts'
import { Router } from './state/router.svelte.ts'
import { ServerClock } from './state/server-clock.ts'
import { Session } from './state/session.svelte.ts'
import App from './view/app.svelte'
import { Language } from './words/language.svelte.ts'

const target = document.getElementById('console')
if (!target) throw new Error('start console: index.html has no element "console"')

const clock = new ServerClock(() => Date.now())
const http: Http = new Http({
  fetch: (...request) => fetch(...request),
  onServerTime: at => clock.heard(at),
  onRefused: () => session.doubt()
})
const access = new Access(http)
const page: Page = new Page({ api: new Api(http), now: () => clock.now(), may: action => session.may(action) })
const router = new Router()
const session: Session = new Session({
  access,
  keys: new DeviceKeyStore(),
  lock: new PhoneLock(() => sessionStorage),
  now: () => Date.now(),
  onLeft: () => {
    router.replace('#/')
    location.reload()
  }
})
router.start()
session.start()
mount(App, { target, props: { access, page, router, session, language: new Language() } })
