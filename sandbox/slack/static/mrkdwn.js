// Slack's mrkdwn, emoji and dates as elements. `names` turns ids into names.
import { h } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", rotating_light: "🚨",
  hourglass_flowing_sand: "⏳", hourglass: "⌛", lock: "🔒", unlock: "🔓", no_entry: "⛔",
  large_green_circle: "🟢", large_blue_circle: "🔵", red_circle: "🔴", large_yellow_circle: "🟡",
  white_circle: "⚪", arrow_right: "➡️", arrow_forward: "▶️", double_vertical_bar: "⏸️",
  pause_button: "⏸️", octagonal_sign: "🛑", bell: "🔔", no_bell: "🔕", eyes: "👀", rocket: "🚀",
  snowflake: "❄️", information_source: "ℹ️", memo: "📝", mag: "🔍", bar_chart: "📊",
  chart_with_upwards_trend: "📈", page_facing_up: "📄", tada: "🎉", fire: "🔥", pager: "📟",
  rewind: "⏪", leftwards_arrow_with_hook: "↩️", raised_hand: "✋", thumbsup: "👍", wrench: "🔧",
  clipboard: "📋", clock3: "🕒", stopwatch: "⏱️", question: "❓", grey_question: "❔",
};
const TOKEN = new RegExp(
  [
    "```([\\s\\S]+?)```",
    "`([^`\\n]+)`",
    "<([^>\\n]+)>",
    "(?<![\\w*])\\*(?=\\S)([^*\\n]+?)(?<=\\S)\\*(?![\\w*])",
    "(?<![\\w_])_(?=\\S)([^_\\n]+?)(?<=\\S)_(?![\\w_])",
    "(?<![\\w~])~(?=\\S)([^~\\n]+?)(?<=\\S)~(?![\\w~])",
    ":([a-z0-9_+-]+):",
  ].join("|"),
  "g",
);

export const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function emoji(name) {
  return EMOJI[name]
    ? h("span", { role: "img", "aria-label": name.replaceAll("_", " ") }, EMOJI[name])
    : `:${name}:`;
}

export function plain(text) {
  return unescape(text).split(/(:[a-z0-9_+-]+:)/).map((part) =>
    /^:[a-z0-9_+-]+:$/.test(part) ? emoji(part.slice(1, -1)) : part);
}

export function mrkdwn(text, names) {
  const parts = [];
  for (const part of text.split(/((?:^|(?<=\n))(?:&gt;|>)[^\n]*(?:\n(?:&gt;|>)[^\n]*)*\n?)/)) {
    if (/^(&gt;|>)/.test(part)) {
      const quoted = part.replace(/^(&gt;|>) ?/gm, "").replace(/\n$/, "");
      parts.push(h("blockquote", {}, inline(quoted, names)));
    } else if (part) parts.push(...inline(part, names));
  }
  return parts;
}

function inline(text, names) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(unescape(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const [, pre, code, angle, bold, italic, strike, name] = match;
    if (pre !== undefined) parts.push(h("pre", {}, unescape(pre.replace(/^\n|\n$/g, ""))));
    else if (code !== undefined) parts.push(h("code", {}, unescape(code)));
    else if (angle !== undefined) parts.push(reference(angle, names));
    else if (bold !== undefined) parts.push(h("strong", {}, inline(bold, names)));
    else if (italic !== undefined) parts.push(h("em", {}, inline(italic, names)));
    else if (strike !== undefined) parts.push(h("s", {}, inline(strike, names)));
    else parts.push(emoji(name));
  }
  parts.push(unescape(text.slice(end)));
  return parts;
}

function reference(inside, names) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention("@", names[target.slice(1)] ?? label ?? target.slice(1));
  if (target.startsWith("#")) return mention("#", names[target.slice(1)] ?? label ?? target.slice(1));
  if (target.startsWith("!date^")) {
    const [, seconds, format, href] = target.split("^");
    return date(Number(seconds), format, href, label);
  }
  if (target.startsWith("!")) return mention("@", target.slice(1).split("^")[0]);
  if (/^(https?|mailto):/.test(target)) return link(unescape(target), label && unescape(label));
  return unescape(`<${inside}>`);
}

export const mention = (mark, name) => h("span", { class: "mention" }, mark + name);

export const link = (href, label) =>
  h("a", { href, target: "_blank", rel: "noreferrer" }, label || href);

export function date(seconds, format, href, fallback) {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return fallback ?? "";
  const day = (options) => at.toLocaleDateString("en-GB", options);
  const near = relative(at);
  const long = day({ year: "numeric", month: "long", day: "numeric" });
  const short = day({ year: "numeric", month: "short", day: "numeric" });
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const words = {
    date_num: at.toISOString().slice(0, 10), date: long, date_short: short,
    date_long: day({ weekday: "long", year: "numeric", month: "long", day: "numeric" }),
    date_pretty: near ?? long, date_short_pretty: near ?? short, date_long_pretty: near ?? long,
    time, time_secs: at.toLocaleTimeString("en-GB"), ago: near ?? short,
  };
  const text = format.replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
  const node = h("time", { datetime: at.toISOString(), title: fallback }, text);
  return href ? h("a", { href, target: "_blank", rel: "noreferrer" }, node) : node;
}

function relative(at) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - midnight) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}
