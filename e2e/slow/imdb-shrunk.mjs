// A model of the size of imdb's made smaller in a tab: the native one is opened, then int8 and a
// recipe that trains on 22,500 reviews are made of it and tested on 25,000. It prints what
// came out, how long that took, the worker's memory, and how long the page's own thread was
// kept from answering. CLOVE_DATA has the reviews, MODEL the model's file; RECIPES names others.
import { readFileSync } from 'node:fs'
import { browser, phase, press, profile, serve, visit } from '../lib.mjs'
import { events, gaps, programs, told, watch, workers } from './watch.mjs'

const server = await serve('--data', process.env.CLOVE_DATA)
const home = await profile()
const context = await browser(home.dir, { serviceWorkers: 'block' })
try {
  await watch(context)
  const page = await visit(context, server.url)
  const began = Date.now()
  await press(page, 'Your own text')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.now .btn.go').click()])
  await chooser.setFiles({ name: 'imdb.safetensors', mimeType: 'application/octet-stream', buffer: readFileSync(process.env.MODEL) })
  await phase(page, 'trained')
  console.log(`opened after ${seconds(began)}: ${(await page.locator('.say-now').innerText()).replaceAll('\n', ' ')}`)
  await page.locator('#to-compress').click()
  await page.waitForSelector('#room')
  const quiet = await gaps(page)
  for (const recipe of (process.env.RECIPES ?? 'int8 int4-qat').split(' ')) {
    await page.locator('.rail .var').getByRole('button', { name: recipe, exact: true }).click()
    const from = Date.now()
    await press(page, 'Make it smaller')
    const most = { page: 0, worker: 0, helpers: 0 }
    const state = () => page.evaluate(() => document.getElementById('clove').dataset.state)
    await phase(page, 'compressing')
    for (let now; (now = await state()) !== 'compressed';) {
      const m = await programs(page)
      for (const k in most) most[k] = Math.max(most[k], m[k])
      if (now === 'notice') throw new Error(`${recipe}: ${await page.locator('.now').innerText()}`)
      await new Promise(ok => setTimeout(ok, 500))
    }
    const { variant: v } = (await events(page, 'compressed')).at(-1)
    console.log(`${recipe}: ${v.file_bytes} bytes, test accuracy ${(100 * v.test.accuracy).toFixed(2)} %, weights ${v.weights_sha256.slice(0, 16)}, ${seconds(from)}`)
    console.log(`  at most ${told(most)}; workers that the page started: ${await workers(page)}`)
  }
  console.log(await quiet())
  if (page.errors.length) console.log(`the page complained: ${page.errors.join('; ')}`)
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}

function seconds(from) { return `${((Date.now() - from) / 1000).toFixed(0)} s` }
