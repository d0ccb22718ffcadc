import type { HttpSettingsInput } from './settings.ts'

/** A gateway as it is shipped: what the operator has still to fill in, and the settings of the template. */
export interface Preset {
  readonly name: string
  /** Values that differ with each operator. */
  readonly asks: readonly string[]
  readonly settings: HttpSettingsInput
  /** Where its shapes come from. */
  readonly source: string
}

const speedSms: Preset = {
  name: 'SpeedSMS',
  asks: ['sender'],
  source: "SpeedSMS's public clients; codes as they are seen in use",
  settings: {
    ...{ medium: 'sms', address: 'phone', values: { sender: '', type: '3' }, secrets: ['token'] },
    request: {
      url: 'https://api.speedsms.vn/index.php/sms/send',
      basic: { user: '{secret.token}', password: 'x' },
      body: '{"to":["{phone84}"],"content":"{text}","sms_type":{value.type},"sender":"{value.sender}"}'
    },
    answer: {
      code: [{ json: 'code' }, { json: 'status' }],
      outcomes: {
        ...{ '00': 'sent', '105': 'recipient', '300': 'channel', '500': 'unavailable' },
        ...{
          '007': 'channel',
          '008': 'channel',
          '009': 'channel',
          '101': 'channel',
          '110': 'channel',
          '113': 'channel'
        }
      },
      reference: { json: 'data.tranId' }
    },
    report: {
      ...{ reference: { json: 'tranId' }, state: { json: 'status' }, reached: ['0'], failed: [] }
    },
    check: {
      request: {
        ...{ method: 'GET', url: 'https://api.speedsms.vn/index.php/user/info' },
        basic: { user: '{secret.token}', password: 'x' }
      },
      amount: { field: { text: '"balance": *([0-9.]+)' }, least: 10_000 }
    }
  }
}

const viettel: Preset = {
  name: 'Viettel Bulk SMS',
  asks: ['host', 'user', 'cpCode', 'brand'],
  source: 'Public clients of wsCpMt; address and permitted addresses of the sender are by contract',
  settings: {
    ...{
      medium: 'sms',
      address: 'phone',
      values: { host: '', user: '', cpCode: '', brand: '' },
      secrets: ['password']
    },
    request: {
      url: 'http://{value.host}/bulkapi',
      ...{ format: 'xml', headers: { SOAPAction: '""' } },
      body: `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:impl="http://impl.bulkSms.ws/"><soapenv:Header/><soapenv:Body><impl:wsCpMt><User>{value.user}</User><Password>{secret.password}</Password><CPCode>{value.cpCode}</CPCode><RequestID>1</RequestID><UserID>{phone84}</UserID><ReceiverID>{phone84}</ReceiverID><ServiceID>{value.brand}</ServiceID><CommandCode>bulksms</CommandCode><Content>{text}</Content><ContentType>0</ContentType></impl:wsCpMt></soapenv:Body></soapenv:Envelope>`
    },
    answer: {
      code: [{ xml: 'result' }, { xml: 'faultcode' }],
      outcomes: { '1': 'sent' },
      /** SOAP says a fault with status 500. */
      statuses: { '500': 'channel' }
    }
  }
}

const zaloOa: Preset = {
  name: 'Zalo Official Account',
  asks: ['appId'],
  source: "Zalo's public documentation of 2026-09 for consultation messages; codes of one integrator's list",
  settings: {
    ...{ medium: 'chat', address: 'account', values: { appId: '' }, secrets: ['appSecret', 'refreshToken'] },
    token: {
      request: {
        url: 'https://oauth.zaloapp.com/v4/oa/access_token',
        ...{ format: 'form', headers: { secret_key: '{secret.appSecret}' } },
        body: 'refresh_token={secret.refreshToken}&app_id={value.appId}&grant_type=refresh_token'
      },
      ...{ access: { json: 'access_token' }, refresh: { json: 'refresh_token' }, lifeS: { json: 'expires_in' } },
      refusedBy: ['-124', '-201', '-216', '-220']
    },
    request: {
      url: 'https://openapi.zalo.me/v3.0/oa/message/cs',
      headers: { access_token: '{secret.accessToken}' },
      body: '{"recipient":{"user_id":"{account}"},"message":{"text":"{message}"}}'
    },
    answer: {
      code: [{ json: 'error' }],
      outcomes: {
        ...{
          '0': 'sent',
          '-201': 'channel',
          '-202': 'channel',
          '-203': 'channel',
          '-204': 'channel',
          '-205': 'channel'
        },
        ...{ '-206': 'channel', '-207': 'recipient', '-213': 'recipient', '-216': 'channel', '-220': 'channel' },
        ...{ '-230': 'recipient', '-211': 'not-now', '-32': 'not-now' }
      },
      reference: { json: 'data.message_id' }
    },
    report: {
      ...{ reference: { json: 'message.msg_id' }, state: { json: 'event_name' } },
      ...{ reached: ['user_received_message', 'user_seen_message'], failed: [] }
    },
    reply: { from: { json: 'sender.id' }, text: { json: 'message.text' } }
  }
}

