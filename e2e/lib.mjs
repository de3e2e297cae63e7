// What every end-to-end test needs: a server of its own, a real Chromium with a
// profile that survives closing, and words for what a person does.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { existsSync, rmSync } from 'node:fs'
import { createServer as createHTTP } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const chrome = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

const freePort = () => new Promise((ok, no) => {
  const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => ok(port)) })
  s.on('error', no)
})

// plain says that the tests run against plain files (make e2e-static): no native engine,
// no headers that isolate the page.
export const plain = process.env.CLOVE_SITE === 'plain'

// serve starts bin/clove over dist/ and waits until it answers.
export async function serve(...more) {
  if (plain) return serveFiles()
  const port = await freePort()
  const url = `http://localhost:${port}/`
  const start = async () => {
    const child = spawn(join(root, 'bin/clove'), ['serve', '--addr', `localhost:${port}`, '--site', join(root, 'dist'), ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', b => said += b)
    child.stderr.on('data', b => said += b)
    for (let i = 0; ; i++) {
      if (child.exitCode !== null) throw new Error(`clove serve ended with ${child.exitCode}: ${said}`)
      try { if ((await fetch(url + 'api/info')).ok) break } catch { /* not yet */ }
      if (i > 200) throw new Error(`clove serve does not answer: ${said}`)
      await new Promise(ok => setTimeout(ok, 50))
    }
    return child
  }
  let child = await start()
  const stop = () => new Promise(ok => { if (child.exitCode !== null) return ok(); child.once('exit', ok); child.kill('SIGTERM') })
  return { url, port, stop, restart: async () => { child = await start() } }
}

const kinds = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png' }

// serveFiles has clove site write a site, and serves it as the dullest of hosts does:
// files by their names below some path, no header but a type, and that not for all.
export async function serveFiles({ base = '/some/where/', dir } = {}) {
  if (!dir) {
    dir = await mkdtemp(join(tmpdir(), 'clove-site-'))
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
    await promisify(execFile)(join(root, 'bin/clove'), ['site', '--site', join(root, 'dist'), '--out', dir, '--base', base])
  }
  const answer = async (req, res) => {
    const { pathname, search } = new URL(req.url, 'http://localhost')
    const say = (status, headers, body) => { res.writeHead(status, headers); res.end(body) }
    if (!pathname.startsWith(base) || req.method !== 'GET') return say(404, {})
    const path = join(files.dir, decodeURIComponent(pathname.slice(base.length)))
    const info = await stat(path).catch(() => null)
    if (info?.isDirectory() && !pathname.endsWith('/')) return say(301, { Location: `${pathname}/${search}` })
    const file = info?.isDirectory() ? join(path, 'index.html') : path
    const body = await readFile(file).catch(() => null)
    if (!body) return say(404, { 'Content-Type': 'text/html' }, await readFile(join(files.dir, '404.html')).catch(() => ''))
    say(200, kinds[extname(file)] ? { 'Content-Type': kinds[extname(file)] } : {}, body)
  }
  let server
  const start = port => new Promise((ok, no) => { server = createHTTP(answer).listen(port, 'localhost', ok).on('error', no) })
  await start(0)
  const { port } = server.address()
  const end = () => new Promise(ok => { server.close(ok); server.closeAllConnections() })
  const files = {
    url: `http://localhost:${port}${base}`, port, dir,
    stop: async () => { if (server.listening) await end() },
    restart: () => start(port),
  }
  return files
}

// profile is a folder for a browser's storage, gone at the end.
export async function profile() {
  const dir = await mkdtemp(join(tmpdir(), 'clove-e2e-'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) }
}

// flags that every Chromium here starts with.
export const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']

// browser opens Chromium over that profile.
export function browser(dir, options = {}) {
  if (!chrome) throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM to its path')
  return chromium.launchPersistentContext(dir, {
    executablePath: chrome, headless: true, viewport: { width: 1440, height: 900 }, acceptDownloads: true, locale: 'en-GB',
    args: flags,
    ...options,
  })
}

// watch collects what a page must never say: errors in the console and exceptions.
export function watch(page) {
  const errors = []
  page.on('console', m => { if (m.type() === 'error') errors.push(m.text()) })
  page.on('pageerror', e => errors.push(String(e)))
  return errors
}

export async function shot(page, name, options = {}) {
  await mkdir(join(root, 'e2e/shots'), { recursive: true })
  await page.screenshot({ path: join(root, `e2e/shots/${name}.png`), ...options })
}

// visit opens the page and waits until it is alive: the built-in model has judged the sentence.
export async function visit(context, url) {
  const page = await context.newPage()
  page.errors = watch(page)
  await page.goto(url)
  await alive(page)
  return page
}

export const alive = page => page.waitForFunction(() => /^[01]\.\d\d$/.test(document.querySelector('.score-num')?.textContent ?? ''), null, { timeout: 60_000 })

// judged waits until the score is that of this sentence, which the field holds.
export const judged = (page, sentence) => page.waitForFunction(s => document.getElementById('say').value === s &&
  document.querySelector('.say-tint')?.textContent === s && document.querySelector('.score-num[aria-busy=false]') !== null, sentence)

export const press = (page, name) => page.getByRole('button', { name, exact: typeof name === 'string' }).click()

// phase waits until the page is in one of these states.
export const phase = (page, ...names) =>
  page.waitForFunction(names => names.includes(document.getElementById('clove')?.dataset.state), names, { timeout: 120_000 })
    .catch(async error => {
      const is = await page.locator('#clove').getAttribute('data-state', { timeout: 1000 }).catch(String)
      const strip = await page.locator('.now').innerText({ timeout: 1000 }).catch(String)
      await shot(page, `stuck-${Date.now()}`).catch(() => {})
      throw new Error(`waited for ${names.join(' or ')}, the page is ${is}: ${strip}; errors: ${page.errors?.join('; ') || 'none'}`, { cause: error })
    })

// set changes settings where they stand: {'train.epochs': 2}.
export async function set(page, fields) {
  for (const [path, value] of Object.entries(fields)) {
    const field = page.locator(`#f-${path.replaceAll('.', '-')}`)
    if (!await field.isVisible()) await page.locator('details.set', { has: field }).locator('summary').click()
    if (await field.evaluate(e => e.tagName) === 'SELECT') await field.selectOption(value)
    else { await field.fill(String(value)); await field.press('Tab') }
  }
}

// tiny chooses names, few of them and a small model: a run of a few seconds.
export async function tiny(page, more = {}) {
  await page.selectOption('#ds', 'names')
  await set(page, { 'data.limit': 400, 'model.hidden': 8, 'train.epochs': 2, ...more })
}

export const text = (page, selector) => page.locator(selector).first().innerText()

// fact is the figure beside a name in a card's list.
export const fact = (page, card, name) => page.evaluate(([card, name]) => {
  const dt = [...document.querySelectorAll(`.c-${card} dt`)].find(e => e.textContent.trim() === name)
  return dt?.nextElementSibling?.textContent.trim()
}, [card, name])

export const step = async page => Number((await page.locator('.now').innerText()).match(/step ([\d,]+) of/)?.[1].replaceAll(',', '') ?? 0)
