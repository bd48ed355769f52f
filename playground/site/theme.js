// Colors. Those of lines and points can be told apart by the color-blind (after Okabe and
// Ito, 2008).

const palettes = {
  light: ['#0072b2', '#c84e00', '#007f5c', '#a3427f', '#8a6d00', '#2f8fd0', '#555555', '#7a1f3d'],
  dark: ['#5db7ee', '#ff9a5c', '#35cfa0', '#e59bc8', '#e8c04a', '#9ab8ff', '#c4c4c4', '#ef8f9f'],
};
const inks = {
  light: { card: '#ffffff', ink: '#1c2024', soft: '#5c656e', grid: '#e8eaed', axis: '#b9c0c7', ball: ['#ffffff', '#e6ecf1'], rim: '#c6ced6' },
  dark: { card: '#15181c', ink: '#e7eaee', soft: '#9aa4ae', grid: '#262b31', axis: '#4a525b', ball: ['#222932', '#14181d'], rim: '#3a434d' },
};

const preferred = matchMedia('(prefers-color-scheme: dark)');
let chosen = null;
try { chosen = localStorage.getItem('entrec-theme'); } catch { /* some pages may not keep anything */ }

export const theme = () => chosen === 'dark' || chosen === 'light' ? chosen : preferred.matches ? 'dark' : 'light';
export const ink = () => inks[theme()];
export const color = i => palettes[theme()][i % palettes.light.length];

const listeners = [];
function apply() {
  document.documentElement.dataset.theme = theme();
  for (const listener of listeners) listener();
}
export const onTheme = listener => listeners.push(listener);
export function switchTheme() {
  chosen = theme() === 'dark' ? 'light' : 'dark';
  try { localStorage.setItem('entrec-theme', chosen); } catch { /* it lasts as long as the page */ }
  apply();
}
preferred.addEventListener('change', apply);
apply();
