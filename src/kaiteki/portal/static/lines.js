// The lines at the counters: asks how they stand and takes the live parts of the page anew when they changed; says new calls aloud where
// somebody switched that on. Everything works without it: a page that is opened again shows the same.
const LATE_MS = 15000;

customElements.define("kaiteki-line", class extends HTMLElement {
  connectedCallback() {
    this.version = this.dataset.version;
    this.heard = Date.now();
    this.said = new Set([...this.querySelectorAll("[data-call]")].map((one) => one.dataset.call));
    this.addEventListener("click", (event) => this.pressed(event));
    this.timer = setInterval(() => this.look(), Number(this.dataset.every));
    document.addEventListener("visibilitychange", () => this.look());
    const voice = this.querySelector("[data-voice]");
    if (voice && "speechSynthesis" in window) voice.hidden = false;
    for (const one of this.querySelectorAll("[data-scripted]")) one.hidden = false;
  }
  disconnectedCallback() { clearInterval(this.timer); }
  async look() {
    if (document.hidden || this.busy) return;
    this.busy = true;
    try {
      const told = await fetch(this.dataset.now, { cache: "no-store", signal: AbortSignal.timeout(LATE_MS) });
      if (!told.ok) throw new Error(String(told.status));
      const now = await told.json();
      if (now.version !== this.version && !this.isHeld()) await this.renew(now.version);
      this.heard = Date.now();
    } catch (unreached) {
      console.warn("the lines are not reached", unreached);
    } finally {
      this.busy = false;
      for (const one of this.querySelectorAll("[data-late]")) one.hidden = Date.now() - this.heard < LATE_MS;
    }
  }
  isHeld() {
    const active = document.activeElement;
    return Boolean(active && active.matches("button, input, select") && active.closest("[data-live]"));
  }
  async renew(version) {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(LATE_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of this.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
      if (fresh) old.replaceChildren(...[...fresh.childNodes].map((one) => document.importNode(one, true)));
    }
    this.version = version;
    this.announce();
  }
  announce() {
    for (const one of this.querySelectorAll("[data-call]")) {
      if (this.said.has(one.dataset.call)) continue;
      this.said.add(one.dataset.call);
      if (!this.speaks) continue;
      for (const text of one.querySelectorAll("[data-say]")) {
        const spoken = new SpeechSynthesisUtterance(text.dataset.say);
        spoken.lang = text.lang;
        speechSynthesis.speak(spoken);
      }
    }
  }
  pressed(event) {
    if (event.target.closest("[data-print]")) window.print();
    const full = event.target.closest("[data-full]");
    if (full) this.requestFullscreen?.();
    const voice = event.target.closest("[data-voice]");
    if (!voice) return;
    this.speaks = !this.speaks;
    voice.setAttribute("aria-pressed", String(this.speaks));
    if (!this.speaks) speechSynthesis.cancel();
  }
});
