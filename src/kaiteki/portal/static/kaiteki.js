// What the pages do beyond HTML. Every task works without this file.

/** A file field shows the chosen pictures. */
customElements.define("kaiteki-photos", class extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    const thumbs = document.createElement("div");
    thumbs.className = "thumbs";
    this.append(thumbs);
    input.addEventListener("change", () => {
      thumbs.replaceChildren(...[...input.files].filter((file) => file.type.startsWith("image/")).map((file) => {
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        image.onload = () => URL.revokeObjectURL(image.src);
        return image;
      }));
    });
  }
});

const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

// One press, one form: a second press while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-busy", "true"));
});
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"));
  });
});

// A menu closes with Escape and gives the focus back.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
