"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const songs = data.songs.map((song, i) => ({ ...song, i }));
  const rows = data.review; // of songs to be decided, in the order of songs; or null
  const PAGE = 50;

  // -- elements -----------------------------------------------------------------------

  // Texts only ever become text, so no name of a song becomes a part of the page.
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) {
        node.setAttribute(name, value);
      }
    }
    node.append(...children.flat().filter((child) => child !== null));
    return node;
  }
  const hidden = (text) => el("span", { class: "hidden" }, text);
  const main = document.getElementById("main");
  const label = (k) => (k === null || k === undefined ? "" : data.classes[k]);
  const percent = (p) => {
    if (p > 0 && p < 0.005) return "<\u00a01\u00a0%";
    if (p < 1 && p > 0.995) return ">\u00a099\u00a0%";
    return `${Math.round(100 * p)}\u00a0%`;
  };
  // Long names break where their parts end.
  const broken = (name) => name.split(/(?<=[/_\- ])/).flatMap((part, i) => (i ? [el("wbr"), part] : [part]));
  const several = (n, what) => `${n.toLocaleString("en")} ${words[n === 1 ? what : `${what}s`]}`;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  // Tenths of a second, or hundredths where a window starts between them.
  const digitsOf = (seconds) => (Math.abs(10 * seconds - Math.round(10 * seconds)) > 0.02 ? 2 : 1);
  function clock(seconds, digits = digitsOf(seconds)) {
    const scale = 10 ** digits;
    const whole = Math.round(Math.max(0, seconds) * scale) / scale;
    const minutes = Math.floor(whole / 60);
    const rest = (whole - 60 * minutes).toFixed(digits);
    return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
  }
  const confidence = (song) => (song.verdict === null ? null : song.proba[song.verdict]);
  const labelled = songs.some((song) => song.label !== null);
  const judged = songs.some((song) => song.right !== null);
  const copiesOf = new Map();
  for (const [a, b, text] of data.copies ?? []) {
    copiesOf.set(a, [...(copiesOf.get(a) ?? []), [b, text]]);
    copiesOf.set(b, [...(copiesOf.get(b) ?? []), [a, text]]);
  }

  // -- how good it is -----------------------------------------------------------------

  function summary() {
    const figure = data.figure;
    const nodes = [];
    if (figure) {
      nodes.push(
        el("p", { class: "figure" }, el("strong", {}, figure.value), ` ${figure.text}`),
        el("p", {}, figure.more.join(" ")),
      );
    }
    nodes.push(el("p", {}, data.done.join(" ")));
    if (data.cautions.length) nodes.push(el("p", { class: "caution" }, data.cautions.join(" ")));
    return el("section", { "aria-label": "How good it is", id: "figure" }, nodes);
  }

  function navigation() {
    const links = [["#songs", several(songs.length, "song")]];
    if (!rows && judged) links.unshift(["#taken", `Which ${words.label} is taken for which`]);
    const suspects = songs.filter((song) => song.suspect).length;
    if (suspects && !rows) links.push(["#suspects", `${suspects} doubtful label${suspects === 1 ? "" : "s"}`]);
    if (data.copies?.length) links.push(["#copies", `${data.copies.length} pair${data.copies.length === 1 ? "" : "s"} of copies`]);
    data.tables.forEach((table, i) => links.push([`#table-${i}`, table.title]));
    links.push(["#keys", "Keys"]);
    return el("nav", { "aria-label": "Parts of this page" }, links.map(([href, text]) => el("a", { href }, text)));
  }

  // -- which is taken for which -------------------------------------------------------

  function matrix() {
    const known = songs.filter((song) => song.verdict !== null && (song.label !== null || !judged));
    const counts = new Map();
    for (const song of known) {
      const key = `${song.label},${song.verdict}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const used = data.classes.map((_, k) => k)
      .filter((k) => known.some((song) => song.label === k || song.verdict === k));
    const cell = (row, column, total) => {
      const n = counts.get(`${row},${column}`) ?? 0;
      if (!n) return el("td", { class: "zero" }, "0");
      const shade = el("span", { class: "shade" });
      const kind = row === column ? "verdict" : "label";
      shade.style.background = row === null ? "var(--other)" : `var(--${kind})`;
      shade.style.opacity = 0.08 + 0.5 * (n / total);
      const said = row === null
        ? `${label(column)}: ${several(n, "song")}. Show them`
        : `${label(row)} taken for ${label(column)}: ${several(n, "song")}. Show them`;
      return el("td", {}, shade, el("button", { "aria-label": said, onclick: () => show(row, column) }, String(n)));
    };
    const head = used.map((k) => el("th", { scope: "col" }, label(k)));
    const body = judged
      ? used.map((row) => {
        const all = used.map((k) => counts.get(`${row},${k}`) ?? 0);
        const total = all.reduce((sum, n) => sum + n, 0);
        const right = counts.get(`${row},${row}`) ?? 0;
        return el("tr", {}, el("th", { scope: "row" }, label(row)), used.map((k) => cell(row, k, total)),
          el("td", {}, total ? `${percent(right / total)}` : ""));
      })
      : [el("tr", {}, el("th", { scope: "row" }, "verdicts"), used.map((k) => cell(null, k, known.length)))];
    const corner = el("th", { class: "corner", scope: "col" }, judged ? `${words.label} \u2193 verdict \u2192` : "");
    const many = used.length > 7 ? " many" : "";
    const caption = judged
      ? `Rows: what the ${words.songs} are labelled. Columns: the verdict. Blue is right. A number lists its ${words.songs} below.`
      : `A number lists its ${words.songs} below.`;
    const title = judged ? `Which ${words.label} is taken for which` : `Verdicts`;
    return el("section", { id: "taken", "aria-labelledby": "taken-head" },
      el("h2", { id: "taken-head" }, title),
      el("div", { class: "scroll" },
        el("table", { class: `matrix${many}` }, el("caption", {}, caption),
          el("thead", {}, el("tr", {}, corner, head, judged ? el("th", { scope: "col" }, "right") : null)),
          el("tbody", {}, body))));
  }

  function show(row, column) {
    reset();
    if (row !== null) filter.label.value = String(row);
    filter.verdict.value = String(column);
    update();
    filter.count.scrollIntoView({ block: "start" });
    filter.count.focus();
  }

  // -- the table of songs -------------------------------------------------------------

  const columns = [
    { key: "name", head: words.song, value: (s) => s.name },
    { key: "label", head: "label", value: (s) => label(s.label), cell: (s) => broken(label(s.label)), on: labelled },
    { key: "verdict", head: "verdict", value: (s) => label(s.verdict), cell: verdictCell },
    { key: "sure", head: "sure", value: confidence, number: true, less: Boolean(rows), cell: (s) => (s.verdict === null ? "" : percent(confidence(s))) },
    { key: "second", head: "second choice", value: (s) => label(s.second), less: true,
      cell: (s) => (s.second === null ? "" : `${label(s.second)} ${percent(s.proba[s.second])}`) },
    { key: "decided", head: "deciding seconds", value: (s) => (s.events.length ? s.events[0][0] : null), less: true,
      cell: (s) => (s.events.length ? el("span", { class: "time" }, `${clock(s.events[0][0])} to ${clock(s.events[0][1])}`) : "") },
    { key: "group", head: words.group, value: (s) => s.group, less: true, on: songs.some((s) => s.group) },
    { key: "remark", head: "remarks", value: remark, less: !rows, on: songs.some((s) => remark(s)) },
    { key: "decision", head: "decision", value: (s) => decisionText(s.i), on: Boolean(rows) },
  ].filter((column) => column.on !== false);

  function remark(song) {
    const said = [];
    if (song.error) said.push(song.error);
    if (song.suspect && !rows) said.push("Label doubtful.");
    if (copiesOf.has(song.i)) said.push("Has a copy.");
    if (song.note) said.push(song.note);
    return said.join(" ");
  }
  function verdictCell(song) {
    if (song.verdict === null) return el("span", { class: "soft" }, "no verdict");
    if (song.right === null) return broken(label(song.verdict));
    return el("span", { class: song.right ? "right" : "wrong" },
      el("span", { class: "mark", "aria-hidden": "true" }, song.right ? "\u2713\u00a0" : "\u2717\u00a0"),
      broken(label(song.verdict)), hidden(song.right ? " (right)" : " (wrong)"));
  }

  const filter = {};
  // Wrong verdicts first, the surest on top: these are what one looks for.
  let order = rows ? { key: "rank", down: false } : { key: judged ? "worst" : "given", down: false };
  let shown = []; // songs that pass the filter, in order
  let limit = PAGE;
  let open = null; // the song whose details are there: {song, row, detail, player}
  const body = el("tbody");

  const kinds = [
    ["all", "all", () => true],
    ["wrong", "wrong", (s) => s.right === false],
    ["right", "right", (s) => s.right === true],
    ["suspect", "label doubtful", (s) => s.suspect],
    ["copies", "with copies", (s) => copiesOf.has(s.i)],
    ["error", "no verdict", (s) => s.verdict === null],
    ["undecided", "undecided", (s) => rows && !decisions[s.i].decision],
    ["decided", "decided", (s) => rows && Boolean(decisions[s.i].decision)],
  ];

  function controls() {
    const labels = (own) => data.classes.map((name, k) => [k, name])
      .filter(([k]) => songs.some((s) => s[own] === k));
    const select = (name, text, options) => {
      filter[name] = el("select", { onchange: changed }, options.map(([value, said]) => el("option", { value }, said)));
      return el("label", {}, text, filter[name]);
    };
    filter.search = el("input", { type: "search", oninput: changed, "aria-keyshortcuts": "/" });
    const some = kinds.filter(([key, , test]) => ["all", ...(rows ? ["undecided", "decided"] : [])].includes(key) || songs.some(test));
    filter.count = el("p", { role: "status", "aria-live": "polite", tabindex: "-1" });
    return el("div", {}, el("div", { class: "controls", role: "search" },
      el("label", {}, "Search", filter.search),
      select("kind", "Show", some.map(([key, text, test]) => [key, ["undecided", "decided"].includes(key) ? text : `${text} (${songs.filter(test).length})`])),
      labelled ? select("label", "Label", [["", "any"], ...labels("label")]) : null,
      select("verdict", "Verdict", [["", "any"], ...labels("verdict")]),
      el("button", { type: "button", onclick: () => { reset(); update(); filter.search.focus(); } }, "Reset")),
    filter.count);
  }
  function reset() {
    filter.search.value = "";
    filter.kind.value = "all";
    if (filter.label) filter.label.value = "";
    filter.verdict.value = "";
  }
  function changed() { limit = PAGE; update(); }

  const texts = songs.map((s) => [s.name, label(s.label), label(s.verdict), s.group, s.note, s.error].join(" ").toLowerCase());
  function passes(song) {
    const [, , test] = kinds.find(([key]) => key === filter.kind.value);
    const wanted = filter.search.value.trim().toLowerCase();
    return test(song)
      && (!filter.label?.value || song.label === Number(filter.label.value))
      && (!filter.verdict.value || song.verdict === Number(filter.verdict.value))
      && (!wanted || wanted.split(/\s+/).every((part) => texts[song.i].includes(part)));
  }

  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  function compare(a, b) {
    if (order.key === "worst") {
      const rank = (s) => (s.right === false ? 0 : s.verdict === null ? 2 : 1);
      return rank(a) - rank(b) || (a.right === false ? -1 : 1) * ((confidence(a) ?? 2) - (confidence(b) ?? 2)) || a.i - b.i;
    }
    const column = columns.find(({ key }) => key === order.key);
    if (!column) return a.i - b.i;
    const [x, y] = [column.value(a), column.value(b)];
    // What is missing stays at the end, whichever way.
    const gone = (v) => v === null || v === "";
    if (gone(x) || gone(y)) return gone(x) - gone(y) || a.i - b.i;
    const found = typeof x === "number" ? x - y : collator.compare(x, y);
    return (order.down ? -found : found) || a.i - b.i;
  }

  function update() {
    shown = songs.filter(passes).sort(compare);
    const all = several(songs.length, "song");
    filter.count.textContent = shown.length === songs.length ? `${all}.` : `${shown.length.toLocaleString("en")} of ${all}.`;
    for (const th of heads) {
      const own = th.dataset.key === order.key;
      th.setAttribute("aria-sort", own ? (order.down ? "descending" : "ascending") : "none");
    }
    draw();
  }

  const rowOf = new Map();
  function row(song) {
    const name = el("button", { class: "name", "aria-expanded": "false", type: "button" }, broken(song.name));
    const cells = columns.map((column) => {
      const content = column.key === "name" ? name : (column.cell ?? column.value)(song);
      return el("td", { class: [column.number ? "number" : "", column.less ? "less" : ""].join(" ").trim() || null }, ...[content ?? ""].flat());
    });
    return el("tr", { class: "song", "data-song": song.i }, cells);
  }
  function draw() {
    if (open && !shown.slice(0, limit).includes(open.song)) close();
    const kept = open ? open.detail : null;
    rowOf.clear();
    const nodes = [];
    for (const song of shown.slice(0, limit)) {
      const isOpen = open && open.song === song;
      const tr = isOpen ? open.row : row(song);
      rowOf.set(song.i, tr);
      nodes.push(tr);
      if (isOpen) nodes.push(kept);
    }
    if (!nodes.length) nodes.push(el("tr", {}, el("td", { colspan: columns.length, class: "soft" }, `No ${words.song} is like that.`)));
    body.replaceChildren(...nodes);
    const rest = shown.length - limit;
    more.hidden = rest <= 0;
    moreButton.textContent = `Show ${Math.min(rest, PAGE)} more`;
    allButton.textContent = `Show all ${shown.length.toLocaleString("en")}`;
  }

  const heads = columns.map((column) => el("th", { scope: "col", "data-key": column.key, "aria-sort": "none", class: [column.number ? "number" : "", column.less ? "less" : ""].join(" ").trim() || null },
    el("button", { type: "button", onclick: () => { order = { key: column.key, down: order.key === column.key && !order.down }; update(); } }, column.head)));
  const moreButton = el("button", { type: "button", onclick: () => { limit += PAGE; draw(); } });
  const allButton = el("button", { type: "button", onclick: () => { limit = shown.length; draw(); } });
  const more = el("p", { class: "more" }, moreButton, " ", allButton);

  body.addEventListener("click", (event) => {
    const tr = event.target.closest("tr.song");
    if (!tr || String(window.getSelection())) return;
    const song = songs[Number(tr.dataset.song)];
    if (open && open.song === song) close();
    else openSong(song);
  });

  function table() {
    const start = judged && !rows ? " Wrong verdicts come first, the surest on top." : "";
    return el("section", { id: "songs", "aria-labelledby": "songs-head" },
      el("h2", { id: "songs-head" }, capital(words.songs)),
      el("p", { class: "soft" }, `Choose a ${words.song} to hear it and to see what each of its windows says.${start}`),
      controls(),
      el("div", { class: "wide" }, el("table", { class: "songs" },
        el("caption", { class: "hidden" }, `${capital(words.songs)} and verdicts. Heads of columns sort.`),
        el("thead", {}, el("tr", {}, heads)), body)),
      more);
  }

  // -- one song -----------------------------------------------------------------------

  function openSong(song, { focus = false } = {}) {
    if (open && open.song === song) { if (focus) nameOf(open.row).focus(); return; }
    close();
    if (!shown.includes(song)) { reset(); limit = PAGE; update(); }
    const place = shown.indexOf(song);
    if (place >= limit) { limit = place + PAGE; draw(); }
    const tr = rowOf.get(song.i);
    const player = makePlayer(song);
    const cell = el("td", { colspan: columns.length }, details(song, player));
    const detail = el("tr", { class: "detail" }, cell);
    tr.classList.add("open");
    nameOf(tr).setAttribute("aria-expanded", "true");
    tr.after(detail);
    open = { song, row: tr, detail, player };
    player.place(player.time);
    if (focus) {
      nameOf(tr).focus({ preventScroll: true });
      tr.scrollIntoView({ block: "start" });
      window.scrollBy(0, -60);
    }
  }
  function close() {
    if (!open) return;
    open.player.destroy();
    open.row.classList.remove("open");
    nameOf(open.row).setAttribute("aria-expanded", "false");
    open.detail.remove();
    open = null;
  }
  const nameOf = (tr) => tr.querySelector(".name");
  function step(by) {
    if (!shown.length) return;
    const now = open ? shown.indexOf(open.song) : (by > 0 ? -1 : shown.length);
    const next = Math.min(shown.length - 1, Math.max(0, now + by));
    openSong(shown[next], { focus: true });
  }
  const songLink = (i, text = songs[i].name) => el("button", { class: "link", type: "button", onclick: () => openSong(songs[i], { focus: true }) }, text);

  function details(song, player) {
    const nodes = [el("p", {}, sentence(song))];
    if (song.note) nodes.push(el("p", { class: "soft" }, song.note));
    if (rows) nodes.push(decide(song));
    if (song.proba.length) nodes.push(bars(song));
    if (player.audio) nodes.push(player.audio);
    if (song.sound.why) nodes.push(el("p", { class: "soft" }, noSound(song)));
    nodes.push(player.trouble);
    if (player.line) nodes.push(player.line, player.reading);
    if (song.events.length) nodes.push(seconds(song, player));
    else if (song.verdict !== null && song.parts.length && !song.decides) {
      nodes.push(el("p", { class: "soft" }, "Which seconds decided cannot be told here; shown is what each window says."));
    }
    const others = votings(song);
    if (others) nodes.push(el("p", {}, others));
    for (const [other, text] of copiesOf.get(song.i) ?? []) {
      nodes.push(el("p", {}, "The same recording is ", songLink(other), text ? ` (${text}).` : "."));
    }
    if (song.suspect && !rows) {
      nodes.push(el("p", {}, `Its label may be wrong: models that had not heard it are as sure of ${label(song.verdict)} as they usually are where they are right with it.`));
    }
    return nodes;
  }

  function noSound(song) {
    const where = { link: "It is played from its file.", none: "It cannot be heard here.", embed: "" }[song.sound.kind];
    return `${song.sound.why} ${where}`;
  }

  function sentence(song) {
    if (song.verdict === null) {
      return `There is no verdict${song.error ? `: ${song.error}` : rows ? " in this report." : "."}`;
    }
    const parts = [`Heard as ${label(song.verdict)} with ${percent(confidence(song))}`];
    if (song.right === false) parts.push(`, but labelled ${label(song.label)}`);
    if (song.right === true) parts.push(", as it is labelled");
    parts.push(song.n ? `, from ${song.n.toLocaleString("en")} window${song.n === 1 ? "" : "s"}` : "");
    parts.push(song.fold !== null ? `, by a model that had not heard it (fold ${song.fold + 1}).` : ".");
    if (song.group) parts.push(` ${capital(words.group)}: ${song.group}.`);
    return parts.join("");
  }

  function votings(song) {
    const names = Object.keys(song.others);
    if (names.length < 2) return "";
    const different = names.filter((name) => song.others[name] !== song.verdict);
    if (!different.length) return `All ${names.length} ${data.compared}s say ${label(song.verdict)}.`;
    return `Of ${names.length} ${data.compared}s, ${different.map((name) => `${name} says ${label(song.others[name])}`).join(", ")}; the others say ${label(song.verdict)}.`;
  }

  const role = (song, k) => (k === song.verdict ? "verdict" : k === song.label ? "label" : "");
  function named(song, k) {
    const said = { verdict: song.right ? " (verdict, label)" : " (verdict)", label: " (label)" }[role(song, k)] ?? "";
    return `${label(k)}${said}`;
  }
  function bars(song) {
    const nodes = [];
    for (const k of song.drawn) {
      const fill = el("i");
      fill.style.width = `${100 * song.proba[k]}%`;
      nodes.push(el("span", {}, named(song, k)), el("span", { class: `bar ${role(song, k)}`, "aria-hidden": "true" }, fill), el("span", {}, percent(song.proba[k])));
    }
    return el("div", { class: "bars", role: "group", "aria-label": "Probabilities" }, nodes);
  }

  function seconds(song, player) {
    const buttons = song.events.map(([start, end, share]) => el("button", {
      type: "button", onclick: () => player.hear(start, end),
    }, `${player.audio ? "\u25B6 " : ""}${clock(start)} to ${clock(end)} (${percent(share)})`));
    return el("div", { class: "seconds" }, el("span", {}, `Decided by, of all that spoke for ${label(song.verdict)}:`), buttons);
  }

  // -- the player and its timeline ----------------------------------------------------

  function bytes(letters) {
    const text = atob(letters);
    const content = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) content[i] = text.charCodeAt(i);
    return content;
  }
  function numbers(letters, width, kind) {
    const content = bytes(letters);
    const view = new DataView(content.buffer);
    const read = kind === "float" ? (at) => view.getFloat32(at, true) : (at) => view.getUint16(at, true);
    return Array.from({ length: content.length / width }, (_, i) => read(width * i));
  }
  function partsOf(song) {
    return song.parts.filter((part) => part.starts).map((part) => {
      const starts = numbers(part.starts, 4, "float");
      const ends = numbers(part.ends, 4, "float");
      const proba = numbers(part.proba, 2, "whole").map((v) => v / data.steps);
      const contribution = numbers(part.contribution, 4, "float");
      const by = starts.map((_, i) => i).sort((a, b) => starts[a] - starts[b]);
      const n = song.drawn.length;
      const windows = by.map((i) => ({ start: starts[i], end: ends[i], proba: proba.slice(n * i, n * i + n), speaks: contribution[i] }));
      windows.forEach((w, i) => {
        // Windows that overlap share what is between their middles.
        const before = windows[i - 1];
        w.from = before && before.end > w.start ? Math.max(w.start, (before.end + w.start) / 2) : w.start;
        if (before && before.end > w.start) before.to = w.from;
        w.to = w.end;
      });
      return windows;
    });
  }

  function makePlayer(song) {
    const sound = song.sound;
    const parts = partsOf(song);
    const all = parts.flat();
    const first = Math.min(sound.kind === "link" ? sound.first : sound.offset, ...all.map((w) => w.start));
    let last = Math.max(first, ...all.map((w) => w.end), sound.last ?? first);
    const shift = sound.kind === "embed" ? sound.offset : 0; // song's time less audio's
    const player = { time: first, audio: null, line: null, reading: null };
    player.trouble = el("p", { class: "wrong", role: "status" });
    let address = null;
    let stop = sound.kind === "link" ? sound.last : null;
    let frame = 0;

    if (sound.kind !== "none") {
      const audio = el("audio", { controls: true, preload: "metadata", "aria-label": `Player of ${song.name}` });
      if (sound.kind === "embed") {
        address = URL.createObjectURL(new Blob([bytes(document.getElementById(`sound-${song.i}`).textContent)], { type: "audio/mpeg" }));
        audio.src = address;
      } else audio.src = sound.link;
      audio.addEventListener("loadedmetadata", () => {
        if (Number.isFinite(audio.duration)) {
          const end = audio.duration + shift;
          const limited = sound.last === null ? end : Math.min(end, sound.last);
          if (limited > last) { last = limited; player.redraw?.(); }
        }
        if (player.time - shift > 0.01) audio.currentTime = player.time - shift;
      });
      audio.addEventListener("error", () => {
        player.trouble.textContent = sound.kind === "link"
          ? `The file ${decodeURIComponent(sound.link)} cannot be played here: it is gone, or this browser does not know its kind.`
          : "This browser cannot play mp3.";
      });
      const follow = () => {
        player.place(audio.currentTime + shift);
        if (stop !== null && player.time >= stop && !audio.paused) {
          audio.pause();
          stop = sound.kind === "link" ? sound.last : null;
        }
      };
      const loop = () => { follow(); if (!audio.paused) frame = requestAnimationFrame(loop); };
      audio.addEventListener("play", () => { cancelAnimationFrame(frame); loop(); });
      for (const name of ["seeked", "timeupdate", "pause"]) audio.addEventListener(name, follow);
      player.audio = audio;
    }

    player.seek = (time) => {
      const to = Math.min(last, Math.max(first, time));
      stop = sound.kind === "link" ? sound.last : null;
      if (player.audio && player.audio.readyState > 0) player.audio.currentTime = to - shift;
      player.place(to);
    };
    player.toggle = () => {
      if (!player.audio) return;
      if (player.audio.paused) player.play(); else player.audio.pause();
    };
    player.play = () => player.audio.play().catch((error) => {
      if (error.name !== "AbortError" && !player.trouble.textContent) player.trouble.textContent = "It cannot be played here.";
    });
    player.hear = (start, end) => {
      player.seek(start);
      if (player.audio) { stop = end; player.play(); }
    };
    player.place = (time) => {
      player.time = time;
      if (!player.line) return;
      const share = last > first ? (time - first) / (last - first) : 0;
      cursor.style.left = `${100 * Math.min(1, Math.max(0, share))}%`;
      track.setAttribute("aria-valuenow", time.toFixed(1));
      track.setAttribute("aria-valuetext", `${clock(time, 1)} of ${clock(last, 1)}`);
      player.reading.textContent = read(time);
    };
    player.destroy = () => {
      cancelAnimationFrame(frame);
      if (player.audio) { player.audio.pause(); player.audio.removeAttribute("src"); player.audio.load(); }
      if (address) URL.revokeObjectURL(address);
    };

    const read = (time) => {
      // A player stands a little before where it was put.
      const now = time + 0.01;
      const said = parts.map((windows) => {
        const w = windows.find((one, i) => now >= one.from && (now < one.to || i === windows.length - 1)) ?? windows[0];
        if (!w) return "";
        const best = song.drawn.map((k, j) => [w.proba[j], label(k)]).sort((a, b) => b[0] - a[0]).slice(0, 3);
        return `window ${clock(w.start)} to ${clock(w.end)} says ${best.map(([p, name]) => `${name} ${percent(p)}`).join(", ")}`;
      });
      return `At ${clock(time, 1)}: ${said.join("; ")}.`;
    };
    const cursor = el("span", { class: "cursor" });
    const track = el("div", { class: "track", role: "slider", tabindex: "0", "aria-label": `Position in ${song.name}`, "aria-valuemin": first.toFixed(1) });
    const names = el("div", { class: "names", "aria-hidden": "true" });
    if (all.length) {
      player.redraw = () => drawTrack({ song, parts, first, last, track, names, cursor });
      player.redraw();
      player.line = el("div", { class: "timeline" }, names, track);
      player.reading = el("p", { class: "reading soft" });
      const at = (event) => {
        const box = track.getBoundingClientRect();
        return first + (last - first) * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      };
      track.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        player.seek(at(event));
        track.setPointerCapture(event.pointerId);
      });
      track.addEventListener("pointermove", (event) => { if (track.hasPointerCapture(event.pointerId)) player.seek(at(event)); });
      track.addEventListener("keydown", (event) => {
        const small = event.shiftKey ? 5 : 1;
        const to = { ArrowLeft: player.time - small, ArrowDown: player.time - small, ArrowRight: player.time + small, ArrowUp: player.time + small,
          PageDown: player.time - 10, PageUp: player.time + 10, Home: first, End: last }[event.key];
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        player.seek(to);
      });
    }
    return player;
  }

  function drawTrack({ song, parts, first, last, track, names, cursor }) {
    const length = Math.max(last - first, 1e-6);
    const place = (node, from, to) => {
      node.style.left = `${(100 * (from - first)) / length}%`;
      node.style.width = `${(100 * (to - from)) / length}%`;
    };
    const left = [];
    const right = [];
    const line = (name, kind, cells) => {
      left.push(el("div", { title: name }, name));
      right.push(el("div", { class: `row ${kind}`, "data-name": name }, cells));
    };
    if (song.events.length) {
      line("decided", "events", song.events.map(([start, end, share]) => {
        const node = el("i", { title: `${clock(start)} to ${clock(end)}: ${percent(share)} of what spoke for ${label(song.verdict)}` });
        place(node, start, end);
        return node;
      }));
    }
    for (const windows of parts) {
      if (parts.length > 1 && windows.length) {
        const text = `windows of ${+(windows[0].end - windows[0].start).toFixed(2)} s`;
        left.push(el("div", { class: "head" }, text));
        right.push(el("div", { class: "row head", "data-name": text }));
      }
      song.drawn.forEach((k, j) => line(named(song, k), role(song, k), windows.map((w) => {
        const node = el("i", { title: `${clock(w.start)} to ${clock(w.end)}: ${label(k)} ${percent(w.proba[j])}` });
        place(node, w.from, w.to);
        node.style.opacity = w.proba[j];
        return node;
      })));
      const most = Math.max(...windows.map((w) => Math.abs(w.speaks)), 0);
      if (most > 0 && song.decides) {
        const both = windows.some((w) => w.speaks < 0);
        line(both ? `for, against ${label(song.verdict)}` : `speaks for ${label(song.verdict)}`, "speaks", windows.map((w) => {
          const node = el("i", { class: w.speaks < 0 ? "against" : null, title: `${clock(w.start)} to ${clock(w.end)} speaks ${w.speaks < 0 ? "against" : "for"} ${label(song.verdict)}` });
          place(node, w.from, w.to);
          const height = ((both ? 50 : 100) * Math.abs(w.speaks)) / most;
          node.style.top = `${w.speaks < 0 ? 50 : (both ? 50 : 100) - height}%`;
          node.style.bottom = "auto";
          node.style.height = `${height}%`;
          return node;
        }));
      }
    }
    const bands = song.events.map(([start, end]) => {
      const node = el("span", { class: "band" });
      place(node, start, end);
      return node;
    });
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
    const wide = window.innerWidth < 600 ? 4 : 8;
    const size = steps.find((s) => length / s <= wide) ?? length / wide;
    const ticks = [];
    for (let t = Math.ceil(first / size - 1e-9) * size; t <= last + 1e-9; t += size) {
      const tick = el("span", {}, clock(t, size < 1 ? 1 : 0));
      tick.style.left = `${(100 * (t - first)) / length}%`;
      if ((t - first) / length > 0.96) tick.style.transform = "translateX(-100%)";
      ticks.push(tick);
    }
    left.push(el("div", { class: "axis" }, "minutes:seconds"));
    right.push(el("div", { class: "axis", "aria-hidden": "true" }, ticks));
    names.replaceChildren(...left);
    track.replaceChildren(...right, ...bands, cursor);
    track.setAttribute("aria-valuemax", last.toFixed(1));
  }

  // -- doubtful labels, copies, tables ------------------------------------------------

  function suspects() {
    const found = songs.filter((song) => song.suspect).sort((a, b) => confidence(b) - confidence(a));
    if (!found.length || rows) return null;
    const known = songs.filter((song) => song.right !== null);
    const often = known.filter((song) => song.right).length < 0.8 * known.length
      ? " These models err often, so most of these will be their own mistakes." : "";
    return el("section", { id: "suspects", "aria-labelledby": "suspects-head" },
      el("h2", { id: "suspects-head" }, "Labels that may be wrong"),
      el("p", {}, `Models that had not heard these ${words.songs} are as sure of another label as they usually are where they are right. Listen: either the label or the model is wrong.${often}`),
      el("ul", {}, found.slice(0, 30).map((song) => el("li", {}, songLink(song.i), ` is labelled ${label(song.label)}, heard as ${label(song.verdict)} (${percent(confidence(song))})`))),
      found.length > 30 ? el("p", {}, `And ${found.length - 30} more: choose \u201clabel doubtful\u201d under Show.`) : null);
  }
  function copies() {
    if (!data.copies?.length) return null;
    return el("section", { id: "copies", "aria-labelledby": "copies-head" },
      el("h2", { id: "copies-head" }, "The same recording twice"),
      el("ul", {}, data.copies.slice(0, 100).map(([a, b, text]) => {
        const differ = songs[a].label !== null && songs[b].label !== null && songs[a].label !== songs[b].label;
        return el("li", {}, songLink(a), " and ", songLink(b), text ? ` (${text})` : "",
          differ ? el("strong", { class: "wrong" }, ` labelled ${label(songs[a].label)} and ${label(songs[b].label)}: one is wrong`) : null);
      })),
      data.copies.length > 100 ? el("p", {}, `And ${data.copies.length - 100} more.`) : null);
  }
  function tables() {
    return data.tables.map((table, i) => el("section", { id: `table-${i}`, "aria-labelledby": `table-${i}-head` },
      el("h2", { id: `table-${i}-head` }, table.title),
      table.before ? el("p", {}, table.before) : null,
      el("div", { class: "scroll" }, el("table", {}, el("caption", { class: "hidden" }, table.title),
        el("thead", {}, el("tr", {}, table.head.map((cell, k) => el("th", { scope: "col", class: k ? "number" : null }, cell)))),
        el("tbody", {}, table.rows.map((line) => el("tr", {}, line.map((cell, k) => (k ? el("td", { class: "number" }, cell) : el("th", { scope: "row" }, cell)))))))),
      table.after ? el("p", { class: "soft" }, table.after) : null));
  }
  function keys() {
    const lines = [["j", `next ${words.song}`], ["k", `${words.song} before`], ["Space or p", "play, pause"], ["\u2190 \u2192", "a second back, forth (with Shift 5)"], ["/", "search"], ["Esc", `close the ${words.song}`]];
    if (rows) lines.push(["r", "the label is right"], [data.classes.length > 9 ? "1 to 9, letters" : `1 to ${data.classes.length}`, "another label"], ["x", "leave out"], ["u", "unsure"]);
    return el("section", { id: "keys", class: "keys", "aria-labelledby": "keys-head" }, el("h2", { id: "keys-head" }, "Keys"),
      el("ul", {}, lines.map(([key, text]) => el("li", {}, el("kbd", {}, key), ` ${text}`))));
  }

  // -- review -------------------------------------------------------------------------

  const FIELDS = ["decision", "new_label", "decided_by", "decided_at", "comment"];
  const HEAD = rows?.length ? Object.keys(rows[0]) : []; // with what somebody added
  const decisions = (rows ?? []).map((given) => Object.fromEntries(FIELDS.map((name) => [name, given[name]])));
  const letters = "abcdefghilmnoqstvwyz";
  const keyOf = (k) => (k < 9 ? String(k + 1) : letters[k - 9] ?? "");
  const store = `skgenre-review-${data.hash}`;
  let by = "";
  let keeps = true;
  let unsaved = false;
  const progress = el("span", { role: "status" });
  const kept = el("span", { class: "soft" });
  const person = el("input", { id: "by", autocomplete: "name", oninput: () => { by = person.value; keep(); } });

  function restore() {
    try {
      const saved = JSON.parse(localStorage.getItem(store) ?? "null");
      if (!saved) return;
      by = String(saved.by ?? "");
      (saved.decisions ?? []).forEach((one, i) => {
        if (decisions[i]) for (const name of FIELDS) if (typeof one[name] === "string") decisions[i][name] = one[name];
      });
      unsaved = Boolean(saved.unsaved);
    } catch { keeps = false; }
    person.value = by;
  }
  function keep() {
    try {
      localStorage.setItem(store, JSON.stringify({ by, decisions, unsaved }));
    } catch { keeps = false; }
    tell();
  }
  function tell() {
    if (!rows) return;
    const done = decisions.filter((one) => one.decision).length;
    progress.textContent = `${done} of ${several(songs.length, "song")} decided.`;
    kept.textContent = keeps ? (unsaved ? "Kept in this browser until it is saved." : "") : "This browser keeps nothing: save before you close the page.";
  }
  function decisionText(i) {
    const { decision, new_label: fresh } = decisions[i];
    return decision === "relabel" ? `relabel: ${fresh}` : decision;
  }
  function choose(song, decision, fresh = "") {
    // Its own label is no other one.
    if (decision === "relabel" && fresh === String(rows[song.i].label)) [decision, fresh] = ["right", ""];
    Object.assign(decisions[song.i], { decision, new_label: fresh, decided_by: by, decided_at: decision ? new Date().toISOString() : "" });
    touched(song);
  }
  function touched(song) {
    unsaved = true;
    keep();
    const column = columns.findIndex(({ key }) => key === "decision");
    const tr = rowOf.get(song.i);
    if (tr) tr.children[column].textContent = decisionText(song.i);
    if (open && open.song === song) open.refresh?.();
  }
  function decide(song) {
    const given = rows[song.i];
    const now = decisions[song.i];
    const buttons = [];
    const add = (key, text, decision, fresh = "") => {
      const button = el("button", { type: "button", onclick: () => choose(song, decision, fresh), "aria-keyshortcuts": key || null }, key ? el("kbd", {}, key) : "", key ? " " : "", text);
      buttons.push([button, decision, fresh]);
      return button;
    };
    const listId = `labels-${song.i}`;
    const typed = el("input", { list: listId, "aria-label": "Another label", placeholder: "another label", size: 14,
      onkeydown: (event) => { if (event.key === "Enter") set(); } });
    const set = () => { if (typed.value.trim()) choose(song, "relabel", typed.value.trim()); };
    const comment = el("input", { "aria-label": "Comment", placeholder: "comment", size: 30, value: now.comment || null,
      oninput: () => { now.comment = comment.value; touched(song); } });
    const state = el("p", { role: "status", class: "soft" });
    const box = el("div", { class: "decide", role: "group", "aria-label": "Your decision" },
      given.reasons.length ? el("ul", {}, given.reasons.map((reason) => el("li", {}, reason))) : null,
      given.copy_of ? el("p", {}, `Copy of ${given.copy_of}.`) : null,
      el("p", {}, given.label !== "" ? el("strong", {}, `Is it ${given.label}?`) : el("strong", {}, "What is it?")),
      el("div", { class: "choices" }, add("r", "The label is right", "right"), add("x", "Leave out", "leave out"), add("u", "Unsure", "unsure"),
        el("button", { type: "button", onclick: () => choose(song, "") }, "Undo")),
      el("div", { class: "choices" }, el("span", {}, "No, it is"), data.classes.map((name, k) => (name === String(given.label) ? null : add(keyOf(k), name, "relabel", name))), typed,
        el("datalist", { id: listId }, data.classes.map((name) => el("option", { value: name }))), el("button", { type: "button", onclick: set }, "Set")),
      el("div", { class: "choices" }, comment), state);
    const refresh = () => {
      for (const [button, decision, fresh] of buttons) button.setAttribute("aria-pressed", String(now.decision === decision && (decision !== "relabel" || now.new_label === fresh)));
      state.textContent = now.decision ? `Decided: ${decisionText(song.i)}${now.decided_by ? `, by ${now.decided_by}` : ""}.` : "Not decided yet.";
    };
    refresh();
    // Only known once it is in the page.
    queueMicrotask(() => { if (open && open.song === song) open.refresh = refresh; });
    return box;
  }
  function byKey(song, key) {
    if (key === "r") choose(song, "right");
    else if (key === "x") choose(song, "leave out");
    else if (key === "u") choose(song, "unsure");
    else {
      const k = data.classes.findIndex((_, i) => keyOf(i) === key);
      if (k < 0) return false;
      choose(song, "relabel", data.classes[k]);
    }
    return true;
  }
  // As tables of verdicts are written: no spreadsheet runs a text.
  function cell(value) {
    let text = typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
    if (typeof value !== "number" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  function csv() {
    const lines = rows.map((given, i) => {
      const whole = { ...given, ...decisions[i], reasons: given.reasons.join(" ") };
      // Whoever decided before saying their name said it since.
      if (whole.decision && !whole.decided_by) whole.decided_by = by;
      return HEAD.map((name) => cell(whole[name])).join(",");
    });
    return `${[HEAD.map(cell).join(","), ...lines].join("\n")}\n`;
  }
  function save() {
    // By the mark in front spreadsheets know UTF-8.
    const address = URL.createObjectURL(new Blob(["\ufeff", csv()], { type: "text/csv;charset=utf-8" }));
    const link = el("a", { href: address, download: "review.csv" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    unsaved = false;
    keep();
  }
  function reviewBar() {
    return el("div", { class: "reviewbar controls", role: "region", "aria-label": "Review" },
      el("label", { for: "by" }, "Your name", person),
      el("button", { type: "button", onclick: save, id: "save" }, "Save CSV"), progress, kept);
  }

  // -- keys ---------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && open) {
      const name = nameOf(open.row);
      close();
      name.focus();
      return;
    }
    if (/^(INPUT|SELECT|TEXTAREA|AUDIO)$/.test(at.tagName)) return;
    const isName = at.classList?.contains("name");
    const done = (() => {
      if (event.key === "/") { filter.search.focus(); return true; }
      if (event.key === "j" || (event.key === "ArrowDown" && isName)) { step(1); return true; }
      if (event.key === "k" || (event.key === "ArrowUp" && isName)) { step(-1); return true; }
      if (!open) return false;
      const free = at === document.body || at === open.row || isName || at.getAttribute("role") === "slider";
      if (event.key === "p" || (event.key === " " && free)) { open.player.toggle(); return true; }
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        open.player.seek(open.player.time + (event.shiftKey ? 5 : 1) * (event.key === "ArrowLeft" ? -1 : 1));
        return true;
      }
      return rows ? byKey(open.song, event.key) : false;
    })();
    if (done) event.preventDefault();
  });
  // A button answers to Space when the key goes up.
  document.addEventListener("keyup", (event) => {
    if (event.key === " " && open && event.target.classList?.contains("name")) event.preventDefault();
  });
  window.addEventListener("beforeunload", (event) => { if (rows && unsaved && !keeps) event.preventDefault(); });
  window.addEventListener("beforeprint", () => { limit = shown.length; draw(); });

  // -- all together -------------------------------------------------------------------

  if (rows) restore();
  main.append(summary(), navigation());
  if (!rows && songs.some((song) => song.verdict !== null)) main.append(matrix());
  main.append(table());
  for (const section of [suspects(), copies(), ...tables(), keys(), rows ? reviewBar() : null]) if (section) main.append(section);
  main.append(el("footer", {}, `Made by skgenre ${data.version}. The page holds all it shows and asks no network.`));
  update();
  tell();
})();
