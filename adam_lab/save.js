// Buttons that save the picture. The page that asks is the one that gets the file.

const page = Math.random();

export default {
  initialize({ model }) {
    model.on("msg:custom", (told, [data]) => {
      if (told.page !== page) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([data]));
      link.download = told.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      model.set("said", `${told.name} is in your downloads`);
    });
  },

  render({ model, el }) {
    el.classList.add("adam-save", "widget-inline-hbox");
    el.append("save");
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    for (const format of model.get("formats")) {
      const button = document.createElement("button");
      button.className = "jupyter-button";
      button.textContent = format;
      button.title = `Save the picture as ${format}, in the browser's downloads`;
      button.setAttribute("aria-label", `Save as ${format}`);
      button.onclick = () => {
        model.set("said", "…");
        model.send({ format, page });
      };
      el.append(button);
    }
    el.append(said);
    let later;
    model.on("change:said", () => {
      said.textContent = model.get("said");
      clearTimeout(later);
      if (said.textContent.length > 1) later = setTimeout(() => said.replaceChildren(), 5000);
    });
  },
};
