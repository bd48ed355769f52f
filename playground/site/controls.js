// Controls of an exhibit: a switch for on and off, a slider for numbers, buttons for words.
import { el, minus } from './dom.js';
import { words } from './views.js';

// controls fills a form, and returns a function that sets it. changed hears what differs from
// the defaults.
export function controls(form, exhibit, view, changed) {
  const value = {};
  const setters = exhibit.controls.map(c => {
    const tell = v => {
      value[c.name] = v;
      const chosen = new URLSearchParams();
      for (const { name, default: usual } of exhibit.controls) if (value[name] !== usual) chosen.set(name, value[name]);
      changed(chosen);
    };
    const label = view.controls[c.name] ?? c.name;
    const make = c.choices.includes('on') ? onOff : c.choices.every(v => !isNaN(v)) ? slider : choice;
    const [element, set] = make(c, label, tell);
    form.append(element);
    return set;
  });
  form.addEventListener('submit', e => e.preventDefault());
  return given => exhibit.controls.forEach((c, i) => {
    value[c.name] = given.get(c.name) ?? c.default;
    setters[i](value[c.name]);
  });
}

function onOff(c, label, tell) {
  const box = el('input', { type: 'checkbox', role: 'switch', name: c.name, onchange: () => tell(box.checked ? 'on' : 'off') });
  return [el('label', { class: 'switch' }, box, label), v => { box.checked = v === 'on'; }];
}

function slider(c, label, tell) {
  const shown = el('output', {});
  const bar = el('input', { type: 'range', name: c.name, min: 0, max: c.choices.length - 1, step: 1, oninput: () => tell(c.choices[bar.value]) });
  const set = v => {
    bar.value = c.choices.indexOf(v);
    bar.setAttribute('aria-valuetext', v);
    shown.textContent = minus(v);
  };
  return [el('label', { class: 'slider' }, el('span', {}, label, ' ', shown), bar), set];
}

function choice(c, label, tell) {
  const boxes = c.choices.map(v => el('input', { type: 'radio', name: c.name, value: v, onchange: () => tell(v) }));
  return [el('fieldset', { class: 'choice' }, el('legend', {}, label), boxes.map((box, i) => el('label', {}, box, words[c.choices[i]] ?? c.choices[i]))),
    v => { for (const box of boxes) box.checked = box.value === v; }];
}
