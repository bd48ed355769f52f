// What is said of one run before its charts, and of several.

function tile(head, value, note) { return el('div', { class: 'tile' }, el('dt', {}, head), el('dd', {}, el('b', {}, value), note ? el('span', {}, note) : null)); }

function progressOf(r) {
  const p = r.progress, parts = [];
  if (p.epochs) parts.push(`epoch ${epochText(Math.min(p.epoch, p.epochs))} of ${p.epochs}`);
  if (p.steps) parts.push(`step ${p.step.toLocaleString('en')} of ${p.steps.toLocaleString('en')}`);
  else if (p.step) parts.push(`step ${p.step.toLocaleString('en')}`);
  if (r.state === 'training') {
    if (p.seconds_left) parts.push(`about ${duration(p.seconds_left)} left`);
    if (p.rate && p.images_per_step) parts.push(`${num(p.rate * p.images_per_step)} images/s`);
    if (p.steps && p.step >= p.steps) parts.push('evaluating');
  } else if (r.summary) {
    if (isNumber(r.summary.images_per_second)) parts.push(`${num(r.summary.images_per_second)} images/s`);
    if (isNumber(r.summary.wall_seconds)) parts.push(`${duration(r.summary.wall_seconds)} in all`);
  }
  if (r.state === 'stopped') parts.push('no process trains it; train --resume goes on');
  if (r.state !== 'ended' && p.written) parts.push(`written ${data.live ? duration(Math.max(0, Date.now() / 1000 - p.written)) + ' ago' : new Date(p.written * 1000).toISOString().slice(0, 16).replace('T', ' ') + ' UTC'}`);
  return parts.join(' · ');
}

function runHead(r) {
  const s = r.summary || {}, l = r.latest || {}, m = r.method || {}, p = r.progress;
  const first = name => r.series && r.series.epochs && r.series.epochs.epoch && r.series.epochs.epoch[0] === 0 && r.series.epochs[name] ? r.series.epochs[name][0] : null;
  const from = (name, write = num) => isNumber(first(name)) ? `untrained ${write(first(name))}` : '';
  const tiles = [];
  if (isNumber(s.knn_top1)) tiles.push(tile('nearest neighbors', `${percent(s.knn_top1)} %`, isNumber(s.knn_top1_untrained) ? `untrained ${percent(s.knn_top1_untrained)} %` : ''));
  else if (isNumber(l.knn_top1_quick)) tiles.push(tile('quick kNN', `${percent(l.knn_top1_quick)} %`, isNumber(first('knn_top1_quick')) ? `untrained ${percent(first('knn_top1_quick'))} %` : ''));
  if (isNumber(s.linear_top1)) tiles.push(tile('linear probe', `${percent(s.linear_top1)} %`, isNumber(s.linear_top1_bag) ? `bags of ${s.bag}: ${percent(s.linear_top1_bag)} %` : ''));
  const values = [['information, at least', 'mi_er', 'nats'], ['entropy', 'entropy', 'nats'], ['reconstruction', 'reconstruction', 'nats'], ['effective rank', 'effective_rank', r.plane && !(l.entropy < -r.plane.most - 1) ? `of ${r.plane.dim}` : ''], ['entropy of W', 'entropy_w', 'nats']];
  for (const [head, name, unit] of values) { const v = isNumber(s[name]) ? s[name] : l[name]; if (isNumber(v)) tiles.push(tile(head, `${num(v)} ${unit}`.trim(), from(name))); }
  const warnings = (r.series && r.series.warnings) || [];
  return el('section', { class: 'run', 'aria-labelledby': 'run-title' },
    el('div', { class: 'bar' }, el('h2', { id: 'run-title' }, r.short), badge(r)),
    r.short !== r.name ? el('p', { class: 'soft path' }, r.name) : null,
    p.steps ? el('progress', { max: p.steps, value: Math.min(p.step, p.steps), 'aria-label': 'steps made' }) : null,
    el('p', { class: 'soft', id: 'progress' }, progressOf(r)),
    notesOf(r),
    warnings.length ? el('ul', { class: 'warnings' }, warnings.slice(-5).map(w => el('li', {}, `Epoch ${epochText(w.epoch)}: ${w.text}`)), warnings.length > 5 ? el('li', {}, `and ${warnings.length - 5} warnings before`) : null) : null,
    tiles.length ? el('dl', { class: 'tiles' }, tiles) : null,
    el('div', { class: 'about' },
      m.name ? el('div', { class: 'method' }, el('h3', {}, `Method: ${m.name}`),
        m.branches ? el('dl', { class: 'questions' }, el('dt', {}, 'Are the branches identical?'), el('dd', {}, m.branches), el('dt', {}, 'Are projections used as they are?'), el('dd', {}, m.projections), el('dt', {}, 'Objective'), el('dd', {}, m.objective + (m.twin_of ? `; the ER twin of ${m.twin_of}` : '')), el('dt', {}, 'Paper'), el('dd', {}, m.paper)) : el('p', { class: 'soft' }, 'This program does not know the method.'),
        m.formula ? el('pre', { tabindex: 0 }, m.formula) : null, m.bound ? el('p', {}, el('b', {}, 'In the bound. '), code(m.bound)) : null) : null,
      r.config ? el('details', { class: 'config', open: r.configOpen, ontoggle: e => { r.configOpen = e.target.open; } }, el('summary', {}, `Configuration, ${r.config.length} fields`),
        el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Configuration' }, el('table', {}, el('tbody', {}, r.config.map(([path, v]) => el('tr', {}, el('th', { scope: 'row' }, path), el('td', { class: 'text' }, v))))))) : null));
}

const notesOf = r => r.notes && r.notes.length ? el('ul', { class: 'notes' }, r.notes.map(n => el('li', {}, n))) : null;

// manyHead is about several runs, of which some are drawn, each by itself or in groups.
function manyHead(runs, drawn, groups) {
  const differ = differing(runs).filter(p => p !== 'data_sha256');
  const noted = runs.filter(r => r.notes && r.notes.length);
  return el('section', { class: 'run', 'aria-labelledby': 'run-title' }, el('h2', { id: 'run-title' }, `${runs.length} runs side by side`),
    !groups && drawn.length < runs.length ? el('p', { class: 'soft', id: 'drawn' }, `The first ${drawn.length} of ${runs.length} runs are drawn. Grouped, all are: a group is one line.`) : null,
    groups && groups.length > mostDrawn ? el('p', { class: 'soft', id: 'drawn' }, `The first ${mostDrawn} of ${groups.length} groups are drawn, ${drawn.length} of ${runs.length} runs.`) : null,
    new Set(runs.map(unseeded)).size < distinct(runs).length ? el('p', { class: 'soft' }, el('label', { class: 'check' }, el('input', { type: 'checkbox', id: 'bands', checked: app.choice.group === '*', onchange: e => app.choose({ group: e.target.checked ? '*' : '' }) }), 'runs that differ in the seed alone as one line, in a band')) : null,
    noted.map(r => el('div', {}, el('b', {}, r.short), notesOf(r))),
    runs.length <= 12 && differ.length ? el('details', { class: 'config' }, el('summary', {}, `What differs: ${middle(differ.join(', '), 80)}`),
      el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What differs' }, el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'field'), runs.map(r => el('th', { scope: 'col' }, middle(r.short, 24))))),
        el('tbody', {}, differ.map(f => el('tr', {}, el('th', { scope: 'row' }, f), runs.map(r => el('td', { class: 'text' }, r.settings.get(f) ?? '–')))))))) : null);
}
