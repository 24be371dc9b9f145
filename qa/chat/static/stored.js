// Values that the browser keeps between visits. Where it stores nothing, or its storage is full,
// they last as long as the page.

const memory = new Map();

export function readStored(key, storage = 'localStorage') {
  if (memory.has(key)) return memory.get(key);
  try {
    return window[storage].getItem(key) || '';
  } catch {
    return '';
  }
}

// Return the keys of what is kept between visits that begin so.
export function listStored(start) {
  try {
    return Object.keys(window.localStorage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}

// Keep a value; "" removes it. Returns whether the browser stored it.
export function store(key, value, storage = 'localStorage') {
  memory.delete(key);
  try {
    if (value) window[storage].setItem(key, value);
    else window[storage].removeItem(key);
    return true;
  } catch {
    memory.set(key, value);
    return false;
  }
}
