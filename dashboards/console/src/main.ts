import { mount } from 'svelte'
import './style/fonts.css'
import './style/tokens.css'
import './style/base.css'
import { Api } from './api/api.ts'
import { Page } from './state/page.svelte.ts'
import { ServerClock } from './state/server-clock.ts'
import App from './view/app.svelte'
import { Language } from './words/language.svelte.ts'

const target = document.getElementById('console')
if (!target) throw new Error('start console: index.html has no element "console"')

const clock = new ServerClock(() => Date.now())
const api = new Api({ fetch: (...request) => fetch(...request), onServerTime: at => clock.heard(at) })
const page = new Page({ api, now: () => clock.now() })
mount(App, { target, props: { page, language: new Language() } })
page.start()
