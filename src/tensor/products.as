// AssemblyScript, not TypeScript: compile-wasm.mjs writes it to products-wasm.ts
/**
 * Inner products of rows with rows in WebAssembly SIMD; `width` is a multiple of 4, `rows` of 4, `columns` of 2.
 * Lane l of a sum holds the products at k = l, l + 4, l + 8, ...; the lanes are added as (0 + 1) + (2 + 3). No fused
 * multiply-add, so that every machine (and the plain code in products.ts) gets the same bits.
 */

@inline
function total(lanes: v128): f32 {
  return (
    f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1) + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
  );
}

/** out[r, c] = a[r, :] . b[c, :]; all three are byte addresses of float32 arrays. */
export function products(a: usize, rows: usize, b: usize, columns: usize, width: usize, out: usize): void {
  const stride = width << 2;
  const outStride = columns << 2;
  for (let c: usize = 0; c < columns; c += 2) {
    const b0 = b + c * stride;
    for (let r: usize = 0; r < rows; r += 4) {
      let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
      let p0 = a + r * stride;
      let q = b0;
      const end = p0 + stride;
      while (p0 < end) {
        const p2 = p0 + 2 * stride;
        const y0 = v128.load(q), y1 = v128.load(q + stride);
        let x = v128.load(p0);
        s00 = f32x4.add(s00, f32x4.mul(x, y0)), s01 = f32x4.add(s01, f32x4.mul(x, y1));
        x = v128.load(p0 + stride);
        s10 = f32x4.add(s10, f32x4.mul(x, y0)), s11 = f32x4.add(s11, f32x4.mul(x, y1));
        x = v128.load(p2);
        s20 = f32x4.add(s20, f32x4.mul(x, y0)), s21 = f32x4.add(s21, f32x4.mul(x, y1));
        x = v128.load(p2 + stride);
        s30 = f32x4.add(s30, f32x4.mul(x, y0)), s31 = f32x4.add(s31, f32x4.mul(x, y1));
        p0 += 16;
        q += 16;
      }
      let o = out + r * outStride + (c << 2);
      f32.store(o, total(s00)), f32.store(o + 4, total(s01));
      o += outStride;
      f32.store(o, total(s10)), f32.store(o + 4, total(s11));
      o += outStride;
      f32.store(o, total(s20)), f32.store(o + 4, total(s21));
      o += outStride;
      f32.store(o, total(s30)), f32.store(o + 4, total(s31));
    }
  }
}
