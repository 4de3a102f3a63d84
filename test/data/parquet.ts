/** Writes the smallest Parquet files that are whole: one row group, plain pages, no compression. Format: apache/parquet-format, Thrift's compact protocol. */

type Field = [id: number, type: number, bytes: number[]];
const [i32, i64, binary, list, struct] = [5, 6, 8, 9, 12];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}
const number = (value: number) => varint(value * 2); // zigzag, of numbers from 0
const text = (value: string) => [...varint(Buffer.byteLength(value)), ...Buffer.from(value)];
const items = (type: number, values: number[][]) => [(values.length << 4) | type, ...values.flat()];
function record(fields: Field[]): number[] {
  let last = 0;
  return [...fields.flatMap(([id, type, bytes]) => {
    const head = ((id - last) << 4) | type;
    last = id;
    return [head, ...bytes];
  }), 0];
}

/** Levels of one bit: a run-length header for so many values, bit-packed, with the length before it. */
function levels(bits: number[]): number[] {
  const groups = Math.ceil(bits.length / 8);
  const packed = Array.from({length: groups}, (_, g) => bits.slice(g * 8, g * 8 + 8).reduce((sum, bit, i) => sum | (bit << i), 0));
  const run = [...varint((groups << 1) | 1), ...packed];
  return [run.length & 255, run.length >> 8, 0, 0, ...run];
}

/** A column of float32 numbers, or of lists of them ("list<float>" as pyarrow writes it). */
export function parquetFile(columns: Record<string, number[] | number[][]>): Uint8Array {
  const [float, required, repeated] = [4, 0, 2];
  const rows = Object.values(columns)[0].length;
  const bytes: number[] = [...Buffer.from("PAR1")];
  const schema = [record([[4, binary, text("schema")], [5, i32, number(Object.keys(columns).length)]])];
  const chunks: number[][] = [];
  for (const [name, column] of Object.entries(columns)) {
    const nested = Array.isArray(column[0]);
    const values = (column as (number | number[])[]).flat();
    const starts = nested ? (column as number[][]).flatMap((row) => row.map((_, i) => (i === 0 ? 0 : 1))) : [];
    const data = [...(nested ? [...levels(starts), ...levels(values.map(() => 1))] : []), ...new Uint8Array(Float32Array.from(values).buffer)];
    const page = record([[1, i32, number(0)], [2, i32, number(data.length)], [3, i32, number(data.length)], [5, struct, record([[1, i32, number(values.length)], [2, i32, number(0)], [3, i32, number(3)], [4, i32, number(3)]])]]);
    const offset = bytes.length;
    bytes.push(...page, ...data);
    const path = nested ? [name, "list", "element"] : [name];
    if (nested) {
      schema.push(record([[3, i32, number(required)], [4, binary, text(name)], [5, i32, number(1)], [6, i32, number(3)]])); // a LIST
      schema.push(record([[3, i32, number(repeated)], [4, binary, text("list")], [5, i32, number(1)]]));
    }
    schema.push(record([[1, i32, number(float)], [3, i32, number(required)], [4, binary, text(path.at(-1)!)]]));
    const size = number(page.length + data.length);
    const meta = record([[1, i32, number(float)], [2, list, items(i32, [number(0), number(3)])], [3, list, items(binary, path.map(text))], [4, i32, number(0)], [5, i64, number(values.length)], [6, i64, size], [7, i64, size], [9, i64, number(offset)]]);
    chunks.push(record([[2, i64, number(offset)], [3, struct, meta]]));
  }
  const group = record([[1, list, items(struct, chunks)], [2, i64, number(bytes.length)], [3, i64, number(rows)]]);
  const footer = record([[1, i32, number(1)], [2, list, items(struct, schema)], [3, i64, number(rows)], [4, list, items(struct, [group])]]);
  bytes.push(...footer, ...new Uint8Array(Uint32Array.of(footer.length).buffer), ...Buffer.from("PAR1"));
  return Uint8Array.from(bytes);
}
