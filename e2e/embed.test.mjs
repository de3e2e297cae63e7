// Clove in somebody else's page: hosts of the same site and of another, sandboxed, isolated or not,
// many on one page. In none an error in the console, and no request to anyone but host and Clove.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { browser, plain, profile, root, serve, shot, watch } from './lib.mjs'
import { faults } from './looks.mjs'

// What needs the server's headers: a module for pages of other origins, frames in isolated ones, and who may frame what.
const headed = { skip: plain && 'plain files send no headers' }

const sentence = 'A dull plot, but I could not look away.', smaller = 'prune=0.8,finetune=1,quantize=int8'

let clove, home, context, host, page
before(async () => {
  clove = await serve()
  home = await profile()
  await mkdir(join(home.dir, 'Default')) // frames of other sites may keep nothing, as some browsers have it from the first
  await writeFile(join(home.dir, 'Default/Preferences'), JSON.stringify({ profile: { cookie_controls_mode: 1, block_third_party_cookies: true } }))
  context = await browser(home.dir)
  host = await hosting()
  page = await context.newPage()
  page.errors = watch(page)
  page.asked = []
  page.on('request', r => page.asked.push(r.url()))
})
after(async () => { await context?.close(); await clove?.stop(); host?.close(); await home?.remove() })

// hosting is a server of somebody else's: pages of what is put into it, and a model.
async function hosting() {
  const pages = new Map()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://host')
    if (pathname === '/favicon.ico') return response.writeHead(204).end()
    if (pathname.endsWith('.safetensors')) {
      response.writeHead(200, pathname.startsWith('/open') ? { 'Access-Control-Allow-Origin': '*' } : {})
      return response.end(readFileSync(join(root, 'dist/builtin-1.safetensors')))
    }
    const { body, headers } = pages.get(pathname) ?? { body: 'nothing', headers: {} }
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(body)
  }).listen(0, '0.0.0.0')
  await new Promise(ok => server.once('listening', ok))
  const { port } = server.address()
  return {
    port, close: () => server.close(),
    // put → the URL of a page; at is the name it is asked by: localhost is Clove's own site, 127.0.0.1 another.
    put(name, body, { at = '127.0.0.1', isolated = false } = {}) {
      const headers = isolated ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } : {}
      pages.set('/' + name, { body: `<!doctype html><html lang="en"><title>${name}</title><link rel="icon" href="data:,"><script>told = []; addEventListener('message', e => told.push({ from: e.origin, ...e.data }))</script><body>${body}`, headers })
      return `http://${at}:${port}/${name}`
    },
  }
}

const frame = (query, more = '') => `<iframe src="${clove.url}embed?${query}" width="640" height="420" ${more}></iframe>`
const scores = f => f.locator('.score-num').allInnerTexts()
const alive = f => f.locator('.score-num').first().filter({ hasText: /^[01]\.\d\d$/ }).waitFor()

// sound holds a visit to what all must be.
function sound() {
  assert.deepEqual(page.errors.splice(0), [])
  const strangers = page.asked.splice(0).filter(u => !u.startsWith(clove.url) && !new RegExp(`^http://(localhost|127.0.0.1):${host.port}/`).test(u) && !u.startsWith('data:'))
  assert.deepEqual(strangers, [])
}

// predicted is the engine's probability of "positive".
function predicted(model, text) {
  const [label, p] = execFileSync(join(root, 'bin/clove'), ['predict', '--model', join(root, 'dist', model), text], { encoding: 'utf8' }).trim().split('\t')
  return label === 'positive' ? Number(p) : 1 - p
}

