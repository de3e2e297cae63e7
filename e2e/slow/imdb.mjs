// The spec imdb, whole, in a tab: 22,500 reviews in eight epochs, tested on 25,000. It
// prints how far each epoch came and when, the worker's memory, and how long the page's
// own thread was kept from answering. CLOVE_DATA has the reviews. LIMIT and
// EPOCHS are for a trial.
import { browser, phase, press, profile, serve, set, visit } from '../lib.mjs'
import { events, gaps, mb, programs, told, watch, workers } from './watch.mjs'

const server = await serve('--data', process.env.CLOVE_DATA)
const home = await profile()
const context = await browser(home.dir, { serviceWorkers: 'block' })
try {
  await watch(context)
  const page = await visit(context, server.url)
  await page.selectOption('#ds', 'imdb')
  await page.waitForFunction(() => document.querySelector('.now .btn.go')?.disabled === false, null, { timeout: 60_000 })
  await set(page, { // what imdb has over imdb-small, the page's
    'tokenizer.max_tokens': 256, 'model.embedding': 100, 'model.hidden': 128, 'train.rate': 0.001,
    'train.epochs': Number(process.env.EPOCHS ?? 8), ...(process.env.LIMIT && { 'data.limit': Number(process.env.LIMIT) }),
  })
  const began = await page.evaluate(() => performance.now() / 1000)
  await press(page, 'Train on IMDB reviews')
  await phase(page, 'training')
  const quiet = await gaps(page)
  let most = { worker: 0, helpers: 0 }
  let shown = 0
  for (;;) {
    const busy = await page.evaluate(() => ['reading', 'training'].includes(document.getElementById('clove').dataset.state))
    const m = await programs(page)
    if (m.worker + m.helpers > most.worker + most.helpers) most = m
    const ended = await events(page, 'epoch')
    for (const e of ended.slice(shown)) {
      if (e.event === 'failed') throw new Error(e.message)
      console.log(`epoch ${e.epoch}: validation accuracy ${percent(e.validation.accuracy)}, ${(e.at - began).toFixed(0)} s after the press`)
    }
    shown = ended.length
    if (!busy) break
    await new Promise(ok => setTimeout(ok, 1000))
  }
  await phase(page, 'trained')
  const [first] = (await events(page, 'epoch')).filter(e => e.validation.accuracy >= 0.87)
  const [started] = await events(page, 'started')
  const [done] = await events(page, 'done')
  console.log(`by ${started.device}, ${started.threads} at work: ${(started.at - began).toFixed(0)} s to the first step, ${first ? `${(first.at - began).toFixed(0)} s` : 'never'} to 87 % of validation, ${(done.at - began).toFixed(0)} s with the test`)
  console.log(`in the tab: test accuracy ${percent(done.test.accuracy)} (95 %: ${percent(done.test.low)} to ${percent(done.test.high)}, ${done.test.texts} texts), weights ${done.weights_sha256.slice(0, 16)}`)
  console.log(`  at most ${told(most)}; workers that the page started: ${await workers(page)}`)
  console.log(`  ${await quiet()}`)
  if (page.errors.length) console.log(`  the page complained: ${page.errors.join('; ')}`)
  if (most.worker > 600 * 2 ** 20) {
    console.log(`  the worker took ${mb(most.worker)}, more than 600 MB`)
    process.exitCode = 1
  }
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}

function percent(x) { return `${(100 * x).toFixed(2)} %` }
