// Links: a run made in one browser comes out the same in another and natively; a model
// travels in its link and no server sees it; what is hostile is refused.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { desktop, dress, phone, sound } from './looks.mjs'
import { alive, browser, fact, judged, phase, press, profile, root, serve, shot, text, tiny, visit } from './lib.mjs'

let server, proxy, heard = [], first, context
const run = promisify(execFile)
const clove = (...args) => run(join(root, 'bin/clove'), args)

// The pages come through a proxy, which hears all that any of them says to the server.
before(async () => {
  server = await serve()
  proxy = createServer((q, a) => {
    heard.push(`${q.url} ${JSON.stringify(q.headers)}`)
    q.on('data', b => heard.push(b.toString('latin1')))
    q.pipe(request({ host: 'localhost', port: server.port, path: q.url, method: q.method, headers: { ...q.headers, host: `localhost:${server.port}` } }, r => { a.writeHead(r.statusCode, r.headers); r.pipe(a) }).on('error', () => a.destroy()))
  })
  await new Promise(ok => proxy.listen(0, 'localhost', ok))
  first = await profile()
  context = await browser(first.dir)
})
after(async () => { await context?.close(); proxy?.closeAllConnections(); await new Promise(ok => proxy.close(ok)); await server?.stop(); await first?.remove() })

const home = () => `http://localhost:${proxy.address().port}${new URL(server.url).pathname}`

// fresh opens an address in a profile that has seen nothing.
async function fresh(url, f) {
  const place = await profile()
  const other = await browser(place.dir)
  const page = other.pages()[0] ?? await other.newPage()
  page.errors = []
  page.on('console', m => { if (m.type() === 'error') page.errors.push(m.text()) })
  page.on('pageerror', e => page.errors.push(String(e)))
  try {
    await page.goto(url)
    await alive(page)
    await f(page)
    assert.deepEqual(page.errors, [])
  } finally {
    await other.close()
    await place.remove()
  }
}

// looks takes the pictures, and holds the narrowest and the darkest to what each must be.
async function looks(page, name, before = async () => {}) {
  for (const [look, size, scheme, lang] of [['dark', desktop, 'dark'], ['zh', desktop, 'light', 'zh'], ['phone', phone, 'light'], ['light', desktop, 'light']]) {
    await dress(page, { size, scheme, lang })
    await before()
    await shot(page, `${name}-${look}`)
    if (look === 'phone' || look === 'dark') await sound(page, `${name}, ${look}`)
  }
}

const share = async page => { if (!await page.locator('details.share').evaluate(e => e.open)) await page.click('#share') }
const shared = async (page, name) => {
  await share(page)
  await page.waitForFunction(name => document.getElementById(`share-${name}`).value !== '' && /\d/.test(document.getElementById('share-link-why').textContent), name)
  return page.inputValue(`#share-${name}`)
}

// bomb is a model's file that claims twenty million weights in its few kilobytes.
function bomb(file) {
  const n = Number(file.readBigUInt64LE(0)), header = JSON.parse(file.subarray(8, 8 + n))
  const config = JSON.parse(header.__metadata__['clove.config'])
  config.model.embedding = config.model.hidden = 1600
  header.__metadata__['clove.config'] = JSON.stringify(config)
  const text = Buffer.from(JSON.stringify(header)), length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, file.subarray(8 + n)])
}

let link, withModel, sentence = 'Rosalind', score

