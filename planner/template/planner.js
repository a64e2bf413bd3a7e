// What the planner's page does in the browser besides Voila: it keeps the address true to the state of the sliders, copies
// and prints, names the sliders for screen readers, and says when the kernel is gone. It asks nothing of any other address.
"use strict";

window.voila_heartbeat = () => {};
window.voila_process = () => {};
window.voila_finish = () => {};

{
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const words = JSON.parse(document.getElementById("words").textContent);
  const notice = document.getElementById("notice");

  const say = (text) => {
    notice.textContent = text;
    notice.hidden = !text;
  };

  // The still answer gives way to the widgets as soon as they stand.
  const settle = (home) => {
    if (!home.querySelector(".widget-place .jupyter-widgets")) return;
    const still = home.querySelector(".until-then");
    if (still) still.remove();
    home.classList.add("alive");
    if (![...document.querySelectorAll(".widget-home")].some((h) => !h.classList.contains("alive"))) {
      document.body.classList.add("alive");
      say("");
    }
  };

  // What stands below the sliders is of the region and target that the page was opened with; when these change it is said.
  const stale = (is) => {
    document.body.classList.toggle("stale", is);
    const below = document.querySelector(".dabiao-later")?.closest(".widget-home");
    if (!is || !below || document.querySelector(".stale-notice")) return;
    const told = document.createElement("p");
    told.className = "notice stale-notice";
    told.setAttribute("role", "status");
    const again = document.createElement("button");
    again.className = "reload";
    again.textContent = words.reopen;
    told.append(words.stale + " ", again);
    below.before(told);
  };

  // The address holds the whole state of the page, so that it can be opened again, shared, or survive a lost kernel.
  let shared = "", opened = "";
  const about = (query) => ["region", "target", "goal"].map((k) => query.get(k)).join();
  const share = () => {
    const link = document.querySelector("[data-share]");
    if (!link || link.dataset.share === shared) return;
    shared = link.dataset.share;
    history.replaceState(null, "", shared);
    const query = new URLSearchParams(shared);
    opened ||= about(query);
    stale(about(query) !== opened);
    for (const a of document.querySelectorAll("nav a, .other-language")) {
      const to = new URL(a.href);
      const next = a.classList.contains("other-language") ? new URLSearchParams(shared) : new URLSearchParams();
      next.set("region", query.get("region"));
      next.set("lang", a.classList.contains("other-language") ? a.lang : query.get("lang"));
      a.href = to.pathname + "?" + next;
    }
  };

  // Sections below the sliders are made one after the other, each when the one before stands, so that a slider never waits long.
  const next = () => {
    if (!document.body.classList.contains("alive")) return;
    const all = [...document.querySelectorAll(".dabiao-later.itself")];
    const made = (one) => one.classList.contains("made");
    if (all.some((one) => one.dataset.asked && !made(one))) return;
    const one = all.find((other) => !other.dataset.asked);
    if (!one || !one.querySelector("button")) return;
    one.dataset.asked = "yes";
    setTimeout(() => leaving || one.querySelector("button").click(), 400);
  };
  let leaving = false; // the front end lets its kernel go as soon as the way to another page is taken
  window.addEventListener("beforeunload", () => (leaving = true));

  // The number of files chosen, which says nothing to a planner, is left off.
  const plain = () => {
    for (const text of [...document.querySelectorAll(".widget-upload")].flatMap((b) => [...b.childNodes])) {
      if (text.nodeType === Node.TEXT_NODE && /\(\d+\)\s*$/.test(text.data)) text.data = text.data.replace(/\s*\(\d+\)\s*$/, "");
    }
  };

  document.getElementById("other-region")?.addEventListener("change", (event) => {
    const to = new URLSearchParams({ region: event.target.value.trim(), lang: document.documentElement.lang.slice(0, 2) });
    location.href = location.pathname + "?" + to;
  });

  // A slider's handle is named by its label, for those who do not see it.
  const name = () => {
    for (const handle of document.querySelectorAll(".noUi-handle:not([aria-label])")) {
      const label = handle.closest(".widget-slider")?.querySelector(".widget-label");
      if (label) {
        handle.setAttribute("aria-label", label.textContent + (label.title ? ": " + label.title : ""));
      }
    }
  };

  // A number typed beyond a slider's range is taken to its end by the slider; here it is said.
  const typed = (event) => {
    const readout = event.target.closest?.(".widget-readout");
    const handle = readout?.closest(".widget-slider")?.querySelector(".noUi-handle");
    if (!handle || (event.type === "keydown" && event.key !== "Enter")) return;
    const [low, high] = ["min", "max"].map((end) => Number.parseFloat(handle.getAttribute(`aria-value${end}`)));
    const number = Number.parseFloat(readout.textContent);
    if (number < low || number > high) say(`${words.beyond} ${low}–${high}`);
    else if (event.type === "keydown") say("");
  };
  document.addEventListener("blur", typed, true);
  document.addEventListener("keydown", typed, true);

  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      document.querySelectorAll(".widget-home:not(.alive)").forEach(settle);
      share();
      name();
      plain();
      next();
    });
  }).observe(document.getElementById("rendered_cells"), { childList: true, subtree: true, attributeFilter: ["data-share", "class"] });

  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-do]")?.dataset.do;
    if (asked === "print") window.print();
    if (asked === "copy") {
      const address = new URL(document.querySelector("[data-share]").dataset.share, location.href).href;
      navigator.clipboard.writeText(address).then(() => say(words.copied), () => say(address));
    }
    if (event.target.closest(".reload")) location.reload();
  });

  if (!document.querySelector(".widget-home")) {
    say("");
  }

  // A page that is left lets its kernel go at once.
  window.addEventListener("pagehide", (event) => {
    if (!event.persisted) navigator.sendBeacon(`/voila/api/shutdown/${config.kernelId}`);
  });

  // Whether the kernel still lives; a page whose kernel is gone says so and can be opened again as it was.
  const look = async () => {
    if (document.visibilityState !== "visible" || !document.body.classList.contains("alive")) return;
    const found = await fetch(`/api/kernels/${config.kernelId}`, { credentials: "same-origin" }).catch(() => null);
    if (found && found.ok) return;
    say(words.lost + " ");
    const again = document.createElement("button");
    again.className = "reload";
    again.textContent = words.reload;
    notice.append(again);
    notice.classList.add("lost");
    clearInterval(looking);
  };
  const looking = setInterval(look, 8000);
}
