// The sequential half of an LSTM, forward: a workgroup is one text and loops over its
// tokens; h lies in workgroup memory, c in registers. An invocation makes whole units.
//
// A long sequence goes in several turns of steps, t = begin … end, lest the system take the
// card for hung: h waits in last, c where it lies.
//
//   a = gates[slot, :] + W_hh·h          gates holds b + W_ih·x when it comes, i f g o when it goes
//   c = f·c + i·g,  h = o·tanh c         slot = first[t] + row
//
//   gates [N, 4H], c tanhc hprev [N, H], last [B, H], w [H, 4H] = W_hhᵀ; first [T], lengths [B] in feed

struct P { H: u32, first: u32, lengths: u32, gates: u32, c: u32, tanhc: u32, hprev: u32, last: u32, w: u32, begin: u32, end: u32 }

const wide = 64u; // invocations, each H/wide units

var<workgroup> h: array<f32, 2048>;

@compute @workgroup_size(wide)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) at: u32) {
  let row = group.x;
  let H = p.H;
  let end = min(u32(feed[p.lengths + row]), p.end);
  var c: array<f32, 8>;    // H/wide are at most 2048/256
  var fresh: array<f32, 8>;
  var m = 0u;
  for (var u = at; u < H; u += wide) {
    h[u] = 0.0;
    if (p.begin > 0u) { h[u] = mem[p.last + row * H + u]; }
    if (p.begin > 0u && p.begin < end) { c[m] = mem[p.c + (u32(feed[p.first + p.begin - 1u]) + row) * H + u]; }
    m++;
  }
  workgroupBarrier();
  for (var t = p.begin; t < end; t++) {
    let slot = u32(feed[p.first + t]) + row;
    let gates = p.gates + slot * 4u * H;
    var n = 0u;
    for (var u = at; u < H; u += wide) {
      var a = vec4f(mem[gates + u], mem[gates + H + u], mem[gates + 2u * H + u], mem[gates + 3u * H + u]);
      if (t > 0u) {
        var w = p.w + u;
        for (var k = 0u; k < H; k++) {
          a += h[k] * vec4f(mem[w], mem[w + H], mem[w + 2u * H], mem[w + 3u * H]);
          w += 4u * H;
        }
      }
      let i = sigmoid(a.x); let f = sigmoid(a.y); let g = tanh32(a.z); let o = sigmoid(a.w);
      var x = i * g;
      if (t > 0u) { x += f * c[n]; }
      let y = tanh32(x);
      c[n] = x;
      fresh[n] = o * y;
      mem[gates + u] = i; mem[gates + H + u] = f; mem[gates + 2u * H + u] = g; mem[gates + 3u * H + u] = o;
      mem[p.c + slot * H + u] = x;
      mem[p.tanhc + slot * H + u] = y;
      mem[p.hprev + slot * H + u] = h[u];
      n++;
    }
    workgroupBarrier();
    n = 0u;
    for (var u = at; u < H; u += wide) { h[u] = fresh[n]; n++; }
    workgroupBarrier();
  }
  for (var u = at; u < H; u += wide) { mem[p.last + row * H + u] = h[u]; }
}
