// lowrank: the product of two narrow matrices.
clove.decoders.lowrank = (t, { kind, name, rows, cols, digits: rank }) => {
  const u = clove.decode(t, kind, name + '.u', rows, rank), v = clove.decode(t, kind, name + '.v', rank, cols)
  const out = new Float32Array(rows * cols)
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < rank; k++) {
      for (let c = 0; c < cols; c++) out[r * cols + c] += u[r * rank + k] * v[k * cols + c]
    }
  }
  return out
}
