// float16 and bfloat16, as values and as scales.
clove.types.F16 = b => {
  const bits = new Uint16Array(b.buffer), out = new Float32Array(bits.length)
  bits.forEach((x, i) => {
    const exponent = x >> 10 & 31, fraction = x & 1023
    out[i] = (x >> 15 ? -1 : 1) * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24)
  })
  return out
}
clove.types.BF16 = b => new Float32Array(new Uint32Array(new Uint16Array(b.buffer)).map(x => x << 16).buffer)
