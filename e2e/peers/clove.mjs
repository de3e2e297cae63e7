// Clove itself, by its own bench: natively, in a tab, and in a tab that can't have the kernels.
import { join } from 'node:path'
import { browser, profile, root, serve, visit } from '../lib.mjs'
import { inTab } from '../slow/bench.mjs'
import { program } from './program.mjs'

export const natively = async seconds => kept(await program(join(root, 'bin/clove'), ['bench', '--json', '--threads', '2', '--arithmetic', 'both', '--seconds', String(seconds)], { limit: 4 * seconds + 60 }))

export const inATab = (seconds, kernels = true) => within(4 * seconds + 120, async () => {
  const server = await serve(), home = await profile()
  const context = await browser(home.dir, { serviceWorkers: 'block' }) // whose fetches no route sees
  try {
    if (!kernels) await context.route('**/kernels*.wasm', route => route.abort())
    return { ...kept(await inTab(await visit(context, server.url), { seconds })), browser: context.browser()?.version() }
  } catch (e) {
    return { error: String(e.message ?? e).split('\n')[0] }
  } finally {
    await context.close()
    await server.stop()
    await home.remove()
  }
})

const within = (seconds, f) => {
  let timer
  const late = new Promise(ok => { timer = setTimeout(() => ok({ error: `not done within ${seconds} s` }), seconds * 1000) })
  return Promise.race([f(), late]).finally(() => clearTimeout(timer))
}

// kept is what the report reads of a bench.
const kept = ({ error, cpu, device, fast_device, rounds, workloads, ceiling, speeds, products }) =>
  error ? { error } : { cpu, device, fast_device, rounds, workloads, ceiling, speeds, products }
