// The golden suite, asked and answered beside the page.
import './wasm_exec.js';

const go = new globalThis.Go();
try {
  const file = await fetch('golden.wasm');
  if (!file.ok) throw new Error(`golden.wasm: ${file.status} ${file.statusText}`);
  const { instance } = await WebAssembly.instantiate(await file.arrayBuffer(), go.importObject);
  await go.run(instance);
} catch (error) {
  postMessage({ error: String(error?.message ?? error) });
}
