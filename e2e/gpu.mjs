// The tests of package webgpu in a worker of Chromium, whose software adapter plays the card
// where the machine has none.
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { browser, flags, profile, root } from './lib.mjs'

// gpuFlags start a Chromium that has WebGPU.
export const gpuFlags = [...flags.filter(f => f !== '--disable-gpu'), '--enable-unsafe-webgpu']

const worker = `
importScripts('wasm_exec.js')
onmessage = async ({ data: { argv, env } }) => {
  console.log = line => postMessage({ line })
  const go = new Go()
  Object.assign(go, { argv, env, exit: code => postMessage({ code }) })
  try {
    const { instance } = await WebAssembly.instantiateStreaming(fetch('test.wasm'), go.importObject)
    await go.run(instance)
  } catch (error) { postMessage({ line: String(error), code: 1 }) }
}`

// open builds the tests and starts the browser. Its run(pattern) has it run the tests of that
// name, tells each line to heard, and gives the exit code with all that was said.
export async function open() {
  const wasm = join(root, '.cache/wasm/webgpu.test.wasm')
  execFileSync('go', ['test', '-c', '-trimpath', '-ldflags=-s -w', '-o', wasm, './webgpu'], { cwd: root, stdio: 'inherit', env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' } })
  const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
  const files = {
    '/': ['text/html', '<!doctype html><title>WebGPU</title><link rel="icon" href="data:,">'],
    '/worker.js': ['text/javascript', worker],
    '/wasm_exec.js': ['text/javascript', readFileSync(join(goroot, 'lib/wasm/wasm_exec.js'))],
    '/test.wasm': ['application/wasm', readFileSync(wasm)],
    '/names.tsv': ['text/tab-separated-values', readFileSync(join(root, 'dist/data/names.tsv'))],
  }
  const server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? []
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(body)
  })
  await new Promise(ok => server.listen(0, 'localhost', ok))
  const home = await profile()
  const context = await browser(home.dir, { args: gpuFlags })

  async function run(pattern, { env = {}, heard = () => {} } = {}) {
    const page = await context.newPage()
    const said = []
    const hear = line => { said.push(line); heard(line) }
    page.on('console', m => hear(m.text()))
    page.on('pageerror', e => hear(String(e)))
    await page.goto(`http://localhost:${server.address().port}/`)
    const code = await page.evaluate(([argv, env]) => new Promise(ok => {
      const w = new Worker('worker.js')
      w.onmessage = ({ data }) => { if (data.line !== undefined) console.log(data.line); if (data.code !== undefined) ok(data.code) }
      w.onerror = e => { console.log(e.message); ok(1) }
      w.postMessage({ argv, env })
    }), [['webgpu.test', '-test.v', `-test.run=${pattern}`], env])
    await page.close()
    return { code, said: said.join('\n') }
  }
  const close = async () => { await context.close(); await home.remove(); server.close() }
  return { run, close }
}
