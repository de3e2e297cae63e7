// The sequential half of an LSTM, backward: a workgroup is one text and goes through its
// tokens from the last to the first. The formulas stand at tensor.LSTMGrad.
//
// Several turns, as forward, the last steps first: dh and dc wait in their scratch.
//
//   da from dh, dc and the trace; it takes the gates' place
//   dh = da·W_hh,  dc = dc·f
//
//   gates [N, 4H], c tanhc [N, H], dlast dh dc [B, H], w = W_hh [4H, H]; first [T], lengths [B] in feed

struct P { H: u32, first: u32, lengths: u32, gates: u32, c: u32, tanhc: u32, dlast: u32, w: u32, begin: u32, end: u32, dh: u32, dc: u32 }

const wide = 64u; // invocations, each H/wide units
const room = 1024u; // units that have a place in da; of more it is read begin gates

var<workgroup> da: array<f32, 4 * room>;

@compute @workgroup_size(wide)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) at: u32) {
  let row = group.x;
  let H = p.H;
  let steps = u32(feed[p.lengths + row]);
  var dh: array<f32, 8>;
  var dc: array<f32, 8>;
  var n = 0u;
  for (var u = at; u < H; u += wide) {
    if (steps <= p.end) {
      dh[n] = mem[p.dlast + row * H + u];
    } else {
      dh[n] = mem[p.dh + row * H + u];
      dc[n] = mem[p.dc + row * H + u];
    }
    n++;
  }
  for (var t = min(steps, p.end); t > p.begin;) {
    t--;
    let slot = u32(feed[p.first + t]) + row;
    let gates = p.gates + slot * 4u * H;
    n = 0u;
    for (var u = at; u < H; u += wide) {
      let i = mem[gates + u]; let f = mem[gates + H + u]; let g = mem[gates + 2u * H + u]; let o = mem[gates + 3u * H + u];
      let y = mem[p.tanhc + slot * H + u];
      var before = 0.0;
      if (t > 0u) { before = mem[p.c + (u32(feed[p.first + t - 1u]) + row) * H + u]; }
      let z = dc[n] + dh[n] * o * (1.0 - y * y);
      let d = vec4f(flush(z * g * (i * (1.0 - i))), flush(z * before * (f * (1.0 - f))), flush(z * i * (1.0 - g * g)), flush(dh[n] * y * (o * (1.0 - o))));
      dc[n] = flush(z * f);
      mem[gates + u] = d.x; mem[gates + H + u] = d.y; mem[gates + 2u * H + u] = d.z; mem[gates + 3u * H + u] = d.w;
      if (H <= room) { da[u] = d.x; da[H + u] = d.y; da[2u * H + u] = d.z; da[3u * H + u] = d.w; }
      n++;
    }
    storageBarrier();
    workgroupBarrier();
    n = 0u;
    for (var u = at; u < H; u += wide) {
      var sum = vec4f(); // of each gate
      var w = p.w + u;
      if (H <= room) {
        for (var k = 0u; k < H; k++) {
          let d = vec4f(da[k], da[H + k], da[2u * H + k], da[3u * H + k]);
          sum += d * vec4f(mem[w], mem[w + H * H], mem[w + 2u * H * H], mem[w + 3u * H * H]);
          w += H;
        }
      } else {
        for (var k = 0u; k < H; k++) {
          let d = vec4f(mem[gates + k], mem[gates + H + k], mem[gates + 2u * H + k], mem[gates + 3u * H + k]);
          sum += d * vec4f(mem[w], mem[w + H * H], mem[w + 2u * H * H], mem[w + 3u * H * H]);
          w += H;
        }
      }
      dh[n] = flush(sum.x + sum.y + sum.z + sum.w);
      n++;
    }
    workgroupBarrier();
  }
  if (p.begin == 0u || steps <= p.begin) { return; }
  n = 0u;
  for (var u = at; u < H; u += wide) {
    mem[p.dh + row * H + u] = dh[n];
    mem[p.dc + row * H + u] = dc[n];
    n++;
  }
}
