// Ten thousand training steps on real mail in one worker: after its first fifth the
// worker's memory must stay within 2 %, and no worker may be lost. STEPS=10000 is how many.
import { browser, phase, press, profile, serve, set, step, visit } from '../lib.mjs'
import { mb, memory, told, watch, workers } from './watch.mjs'

const steps = Number(process.env.STEPS ?? 10_000)
const anEpoch = 145 // of the preset mail
const server = await serve()
const home = await profile()
const context = await browser(home.dir, { serviceWorkers: 'block' })
try {
  await watch(context)
  const page = await visit(context, server.url)
  await page.selectOption('#ds', 'mail')
  await set(page, { 'train.epochs': Math.ceil(steps / anEpoch) })
  await press(page, 'Train a spam judge')
  await phase(page, 'training')
  const warm = []
  let next = steps / 10
  for (;;) {
    const ended = await page.evaluate(() => !['reading', 'training'].includes(document.getElementById('clove').dataset.state))
    const now = await step(page)
    if (ended || now >= next) {
      const m = await memory(page)
      console.log(`${ended ? 'at the end' : `after ${now} steps`}: ${told(m)}`)
      if (now >= steps / 5) warm.push(m.worker + m.helpers)
      next += steps / 10
    }
    if (ended) break
    await new Promise(ok => setTimeout(ok, 250))
  }
  await phase(page, 'trained')
  const least = Math.min(...warm), most = Math.max(...warm)
  console.log(`after the first fifth the worker goes from ${mb(least)} to ${mb(most)}: ${(100 * (most / least - 1)).toFixed(1)} %; workers that the page started: ${await workers(page)}`)
  if (page.errors.length) console.log(`the page complained: ${page.errors.join('; ')}`)
  if (most > 1.02 * least || await workers(page) !== 1) process.exitCode = 1
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}
