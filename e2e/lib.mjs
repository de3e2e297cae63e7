// What every end-to-end test needs: a server of its own, a real Chromium with a
// profile that survives closing, and words for what a person does.
import { spawn } from 'node:child_process'
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const chrome = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

const freePort = () => new Promise((ok, no) => {
  const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => ok(port)) })
  s.on('error', no)
})

// serve starts bin/clove over dist/ and waits until it answers.
export async function serve(...more) {
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

// profile is a folder for a browser's storage, gone at the end.
export async function profile() {
  const dir = await mkdtemp(join(tmpdir(), 'clove-e2e-'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) }
}

// browser opens Chromium over that profile.
export function browser(dir, options = {}) {
  if (!chrome) throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM to its path')
  return chromium.launchPersistentContext(dir, {
    executablePath: chrome, headless: true, viewport: { width: 1440, height: 900 }, acceptDownloads: true, locale: 'en-GB',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
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

export async function shot(page, name) {
  await mkdir(join(root, 'e2e/shots'), { recursive: true })
  await page.screenshot({ path: join(root, `e2e/shots/${name}.png`) })
}
