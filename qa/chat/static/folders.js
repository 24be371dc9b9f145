// The folders of the documents' list, from the paths of the documents.

const folderOf = ({path}) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const isInside = ({path}, folder) => path.startsWith(`${folder}/`);

// A folder sorts before those below it, and these before its neighbours.
const sortKey = (folder) => folder.replaceAll('/', '\u0001');

// Return documents with those without a folder first, then folder by folder.
export function sortByFolder(documents) {
  const keyed = documents.map((found) => [sortKey(folderOf(found)), found]);
  keyed.sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
  return keyed.map(([, found]) => found);
}

// Return the folders that hold documents, and those that hold several such folders, in the order of
// the list: "a/b" and "a/c" have "a" before them.
export function listFolders(documents) {
  const folders = [...new Set(documents.map(folderOf))].filter(Boolean);
  const shared = folders.slice(1).map((folder, number) => {
    const parts = folders[number].split('/');
    const other = folder.split('/');
    const differs = parts.findIndex((part, at) => part !== other[at]);
    return parts.slice(0, differs < 0 ? parts.length : differs).join('/');
  });
  return [...new Set([...folders, ...shared])].filter(Boolean)
    .sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}
