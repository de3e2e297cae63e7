'use strict'
// Joins the kernel modules (wasm/kernels) to a Go program. They work in the
// program's own memory, which exists only after the program was instantiated with
// its imports. So the program imports the functions below, which call a module
// late; each has as many arguments as its kernel, since gathering them costs more
// than a short kernel does. The worker and the tests under Node both load this file.
//
//   const compiled = kernels.compile(bytes or a response, or promises of them)
//   const { instance } = await WebAssembly.instantiate(…, kernels.imports(go.importObject))
//   await kernels.join(compiled, instance, () => the same of the module for Fast arithmetic)
//
// Where the module can't be had or the browser lacks SIMD, ready stays false and
// reason says why; the program then asks for none of them (kernels.New).
//
// The module for Fast arithmetic is loaded when it is first asked for, and only where
// the browser knows relaxed SIMD. A function that is in both modules is told which
// one by its first argument: 0 Strict, 1 Fast.
;(() => {
  let K = null, F = null // what the modules of Strict and of Fast arithmetic export
  const functions = {
    zero_f32: (a, b) => K.zero_f32(a, b),
    add_f32: (a, b, c) => K.add_f32(a, b, c),
    mul_f32: (a, b, c) => K.mul_f32(a, b, c),
    scale_f32: (a, b, c) => K.scale_f32(a, b, c),
    mask_f32: (a, b, c) => K.mask_f32(a, b, c),
    mul_rows_f32: (a, b, c, d, e) => K.mul_rows_f32(a, b, c, d, e),
    gather_f32: (a, b, c, d, e) => K.gather_f32(a, b, c, d, e),
    embedding_gather_f32: (a, b, c, d, e) => K.embedding_gather_f32(a, b, c, d, e),
    scatter_add_f32: (a, b, c, d, e) => K.scatter_add_f32(a, b, c, d, e),
    add_bias_f32: (a, b, c, d) => K.add_bias_f32(a, b, c, d),
    sum_rows_f32: (a, b, c, d) => K.sum_rows_f32(a, b, c, d),
    sum_squares_f32: (a, b) => K.sum_squares_f32(a, b),
    finite_f32: (a, b) => K.finite_f32(a, b),
    dropout_f32: (a, b, c, d, e, f, g, h, i, j) => K.dropout_f32(a, b, c, d, e, f, g, h, i, j),
    gemm_pack_f32: (a, b, c, d, e, f) => K.gemm_pack_f32(a, b, c, d, e, f),
    gemm_rows_f32: (a, b, c, d, e) => K.gemm_rows_f32(a, b, c, d, e),
    gemm_block_f32: (of, a, b, c, d, e, f, g, h, i, j, k) => (of ? F : K).gemm_block_f32(a, b, c, d, e, f, g, h, i, j, k),
    lstm_forward_f32: (of, a, b, c, d, e, f, g, h, i, j, k, l) => (of ? F : K).lstm_forward_f32(a, b, c, d, e, f, g, h, i, j, k, l),
    lstm_backward_f32: (of, a, b, c, d, e, f, g, h, i, j, k, l, m) => (of ? F : K).lstm_backward_f32(a, b, c, d, e, f, g, h, i, j, k, l, m),
    lstm_read_f32: (of, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o) => (of ? F : K).lstm_read_f32(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o),
    lstm_cell_f32: (of, a, b, c, d, e) => (of ? F : K).lstm_cell_f32(a, b, c, d, e),
    lstm_steps_i8: (of, a, b, c, d, e, f, g, h, i, j, k, l, m, n) => (of ? F : K).lstm_steps_i8(a, b, c, d, e, f, g, h, i, j, k, l, m, n),
    bce_f32: (a, b, c, d, e, f) => K.bce_f32(a, b, c, d, e, f),
    softmax_f32: (a, b, c, d, e, f, g) => K.softmax_f32(a, b, c, d, e, f, g),
    fake_quantize_f32: (a, b, c, d, e, f, g, h, i) => K.fake_quantize_f32(a, b, c, d, e, f, g, h, i),
    adam_f32: (of, a, b, c, d, e, f) => (of ? F : K).adam_f32(a, b, c, d, e, f),
    adam_rows_f32: (of, a, b, c, d, e, f, g, h, i, j, k) => (of ? F : K).adam_rows_f32(a, b, c, d, e, f, g, h, i, j, k),
    gemm_i8: (a, b, c, d, e, f) => K.gemm_i8(a, b, c, d, e, f),
    gemm_add_i8: (a, b, c, d, e, f, g, h, i, j) => K.gemm_add_i8(a, b, c, d, e, f, g, h, i, j),
    gemm_round_i8: (a, b, c, d, e, f, g, h, i, j, k) => K.gemm_round_i8(a, b, c, d, e, f, g, h, i, j, k),
    pack_i8: (a, b, c, d, e, f) => K.pack_i8(a, b, c, d, e, f),
    gather_i8: (a, b, c, d, e, f, g, h) => K.gather_i8(a, b, c, d, e, f, g, h),
    gather_bits: (a, b, c, d, e, f, g, h) => K.gather_bits(a, b, c, d, e, f, g, h),
    round_rows_i8: (a, b, c, d, e, f) => K.round_rows_i8(a, b, c, d, e, f),
    pack_signs: (a, b, c, d) => K.pack_signs(a, b, c, d),
    gemm_add_signs: (a, b, c, d, e, f, g, h, i, j) => K.gemm_add_signs(a, b, c, d, e, f, g, h, i, j),
    gemm_round_signs: (a, b, c, d, e, f, g, h, i, j, k) => K.gemm_round_signs(a, b, c, d, e, f, g, h, i, j, k),
    gemm_add_coded: (a, b, c, d, e, f, g, h, i) => K.gemm_add_coded(a, b, c, d, e, f, g, h, i),
    widen_bits: (a, b, c, d) => K.widen_bits(a, b, c, d),
    columns_i8: (a, b, c, d) => K.columns_i8(a, b, c, d),
    gemm_add_i8_csr: (a, b, c, d, e, f, g, h, i, j, k, l) => K.gemm_add_i8_csr(a, b, c, d, e, f, g, h, i, j, k, l),
    columns_f32: (a, b, c, d) => K.columns_f32(a, b, c, d),
    rows_f32: (a, b, c, d) => K.rows_f32(a, b, c, d),
    gemm_f32_csr: (of, a, b, c, d, e, f, g) => (of ? F : K).gemm_f32_csr(a, b, c, d, e, f, g),
    peak_f32: (of, a, b) => (of ? F : K).peak_f32(a, b),
  }

  // A host that does not know the type is read to the end first.
  const compile = async source => {
    const got = await source
    if (got instanceof ArrayBuffer || ArrayBuffer.isView(got)) return WebAssembly.compile(got)
    if (!got.ok) throw new Error(`${got.url}: ${got.status}`)
    return got.headers.get('Content-Type') === 'application/wasm' ? WebAssembly.compileStreaming(got) : WebAssembly.compile(await got.arrayBuffer())
  }

  // A module of one function, f32x4.relaxed_madd of three zeros.
  const zero = [0x41, 0, 0xfd, 0x11] // i32.const 0, i32x4.splat
  const relaxed = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0,
    10, 19, 1, 17, 0, ...zero, ...zero, ...zero, 0xfd, 0x85, 2, 0x0b])

  let memory, source, loading
  async function load() {
    if (!WebAssembly.validate(relaxed)) return 'there is no relaxed SIMD here'
    try {
      const module = await compile(source())
      F = (await WebAssembly.instantiate(module, { env: { memory } })).exports
      return ''
    } catch (err) {
      return String(err.message ?? err)
    }
  }

  globalThis.kernels = {
    ready: false,
    reason: 'the kernel module was not loaded',
    program: compile, // the same, but it throws
    imports: object => ({ ...object, kernels: functions }),
    async compile(source) {
      try {
        return await compile(source)
      } catch (err) {
        this.reason = String(err.message ?? err)
        return null
      }
    },
    async join(compiled, program, fast) {
      const module = await compiled
      if (!module) return
      try {
        memory = program.exports.mem
        K = (await WebAssembly.instantiate(module, { env: { memory } })).exports
        source = fast
        this.ready = true
      } catch (err) {
        this.reason = String(err.message ?? err)
      }
    },
    // fast gives, in a while, '' or the reason why there is no module for Fast arithmetic.
    fast: () => loading ??= load(),
  }
})()
