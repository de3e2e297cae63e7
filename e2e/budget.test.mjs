// What a first visit costs: bytes are held, times printed beside those of the smallest
// page that go-app makes, taken in turns. MOUNTS=9 for steadier ones.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { browser, plain, profile, root, serve, visit } from './lib.mjs'

let server, smallest
before(async () => { server = await serve(); smallest = await serve('--site', join(root, '.cache/smallest/site')) })
after(async () => { await server?.stop(); await smallest?.stop() })

// packed is what a file of dist weighs on its way, as brotli.
const packed = async way => (await stat(join(root, 'dist', way + '.br')).catch(() => stat(join(root, 'dist', way)))).size

// asked collects what page and worker ask for, each once; the service worker's copy is
// made after that, and asks for what they did not.
async function asked(run) {
  const home = await profile(), context = await browser(home.dir, { serviceWorkers: 'block' })
  const all = new Map()
  context.on('request', r => all.set(new URL(r.url()).pathname.slice(new URL(server.url).pathname.length) || 'index.html', r))
  try { return await run(context, all) } finally { await context.close(); await home.remove() }
}

const early = /^(index\.html|manifest\.webmanifest|a\/(page|clove|start|offline|wasm_exec|icon)\b)/

test('a first visit: 1.75 MB until the page stands, 2.5 MB for what it runs on, which comes after the first paint; sets of texts when they are chosen', async () => {
  await asked(async (context, all) => {
    const page = await visit(context, server.url)
    await page.waitForFunction(() => /[1-9]/.test(document.querySelector('.c-data .dl').textContent)) // reviews, which a program writes
    all.delete('api/info')
    let first = 0, then = 0
    for (const way of all.keys()) {
      if (early.test(way)) first += await packed(way)
      else then += await packed(way)
    }
    const paint = await page.evaluate(() => performance.timeOrigin + performance.getEntriesByType('paint')[0].startTime)
    console.log(`# a first visit: page, CSS and text ${(first / 1e6).toFixed(2)} MB of 1.75; worker, kernels, built-in model and data ${(then / 1e6).toFixed(2)} MB of 2.5 (${all.size} files, as brotli)`)
    assert.ok(first <= 1.75e6, `${first} bytes: ${[...all.keys()].filter(w => early.test(w))}`)
    assert.ok(then <= 2.5e6, `${then} bytes: ${[...all.keys()].filter(w => !early.test(w))}`)
    for (const [way, request] of all) {
      assert.doesNotMatch(way, /\.tsv$/)
      const { startTime } = request.timing() // not known of a helper, which the worker starts
      if (!early.test(way) && startTime > 0) assert.ok(startTime >= paint, `${way} was asked for before the first paint`)
    }
    await page.selectOption('#ds', 'mail')
    await page.waitForFunction(() => /4,6\d\d/.test(document.querySelector('.c-data .dl').textContent))
    assert.ok([...all.keys()].some(way => /mail/.test(way)))
  })
})

test('mounting takes at most 1.4 times what the smallest page does', { skip: plain && 'times are of clove serve' }, async () => {
  const times = { ours: { cold: [], warm: [] }, smallest: { cold: [], warm: [] } }
  for (let i = 0; i < Number(process.env.MOUNTS ?? 1); i++) {
    for (const [name, { url }] of Object.entries({ ours: server, smallest })) {
      const home = await profile(), context = await browser(home.dir, { serviceWorkers: 'block' })
      for (const kind of ['cold', 'warm', 'warm']) { // the first warm one may still write the compiler's cache
        const page = await context.newPage()
        await page.goto(url)
        const mounted = await page.waitForFunction(() => performance.getEntriesByName('mounted')[0]?.startTime)
        times[name][kind].push(await mounted.jsonValue())
        await page.close()
      }
      await context.close()
      await home.remove()
    }
  }
  const median = a => a.toSorted((x, y) => x - y)[a.length >> 1]
  for (const kind of ['cold', 'warm']) {
    const ours = median(times.ours[kind]), theirs = median(times.smallest[kind])
    console.log(`# mounted, ${kind}: ${ours.toFixed(0)} ms, the smallest go-app page ${theirs.toFixed(0)} ms: ${(ours / theirs).toFixed(2)} times, 1.4 wanted (medians of ${times.ours[kind].length})`)
  }
  // Times swing on a busy machine; what decides them are the bytes to compile.
  const size = async dir => (await stat(join(root, dir, 'page.wasm'))).size
  const ratio = await size('.cache/wasm') / await size('.cache/smallest/programs')
  console.log(`# the program beside the smallest: ${ratio.toFixed(2)} times the bytes`)
  assert.ok(ratio <= 1.4)
})
