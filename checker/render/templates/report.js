"use strict";
// Filters of a report. Everything is there without this script; it only hides, shows, opens and counts.
(() => {
  const filters = document.getElementById("filters");
  const findings = [...document.querySelectorAll(".finding")];
  const groups = [...document.querySelectorAll(".group")].reverse(); // from the innermost out
  const boxes = [...filters.querySelectorAll("input[name]")];
  const search = document.getElementById("search");
  const listed = document.getElementById("listed");
  const printing = document.getElementById("printing");
  const names = ["verdict", "modality", "pack"];

  function apply() {
    const wanted = Object.fromEntries(names.map((name) => [name, new Set()]));
    for (const box of boxes) if (box.checked) wanted[box.name].add(box.value);
    const words = search.value.trim().toLowerCase();
    let shown = 0;
    for (const finding of findings) {
      const fits = names.every((name) => wanted[name].has(finding.dataset[name]))
        && (!words || finding.textContent.toLowerCase().includes(words));
      finding.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of groups) group.hidden = !group.querySelector(".finding:not([hidden])");
    listed.textContent = listed.dataset.words.replace("{shown}", shown).replace("{all}", findings.length);
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.classList.contains("finding")) return;
    if (target.hidden) reset();
    target.open = true;
    target.scrollIntoView();
  }

  function reset() {
    for (const box of boxes) box.checked = true;
    search.value = "";
    apply();
  }

  function openAll(open) {
    for (const finding of findings) if (!finding.hidden) finding.open = open;
  }

  let opened = [];
  window.addEventListener("beforeprint", () => {
    if (!printing.checked) return;
    opened = findings.filter((finding) => !finding.hidden && !finding.open);
    for (const finding of opened) finding.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const finding of opened) finding.open = false;
    opened = [];
  });

  for (const box of boxes) box.addEventListener("change", apply);
  search.addEventListener("input", apply);
  document.getElementById("reset").addEventListener("click", reset);
  document.getElementById("open").addEventListener("click", () => openAll(true));
  document.getElementById("close").addEventListener("click", () => openAll(false));
  window.addEventListener("hashchange", reveal);
  filters.hidden = false;
  apply();
  reveal();
})();
