// One slide at a time, by arrow keys, space, the buttons or a swipe; the address says which.
{
  const all = [...document.querySelectorAll('section')];
  const place = document.querySelector('#place');
  const back = document.querySelector('#back');
  const on = document.querySelector('#on');
  const now = () => Math.max(0, Math.min(all.length - 1, Number((location.hash.match(/^#slide-(\d+)$/) || [0, 0])[1])));
  const show = () => {
    const n = now();
    all.forEach((s, i) => { s.hidden = i !== n; });
    place.textContent = `${n + 1} / ${all.length}`;
    back.disabled = n === 0;
    on.disabled = n === all.length - 1;
    scrollTo(0, 0);
  };
  const go = n => { if (n >= 0 && n < all.length && n !== now()) location.hash = `slide-${n}`; };
  document.body.classList.add('one');
  back.hidden = on.hidden = false;
  back.addEventListener('click', () => go(now() - 1));
  on.addEventListener('click', () => go(now() + 1));
  addEventListener('hashchange', show);
  addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.key === ' ' && e.target.closest('button, a')) return;
    const by = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 }[e.key];
    if (by) go(now() + by);
    else if (e.key === 'Home') go(0);
    else if (e.key === 'End') go(all.length - 1);
    else return;
    e.preventDefault();
  });
  let from = null;
  addEventListener('touchstart', e => { from = e.touches[0]; }, { passive: true });
  addEventListener('touchend', e => {
    if (!from) return;
    const x = e.changedTouches[0].clientX - from.clientX;
    const y = e.changedTouches[0].clientY - from.clientY;
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y) && !e.target.closest('pre, .formula')) go(now() - Math.sign(x));
    from = null;
  });
  show();
}
