#!/usr/bin/env node
// A backend of the golden suite, with Node's own modules alone.
//
//     node backend.js QUESTION ANSWER     files, or folders with files of the same names
//     node backend.js                     a server: questions on standard input, answers on standard output
//
// Add operations to OPS. What they take stands in ops.json, by which questions are checked.
"use strict";
const fs = require("fs");
const path = require("path");

const REFUSED = 1;
const LACKS = 3;

class Refused extends Error {}
class Lacks extends Error {}

// Each operation takes the inputs and cotangents ({name: {shape, data}}), attributes, and the names of
// the inputs whose gradients are asked for, and returns its outputs and gradients by their full names,
// or a promise of them. Gradients that are not asked for are dropped.

function relu(ins, cts) {
  const { shape, data } = ins.x;
  const answer = { "out/y": { shape, data: Float32Array.from(data, (v) => Math.max(v, 0)) } };
  if (cts.y) answer["grad/x"] = { shape, data: Float32Array.from(data, (v, i) => (v > 0 ? cts.y.data[i] : 0)) };
  return answer;
}

const OPS = { relu };

// The format: 8 bytes of little-endian header length, a JSON header, raw little-endian data.

function parse(content) {
  const length = Number(content.readBigUInt64LE(0));
  const { __metadata__: meta, ...header } = JSON.parse(content.toString("utf8", 8, 8 + length));
  if (meta.format !== "entrec-golden/1") throw new Refused(`found format ${meta.format}, expected entrec-golden/1`);
  const kinds = { in: {}, ct: {} };
  for (const [name, t] of Object.entries(header)) {
    const [begin, end] = t.data_offsets.map((offset) => 8 + length + offset);
    const size = t.dtype === "F64" ? 8 : 4;
    const data = new Float64Array((end - begin) / size);
    for (let i = 0; i < data.length; i++) data[i] = size === 8 ? content.readDoubleLE(begin + 8 * i) : content.readFloatLE(begin + 4 * i);
    const [prefix, ...rest] = name.split("/");
    (kinds[prefix] || {})[rest.join("/")] = { shape: t.shape, data };
  }
  return { op: meta.op, attrs: JSON.parse(meta.attrs), ins: kinds.in, cts: kinds.ct };
}

function dump(tensors) {
  const header = {};
  const parts = [];
  let offset = 0;
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name];
    const raw = Buffer.alloc(4 * data.length);
    data.forEach((v, i) => raw.writeFloatLE(v, 4 * i));
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + raw.length] };
    offset += raw.length;
    parts.push(raw);
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

// What must be refused.

function need(holds, reason) {
  if (!holds) throw new Refused(reason);
}

function check(spec, attrs, ins, cts) {
  const sizes = new Map();
  let any;
  for (const [name, i] of Object.entries(spec.inputs)) {
    if (!ins[name]) {
      need(i.optional, `input ${name} is missing`);
      continue;
    }
    const { shape, data } = ins[name];
    need(!shape.includes(0) && data.length === shape.reduce((a, b) => a * b, 1), `input ${name} is empty`);
    const fits = i.shapes.find((s) => s === "*" || s.split(",").length === shape.length);
    need(fits, `input ${name}: found shape [${shape}], expected ${i.shapes}`);
    if (fits === "*") {
      any = any || shape.join();
      need(any === shape.join(), `input ${name}: found shape [${shape}], expected [${any}]`);
      continue;
    }
    fits.split(",").forEach((letter, axis) => {
      if (!sizes.has(letter)) sizes.set(letter, /^\d+$/.test(letter) ? Number(letter) : shape[axis]);
      need(sizes.get(letter) === shape[axis], `input ${name}: found shape [${shape}], expected ${i.shapes} with ${letter} = ${sizes.get(letter)}`);
    });
  }
  for (const name of Object.keys(ins)) need(spec.inputs[name], `there is no input ${name}`);
  const known = spec.attributes || {};
  for (const [name, a] of Object.entries(known)) {
    if (!(name in attrs) && a.default !== undefined) attrs[name] = a.default;
    need(suits(a, attrs[name]), `attribute ${name}: found ${attrs[name]}, expected ${JSON.stringify(a)}`);
  }
  const wrt = attrs.wrt || [];
  for (const name of Object.keys(attrs)) need(known[name] || name === "wrt", `there is no attribute ${name}`);
  need(new Set(wrt).size === wrt.length, "wrt has a name twice");
  for (const name of wrt) need(ins[name] && !spec.inputs[name].constant, `wrt: ${name} has no gradient`);
  need(wrt.length === 0 || Object.keys(cts).length > 0, "gradients are asked for, but there is no cotangent");
}

