// A tab that trains names again and again: what it holds of memory after the first
// runs and after the last. Go never gives wasm memory back, so what counts is
// whether it goes on growing. SOAK=30 is the number of runs.
import { browser, phase, press, profile, serve, visit } from '../lib.mjs'

const runs = Number(process.env.SOAK ?? 30)
const server = await serve()
const home = await profile()
const context = await browser(home.dir, { serviceWorkers: 'block' }) // or it would answer in the route's place
try {
  // The programs keep their memory to themselves, so it is caught where it is made.
  await context.addInitScript(catchMemory)
  await context.route(/\/worker[^/]*\.js$/, async route => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `(${catchMemory})()\n${await response.text()}` })
  })
  const page = await visit(context, server.url)
  await tell(page, 'on arrival')
  for (let run = 1; run <= runs; run++) {
    if (run > 1) await press(page, 'New run')
    await page.selectOption('#ds', 'names')
    await press(page, 'Train on names')
    await phase(page, 'trained')
    if (run === 1 || run === 5 || run === runs) await tell(page, `after run ${run}`)
  }
  if (page.errors.length) console.log(`the page complained: ${page.errors.join('; ')}`)
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}

function catchMemory() {
  const make = WebAssembly.instantiateStreaming
  WebAssembly.instantiateStreaming = async (...args) => {
    const made = await make(...args)
    globalThis.wasmMemory = made.instance.exports.mem
    return made
  }
}

// tell prints what Chromium counts of JavaScript, the DOM and the like, garbage
// collected, and the memories of the two Go programs, which it counts nowhere.
async function tell(page, when) {
  const { bytes } = await page.evaluate(() => performance.measureUserAgentSpecificMemory())
  const wasm = () => globalThis.wasmMemory.buffer.byteLength
  const [worker] = page.workers()
  console.log(`${when}: JavaScript and DOM ${mb(bytes)}, wasm of the page ${mb(await page.evaluate(wasm))}, of the worker ${mb(await worker.evaluate(wasm))}`)
}

function mb(n) { return `${(n / 2 ** 20).toFixed(1)} MB` }
