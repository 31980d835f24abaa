// Buttons, menus and fields: what a person can press or fill in, and what it holds.
import { h } from "./dom.js";
import { mrkdwn, plain } from "./mrkdwn.js";

export function control(item, block, context) {
  const held = context.values?.[block.block_id]?.[item.action_id];
  const draw = CONTROLS[item.type] ?? typed;
  const node = draw(item, block, context, held);
  node.dataset.actionId = item.action_id;
  node.dataset.block = block.block_id;
  node.dataset.kind = item.type;
  const live = block.type !== "input" || block.dispatch_action;
  if (item.type !== "button" && live) {
    node.addEventListener("change", () => context.press(item, block, valueOf(node)));
  }
  return node;
}

// What a control drawn here holds, as /_control/act/* takes it.
export function valueOf(node) {
  const checked = [...node.querySelectorAll("input:checked")].map((box) => box.value);
  if (node.dataset.kind === "checkboxes") return checked;
  if (node.dataset.kind === "radio_buttons") return checked[0] ?? null;
  if (node.multiple) return [...node.selectedOptions].map((option) => option.value);
  if (node.dataset.kind === "datetimepicker") {
    return node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null;
  }
  return node.value || null;
}

export function valuesIn(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-kind]")) {
    if (["button", "overflow", "icon_button"].includes(node.dataset.kind)) continue;
    (values[node.dataset.block] ??= {})[node.dataset.actionId] = valueOf(node);
  }
  return values;
}

const label = (item, block) =>
  block.type === "input" ? { id: `in-${block.block_id}` }
    : { "aria-label": item.placeholder?.text ?? item.action_id };

function button(item, block, context) {
  const attributes = {
    type: "button", class: item.style, value: item.value,
    "aria-label": item.accessibility_label,
    onclick: () => {
      if (item.url) window.open(item.url, "_blank", "noreferrer");
      context.press(item, block);
    },
  };
  return h("button", attributes, plain(item.text.text));
}

function menu(choices, several) {
  return (item, block, context, held) => {
    const groups = item.option_groups ?? [{ options: choices(item, context) }];
    const chosen = new Set(chosenIn(held) ?? initial(item));
    const options = ({ options }) => options.map((option) =>
      h("option", { value: option.value, selected: chosen.has(option.value) },
        option.text.text));
    const listed = groups.map((group) =>
      group.label ? h("optgroup", { label: group.label.text }, options(group)) : options(group));
    const empty = several ? null : h("option", { value: "" }, item.placeholder?.text ?? "Choose…");
    return h("select", { ...label(item, block), multiple: several }, empty, ...listed.flat());
  };
}

function chosenIn(held) {
  if (!held) return null;
  const found = Object.entries(held).find(([name]) => name.startsWith("selected"))?.[1];
  return [found].flat().filter(Boolean).map((one) => one.value ?? one);
}

function initial(item) {
  const names = Object.keys(item).filter((name) => name.startsWith("initial_"));
  return names.flatMap((name) => item[name]).map((one) => one.value ?? one);
}

const own = (item) => item.options ?? [];
const ids = (mark) => (item, { names }) =>
  Object.entries(names).filter(([id]) => id.startsWith(mark))
    .map(([id, name]) => ({ value: id, text: { text: name } }));

function boxes(type) {
  return (item, block, context, held) => {
    const chosen = new Set(chosenIn(held) ?? initial(item));
    const name = `${block.block_id}-${item.action_id}`;
    return h("fieldset", { ...label(item, block) }, item.options.map((option) =>
      h("label", { class: "choice" },
        h("input", { type, name, value: option.value, checked: chosen.has(option.value) }),
        h("span", {},
          words(option.text, context),
          option.description
            && h("span", { class: "quiet" }, " ", words(option.description, context))))));
  };
}

const words = (object, { names }) =>
  object.type === "mrkdwn" ? mrkdwn(object.text, names) : plain(object.text);

const HTML = {
  datepicker: "date", timepicker: "time", datetimepicker: "datetime-local",
  number_input: "number", email_text_input: "email", url_text_input: "url",
};

function typed(item, block, context, held) {
  const start = held?.value ?? chosenIn(held)?.[0] ?? initial(item)[0] ?? "";
  const attributes = {
    ...label(item, block), placeholder: item.placeholder?.text,
    maxlength: item.max_length, min: item.min_value, max: item.max_value,
    step: item.is_decimal_allowed ? "any" : undefined,
  };
  const node = item.multiline
    ? h("textarea", { ...attributes, rows: 3 })
    : h("input", { ...attributes, type: HTML[item.type] ?? "text" });
  node.value = item.type === "datetimepicker" && start
    ? new Date(start * 1000).toISOString().slice(0, 16) : start;
  return node;
}

const CONTROLS = {
  button,
  static_select: menu(own, false), multi_static_select: menu(own, true),
  overflow: menu(own, false), users_select: menu(ids("U"), false),
  multi_users_select: menu(ids("U"), true), channels_select: menu(ids("C"), false),
  multi_channels_select: menu(ids("C"), true), conversations_select: menu(ids("C"), false),
  multi_conversations_select: menu(ids("C"), true),
  checkboxes: boxes("checkbox"), radio_buttons: boxes("radio"),
};
