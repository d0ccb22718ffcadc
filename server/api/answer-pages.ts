import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Answered } from '../notify/answers.ts'
import { answerPage, gonePage } from '../notify/answer-page.ts'
import type { Services } from '../services.ts'
import { addressOf } from './transport.ts'

const styleSheet = new URL('../notify/answer-page.css', import.meta.url)
/** Nobody guesses a code of 128 bits; nobody shall keep us busy trying. */
const rateLimit = { max: 60, timeWindow: '1 minute' }

/**
 * `/a/{code}`, what the link in a message opens: a page with one button. Looking acknowledges nothing, since mail filters and
 * previews look too; pressing does. Open without a login: who has the link has the message.
 */
export function answerPages(app: FastifyInstance, services: Services): void {
  const { notifier, registry } = services
  const style = readFileSync(styleSheet, 'utf8')
  const config = { rateLimit }
  const html = 'text/html; charset=utf-8'

  app.get('/a/style.css', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(style)
  )

  app.get<{ Params: { code: string } }>('/a/:code', { config, schema: { hide: true } }, async (request, reply) => {
    const answered = await behind(request.params.code)
    return reply
      .type(html)
      .status(answered ? 200 : 404)
      .send(answered ? answerPage(answered, registry) : gonePage(undefined))
  })

  void app.register(async forms => {
    forms.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 1024 },
      (_, __, done) => {
        done(null, undefined)
      }
    )
    forms.post<{ Params: { code: string } }>('/a/:code', { config, schema: { hide: true } }, async (request, reply) => {
      const answered = await behind(request.params.code)
      if (!answered) return reply.type(html).status(404).send(gonePage(undefined))
      await notifier.answers.acknowledge(answered, 'link', addressOf(request))
      notifier.poke()
      // Loading it again presses nothing again.
      return reply.redirect(`/a/${request.params.code}`, 303)
    })
  })

  async function behind(code: string): Promise<Answered | undefined> {
    return /^[\w-]{22}$/.test(code) ? notifier.answers.behind(code) : undefined
  }
}
