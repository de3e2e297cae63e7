// 10,000 steps of a model of 8 units on the card, in one worker, and 500 runs begun and
// cancelled: memory and buffers must be back where they were.
import { open } from '../gpu.mjs'

const card = await open()
try {
  const { code } = await card.run('Soak', { env: { CLOVE_SLOW: '1' }, heard: line => console.log(line.replace(/^ *\w+_test\.go:\d+: /, '')) })
  process.exitCode = code
} finally {
  await card.close()
}
