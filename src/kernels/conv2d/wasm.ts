// Convolution's jobs: windows unrolled into rows (im2col) and rows summed back into an image (col2im); the products
// between are the linear layer's. AssemblyScript, not TypeScript.
import {part, partBegin, parts} from "../assembly/threads.as";

/** The argument words of both jobs; rows are [n, down, across], their columns [kernel height, kernel width, channels]. */
@unmanaged
class Windows {
  n: i32;
  height: i32;
  width: i32;
  channels: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  stride: i32;
  padding: i32;
  down: i32;
  across: i32;
  image: usize;
  rows: usize;
}

/** Copies each window into its row; zeros where it hangs over the edge. */
export function unroll(args: usize): void {
  const windows = changetype<Windows>(args);
  const end = partBegin(windows.n * windows.down, part + 1, parts);
  const bytes = <usize>(windows.kernelWidth * windows.channels) << 2;
  for (let line = partBegin(windows.n * windows.down, part, parts); line < end; line++) {
    const example = line / windows.down;
    const top = (line % windows.down) * windows.stride - windows.padding;
    let to = windows.rows + <usize>(line * windows.across) * <usize>windows.kernelHeight * bytes;
    for (let column = 0; column < windows.across; column++) {
      const left = column * windows.stride - windows.padding;
      for (let y = top; y < top + windows.kernelHeight; y++) {
        if (y < 0 || y >= windows.height || left + windows.kernelWidth <= 0 || left >= windows.width) memory.fill(to, 0, bytes);
        else {
          const before = max(0, -left);
          const inside = min(windows.kernelWidth, windows.width - left) - before;
          const pixel = <usize>windows.channels << 2;
          if (inside < windows.kernelWidth) memory.fill(to, 0, bytes);
          memory.copy(to + <usize>before * pixel, windows.image + <usize>((example * windows.height + y) * windows.width + left + before) * pixel, <usize>inside * pixel);
        }
        to += bytes;
      }
    }
  }
}

/** Sums each row back into its window's place; by examples, so that no two threads add to one number. */
export function rollUp(args: usize): void {
  const windows = changetype<Windows>(args);
  const from = partBegin(windows.n, part, parts);
  const to = partBegin(windows.n, part + 1, parts);
  const imageBytes = <usize>(windows.height * windows.width * windows.channels) << 2;
  memory.fill(windows.image + <usize>from * imageBytes, 0, <usize>(to - from) * imageBytes);
  const channels = windows.channels;
  let source = windows.rows + (<usize>(from * windows.down * windows.across) * <usize>(windows.kernelHeight * windows.kernelWidth * channels) << 2);
  for (let example = from; example < to; example++) {
    const image = windows.image + <usize>example * imageBytes;
    for (let row = 0; row < windows.down; row++) {
      for (let column = 0; column < windows.across; column++) {
        for (let y = row * windows.stride - windows.padding; y < row * windows.stride - windows.padding + windows.kernelHeight; y++) {
          for (let x = column * windows.stride - windows.padding; x < column * windows.stride - windows.padding + windows.kernelWidth; x++) {
            if (y >= 0 && y < windows.height && x >= 0 && x < windows.width) add(image + (<usize>((y * windows.width + x) * channels) << 2), source, channels);
            source += <usize>channels << 2;
          }
        }
      }
    }
  }
}

function add(to: usize, source: usize, count: i32): void {
  let c = 0;
  for (; c + 4 <= count; c += 4) v128.store(to + (<usize>c << 2), f32x4.add(v128.load(to + (<usize>c << 2)), v128.load(source + (<usize>c << 2))));
  for (; c < count; c++) store<f32>(to + (<usize>c << 2), load<f32>(to + (<usize>c << 2)) + load<f32>(source + (<usize>c << 2)));
}
