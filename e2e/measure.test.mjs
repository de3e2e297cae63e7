// Measuring this machine: every row becomes a figure, which is there after a
// reload, and the page stays its own all the while.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { alive, browser, fact, judged, phase, press, profile, serve, set, shot, tiny, visit } from './lib.mjs'
import { desktop, dress, phone, sound } from './looks.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

const open = async page => { await page.locator('#measure-link').click(); await page.locator('#measure').waitFor() }
// figures of all rows: name, then what was measured.
const figures = page => page.locator('#measure tbody tr').evaluateAll(rows => rows.map(r => [...r.cells].map(c => c.textContent.trim())))
const measured = page => page.waitForFunction(() => /^today \d\d:\d\d, one worker: /.test(document.querySelector('#measure [role=status]').textContent), null, { timeout: 120_000 })

test('every row becomes a number, Esc closes, and a reload shows them again', async () => {
  const page = await visit(context, server.url)
  await open(page)
  await page.waitForFunction(() => document.activeElement.id === 'measure-close')
  for (const [name, here] of await figures(page)) assert.equal(here, '–', `${name} has a figure before it was measured`)

  await page.locator('#measure-go').click()
  await page.waitForFunction(() => /^measuring, \d+/.test(document.querySelector('#measure [role=status]').textContent))
  await page.fill('#say', 'It answers meanwhile.')
  await judged(page, 'It answers meanwhile.')
  await measured(page)
  const rows = await figures(page)
  const ceilings = ['f32 matrix', 'LSTM forward', 'one training step']
  for (const [name, here, there, of] of rows) {
    assert.match(here, /^[\d,.]+$/, `${name} here`)
    assert.match(there, /^([\d,.]+|–)$/, name)
    if (ceilings.some(c => name.startsWith(c))) assert.match(of, /^\d+\s%$/, `${name} of the ceiling`)
  }
  assert.match(await page.locator('#measure').innerText(), /Fast arithmetic would be \d\.\d\s×|no fast arithmetic/)

  await page.locator('#measure-go').focus()
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.getElementById('measure').hidden && document.activeElement.id === 'measure-link')
  await page.reload()
  await alive(page)
  await open(page)
  await measured(page)
  assert.deepEqual(await figures(page), rows)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('a measurement is cancelled, and gives way to a training', async () => {
  const page = await visit(context, server.url)
  await open(page)
  const before = await figures(page)
  await page.locator('#measure-go').click()
  await page.getByRole('complementary').getByRole('button', { name: 'Cancel' }).click()
  await page.waitForFunction(() => document.getElementById('measure-go').textContent === 'Measure this machine')
  assert.deepEqual(await figures(page), before, 'what was measured before is still there')
  await page.locator('#measure-go').click()
  await page.keyboard.press('Escape')
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  assert.equal(await page.locator('#measure-go').textContent(), 'Measure this machine')
  await page.close()
})

test('while a run is in progress the panel says why it does not measure', async () => {
  const page = await visit(context, server.url)
  await tiny(page, { 'train.epochs': 1000 })
  await press(page, 'Train on names')
  await phase(page, 'training')
  await open(page)
  await page.locator('#measure-go').click()
  await page.waitForFunction(() => /running already/.test(document.querySelector('#measure .why').textContent))
  await page.keyboard.press('Escape')
  await press(page, 'Cancel')
  await phase(page, 'notice')
  await page.close()
})

test('fast arithmetic is a setting of Train, and what it gives up is said', async () => {
  const page = await visit(context, server.url)
  await tiny(page, { arithmetic: 'fast' })
  await press(page, 'Train on names')
  await phase(page, 'trained')
  assert.match(await fact(page, 'train', 'weights'), /^[0-9a-f ]{14}$/)
  assert.match(await page.locator('.c-train .info').innerText(), /this machine only/)
  await set(page, { arithmetic: 'strict' })
  await page.close()
})

test('the panel as it looks', async () => {
  const page = await visit(context, server.url)
  await open(page)
  await measured(page)
  for (const [name, size, scheme, lang] of [['light', desktop, 'light'], ['dark', desktop, 'dark'], ['phone', phone, 'light'], ['zh', desktop, 'light', 'zh'], ['phone-zh-dark', phone, 'dark', 'zh']]) {
    await dress(page, { size, scheme, lang })
    await shot(page, `measure-${name}`)
    await sound(page, name)
    const over = await page.locator('#measure').evaluate(e => e.scrollWidth - e.clientWidth)
    assert.ok(over <= 0, `${name}: the panel scrolls sideways by ${over}`)
  }
  await page.evaluate(() => document.getElementById('lang').click())
  await page.close()
})
