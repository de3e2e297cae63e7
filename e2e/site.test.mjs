// clove site: plain files under a path, from a host that sends no headers.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { alive, browser, phase, press, profile, serveFiles, text, tiny, visit, watch } from './lib.mjs'

let server, home, context
before(async () => { server = await serveFiles(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

test('as plain files under a path the page judges, trains with helpers, shrinks and downloads, and says that no server is there', async () => {
  const outside = []
  context.on('request', r => { if (!r.url().startsWith(server.url) && !/^(blob|data):/.test(r.url())) outside.push(r.url()) })
  const page = await visit(context, server.url)
  assert.equal(await page.evaluate(() => crossOriginIsolated), false)
  assert.match(await text(page, '.status'), /No server here/)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  await press(page, 'Make it smaller')
  await phase(page, 'compressed')
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.now .btn.go').click()])
  assert.match(download.suggestedFilename(), /safetensors$/)
  await page.goto(server.url + '#room=compare')
  await page.waitForFunction(() => document.querySelector('.see') !== null)
  assert.deepEqual(page.errors, [])

  const embed = await context.newPage(), errors = watch(embed)
  await embed.goto(server.url + 'embed?model=reviews')
  assert.equal(embed.url(), server.url + 'embed?model=reviews') // by the service worker
  await alive(embed)
  assert.deepEqual(errors, [])
  assert.deepEqual(outside, [])
  await embed.close()
  await page.close()
})

test('a first visit may be the embed, or an address where nothing is', async () => {
  const other = await profile(), stranger = await browser(other.dir)
  const page = await stranger.newPage()
  await page.goto(server.url + 'embed?model=reviews')
  assert.equal(page.url(), server.url + 'embed/?model=reviews')
  await alive(page)
  await page.goto(server.url + 'no/such/page')
  await page.getByRole('link', { name: 'Clove is here.' }).click()
  await alive(page)
  await stranger.close()
  await other.remove()
})
