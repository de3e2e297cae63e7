// A person's own text, and everything that can be wrong with it.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browser, fact, phase, press, profile, serve, set, text, tiny, visit } from './lib.mjs'

let server, home, context, dir
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir); dir = await mkdtemp(join(tmpdir(), 'clove-own-')) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove(); await rm(dir, { recursive: true, force: true }) })

const words = { hot: ['sun', 'fire', 'desert', 'oven', 'summer'], cold: ['ice', 'snow', 'winter', 'frost', 'fridge'] }
const lines = n => Array.from({ length: n }, (_, i) => {
  const label = i % 2 ? 'hot' : 'cold'
  return [label, `number ${i} speaks of ${words[label][i % 5]} and of ${words[label][(i * 3 + 1) % 5]} at noon`]
})

async function choose(page, name, content) {
  const path = join(dir, name)
  await writeFile(path, content)
  if (await page.locator('#clove').getAttribute('data-state') !== 'own') await press(page, 'Your own text')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.now .btn.go').click()])
  await chooser.setFiles(path)
}

test('a CSV is read, trained on, kept with its run, and survives a reload', async () => {
  const page = await visit(context, server.url)
  await choose(page, 'weather.csv', 'text,label\n' + lines(400).map(([l, t]) => `"${t}",${l}`).join('\n'))
  await page.waitForFunction(() => /weather\.csv is read/.test(document.querySelector('.now').textContent))
  await set(page, { 'train.epochs': 3, 'model.hidden': 8, 'train.rate': 0.01 })
  await press(page, 'Train on your text')
  await phase(page, 'trained')
  assert.match(await fact(page, 'train', 'test accuracy'), /±/)
  const hash = await fact(page, 'train', 'weights')
  await page.reload()
  await page.locator('#hist').click()
  await page.locator('#drawer .run').first().getByRole('button', { name: 'Open' }).click()
  await phase(page, 'trained')
  assert.equal(await fact(page, 'train', 'weights'), hash)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('pasted text is read as a file would be', async () => {
  const page = await visit(context, server.url)
  await press(page, 'Your own text')
  await press(page, 'Paste text')
  await page.fill('#paste', lines(80).map(([l, t]) => `${l}, ${t}`).join('\n'))
  await press(page, 'Use this text')
  await page.waitForFunction(() => /80 texts, 2 labels/.test(document.querySelector('.now').textContent))
  await page.close()
})

for (const [name, content, says] of [
  ['empty.csv', '', /no text|empty/i],
  ['one.csv', 'text,label\n' + lines(60).map(([, t]) => `${t},hot`).join('\n'), /same label/],
  ['latin.tsv', Buffer.concat([Buffer.from(lines(60).map(x => x.join('\t')).join('\n') + '\nhot\tcaf'), Buffer.from([0xe9, 0xff, 0xfe, 0x80]), Buffer.from('\n')]), /not valid UTF-8[\s\S]*61/],
  ['cut.tsv.gz', gzipSync(lines(5000).map(x => x.join('\t')).join('\n')).subarray(0, 4000), /ends too soon/],
  ['long.tsv', 'hot\t' + 'x'.repeat(40_000_000), /too long/],
  ['picture.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /no kind of file|not valid UTF-8/],
  ['broken.safetensors', Buffer.concat([Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"a":')]), /damaged/],
]) {
  test(`${name} gets a clear message and the page lives on`, async () => {
    const page = await visit(context, server.url)
    await choose(page, name, content)
    const strip = page.locator('.now')
    await page.waitForSelector('.now [role=alert]')
    assert.match(await strip.innerText(), says)
    await page.getByRole('button', { name: /Back|All right|New run/ }).first().click()
    await tiny(page)
    await press(page, 'Train on names')
    await phase(page, 'trained')
    await page.close()
  })
}

test('a loss that is not finite stops the run, names the step and the tensor, and offers a smaller rate', async () => {
  const page = await visit(context, server.url)
  await tiny(page, { 'train.rate': '1e30', 'train.clip': 0 })
  await press(page, 'Train on names')
  await phase(page, 'notice')
  assert.match(await text(page, '.now'), /step \d[\s\S]*finite/)
  assert.equal(await page.getByRole('button', { name: /^Resume/ }).count(), 0, 'what would fail again is not offered')
  await press(page, 'Try learning rate 0.01')
  await phase(page, 'trained')
  await page.close()
})
