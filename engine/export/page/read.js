'use strict'
// Reads the model in this page, a file of Clove's: safetensors, each parameter in an encoding
// of its own. Of encodings, tokenizers and nets the page holds those that the file needs.
const clove = {
  most: 2 ** 26, // numbers in a tensor: a file that claims more is no model

  // Arrays of a tensor's bytes by its type; half.js adds F16 and BF16.
  types: { F32: b => new Float32Array(b.buffer), I8: b => new Int8Array(b.buffer), U8: b => b },

  // Encodings by the word that a kind begins with, digits left out: (tensors, {kind: the words
  // that follow, name, rows, cols, digits, options}) → float32 [rows × cols].
  decoders: { f: (t, p) => t[p.name], bf: (t, p) => t[p.name] },

  nets: {}, // (weights, E, H) → ids → the state after each
  tokenizers: {}, // text → [text, start, end] of each token

  decode(t, kind, name, rows, cols) {
    const [base, ...options] = kind.shift().split('/')
    if (!(rows * cols <= clove.most)) throw Error(name)
    const w = clove.decoders[base.replace(/\d/g, '')](t, { kind, name, rows, cols, digits: +base.replace(/\D/g, ''), options: options.join() })
    if (w?.length !== rows * cols) throw Error(name)
    return w
  },

  fromBase64(text) {
    const s = atob(text), b = new Uint8Array(s.length)
    for (let i = 0; i < b.length; i++) b[i] = s.charCodeAt(i)
    return b
  },

  // open → {config, words: token → id, kinds, run: ids → the logits after each token, the first before any}.
  open(file) {
    const n = 8 + new DataView(file.buffer).getUint32(0, true)
    const head = JSON.parse(new TextDecoder().decode(file.subarray(8, n)))
    const meta = head.__metadata__, t = {}
    delete head.__metadata__
    for (const [name, { dtype, data_offsets: [from, to] }] of Object.entries(head)) {
      const b = file.slice(n + from, n + to)
      if (name.endsWith('.huffman')) t[name.slice(0, -8)] = clove.inflate(b)
      else t[name] = clove.types[dtype](b)
    }
    const config = JSON.parse(meta['clove.config']), told = JSON.parse(meta['clove.encodings'] ?? '{}')
    const tokens = meta['clove.vocabulary']?.split(' ').map(s => s.replace(/\\(.)/g, (_, c) => c === 's' ? ' ' : c)) ?? clove.fronts(t)
    const { embedding: E, hidden: H, kind } = config.model, K = config.outputs, bag = kind === 'bag'
    const shapes = { 'embedding.weight': [tokens.length, E], 'linear.weight': [K, bag ? E : H], 'linear.bias': [1, K] }
    if (!bag) Object.assign(shapes, { 'lstm.weight_ih_l0': [4 * H, E], 'lstm.weight_hh_l0': [4 * H, H], 'lstm.bias_ih_l0': [1, 4 * H], 'lstm.bias_hh_l0': [1, 4 * H] })
    const w = {}, kinds = {}
    for (const [name, [rows, cols]] of Object.entries(shapes)) {
      kinds[name] = told[name] ?? (t[name + '.bitmap'] ? 'sparse ' : '') + (t[name] instanceof Int8Array ? 'int8' : 'f32')
      w[name] = clove.decode(t, kinds[name].split(' '), name, rows, cols)
    }
    if (!Array.isArray(config.labels) || config.labels.length !== (K === 1 ? 2 : K)) throw Error('labels')
    const states = clove.nets[bag ? 'bag' : 'lstm'](w, E, H), linear = w['linear.weight'], bias = w['linear.bias']
    const score = h => Array.from(bias, (b, k) => h.reduce((sum, x, i) => sum + x * linear[k * h.length + i], b))
    return {
      config, kinds, words: new Map(tokens.map((token, id) => [token, id]).slice(2)),
      run: ids => [new Float32Array(bag ? E : H), ...states(ids)].map(score),
    }
  },
}
