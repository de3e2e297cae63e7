// A hidden tab trains on, and a laptop that sleeps loses nothing: a page that is frozen in
// mid-run, the clock going on, wakes at the very step and ends with the same weights.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, fact, phase, press, profile, serve, step, tiny, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

test('a tab that is hidden trains on, and one that is frozen for a while goes on at its step, to the same weights', async () => {
  const page = await visit(context, server.url)
  const cdp = await context.newCDPSession(page)
  await tiny(page, { 'data.limit': 2000, 'train.epochs': 40, 'model.hidden': 16 })
  const train = async () => {
    await press(page, 'Train on names')
    await phase(page, 'training')
    await page.waitForFunction(() => /step [\d,]{2,} of/.test(document.querySelector('.now').textContent))
  }
  const hash = () => fact(page, 'train', 'weights')
  const visible = state => page.waitForFunction(state => document.visibilityState === state, state, { polling: 100 })

  // Hidden from the tenth step to the end.
  const { windowId } = await cdp.send('Browser.getWindowForTarget')
  await train()
  await cdp.send('Browser.setWindowBounds', { windowId, bounds: { windowState: 'minimized' } })
  await visible('hidden')
  await page.waitForFunction(() => document.getElementById('clove').dataset.state === 'trained', null, { polling: 200, timeout: 60_000 })
  assert.equal(await page.evaluate(() => document.visibilityState), 'hidden')
  const whole = await hash()
  await cdp.send('Browser.setWindowBounds', { windowId, bounds: { windowState: 'normal' } })
  await visible('visible')

  // Frozen, as when the lid is closed: nothing runs, the clock does.
  await press(page, 'New run')
  await phase(page, 'fresh')
  await train()
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' })
  await new Promise(ok => setTimeout(ok, 3000))
  await cdp.send('Page.setWebLifecycleState', { state: 'active' })
  await phase(page, 'trained')
  assert.equal(await hash(), whole, 'frozen for three seconds')

  // The worker's clock jumps by a day, as after a night: no wait is over before its time.
  await press(page, 'New run')
  await phase(page, 'fresh')
  await train()
  const before = await step(page)
  await page.workers().find(w => /\/worker\./.test(w.url())).evaluate(() => {
    const now = performance.now.bind(performance)
    performance.now = () => now() + 86_400_000
  })
  await page.waitForFunction(before => Number(document.querySelector('.now').textContent.match(/step ([\d,]+) of/)?.[1].replaceAll(',', '') ?? 1e9) > before, before)
  await phase(page, 'trained')
  assert.equal(await hash(), whole, 'a day later')
  assert.deepEqual(page.errors, [])
  await page.close()
})
