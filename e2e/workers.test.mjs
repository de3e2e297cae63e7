// More than one core: helpers of the worker share each step, to the same weights.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { browser, fact, phase, plain, press, profile, root, serve, set, text, tiny, visit } from './lib.mjs'

const fields = { 'data.limit': 2000, 'train.epochs': 12, 'model.hidden': 16 }

let server, want
before(async () => {
  server = await serve()
  const said = execFileSync(join(root, 'bin/clove'), ['train', '--spec', 'names', '--data', join(root, 'dist/data/names.tsv'), '--json', '--out', '/dev/null',
    ...Object.entries(fields).flatMap(([name, value]) => ['--set', `${name}=${value}`])], { encoding: 'utf8' })
  want = JSON.parse(said.trim().split('\n').at(-1)).weights_sha256
})
after(async () => { await server?.stop() })

// opened is a page that trains with so many workers; more is done to its context first.
async function opened(t, workers, prepare = async () => {}) {
  const home = await profile()
  const context = await browser(home.dir, { serviceWorkers: 'block' }) // whose fetches no route sees
  t.after(async () => { await context.close(); await home.remove() })
  await prepare(context)
  const page = await visit(context, `${server.url}?workers=${workers}`)
  await tiny(page, fields)
  return page
}

const helpers = page => page.workers().filter(w => /helper\./.test(w.url()))
const begin = async page => { await press(page, 'Train on names'); await phase(page, 'training', 'trained') }

// ended waits for the end and compares the weights with the native ones.
async function ended(page) {
  await phase(page, 'trained')
  assert.equal((await fact(page, 'train', 'weights')).replaceAll(/[^0-9a-f]/g, ''), want.slice(0, 12))
  assert.deepEqual(page.errors, [])
}

// Without these headers of the page workers share no memory, as in another site's frame.
const alone = context => context.route(url => url.pathname === '/', async route => {
  const response = await route.fetch()
  const { 'cross-origin-opener-policy': _, 'cross-origin-embedder-policy': __, ...headers } = response.headers()
  await route.fulfill({ response, headers })
})

for (const [how, prepare, isolated] of [['shared memory', undefined, true], ['messages alone', alone, false]]) {
  test(`by ${how}, one, two and four workers train to the weights of the native engine`, { skip: isolated && plain && 'needs the headers of clove serve' }, async t => {
    const accuracies = new Set()
    for (const workers of [1, 2, 4]) {
      const page = await opened(t, workers, prepare)
      assert.equal(await page.evaluate(() => crossOriginIsolated), isolated)
      await begin(page)
      await page.waitForFunction(() => /step [\d,]{2,} of/.test(document.querySelector('.now').textContent) || document.getElementById('clove').dataset.state === 'trained')
      assert.match(await text(page, '.status'), workers > 1 ? new RegExp(`CPU, ${workers} workers, SIMD`) : /CPU, 1 worker, SIMD/)
      await ended(page)
      accuracies.add(await fact(page, 'train', 'test accuracy'))
    }
    assert.equal(accuracies.size, 1)
  })
}

// A run that is still going when its helper is gone.
const long = { ...fields, 'data.limit': 4000, 'train.epochs': 60 }

test('a helper killed in mid-epoch costs time and nothing else', async t => {
  const page = await opened(t, 2)
  await set(page, long)
  await begin(page)
  await phase(page, 'trained')
  const alone = await fact(page, 'train', 'weights')
  for (const kill of ['close()', 'setTimeout(() => { throw new Error("killed") })']) {
    const page = await opened(t, 2)
    await set(page, long)
    await begin(page)
    await page.waitForFunction(() => /step [\d,]{3,} of/.test(document.querySelector('.now').textContent))
    await helpers(page)[0].evaluate(kill)
    assert.equal(await page.locator('#clove').getAttribute('data-state'), 'training')
    await phase(page, 'trained')
    assert.equal(await fact(page, 'train', 'weights'), alone)
  }
})

test('where no helper can be started one worker trains, and nothing is amiss', async t => {
  const page = await opened(t, 2, context => context.route('**/helper.*.js', route => route.abort()))
  await begin(page)
  await phase(page, 'trained')
  assert.equal((await fact(page, 'train', 'weights')).replaceAll(' ', ''), want.slice(0, 12))
})

test('helpers go on after a pause, and fine-tune what is made smaller', async t => {
  const page = await opened(t, 2)
  await begin(page)
  await page.waitForFunction(() => /step [\d,]{2,} of/.test(document.querySelector('.now').textContent))
  await press(page, 'Pause')
  await phase(page, 'paused')
  await press(page, 'Step')
  await press(page, 'Resume')
  await ended(page)
  await press(page, 'Make it smaller') // which fine-tunes with them
  await phase(page, 'compressed')
  assert.deepEqual(page.errors, [])
})
