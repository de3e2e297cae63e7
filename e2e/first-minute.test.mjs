// The first minute: the page opens alive, trains at one press, and answers while it does.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { alive, browser, fact, judged, phase, press, profile, serve, set, shot, step, text, tiny, visit } from './lib.mjs'

let server, home, context
before(async () => { server = await serve(); home = await profile(); context = await browser(home.dir) })
after(async () => { await context?.close(); await server?.stop(); await home?.remove() })

test('the page opens with the built-in model judging the sentence word by word', async () => {
  const page = await visit(context, server.url)
  assert.equal(await page.locator('#clove').getAttribute('data-state'), 'fresh')
  assert.match(await text(page, '.score-name b'), /Built-in model/)
  assert.ok(await page.locator('.say-tint mark').count() >= 10)
  assert.ok(await page.locator('.say-tint mark[class*="t"]').count() > 0, 'no word is tinted')
  assert.match(await text(page, '.c-data .chip'), /synthetic/)
  assert.match(await text(page, '.c-train'), /built-in model/)
  assert.match(await text(page, '.c-compare .var'), /original[\s\S]*int8/)
  assert.equal(await page.locator('.btn.go').count(), 1)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('a typed sentence is judged at once, and its score follows its words', async () => {
  const page = await visit(context, server.url)
  const judge = async sentence => {
    await page.fill('#say', sentence)
    await judged(page, sentence)
    return Number(await text(page, '.score-num'))
  }
  const good = await judge('A wonderful film, warm and funny from start to end.')
  const bad = await judge('A dreadful film, dull and lifeless from start to end.')
  assert.ok(good > 0.7, `praise got ${good}`)
  assert.ok(bad < 0.3, `blame got ${bad}`)
  await page.close()
})

test('a sentence of words that the model never saw says so', async () => {
  const page = await visit(context, server.url)
  await page.fill('#say', 'Zorgle blimfex qantor wubbish frell')
  await page.waitForFunction(() => /never saw/.test(document.querySelector('.bench').textContent))
  await page.close()
})

test('one press trains: the curve grows, pause, step, resume, cancel answer, and the sentence is scored live', async () => {
  const page = await visit(context, server.url)
  await page.evaluate(() => {
    window.gaps = []
    let last = performance.now()
    const tick = () => { const now = performance.now(); window.gaps.push(now - last); last = now; setTimeout(tick, 0) }
    tick()
  })
  await tiny(page, { 'data.limit': 4000, 'train.epochs': 200, 'model.hidden': 16 })
  const began = Date.now()
  await press(page, 'Train on names')
  await page.waitForFunction(() => document.querySelector('.c-train .l-train:not(.ghost)'))
  console.log(`# first point of the curve after ${Date.now() - began} ms`)
  await phase(page, 'training')
  await page.evaluate(() => { window.gaps.length = 0 }) // what came before was no training
  await page.waitForFunction(() => /\d texts\/s/.test(document.querySelector('.now').textContent))
  const score = await text(page, '.score-num')
  await page.waitForFunction(old => document.querySelector('.score-num').textContent !== old, score)

  await page.waitForFunction(() => window.gaps.length > 600)
  const gaps = (await page.evaluate(() => window.gaps)).sort((a, b) => a - b)
  console.log(`# main-thread gaps while training: p50 ${gaps[gaps.length >> 1].toFixed(1)} ms, p99 ${gaps[Math.floor(gaps.length * 0.99)].toFixed(1)} ms, max ${gaps.at(-1).toFixed(1)} ms of ${gaps.length}`)

  let asked = Date.now()
  await press(page, 'Pause')
  await phase(page, 'paused')
  console.log(`# paused after ${Date.now() - asked} ms`)
  const at = await step(page)
  asked = Date.now()
  await press(page, 'Step')
  await page.waitForFunction(at => document.querySelector('.now').textContent.includes(`step ${(at + 1).toLocaleString('en')} of`), at)
  console.log(`# stepped after ${Date.now() - asked} ms`)
  assert.equal(await step(page), at + 1)
  await press(page, 'Resume')
  await phase(page, 'training')
  await page.waitForFunction(at => !document.querySelector('.now').textContent.includes(`step ${(at + 1).toLocaleString('en')} of`), at)
  asked = Date.now()
  await press(page, 'Cancel')
  await phase(page, 'notice')
  console.log(`# cancelled after ${Date.now() - asked} ms`)
  assert.match(await text(page, '.now'), /stopped at step/)
  assert.deepEqual(page.errors, [])
  await page.close()
})

test('reset goes back to where the page began', async () => {
  const page = await visit(context, server.url)
  await tiny(page, { 'train.epochs': 400 })
  await press(page, 'Train on names')
  await phase(page, 'training')
  await press(page, 'Reset')
  await phase(page, 'fresh')
  await alive(page)
  await page.close()
})

test('a trained model shows its test accuracy with its interval, and its weights’ hash', async () => {
  const page = await visit(context, server.url)
  await tiny(page)
  await press(page, 'Train on names')
  await phase(page, 'trained')
  assert.match(await fact(page, 'train', 'test accuracy'), /\d\d\.\d.*±.*\d/)
  assert.match(await fact(page, 'train', 'weights'), /[0-9a-f]{4}/)
  assert.match(await text(page, '.now'), /Trained in/)
  await shot(page, 'trained-names')
  await page.close()
})

test('a setting that can’t be says what may be, at the field, and blocks nothing else', async () => {
  const page = await visit(context, server.url)
  const why = says => page.waitForFunction(says => new RegExp(says).test(document.querySelector('#f-model-hidden-why').textContent.trim()), says)
  await set(page, { 'model.hidden': 0 })
  await why('1.*2,?048')
  await set(page, { 'model.hidden': 16 })
  await why('^$')
  await page.close()
})
