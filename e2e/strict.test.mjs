// Strict arithmetic in Chromium: the same bits as natively and in Node, by the kernels
// and, where they can't be had, by the generic device.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, profile, serve, visit } from './lib.mjs'
import { golden, goldens } from './golden.mjs'

let server
before(async () => { server = await serve() })
after(async () => { await server?.stop() })

for (const [device, prepare] of [
  ['wasm-simd', () => {}],
  ['generic', context => context.route('**/kernels.*.wasm', route => route.abort())],
]) {
  test(`the golden runs give the golden weights by the device ${device}`, async t => {
    const home = await profile()
    const context = await browser(home.dir, { serviceWorkers: 'block' }) // whose fetches no route sees
    t.after(async () => { await context.close(); await home.remove() })
    await prepare(context)
    const page = await visit(context, server.url)
    for (const g of goldens) {
      const got = await golden(page, g)
      assert.deepEqual(got, { device, threads: got.threads, trained: g.trained, compressed: g.compressed }, g.name)
    }
  })
}