function suits(a, v) {
  if (a.kind === "flag") return typeof v === "boolean";
  if (a.kind === "choice") return a.of.includes(v);
  if (typeof v !== "number" || !Number.isFinite(v)) return false;
  if (a.kind === "whole" && (!Number.isInteger(v) || Math.abs(v) > 2 ** 31)) return false;
  return !(v < a.least) && !(v > a.most) && !(v <= a.above) && !(v >= a.below);
}

// answer answers a question's file by a backend: what main makes of its arguments.
async function answer(backend, content) {
  const { op, attrs, ins, cts } = parse(content);
  if (!Object.hasOwn(backend.ops, op)) throw new Lacks(`there is no operation ${op}`);
  check(backend.specs[op], attrs, ins, cts);
  const { wrt = [], ...others } = attrs;
  const tensors = await backend.ops[op](ins, cts, others, wrt);
  for (const [name, ct] of Object.entries(cts)) {
    const out = tensors["out/" + name];
    need(out && out.shape.join() === ct.shape.join(), `cotangent ${name} is of no output`);
  }
  return dump(Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith("out/") || wrt.includes(name.slice(5)))));
}

// The modes.

const one = async (backend, question, to) => fs.writeFileSync(to, await answer(backend, fs.readFileSync(question)));

async function folder(backend, questions, answers) {
  const cases = {};
  for (const name of fs.readdirSync(questions).sort()) {
    if (!name.endsWith(".safetensors")) continue;
    try {
      await one(backend, path.join(questions, name), path.join(answers, name));
    } catch (e) {
      if (e instanceof Lacks) cases[name.slice(0, -".safetensors".length)] = e.message;
      else console.error(`${name}: ${e.message}`); // leave this answer out: it is asked again
    }
  }
  fs.writeFileSync(path.join(answers, "backend.json"), JSON.stringify({ lacks: { cases, gradients: backend.gradients }, versions: backend.versions }));
}

// readWhole fills a buffer from standard input; false at its end.
function readWhole(buffer) {
  let at = 0;
  while (at < buffer.length) {
    let n;
    try {
      n = fs.readSync(0, buffer, at, buffer.length - at, null);
    } catch (e) {
      if (e.code === "EAGAIN") continue;
      if (e.code === "EOF") return false;
      throw e;
    }
    if (n === 0) return false;
    at += n;
  }
  return true;
}

function writeWhole(buffer) {
  for (let at = 0; at < buffer.length; ) {
    try {
      at += fs.writeSync(1, buffer, at);
    } catch (e) {
      if (e.code !== "EAGAIN") throw e;
    }
  }
}

async function serve(backend) {
  const head = Buffer.alloc(8);
  while (readWhole(head)) {
    const content = Buffer.alloc(Number(head.readBigUInt64LE()));
    if (!readWhole(content)) return;
    let status = 0;
    let body;
    try {
      body = await answer(backend, content);
    } catch (e) {
      if (!(e instanceof Lacks || e instanceof Refused)) throw e;
      status = e instanceof Lacks ? LACKS : REFUSED;
      body = Buffer.from(e.message);
    }
    const start = Buffer.alloc(9);
    start.writeUInt8(status);
    start.writeBigUInt64LE(BigInt(body.length), 1);
    writeWhole(Buffer.concat([start, body]));
  }
}

// main answers as the command line asks. specs is the path of ops.json. What is declared beside are
// versions, by name, and gradients that are lacking: reasons, by operation.
async function main(ops, specs, { versions = {}, gradients = {} } = {}) {
  const backend = { ops, specs: JSON.parse(fs.readFileSync(specs, "utf8")), versions: { node: process.version, ...versions }, gradients };
  const args = process.argv.slice(2);
  if (args.length === 0) return serve(backend);
  if (args.length !== 2) {
    console.error("usage: backend.js QUESTION ANSWER");
    process.exitCode = 2;
  } else if (fs.statSync(args[0]).isDirectory()) {
    return folder(backend, ...args);
  } else {
    try {
      await one(backend, ...args);
    } catch (e) {
      if (!(e instanceof Lacks || e instanceof Refused)) throw e;
      console.error(e.message);
      process.exitCode = e instanceof Lacks ? LACKS : REFUSED;
    }
  }
}

module.exports = { main, need, Lacks };
if (require.main === module) main(OPS, path.join(__dirname, "ops.json"));
