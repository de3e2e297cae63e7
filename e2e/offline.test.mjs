// Offline: after one visit all opens without a network; an update announces itself,
// interrupts nothing and mixes nothing; what is kept is counted, and can be cleared.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alive, browser, fact, phase, press, profile, root, serve, serveFiles, text, tiny, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
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
      for (const address of [route, `${route}?v=1&spec=names`, `${route}/`, `${route}.html`]) {
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
