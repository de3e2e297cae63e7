// sparse: a bitmap of what is not 0, and these.
clove.decoders.sparse = (t, { kind, name, rows, cols }) => {
  const bitmap = t[name + '.bitmap'], marked = [], out = new Float32Array(rows * cols)
  for (let i = 0; i < rows * cols; i++) if (bitmap[i >> 3] >> (i & 7) & 1) marked.push(i)
  if (kind[0] === 'int8') { // its scales and zero points are the rows', not the vector's
    const scale = t[name + '.scale'], zero = t[name + '.zero']
    marked.forEach((i, k) => out[i] = scale[Math.floor(i / cols)] * (t[name][k] - zero[Math.floor(i / cols)]))
  } else {
    const values = clove.decode(t, kind, name, 1, marked.length)
    marked.forEach((i, k) => out[i] = values[k])
  }
  return out
}
