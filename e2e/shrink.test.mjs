// Shrinking: each variant has its own accuracy, bytes and latency beside the original's.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { browser, phase, press, profile, serve, text, tiny, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

const rows = page => page.locator('.c-compare .var tbody tr:not([aria-hidden=true])').evaluateAll(trs => trs.map(tr => [...tr.cells].map(td => td.textContent.trim())))

test('the second starter makes the built-in model smaller', async () => {
  const page = await visit(context, server.url)
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  const [original, small] = await rows(page)
  assert.match(original[0], /original/)
  assert.match(small[0], /prune 80/)
  for (const row of [original, small]) {
    assert.match(row[1], /\d\d\.\d.*±/, 'accuracy with its interval')
    assert.match(row[2], /KB/)
    assert.match(row[4], /\d\.\d/, 'latency measured here')
  }
  assert.match(await text(page, '.now'), /times smaller[\s\S]*changed its mind on/)
  await page.waitForFunction(() => /\d\.\d\d/.test(document.querySelector('.score.small-one').textContent))
  await page.close()
})

test('the steps of the plan are added, moved and removed by keyboard, and the plan is what runs', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  const names = () => page.locator('.steps li button.link').allInnerTexts()
  assert.deepEqual(await names(), ['Prune', 'Fine-tune', 'Int8'])
  await page.locator('#step-0').click()
  await page.locator('#step-0').press('Alt+ArrowDown')
  await page.waitForFunction(() => document.querySelector('#step-0').textContent === 'Fine-tune')
  await page.locator('#step-1').click()
  await page.locator('#step-1').press('Alt+ArrowUp')
  await page.waitForFunction(() => document.querySelector('#step-0').textContent === 'Prune')
  await page.locator('#step-1').click()
  await page.locator('#step-1').press('Delete')
  await page.waitForFunction(() => document.querySelectorAll('.steps li button.link').length === 2)
  await page.fill('#plan-0', '50 %')
  await page.locator('#plan-0').press('Tab')
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  assert.match((await rows(page))[1][0], /prune 50 · int8/)
  await page.close()
})

test('the download is the file whose bytes are shown, and it comes back by dropping it', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.now .btn.go').click()])
  assert.match(download.suggestedFilename(), /\.safetensors$/)
  const bytes = await readFile(await download.path())
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))))
  assert.ok(header.__metadata__, 'no metadata in the safetensors file')
  const shown = (await rows(page))[1][2]
  assert.match(shown, new RegExp(`^${(bytes.length / 1000).toFixed(bytes.length < 9950 ? 1 : 0)}`), `${bytes.length} bytes are shown as ${shown}`)
  await page.fill('#say', 'Rosalind')
  await page.waitForFunction(() => document.querySelectorAll('.say-tint mark').length === 8)
  await page.waitForFunction(() => [...document.querySelectorAll('.score-num')].every(e => /^\d\.\d\d$/.test(e.textContent) && e.getAttribute('aria-busy') === 'false'))
  const score = await text(page, '.score.small-one .score-num')

  const other = await visit(context, server.url)
  await other.fill('#say', 'Rosalind')
  const transfer = await other.evaluateHandle(b64 => {
    const t = new DataTransfer()
    t.items.add(new File([Uint8Array.from(atob(b64), c => c.charCodeAt(0))], 'small.safetensors'))
    return t
  }, bytes.toString('base64'))
  await other.dispatchEvent('body', 'drop', { dataTransfer: transfer })
  await phase(other, 'trained')
  await other.waitForFunction(score => document.querySelector('.score-num').textContent === score, score)
  await other.close()
  await page.close()
})

test('texts whose answer changed are listed with what became of them', async () => {
  const page = await visit(context, server.url)
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  const changed = Number((await text(page, '.now')).match(/changed its mind on ([\d,]+)/)[1].replaceAll(',', ''))
  assert.ok(changed > 0)
  await page.waitForFunction(() => /now (right|wrong)/.test(document.querySelector('.flips article')?.textContent))
  await page.close()
})
