// A tab that trains names again and again: what it holds of memory after the first
// runs and after the last. Go never gives wasm memory back, so what counts is
// whether it goes on growing. SOAK=30 is the number of runs.
import { browser, phase, press, profile, serve, visit } from '../lib.mjs'
import { memory, told, watch } from './watch.mjs'

const runs = Number(process.env.SOAK ?? 30)
const server = await serve()
const home = await profile()
const context = await browser(home.dir, { serviceWorkers: 'block' })
try {
  await watch(context)
  const page = await visit(context, server.url)
  console.log(`on arrival: ${told(await memory(page))}`)
  for (let run = 1; run <= runs; run++) {
    if (run > 1) await press(page, 'New run')
    await page.selectOption('#ds', 'names')
    await press(page, 'Train on names')
    await phase(page, 'trained')
    if (run === 1 || run === 5 || run === runs) console.log(`after run ${run}: ${told(await memory(page))}`)
  }
  if (page.errors.length) console.log(`the page complained: ${page.errors.join('; ')}`)
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}
