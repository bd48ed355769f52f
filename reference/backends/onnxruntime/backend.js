#!/usr/bin/env node
// ONNX Runtime as a backend of the golden suite, in float32 on the CPU: each question becomes a small
// model, with the operator of ONNX where there is one. It runs forward only.
//
//     node backend.js QUESTION ANSWER     files, or folders with files of the same names
//     node backend.js                     a server
"use strict";
const path = require("path");
const ort = require("onnxruntime-node");
const { main, need } = require("../../scaffold/templates/javascript/backend.js");
const { Graph } = require("./onnx.js");

const SPECS = path.join(__dirname, "../../testdata/golden/v1/ops.json");

// op makes an operation of a function that adds nodes to a graph and returns the outputs' names by
// those of the suite. x has the inputs' names, which are those of the suite too, and shapes their shapes.
const op = (build) => async (ins, cts, attrs) => {
  const graph = new Graph();
  const x = {};
  const shapes = {};
  const feeds = {};
  for (const [name, { shape, data }] of Object.entries(ins)) {
    x[name] = graph.input(name, shape);
    shapes[name] = shape;
    feeds[name] = new ort.Tensor("float32", Float32Array.from(data), shape);
  }
  const outs = build(graph, x, attrs, shapes);
  for (const name of Object.values(outs)) graph.output(name);
  const session = await ort.InferenceSession.create(graph.model(), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const found = await session.run(feeds);
  const answer = {};
  for (const [name, of] of Object.entries(outs)) answer["out/" + name] = { shape: [...found[of].dims], data: found[of].data };
  await session.release();
  for (const [name, ct] of Object.entries(cts)) {
    const out = answer["out/" + name];
    need(out && out.shape.join() === ct.shape.join(), `cotangent ${name} is of no output`);
  }
  return answer;
};
const y = (build) => op((...at) => ({ y: build(...at) }));
const loss = (build) => op((...at) => ({ loss: build(...at) }));

// The nodes that objectives are made of.
const add = (g, ...xs) => xs.reduce((a, b) => g.node("Add", [a, b]));
const sub = (g, a, b) => g.node("Sub", [a, b]);
const mul = (g, a, b) => g.node("Mul", [a, b]);
const scale = (g, a, by) => mul(g, a, g.scalar(by));
const mean = (g, a) => g.node("ReduceMean", [a], { keepdims: 0 });
const sum = (g, a, ...axes) => g.node("ReduceSum", axes.length > 0 ? [a, g.whole(...axes)] : [a], { keepdims: 0 });
const logSumExp = (g, a, ...axes) => g.node("ReduceLogSumExp", axes.length > 0 ? [a, g.whole(...axes)] : [a], { keepdims: 0 });
const normal = (g, a) => g.node("LpNormalization", [a], { axis: -1, p: 2 });
const products = (g, a, b) => g.node("Gemm", [a, b], { transB: 1 });
const rows = (g, a, b) => sum(g, mul(g, a, b), 1); // the products of rows with those of the same place
const mask = (g, n, holds) => g.constant(Array.from({ length: n * n }, (_, i) => (holds((i / n) | 0, i % n) ? 1 : 0)), [n, n]);
const without = (g, s, masked) => add(g, s, scale(g, masked, -1e30));

const pool = (type, attributes) =>
  y((g, { x }, { kernel, stride, padding }, shapes) => {
    const [, , h, w] = shapes.x;
    need(padding <= kernel / 2, "padding is more than half of the window");
    need(kernel <= h + 2 * padding && kernel <= w + 2 * padding, "the window is larger than the image");
    return g.node(type, [x], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: Array(4).fill(padding), ...attributes });
  });

// views returns the scores between all rows of both views, and where they are of a row with its partner.
function views(g, { z1, z2 }, { temperature }, k) {
  const z = normal(g, g.node("Concat", [z1, z2], { axis: 0 }));
  const partner = mask(g, 2 * k, (i, j) => i % k === j % k && i !== j);
  return { s: scale(g, products(g, z, z), 1 / temperature), partner };
}

