// Binary cross-entropy of logits z and targets y in [0, 1], and its gradient.
//
//   losses[i] = max(z, 0) − z·y + log1p(exp(−|z|)),  dz[i] = (sigmoid(z) − y)·scale
//
//   z, y, losses, dz [B]

struct P { B: u32, scale: f32, z: u32, y: u32, losses: u32, dz: u32 }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= p.B) { return; }
  let z = mem[p.z + i];
  let y = mem[p.y + i];
  mem[p.losses + i] = select(z, 0.0, z < 0.0) - z * y + log1p32(exp32(-abs(z)));
  mem[p.dz + i] = (sigmoid(z) - y) * p.scale;
}
