'use strict'
// Joins the kernel module (wasm/kernels) to a Go program. The module works in the
// program's own memory, which exists only after the program was instantiated with
// its imports. So the program imports the functions below, which call the module
// late; each has as many arguments as its kernel, since gathering them costs more
// than a short kernel does. The worker and the tests under Node both load this file.
//
//   const compiled = kernels.compile(bytes or a response, or promises of them)
//   const { instance } = await WebAssembly.instantiate(…, kernels.imports(go.importObject))
//   await kernels.join(compiled, instance)
//
// Where the module can't be had or the browser lacks SIMD, ready stays false and
// reason says why; the program then asks for none of them (kernels.New).
;(() => {
  let K = null
  const functions = {
    zero_f32: (a, b) => K.zero_f32(a, b),
    add_f32: (a, b, c) => K.add_f32(a, b, c),
    mul_f32: (a, b, c) => K.mul_f32(a, b, c),
    scale_f32: (a, b, c) => K.scale_f32(a, b, c),
    mask_f32: (a, b, c) => K.mask_f32(a, b, c),
    mul_rows_f32: (a, b, c, d, e) => K.mul_rows_f32(a, b, c, d, e),
    gather_f32: (a, b, c, d, e) => K.gather_f32(a, b, c, d, e),
    scatter_add_f32: (a, b, c, d, e) => K.scatter_add_f32(a, b, c, d, e),
    add_bias_f32: (a, b, c, d) => K.add_bias_f32(a, b, c, d),
    sum_rows_f32: (a, b, c, d) => K.sum_rows_f32(a, b, c, d),
    sum_squares_f32: (a, b) => K.sum_squares_f32(a, b),
    finite_f32: (a, b) => K.finite_f32(a, b),
    dropout_f32: (a, b, c, d, e, f, g, h, i, j) => K.dropout_f32(a, b, c, d, e, f, g, h, i, j),
    gemm_pack_f32: (a, b, c, d, e, f) => K.gemm_pack_f32(a, b, c, d, e, f),
    gemm_rows_f32: (a, b, c, d, e) => K.gemm_rows_f32(a, b, c, d, e),
    gemm_block_f32: (a, b, c, d, e, f, g, h, i, j, k) => K.gemm_block_f32(a, b, c, d, e, f, g, h, i, j, k),
    lstm_forward_f32: (a, b, c, d, e, f, g, h, i, j, k, l) => K.lstm_forward_f32(a, b, c, d, e, f, g, h, i, j, k, l),
    lstm_backward_f32: (a, b, c, d, e, f, g, h, i, j, k, l, m) => K.lstm_backward_f32(a, b, c, d, e, f, g, h, i, j, k, l, m),
    lstm_cell_f32: (a, b, c, d, e) => K.lstm_cell_f32(a, b, c, d, e),
    bce_f32: (a, b, c, d, e, f) => K.bce_f32(a, b, c, d, e, f),
    softmax_f32: (a, b, c, d, e, f, g) => K.softmax_f32(a, b, c, d, e, f, g),
    adam_f32: (a, b, c, d, e, f) => K.adam_f32(a, b, c, d, e, f),
    adam_rows_f32: (a, b, c, d, e, f, g, h, i, j, k) => K.adam_rows_f32(a, b, c, d, e, f, g, h, i, j, k),
    gemm_i8: (a, b, c, d, e, f) => K.gemm_i8(a, b, c, d, e, f),
    gemm_add_i8: (a, b, c, d, e, f, g, h, i, j, k) => K.gemm_add_i8(a, b, c, d, e, f, g, h, i, j, k),
    pack_i8: (a, b, c, d) => K.pack_i8(a, b, c, d),
    gather_i8: (a, b, c, d, e, f, g, h) => K.gather_i8(a, b, c, d, e, f, g, h),
    round_i8: (a, b, c, d, e) => K.round_i8(a, b, c, d, e),
    columns_i8: (a, b, c, d) => K.columns_i8(a, b, c, d),
    gemm_add_i8_csr: (a, b, c, d, e, f, g, h, i, j) => K.gemm_add_i8_csr(a, b, c, d, e, f, g, h, i, j),
    gemv_add_i8_csr: (a, b, c, d, e, f, g, h, i) => K.gemv_add_i8_csr(a, b, c, d, e, f, g, h, i),
    columns_f32: (a, b, c, d) => K.columns_f32(a, b, c, d),
    rows_f32: (a, b, c, d) => K.rows_f32(a, b, c, d),
    gemm_f32_csr: (a, b, c, d, e, f, g) => K.gemm_f32_csr(a, b, c, d, e, f, g),
    gemv_f32_csr: (a, b, c, d, e, f) => K.gemv_f32_csr(a, b, c, d, e, f),
    peak_f32: (a, b, c) => K.peak_f32(a, b, c),
  }

  globalThis.kernels = {
    ready: false,
    reason: 'the kernel module was not loaded',
    imports: object => ({ ...object, kernels: functions }),
    async compile(source) {
      try {
        const got = await source
        return await (got instanceof ArrayBuffer || ArrayBuffer.isView(got) ? WebAssembly.compile(got) : WebAssembly.compileStreaming(got))
      } catch (err) {
        this.reason = String(err.message ?? err)
        return null
      }
    },
    async join(compiled, program) {
      const module = await compiled
      if (!module) return
      try {
        K = (await WebAssembly.instantiate(module, { env: { memory: program.exports.mem } })).exports
        this.ready = true
      } catch (err) {
        this.reason = String(err.message ?? err)
      }
    },
  }
})()
