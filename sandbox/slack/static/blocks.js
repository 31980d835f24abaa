// Block Kit as elements. `context` = {names, press(element, block, value), values, errors}.
import { h } from "./dom.js";
import { control } from "./controls.js";
import { date, emoji, link, mention, mrkdwn, plain } from "./mrkdwn.js";

export function blocks(list, context) {
  return list.map((block) => {
    const draw = BLOCKS[block.type] ?? unknown;
    const node = draw(block, context);
    node.dataset.blockId = block.block_id ?? "";
    node.classList.add("block", `block-${block.type.replaceAll("_", "-")}`);
    return node;
  });
}

export function text(object, names) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : plain(object.text);
}

const unknown = (block) => h("p", {}, `[${block.type}]`);

const BLOCKS = {
  section: (block, context) =>
    h("div", {},
      h("div", { class: "body" },
        block.text && h("div", { class: "text" }, text(block.text, context.names)),
        block.fields && h("div", { class: "fields" },
          block.fields.map((field) => h("div", { class: "text" }, text(field, context.names))))),
      block.accessory && h("div", { class: "accessory" },
        element(block.accessory, block, context))),
  header: (block) => h("h3", {}, plain(block.text.text)),
  divider: () => h("hr"),
  context: (block, context) =>
    h("div", {}, block.elements.map((item) =>
      item.type === "image" ? picture(item) : h("span", {}, text(item, context.names)))),
  actions: (block, context) =>
    h("div", {}, block.elements.map((item) => element(item, block, context))),
  image: (block) =>
    h("figure", {}, picture(block),
      block.title && h("figcaption", {}, plain(block.title.text))),
  input: (block, context) => {
    const error = context.errors?.[block.block_id];
    return h("div", { class: error ? "invalid" : "" },
      h("label", { for: `in-${block.block_id}` }, plain(block.label.text),
        block.optional && h("span", { class: "quiet" }, " (optional)")),
      control(block.element, block, context),
      block.hint && h("p", { class: "quiet" }, plain(block.hint.text)),
      error && h("p", { class: "error", role: "alert" }, error));
  },
  markdown: (block) => h("div", { class: "text" }, markdown(block.text)),
  table: (block, context) => table(block, context),
  plan: (block, context) =>
    h("section", { "aria-label": "Plan" },
      h("h4", {}, plain(block.title)),
      h("ol", {}, (block.tasks ?? []).map((item) => task(item, "li", context)))),
  task_card: (block, context) => task(block, "div", context),
  rich_text: (block, context) => h("div", { class: "text" }, rich(block.elements, context)),
  alert: (block, context) =>
    h("div", { role: "note", class: block.level ?? "default" }, text(block.text, context.names)),
  context_actions: (block, context) =>
    h("div", {}, block.elements.map((item) => element(item, block, context))),
};

function element(item, block, context) {
  return item.type === "image" ? picture(item) : control(item, block, context);
}

function picture(item) {
  const file = item.slack_file;
  const src = item.image_url ?? file?.url ?? (file && `/files/${file.id}`);
  return h("img", { src, alt: item.alt_text });
}

const STATUS = {
  pending: ["○", "to do"], in_progress: ["◐", "in progress"],
  complete: ["✓", "done"], error: ["✕", "failed"],
};

function task(item, tag, context) {
  const [icon, words] = STATUS[item.status];
  return h(tag, { class: "task", "data-task-id": item.task_id, "data-status": item.status },
    h("span", { class: "icon", "aria-hidden": "true" }, icon),
    h("div", {},
      h("span", { class: "name" }, plain(item.title)),
      h("span", { class: "quiet" }, ` ${words}`),
      item.details && h("div", { class: "text" }, rich(item.details.elements, context)),
      item.output && h("div", { class: "text output" }, rich(item.output.elements, context)),
      item.sources?.length && h("p", { class: "quiet" },
        item.sources.flatMap((source) => [link(source.url, source.text), " "]))));
}

function table(block, context) {
  const settings = block.column_settings ?? [];
  const cell = (tag) => (value, column) =>
    h(tag, { class: settings[column]?.align ?? "left" },
      value.type === "rich_text" ? rich(value.elements, context) : value.text ?? `${value.value}`);
  const [head, ...rows] = block.rows;
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", {},
      h("thead", {}, h("tr", {}, head.map(cell("th")))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell("td")))))));
}

function rich(parts, context) {
  const run = (part) => (part.elements ?? []).map((item) => leaf(item, context));
  return parts.map((part) => {
    if (part.type === "rich_text_list") {
      return h(part.style === "ordered" ? "ol" : "ul", {},
        part.elements.map((item) => h("li", {}, run(item))));
    }
    const tags = { rich_text_preformatted: "pre", rich_text_quote: "blockquote" };
    return h(tags[part.type] ?? "div", {}, run(part));
  });
}

function leaf(item, { names }) {
  let node = {
    text: () => item.text, link: () => link(item.url, item.text), emoji: () => emoji(item.name),
    user: () => mention("@", names[item.user_id] ?? item.user_id),
    channel: () => mention("#", names[item.channel_id] ?? item.channel_id),
    usergroup: () => mention("@", item.usergroup_id), broadcast: () => mention("@", item.range),
    date: () => date(item.timestamp, item.format, item.url, item.fallback),
    color: () => item.value,
  }[item.type]();
  const style = item.style ?? {};
  if (style.code) node = h("code", {}, node);
  if (style.bold) node = h("strong", {}, node);
  if (style.italic) node = h("em", {}, node);
  if (style.strike) node = h("s", {}, node);
  return node;
}

function markdown(source) {
  return source.split(/(```[\s\S]*?```)/).flatMap((part) => {
    if (part.startsWith("```")) return [h("pre", {}, part.replace(/^```\w*\n?|\n?```$/g, ""))];
    return part.split("\n").map((line) => {
      const heading = line.match(/^#{1,6} (.*)/);
      if (heading) return h("h4", {}, spans(heading[1]));
      const item = line.match(/^\s*[-*] (.*)/);
      return h("div", item ? { class: "item" } : {}, spans(item ? item[1] : line));
    });
  });
}

function spans(line) {
  return line.split(/(\*\*[^*]+\*\*|`[^`]+`|\*[^*]+\*|_[^_]+_|\[[^\]]+\]\([^)]+\))/).map((part) => {
    if (/^\*\*.+\*\*$/.test(part)) return h("strong", {}, part.slice(2, -2));
    if (/^`.+`$/.test(part)) return h("code", {}, part.slice(1, -1));
    if (/^([*_]).+\1$/.test(part)) return h("em", {}, part.slice(1, -1));
    const found = part.match(/^\[(.+)\]\((https?:.+)\)$/);
    return found ? link(found[2], found[1]) : part;
  });
}
