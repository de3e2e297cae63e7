// Where a run trains: on the CPU, on the card, on the faster, on both; and what becomes of it
// when the card fails. Chromium's software adapter plays the card.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, fact, flags, phase, press, profile, serve, set, shot, step, text, tiny, visit } from './lib.mjs'
import { desktop, dress, phone, sound } from './looks.mjs'

const carded = { args: [...flags.filter(f => f !== '--disable-gpu'), '--enable-unsafe-webgpu'], serviceWorkers: 'block' }
let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir, carded) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

// opened is a page whose worker keeps the cards that it was given in self.cards; before the
// worker asks for one, fault breaks something there.
async function opened(fault = () => {}) {
  const page = await context.newPage()
  page.on('worker', w => {
    if (!/\/worker\./.test(w.url())) return
    page.program = w
    w.evaluate(() => {
      const ask = GPUAdapter.prototype.requestDevice
      self.cards = []
      GPUAdapter.prototype.requestDevice = async function (...args) {
        const card = await ask.apply(this, args)
        self.cards.push(card)
        return card
      }
    }).then(() => w.evaluate(fault)).catch(() => {})
  })
  await visit({ newPage: () => page }, server.url)
  await tiny(page)
  return page
}

const device = async (page, where) => { await set(page, { device: where }) }
const known = page => page.waitForFunction(() => /^(GPU: |There is no GPU)/.test(document.getElementById('f-device-card').textContent))

test('the card is named, trains when chosen, and its hash promises nothing', async () => {
  const page = await opened()
  await device(page, 'gpu')
  await known(page)
  assert.match(await text(page, '#f-device-card'), /^GPU: .*(bits of its own)/)
  await press(page, 'Train on names')
  await phase(page, 'training', 'trained')
  await page.waitForFunction(() => /^GPU, /.test(document.querySelector('.status').textContent) || document.getElementById('clove').dataset.state === 'trained')
  await phase(page, 'trained')
  assert.match(await text(page, '.c-train .info'), /Trained on a GPU: its bits are its own/)
  assert.deepEqual(page.errors, [])
  await page.reload()
  assert.equal(await page.locator('#f-device').inputValue(), 'gpu', 'the choice is kept')
  await page.close()
})
