// The engine, beside the page: it opens exhibits and goes through them, a look at a time.
import './wasm_exec.js';

let turn = 0; // of the exhibit that runs; an older one stops

const failed = (id, error) => postMessage({ id, error: String(error?.message ?? error) });

async function start() {
  const go = new globalThis.Go();
  let instance;
  try {
    ({ instance } = await WebAssembly.instantiateStreaming(fetch('playground.wasm'), go.importObject));
  } catch (error) {
    // A server that does not know WebAssembly by its name sends it as something else.
    if (!(error instanceof TypeError)) throw error;
    const file = await fetch('playground.wasm');
    if (!file.ok) throw new Error(`playground.wasm: ${file.status} ${file.statusText}`);
    ({ instance } = await WebAssembly.instantiate(await file.arrayBuffer(), go.importObject));
  }
  go.run(instance).then(() => failed(turn, 'the engine has ended'), error => failed(turn, error));
  postMessage({ exhibits: globalThis.playground.exhibits() });
}

// watch sends looks at an exhibit until its end, with pauses in which another may be asked for.
function watch(id, address) {
  turn = id;
  let look = globalThis.playground.open(address);
  const go = () => {
    if (id !== turn || !look) return;
    if (look.error) return failed(id, look.error);
    const points = look.points?.buffer;
    postMessage({ id, look }, points ? [points] : []);
    look = globalThis.playground.next();
    if (!look) return postMessage({ id, end: true });
    setTimeout(go, 10);
  };
  go();
}

const ready = start();
ready.catch(error => failed(0, error));
onmessage = ({ data }) => ready.then(() => watch(data.id, data.address)).catch(error => failed(data.id, error));
