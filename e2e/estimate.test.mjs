// What is told before the press: how long a run will take here, and how much memory.
// Figures are printed, not asserted: other programs share the machine.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { alive, browser, phase, press, profile, serve, set, text, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

const seconds = s => { const [, n, unit] = s.match(/([\d.,]+)\s(s|min)/); return Number(n.replaceAll(',', '')) * (unit === 'min' ? 60 : 1) }
const megabytes = s => { const [, n, unit] = s.match(/([\d.,]+)\s(KB|MB|GB)/); return Number(n) * { KB: 0.001, MB: 1, GB: 1000 }[unit] }
const told = async page => {
  await page.waitForFunction(() => /about .*\d.* here · .*\d/.test(document.querySelector('.now .estimate')?.textContent ?? ''), null, { timeout: 60_000 })
  const line = await text(page, '.now .estimate')
  const [time, memory] = line.split('·')
  return { line, seconds: seconds(time), bytes: megabytes(memory) }
}
const memory = async page => megabytes((await text(page, '.status')).match(/worker\s[\d.]+\s\wB/)[0])

test('time and memory are told before the press, and again after a run', { timeout: 300_000 }, async () => {
  const page = await visit(context, server.url)
  for (const [source, button] of [['names', 'Train on names'], ['mail', 'Train a spam judge'], ['mail', 'Train a spam judge']]) {
    await page.reload()
    await alive(page)
    await page.selectOption('#ds', source)
    const before = await told(page)
    await press(page, button)
    await phase(page, 'trained')
    const took = seconds((await text(page, '.now .say-now')).match(/[\d.,]+\s(s|min)/)[0])
    console.log(`# ${source}: told “${before.line}”, took ${took} s and ${await memory(page)} MB: ${(before.seconds / took).toFixed(2)} of the time, ${(before.bytes / await memory(page)).toFixed(2)} of the memory`)
  }
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('what is known of a machine is told at once on the next visit, and follows the settings', async () => {
  const page = await visit(context, server.url)
  await page.selectOption('#ds', 'names')
  const five = await told(page)
  await set(page, { 'train.epochs': 50 })
  await page.waitForFunction(was => document.querySelector('.now .estimate').textContent !== was && /\d/.test(document.querySelector('.now .estimate').textContent), five.line)
  const fifty = await told(page)
  assert.ok(fifty.seconds > 4 * five.seconds, `${five.line}, then ${fifty.line}`)
  await page.close()
})
