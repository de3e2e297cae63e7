// Where a run trains: on the CPU, on the card, on the faster, on both; and what becomes of it
// when the card fails. Chromium's software adapter plays the card.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { browser, fact, flags, phase, press, profile, serve, set, shot, text, tiny, visit } from './lib.mjs'
import { desktop, dress, phone, sound } from './looks.mjs'

const carded = { args: [...flags.filter(f => f !== '--disable-gpu'), '--enable-unsafe-webgpu'], serviceWorkers: 'block' }
let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir, carded) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

// opened is a page whose worker keeps the cards that it was given in self.cards; before the
// worker asks for one, fault breaks something there.
async function opened(fault = () => {}) {
  const page = await context.newPage()
  page.on('worker', w => {
    if (!/\/worker\./.test(w.url())) return
    page.program = w
    w.evaluate(() => {
      const ask = GPUAdapter.prototype.requestDevice
      self.cards = []
      GPUAdapter.prototype.requestDevice = async function (...args) {
        const card = await ask.apply(this, args)
        self.cards.push(card)
        return card
      }
    }).then(() => w.evaluate(fault)).catch(() => {})
  })
  await visit({ newPage: () => page }, server.url)
  await tiny(page)
  return page
}

const choice = page => text(page, '#f-device-choice')
const known = page => page.waitForFunction(() => /^(GPU: |There is no GPU)/.test(document.getElementById('f-device-card')?.textContent ?? ''))
const begin = async page => { await press(page, /^Train( on names)?$/); await phase(page, 'training', 'trained') }
const fresh = async page => { await press(page, 'New run'); await phase(page, 'fresh') }
const at = (page, n) => page.waitForFunction(n => Number(document.querySelector('.now').textContent.match(/step ([\d,]+) of/)?.[1].replaceAll(',', '') ?? 0) >= n, n)

// points of the validation curve, by their steps, as the table has them.
const losses = page => page.locator('.c-train .chart:first-child tbody tr').evaluateAll(rows => rows.map(r => [r.cells[0].textContent, Number(r.cells[2].textContent)]))

test('the card is named, trains when chosen, and its hash promises nothing; a lost card costs some steps and nothing else', async () => {
  const page = await opened()
  await begin(page)
  await phase(page, 'trained')
  const whole = await losses(page) // of the CPU
  await fresh(page)
  await set(page, { device: 'gpu', 'train.epochs': 1 })
  await known(page)
  assert.match(await text(page, '#f-device-card'), /^GPU: .*(bits of its own)/)
  await begin(page)
  await page.waitForFunction(() => /^GPU, /.test(document.querySelector('.status').textContent) || document.getElementById('clove').dataset.state === 'trained')
  await phase(page, 'trained')
  assert.match(await text(page, '.c-train .info'), /Trained on a GPU: its bits are its own/)

  await set(page, { 'train.epochs': 2 })
  for (const [from, fault, said] of [
    [12, () => self.cards.at(-1).destroy(), /The GPU was lost at step (\d+)\. The CPU took (\d+) steps again and goes on; nothing is lost\./],
    [3, () => self.cards.at(-1).dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error: new GPUOutOfMemoryError('no room') })), /The GPU ran out of memory at step (\d+)\. The CPU took (\d+) steps again/],
  ]) {
    await fresh(page)
    await begin(page)
    await at(page, from)
    await page.program.evaluate(fault)
    await phase(page, 'trained')
    const [, step, redone] = (await text(page, '.status')).match(said) ?? assert.fail(await text(page, '.status'))
    assert.ok(Number(redone) <= 10 && Number(redone) <= Number(step), `${redone} of ${step} steps were taken again: an epoch has ten`)
    assert.match(await choice(page), /^The GPU trained up to step \d+; the CPU took \d+ of its steps again/)
    const now = await losses(page)
    assert.deepEqual(now.map(x => x[0]), whole.map(x => x[0]), 'each epoch is told once')
    for (const [i, [epoch, loss]] of now.entries()) assert.ok(Math.abs(loss - whole[i][1]) <= 0.02, `epoch ${epoch}: ${loss} with a lost card, ${whole[i][1]} on the CPU`)
  }
  await shot(page, 'device-lost')
  assert.deepEqual(page.errors, [])
  await page.reload()
  await page.waitForFunction(() => document.getElementById('f-device')?.value === 'gpu') // the choice is kept
  await page.close()
})

test('where a shader is refused, or there is no adapter, the CPU trains and the page says why', async () => {
  const page = await opened(() => { GPUDevice.prototype.createComputePipelineAsync = async () => { throw new Error('this shader is refused') } })
  await set(page, { device: 'gpu' })
  await begin(page)
  await phase(page, 'trained')
  assert.match(await choice(page), /could not begin, so the CPU trains: .*this shader is refused/)
  assert.match(await text(page, '.status'), /refused a shader at step 0/)
  await page.program.evaluate(() => { GPU.prototype.requestAdapter = async () => null })
  await fresh(page)
  await begin(page)
  await phase(page, 'trained')
  assert.match(await choice(page), /so the CPU trains: .*gives no graphics card/)
  assert.match(await text(page, '.status'), /The browser gives no GPU: the CPU trains/)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('Auto says how long a step takes on each and takes the faster; both are compared by their answers', async () => {
  const page = await opened()
  await set(page, { device: 'auto' })
  await begin(page)
  await phase(page, 'trained')
  const [, cpu, gpu, took] = (await choice(page)).match(/^Auto measured 10 steps of each: CPU ([\d.]+) ms a step, GPU ([\d.]+) ms\. The (CPU|GPU) trains\.$/) ?? assert.fail(await choice(page))
  assert.equal(took, Number(cpu) <= Number(gpu) ? 'CPU' : 'GPU')
  await shot(page, 'device-auto', { fullPage: true })

  await set(page, { device: 'both' })
  await fresh(page)
  await begin(page)
  await phase(page, 'trained')
  assert.match(await fact(page, 'train', 'weights'), /^[0-9a-f ]{14}$/)
  await page.goto(`${server.url}#room=compare`.replace('//#', '/#'))
  await page.waitForFunction(() => /answer alike on \d+ of \d+ test texts; no probability differs by more than 0\.\d+/.test(document.querySelector('.page').textContent))
  const [, same, all] = (await text(page, '.page')).match(/alike on (\d+) of (\d+)/)
  assert.ok(Number(same) >= 0.95 * Number(all), `${same} of ${all} answers are the same`)
  for (const [name, size, scheme, lang] of [['light', desktop, 'light'], ['dark', desktop, 'dark'], ['phone', phone, 'light'], ['zh', desktop, 'light', 'zh']]) {
    await dress(page, { size, scheme, lang })
    await shot(page, `device-both-${name}`, { fullPage: true })
    await sound(page, name)
  }
  assert.deepEqual(page.errors, [])
  await page.close()
})
