// How a page is dressed for a picture, and what is looked for in each.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root, shot } from './lib.mjs'

export const desktop = { width: 1440, height: 900 }, phone = { width: 390, height: 844 }

// dress gives the page a look: {size, scheme, lang}. The button is pressed in the page,
// for it may lie under a panel.
export async function dress(page, { size, scheme, lang }) {
  await page.setViewportSize(size)
  await page.emulateMedia({ colorScheme: scheme })
  const zh = lang === 'zh'
  if (await page.evaluate(() => document.documentElement.lang.startsWith('zh')) !== zh) {
    await page.evaluate(() => document.getElementById('lang').click())
    await page.waitForFunction(zh => document.documentElement.lang.startsWith('zh') === zh, zh)
  }
  await page.evaluate(() => new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(ok))))
}

// sound holds the page to what each look of it must be: without a fault of
// accessibility, and no wider than the window.
export async function sound(page, name) {
  assert.deepEqual(await faults(page), [], `axe in ${name}`)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.ok(over <= 0, `${name}: ${over} px of sideways scroll`)
}

// portray takes a room's pictures, whole, and checks each look of it; each may check more.
export async function portray(page, name, each = async () => {}) {
  for (const [look, size, scheme, lang] of [['light', desktop, 'light'], ['dark', desktop, 'dark'], ['1280', { width: 1280, height: 800 }, 'light'], ['tablet', { width: 1000, height: 800 }, 'light'], ['zh', desktop, 'light', 'zh'], ['zh-1280', { width: 1280, height: 900 }, 'light', 'zh'], ['phone-zh-dark', phone, 'dark', 'zh'], ['phone', phone, 'light']]) {
    await dress(page, { size, scheme, lang })
    await shot(page, `${name}-${look}`, { fullPage: true })
    await sound(page, `${name}, ${look}`)
    await each(size)
  }
}

let axe
export async function faults(page) {
  axe ??= await readFile(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')}`)
}
