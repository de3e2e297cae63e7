// Strict arithmetic in Chromium: the same bits as natively and in Node, by one, two and
// four workers, by the kernels and, where they can't be had, by the generic device.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, profile, serve, visit } from './lib.mjs'
import { golden, goldens } from './golden.mjs'

let server
before(async () => { server = await serve() })
after(async () => { await server?.stop() })

for (const [device, counts, prepare] of [
  ['wasm-simd', [1, 2, 4], () => {}],
  ['generic', [1], context => context.route('**/kernels.*.wasm', route => route.abort())],
]) {
  test(`the device ${device} gives the golden weights, with ${counts} at work`, async t => {
    const home = await profile()
    const context = await browser(home.dir, { serviceWorkers: 'block' }) // whose fetches no route sees
    t.after(async () => { await context.close(); await home.remove() })
    await prepare(context)
    const page = await visit(context, server.url)
    for (const workers of counts) {
      for (const g of goldens) {
        const { trained, compressed } = g
        assert.deepEqual(await golden(page, g, { workers }), { device, threads: workers, trained, compressed }, `${g.name}, ${workers} at work`)
      }
    }
  })
}
