// Compresses the files that standard input lists as JSON, several at a time.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { text } from 'node:stream/consumers'
import { cpus } from 'node:os'
import zlib from 'node:zlib'

const brotli = promisify(zlib.brotliCompress), gzip = promisify(zlib.gzip), k = zlib.constants
const jobs = JSON.parse(await text(process.stdin))

async function work() {
  for (let job; (job = jobs.shift());) {
    const body = await readFile(job.from)
    const small = job.kind === 'br'
      ? await brotli(body, { params: { [k.BROTLI_PARAM_QUALITY]: job.quality, [k.BROTLI_PARAM_LGWIN]: 24, [k.BROTLI_PARAM_SIZE_HINT]: body.length } })
      : await gzip(body, { level: 9 })
    await writeFile(job.to + '.part', small)
    await rename(job.to + '.part', job.to) // a build that is stopped leaves no half file in the cache
  }
}
await Promise.all(cpus().map(work))
