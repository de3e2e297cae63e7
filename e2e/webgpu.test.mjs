// The tests of package webgpu, in Chromium, whose software adapter plays the card where the
// machine has none. WEBGPU_RUN is a pattern of tests, as go test -run takes it.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { browser, flags, profile, root } from './lib.mjs'

const page = `<!doctype html><title>WebGPU</title><script src="wasm_exec.js"></script>`
let server, home, context, url

before(async () => {
  const wasm = join(root, '.cache/wasm/webgpu.test.wasm')
  execFileSync('go', ['test', '-c', '-trimpath', '-ldflags=-s -w', '-o', wasm, './webgpu'], { cwd: root, stdio: 'inherit', env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' } })
  const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
  const files = { '/': ['text/html', page], '/wasm_exec.js': ['text/javascript', readFileSync(join(goroot, 'lib/wasm/wasm_exec.js'))], '/test.wasm': ['application/wasm', readFileSync(wasm)] }
  server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? []
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(body)
  })
  await new Promise(ok => server.listen(0, 'localhost', ok))
  url = `http://localhost:${server.address().port}/`
  home = await profile()
  context = await browser(home.dir, { args: [...flags.filter(f => f !== '--disable-gpu'), '--enable-unsafe-webgpu'] })
})
after(async () => { await context?.close(); await home?.remove(); server?.close() })

// run has the browser run the tests of that pattern, and gives what they print.
async function run(pattern) {
  const page = await context.newPage()
  const lines = []
  page.on('console', m => { lines.push(m.text()); if (process.env.WEBGPU_SHOW) console.log(m.text()) })
  page.on('pageerror', e => lines.push(String(e)))
  await page.goto(url)
  const code = await page.evaluate(async pattern => {
    const go = new Go()
    go.argv = ['webgpu.test', '-test.v', `-test.run=${pattern}`]
    let code = 0
    go.exit = c => { code = c }
    const { instance } = await WebAssembly.instantiateStreaming(fetch('test.wasm'), go.importObject)
    await go.run(instance)
    return code
  }, pattern)
  await page.close()
  const said = lines.join('\n')
  assert.equal(code, 0, said)
  assert.match(said, /\nPASS$/m, said)
  assert.doesNotMatch(said, /SKIP: Test/, said)
  return said
}

test('the device passes its tests on this browser’s adapter', { timeout: 300_000 }, async () => {
  await run(process.env.WEBGPU_RUN ?? '.')
})
