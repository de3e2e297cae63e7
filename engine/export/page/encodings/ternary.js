// ternary: 0 or ± the row's scale.
clove.decoders.ternary = (t, { name, rows, cols }) =>
  Float32Array.from(clove.unpack(t[name], rows, cols, 2), (x, i) => [0, 1, 0, -1][x] * t[name + '.scale'][Math.floor(i / cols)])