test('a frame in a page of another site judges as the engine does, and is small', async () => {
  const sizes = new Map(), weighed = []
  const weigh = r => { if (r.url().startsWith(clove.url)) weighed.push(r.body().catch(() => '').then(b => sizes.set(r.url(), b.length))) }
  page.on('response', weigh)
  await page.goto(host.put('other', frame(`sentence=${encodeURIComponent(sentence)}&compress=${encodeURIComponent(smaller)}&lang=en`)))
  const f = page.frameLocator('iframe')
  await alive(f)
  const told = await page.evaluate(() => told)
  for (const [k, name, file] of [[0, 'original', 'builtin.safetensors'], [1, 'smaller', 'builtin-2.safetensors']]) {
    const want = predicted(file, sentence), { from, probabilities } = told.findLast(m => m.clove === 'metrics' && m.model === name)
    assert.equal(from, new URL(clove.url).origin)
    assert.ok(Math.abs(probabilities[1] - want) < 2e-3, `${name}: ${probabilities[1]} here, ${want} by the engine`)
    assert.equal((await scores(f))[k], probabilities[1].toFixed(2))
  }
  const ready = told.find(m => m.clove === 'ready')
  assert.deepEqual([ready.kind, ready.labels, ready.bytes, ready.pipeline], ['trained', ['negative', 'positive'], 94448, smaller])
  assert.match(await f.locator('.now').innerText(), /Download 94\sKB[^]*times smaller/)
  page.off('response', weigh)
  await Promise.all(weighed)
  const before = [...sizes].filter(([u]) => !/embed-model|embed-reviews/.test(u)), bytes = before.reduce((sum, [, n]) => sum + n, 0)
  console.log(`an embed before its model: ${(bytes / 1e3).toFixed(0)} KB in ${before.length} files, not compressed`)
  assert.ok(before.length >= 4 && bytes <= 300e3, JSON.stringify(before))
  await shot(page, 'embed-640x420')
  sound()
})

test('a model comes by its address, where its server allows it, or in the link itself', async () => {
  const at = kind => encodeURIComponent(`http://127.0.0.1:${host.port}/${kind}/int8.safetensors`)
  await page.goto(host.put('address', frame(`sentence=${encodeURIComponent(sentence)}&model=${at('open')}`)))
  const f = page.frameLocator('iframe'), want = predicted('builtin-1.safetensors', sentence)
  await alive(f)
  assert.ok(Math.abs(Number((await scores(f))[0]) - want) < 0.01)
  assert.equal(await f.locator('.score').nth(1).isVisible(), false, 'there is no second model')
  sound()

  const file = readFileSync(join(root, 'dist/builtin-2.safetensors')).toString('base64url')
  await page.goto(`${clove.url}embed?sentence=${encodeURIComponent(sentence)}#model=${file.slice(0, 60)}`)
  assert.match(await page.getByRole('alert').innerText(), /no model of Clove/)
  await page.goto(`${clove.url}embed?model=reviews#model=${'A'.repeat(100_000)}`)
  assert.match(await page.getByRole('alert').innerText(), /larger than 66\sKB/)
  sound()

  await page.goto(host.put('address', frame(`model=${at('closed')}&lang=en`)))
  assert.match(await f.getByRole('alert').innerText(), /Access-Control-Allow-Origin/)
  page.errors.length = 0 // Chromium tells of the refusal there
})

test('in a sandbox a trained model works', async () => {
  await page.goto(host.put('sandbox', frame(`sentence=${encodeURIComponent(sentence)}&compress=${encodeURIComponent('quantize=int8')}`, 'sandbox="allow-scripts"')))
  const f = page.frameLocator('iframe')
  await alive(f)
  const [, small] = await scores(f)
  assert.equal(small, predicted('builtin-1.safetensors', sentence).toFixed(2))
  assert.equal(await page.evaluate(() => told[0].from), 'null')
  sound()
})

