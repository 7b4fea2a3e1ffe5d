// The one-page form that works without a network, and the list of what waits on this device. Loaded after outbox.js.

const SAVE_AFTER_MS = 400;

/** Fields and files of a form as the outbox keeps them. */
function readForm(form) {
  const fields = {}, files = [];
  for (const [name, value] of new FormData(form)) {
    if (value instanceof File) {
      if (value.size) files.push({ field: name, name: value.name, content: value });
    } else if (name !== "csrf" && value !== "") (fields[name] ||= []).push(value);
  }
  return { fields, files };
}

customElements.define("kaiteki-outbox", class extends HTMLElement {
  async connectedCallback() {
    this.form = this.querySelector("form");
    this.list = this.querySelector("[data-list]");
    this.words = JSON.parse(this.dataset.words);
    this.status = this.querySelector("[data-status]");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); this.keep(); });
    this.form.addEventListener("input", (event) => { this.forgetAsset(event.target.name); this.saveSoon(); });
    this.form.addEventListener("change", () => { this.showQuestions(); this.saveSoon(); });
    this.querySelector("[data-forget]").addEventListener("click", () => this.forget());
    this.showQuestions();
    navigator.serviceWorker?.addEventListener("message", () => this.show());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.save(); });
    await this.open();
    await this.show();
    this.send(false);
  }

  /** Continue the entry that the address names, else what was being written when the page was closed. */
  async open() {
    const asked = new URL(location.href).searchParams.get("entry");
    const entries = await outbox.all(this.dataset.area);
    const entry = entries.find((one) => one.key === asked && one.state === "draft") || entries.find((one) => one.state === "draft");
    if (entry) this.fill(entry);
    else this.start();
  }

  start(fields = {}) {
    this.fill({ key: crypto.randomUUID(), fields, files: [] });
  }

  fill(entry) {
    this.key = entry.key;
    this.touched = false;
    this.extra = Object.fromEntries(Object.entries(entry.fields).filter(([name]) => !this.form.elements[name]));
    this.form.reset();
    this.form.querySelectorAll("fieldset[data-for]").forEach((questions) => { questions.disabled = false; });
    for (const [name, values] of Object.entries(entry.fields)) {
      for (const field of [this.form.elements[name] || []].flatMap((found) => found instanceof RadioNodeList ? [...found] : [found])) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
        else if (field.type !== "file") field.value = values[0];
      }
    }
    const photos = this.querySelector("kaiteki-photos");
    photos.put(entry.files.map((file) => new File([file.content], file.name, { type: file.content.type })));
    this.showQuestions();
  }

  /** Only the questions of the chosen kind are asked and sent. */
  showQuestions() {
    this.form.querySelectorAll("fieldset[data-for]").forEach((questions) => {
      const meant = questions.dataset.for === this.form.elements.category.value;
      questions.hidden = questions.disabled = !meant;
    });
  }

  /** Another kind or place means another thing than the one that was picked before. */
  forgetAsset(name) {
    if (name === "category" || name.startsWith("place_")) delete this.extra.asset;
    if (name === "category") delete this.extra.theme;
  }

  saveSoon() {
    this.touched = true;
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  entry(state) {
    const { fields, files } = readForm(this.form);
    const kind = this.form.elements.category.selectedOptions[0];
    const title = [kind.value ? kind.textContent : "", (fields.place_address || [""])[0]].filter(Boolean).join("　");
    return {
      key: this.key, area: this.dataset.area, address: this.dataset.address, title, state,
      fields: { ...this.extra, ...fields }, files, at: Date.now(),
    };
  }

  /** What is half written stays on this device when the page is closed. */
  async save() {
    clearTimeout(this.saving);
    if (!this.touched) return;
    this.touched = false;
    const entry = this.entry("draft");
    await this.try(() => outbox.put(entry));
  }

  async forget() {
    clearTimeout(this.saving);
    await outbox.drop(this.key);
    this.start();
    this.say(this.words.forgotten);
    await this.show();
  }

  async keep() {
    clearTimeout(this.saving);
    this.touched = false;
    const entry = this.entry("waiting");
    if (!(await this.try(() => outbox.put(entry)))) return;
    const place = ["place_address", "place_lat", "place_lon"].filter((name) => entry.fields[name]);
    this.start(Object.fromEntries(place.map((name) => [name, entry.fields[name]])));
    this.say(this.words.kept);
    await this.show();
    this.list.scrollIntoView({ block: "nearest" });
    this.list.focus();
    await this.send(false);
  }

  async try(work) {
    try {
      await work();
      return true;
    } catch (unkept) {
      console.warn("the device keeps nothing", unkept);
      this.say(this.words.unkept);
      return false;
    }
  }

  /** The service worker sends where there is one, so that closing the page stops nothing; else the page does. */
  async send(now) {
    const worker = (await navigator.serviceWorker?.getRegistration())?.active;
    if (worker) worker.postMessage({ send: now ? "now" : "due", sync: true });
    else { await outbox.sendAll(this.dataset.area, now); await this.show(); }
  }

  say(text) { this.status.textContent = text; }

  async show() {
    const entries = (await outbox.all(this.dataset.area)).filter((entry) => entry.key !== this.key);
    this.list.hidden = !entries.length;
    if (entries.length && entries.every((entry) => entry.state === "arrived")) this.say("");
    const rows = entries.map((entry) => this.row(entry));
    const held = this.list.contains(document.activeElement) && document.activeElement.dataset.of;
    this.list.querySelector("ul").replaceChildren(...rows);
    if (held) (this.list.querySelector(`[data-of="${CSS.escape(held)}"]`) || this.list).focus();
  }

  row(entry) {
    const row = this.querySelector("template").content.cloneNode(true).firstElementChild;
    const part = (name) => row.querySelector(`[data-part="${name}"]`);
    const [words, colour] = this.words.states[entry.state];
    part("state").textContent = words;
    part("state").classList.add(colour);
    part("title").textContent = entry.title || this.words.untitled;
    part("said").textContent = [...(entry.words || []), entry.state === "waiting" && entry.tried ? this.words.again : ""].filter(Boolean).join(" ");
    part("photos").textContent = entry.files.length ? this.words.photos[entry.files.length === 1 ? 0 : 1].replace("{n}", entry.files.length) : "";
    part("at").dateTime = new Date(entry.at).toISOString();
    part("at").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
    const seen = part("see");
    if (entry.state === "arrived") { seen.href = `/${entry.area}/${entry.path}`; seen.textContent = entry.number; } else seen.remove();
    const possible = { edit: ["draft", "waiting", "refused"], send: ["waiting"], drop: ["draft", "waiting", "refused", "late", "arrived"] };
    for (const [name, states] of Object.entries(possible)) {
      const button = row.querySelector(`[data-do="${name}"]`);
      button.dataset.of = `${name} ${entry.key}`;
      if (!states.includes(entry.state)) button.remove();
      else button.addEventListener("click", () => this[`do_${name}`](entry, button));
    }
    return row;
  }

  async do_edit(entry) {
    await this.save();
    const now = await outbox.get(entry.key);
    if (!now || !["draft", "waiting", "refused"].includes(now.state)) return this.show();
    await outbox.put({ ...now, state: "draft" });
    const meanwhile = this.save();
    this.fill(now);
    await meanwhile;
    await this.show();
    this.form.elements.category.focus();
  }

  do_send() { this.say(this.words.sending); return this.send(true); }

  /** What somebody wrote is thrown away on the second press only. */
  async do_drop(entry, button) {
    if (["draft", "waiting", "refused"].includes(entry.state) && !button.dataset.asked) {
      button.dataset.asked = "yes";
      button.textContent = this.words.really;
      return;
    }
    await outbox.drop(entry.key);
    await this.show();
  }
});
