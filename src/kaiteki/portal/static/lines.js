// The calling display and the kiosk: says new calls aloud where somebody switched that on, shows the display on the whole screen, prints
// a number. What the page shows is kept true by kaiteki-live within it.
customElements.define("kaiteki-line", class extends HTMLElement {
  connectedCallback() {
    this.said = new Set([...this.querySelectorAll("[data-call]")].map((one) => one.dataset.call));
    this.addEventListener("click", (event) => this.pressed(event));
    this.addEventListener("renewed", () => this.announce());
    const voice = this.querySelector("[data-voice]");
    if (voice && "speechSynthesis" in window) voice.hidden = false;
    for (const one of this.querySelectorAll("[data-scripted]")) one.hidden = false;
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
