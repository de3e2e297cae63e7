// Nothing is lost: reload, a killed tab, two tabs at once. A stopped server: offline.test.mjs.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { alive, browser, fact, judged, phase, press, profile, serve, step, text, tiny, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

const openHistory = async page => { if (await page.locator('#drawer').isHidden()) await page.locator('#hist').click() }
const hash = page => fact(page, 'train', 'weights')
const long = { 'data.limit': 2000, 'train.epochs': 60, 'model.hidden': 16 }

test('after a reload a trained model is listed, loads and predicts the same', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await page.fill('#say', 'Rosalind')
  await judged(page, 'Rosalind')
  const table = () => page.locator('.c-model .tbl table').first().evaluate(t => t.textContent)
  const before = { hash: await hash(page), score: await text(page, '.score-num'), words: await table() }
  await page.reload()
  await alive(page)
  await openHistory(page)
  await page.locator('#drawer .run').first().getByRole('button', { name: 'Open' }).click()
  await phase(page, 'trained')
  await page.keyboard.press('Escape')
  await page.fill('#say', 'Rosalind')
  await judged(page, 'Rosalind')
  await page.waitForFunction(n => document.querySelector('.score-num').textContent === n, before.score)
  assert.deepEqual({ hash: await hash(page), score: await text(page, '.score-num'), words: await table() }, before)
  await page.close()
})

test('a run whose tab was killed resumes, and ends with the weights of one never stopped', async () => {
  const straight = await visit(context, server.url)
  await tiny(straight, long)
  await press(straight, 'Train on names')
  await phase(straight, 'trained')
  const want = await hash(straight)
  assert.match(want, /[0-9a-f]{4}/)
  await straight.close()

  const killed = await visit(context, server.url)
  await tiny(killed, long)
  await press(killed, 'Train on names')
  await killed.waitForFunction(() => /checkpoint saved at epoch ([2-9]|[1-3]\d)/.test(document.querySelector('.now').textContent))
  const cdp = await context.newCDPSession(killed)
  await Promise.race([cdp.send('Page.crash').catch(() => {}), new Promise(ok => killed.once('crash', ok))])
  await killed.close().catch(() => {})

  const page = await visit(context, server.url)
  await openHistory(page)
  await page.locator('#drawer .run').first().getByRole('button', { name: /Open|Resume/ }).click()
  await phase(page, 'notice')
  assert.match(await text(page, '.now'), /checkpoint of step \d/)
  await page.locator('.now .btn.go').click()
  await phase(page, 'trained')
  assert.equal(await hash(page), want)
  await page.close()
})

test('a paused run survives a reload and ends the same', async () => {
  const page = await visit(context, server.url)
  await tiny(page, long)
  await press(page, 'Train on names')
  await page.waitForFunction(() => /step [1-9]\d+ of/.test(document.querySelector('.now').textContent))
  await press(page, 'Pause')
  await phase(page, 'paused')
  const at = await step(page)
  await page.waitForFunction(() => /checkpoint saved/.test(document.querySelector('.now').textContent))
  await page.reload()
  await alive(page)
  await openHistory(page)
  await page.locator('#drawer .run').first().getByRole('button', { name: /Open|Resume/ }).click()
  await phase(page, 'notice')
  assert.match(await text(page, '.now'), new RegExp(`step ${at.toLocaleString('en')}`))
  await page.locator('.now .btn.go').click()
  await phase(page, 'trained')
  const resumed = await hash(page)
  await page.locator('.now').getByRole('button', { name: 'New run' }).click()
  await tiny(page, long)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  assert.equal(resumed, await hash(page))
  await page.close()
})

test('with two tabs a run has one owner and the other tab watches it', async () => {
  const owner = await visit(context, server.url)
  const watcher = await visit(context, server.url)
  await tiny(owner, { ...long, 'train.epochs': 400 })
  await press(owner, 'Train on names')
  await phase(owner, 'training')
  await openHistory(watcher)
  const run = watcher.locator('#drawer .run').first()
  await run.getByRole('button', { name: 'Watch' }).click()
  await phase(watcher, 'watching')
  const seen = await step(watcher)
  await watcher.waitForFunction(n => Number(document.querySelector('.now').textContent.match(/step ([\d,]+) of/)?.[1].replaceAll(',', '')) > n, seen)
  assert.match(await text(watcher, '.now'), /Another tab is training/)
  await press(owner, 'Cancel')
  await phase(owner, 'notice')
  await owner.close()
  await watcher.close()
})

test('a run is deleted, and the deletion is undone where it was made', async () => {
  const page = await visit(context, server.url)
  await openHistory(page)
  await page.locator('#drawer .run').first().waitFor()
  const n = await page.locator('#drawer .run').count()
  await page.locator('#drawer .run').first().getByRole('button', { name: 'Delete' }).click()
  await page.waitForFunction(n => document.querySelectorAll('#drawer .run').length === n - 1, n)
  await page.locator('#undo').click()
  await page.waitForFunction(n => document.querySelectorAll('#drawer .run').length === n, n)
  await page.close()
})

test('the browser is asked to keep runs once there is one, and the status line tells its answer', async () => {
  for (const [granted, says] of [[false, /may clear it/], [true, /kept in this browser/]]) {
    const home = await profile()
    const context = await browser(home.dir)
    // Whether a browser grants it is its own business: here the test decides.
    await context.addInitScript(granted => {
      window.asked = 0
      navigator.storage.persist = async () => { window.asked++; return granted }
    }, granted)
    const page = await visit(context, server.url)
    assert.match(await text(page, '.status'), /may clear it/)
    assert.equal(await page.evaluate(() => window.asked), 0, 'asked before there is anything to keep')
    for (let run = 0; run < 2; run++) {
      if (run) await press(page, 'New run')
      await tiny(page)
      await press(page, 'Train on names')
      await phase(page, 'trained')
    }
    await page.waitForFunction(says => new RegExp(says).test(document.querySelector('.status').textContent), says.source)
    assert.equal(await page.evaluate(() => window.asked), 1, 'asked once a visit')
    await context.close()
    await home.remove()
  }
})
