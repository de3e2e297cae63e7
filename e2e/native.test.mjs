// The same Spec on the server's engine, beside the tab's.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, fact, phase, plain, press, profile, serve, text, tiny, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

test('the native engine trains the same Spec to the same weights, its curve beside the tab’s', { skip: plain && 'needs clove serve' }, async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await page.getByRole('button', { name: /native/i }).first().click()
  await page.waitForFunction(() => /Natively the same bits/.test(document.querySelector('.c-train').textContent), null, { timeout: 60_000 })
  assert.match(await fact(page, 'train', 'native speed') ?? await text(page, '.c-train'), /texts\/s/)
  assert.ok(await page.locator('.c-train .l-native').count() >= 1)
  await page.close()
})

test('a person’s own text is sent to the server only after a press that says so', { skip: plain && 'needs clove serve' }, async () => {
  const page = await visit(context, server.url)
  const sent = []
  page.on('request', r => { if (r.method() === 'PUT') sent.push(r.url()) })
  context.on('request', r => { if (r.method() === 'PUT') sent.push(r.url()) })
  await press(page, 'Your own text')
  await press(page, 'Paste text')
  await page.fill('#paste', Array.from({ length: 120 }, (_, i) => `${i % 2 ? 'hot' : 'cold'}, number ${i} ${i % 2 ? 'sun fire' : 'ice snow'}`).join('\n'))
  await press(page, 'Use this text')
  await page.waitForFunction(() => /texts, 2 labels/.test(document.querySelector('.now').textContent))
  await press(page, 'Train on your text')
  await phase(page, 'trained')
  await page.getByRole('button', { name: /native/i }).first().click()
  await page.waitForFunction(() => /[Ss]end/.test(document.querySelector('.now').textContent))
  assert.deepEqual(sent, [])
  await page.locator('.now .btn.go').click()
  await page.waitForFunction(() => /Natively the same bits/.test(document.querySelector('.c-train').textContent), null, { timeout: 60_000 })
  assert.ok(sent.length > 0)
  await page.close()
})

test('where the server comes to other bits, that is an alarm with both hashes', { skip: plain && 'needs clove serve' }, async () => {
  const apart = await profile(), other = await browser(apart.dir, { serviceWorkers: 'block' })
  const page = await visit(other, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await other.route('**/api/runs/*/events', async route => {
    const body = await (await route.fetch()).text()
    await route.fulfill({ contentType: 'text/event-stream', body: body.replace(/("weights_sha256":")[0-9a-f]{8}/g, '$1deadbeef') })
  })
  await press(page, 'Verify natively')
  await phase(page, 'notice')
  assert.match(await text(page, '.now .notice'), /other bits[^]*dead beef/)
  await press(page, 'All right')
  await phase(page, 'trained')
  assert.match(await text(page, '.c-train'), /Natively other bits: dead beef/)
  await page.close()
  await other.close()
  await apart.remove()
})

test('where no server answers, the page says how the hash is checked', { skip: plain && 'needs clove serve' }, async () => {
  const apart = await profile(), other = await browser(apart.dir, { serviceWorkers: 'block' })
  await other.route('**/api/info', route => route.fulfill({ status: 404, body: '' }))
  const page = await visit(other, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  assert.match(await text(page, '.c-train'), /clove train prints the same hash/)
  assert.equal(await page.getByRole('button', { name: 'Verify natively' }).count(), 0)
  await page.close()
  await other.close()
  await apart.remove()
})
