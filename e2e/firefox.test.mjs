// One smoke run in Firefox, over WebDriver BiDi as Firefox itself speaks it: no driver
// between. https://w3c.github.io/webdriver-bidi/
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { plain, profile, root, serve } from './lib.mjs'

const firefox = process.env.FIREFOX ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync)

// open starts Firefox and speaks BiDi with it: send(method, params) → result; said are
// the errors of its console.
async function open(dir) {
  const child = spawn(firefox, ['--headless', '--no-remote', '--profile', dir, '--remote-debugging-port', '0', 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: dir } })
  const at = await new Promise((ok, no) => {
    let text = ''
    child.stderr.on('data', b => { text += b; const m = text.match(/WebDriver BiDi listening on (ws:\S+)/); if (m) ok(m[1]) })
    child.once('exit', code => no(new Error(`firefox ended with ${code}: ${text}`)))
  })
  const socket = new WebSocket(at + '/session')
  await new Promise((ok, no) => { socket.onopen = ok; socket.onerror = () => no(new Error('no connection to ' + at)) })
  const waiting = new Map(), said = []
  socket.onmessage = ({ data }) => {
    const m = JSON.parse(data)
    if (m.method === 'log.entryAdded' && m.params.level === 'error') said.push(m.params.text)
    const w = waiting.get(m.id)
    if (w) m.type === 'error' ? w.no(new Error(`${m.error}: ${m.message}`)) : w.ok(m.result)
    waiting.delete(m.id)
  }
  let id = 0
  const send = (method, params = {}) => new Promise((ok, no) => { waiting.set(++id, { ok, no }); socket.send(JSON.stringify({ id, method, params })) })
  const close = async () => {
    const gone = new Promise(ok => child.once('exit', ok))
    await send('browser.close').catch(() => {})
    socket.close()
    setTimeout(() => child.kill('SIGKILL'), 5000).unref()
    await gone
  }
  return { send, said, close }
}

const why = !firefox ? 'no Firefox here: apt-get install firefox-esr, or set FIREFOX to its path' : plain ? 'once is enough' : false

test('Firefox: the page judges, trains to the weights of clove train, and opens with the server stopped', { skip: why }, async () => {
  if (typeof WebSocket === 'undefined') { // Node 20 has it behind a flag
    const { NODE_TEST_CONTEXT, ...env } = process.env
    const { stdout } = await promisify(execFile)(process.execPath, ['--experimental-websocket', '--test', fileURLToPath(import.meta.url)], { env }).catch(err => { throw new Error(err.stdout) })
    console.log(stdout.split('\n').find(line => line.includes('Firefox ')).replace(/^[# \\]*/, '# '))
    return
  }
  const server = await serve(), home = await profile(), { send, said, close } = await open(home.dir)
  try {
    const { capabilities } = await send('session.new', { capabilities: {} })
    await send('session.subscribe', { events: ['log.entryAdded'] })
    const { contexts: [{ context }] } = await send('browsingContext.getTree')
    const go = url => send('browsingContext.navigate', { context, url, wait: 'complete' })
    const run = async expression => {
      const { result, exceptionDetails } = await send('script.evaluate', { expression, target: { context }, awaitPromise: true, resultOwnership: 'none' })
      if (exceptionDetails) throw new Error(exceptionDetails.text)
      return result.value
    }
    const until = async (expression, seconds = 60) => {
      for (let end = Date.now() + seconds * 1000; ;) {
        if (await run(expression)) return
        if (Date.now() > end) throw new Error(`waited for ${expression}: ${await run('document.body.innerText.slice(0, 600)')}; console: ${said.join('; ')}`)
        await new Promise(ok => setTimeout(ok, 100))
      }
    }
    const alive = () => until(`/^[01]\\.\\d\\d$/.test(document.querySelector('.score-num')?.textContent)`)
    const pressed = name => until(`(() => { const b = [...document.querySelectorAll('button')].find(b => b.textContent.trim() === ${JSON.stringify(name)}); b?.click(); return !!b })()`)
    const choose = (id, value) => run(`(() => { const f = document.getElementById(${JSON.stringify(id)}); f.value = ${JSON.stringify(value)}; f.dispatchEvent(new Event('change', { bubbles: true })); f.dispatchEvent(new Event('input', { bubbles: true })) })()`)
    await go(server.url)
    await alive()
    await choose('ds', 'names')
    await until(`/6,\\d\\d\\d/.test(document.querySelector('.c-data .dl').textContent)`)
    await pressed('Train on names')
    await until(`document.getElementById('clove').dataset.state === 'trained'`)
    const hash = await run(`[...document.querySelectorAll('.c-train dt')].find(e => e.textContent.trim() === 'weights').nextElementSibling.querySelector('[title]').title`)
    const native = execFileSync(join(root, 'bin/clove'), ['train', '--spec', 'names', '--json', '--out', join(home.dir, 'n.safetensors')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    assert.equal(hash, native.match(/"weights_sha256":"(\w+)"/)[1])
    const device = await run(`document.querySelector('.status span').textContent`)
    const lacks = await run(`document.querySelector('.start-failed')?.textContent ?? ''`)
    await until(`/Works offline: .* kept/.test(document.querySelector('.status').textContent)`)
    assert.equal(lacks, '')
    assert.deepEqual(said, [])
    await server.stop()
    await go(server.url + '?v=1&spec=names')
    await alive()
    console.log(`# Firefox ${capabilities.browserVersion}, ${device}: judges, trains names to the weights of clove train, opens with the server stopped`)
  } finally {
    await close()
    await server.stop()
    await home.remove()
  }
})
