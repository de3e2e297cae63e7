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
  await tiny(page, { 'data.limit': 2000, 'train.epochs': 30, 'model.hidden': 16 })
  const train = async () => {
    await press(page, 'Train on names')
    await phase(page, 'training')
    await page.waitForFunction(() => /step [\d,]{2,} of/.test(document.querySelector('.now').textContent))
  }
  const hash = () => fact(page, 'train', 'weights')
  page.program = page.workers().find(w => /\/worker\./.test(w.url()))

  // Hidden from the tenth step to the end, as browsers have it: no frame is drawn, and a timer
  // of the page comes once a second. (Headless, Chromium knows no hidden tab.)
  await train()
  await page.evaluate(() => {
    const later = setTimeout.bind(window), frame = requestAnimationFrame.bind(window), waiting = []
    window.setTimeout = (f, ms, ...more) => later(f, Math.max(1000, ms ?? 0), ...more)
    window.requestAnimationFrame = f => waiting.push(f)
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
    window.show = () => {
      window.setTimeout = later
      window.requestAnimationFrame = frame
      delete document.visibilityState
      document.dispatchEvent(new Event('visibilitychange'))
      for (const f of waiting.splice(0)) frame(f)
    }
  })
  await page.program.evaluate(() => new Promise(ok => { // the worker ends its run in its own time
    const post = self.postMessage
    self.postMessage = (m, ...more) => {
      post.call(self, m, ...more)
      if (/"event\\?":\\?"done/.test(m.json)) ok()
    }
  }))
  await page.evaluate(() => window.show())
  await phase(page, 'trained')
  const whole = await hash()

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
  await page.program.evaluate(() => {
    const now = performance.now.bind(performance)
    performance.now = () => now() + 86_400_000
  })
  await page.waitForFunction(before => Number(document.querySelector('.now').textContent.match(/step ([\d,]+) of/)?.[1].replaceAll(',', '') ?? 1e9) > before, before)
  await phase(page, 'trained')
  assert.equal(await hash(), whole, 'a day later')
  assert.deepEqual(page.errors, [])
  await page.close()
})
