// The files that are to be added, each with its path, {file, path}: those of a folder keep theirs.
// Each is checked before anything is sent.

import {counted, size} from './dom.js';

// Return the files of a drop, those in folders included, and what could not be read, each with its
// name and the reason. The drop is over once this has been called.
export async function droppedFiles(transfer) {
  const plain = [...transfer.files];
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const unread = [];
  const found = entries.filter(isShown).map((entry) => filesOf(entry, unread));
  return {files: entries.length ? (await Promise.all(found)).flat() : withPaths(plain), unread};
}

async function filesOf(entry, unread) {
  const inside = [];
  try {
    if (entry.isFile) {
      const file = await new Promise((found, failed) => entry.file(found, failed));
      return [{file, path: pathOf(entry)}];
    }
    const reader = entry.createReader();
    for (;;) {  // A folder is read in parts.
      const part = await new Promise((found, failed) => reader.readEntries(found, failed));
      if (!part.length) break;
      inside.push(...part);
    }
  } catch (error) {
    unread.push({name: pathOf(entry), reason: `it cannot be read here: ${error.message}`});
  }
  return (await Promise.all(inside.filter(isShown).map((one) => filesOf(one, unread)))).flat();
}

const pathOf = (entry) => entry.fullPath.replace(/^\//, '');

// What programs keep in folders for themselves is left out.
const isShown = ({name}) => !name.startsWith('.');

// Return files with their paths, those of a folder that was chosen below it.
export const withPaths = (files) => [...files]
  .map((file) => ({file, path: file.webkitRelativePath || file.name}))
  .filter(({path}) => path.split('/').every((name) => isShown({name})));

// Part files into those that can be sent, in batches that the server takes, and those refused, each
// with its name and the reason.
export function checkFiles(files, limits) {
  const batches = [];
  const refused = [];
  let room = 0;
  for (const {file, path} of files) {
    const reason = whyRefused(file, limits);
    if (reason) {
      refused.push({name: path, reason});
      continue;
    }
    if (!batches.length || batches.at(-1).length === limits.files || file.size > room) {
      batches.push([]);
      room = limits.request * 0.99;  // The form around the files takes space too.
    }
    batches.at(-1).push({file, path});
    room -= file.size;
  }
  return {batches, refused};
}

function whyRefused(file, {types, sizes, bytes}) {
  const suffix = (/\.[^.]+$/.exec(file.name) || [''])[0].toLowerCase();
  if (types.length && !types.includes(suffix)) {
    return suffix ? `the type ${suffix} is not supported; Footnote reads ${types.join(', ')}` :
      `files without a suffix are not supported; Footnote reads ${types.join(', ')}`;
  }
  const most = sizes?.[suffix] ?? bytes;
  return file.size > most ?
    `it has ${size(file.size)}, and ${size(most)} are taken at most; split it into several files` : '';
}

// Say how many of the files that were sent or refused became documents.
export const addedOf = (added, total) => `${added.toLocaleString('en')} of ${counted(total, 'file')} added`;
