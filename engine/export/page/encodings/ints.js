// int8 and int4: s (q − z), a scale for the matrix, a gate, a row or a group of neighbours.
clove.decoders.int = (t, { name, rows, cols, digits, options }) => {
  const low = digits === 4, scale = t[name + '.scale']
  const q = low ? clove.unpack(t[name], rows, cols, 4) : t[name]
  const zeros = !options.includes('sym') && (low ? clove.unpack(t[name + '.zero'], 1, scale.length, 4) : t[name + '.zero'])
  const group = +(/group(\d+)/.exec(options)?.[1] ?? cols), groups = Math.ceil(cols / group)
  const serves = options.includes('tensor') ? () => 0 : options.includes('gate') ? r => Math.floor(4 * r / rows) : (r, c) => r * groups + Math.floor(c / group)
  return Float32Array.from(q, (x, at) => {
    const i = serves(Math.floor(at / cols), at % cols)
    return scale[i] * (x - (zeros ? zeros[i] : low ? 8 : 0))
  })
}
