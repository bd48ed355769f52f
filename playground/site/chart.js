// Numbers over the steps of a training. uPlot draws them.
import { el, minus } from './dom.js';
import { color, ink, onTheme } from './theme.js';

export class Chart {
  // lines are the names of numbers, levels those that do not change and are drawn as dashes.
  constructor(place, lines, levels, across) {
    Object.assign(this, { place, lines, levels, across });
    this.clear();
    new ResizeObserver(() => this.draw()).observe(place);
    onTheme(() => this.make());
  }

  clear() {
    this.data = [[], ...this.names().map(() => [])];
    this.make();
  }

  names() { return [...this.lines, ...this.levels]; }

  add(look) {
    this.data[0].push(look.step);
    this.names().forEach((name, i) => this.data[i + 1].push(look.numbers.find(n => n.name === name)?.value ?? null));
    this.steps = look.steps;
    this.draw();
  }

  make() {
    this.plot?.destroy();
    const inks = ink();
    const axis = { stroke: inks.soft, grid: { stroke: inks.grid, width: 1 }, ticks: { stroke: inks.grid, width: 1 }, font: '12px system-ui, sans-serif' };
    const lines = this.names().map((name, i) => {
      const level = i >= this.lines.length;
      return { label: name, stroke: level ? inks.soft : color(i), width: level ? 1.2 : 2, dash: level ? [[6, 4], [2, 3], [9, 3, 2, 3]][(i - this.lines.length) % 3] : undefined, points: { show: false } };
    });
    this.plot = new window.uPlot({
      width: Math.max(200, this.place.clientWidth), height: 240, legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, range: () => [0, this.steps || 1] }, y: { range: () => this.range() } },
      axes: [{ ...axis, size: 32 }, { ...axis, size: 44, values: (_, all) => all.map(v => minus(String(Number(v.toFixed(6))))) }],
      series: [{}, ...lines],
      hooks: { setCursor: [u => this.read(u.cursor.idx)] },
    }, this.data, this.place);
  }

  // range leaves the first look out, which is of a network that has not learned: it is far off.
  range() {
    const values = this.data.slice(1).flatMap(line => line.slice(line.length > 1 ? 1 : 0)).filter(v => v != null);
    if (!values.length) return [0, 1];
    const least = Math.min(...values), most = Math.max(...values), room = Math.max(0.02, (most - least) * 0.08);
    return [least - room, most + room];
  }

  read(i) {
    const step = this.data[0][i];
    this.onread?.(step == null ? '' : `${this.across} ${step}: ` + this.names().map((name, j) => `${name} ${minus(this.data[j + 1][i]?.toFixed(3) ?? '–')}`).join(', '));
  }

  draw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      const width = Math.max(200, this.place.clientWidth);
      if (width !== this.plot.width) this.plot.setSize({ width, height: 240 });
      this.plot.setData(this.data);
    });
  }

  legend() {
    return el('ul', { class: 'legend' }, this.names().map((name, i) => el('li', {}, el('i', { class: i < this.lines.length ? `line c${i}` : `dash d${(i - this.lines.length) % 3}`, 'aria-hidden': 'true' }), name)));
  }
}