const zaloBot: Preset = {
  name: 'Zalo Bot',
  asks: [],
  source: "Zalo's documentation of bots, docs.zaloplatforms.com/docs/BOT, of 2026-10",
  settings: {
    ...{ medium: 'chat', address: 'account', secrets: ['token'] },
    request: {
      url: 'https://bot-api.zaloplatforms.com/bot{secret.token}/sendMessage',
      body: '{"chat_id":"{account}","text":"{message}"}'
    },
    answer: {
      code: [{ json: 'error_code' }, { json: 'ok' }],
      outcomes: {
        ...{ true: 'sent', '400': 'recipient', '401': 'channel', '403': 'recipient', '404': 'channel' },
        ...{ '408': 'unavailable', '429': 'not-now', '500': 'unavailable' }
      },
      reference: { json: 'result.message_id' }
    },
    check: {
      request: { url: 'https://bot-api.zaloplatforms.com/bot{secret.token}/getMe', body: '{}' },
      ...{ code: { json: 'ok' }, good: ['true'] }
    },
    reply: { from: { json: 'message.chat.id' }, text: { json: 'message.text' } }
  }
}

const telegram: Preset = {
  name: 'Telegram',
  asks: [],
  source:
    'Telegram Bot API; carriers in Việt Nam block it since 2025-05: through a proxy, and never as the only channel',
  settings: {
    ...{ medium: 'chat', address: 'account', secrets: ['token'] },
    request: {
      url: 'https://api.telegram.org/bot{secret.token}/sendMessage',
      body: '{"chat_id":"{account}","text":"{message}","disable_notification":false}'
    },
    answer: {
      code: [{ json: 'error_code' }, { json: 'ok' }],
      outcomes: {
        ...{
          true: 'sent',
          '400': 'recipient',
          '401': 'channel',
          '403': 'recipient',
          '404': 'channel',
          '429': 'not-now'
        },
        ...{ '500': 'unavailable', '502': 'unavailable' }
      },
      ...{ reference: { json: 'result.message_id' }, retryAfterS: { json: 'parameters.retry_after' } }
    },
    check: {
      request: { method: 'GET', url: 'https://api.telegram.org/bot{secret.token}/getMe' },
      ...{ code: { json: 'ok' }, good: ['true'] }
    },
    reply: { from: { json: 'message.chat.id' }, text: { json: 'message.text' } }
  }
}

const voiceCall: Preset = {
  name: 'Voice call',
  asks: ['host', 'caller'],
  source: 'No common shape: the fields most providers share; compare with your contract and change what differs',
  settings: {
    ...{ medium: 'voice', address: 'phone', values: { host: '', caller: '', voice: 'female' }, secrets: ['apiKey'] },
    request: {
      url: 'https://{value.host}/calls',
      headers: { Authorization: 'Bearer {secret.apiKey}' },
      body: '{"from":"{value.caller}","to":"{phone84}","text":"{speech}","voice":"{value.voice}","request_id":"{key}","callback_url":"{reportUrl}"}'
    },
    answer: {
      ...{ code: [{ json: 'status' }], reference: { json: 'call_id' } },
      outcomes: { success: 'sent', queued: 'sent', invalid_number: 'recipient', no_balance: 'channel' }
    },
    report: {
      ...{ reference: { json: 'call_id' }, state: { json: 'status' } },
      ...{ reached: ['answered', 'key_pressed'], failed: ['busy', 'no_answer', 'rejected', 'failed', 'machine'] }
    }
  }
}

const androidGateway: Preset = {
  name: 'SMS Gateway for Android',
  asks: ['host', 'user'],
  source: 'SMS Gateway for Android, local server mode: a phone on the own network, which Sen must be allowed to reach',
  settings: {
    ...{ medium: 'sms', address: 'phone', values: { host: '', user: '' }, secrets: ['password'] },
    request: {
      url: 'http://{value.host}/message',
      basic: { user: '{value.user}', password: '{secret.password}' },
      body: '{"id":"{key}","textMessage":{"text":"{text}"},"phoneNumbers":["{phone}"],"withDeliveryReport":true}'
    },
    answer: {
      ...{ code: [{ json: 'state' }], reference: { json: 'id' } },
      outcomes: { Pending: 'sent', Processed: 'sent', Sent: 'sent', Delivered: 'reached', Failed: 'channel' },
      /** The same id again: it has it already. */
      statuses: { '409': 'sent' }
    },
    poll: {
      request: {
        ...{ method: 'GET', url: 'http://{value.host}/message/{reference}' },
        basic: { user: '{value.user}', password: '{secret.password}' }
      },
      ...{ state: { json: 'state' }, reached: ['Delivered'], failed: ['Failed'] }
    },
    check: {
      request: {
        ...{ method: 'GET', url: 'http://{value.host}/health' },
        basic: { user: '{value.user}', password: '{secret.password}' }
      },
      ...{ code: { json: 'status' }, good: ['pass', 'warn'] }
    },
    /** Its webhook `sms:received`. */
    reply: { from: { json: 'payload.phoneNumber' }, text: { json: 'payload.message' } }
  }
}

/** Gateways whose settings are shipped and tested; the keys are part of the API. */
export const presets: Readonly<Record<string, Preset>> = {
  speedsms: speedSms,
  'viettel-bulk-sms': viettel,
  'zalo-oa': zaloOa,
  'zalo-bot': zaloBot,
  telegram,
  'voice-call': voiceCall,
  'android-sms-gateway': androidGateway
}
