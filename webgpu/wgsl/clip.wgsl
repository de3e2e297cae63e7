// The second half of a norm, and what follows from it: by how much gradients are scaled,
// and whether training goes on. One workgroup adds the parts in order.
//
//   out[2] = √Σ parts[:, 0]
//   out[3] = halt[0] = 1 where out[0] or the norm is not finite, or a gradient is not
//   by[0] = halt[0] ? 0 : min(1, bound/(norm + 1e-6))      bound 0: 1
//
//   Of op 1, for SumSquares and Finite: by[0] = Σ parts[:, 0], by[1] = Σ parts[:, 1]

struct P { op: u32, groups: u32, parts: u32, bound: f32, by: u32, out: u32, halt: u32 }

var<workgroup> squares: array<f32, 256>;
var<workgroup> bad: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) at: u32) {
  var sum = 0.0;
  var odd = 0.0;
  for (var g = at; g < p.groups; g += 256u) {
    sum += mem[p.parts + 2u * g];
    odd += mem[p.parts + 2u * g + 1u];
  }
  squares[at] = sum;
  bad[at] = odd;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (at < half) {
      squares[at] += squares[at + half];
      bad[at] += bad[at + half];
    }
  }
  if (at > 0u) { return; }
  if (p.op == 1u) {
    mem[p.by] = squares[0];
    mem[p.by + 1u] = bad[0];
    return;
  }
  let norm = sqrt(squares[0]);
  mem[p.out + 2u] = norm;
  if (bad[0] > 0.0 || !finite(squares[0]) || !finite(mem[p.out])) { mem[p.halt] = 1.0; }
  var by = 1.0;
  if (p.bound > 0.0) { by = min(1.0, p.bound / (norm + 1e-6)); }
  if (mem[p.halt] != 0.0) { by = 0.0; }
  mem[p.out + 3u] = mem[p.halt];
  mem[p.by] = by;
}
