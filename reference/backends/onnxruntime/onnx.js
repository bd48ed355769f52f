// Models in the ONNX format: protocol buffers with the few fields that a graph of nodes needs.
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto names the fields and their numbers.
"use strict";

const IR = 11; // the format's version, the first with
const OPSET = 23; // this version of the operators

const FLOAT = 1;
const INT64 = 7;
const TYPES = { float: 1, int: 2, string: 3, ints: 7 }; // of attributes

function varint(v) {
  const bytes = [];
  for (let n = BigInt.asUintN(64, BigInt(v)); ; n >>= 7n) {
    if (n < 128n) return Buffer.from([...bytes, Number(n)]);
    bytes.push(Number(n & 127n) | 128);
  }
}

const number = (field, v) => Buffer.concat([varint(field << 3), varint(v)]);

function float(field, v) {
  const four = Buffer.alloc(4);
  four.writeFloatLE(v);
  return Buffer.concat([varint((field << 3) | 5), four]);
}

// bytes is text, a buffer, or a message of several fields.
function bytes(field, ...parts) {
  const content = Buffer.concat(parts.map((p) => (typeof p === "string" ? Buffer.from(p) : p)));
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

function attribute(name, v) {
  const of = (type, ...fields) => bytes(5, bytes(1, name), ...fields, number(20, TYPES[type]));
  if (typeof v === "string") return of("string", bytes(4, v));
  if (Array.isArray(v)) return of("ints", ...v.map((n) => number(8, n)));
  if (v.float !== undefined) return of("float", float(2, v.float));
  return of("int", number(3, v));
}

const value = (field, name, ...shape) => bytes(field, bytes(1, name), bytes(2, bytes(1, number(1, FLOAT), ...shape)));

class Graph {
  constructor() {
    this.parts = [];
    this.names = 0;
  }

  // input adds an input of float32 and returns its name.
  input(name, shape) {
    this.parts.push(value(11, name, bytes(2, ...shape.map((d) => bytes(1, number(1, d))))));
    return name;
  }

  output(name) {
    this.parts.push(value(12, name));
  }

  // constant adds a tensor of float32, or int64 where it is of whole numbers, and returns its name.
  constant(data, shape, type = FLOAT) {
    const name = "c" + this.names++;
    const raw = Buffer.from((type === FLOAT ? Float32Array : BigInt64Array).from(data).buffer);
    this.parts.push(bytes(5, ...shape.map((d) => number(1, d)), number(2, type), bytes(8, name), bytes(9, raw)));
    return name;
  }

  scalar(v) {
    return this.constant([v], []);
  }

  whole(...numbers) {
    return this.constant(numbers.map(BigInt), [numbers.length], INT64);
  }

  // node adds an operator and returns the name of its first output. An attribute is a string, a whole
  // number, several, or {float}.
  node(type, inputs, attributes = {}, outputs = 1) {
    const name = "v" + this.names++;
    const more = [...Array(outputs - 1).keys()].map((i) => `${name}.${i}`);
    this.parts.push(bytes(1, ...inputs.map((i) => bytes(1, i)), ...[name, ...more].map((o) => bytes(2, o)), bytes(4, type),
      ...Object.entries(attributes).map(([n, v]) => attribute(n, v))));
    return name;
  }

  model() {
    return Buffer.concat([number(1, IR), bytes(7, ...this.parts, bytes(2, "question")), bytes(8, number(2, OPSET))]);
  }
}

module.exports = { Graph };
