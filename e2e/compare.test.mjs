// Compare: every variant on one map, walked by keys; a text whose answer changed becomes
// the sentence and goes back; filters hide; two models read the same words.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { browser, phase, plain, press, profile, serve, shot, tiny, visit } from './lib.mjs'
import { portray } from './looks.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

const hash = page => page.evaluate(() => location.hash)
const open = page => page.waitForSelector('.board[data-room=compare] #room')
const cell = (page, id) => page.locator(`#cell-${id}`)
const finds = (page, id, words) => page.waitForFunction(([id, words]) => new RegExp(words).test(document.querySelector(`#cell-${id} .find`)?.textContent ?? ''), [id, words.source])
const chosen = page => page.locator('.rail .var tr.sel td').first().innerText()
const points = page => page.locator('#walk .spot').count()

// made trains on a few names and makes these variants of the model.
async function made(page, ...pipelines) {
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  for (const [i, pipeline] of pipelines.entries()) {
    await page.keyboard.press('Escape')
    await page.locator('#to-compress').click()
    await page.fill('#f-compress', pipeline)
    await page.keyboard.press('Tab')
    await page.locator('#say').focus() // the field tells its value as it is left
    await press(page, 'Make it smaller')
    await page.waitForFunction(n => document.getElementById('clove').dataset.state === 'compressed' && document.querySelector('.c-compare header').textContent.includes(`${n} variants`), i + 2)
    await page.locator('#to-compress').click()
  }
}

test('the map is walked by keys, filtered, and what is chosen is the page\'s', async () => {
  const page = await visit(context, server.url)
  await made(page, 'quantize=int8', 'prune=0.95,quantize=int4')
  await page.keyboard.press('6')
  await open(page)
  assert.equal(await hash(page), '#room=compare')
  assert.equal(await points(page), 3)
  assert.match(await cell(page, 'map').locator('.find').innerText(), /Down to|None stays/)
  const small = await chosen(page)
  assert.match(small, /^prune 95/)

  await page.locator('#walk').focus()
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
  await page.waitForFunction(name => document.querySelector('.rail .var tr.sel td').textContent !== name, small)
  await page.keyboard.press('Home')
  await page.waitForFunction(name => document.querySelector('.rail .var tr.sel td').textContent === name, small)
  assert.match(await page.locator('.score.small-one .score-name').innerText(), /prune 95/)
  assert.match(await page.locator('.now .btn.go').innerText(), /^Download/)
  await page.locator('#walk .spot').nth(1).locator('.hit').click()
  await page.waitForFunction(() => document.querySelector('.rail .var tr.sel td').textContent === 'int8')

  const before = await page.locator('#walk .d-val, #walk .d-sel, #walk .d-out').evaluateAll(c => c.map(e => e.getAttribute('cy')))
  await page.locator('#kind-pruned').uncheck()
  await page.waitForFunction(() => document.querySelectorAll('#walk .spot').length === 2)
  const left = await page.locator('#walk .d-val, #walk .d-sel, #walk .d-out').evaluateAll(c => c.map(e => e.getAttribute('cy')))
  assert.deepEqual(left, before.slice(0, 2), 'a filter hides and never rescales')
  assert.match(await hash(page), /without=pruned/)
  await page.reload()
  await page.waitForFunction(() => document.getElementById('kind-pruned')?.checked === false, null, { timeout: 60_000 })
  await page.locator('#kind-pruned').check()
  await page.waitForFunction(() => !location.hash.includes('without'))
  await page.close()
})

test('a text whose answer changed becomes the sentence, and goes back; the list is filtered by the address', async () => {
  const page = await visit(context, server.url)
  await made(page, 'prune=0.97,quantize=int4')
  await page.keyboard.press('6')
  await open(page)
  await page.waitForFunction(() => document.querySelectorAll('#cell-flips tbody tr').length > 0)
  const rows = () => page.locator('#cell-flips tbody tr').count()
  const all = await rows()
  assert.ok(all <= 6)
  await page.locator('#cell-flips tbody tr').first().scrollIntoViewIfNeeded() // where they are read
  await page.waitForFunction(() => document.querySelectorAll('#cell-flips tbody mark').length > 0)

  const was = await page.locator('#say').inputValue()
  const pressed = await page.locator('#cell-flips tbody tr .link').first().innerText()
  await page.locator('#cell-flips tbody tr .link').first().click()
  await page.waitForFunction(text => document.getElementById('say').value === text, pressed)
  await finds(page, 'two', /part|apart/)
  await page.waitForFunction(() => document.querySelectorAll('#cell-two .l-small, #cell-two .l-val').length === 2)
  await page.locator('#say-back').click()
  await page.waitForFunction(text => document.getElementById('say').value === text, was)

  await cell(page, 'flips').getByRole('button', { name: /^now wrong/ }).click()
  await page.waitForFunction(() => [...document.querySelectorAll('#cell-flips tbody tr td:last-child')].every(td => td.textContent === 'wrong'))
  assert.match(await hash(page), /way=wrong/)
  await page.locator('#flips-find').fill('zzzz')
  await page.waitForFunction(() => document.querySelectorAll('#cell-flips tbody tr').length === 0)
  assert.match(await hash(page), /q=zzzz/)
  assert.equal(await page.evaluate(() => document.activeElement.id), 'flips-find', 'the field keeps the focus while one types')
  await page.locator('#flips-find').fill('')
  await page.selectOption('#flips-order', 'near')
  await page.waitForFunction(() => /order=near/.test(location.hash) && document.querySelectorAll('#cell-flips tbody tr').length > 0)

  await page.selectOption('#look-right', { index: 0 })
  await finds(page, 'two', /never more than 0\.0/)
  const [csv] = await Promise.all([page.waitForEvent('download'), press(page, 'Save as CSV')])
  assert.match(await readFile(await csv.path(), 'utf8'), /^name,pipeline,bytes[\s\S]*\n"?prune 97 · int4"?,/)
  assert.match(await cell(page, 'report').innerText(), /McNemar/)
  assert.match(await cell(page, 'engines').innerText(), /Only this tab/)
  if (!plain) {
    await cell(page, 'engines').getByRole('button', { name: 'Verify natively' }).click()
    await finds(page, 'engines', /same weights to the bit/)
    assert.match(await cell(page, 'engines').innerText(), /0: same bits/)
  }
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('the room as it looks: nothing jumps, no fault of accessibility, no sideways scroll', async () => {
  const page = await visit(context, server.url)
  await page.keyboard.press('6')
  await open(page)
  await shot(page, 'room-compare-fresh', { fullPage: true })
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  await page.locator('#cell-flips tbody tr').first().scrollIntoViewIfNeeded() // where they are read
  await page.waitForFunction(() => document.querySelectorAll('#cell-flips tbody mark').length > 0)
  await finds(page, 'two', /part|apart/)
  await portray(page, 'room-compare')
  assert.deepEqual(page.errors, [])
  await page.close()
})
