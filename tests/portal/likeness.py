"""What makes two states of a page one for most rules of axe-core: the same tree, whatever its words are.

The rules of axe-core look at elements, roles, names and attributes. None of them reads: a text is there or it is not. So a page in another language, and
the same list with other entries, say nothing new to them. Three things are a matter of words, and are asked of every state: which names are equal to each other
(in `FORM`), which targets have become small or have come to cover each other (`TARGETS`), and what scrolls.
"""

FORM = """() => {
  const plain = text => text.trim().replace(/\\s+/g, ' ').toLowerCase();
  const told = new Map();
  const nth = name => {
    if (!plain(name)) return '';
    if (!told.has(plain(name))) told.set(plain(name), told.size + 1);
    return '#' + told.get(plain(name));
  };
  const NAMES = ['title', 'alt', 'aria-label', 'summary'];
  const WORDS = [
    'placeholder', 'label', 'value', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'download', 'src', 'srcset',
    'action', 'formaction', 'd', 'points', 'datetime', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'width', 'height', 'viewBox', 'transform',
  ];
  const attribute = (one, {name, value}) => {
    if (name.startsWith('data-') || (name === 'aria-current' && one.closest('.langs'))) return '';
    if (NAMES.includes(name)) return name + nth(value);
    if (WORDS.includes(name) || (name === 'content' && one.name === 'description')) return name + (plain(value) ? '+' : '');
    if (name === 'lang' || name === 'hreflang') return name + (/^(ja|ja-Hira|en)$/.test(value) ? '+' : value);
    if (name === 'href') return name + (value.startsWith('#') ? value : plain(value) ? '+' : '');
    return name + '=' + value;
  };
  const bare = one => one.localName === 'wbr' || (one.localName === 'span' && one.lang && !one.className);
  const lines = [];
  const write = (one, depth) => {
    if (['script', 'style'].includes(one.localName)) return;
    const inner = [];
    let words = '';
    const gather = node => {
      for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) words += child.data;
        else if (child.nodeType === Node.ELEMENT_NODE) bare(child) ? gather(child) : inner.push(child);
      }
    };
    gather(one);
    const shown = one.checkVisibility({visibilityProperty: true});
    // what a script writes into the page later where nobody sees it changes nothing, unless something is called by it
    const worded = (shown || one.id || !document.body.contains(one)) && plain(words) ? 'words' : '';
    const attributes = [...one.attributes].map(each => attribute(one, each)).filter(Boolean).sort();
    lines.push([depth, one.localName, shown ? 'shown' : '', ...attributes, worded].join(' '));
    inner.forEach(child => write(child, depth + 1));
  };
  write(document.documentElement, 0);
  return lines.join('\\n');
}"""
"""The tree of a page: each element with what it is, whether it is shown and has words of its own, and which names are the same name.

Marks of a language (where a line may break, a name of another language) are no part of it, nor which language is chosen, where links lead to and
how a drawing runs.
"""
SMALL = "data-small"
TARGETS = """([small, least]) => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, label, [tabindex], [role]')];
  const seen = all.filter(one => one.checkVisibility({visibilityProperty: true})).map(one => [one, one.getBoundingClientRect()]);
  const covered = [];
  let tiny = 0;
  seen.forEach(([one, box], at) => {
    one.removeAttribute(small);
    if (box.width < least || box.height < least) {
      one.setAttribute(small, '');
      tiny += 1;
    }
    for (let before = 0; before < at; before++) {
      const [other, its] = seen[before];
      const over = box.left < its.right - 1 && its.left < box.right - 1 && box.top < its.bottom - 1 && its.top < box.bottom - 1;
      if (over && !other.contains(one)) covered.push(at + '/' + before);
    }
  });
  const scrolls = [...document.querySelectorAll('body *')].filter(one =>
    (one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth)
    && /auto|scroll/.test(getComputedStyle(one).overflow));
  return [tiny, covered.join(), scrolls.map(one => one.localName + '.' + one.className).join()];
}"""
"""How many targets are smaller than they should be (each is marked), which ones cover which, and what scrolls."""
