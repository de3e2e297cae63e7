// The fast kernels: there, and where they can't be had.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, fact, flags, phase, press, profile, serve, text, tiny, visit } from './lib.mjs'

let server, quick
before(async () => { server = await serve() })
after(async () => { await server?.stop() })

// trained trains the tiny run and gives its weights' hash and the status line.
async function trained(t, prepare = async () => {}, options = {}) {
  const home = await profile()
  const context = await browser(home.dir, { serviceWorkers: 'block', ...options }) // whose fetches no route sees
  t.after(async () => { await context.close(); await home.remove() })
  await prepare(context)
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  return { page, weights: await fact(page, 'train', 'weights'), status: await text(page, '.status') }
}

test('the kernels train', async t => {
  quick = await trained(t)
  assert.match(quick.status, /CPU, \d workers?, SIMD/)
  assert.doesNotMatch(quick.status, /fast kernels/)
  assert.match(quick.weights, /[0-9a-f]{4}/)
})

// answer has the request for the module answered so.
const answer = how => context => context.route('**/kernels.*.wasm', how)

for (const [fault, prepare, options] of [
  ['their request fails', answer(route => route.abort())],
  ['the server has them not', answer(route => route.fulfill({ status: 404, body: 'not found' }))],
  ['another page is sent in their place', answer(route => route.fulfill({ status: 200, contentType: 'text/html', body: '<p>Sign in to this network' }))],
  ['they arrive damaged', answer(async route => {
    const response = await route.fetch()
    const body = await response.body()
    body.fill(0xff, body.length >> 1, (body.length >> 1) + 64)
    await route.fulfill({ response, body })
  })],
  ['the browser has no SIMD', undefined, { args: [...flags, '--js-flags=--no-enable-sse4-1'] }], // x86's wasm needs it for SIMD
]) {
  test(`where ${fault} the generic device trains to the same weights, which is told`, async t => {
    const slow = await trained(t, prepare, options)
    if (options && await slow.page.evaluate(() => WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11])))) {
      return t.skip('this browser can’t be made to lack SIMD')
    }
    assert.match(slow.status, /CPU, \d workers?\b(?!, SIMD)/)
    assert.match(slow.status, /fast kernels can.t run/)
    assert.equal(slow.weights, quick.weights)
  })
}
