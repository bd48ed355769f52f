// The page: which exhibit is open and what its controls are set to stands in the address,
// and an engine beside the page, worker.js, says what is seen of it.
import { bars, grid, images } from './bars.js';
import { Chart } from './chart.js';
import { controls } from './controls.js';
import { el, minus } from './dom.js';
import { Sphere } from './sphere.js';
import { switchTheme } from './theme.js';
import { keep, Tried } from './tried.js';
import { notes, views } from './views.js';

const began = performance.now();
const articles = [...document.querySelectorAll('article')];
const trouble = document.getElementById('trouble');
const worker = new Worker('worker.js', { type: 'module' });
let exhibits = [], at = null, asked = 0, stage = null;

const say = text => { trouble.textContent = text; trouble.hidden = !text; };

// here returns what the address is about: a name, and what controls are set to.
function here() {
  const [name, query] = decodeURIComponent(location.hash.slice(1)).split('?');
  return { name: name || exhibits[0].name, set: new URLSearchParams(query ?? '') };
}

const address = (name, set) => [...set].length ? `${name}?${set}` : name;

// open shows what the address is about.
function open() {
  const { name, set } = here();
  if (name === 'main' || name === at?.name && `${set}` === at.asked) return;
  const exhibit = exhibits.find(e => e.name === name);
  if (!exhibit) return say(`There is no exhibit “${name}”.`);
  say('');
  if (at?.name !== name) enter(exhibit);
  at = { name, asked: `${set}` };
  stage.set(set);
  stage.chart?.clear();
  worker.postMessage({ id: ++asked, address: address(name, set) });
}

// enter puts the stage into an exhibit's article.
function enter(exhibit) {
  for (const article of articles) article.hidden = article.id !== exhibit.name;
  for (const link of document.querySelectorAll('#exhibits a')) {
    link.toggleAttribute('aria-current', link.hash === `#${exhibit.name}`);
    if (link.hash === `#${exhibit.name}`) link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  const place = document.querySelector(`#${exhibit.name} .here`), view = views[exhibit.name];
  place.replaceChildren(document.getElementById('stage').content.cloneNode(true));
  const find = selector => place.querySelector(selector);
  const set = controls(find('.controls'), exhibit, view, chosen => { location.hash = address(exhibit.name, chosen); });
  stage = { set, find, view };
  if (view.ball === false || view.grid) find('.ball').remove();
  else stage.ball = new Sphere(find('.ball canvas'));
  if (view.points) find('.ball figcaption span').textContent = view.points;
  if (view.lines) {
    stage.chart = new Chart(find('.plot'), view.lines, view.levels, view.across ?? 'step');
    find('.key').append(stage.chart.legend());
    find('.curves figcaption').textContent = `Over the ${view.across ? 'batches' : 'steps'}.`;
    stage.chart.onread = text => { find('.read').textContent = text; };
  } else find('.curves').remove();
  if (!view.bars) find('.bars').remove();
  if (!view.grid) find('.cells').remove();
  if (!view.images) find('.images').remove();
  if (view.tried) stage.tried = new Tried(find('.tried'), exhibit, view, a => { location.hash = a; });
  find('.stage').classList.toggle('single', !stage.ball);
  find('.copy').addEventListener('click', () => navigator.clipboard?.writeText(find('.line code').textContent));
}

// see shows a look.
function see(look) {
  const { view, find } = stage;
  stage.look = look;
  stage.ball?.show(look);
  stage.chart?.add(look);
  const barred = look.numbers.filter(n => view.bars && n.name.startsWith(view.bars));
  const tiled = view.grid ? [] : look.numbers.filter(n => !barred.includes(n));
  find('.tiles').replaceChildren(...tiled.map(n => el('div', { class: 'tile', 'data-name': n.name }, el('dt', {}, n.name), el('dd', {}, el('b', { class: 'value' }, minus(n.text)), el('span', {}, notes[n.name] ?? '')))));
  if (view.bars) bars(find('.bars dl'), barred);
  if (view.grid) grid(find('.cells div'), look.numbers, view.grid.columns, view.grid.rows);
  if (view.images) images(find('.images canvas'), look.images, view.images.side, view.images.across);
  find('.progress').textContent = `${view.across ?? 'step'} ${look.step} of ${look.steps}`;
  find('.line code').textContent = `go run ./cmd/playground '${look.address}'`;
}

// end notes what came of it.
function end() {
  keep(stage.look);
  stage.tried?.show(stage.look.address);
  stage.tried?.next();
}

worker.onerror = e => say(`The engine did not start: ${e.message ?? 'worker.js could not be loaded'}. A page from a disk cannot start one; serve the folder, as entrec serve does.`);
worker.onmessage = ({ data }) => {
  if (data.error) {
    if (data.id === asked) say(`The engine says: ${data.error}`);
  } else if (data.exhibits) {
    exhibits = data.exhibits;
    begin();
  } else if (data.id === asked) {
    if (data.look) see(data.look);
    else end();
    Object.assign(document.body.dataset, { state: data.end ? 'ended' : 'running', address: stage.look.address });
  }
};

function begin() {
  document.body.dataset.ready = Math.round(performance.now() - began);
  document.getElementById('exhibits').append(...exhibits.map(e => el('li', {}, el('a', { href: `#${e.name}` }, document.getElementById(e.name).dataset.title))));
  addEventListener('hashchange', open);
  open();
}

for (const button of document.querySelectorAll('.predict button')) {
  button.addEventListener('click', () => {
    const article = button.closest('article');
    for (const other of article.querySelectorAll('.predict button')) other.setAttribute('aria-pressed', other === button);
    article.querySelector('.found').open = true;
    article.querySelector('.predict').classList.add('said');
  });
}
document.getElementById('theme').addEventListener('click', switchTheme);
