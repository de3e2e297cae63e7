// A program that prints JSON, in this folder and for `limit` seconds at most; one that
// fails gives {error}, as it said it.
import { execFile } from 'node:child_process'

// Choices of BLAS kernels that the whole machine makes are no settings of ours.
const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...clean } = process.env

export function program(command, args, { env = {}, limit = 120 } = {}) {
  return new Promise(ok => {
    execFile(command, args, { cwd: import.meta.dirname, env: { ...clean, ...env }, timeout: limit * 1000, maxBuffer: 1 << 26 }, (error, out, err) => {
      if (!error) return ok(JSON.parse(out))
      const last = err.trim().split('\n').at(-1)
      ok({ error: error.killed ? `not done within ${limit} s` : last || String(error.message) })
    })
  })
}
