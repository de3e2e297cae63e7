// Tests of package webgpu that take long: node e2e/slow/gpu.mjs Soak | Measure.
import { open } from '../gpu.mjs'

const card = await open()
try {
  const test = line => /^ +\w+_test\.go:\d+: /.test(line)
  const { code, said } = await card.run(process.argv[2], { env: { CLOVE_SLOW: '1' }, heard: line => { if (test(line)) console.log(line.replace(/^ +\w+_test\.go:\d+: /, '')) } })
  if (code) console.log(said)
  process.exitCode = code
} finally {
  await card.close()
}