const OPS = {
  matmul: op((g, { a, b }) => ({ c: g.node("MatMul", [a, b]) })),
  linear: y((g, { x, weight, bias }) => g.node("Gemm", bias ? [x, weight, bias] : [x, weight], { transB: 1 })),
  conv2d: y((g, { x, weight, bias }, { stride, padding }, shapes) => {
    const [, , h, w] = shapes.x;
    const [, , kh, kw] = shapes.weight;
    need(kh <= h + 2 * padding && kw <= w + 2 * padding, "the kernel is larger than the image");
    return g.node("Conv", bias ? [x, weight, bias] : [x, weight], { strides: [stride, stride], pads: Array(4).fill(padding) });
  }),
  layer_norm: y((g, { x, weight, bias }, { eps }, shapes) => {
    const d = shapes.x[1];
    const inputs = [x, weight || g.constant(Array(d).fill(1), [d])];
    return g.node("LayerNormalization", bias ? [...inputs, bias] : inputs, { axis: -1, epsilon: { float: eps } });
  }),
  relu: y((g, { x }) => g.node("Relu", [x])),
  gelu: y((g, { x }, { approximate }) => g.node("Gelu", [x], { approximate })),
  softmax: y((g, { x }) => g.node("Softmax", [x], { axis: -1 })),
  log_softmax: y((g, { x }) => g.node("LogSoftmax", [x], { axis: -1 })),
  logsumexp: y((g, { x }) => logSumExp(g, x, 1)),
  normalize: y((g, { x }) => normal(g, x)),
  max_pool2d: pool("MaxPool", {}),
  avg_pool2d: pool("AveragePool", { count_include_pad: 1 }),
  global_avg_pool2d: y((g, { x }) => g.node("Squeeze", [g.node("GlobalAveragePool", [x]), g.whole(2, 3)])),
  attention: y((g, { q, k, v }) => g.node("Attention", [q, k, v])),

  info_nce: loss((g, { z1, z2 }, { temperature }, shapes) => {
    const k = shapes.z1[0];
    const logs = g.node("LogSoftmax", [scale(g, products(g, normal(g, z1), normal(g, z2)), 1 / temperature)], { axis: -1 });
    return scale(g, sum(g, mul(g, logs, mask(g, k, (i, j) => i === j))), -1 / k);
  }),
  nt_xent: loss((g, x, attrs, shapes) => {
    const { s, partner } = views(g, x, attrs, shapes.z1[0]);
    const self = mask(g, 2 * shapes.z1[0], (i, j) => i === j);
    return mean(g, sub(g, logSumExp(g, without(g, s, self), 1), rows(g, s, partner)));
  }),
  dcl: loss((g, x, attrs, shapes) => {
    const k = shapes.z1[0];
    need(k > 1, "one sample has no negative");
    const { s, partner } = views(g, x, attrs, k);
    const same = mask(g, 2 * k, (i, j) => i % k === j % k);
    return mean(g, sub(g, logSumExp(g, without(g, s, same), 1), rows(g, s, partner)));
  }),
  byol: loss((g, { prediction, target }) => sub(g, g.scalar(2), scale(g, mean(g, rows(g, normal(g, prediction), normal(g, target))), 2))),
  alignment: loss((g, { z1, z2 }, { alpha }) => {
    const length = g.node("ReduceL2", [sub(g, z1, z2), g.whole(1)], { keepdims: 0 });
    return mean(g, g.node("Pow", [length, g.scalar(alpha)]));
  }),
  er_entropy_discrete: op((g, { p }, { reduction, eps }) => {
    const m = g.node("ReduceMean", [p, g.whole(0)], { keepdims: 0 });
    const logs = g.node("Log", [add(g, m, g.scalar(eps))]);
    return { entropy: g.node("Neg", [reduction === "average" ? mean(g, logs) : sum(g, mul(g, m, logs))]) };
  }),
  er_reconstruction_discrete: op((g, { p1, p2 }, { eps }) => {
    const cross = (p, q) => mean(g, rows(g, p, g.node("Log", [add(g, q, g.scalar(eps))])));
    return { reconstruction: scale(g, add(g, cross(p1, p2), cross(p2, p1)), -0.5) };
  }),

  ema_update: op((g, { target, online }, { momentum }) => ({ target: add(g, scale(g, target, momentum), scale(g, online, 1 - momentum)) })),
  rgb_to_grayscale: y((g, { x }) => g.node("Conv", [x, g.constant([0, 1, 2].flatMap(() => [0.2989, 0.587, 0.114]), [3, 3, 1, 1])])),
  solarize: y((g, { x }, { threshold }) => g.node("Where", [g.node("GreaterOrEqual", [x, g.scalar(threshold)]), sub(g, g.scalar(1), x), x])),
  adjust_brightness: y((g, { x }, { factor }) => g.node("Clip", [scale(g, x, factor), g.scalar(0), g.scalar(1)])),
  gaussian_blur: y((g, { x }, { kernel, sigma }, shapes) => {
    const [, c, h, w] = shapes.x;
    const half = (kernel - 1) / 2;
    need(Number.isInteger(half), "the kernel is even");
    need(half < h && half < w, "the kernel reaches beyond the reflection");
    const line = Array.from({ length: kernel }, (_, i) => Math.exp(-0.5 * ((i - half) / sigma) ** 2));
    const total = line.reduce((a, b) => a + b) ** 2;
    const window = line.flatMap((a) => line.map((b) => (a * b) / total));
    const weight = g.constant(Array(c).fill(window).flat(), [c, 1, kernel, kernel]);
    return g.node("Conv", [g.node("Pad", [x, g.whole(0, 0, half, half, 0, 0, half, half)], { mode: "reflect" }), weight], { group: c });
  }),
  resized_crop: y((g, { x }, { top, left, height, width, size, antialias }, shapes) => {
    const [n, c, h, w] = shapes.x;
    need(top + height <= h && left + width <= w, "the crop lies outside of the image");
    const crop = g.node("Slice", [x, g.whole(top, left), g.whole(top + height, left + width), g.whole(2, 3)]);
    return g.node("Resize", [crop, "", "", g.whole(n, c, size, size)],
      { mode: "linear", coordinate_transformation_mode: "half_pixel", antialias: antialias ? 1 : 0, exclude_outside: antialias ? 1 : 0 });
  }),
};

const gradients = Object.fromEntries(Object.keys(OPS).map((name) => [name, "ONNX Runtime runs forward only"]));
main(OPS, SPECS, { versions: { "onnxruntime-node": require("onnxruntime-node/package.json").version }, gradients });
