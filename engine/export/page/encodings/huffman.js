// huffman: tensors of codes, entropy coded. Codes are canonical, the highest bit first.
clove.decoders.huffman = (t, { kind, name, rows, cols }) => clove.decode(t, kind, name, rows, cols)

clove.inflate = b => {
  const [signed, bits, dims] = b, view = new DataView(b.buffer)
  const shape = Array.from({ length: dims }, (_, i) => view.getUint32(3 + 4 * i, true))
  const cols = view.getUint32(3 + 4 * dims, true), symbols = 1 << (bits || 8)
  const table = b.subarray(7 + 4 * dims), stream = table.subarray(symbols / 2)
  if (!(shape[0] <= clove.most && (dims === 2 ? shape[0] : 1) * cols <= clove.most)) throw Error('huffman')
  const first = [], from = [], order = [] // of each length: its first code, the place of its first symbol
  for (let length = 1, code = 0; length < 17; length++, code <<= 1) {
    first[length] = code
    from[length] = order.length
    for (let s = 0; s < symbols; s++) if ((table[s >> 1] >> (s & 1) * 4 & 15) === length) { order.push(s); code++ }
  }
  let bit = 0
  const next = () => {
    for (let length = 1, code = 0; length < 17; length++) {
      code = code << 1 | stream[bit >> 3] >> (7 - (bit & 7)) & 1
      bit++
      const i = from[length] + code - first[length]
      if (i < from[length + 1]) return order[i]
    }
    throw Error('huffman')
  }
  if (!bits) { // the runs between a bitmap's marks
    const out = new Uint8Array(shape[0])
    for (let at = 0; at < 8 * out.length;) {
      const gap = next()
      at += gap
      if (gap < 255) {
        if (at < 8 * out.length) out[at >> 3] |= 1 << (at & 7)
        at++
      }
    }
    return out
  }
  const out = new Uint8Array((dims === 2 ? shape[0] : 1) * cols).map(next)
  out.unpacked = bits < 8
  return signed ? new Int8Array(out.buffer) : out
}
