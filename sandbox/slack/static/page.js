// The page: fetch what this person sees, draw what changed, send what they do.
import { blocks, text } from "./blocks.js";
import { valuesIn } from "./controls.js";
import { h, post } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);
const here = new URL(location.href);
let user = here.searchParams.get("user") ?? localStorage.getItem("filmops-person") ?? "";
let channel = here.searchParams.get("channel") ?? "";
let state = null;
let names = {};
let atHome = false;
let waiting = new AbortController();
const drawn = new Map(); // ts → {key, node}: a message is drawn again only when it changed
const folded = new Set(); // threads somebody closed

async function follow() {
  let since = -1;
  for (;;) {
    try {
      const query = new URLSearchParams({ user, since });
      const answer = await fetch(`/_page/state?${query}`, { signal: waiting.signal });
      state = await answer.json();
      since = state.version;
      draw();
    } catch (error) {
      if (error.name === "AbortError") {
        waiting = new AbortController();
        since = -1;
      } else {
        $("link").textContent = "workspace gone";
        await new Promise((done) => setTimeout(done, 1000));
        since = -1;
      }
    }
  }
}

function draw() {
  user = state.user;
  names = Object.fromEntries([...state.people, ...state.channels].map((one) => [one.id, one.name]));
  channel = state.channels.find((one) => one.name === channel)?.name ?? state.channels[0].name;
  $("link").textContent = state.connected ? "bot connected" : "no socket";
  drawPeople();
  drawChannels();
  $("title").textContent = atHome ? "FilmOps" : `# ${channel}`;
  $("messages").hidden = $("form").hidden = atHome;
  $("home").hidden = !atHome;
  drawMessages();
  drawHome();
  drawModal();
}

function drawPeople() {
  const people = state.people.filter((person) => person.id !== state.bot);
  if ($("person").options.length !== people.length) {
    $("person").replaceChildren(...people.map((person) =>
      h("option", { value: person.id }, person.real_name)));
  }
  $("person").value = user;
}

function drawChannels() {
  const list = $("channels");
  if (list.children.length !== state.channels.length) {
    list.replaceChildren(...state.channels.map((one) =>
      h("li", {}, h("button", {
        type: "button", class: "tab", "data-channel": one.name, onclick: () => go(one.name),
      }, `# ${one.name}`))));
  }
  for (const tab of list.querySelectorAll("[data-channel]")) {
    tab.setAttribute("aria-current", !atHome && tab.dataset.channel === channel);
  }
  $("home-tab").setAttribute("aria-current", atHome);
}

function go(name) {
  channel = name;
  atHome = false;
  drawn.clear();
  following = true;
  $("messages").replaceChildren();
  draw();
  $("compose").focus();
}

function drawMessages() {
  const box = $("messages");
  const id = state.channels.find((one) => one.name === channel).id;
  const mine = state.messages.filter((message) => message.channel === id);
  const parents = new Set(mine.filter((one) => !isReply(one)).map((one) => one.ts));
  const wanted = mine.filter((one) => !isReply(one) || !parents.has(one.thread_ts));
  const nodes = wanted.map((message) => {
    const replies = mine.filter((one) => isReply(one) && one.thread_ts === message.ts);
    return keyed(message, replies);
  });
  for (const ts of drawn.keys()) {
    if (!wanted.some((message) => message.ts === ts)) drawn.delete(ts);
  }
  nodes.forEach((node, index) => {
    if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null);
  });
  while (box.children.length > nodes.length) box.lastChild.remove();
  if (!nodes.length) box.append(h("p", { class: "quiet" }, "Nothing here yet. Try /filmops help"));
  keepInSight();
}

let following = true; // whether the newest message is kept in sight
$("messages").addEventListener("scroll", () => {
  const box = $("messages");
  following = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
});
$("messages").addEventListener("load", keepInSight, true); // a picture takes room when it comes

function keepInSight() {
  if (following) $("messages").scrollTop = $("messages").scrollHeight;
}

const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;

function keyed(message, replies) {
  const key = JSON.stringify([message, replies]);
  const before = drawn.get(message.ts);
  if (before?.key === key) return before.node;
  const node = drawMessage(message);
  if (replies.length) node.querySelector(".content").append(thread(message, replies));
  drawn.set(message.ts, { key, node });
  before?.node.replaceWith(node);
  return node;
}

function thread(message, replies) {
  const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  const toggle = (event) => folded[event.target.open ? "delete" : "add"](message.ts);
  return h("details", { class: "thread", open: !folded.has(message.ts), ontoggle: toggle },
    h("summary", {}, count), replies.map(drawMessage));
}

