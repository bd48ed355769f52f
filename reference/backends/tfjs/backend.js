#!/usr/bin/env node
// TensorFlow.js as a backend of the golden suite, in float32 on its plain JavaScript backend, with
// gradients by its own autodiff. Where it has a function for an operation, that function answers.
//
//     node backend.js QUESTION ANSWER     files, or folders with files of the same names
//     node backend.js                     a server
"use strict";
const path = require("path");
const tf = require("@tensorflow/tfjs");
const { main, need } = require("../../scaffold/templates/javascript/backend.js");

const SPECS = path.join(__dirname, "../../testdata/golden/v1/ops.json");

const tensor = ({ shape, data }) => tf.tensor(Float32Array.from(data), shape);
const array = (t) => ({ shape: t.shape, data: t.dataSync() });
const each = (object, f) => Object.fromEntries(Object.entries(object).map(([name, v]) => [name, f(v)]));

// op makes an operation of a function of tensors and attributes, which returns the outputs by name.
const op = (f) => (ins, cts, attrs, wrt) =>
  tf.tidy(() => {
    const xs = each(ins, tensor);
    const outs = f(xs, attrs);
    const answer = {};
    for (const [name, y] of Object.entries(outs)) answer["out/" + name] = array(y);
    for (const [name, ct] of Object.entries(cts)) need(outs[name] && outs[name].shape.join() === ct.shape.join(), `cotangent ${name} is of no output`);
    if (wrt.length > 0) {
      const pulled = (...at) => {
        const ys = f({ ...xs, ...Object.fromEntries(wrt.map((name, i) => [name, at[i]])) }, attrs);
        return tf.addN(Object.keys(cts).map((name) => tf.sum(tf.mul(ys[name], tensor(cts[name])))));
      };
      tf.grads(pulled)(wrt.map((name) => xs[name])).forEach((g, i) => (answer["grad/" + wrt[i]] = array(g)));
    }
    return answer;
  });
const y = (f) => op((xs, attrs) => ({ y: f(xs, attrs) }));
const loss = (f) => op((xs, attrs) => ({ loss: f(xs, attrs) }));

// Images lie with their channels last in TensorFlow.js.
const last = (x) => tf.transpose(x, [0, 2, 3, 1]);
const first = (x) => tf.transpose(x, [0, 3, 1, 2]);
const explicit = (p) => [[0, 0], [p, p], [p, p], [0, 0]]; // padding

function fits(x, kernel, padding) {
  need(kernel <= x.shape[2] + 2 * padding && kernel <= x.shape[3] + 2 * padding, "the window is larger than the image");
}

const pool = (f) =>
  y(({ x }, { kernel, stride, padding }) => {
    fits(x, kernel, padding);
    need(padding <= kernel / 2, "padding is more than half of the window");
    return first(f(last(x), kernel, stride, explicit(padding), padding > 0 ? "floor" : undefined));
  });

// normal divides rows by their lengths, as an author would: by the norm that there is.
const normal = (x, eps = 1e-12) => tf.div(x, tf.maximum(tf.norm(x, 2, -1, true), eps));
const products = (a, b) => tf.matMul(a, b, false, true);
const diagonal = (s) => tf.sum(tf.mul(s, tf.eye(s.shape[0])), 1);
const without = (s, mask) => tf.logSumExp(tf.add(s, tf.mul(mask, -1e30)), 1); // of what mask has 0

function variance(x, axes) {
  const { mean, variance } = tf.moments(x, axes, true);
  return { mean, variance, centered: tf.sub(x, mean) };
}

// views returns the scores between all rows of both views, and where they are of a row with itself,
// and with its partner.
function views(z1, z2, temperature) {
  const k = z1.shape[0];
  const z = normal(tf.concat([z1, z2]));
  const self = tf.eye(2 * k);
  const partner = tf.concat([tf.slice(self, [k, 0], [k, 2 * k]), tf.slice(self, [0, 0], [k, 2 * k])]);
  return { s: tf.div(products(z, z), temperature), self, partner };
}

// critic returns the scores of images with their own places (k, p), and the logarithm of the sum of
// the exponentials of the others' (k).
function critic(global, local) {
  const [k, p, u] = local.shape;
  need(k > 1, "one image has no negative");
  const s = tf.reshape(products(global, tf.reshape(local, [k * p, u])), [k, k, p]);
  const eye = tf.reshape(tf.eye(k), [k, k, 1]);
  return { own: tf.sum(tf.mul(s, eye), 1), others: tf.logSumExp(tf.add(s, tf.mul(eye, -1e30)), [1, 2]), s, eye, k, p };
}

