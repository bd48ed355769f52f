// Colors. Those of lines can be told apart by the color-blind (after Okabe and Ito, 2008);
// dashes tell runs of the same color apart.

const palettes = {
  light: ['#0072b2', '#c84e00', '#007f5c', '#a3427f', '#8a6d00', '#2f8fd0', '#555555', '#7a1f3d'],
  dark: ['#5db7ee', '#ff9a5c', '#35cfa0', '#e59bc8', '#e8c04a', '#9ab8ff', '#c4c4c4', '#ef8f9f'],
};
const inks = {
  light: { paper: '#ffffff', ink: '#1c2024', soft: '#5c656e', grid: '#e8eaed', axis: '#b9c0c7', shade: '#f3e3dc', shadeInk: '#7a3b1e', warn: '#a33a00' },
  dark: { paper: '#15181c', ink: '#e7eaee', soft: '#9aa4ae', grid: '#262b31', axis: '#4a525b', shade: '#33231c', shadeInk: '#e0a88c', warn: '#ffb38a' },
};
const dashes = [[], [7, 3], [2, 3], [9, 3, 2, 3]];
const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const preferred = matchMedia('(prefers-color-scheme: dark)');
let chosenTheme = null;
try { chosenTheme = localStorage.getItem('entrec-theme'); } catch { /* files may have none */ }
const theme = () => chosenTheme === 'dark' || chosenTheme === 'light' ? chosenTheme : preferred.matches ? 'dark' : 'light';
const ink = () => inks[theme()];
const colorOf = i => palettes[theme()][i % palettes.light.length];
const dashOf = i => dashes[Math.floor(i / palettes.light.length) % dashes.length];

function applyTheme() { document.documentElement.dataset.theme = theme(); }
function switchTheme() {
  chosenTheme = theme() === 'dark' ? 'light' : 'dark';
  try { localStorage.setItem('entrec-theme', chosenTheme); } catch { /* it lasts as long as the page */ }
  applyTheme();
}
applyTheme();

const measurer = document.createElement('canvas').getContext('2d');
function textWidth(text, size = 12) {
  measurer.font = `${size}px ${font}`;
  return measurer.measureText(text).width;
}
