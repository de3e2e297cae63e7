// Offline: after one visit all opens without a network; an update announces itself,
// interrupts nothing and mixes nothing; what is kept is counted, and can be cleared.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alive, browser, fact, phase, press, profile, root, serve, serveFiles, set, step, text, tiny, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir); context.setDefaultTimeout(60_000) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

// kept waits until all of this version is in the browser, and gives what is, by cache.
async function kept(page) {
  await page.waitForFunction(async () => {
    if (!/Works offline: .* kept/.test(document.querySelector('.status').textContent)) return false
    const all = (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(r => r.url)))).flat()
    return all.some(url => /mail\.\w+\.tsv$/.test(url)) // which comes last
  }, null, { timeout: 60_000 })
  return page.evaluate(async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async name => {
    const all = await (await caches.open(name)).matchAll()
    return [name, (await Promise.all(all.map(async r => (await r.arrayBuffer()).byteLength))).reduce((a, b) => a + b, 0)]
  }))))
}

test('with the server stopped each route opens, as itself, as a link and in a frame; a model trains and is there after a reload', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  const before = await fact(page, 'train', 'weights')
  const caches = await kept(page)
  assert.equal(Object.keys(caches).length, 1)
  console.log(`# kept for offline use: ${(Object.values(caches)[0] / 1e6).toFixed(1)} MB; the page says: ${(await text(page, '.status')).match(/Works offline.*kept/)[0]}`)
  await server.stop()
  try {
    const links = ['', '?v=1&spec=names&model.hidden=8&seed=7', '?lang=zh', 'index.html', 'any/route', '#room=compress', '?v=1&spec=mail#room=compare']
    for (const address of links) {
      await page.goto('about:blank')
      await page.goto(server.url + address)
      await alive(page)
    }
    const others = (await readdir(join(root, 'dist'))).filter(name => name.endsWith('.html') && name !== 'index.html').map(name => name.slice(0, -5))
    for (const route of others) {
      for (const address of [`${route}?v=1&spec=names`, `${route}/`]) {
        await page.goto(server.url + address)
        assert.ok(await page.evaluate(() => document.body.innerText.trim().length) > 0, address)
      }
    }
    console.log(`# opened without a server: ${[...links, ...others].map(a => '/' + a).join(' ')}`)

    await page.goto(server.url)
    await alive(page)
    assert.match(await text(page, '.status'), /No server/)
    for (const address of ['', '?v=1&spec=names', 'embed']) { // in a page's frame
      await page.evaluate(address => {
        const frame = document.createElement('iframe')
        Object.assign(frame, { id: 'framed', src: new URL(address, document.baseURI).href })
        document.body.append(frame)
      }, address)
      const frame = await (await page.waitForSelector('#framed', { state: 'attached' })).contentFrame()
      await frame.waitForFunction(() => document.readyState === 'complete' && document.body.innerText.trim().length > 0)
      if (address !== 'embed') await alive(frame)
      await page.evaluate(() => document.getElementById('framed').remove())
    }

    await page.goto(server.url)
    await alive(page)
    await page.selectOption('#ds', 'mail')
    await page.waitForFunction(() => /4,6\d\d/.test(document.querySelector('.c-data .dl').textContent))
    await tiny(page, { seed: 3 })
    await press(page, 'Train on names')
    await phase(page, 'trained')
    const hash = await fact(page, 'train', 'weights')
    assert.notEqual(hash, before)
    await page.reload()
    await alive(page)
    await page.locator('#hist').click()
    for (const [i, want] of [hash, before].entries()) {
      await page.locator('#drawer .run').nth(i).getByRole('button', { name: 'Open' }).click()
      await phase(page, 'trained')
      await page.waitForFunction(want => [...document.querySelectorAll('.c-train dd')].some(e => e.textContent.trim() === want), want)
    }
    assert.deepEqual(page.errors, [])
  } finally {
    await server.restart()
  }
  await page.close()
})

// another writes the next version of a site: its worker and what names it are others,
// and what the version before was made of is gone.
async function another(dir) {
  const next = await mkdtemp(join(tmpdir(), 'clove-next-'))
  await cp(dir, next, { recursive: true })
  const files = (await readdir(next, { recursive: true })).filter(name => /\.(html|js|br|gz)$/.test(name))
  const changes = new Map() // what was named so is named so
  const version = (await readFile(join(next, 'index.html'), 'utf8')).match(/data-version="(\w+)"/)[1]
  changes.set(version, 'ffff' + version.slice(4))
  for (const role of ['worker', 'start']) { // start names worker
    const name = files.find(name => RegExp(`^a/${role}\\.\\w+\\.js$`).test(name))
    let body = await readFile(join(next, name), 'utf8')
    for (const [from, to] of changes) body = body.replaceAll(from, to)
    body += '\n// the next version\n'
    const is = `${role}.${createHash('sha256').update(body).digest('hex').slice(0, 8)}.js`
    changes.set(name.slice(2), is)
    await writeFile(join(next, 'a', is), body)
    await rm(join(next, name))
  }
  for (const name of files) {
    if (/\.(br|gz)$/.test(name)) await rm(join(next, name))
    else if (!name.startsWith('a/')) {
      let body = await readFile(join(next, name), 'utf8')
      for (const [from, to] of changes) body = body.replaceAll(from, to)
      await writeFile(join(next, name), body)
    }
  }
  return { dir: next, version: changes.get(version), was: version, remove: () => rm(next, { recursive: true, force: true }) }
}

