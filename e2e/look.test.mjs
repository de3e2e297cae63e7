// Every state as it looks: pictures in e2e/shots, no accessibility fault, nothing
// that jumps from state to state, no sideways scroll on a phone.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { alive, browser, phase, press, profile, serve, set, shot, tiny, visit } from './lib.mjs'
import { desktop, dress, faults, phone, sound } from './looks.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

const looks = [
  { name: 'light', size: desktop, scheme: 'light', lang: 'en' },
  { name: 'dark', size: desktop, scheme: 'dark', lang: 'en' },
  { name: 'zh', size: desktop, scheme: 'light', lang: 'zh' },
  { name: 'phone', size: phone, scheme: 'light', lang: 'en' },
  { name: 'phone-dark', size: phone, scheme: 'dark', lang: 'en' },
]

// where the parts are, and how high.
const places = page => page.evaluate(() => Object.fromEntries(
  ['.top', '.bench', '.now', '.board', ...['data', 'tokens', 'model', 'train', 'compress', 'compare'].flatMap(c => [`.c-${c}`, `.c-${c} .pic`, `.c-${c} .info`]), '.flips', '.status']
    .map(s => { const b = document.querySelector(s).getBoundingClientRect(); return [s, `${Math.round(b.left)},${Math.round(b.top + scrollY)} ${Math.round(b.width)}×${Math.round(b.height)}`] })))

// portray takes the state's pictures and checks each.
let first
async function portray(page, state) {
  for (const look of looks) {
    await dress(page, look)
    await shot(page, `${state}-${look.name}`)
    await sound(page, `${state}, ${look.name}`)
    if (look.size === desktop) {
      const now = await places(page)
      first ??= {}
      first[look.lang] ??= now
      assert.deepEqual(now, first[look.lang], `${state}, ${look.name}: something moved since the first state`)
    }
  }
  await dress(page, looks[0])
}

test('each state keeps its places, is accessible, and fits a phone', { timeout: 300_000 }, async () => {
  const page = await visit(context, server.url)
  await page.evaluate(() => {
    window.shift = 0
    new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value }).observe({ type: 'layout-shift', buffered: true })
  })
  await portray(page, 'fresh')

  await press(page, 'Your own text')
  await phase(page, 'own')
  await portray(page, 'own')
  await press(page, 'Back to film reviews')
  await phase(page, 'fresh')

  await page.selectOption('#ds', 'names')
  await set(page, { 'data.limit': 4000, 'model.hidden': 12, 'train.epochs': 1000 }) // longer than all its pictures take
  await page.locator('details.set[open] > summary').evaluateAll(all => all.forEach(s => s.click()))
  await press(page, 'Train on names')
  await phase(page, 'training')
  await page.waitForFunction(() => /Epoch [2-9]/.test(document.querySelector('.now').textContent))
  await portray(page, 'training')
  await press(page, 'Pause')
  await phase(page, 'paused')
  await portray(page, 'paused')
  const watcher = await visit(context, server.url)
  await watcher.locator('#hist').click()
  await watcher.locator('#drawer .run').first().getByRole('button', { name: 'Watch' }).click()
  await phase(watcher, 'watching')
  await watcher.keyboard.press('Escape')
  await portray(watcher, 'watching')
  await watcher.close()
  await press(page, 'Cancel')
  await phase(page, 'notice')
  await portray(page, 'notice')
  await press(page, 'New run')
  await phase(page, 'fresh')

  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  await portray(page, 'compressed')
  await page.locator('#hist').click()
  await dress(page, looks[0])
  await shot(page, 'history-light')
  assert.deepEqual(await faults(page), [], 'axe with the drawer open')
  await dress(page, looks[1])
  await shot(page, 'history-dark')
  await page.keyboard.press('Escape')
  await press(page, 'New run')
  await phase(page, 'fresh')

  await tiny(page)
  await page.locator('details.set:not([open]) > summary').evaluateAll(all => all.forEach(s => s.click()))
  await dress(page, looks[0])
  await shot(page, 'settings-light')
  assert.deepEqual(await faults(page), [], 'axe with the settings open')
  await page.locator('details.set[open] > summary').evaluateAll(all => all.forEach(s => s.click()))
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await portray(page, 'trained')
  console.log(`# layout shift of all that, by the browser's own measure: ${(await page.evaluate(() => window.shift)).toFixed(4)}`)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('everything of a first run works by keyboard alone', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  const reach = async (label, shift = false) => {
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press(shift ? 'Shift+Tab' : 'Tab')
      if (await page.evaluate(label => document.activeElement?.textContent?.trim() === label && document.activeElement.tagName === 'BUTTON', label)) return
    }
    assert.fail(`Tab never reaches “${label}”`)
  }
  await page.locator('#say').focus()
  await reach('Train on names')
  await page.keyboard.press('Enter')
  await phase(page, 'trained')
  await page.locator('#say').focus()
  await reach('Make it smaller')
  await page.keyboard.press('Enter')
  await phase(page, 'compressed')
  await page.locator('#hist').focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => !document.getElementById('drawer').hidden)
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.getElementById('drawer').hidden && document.activeElement.id === 'hist')
  await page.close()
})

test('there are words before the program', async () => {
  const html = await (await fetch(server.url)).text()
  for (const word of ['Type a sentence', 'Train a film-review judge', 'Data', 'Compare', 'Nothing leaves this machine']) assert.ok(html.includes(word), word)
})
