// The sequential half of an LSTM with recurrent weights in whole numbers, without a trace: a
// workgroup is one text and loops over its tokens, an invocation makes whole units, all four
// gates of each from four words at a time.
//
//   a = gates[slot, :] + W_hh·h          gates holds b + W_ih·x; slot = first[t] + row
//   c = f·c + i·g,  h = o·tanh c         order i f g o
//
//   gates [N, 4H], last [B, H]; W_hh [4H, H], scale and zero [4H, groups] as in packed_gemm.wgsl;
//   first [T], lengths [B] in feed

struct P { H: u32, first: u32, lengths: u32, gates: u32, last: u32, bits: u32, words: u32, group: u32, groups: u32, w: u32, scale: u32, zero: u32 }

var<workgroup> h: array<f32, 2048>; // 0 beyond H

fn four(base: u32, u: u32, stride: u32, at: u32) -> vec4f {
  let s = base + at;
  return vec4f(mem[s + u * stride], mem[s + (p.H + u) * stride], mem[s + (2u * p.H + u) * stride], mem[s + (3u * p.H + u) * stride]);
}

fn words(u: u32, at: u32) -> vec4i {
  let s = p.w + at;
  return bitcast<vec4i>(vec4u(packed[s + u * p.words], packed[s + (p.H + u) * p.words], packed[s + (2u * p.H + u) * p.words], packed[s + (3u * p.H + u) * p.words]));
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) at: u32) {
  let H = p.H;
  let steps = u32(feed[p.lengths + tile.x]);
  let per = 32u / p.bits;
  var c: array<f32, 16>; // 2048/128
  var fresh: array<f32, 16>;
  for (var t = 0u; t < steps; t++) {
    let gates = p.gates + (u32(feed[p.first + t]) + tile.x) * 4u * H;
    var n = 0u;
    for (var u = at; u < H; u += 128u) {
      var a = vec4f(mem[gates + u], mem[gates + H + u], mem[gates + 2u * H + u], mem[gates + 3u * H + u]);
      for (var g = 0u; g < p.groups; g++) {
        let zero = four(p.zero, u, p.groups, g);
        var sum = vec4f();
        for (var k = g * p.group; k < min((g + 1u) * p.group, H); k += per) {
          let w = words(u, k / per);
          for (var e = 0u; e < per; e++) {
            sum += h[k + e] * (vec4f(extractBits(w, e * p.bits, p.bits)) - zero);
          }
        }
        a += four(p.scale, u, p.groups, g) * sum;
      }
      let x = sigmoid(a.y) * c[n] + sigmoid(a.x) * tanh32(a.z);
      c[n] = x;
      fresh[n] = sigmoid(a.w) * tanh32(x);
      n++;
    }
    workgroupBarrier();
    n = 0u;
    for (var u = at; u < H; u += 128u) { h[u] = fresh[n]; n++; }
    workgroupBarrier();
  }
  for (var u = at; u < H; u += 128u) { mem[p.last + tile.x * H + u] = h[u]; }
}
