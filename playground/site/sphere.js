// Points on a sphere that can be turned, by a finger, a mouse or the arrows of a keyboard.
import { color, ink, onTheme } from './theme.js';

export class Sphere {
  constructor(canvas) {
    this.canvas = canvas;
    this.around = 0.6;
    this.over = 0.45;
    this.look = null;
    this.asked = false;
    canvas.addEventListener('pointerdown', e => this.hold(e));
    canvas.addEventListener('keydown', e => this.key(e));
    new ResizeObserver(() => this.draw()).observe(canvas);
    onTheme(() => this.draw());
  }

  show(look) {
    this.look = look;
    this.draw();
  }

  hold(e) {
    const turn = move => {
      this.around += move.movementX / 120;
      this.tilt(move.movementY / 120);
    };
    this.canvas.setPointerCapture(e.pointerId);
    this.canvas.addEventListener('pointermove', turn);
    this.canvas.addEventListener('lostpointercapture', () => this.canvas.removeEventListener('pointermove', turn), { once: true });
  }

  key(e) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key] ?? [0, 0];
    if (!x && !y) return;
    e.preventDefault();
    this.around += x * 0.12;
    this.tilt(y * 0.12);
  }

  tilt(by) {
    this.over = Math.max(-1.5, Math.min(1.5, this.over + by));
    this.draw();
  }

  draw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.paint(); });
  }

  // place returns where a point is seen, and how near it is, from −1 to 1.
  place(x, y, z) {
    const sa = Math.sin(this.around), ca = Math.cos(this.around), so = Math.sin(this.over), co = Math.cos(this.over);
    const right = ca * x + sa * y, near = sa * x - ca * y; // turned around the axis
    return [right, co * z - so * near, co * near + so * z];
  }

  paint() {
    const size = this.canvas.clientWidth, scale = devicePixelRatio || 1;
    if (!size) return;
    if (this.canvas.width !== Math.round(size * scale)) this.canvas.width = this.canvas.height = Math.round(size * scale);
    const c = this.canvas.getContext('2d'), inks = ink(), r = size * 0.44, middle = size / 2;
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, size, size);
    const shade = c.createRadialGradient(middle - r * 0.4, middle - r * 0.5, r * 0.1, middle, middle, r);
    shade.addColorStop(0, inks.ball[0]);
    shade.addColorStop(1, inks.ball[1]);
    c.fillStyle = shade;
    c.beginPath();
    c.arc(middle, middle, r, 0, 7);
    c.fill();
    this.net(c, middle, r, inks);
    c.strokeStyle = inks.rim;
    c.lineWidth = 1;
    c.beginPath();
    c.arc(middle, middle, r, 0, 7);
    c.stroke();
    if (!this.look) return;
    const { points, labels, marks } = this.look, all = [];
    for (let i = 0; i < points.length; i += 3) all.push([...this.place(points[i], points[i + 1], points[i + 2]), labels[i / 3], false]);
    for (let i = 0; i < (marks?.length ?? 0); i += 3) all.push([...this.place(marks[i], marks[i + 1], marks[i + 2]), i / 3, true]);
    all.sort((a, b) => a[2] - b[2]);
    for (const [x, y, near, label, mark] of all) {
      const at = [middle + r * x, middle - r * y];
      c.globalAlpha = near < 0 ? 0.18 + 0.1 * (near + 1) : mark ? 1 : 0.55 + 0.3 * near;
      if (mark) this.mark(c, at, label, inks);
      else {
        c.fillStyle = color(label);
        c.beginPath();
        c.arc(...at, (2.1 + 0.9 * near) * size / 420, 0, 7);
        c.fill();
      }
    }
    c.globalAlpha = 1;
  }

  mark(c, [x, y], label, inks) {
    c.fillStyle = inks.ink;
    c.strokeStyle = inks.card;
    c.lineWidth = 2;
    c.beginPath();
    c.moveTo(x, y - 9); c.lineTo(x + 9, y); c.lineTo(x, y + 9); c.lineTo(x - 9, y);
    c.closePath();
    c.fill();
    c.stroke();
    c.fillStyle = inks.card;
    c.font = '600 10px system-ui, sans-serif';
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText(label + 1, x, y + 0.5);
  }

  // net draws circles of latitude and longitude, where they are in front.
  net(c, middle, r, inks) {
    c.strokeStyle = inks.rim;
    c.lineWidth = 0.6;
    c.globalAlpha = 0.7;
    const line = f => {
      c.beginPath();
      let pen = false;
      for (let i = 0; i <= 72; i++) {
        const [x, y, near] = this.place(...f(i / 72 * 2 * Math.PI));
        if (near < 0) pen = false;
        else {
          c[pen ? 'lineTo' : 'moveTo'](middle + r * x, middle - r * y);
          pen = true;
        }
      }
      c.stroke();
    };
    for (const up of [-Math.PI / 3, -Math.PI / 6, 0, Math.PI / 6, Math.PI / 3]) line(t => [Math.cos(up) * Math.cos(t), Math.cos(up) * Math.sin(t), Math.sin(up)]);
    for (let i = 0; i < 6; i++) line(t => { const a = i * Math.PI / 6; return [Math.cos(t) * Math.cos(a), Math.cos(t) * Math.sin(a), Math.sin(t)]; });
    c.globalAlpha = 1;
  }
}
