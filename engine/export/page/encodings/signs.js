// binary: ± the row's scale; sign: ±1.
clove.decoders.binary = clove.decoders.sign = (t, { name, rows, cols }) => {
  const scale = t[name + '.scale']
  return Float32Array.from(clove.unpack(t[name], rows, cols, 1), (x, i) => (x ? 1 : -1) * (scale ? scale[Math.floor(i / cols)] : 1))
}
