// The board shows one run at a time: its data, its sentence, its texts.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browser, judged, phase, press, profile, serve, set, text, tiny, visit } from './lib.mjs'

let server, home, context, dir
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir); dir = await mkdtemp(join(tmpdir(), 'clove-board-')) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove(); await rm(dir, { recursive: true, force: true }) })

const first = 'Not the masterpiece they promised, but I laughed all the way home.'
const says = (page, selector, pattern) => page.waitForFunction(([s, p]) => new RegExp(p).test(document.querySelector(s).textContent), [selector, pattern.source])

test('the settings follow the run that is put on the board', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await press(page, 'New run')
  await phase(page, 'fresh')
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  const shown = () => page.evaluate(() => [document.getElementById('ds').value, [...document.querySelectorAll('.c-data dt')].at(3).textContent, document.querySelector('#f-model-hidden').value, document.getElementById('say').value])
  assert.deepEqual(await shown(), ['reviews', 'words a text', '48', first])

  await page.locator('#hist').click()
  await page.locator('#drawer .run', { hasText: 'First names' }).getByRole('button', { name: 'Open' }).click()
  await page.waitForFunction(() => document.getElementById('ds').value === 'names')
  assert.deepEqual(await shown(), ['names', 'letters a text', '8', 'Rosalind'])
  await page.close()
})

test('the first sentence fits the data until somebody types their own', async () => {
  const page = await visit(context, server.url)
  for (const [data, sentence] of [['names', 'Rosalind'], ['mail', /free/], ['reviews', first]]) {
    await page.selectOption('#ds', data)
    await page.waitForFunction(([s, exact]) => { const v = document.getElementById('say').value; return exact ? v === s : new RegExp(s).test(v) }, [sentence.source ?? sentence, typeof sentence === 'string'])
    await judged(page, await page.inputValue('#say'))
  }
  await page.fill('#say', 'Words of my own.')
  await judged(page, 'Words of my own.')
  await page.selectOption('#ds', 'names')
  await says(page, '.now', /Train on names/)
  assert.equal(await page.inputValue('#say'), 'Words of my own.')
  await page.close()
})

test('texts that changed their answer are tinted; all of them open by keyboard, one becomes the sentence and goes back', async () => {
  const page = await visit(context, server.url)
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  await page.waitForFunction(() => [...document.querySelectorAll('.flips article')].every(a => a.querySelector('mark[class*="t"]')))
  const all = Number((await text(page, '.flips > div .link')).match(/\d+/)[0])
  await page.locator('.flips > div .link').focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction(n => document.querySelectorAll('.flips article').length === n, all)
  await page.waitForFunction(() => document.querySelector('.flips article:last-child mark'))
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForFunction(first => document.getElementById('say').value !== first, first)
  await judged(page, await page.inputValue('#say'))
  await page.locator('#say-back').press('Enter')
  await judged(page, first)
  assert.ok(await page.locator('#say-back').isHidden())
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('six labels: the score is that of the answer, and takes no side', async () => {
  const page = await visit(context, server.url)
  const about = { 'NUM:age': ['old', 'years', 'age'], 'NUM:count': ['many', 'count', 'number'], 'LOC:city': ['city', 'town', 'capital'], 'HUM:ind': ['who', 'person', 'president'], 'ENTY:animal': ['animal', 'dog', 'horse'], 'ENTY:food': ['food', 'bread', 'eat'], 'DESC:def': ['mean', 'meaning', 'define'], 'ABBR:exp': ['stand', 'acronym', 'letters'] }
  const lines = Array.from({ length: 480 }, (_, i) => {
    const [label, words] = Object.entries(about)[i % 8]
    return `${label}, question ${i}: ${words[i % 3]} and ${words[(i >> 3) % 3]}, please`
  })
  await writeFile(join(dir, 'questions.txt'), lines.join('\n'))
  await press(page, 'Your own text')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.now .btn.go').click()])
  await chooser.setFiles(join(dir, 'questions.txt'))
  await says(page, '.now', /480 texts, 8 labels/)
  await set(page, { 'data.label': 'coarse', 'model.embedding': 12, 'model.hidden': 12, 'train.epochs': 6, 'train.rate': 0.02, 'train.batch': 16, 'model.dropout': 0, 'model.embedding_dropout': 0 })
  await says(page, '.c-data .split', /6 labels/)
  await press(page, 'Train on your text')
  await phase(page, 'trained')
  await page.fill('#say', 'which city or capital, please')
  await judged(page, 'which city or capital, please')
  assert.match(await text(page, '.bench .verdict'), /^(LOC|NUM|HUM|ENTY|DESC|ABBR)$/)
  assert.match(await text(page, '.bench .scale'), /away from the answer[\s\S]*towards it/)
  assert.equal(await page.locator('.gauge .pos, .gauge .neg').count(), 0)
  assert.ok(await page.locator('.say-tint mark[class*="t"]').count() > 0)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('a double click on the first button trains once and cancels nothing', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await page.locator('.now .btn.go').dblclick()
  await phase(page, 'trained', 'notice')
  assert.equal(await page.locator('#clove').getAttribute('data-state'), 'trained')
  await page.close()
})
