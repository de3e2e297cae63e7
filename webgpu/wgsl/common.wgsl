// What every kernel sees: its own numbers p, the batch's whole numbers, and the one
// buffer that all tensors lie in; then the functions of engine/tensor/math.go.
//
//   mem  [all]  float32; a tensor is an offset into it, in elements
//   packed      weights in whole numbers, of packed_*.wgsl
//   feed [all]  token ids, rows and tables of the kernels queued together

@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read> feed: array<i32>;
@group(0) @binding(2) var<storage, read_write> mem: array<f32>;
@group(0) @binding(3) var<storage, read> packed: array<u32>;

// tiny: numbers below 2⁻¹⁰⁰ are stored as 0 where Strict arithmetic says so.
const tiny = 0x1p-100;

fn flush(x: f32) -> f32 { return select(x, 0.0, abs(x) < tiny); }

// finite looks at the bits: WGSL need not tell a NaN apart.
fn finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

fn scaled(y: f32, k: i32) -> f32 { // y·2ᵏ; 2¹²⁸ is no float32, so in two halves
  let half = k >> 1u;
  return y * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(k - half + 127) << 23u);
}

// exp32 is eˣ: 0 below −87.33, capped at the largest float32's.
fn exp32(x0: f32) -> f32 {
  if (x0 < -87.33) { return 0.0; }
  let x = select(x0, 88.72283, x0 > 88.72283);
  let n = round(x * 1.4426950408889634);
  var r = x - n * 0.693359375;
  r = r - n * -2.12194440e-4;
  var q = 0.001381446490995586 * r + 0.008368780836462975;
  q = q * r + 0.04166839271783829;
  q = q * r + 0.1666651964187622;
  q = q * r + 0.4999999403953552;
  return scaled(r * r * q + r + 1.0, i32(n));
}

fn sigmoid(x: f32) -> f32 {
  let e = exp32(-abs(x));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}

fn tanh32(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.625) {
    let z = x * x;
    var q = -0.005717036779969931 * z + 0.020650578662753105;
    q = q * z - 0.05374349653720856;
    q = q * z + 0.13331490755081177;
    q = q * z - 0.3333328366279602;
    return x * z * q + x;
  }
  let e = exp32(-2.0 * a);
  let y = (1.0 - e) / (1.0 + e);
  return select(y, -y, x < 0.0);
}

// log32 of x ≥ 2⁻¹²⁶: x = 2ᵏ·m with m in [√½, √2).
fn log32(x: f32) -> f32 {
  let b = bitcast<u32>(x);
  let k = i32(b - 0x3f3504f3u) >> 23u;
  let f = bitcast<f32>(b - (u32(k) << 23u)) - 1.0;
  var q = -0.07634429633617401 * f + 0.12761549651622772;
  q = q * f - 0.131601944565773;
  q = q * f + 0.14201761782169342;
  q = q * f - 0.16623356938362122;
  q = q * f + 0.20001226663589478;
  q = q * f - 0.250008225440979;
  q = q * f + 0.3333333134651184;
  let z = f * f;
  let n = f32(k);
  let y = f * z * q + n * -2.12194440e-4 - 0.5 * z;
  return y + f + n * 0.693359375;
}

// log1p32 of x ≥ 0; near 0 the rounding of 1+x is made good.
fn log1p32(x: f32) -> f32 {
  let u = 1.0 + x;
  if (u == 1.0) { return x; }
  return log32(u) * (x / (u - 1.0));
}
