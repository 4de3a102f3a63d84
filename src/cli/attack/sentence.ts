/** Whether a refusal can be read by a person: it names the file, says what to do, and shows nothing of the program's insides. */

/** What engines and libraries say, which nobody should have to read. */
const raw = [
  /undefined|\[object/,
  /is not (a function|iterable|defined)|Cannot (read|convert|destructure|set|mix)|null \(reading/,
  /Unexpected (token|end|non-whitespace|number|string)|in JSON at|JSON\.parse|Bad control character|Expected ','|Expected property name/,
  /Invalid (array|typed array|string|date|count)|Array buffer allocation|out of (bounds|range)|outside the bounds|Maximum call stack|byte length of/i,
  /ERR_|\bE[A-Z]{4,}\b:|\b(Type|Range|Syntax|Dom)Error\b|DOMException/,
  /vips|libpng|libspng|Input buffer|thrift|snappy error|End of central directory|zlib|incorrect header/i
];
const advice = /expected|write it|save it|cut it|cut off|damaged|make it|take |give |pack it|get it|shorten|[Pp]repare|put |leave|left out|refused|was kept|were kept|was taken|choose|Look for|Known are|cut into|wrong: take|encrypted|decompression bomb|could not be read|is supported/i;

/** Everything that is wrong with it; empty where it is a good sentence. `names` are the file's, or those of what it is made of. */
export function faultsOf(sentence: string, names: readonly string[]): string[] {
  return [
    ...(names.some((name) => sentence.includes(name)) ? [] : [`does not name ${names.join(" or ")}`]),
    ...raw.filter((pattern) => pattern.test(sentence)).map((pattern) => `shows the program's insides: ${pattern.exec(sentence)![0]}`),
    ...(advice.test(sentence) ? [] : ["does not say what to do"]),
    ...(sentence.length > 1000 ? [`has ${sentence.length} characters`] : [])
  ];
}
