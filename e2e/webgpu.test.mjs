// The device of the graphics card: its tests, in Chromium. WEBGPU_RUN is a pattern of tests, as
// go test -run takes it; with WEBGPU_SHOW each line is told as it comes.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { open } from './gpu.mjs'

let card
before(async () => { card = await open() })
after(async () => { await card?.close() })

test('the device conforms, and trains as a processor does', { timeout: 300_000 }, async t => {
  const { code, said } = await card.run(process.env.WEBGPU_RUN ?? '.', { heard: process.env.WEBGPU_SHOW ? console.log : undefined })
  assert.equal(code, 0, said)
  assert.doesNotMatch(said, /no WebGPU here/)
  assert.match(said, /^PASS$/m, said)
  for (const line of said.match(/^ +training_js_test\.go:\d+: .*/gm) ?? []) t.diagnostic(line.trim().replace(/^\S+ /, ''))
})
