// A page that stays true while it is open: hears over a stream of server-sent events that it would show something else now, and takes
// the parts marked data-live anew from the page itself. Where no stream can be had (a proxy, too many of them) it asks from time to
// time. Nothing is heard while the page is hidden. Without this script a page that is opened again shows the same.
const LATE_MS = 15000;
const SILENT_MS = 12000;

customElements.define("kaiteki-live", class extends HTMLElement {
  connectedCallback() {
    this.version = this.dataset.version;
    this.every = Number(this.dataset.every);
    this.heard = this.asked = Date.now();
    this.shown = () => (document.hidden ? this.close() : this.open());
    document.addEventListener("visibilitychange", this.shown);
    this.addEventListener("focusout", () => setTimeout(() => this.owed && this.renew()));
    this.timer = setInterval(() => this.look(), Math.min(this.every, 2000));
    if (!document.hidden) this.open();
  }
  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.shown);
    this.close();
  }
  open() {
    this.close();
    if (!this.dataset.stream) return;
    const address = new URL(this.dataset.stream, location.href);
    address.searchParams.set("version", this.version);
    this.stream = new EventSource(address);
    this.stream.addEventListener("here", () => this.hear());
    this.stream.addEventListener("changed", (event) => {
      this.hear();
      if (JSON.parse(event.data).version !== this.version) this.renewSoon();
    });
  }
  close() {
    this.stream?.close();
    this.stream = null;
    this.streamed = 0;
  }
  hear() {
    this.heard = this.streamed = Date.now();
    this.sayLate();
  }
  sayLate() {
    for (const one of this.querySelectorAll("[data-late]")) one.hidden = Date.now() - this.heard < LATE_MS;
  }
  /** What is owed is taken up; where the stream is silent, it is asked instead. */
  async look() {
    if (document.hidden || this.busy) return;
    if (this.owed) await this.renew();
    const now = Date.now();
    if (now - (this.streamed || 0) < SILENT_MS || now - this.asked < this.every) return this.sayLate();
    this.asked = now;
    this.busy = true;
    try {
      if (!this.dataset.now) this.owed = true;
      else if ((await (await this.fetch(this.dataset.now)).json()).version !== this.version) this.owed = true;
      else this.heard = Date.now();
    } catch (unreached) {
      console.warn("the page is not reached", unreached);
    } finally {
      this.busy = false;
    }
    if (this.owed) await this.renew();
    this.sayLate();
  }
  async fetch(address, headers = {}) {
    const answer = await fetch(address, { cache: "no-store", headers, signal: AbortSignal.timeout(LATE_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  }
  /** Many who hear the same at once do not all come in the same moment. */
  renewSoon() {
    this.owed = true;
    setTimeout(() => this.renew(), Math.random() * Number(this.dataset.spread || 0));
  }
  isHeld() {
    const active = document.activeElement;
    return Boolean(active && active.matches("button, input, select, textarea") && this.contains(active) && active.closest("[data-live]"));
  }
  async renew() {
    if (this.busy || this.isHeld()) return;
    this.busy = true;
    this.owed = false;
    try {
      const answer = await this.fetch(location.href, { "Kaiteki-Fragment": "main" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("kaiteki-live");
      if (!fresh) throw new Error("the page has no live part any more");
      this.put(page);
      this.version = fresh.dataset.version;
      this.heard = Date.now();
      this.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
    } catch (unreached) {
      console.warn("the page is not read anew", unreached);
      this.owed = true;
    } finally {
      this.busy = false;
    }
  }
  /** Only what differs is touched, so that nothing is said twice and nothing jumps. */
  put(page) {
    for (const old of this.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
      if (!fresh || fresh.isEqualNode(old)) continue;
      const open = [...old.querySelectorAll("details")].map((one) => one.open);
      old.replaceChildren(...[...fresh.childNodes].map((one) => document.importNode(one, true)));
      old.querySelectorAll("details").forEach((one, at) => { one.open = open[at] ?? one.open; });
    }
  }
});
