// The model of workload W as an ONNX file, written here so that onnxruntime needs no
// other peer to make it; and the same model in plain float64, which tells whether
// onnxruntime computes it.
//
// Transpose ids [N, T] → Gather [T, N, E] → LSTM, gates i, o, f, c → Gemm → logits [N, 1]
// https://onnx.ai/onnx/operators/onnx__LSTM.html
import { SIZES, V, random } from './w.mjs'

// weights are drawn as PyTorch draws them, but for the embedding: uniform within ±1/√H.
export function weights(size) {
  const { E, H } = SIZES[size], r = random(7), k = 1 / Math.sqrt(H)
  const draw = (n, s) => Float32Array.from({ length: n }, () => (2 * r() - 1) * s)
  return { emb: draw(V * E, 1.7), w: draw(4 * H * E, k), r: draw(4 * H * H, k), b: draw(8 * H, k), head: draw(H, k), bias: draw(1, k) }
}

// forward reads one text and returns its logit.
export function forward(size, p, ids) {
  const { E, H } = SIZES[size], sigmoid = x => 1 / (1 + Math.exp(-x))
  let h = new Float64Array(H)
  const c = new Float64Array(H)
  for (const id of ids) {
    const gate = j => {
      let s = p.b[j] + p.b[4 * H + j]
      for (let i = 0; i < E; i++) s += p.emb[id * E + i] * p.w[j * E + i]
      for (let i = 0; i < H; i++) s += h[i] * p.r[j * H + i]
      return s
    }
    const next = new Float64Array(H)
    for (let j = 0; j < H; j++) {
      c[j] = sigmoid(gate(2 * H + j)) * c[j] + sigmoid(gate(j)) * Math.tanh(gate(3 * H + j))
      next[j] = sigmoid(gate(H + j)) * Math.tanh(c[j])
    }
    h = next
  }
  return h.reduce((s, x, i) => s + x * p.head[i], p.bias[0])
}

export function onnx(size, p) {
  const { E, H } = SIZES[size]
  const tensors = [
    tensor('emb', [V, E], p.emb), tensor('w', [1, 4 * H, E], p.w), tensor('r', [1, 4 * H, H], p.r), tensor('b', [1, 8 * H], p.b),
    tensor('head', [1, H], p.head), tensor('bias', [1], p.bias), tensor('first', [1], new BigInt64Array(1)),
  ]
  const nodes = [
    node('Transpose', ['ids'], ['by_time'], [ints('perm', [1, 0])]),
    node('Gather', ['emb', 'by_time'], ['x']),
    node('LSTM', ['x', 'w', 'r', 'b'], ['', 'last'], [int('hidden_size', H)]),
    node('Squeeze', ['last', 'first'], ['h']),
    node('Gemm', ['h', 'head', 'bias'], ['logits'], [int('transB', 1)]),
  ]
  const graph = message(...nodes.map(n => [1, n]), [2, 'W'], ...tensors.map(t => [5, t]), [11, value('ids', INT64, ['N', 128])], [12, value('logits', FLOAT, ['N', 1])])
  return message([1, 8], [7, graph], [8, message([1, ''], [2, 14])])
}

// Protocol buffers, as far as the above needs them: a message is bytes, a field a
// number (varint), a string or bytes (both with their length before them).
// Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const FLOAT = 1, INT64 = 7
const node = (op, input, output, attributes = []) => message(...input.map(i => [1, i]), ...output.map(o => [2, o]), [4, op], ...attributes.map(a => [5, a]))
const int = (name, x) => message([1, name], [3, x], [20, 2])
const ints = (name, xs) => message([1, name], ...xs.map(x => [8, x]), [20, 7])
const tensor = (name, dims, data) => message(...dims.map(d => [1, d]), [2, data instanceof Float32Array ? FLOAT : INT64], [8, name], [9, new Uint8Array(data.buffer)])
const value = (name, type, dims) => message([1, name], [2, message([1, message([1, type], [2, message(...dims.map(d => [1, message(typeof d === 'string' ? [2, d] : [1, d])]))])])])

function message(...fields) {
  const parts = fields.flatMap(([number, x]) => {
    if (typeof x === 'number') return [varint(number << 3), varint(x)]
    const bytes = typeof x === 'string' ? new TextEncoder().encode(x) : x
    return [varint(number << 3 | 2), varint(bytes.length), bytes]
  })
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) { whole.set(p, at); at += p.length }
  return whole
}

function varint(n) {
  const bytes = []
  for (; n > 127; n = Math.floor(n / 128)) bytes.push(n % 128 | 128)
  return [...bytes, n]
}