for (const isolated of [false, true]) {
  test(`three on one page, which is ${isolated ? '' : 'not '}isolated: sized, themed, spoken with, asleep until scrolled to`, headed, async () => {
    const lab = (more, after = '') => `<clove-lab spec="reviews" model="reviews" ${more}></clove-lab>${after}`
    await page.goto(host.put('three', `<main style="max-width:640px"><h1>A lesson</h1>${lab('id="a"')}${lab(`id="b" compress="${smaller}" lang="zh"`, '<p style="height:3000px"></p>')}${lab('id="c" sandbox height="150"')}</main><script type="module" src="${clove.url}embed.js"></script>`, { isolated }))
    assert.equal(await page.evaluate(() => crossOriginIsolated), isolated && new URL(page.url()).hostname === '127.0.0.1')
    const f = id => page.frameLocator(`#${id} iframe`)
    await alive(f('a'))
    await alive(f('b'))
    assert.equal(await page.locator('#c iframe').count(), 0, 'one that is far below is there already')
    const height = id => page.locator(`#${id}`).evaluate(e => e.getBoundingClientRect().height)
    await page.waitForFunction(() => b.getBoundingClientRect().height > 350)
    assert.ok(Math.abs(await height('a') - await f('a').locator('body').evaluate(e => e.getBoundingClientRect().height)) <= 1)
    assert.match(await f('b').locator('.board').innerText(), /压缩/)

    const paper = id => f(id).locator('body').evaluate(e => getComputedStyle(e).backgroundColor)
    const light = await paper('a')
    await page.evaluate(() => { document.body.style.background = '#111' })
    await f('a').locator('html[data-theme=dark]').waitFor()
    assert.notEqual(await paper('a'), light)

    const heard = page.evaluate(text => new Promise(ok => {
      b.addEventListener('metrics', e => { if (e.detail.model === 'smaller') ok(e.detail) })
      b.setSentence(text)
    }), sentence)
    const { label, probability } = await heard
    assert.equal(label, 'positive')
    assert.ok(Math.abs(probability - predicted('builtin-2.safetensors', sentence)) < 2e-3)
    assert.equal(await f('b').locator('#say').inputValue(), sentence)

    await page.locator('#c').scrollIntoViewIfNeeded()
    await alive(f('c'))
    assert.equal(await height('c'), 150)
    if (!isolated) { await page.evaluate(() => scrollTo(0, 0)); await shot(page, 'embed-three-dark') }
    sound()
  })
}

test('a page of its own site frames it; a stranger frames nothing else, and says nothing to it', headed, async () => {
  await page.goto(host.put('same', frame('lang=en') + `<iframe id="whole" src="${clove.url}"></iframe>`, { at: 'localhost' }))
  const f = page.frameLocator('iframe >> nth=0')
  await alive(f)
  assert.ok(!page.frames().some(x => x.url() === clove.url), 'the whole page stands in a frame')
  const refused = page.errors.splice(0)
  assert.ok(refused.length > 0 && refused.every(e => /frame-ancestors/.test(e)), String(refused))
  await page.evaluate(() => { // of another window than the host's
    const stranger = document.body.appendChild(document.createElement('iframe'))
    const s = stranger.contentDocument.createElement('script')
    s.textContent = `parent.frames[0].postMessage({ clove: 'setSentence', text: 'not from the host' }, '*')`
    stranger.contentDocument.body.append(s)
  })
  await page.evaluate(url => document.querySelector('iframe').contentWindow.postMessage({ clove: 'setSentence', text: 'dull' }, url), clove.url)
  await f.locator('.say-tint', { hasText: 'dull' }).waitFor()
  assert.equal(await f.locator('#say').inputValue(), 'dull')
  sound()
})

test('training in a frame of another site: what the teacher chose, and nothing while nobody sees it', headed, async () => {
  const more = 'data.limit="400" model.hidden="8" train.epochs="60" lang="en"'
  await page.goto(host.put('live', `<clove-lab id="a" spec="names" controls="train,train.epochs,quantize" ${more} sentence="Rosalind"></clove-lab><p style="height:4000px"></p><script type="module" src="${clove.url}embed.js"></script>`))
  await page.evaluate(() => {
    heard = []
    for (const name of ['ready', 'metrics', 'done', 'failed']) a.addEventListener(name, e => heard.push({ name, ...e.detail }))
  })
  const f = page.frameLocator('#a iframe'), state = name => f.locator(`#clove[data-state=${name}]`).waitFor({ timeout: 60_000 })
  await state('fresh')
  assert.deepEqual(await f.locator('.card h2').allInnerTexts(), ['Train', 'Compare'])
  await f.locator('.c-train .set summary').click()
  assert.deepEqual(await f.locator('.set label').filter({ visible: true }).allInnerTexts(), ['Epochs'])
  assert.match(await f.locator('.foot').innerText(), /keeps nothing/)
  assert.equal(await f.locator('#say').inputValue(), 'Rosalind')
  await page.waitForFunction(() => heard.some(m => m.name === 'ready' && m.kind === 'live'))
  assert.equal(await f.locator('.now .btn').innerText(), 'Train on names')
  await page.evaluate(() => a.start())
  await state('training')
  await page.waitForFunction(() => heard.some(m => m.name === 'metrics' && m.step > 0))
  await page.evaluate(() => scrollTo(0, 4000))
  await state('paused')
  await page.evaluate(() => scrollTo(0, 0))
  await state('training')
  await state('trained')
  const done = await page.evaluate(() => heard.find(m => m.name === 'done'))
  assert.ok(done.kind === 'trained' && done.accuracy > 0.4 && done.bytes > 1000 && /^[0-9a-f]{64}$/.test(done.weights), JSON.stringify(done))
  assert.deepEqual(await f.locator('.card h2').allInnerTexts(), ['Compress', 'Compare'])
  await page.evaluate(() => a.start())
  await state('compressed')
  const made = await page.evaluate(() => heard.findLast(m => m.name === 'done'))
  assert.deepEqual([made.kind, made.pipeline], ['compressed', 'quantize=int8'])
  await shot(page, 'embed-live')
  sound()
})

