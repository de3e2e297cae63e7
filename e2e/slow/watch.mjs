// What the slow proofs look at while a page is at work: the memory of its programs, the
// events of its runs, and how long its own thread was kept from answering.

// watch prepares a context, whose service workers must be blocked: one would answer in
// the route's place.
export async function watch(context) {
  // The Go programs keep their memory to themselves, so it is caught where it is made.
  await context.addInitScript(catchMemory)
  await context.addInitScript(keepEvents)
  await context.route(/\/(worker|helper)[^/]*\.js$/, async route => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `(${catchMemory})()\n${await response.text()}` })
  })
}

function catchMemory() {
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const make = WebAssembly[name]
    WebAssembly[name] = async (...args) => {
      const made = await make(...args)
      const memory = (made.instance ?? made).exports.mem
      if (memory) globalThis.wasmMemory = memory
      return made
    }
  }
}

// keepEvents notes each event of a run with the time at which the page had it, and
// counts the workers that it ever started.
function keepEvents() {
  window.ran = { events: [], workers: 0 }
  const Plain = window.Worker
  window.Worker = class extends Plain {
    constructor(...args) {
      super(...args)
      window.ran.workers++
      this.addEventListener('message', e => {
        const { kind, body } = JSON.parse(e.data.json)
        if (kind === 'run-event') window.ran.events.push({ at: performance.now() / 1000, ...body.event })
      })
    }
  }
}

// events of these kinds, in order, and those of a run that failed.
export const events = (page, ...kinds) => page.evaluate(kinds => window.ran.events.filter(e => kinds.includes(e.event)), [...kinds, 'failed'])

// workers is how many the page has started since it was opened: more than one says that one was lost.
export const workers = page => page.evaluate(() => window.ran.workers)

// programs is the memory of the Go programs: the page's, the worker's, and those of the
// helpers that the worker has. None is ever given back.
export async function programs(page) {
  const wasm = () => globalThis.wasmMemory?.buffer.byteLength ?? 0
  const m = { page: await page.evaluate(wasm), worker: 0, helpers: 0 }
  for (const w of page.workers()) m[/\/helper[^/]*$/.test(w.url()) ? 'helpers' : 'worker'] += await w.evaluate(wasm)
  return m
}

// memory is that with the bytes of JavaScript, the DOM and the like, garbage collected.
export async function memory(page) {
  const { bytes } = await page.evaluate(() => performance.measureUserAgentSpecificMemory())
  return { js: bytes, ...await programs(page) }
}

export const mb = n => `${(n / 2 ** 20).toFixed(1)} MB`

export const told = m => `${m.js ? `JavaScript and DOM ${mb(m.js)}, ` : ''}wasm of the page ${mb(m.page)}, of the worker ${mb(m.worker)}${m.helpers ? `, of its helpers ${mb(m.helpers)}` : ''}`

// gaps begins to measure: a timer comes every 4 ms, and how much later it comes, the
// page's thread was busy. It returns what ends it and gives the figures as a line.
export async function gaps(page) {
  await page.evaluate(() => {
    const gaps = window.gaps = []
    let last = performance.now()
    const tick = () => {
      if (window.gaps !== gaps) return
      const now = performance.now()
      gaps.push(now - last)
      last = now
      setTimeout(tick, 0)
    }
    tick()
  })
  return async () => {
    const sorted = await page.evaluate(() => { const all = window.gaps; window.gaps = null; return all.sort((a, b) => a - b) })
    const at = share => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1)
    return `main-thread gaps: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, maximum ${at(1)} ms, of ${sorted.length}`
  }
}
