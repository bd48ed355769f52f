// el makes an element. Its attributes that begin with "on" are listeners.
export function el(tag, attrs = {}, ...kids) {
  const e = document.createElement(tag);
  for (const [key, value] of Object.entries(attrs)) {
    if (key.startsWith('on')) e.addEventListener(key.slice(2), value);
    else if (value === true) e.setAttribute(key, '');
    else if (value !== false && value != null) e.setAttribute(key, value);
  }
  e.append(...kids.flat().filter(kid => kid != null && kid !== false));
  return e;
}

export const minus = text => text.replace(/-(?=\d)/g, '−');
