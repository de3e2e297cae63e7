// Taking a model with you: the HTML page that is downloaded answers as the page that made it,
// opened from the disk with no network there is.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { browser, judged, phase, press, profile, serve, shot, text, tiny, visit, watch } from './lib.mjs'

let server, home, context, dir
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir); dir = await mkdtemp(join(tmpdir(), 'clove-take-')) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove(); await rm(dir, { recursive: true, force: true }) })

// take downloads the model in a form, as a file on the disk.
async function take(page, form, name) {
  await page.locator('.take summary').click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.take').getByRole('button', { name: form }).click()])
  assert.match(download.suggestedFilename(), new RegExp(`${name.replaceAll('.', '\\.')}$`))
  const path = join(dir, download.suggestedFilename())
  await copyFile(await download.path(), path)
  assert.equal(await page.locator('.take').getAttribute('open'), null, 'the menu is still open')
  return path
}

test('one HTML page answers as the playground does, offline', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  const path = await take(page, 'One HTML page', 'int8.html')
  await page.fill('#say', 'Rosalind')
  await judged(page, 'Rosalind')
  await page.waitForFunction(() => /^\d\.\d\d$/.test(document.querySelector('.score.small-one .score-num').textContent))
  const score = await text(page, '.score.small-one .score-num')
  await page.close()

  await context.setOffline(true)
  const alone = await context.newPage(), errors = watch(alone), asked = []
  alone.on('request', r => { if (!r.url().startsWith('file:')) asked.push(r.url()) })
  await alone.goto(pathToFileURL(path).href)
  assert.equal(await text(alone, '#label'), '–')
  await alone.locator('#say').pressSequentially('Rosalind')
  await alone.waitForFunction(() => document.querySelectorAll('#tint mark').length === 8)
  const last = await alone.locator('#labels .num').last().innerText()
  assert.ok(Math.abs(parseFloat(last) / 100 - Number(score)) < 0.011, `${last} there, ${score} here`)
  assert.match(await text(alone, '#facts'), /int8/)
  await shot(alone, 'take-light')
  await alone.setViewportSize({ width: 390, height: 780 })
  await alone.emulateMedia({ colorScheme: 'dark' })
  await alone.locator('#lang').click()
  assert.match(await text(alone, 'main'), /输入一句话/)
  assert.match(await text(alone, '#labels'), /女名[\s\S]*男名/, 'labels have their names in both languages')
  assert.ok(await alone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways on a phone')
  await shot(alone, 'take-phone-dark-zh')
  assert.deepEqual([errors, asked], [[], []])
  await alone.close()
  await context.setOffline(false)
})

test('the other forms are files with the weights decoded', async () => {
  const page = await visit(context, server.url)
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  const onnx = await readFile(await take(page, 'ONNX', '.onnx'))
  assert.ok(onnx.includes('clove.vocabulary') && onnx.includes('LSTM'))
  const f32 = await readFile(await take(page, 'Decoded weights', '-f32.safetensors'))
  const header = JSON.parse(f32.subarray(8, 8 + Number(f32.readBigUInt64LE(0))))
  delete header.__metadata__
  assert.ok(Object.values(header).every(t => t.dtype === 'F32'), JSON.stringify(header))
  await page.setViewportSize({ width: 390, height: 780 })
  await page.locator('.take summary').click()
  const box = await page.locator('.take > div').boundingBox()
  assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y >= 0 && box.y + box.height <= 780, JSON.stringify(box))
  await shot(page, 'take-menu-phone')
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('.take').getAttribute('open'), null, 'Esc leaves the menu open')
  await page.locator('.take summary').click()
  await page.locator('.bench').click({ position: { x: 5, y: 5 } })
  assert.equal(await page.locator('.take').getAttribute('open'), null, 'a press elsewhere leaves the menu open')
  await page.close()
})