function drawMessage(message) {
  const bot = message.user === state.bot;
  const at = new Date(Number(message.ts) * 1000);
  const context = {
    names,
    press: (item, block, value) => press(item, {
      channel: message.channel, ts: message.ts, action_id: item.action_id,
      block_id: block.block_id, value,
    }),
  };
  const person = state.people.find((one) => one.id === message.user);
  const name = bot ? "FilmOps" : person?.real_name ?? message.user;
  return h("article",
    { class: message.ephemeral ? "message ephemeral" : "message", "data-ts": message.ts,
      "aria-label": `${name}: ${message.text}` },
    h("span", { class: bot ? "face bot" : "face", "aria-hidden": "true" }, name[0]),
    h("div", { class: "content" },
      message.ephemeral && h("p", { class: "quiet only" }, "Only visible to you"),
      h("p", { class: "by" }, h("strong", {}, name), bot && h("span", { class: "app" }, "APP"),
        h("time", { datetime: at.toISOString() },
          at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })),
        message.edited && h("span", { class: "quiet edited" }, "(edited)")),
      message.blocks
        ? h("div", { class: "blocks" }, blocks(message.blocks, context))
        : message.text && h("div", { class: "text" }, mrkdwn(message.text, names)),
      (message.files ?? []).map(drawFile)));
}

function drawFile(file) {
  const caption = h("figcaption", {}, h("a", { href: file.permalink }, file.title));
  return file.mimetype.startsWith("image/")
    ? h("figure", {}, h("img", { src: `/files/${file.id}`, alt: file.alt_txt }), caption)
    : h("figure", { class: "file" }, caption, h("span", { class: "quiet" }, `${file.size} bytes`));
}

function drawHome() {
  const box = $("home");
  const key = state.home ? state.home.hash + state.home.id : "none";
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  const context = {
    names, values: state.home?.state.values,
    press: (item, block, value) => press(item, {
      home: true, action_id: item.action_id, block_id: block.block_id, value,
    }),
  };
  box.replaceChildren(state.home
    ? h("div", { class: "blocks" }, blocks(state.home.blocks, context))
    : h("p", { class: "quiet" }, "FilmOps has published nothing here yet."));
}

function drawModal() {
  const modal = state.modal;
  const box = $("modal");
  if (!modal) {
    box.dataset.key = "";
    if (box.open) box.close();
    return;
  }
  const key = JSON.stringify([modal.id, modal.hash, modal.errors]);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.dataset.viewId = modal.id;
  $("modal-title").textContent = modal.title.text;
  $("modal-submit").hidden = !modal.submit;
  $("modal-submit").textContent = modal.submit?.text ?? "";
  $("modal-close").textContent = modal.close?.text ?? "Cancel";
  $("modal-error").hidden = !modal.errors[""];
  $("modal-error").textContent = modal.errors[""] ?? "";
  const context = {
    names, values: modal.state.values, errors: modal.errors,
    press: (item, block, value) => press(item, {
      view_id: modal.id, action_id: item.action_id, block_id: block.block_id, value,
      values: valuesIn($("modal-blocks")),
    }),
  };
  $("modal-blocks").replaceChildren(...blocks(modal.blocks, context));
  if (!box.open) box.showModal();
}

async function press(item, act) {
  if (item.confirm && !(await confirmed(item.confirm))) return;
  await send("click", act);
}

function confirmed(words) {
  const box = $("confirm");
  $("confirm-title").textContent = words.title.text;
  $("confirm-text").replaceChildren(...text(words.text, names));
  $("confirm-ok").textContent = words.confirm.text;
  $("confirm-ok").className = words.style ?? "primary";
  $("confirm-cancel").textContent = words.deny.text;
  box.returnValue = "";
  box.showModal();
  return new Promise((decide) => {
    box.addEventListener("close", () => decide(box.returnValue === "ok"), { once: true });
  });
}

async function send(name, act) {
  const answer = await post(`/_control/act/${name}`, { user, ...act });
  const trouble = answer.error && answer.error !== "required"
    ? answer.message ?? `FilmOps did not take it: ${answer.error}` : "";
  $("status").textContent = trouble;
  $("status").hidden = !trouble;
  return answer;
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = $("compose").value.trim();
  if (!words) return;
  $("compose").value = "";
  send(words.startsWith("/") ? "command" : "say", { channel, text: words });
});
$("compose").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("form").requestSubmit();
});
$("person").addEventListener("change", () => {
  user = $("person").value;
  localStorage.setItem("filmops-person", user);
  drawn.clear();
  $("messages").replaceChildren();
  $("home").dataset.key = $("modal").dataset.key = "";
  waiting.abort();
  if (atHome) send("home", {});
});
$("home-tab").addEventListener("click", () => {
  atHome = true;
  draw();
  send("home", {});
});
$("modal-form").addEventListener("submit", (event) => {
  event.preventDefault();
  send("submit", { view_id: $("modal").dataset.viewId, values: valuesIn($("modal-blocks")) });
});
const leave = (event) => {
  event.preventDefault();
  send("close", { view_id: $("modal").dataset.viewId });
};
$("modal-close").addEventListener("click", leave);
$("modal").addEventListener("cancel", leave);
$("confirm-ok").addEventListener("click", () => $("confirm").close("ok"));
$("confirm-cancel").addEventListener("click", () => $("confirm").close(""));

follow();
