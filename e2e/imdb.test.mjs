// Reviews in a folder of the server's, as published: trained on in the tab and natively.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browser, fact, phase, plain, press, profile, serve, set, text, visit } from './lib.mjs'

let server, home, context, dir
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clove-imdb-'))
  await folder(join(dir, 'aclImdb'))
  server = await serve('--data', dir)
  home = await profile()
  context = await browser(home.dir)
})
after(async () => { await context?.close(); await server?.stop(); await home?.remove(); await rm(dir, { recursive: true, force: true }) })

// folder makes one like the aclImdb of Maas et al. 2011, of made-up reviews.
async function folder(at) {
  const says = { pos: ['great', 'lovely', 'a joy', 'moving', 'funny'], neg: ['dull', 'awful', 'a bore', 'tired', 'bad'] }
  for (const part of ['train', 'test']) {
    for (const [label, words] of Object.entries(says)) {
      await mkdir(join(at, part, label), { recursive: true })
      for (let i = 0; i < (part === 'train' ? 200 : 50); i++) {
        const stars = label === 'pos' ? 7 + i % 4 : 1 + i % 4
        await writeFile(join(at, part, label, `${i}_${stars}.txt`), `${part} film ${i}: it was ${words[i % 5]} and ${words[(i * 3 + 1) % 5]}.<br /><br />I saw it ${i % 7} times.`)
      }
    }
  }
  await mkdir(join(at, 'train', 'unsup'), { recursive: true })
  await writeFile(join(at, 'train', 'unsup', '0_0.txt'), 'nobody said what this is')
}

test('a server that has the reviews offers them, and the tab trains on them to the server’s weights', { skip: plain && 'needs clove serve' }, async () => {
  const page = await visit(context, server.url)
  await page.selectOption('#ds', 'imdb')
  await page.waitForFunction(() => /train film \d+/.test(document.querySelector('.c-data').textContent))
  assert.match(await text(page, '.c-data'), /Maas/)
  await set(page, { 'model.embedding': 8, 'model.hidden': 8, 'train.epochs': 2 })
  await press(page, 'Train on IMDB reviews')
  await phase(page, 'trained')
  assert.match(await fact(page, 'train', 'test accuracy'), /±/)
  await page.getByRole('button', { name: /native/i }).first().click()
  await page.waitForFunction(() => /Natively the same bits/.test(document.querySelector('.c-train').textContent), null, { timeout: 60_000 })
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('when the server is gone its reviews are kept with their run, and other settings say what is missing', { skip: plain && 'needs clove serve' }, async () => {
  const page = await visit(context, server.url)
  await server.stop()
  await page.selectOption('#ds', 'imdb')
  await page.waitForFunction(() => /train film \d+/.test(document.querySelector('.c-data').textContent))
  await set(page, { 'tokenizer.max_tokens': 7 })
  await page.waitForFunction(() => /clove serve/.test(document.querySelector('#clove').textContent))
  await page.locator('#hist').click()
  await page.locator('#drawer .run').first().getByRole('button', { name: 'Open' }).click()
  await phase(page, 'trained')
  await page.keyboard.press('Escape')
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  await page.close()
})