const OPS = {
  matmul: op(({ a, b }) => ({ c: tf.matMul(a, b) })),
  linear: y(({ x, weight, bias }) => (bias ? tf.add(products(x, weight), bias) : products(x, weight))),
  conv2d: y(({ x, weight, bias }, { stride, padding }) => {
    const [, , h, w] = x.shape;
    need(weight.shape[2] <= h + 2 * padding && weight.shape[3] <= w + 2 * padding, "the kernel is larger than the image");
    const y = tf.conv2d(last(x), tf.transpose(weight, [2, 3, 1, 0]), stride, explicit(padding), "NHWC", 1, "floor");
    return first(bias ? tf.add(y, bias) : y);
  }),
  batch_norm: y(({ x, weight, bias }, { eps }) => {
    need(x.size > x.shape[1], "one value a channel");
    const rows = x.rank === 4 ? last(x) : x;
    const { mean, variance } = tf.moments(rows, [...rows.shape.keys()].slice(0, -1));
    const y = tf.batchNorm(rows, mean, variance, bias || tf.zerosLike(mean), weight || tf.onesLike(mean), eps);
    return x.rank === 4 ? first(y) : y;
  }),
  layer_norm: y(({ x, weight, bias }, { eps }) => {
    const { variance: v, centered } = variance(x, 1);
    const y = tf.mul(centered, tf.rsqrt(tf.add(v, eps)));
    return tf.add(tf.mul(y, weight || 1), bias || 0);
  }),
  relu: y(({ x }) => tf.relu(x)),
  gelu: y(({ x }, { approximate }) => {
    const turn = approximate === "none" ? tf.erf(tf.mul(x, Math.SQRT1_2)) : tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x))))));
    return tf.mul(tf.mul(0.5, x), tf.add(1, turn));
  }),
  softmax: y(({ x }) => tf.softmax(x)),
  log_softmax: y(({ x }) => tf.logSoftmax(x)),
  logsumexp: y(({ x }) => tf.logSumExp(x, 1)),
  normalize: y(({ x }, { eps }) => normal(x, eps)),
  max_pool2d: pool(tf.maxPool),
  avg_pool2d: pool(tf.avgPool),
  global_avg_pool2d: y(({ x }) => tf.mean(x, [2, 3])),
  attention: y(({ q, k, v }) => tf.matMul(tf.softmax(tf.div(products(q, k), Math.sqrt(q.shape[3]))), v)),

  info_nce: loss(({ z1, z2 }, { temperature }) => tf.neg(tf.mean(diagonal(tf.logSoftmax(tf.div(products(normal(z1), normal(z2)), temperature)))))),
  nt_xent: loss(({ z1, z2 }, { temperature }) => {
    const { s, self, partner } = views(z1, z2, temperature);
    return tf.mean(tf.sub(without(s, self), tf.sum(tf.mul(s, partner), 1)));
  }),
  dcl: loss(({ z1, z2 }, { temperature }) => {
    need(z1.shape[0] > 1, "one sample has no negative");
    const { s, self, partner } = views(z1, z2, temperature);
    return tf.mean(tf.sub(without(s, tf.add(self, partner)), tf.sum(tf.mul(s, partner), 1)));
  }),
  moco: loss(({ query, key, queue }, { temperature }) => {
    const q = normal(query);
    const positive = tf.sum(tf.mul(q, normal(key)), 1, true);
    const s = tf.div(tf.concat([positive, products(q, normal(queue))], 1), temperature);
    return tf.neg(tf.mean(tf.slice(tf.logSoftmax(s), [0, 0], [-1, 1])));
  }),
  byol: loss(({ prediction, target }) => tf.sub(2, tf.mul(2, tf.mean(tf.sum(tf.mul(normal(prediction), normal(target)), 1))))),
  alignment: loss(({ z1, z2 }, { alpha }) => tf.mean(tf.pow(tf.norm(tf.sub(z1, z2), 2, 1), alpha))),
  uniformity: loss(({ z }, { t }) => {
    const k = z.shape[0];
    need(k > 1, "one row has no pair");
    const d = tf.sub(tf.expandDims(z, 1), tf.expandDims(z, 0));
    const s = tf.mul(-t, tf.sum(tf.square(d), 2));
    return tf.sub(tf.logSumExp(tf.add(s, tf.mul(tf.eye(k), -1e30))), Math.log(k * (k - 1)));
  }),
  barlow_twins: loss(({ z1, z2 }, { lambda, eps }) => {
    const k = z1.shape[0];
    need(k > 1, "one row has no variance");
    const standard = (z) => {
      const { variance: v, centered } = variance(z, 0);
      return tf.mul(centered, tf.rsqrt(tf.add(v, eps)));
    };
    const c = tf.div(tf.matMul(standard(z1), standard(z2), true), k);
    const on = diagonal(c);
    const off = tf.mul(c, tf.sub(1, tf.eye(c.shape[0])));
    return tf.add(tf.sum(tf.square(tf.sub(1, on))), tf.mul(lambda, tf.sum(tf.square(off))));
  }),
  vicreg: loss(({ z1, z2 }, { sim, std, cov, eps }) => {
    const [k, d] = z1.shape;
    need(k > 1, "one row has no variance");
    const terms = [tf.mul(sim, tf.mean(tf.squaredDifference(z1, z2)))];
    for (const z of [z1, z2]) {
      const { variance: v, centered } = variance(z, 0);
      const sigma = tf.sqrt(tf.add(tf.mul(v, k / (k - 1)), eps));
      const c = tf.mul(tf.div(tf.matMul(centered, centered, true), k - 1), tf.sub(1, tf.eye(d)));
      terms.push(tf.mul(std / 2, tf.mean(tf.relu(tf.sub(1, sigma)))), tf.mul(cov / d, tf.sum(tf.square(c))));
    }
    return tf.addN(terms);
  }),
  dim_nce: loss(({ global, local }) => {
    const { own, others } = critic(global, local);
    return tf.mean(tf.softplus(tf.sub(tf.expandDims(others, 1), own)));
  }),
  dim_dv: loss(({ global, local }) => {
    const { own, others, k, p } = critic(global, local);
    return tf.sub(tf.sub(tf.logSumExp(others), Math.log(k * (k - 1) * p)), tf.mean(own));
  }),
  dim_jsd: loss(({ global, local }) => {
    const { own, s, eye, k, p } = critic(global, local);
    const others = tf.div(tf.sum(tf.mul(tf.softplus(s), tf.sub(1, eye))), k * (k - 1) * p);
    return tf.sub(tf.add(others, tf.mean(tf.softplus(tf.neg(own)))), 2 * Math.LN2);
  }),
  er_discrete: loss(({ logits1, logits2 }, { temperature }) => {
    const [a, b] = [logits1, logits2].map((x) => tf.logSoftmax(tf.div(x, temperature)));
    const cross = tf.mean(tf.sum(tf.add(tf.mul(tf.exp(a), b), tf.mul(tf.exp(b), a)), 1));
    // p log p of a class that no row has is 0: its logarithm is taken of the logarithms.
    const entropies = [a, b].map((x) => {
      const m = tf.sub(tf.logSumExp(x, 0), Math.log(x.shape[0]));
      return tf.neg(tf.sum(tf.mul(tf.exp(m), m)));
    });
    return tf.mul(-0.5, tf.add(cross, tf.addN(entropies)));
  }),
  er_entropy_discrete: op(({ p }, { reduction, eps }) => {
    const mean = tf.mean(p, 0);
    const logs = tf.log(tf.add(mean, eps));
    return { entropy: tf.neg(reduction === "average" ? tf.mean(logs) : tf.sum(tf.mul(mean, logs))) };
  }),
  er_reconstruction_discrete: op(({ p1, p2 }, { eps }) => {
    const cross = (p, q) => tf.sum(tf.mul(p, tf.log(tf.add(q, eps))), 1);
    return { reconstruction: tf.mul(-0.5, tf.mean(tf.add(cross(p1, p2), cross(p2, p1)))) };
  }),

  ema_update: op(({ target, online }, { momentum }) => ({ target: tf.add(tf.mul(target, momentum), tf.mul(online, 1 - momentum)) })),
  rgb_to_grayscale: y(({ x }) => {
    const [r, g, b] = tf.split(x, 3, 1);
    const gray = tf.addN([tf.mul(r, 0.2989), tf.mul(g, 0.587), tf.mul(b, 0.114)]);
    return tf.tile(gray, [1, 3, 1, 1]);
  }),
  solarize: y(({ x }, { threshold }) => tf.where(tf.greaterEqual(x, threshold), tf.sub(1, x), x)),
  adjust_brightness: y(({ x }, { factor }) => tf.clipByValue(tf.mul(x, factor), 0, 1)),
};

// At its start TensorFlow.js advises another package on standard error.
tf.env().set("IS_NODE", true);
tf.setBackend("cpu").then(() => main(OPS, SPECS, { versions: { "@tensorflow/tfjs": tf.version.tfjs } }));