const versionOf = page => page.evaluate(() => document.documentElement.dataset.version)
const workerOf = page => page.workers()[0].url().split('/').at(-1)
// workerIn is the worker that a version's page starts.
const workerIn = async (dir) => (await readdir(join(dir, 'a'))).find(name => /^worker\.\w+\.js$/.test(name))

test('an update announces itself, interrupts no run, and page and worker are of one version', async () => {
  const files = await serveFiles(), next = await another(files.dir), first = files.dir
  const home = await profile(), context = await browser(home.dir)
  context.setDefaultTimeout(60_000)
  try {
    const page = await visit(context, files.url)
    await page.waitForFunction(() => /Works offline/.test(document.querySelector('.status').textContent))
    await set(page, { 'train.epochs': 100 })
    await press(page, 'Train a film-review judge')
    await phase(page, 'training')
    await press(page, 'Pause') // a machine of two cores has none left for the disk while it trains
    await phase(page, 'paused')
    const before = workerOf(page), at = await step(page)
    assert.equal(before, await workerIn(first))

    files.dir = next.dir // published, and the files of the first are gone
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update())
    await page.waitForFunction(() => /A newer Clove is here; what runs goes on/.test(document.querySelector('.status').textContent))
    assert.equal(await page.locator('#newer').count(), 0, 'nothing to press in the middle of a run')
    await press(page, 'Resume')
    await page.waitForFunction(at => Number(document.querySelector('.now').innerText.match(/step ([\d,]+) of/)?.[1].replaceAll(',', '')) > at, at)

    // A new tab is of the new version, and so is its worker; this one stays what it was, even if
    // its worker dies and must be started again.
    const tab = await visit(context, files.url)
    assert.deepEqual([await versionOf(tab), workerOf(tab)], [next.version, await workerIn(next.dir)])
    const [worker] = page.workers()
    await Promise.all([worker.evaluate(() => setTimeout(() => { throw new Error('dies for a test') })).catch(() => {}), page.waitForEvent('worker')])
    await page.waitForFunction(() => document.getElementById('clove').dataset.state === 'notice')
    assert.deepEqual([await versionOf(page), workerOf(page)], [next.was, before])
    assert.equal(await page.evaluate(async () => (await caches.keys()).length), 2, 'the version of the open tab is kept')

    await page.locator('#newer').click() // now that nothing runs
    await page.waitForFunction(version => document.documentElement.dataset.version === version, next.version)
    await alive(page)
    assert.equal(workerOf(page), await workerIn(next.dir))
    await page.waitForFunction(async () => (await caches.keys()).length === 1)
    assert.doesNotMatch(await text(page, '.status'), /newer/)
    await files.stop()
    await page.reload()
    await alive(page)
    assert.equal(await versionOf(page), next.version)
  } finally {
    await context.close()
    await files.stop()
    await home.remove()
    await next.remove()
  }
})

test('what is kept is cleared by a press, and kept again by another', async () => {
  const page = await visit(context, server.url)
  await kept(page)
  await page.locator('#offline-clear').click()
  await page.waitForFunction(async () => /No copy for offline use/.test(document.querySelector('.status').textContent) && (await caches.keys()).length === 0)
  await page.reload()
  await alive(page)
  assert.match(await text(page, '.status'), /No copy for offline use/)
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0)
  await page.locator('#offline-keep').click()
  await kept(page)
  await page.close()
})

test('Chromium would install it', async () => {
  const page = await visit(context, server.url)
  const cdp = await context.newCDPSession(page)
  const { errors, data } = await cdp.send('Page.getAppManifest')
  assert.deepEqual(errors, [])
  const manifest = JSON.parse(data)
  assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ['./', './', 'standalone'])
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors')
  assert.deepEqual(installabilityErrors.filter(e => e.errorId !== 'in-incognito'), [])
  await page.close()
})

test('where WebAssembly, workers, the look’s CSS or scripts are missing, plain HTML says which', async () => {
  for (const { says, without, options = {} } of [
    { says: /lacks WebAssembly,/, without: () => { delete window.WebAssembly } },
    { says: /lacks Web Workers,/, without: () => { delete window.Worker } },
    { says: /缺少或停用了 WebAssembly、Web Workers/, without: () => { delete window.WebAssembly; delete window.Worker; Object.defineProperty(navigator, 'language', { value: 'zh-CN' }) } },
    { says: /lacks light-dark\(\), subgrid in CSS/, without: () => { const real = CSS.supports; CSS.supports = (p, v) => !/light-dark|subgrid/.test(v) && real.call(CSS, p, v) } },
    { says: /JavaScript is switched off/, options: { javaScriptEnabled: false } },
  ]) {
    const home = await profile(), context = await browser(home.dir, options)
    if (without) await context.addInitScript(without)
    const page = await context.newPage()
    const errors = []
    page.on('pageerror', e => errors.push(String(e)))
    await page.goto(server.url)
    const note = page.locator('.start-failed').first()
    await note.waitFor()
    assert.match(await note.textContent(), says)
    const box = await note.boundingBox()
    assert.ok(box.y >= 0 && box.y < 60 && box.height > 10, `seen at the top: ${JSON.stringify(box)}`)
    assert.ok(await page.getByText('Train a film-review judge').count() > 0, 'the page stays readable')
    if (/light-dark/.test(says.source)) await alive(page) // it works all the same
    assert.deepEqual(errors, [])
    await context.close()
    await home.remove()
  }
})
