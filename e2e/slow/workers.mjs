// How fast workload W trains in Chromium with one worker and with more, in turns:
//
//	node e2e/slow/workers.mjs [small|medium] [rounds] [workers …]
//
// W: vocabulary 10,000, 128 tokens, batch 32; small is 64 → 64, medium 100 → 128. The
// figure is the median over rounds of sequences a second; beside it how long the page's own
// thread was kept from answering.
import { browser, fact, phase, press, profile, serve, set, visit } from '../lib.mjs'

const [size = 'small', rounds = '3', ...numbers] = process.argv.slice(2)
const workers = numbers.length ? numbers.map(Number) : [1, 2]
const [embedding, hidden] = size === 'medium' ? [100, 128] : [64, 64]
const seconds = 4

// Every word as often as any other: 1,500 texts of 128 words, told apart by their first.
let seed = 1
const roll = n => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 9) % n // the low bits are no dice
const texts = Array.from({ length: 1500 }, () => {
  const words = Array.from({ length: 128 }, () => roll(9998))
  return `${words[0] % 2 ? 'odd' : 'even'}\t${words.map(w => `w${w}`).join(' ')}`
}).join('\n')

const server = await serve(), home = await profile(), context = await browser(home.dir)
const speeds = new Map(workers.map(n => [n, []]))
const lags = new Map(workers.map(n => [n, []]))
const median = v => v.toSorted((a, b) => a - b)[v.length >> 1]
try {
  for (let round = 0; round < Number(rounds); round++) {
    for (const n of workers) {
      const page = await visit(context, `${server.url}?workers=${n}`)
      await press(page, 'Your own text')
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.now .btn.go').click()])
      await chooser.setFiles({ name: 'w.tsv', mimeType: 'text/plain', buffer: Buffer.from(texts) })
      await page.waitForFunction(() => /w\.tsv is read/.test(document.querySelector('.now').textContent))
      await set(page, {
        'tokenizer.vocabulary': 10000, 'tokenizer.min_count': 1, 'tokenizer.max_tokens': 128,
        'model.embedding': embedding, 'model.hidden': hidden, 'train.batch': 32, 'train.epochs': 100,
      })
      await press(page, 'Train on your text')
      await phase(page, 'training')
      const gaps = await page.evaluate(ms => new Promise(done => {
        const gaps = [], end = performance.now() + ms
        let last = performance.now()
        const tick = () => { // a timer comes every 4 ms
          const now = performance.now()
          gaps.push(now - last)
          last = now
          if (now < end) setTimeout(tick, 0); else done(gaps)
        }
        tick()
      }), 1000 * seconds)
      lags.get(n).push(...gaps)
      speeds.get(n).push(Number((await fact(page, 'train', 'speed')).replace(/[^\d.]/g, '')))
      await page.close()
    }
  }
  for (const [n, v] of speeds) {
    const gaps = lags.get(n).sort((a, b) => a - b)
    console.log(`W ${size}, ${n} ${n > 1 ? 'workers' : 'worker'}: ${median(v)} sequences/s (${v.join(', ')}), ${(median(v) / median(speeds.get(workers[0]))).toFixed(2)} times; gaps p99 ${gaps[Math.floor(gaps.length * 0.99)].toFixed(0)} ms`)
  }
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}
