// cluster: which value of a codebook.
clove.decoders.cluster = (t, { name, rows, cols, digits }) =>
  Float32Array.from(clove.unpack(t[name], rows, cols, digits), x => t[name + '.codebook'][x])
