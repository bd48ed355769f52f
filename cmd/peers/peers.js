// One turn of ONNX Runtime in Node.js: argv[2] is the task in JSON, beside argv[1], its name.
// The answer is JSON on standard output, as that of peers.py.
const ort = require("onnxruntime-node");
const task = JSON.parse(process.argv[2]);

// medianTime returns the median duration of f in seconds after a first call, of at least
// three more: with one thread in processor time, with more on the wall.
async function medianTime(f) {
  const one = task.threads === 1;
  const clock = () => {
    const { user, system } = process.cpuUsage();
    return one ? (user + system) / 1e6 : performance.now() / 1e3;
  };
  await f();
  const times = [];
  for (const end = performance.now() + 1e3 * task.seconds; times.length < 3 || performance.now() < end;) {
    const began = clock();
    await f();
    times.push(clock() - began);
  }
  times.sort((a, b) => a - b);
  const half = times.length >> 1;
  return times.length % 2 ? times[half] : (times[half - 1] + times[half]) / 2;
}

async function embed(c, answer) {
  const session = await ort.InferenceSession.create(c.file, { intraOpNumThreads: task.threads, interOpNumThreads: 1 });
  const batch = 64, pixels = 3 * 32 * 32; // as entrec's
  const batches = [];
  for (let at = 0; at < c.n; at += batch) {
    const n = Math.min(batch, c.n - at), x = new Float32Array(n * pixels);
    for (let i = 0; i < x.length; i++) {
      x[i] = ((Math.imul(at * pixels + i, 2654435761) >>> 24) / 255 - 0.5) / 0.25;
    }
    batches.push(new ort.Tensor("float32", x, [n, 3, 32, 32]));
  }
  answer.values[c.name] = c.n / await medianTime(async () => {
    let sum = 0, count = 0;
    for (const images of batches) {
      const { features } = await session.run({ images });
      for (const v of features.data) {
        sum += v;
      }
      count += features.data.length;
    }
    answer.checks[c.name] = sum / count;
  });
}

(async () => {
  const answer = { version: ort.env.versions.node, values: {}, checks: {}, core: "" };
  for (const c of task.cases) {
    await embed(c, answer);
  }
  answer.peak_rss_bytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify(answer));
})().catch((e) => {
  console.error(String(e.message || e));
  process.exit(1);
});
