// The fast kernels: there, and where they can't be had.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, fact, phase, press, profile, serve, text, tiny, visit } from './lib.mjs'

let server
before(async () => { server = await serve() })
after(async () => { await server?.stop() })

// trained trains the tiny run and gives its weights' hash and the status line.
async function trained(t, prepare = async () => {}) {
  const home = await profile()
  const context = await browser(home.dir, { serviceWorkers: 'block' }) // whose fetches no route sees
  t.after(async () => { await context.close(); await home.remove() })
  await prepare(context)
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  return { weights: await fact(page, 'train', 'weights'), status: await text(page, '.status') }
}

test('the kernels train, or without them the generic device, which is told; the weights are the same', async t => {
  const quick = await trained(t)
  assert.match(quick.status, /CPU, 1 worker, SIMD/)
  assert.doesNotMatch(quick.status, /fast kernels/)
  const blocked = await trained(t, context => context.route('**/kernels.*.wasm', route => route.abort()))
  assert.match(blocked.status, /CPU, 1 worker(?!, SIMD)/)
  assert.match(blocked.status, /fast kernels can.t run/)
  assert.match(quick.weights, /[0-9a-f]{4}/)
  assert.equal(blocked.weights, quick.weights)
})