test('training in a frame of a page that is isolated: so is the frame', headed, async () => {
  await page.goto(host.put('live-isolated', `<clove-lab spec="names" controls="train" lang="en"></clove-lab><script type="module" src="${clove.url}embed.js"></script>`, { isolated: true, at: 'localhost' }))
  const f = page.frameLocator('iframe')
  await f.getByRole('button', { name: 'Train' }).click()
  await f.locator('.now', { hasText: /step [1-9]/ }).waitFor()
  assert.equal(await page.frames()[1].evaluate(() => crossOriginIsolated), true)
  sound()
})

test('training in a sandbox: what is missing, and a link that opens it', async () => {
  await page.goto(host.put('no-worker', frame('spec=names&controls=train&lang=en', 'sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"')))
  const f = page.frameLocator('iframe')
  assert.match(await f.getByRole('alert').innerText(), /needs a worker.*allow-same-origin is missing/)
  const [whole] = await Promise.all([context.waitForEvent('page'), f.getByRole('alert').getByRole('link').click()])
  assert.equal(whole.url(), `${clove.url}?spec=names&lang=en`)
  await whole.close()
  sound()
})

test('it looks as it should, and has no fault of accessibility', async () => {
  const trained = `compress=${encodeURIComponent(smaller)}`, live = 'spec=names&controls=train,train.rate,model,quantize'
  for (const [name, query, size, colorScheme, lang] of [
    ['light', trained, { width: 640, height: 420 }, 'light', 'en'], ['dark-zh', trained, { width: 640, height: 420 }, 'dark', 'zh'], ['phone', trained, { width: 360, height: 720 }, 'light', 'en'],
    ['live-zh', live, { width: 800, height: 460 }, 'light', 'zh'], ['live-phone-dark', live, { width: 360, height: 720 }, 'dark', 'en'],
  ]) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    await page.goto(`${clove.url}embed?${query}&lang=${lang}`)
    await alive(page)
    assert.deepEqual(await faults(page), [], name)
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: it scrolls sideways`)
    await shot(page, `embed-${name}`, { fullPage: true })
  }
  sound()
})

test('the page of examples: each lives, and under it stands what to copy', async () => {
  for (const [name, size, colorScheme, lang] of [['light', { width: 1000, height: 800 }, 'light', 'en'], ['phone-dark-zh', { width: 390, height: 844 }, 'dark', 'zh']]) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    await page.goto(`${clove.url}examples?lang=${lang}`)
    for (const [i, lab] of (await page.locator('clove-lab').all()).entries()) {
      if (lang === 'zh' && i) break // they live, as the first round has shown
      await lab.scrollIntoViewIfNeeded()
      await alive(page.frameLocator(`clove-lab >> nth=${i} >> iframe`))
    }
    assert.match(await page.locator('.snippet pre').first().innerText(), new RegExp(`^<script type="module" src="${clove.url}embed.js"></script>\n<clove-lab model="reviews" sentence="[^"]+"></clove-lab>$`))
    await page.locator('[data-say]').last().click()
    await page.locator('#heard', { hasText: /negative 0\.\d\d/ }).waitFor()
    assert.deepEqual(await faults(page), [], name)
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: it scrolls sideways`)
    await page.evaluate(() => scrollTo(0, 0))
    await shot(page, `embed-examples-${name}`, { fullPage: true })
  }
  sound()
})
