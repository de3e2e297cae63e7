// pq: which centroid for each part of a row, times the row's norm.
clove.decoders.pq = (t, { kind, name, rows, cols, digits, options }) => {
  const sub = +/sub(\d+)/.exec(options)[1], parts = Math.ceil(cols / sub)
  const book = clove.decode(t, kind, name + '.codebook', 1 << digits, cols)
  const norm = options.includes('norm') && clove.decode(t, kind, name + '.norm', 1, rows)
  const codes = clove.unpack(t[name + '.codes'], rows, parts, digits)
  return new Float32Array(rows * cols).map((_, i) => {
    const r = Math.floor(i / cols), c = i % cols
    return book[codes[r * parts + Math.floor(c / sub)] * cols + c] * (norm ? norm[r] : 1)
  })
}
