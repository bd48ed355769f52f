// Light or dark: the reader's choice if there is one, else the system's.
{
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = null;
  try { chosen = localStorage.getItem('entrec-theme'); } catch { /* files may have none */ }
  const theme = () => chosen === 'dark' || chosen === 'light' ? chosen : system.matches ? 'dark' : 'light';
  const apply = () => {
    root.dataset.theme = theme();
    const button = document.querySelector('#theme');
    if (button) {
      button.hidden = false;
      button.textContent = theme() === 'dark' ? 'Light' : 'Dark';
    }
  };
  apply();
  system.addEventListener('change', apply);
  document.addEventListener('DOMContentLoaded', () => {
    apply();
    document.querySelector('#theme').addEventListener('click', () => {
      chosen = theme() === 'dark' ? 'light' : 'dark';
      try { localStorage.setItem('entrec-theme', chosen); } catch { /* it lasts as long as the page */ }
      apply();
    });
    const contents = document.querySelector('.contents');
    const wide = matchMedia('(min-width: 1000px)');
    const unfold = () => { if (contents) contents.open = wide.matches; };
    unfold();
    wide.addEventListener('change', unfold);
  });
}
