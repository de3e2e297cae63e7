// Ten thousand training steps on real mail in one worker: after its first fifth the
// worker's memory must stay within 2 %, and no worker may be lost. STEPS=10000 is how many.
import { browser, phase, press, profile, serve, set, step, visit } from '../lib.mjs'
import { mb, memory, programs, told, watch, workers } from './watch.mjs'

const steps = Number(process.env.STEPS ?? 10_000)
const anEpoch = 145 // of the preset mail
const server = await serve()
const home = await profile()
const context = await browser(home.dir, { serviceWorkers: 'block' })
try {
  await watch(context)
  const page = await visit(context, `${server.url}?workers=1`)
  await page.selectOption('#ds', 'mail')
  await set(page, { 'train.epochs': Math.ceil(steps / anEpoch) + 1 }) // and some more
  await press(page, 'Train a spam judge')
  await phase(page, 'training')
  const warm = []
  for (let next = steps / 10; next <= steps;) {
    const now = await step(page)
    if (now >= next) {
      const m = await programs(page)
      console.log(`after ${now} steps: ${told(m)}`)
      if (now >= steps / 5) warm.push(m.worker)
      next += steps / 10
    }
    if (await page.locator('#clove').getAttribute('data-state') !== 'training') throw new Error(`the run ended at step ${now}`)
    await new Promise(ok => setTimeout(ok, 250))
  }
  console.log(`then: ${told(await memory(page))}`)
  const least = Math.min(...warm), most = Math.max(...warm)
  console.log(`after the first fifth the worker goes from ${mb(least)} to ${mb(most)}: ${(100 * (most / least - 1)).toFixed(1)} %; workers that the page started: ${await workers(page)}`)
  if (page.errors.length) console.log(`the page complained: ${page.errors.join('; ')}`)
  if (most > 1.02 * least || await workers(page) !== 1) process.exitCode = 1
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}