test('a run is shared: its link has its hash, and the small model fits in another', async () => {
  const page = await visit(context, home())
  await tiny(page, { 'train.epochs': 1, seed: 20261125 })
  const before = await shared(page, 'link')
  assert.match(before, /[?&]seed=20261125&/)
  assert.doesNotMatch(before, /weights=/)
  await page.keyboard.press('Escape')
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  await page.fill('#say', sentence)
  await judged(page, sentence)
  score = await text(page, '.score.small-one .score-num')
  link = await shared(page, 'link')
  withModel = await shared(page, 'model')
  assert.match(link, /&arithmetic-version=\d+&weights=[0-9a-f]{64}&small=[0-9a-f]{64}$/)
  assert.ok(link.length < 700, `${link.length} characters`)
  assert.ok(withModel.startsWith(link + '#model='))
  assert.match(await text(page, '.share'), new RegExp(`${link.length.toLocaleString('en')} characters`))
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await press(page, 'Copy link')
  await page.waitForFunction(() => /Copied/.test(document.querySelector('.share').textContent))
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link)
  await looks(page, 'share', () => share(page))
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('the link gives the same SHA-256 in a fresh profile, and by clove open', async () => {
  await fresh(link, async page => {
    assert.match(await text(page, '.now'), /This run came with the link: First names, LSTM 32 → 8, seed 20261125\./)
    assert.equal(await page.inputValue('#say'), 'Rosalind')
    await looks(page, 'linked')
    // Rooms and Back go on as ever, and the link stays in the address.
    await page.keyboard.press('6')
    await page.waitForFunction(() => location.hash === '#room=compare')
    await page.goBack()
    await page.waitForFunction(() => location.hash === '')
    assert.ok(page.url().endsWith(link.slice(home().length)))
    await press(page, 'Train on names')
    await phase(page, 'trained', 'notice')
    assert.match(await text(page, '.now'), /The same bits as in the link:/)
    await press(page, 'Make it smaller')
    await phase(page, 'compressed', 'notice')
    assert.equal(await page.locator('#clove').getAttribute('data-state'), 'compressed')
    assert.match(await text(page, '.c-train'), /The same bits as in the link/)
    await shot(page, 'linked-same')
  })
  const { stdout } = await clove('open', link)
  assert.equal(stdout.match(/the same bits as in the link/g)?.length, 2, stdout)
})

test('a hash that differs is an alarm, in the page and natively', async () => {
  const other = link.replace(/weights=[0-9a-f]{64}/, `weights=${'0'.repeat(64)}`)
  const page = await visit(context, other)
  await press(page, 'Train on names')
  await phase(page, 'notice')
  assert.match(await text(page, '.now'), /Not the bits of the link\. Here [0-9a-f ]+…?, in the link 0000/)
  await shot(page, 'linked-alarm')
  await press(page, 'All right')
  await phase(page, 'trained')
  await press(page, 'New run')
  await page.goto(link.replace('arithmetic-version=1', 'arithmetic-version=99'))
  await alive(page)
  assert.match(await text(page, '.now'), /of version 99 of the arithmetic, and here is 1: hashes can't be compared/)
  await press(page, 'Back to my settings')
  await page.waitForFunction(() => location.search === '' && document.querySelector('#ds').value === 'reviews')
  assert.deepEqual(page.errors, [])
  await page.close()
  await assert.rejects(clove('open', other), /not those of the link, by the same arithmetic/)
})

test('a model in a link judges in a fresh profile as it did at home, and no server sees it', async () => {
  heard = []
  await fresh(withModel, async page => {
    await page.waitForFunction(() => /This model came with the link/.test(document.querySelector('.now').textContent))
    await page.fill('#say', sentence)
    await judged(page, sentence)
    assert.equal(await text(page, '.score-num'), score)
    await shot(page, 'linked-model')
    await dress(page, { size: phone, scheme: 'dark', lang: 'zh' })
    await shot(page, 'linked-model-phone')
    await sound(page, 'a model by link')
    await dress(page, { size: desktop, scheme: 'light' })
    // A room takes its place in the address beside the model, which a reload has again.
    await page.click('a[data-to=compare]')
    await page.waitForFunction(() => location.hash.startsWith('#room=compare&model='))
    await page.reload()
    await page.waitForFunction(() => /This model came with the link/.test(document.querySelector('.now').textContent))
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => location.hash.startsWith('#model='))
    await press(page, /^History/)
    assert.match(await text(page, '.drawer'), /in memory/)
    await press(page, 'Close')
    await press(page, 'Keep it')
    await page.waitForFunction(() => document.querySelector('#hist .mute').textContent === '1' && !/came with the link/.test(document.querySelector('.now').textContent))
    await page.goto(home())
    await alive(page)
    await press(page, /^History/)
    await page.locator('.drawer').getByRole('button', { name: 'Open', exact: true }).click()
    await phase(page, 'trained')
  })
  const part = withModel.slice(withModel.indexOf('#model=') + 7)
  assert.ok(heard.length > 5, 'nothing was heard')
  for (const piece of [part.slice(0, 40), part.slice(200, 240), '__metadata__', 'safetensors-of-the-link']) assert.ok(!heard.some(h => h.includes(piece)), 'the server heard the model')
  const { stdout } = await clove('open', withModel, sentence)
  const [label, probability] = stdout.trim().split('\t')
  assert.match(label, /male|female/)
  const p = Number(probability)
  assert.ok(Math.abs((label === 'male' ? p : 1 - p) - Number(score)) < 0.006, `${stdout} and ${score}`)
})

test('what is hostile is refused with a reason, and the page lives on', async () => {
  const page = await visit(context, home())
  const kept = await text(page, '#hist .mute')
  const model = Buffer.from(withModel.slice(withModel.indexOf('#model=') + 7), 'base64url')
  for (const [address, why] of [
    ['?v=1&model.hidden=-64', /model\.hidden is “-64”, and may be 1 to 2,048/],
    ['?v=1&model.layers=1000000', /model\.layers is no setting of a run/],
    ['?v=1&spec=%3Cscript%3Ewindow.hit=1%3C/script%3E', /spec is “<script>/],
    [`?v=1&compress=${'prune=0.8,'.repeat(9000)}`, /longer than the 16384 bytes/],
    [`#model=${'A'.repeat(95_000)}`, /larger than the 65536 bytes/],
    ['#model=AAAA', /model in this link can't be opened/],
    [`#model=${bomb(model).toString('base64url')}`, /it has \d+ weights, more than the 4194304/],
    [`#model=${model.subarray(0, model.length - 9).toString('base64url')}`, /model in this link can't be opened/],
  ]) {
    await page.goto(home() + address)
    await page.waitForFunction(why => new RegExp(why).test(document.querySelector('.now').innerText), why.source).catch(async e => { throw new Error(`${address.slice(0, 60)}: ${await text(page, '.now')}`, { cause: e }) })
    assert.equal(await page.inputValue('#ds'), 'reviews', address.slice(0, 60))
    assert.equal(await page.evaluate(() => window.hit), undefined)
    await press(page, 'All right')
    await page.waitForFunction(() => /A small built-in model/.test(document.querySelector('.now').innerText))
  }
  await alive(page)
  assert.equal(await text(page, '#hist .mute'), kept)
  await page.goto(`${home()}?v=1&model.hidden=-64`)
  await alive(page)
  await shot(page, 'link-refused')
  await dress(page, { size: phone, scheme: 'light', lang: 'zh' })
  await shot(page, 'link-refused-phone')
  await sound(page, 'a refused link')
  await dress(page, { size: desktop, scheme: 'light' })
  // 10 MB never come to the page: the server says so.
  const answer = await fetch(`${server.url}?v=1&compress=${'a'.repeat(10 << 20)}`).then(r => r.status, () => 0)
  assert.ok(answer === 0 || answer === 431, `the server answers ${answer}`)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('old links go on opening in the page', async () => {
  const page = await visit(context, home())
  for (const [name, says] of [['v1-names', /This run came with the link/], ['v1-model', /This model came with the link/], ['v1-default', /This run came with the link/]]) {
    const old = (await readFile(join(root, `engine/run/link/testdata/links/${name}.txt`), 'utf8')).split('\n')[0]
    await page.goto(home() + 'index.html' + old.slice(old.indexOf('?')).replace('#', '&sentence=Bernard#'))
    await page.waitForFunction(says => new RegExp(says).test(document.querySelector('.now').innerText), says.source)
    if (name === 'v1-model') {
      await judged(page, 'Bernard')
      assert.equal(await text(page, '.score-num'), '0.93')
    }
  }
  assert.equal(await shared(page, 'link').then(s => s.slice(0, s.indexOf('?'))), home())
  await page.waitForFunction(() => !/–/.test(document.querySelector('.c-tokens .dl').innerText.split('stored')[0]))
  assert.equal(await fact(page, 'tokens', 'cut at'), '32')
  await page.close()
})
