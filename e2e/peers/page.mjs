// A peer in Chromium: a page of its own, isolated so that it may use threads, which runs
// pages/NAME.mjs with what the query says, and prints what it said as JSON:
//
//	node page.mjs NAME SECONDS QUERY
//
// A program of its own, since a page that computes without end answers no close: its
// browser ends with this process.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { browser, flags, profile } from '../lib.mjs'

const here = import.meta.dirname
const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' }
const html = name => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module">
import { main } from '/pages/${name}.mjs'
const said = {}
const say = part => console.log('measured ' + JSON.stringify(Object.assign(said, part)))
try { await main(Object.fromEntries(new URLSearchParams(location.search)), say) } catch (e) { say({ error: String(e?.message ?? e).slice(0, 300) }) }
console.log('done')
</script>`

// files serves this folder to this machine, and says where.
function files() {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://x').pathname
    const type = types[extname(path)] ?? 'application/octet-stream'
    try {
      const body = path.endsWith('.html') ? html(path.slice(1, -5)) : await readFile(join(here, normalize(path)))
      response.writeHead(200, { 'Content-Type': type, 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }).end(body)
    } catch { response.writeHead(404).end() }
  })
  return new Promise(ok => server.listen(0, '127.0.0.1', () => ok(`http://127.0.0.1:${server.address().port}/`)))
}

const gpu = { webgpu: ['--enable-unsafe-webgpu'], webgl: ['--enable-unsafe-swiftshader'] }

const [name, limit, query] = process.argv.slice(2)
const drawn = gpu[new URLSearchParams(query).get('backend')]
const server = await files(), home = await profile()
const context = await browser(home.dir, { args: drawn ? [...flags.filter(f => f !== '--disable-gpu'), ...drawn] : flags })
const page = await context.newPage()
let said = {}
await new Promise(ended => {
  const fail = error => { said.error ??= error; ended() }
  page.on('console', m => {
    if (m.text().startsWith('measured ')) said = JSON.parse(m.text().slice(9))
    if (m.text() === 'done') ended()
  })
  page.on('crash', () => fail('the page crashed'))
  setTimeout(() => fail(`not done within ${limit} s`), limit * 1000)
  page.goto(`${server}${name}.html?${query}`, { waitUntil: 'commit' }).catch(e => fail(String(e))) // who computes on the page's thread holds up "load"
})
console.log(JSON.stringify({ ...said, browser: context.browser()?.version() }))
await Promise.race([context.close(), new Promise(ok => setTimeout(ok, 3000))])
await home.remove().catch(() => {})
process.exit()
