// Draws a message as its recipient sees it, from the body of its request. Shared by the preview and the sandbox's inbox.
//
// Everything that comes from a list, a template or a request becomes text of a text node and nothing else: no markup is
// ever built from data, nothing of it is loaded, and no address in it can be followed.
"use strict";

const Bubble = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  // An element with a class and children. Texts become text nodes; null and "" are left out.
  function make(tag, name, ...children) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    for (const child of children) {
      if (child instanceof Node) element.append(child);
      else if (child !== null && child !== undefined && child !== "") element.append(String(child));
    }
    return element;
  }

  const ICONS = {
    image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
    video: "M4 6h11v12H4zM15 10l5-3v10l-5-3",
    document: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
    audio: "M8 5l11 7-11 7z",
    pin: "M12 21s-6-6.2-6-11a6 6 0 0 1 12 0c0 4.800-6 11-6 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
    person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.500-6 8-6s8 2 8 6",
    url: "M9 6H5v13h13v-4M13 5h6v6M19 5l-9 9",
    phone_number: "M6 3l3 5-2 2c1 3 4 6 7 7l2-2 5 3c-1 3-3 4-5 3C9 19 4 13 3 8c0-3 1-4 3-5z",
    quick_reply: "M10 7L4 12l6 5v-3c5 0 8 1 10 4 0-6-4-8-10-8z",
    copy_code: "M8 8h12v12H8zM4 16V4h12",
    list: "M5 7h14M5 12h14M5 17h14",
  };

  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name] || ICONS.document);
    svg.append(path);
    return svg;
  }

  // --- WhatsApp's formatting -------------------------------------------------------------------------------------------

  const TAGS = { "*": "b", _: "i", "~": "s", "`": "code" };
  const isWord = (c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);
  const isSpace = (c) => c === undefined || /\s/.test(c);

  // The end of what a marker at `at` opens, or -1. A marker counts at the border of a word alone, and not across lines.
  function closing(text, at) {
    const mark = text[at];
    if (isWord(text[at - 1]) || isSpace(text[at + 1]) || text[at + 1] === mark) return -1;
    for (let end = at + 2; end < text.length; end++) {
      if (text[end] === mark && !isSpace(text[end - 1]) && !isWord(text[end + 1])) return end;
    }
    return -1;
  }

  // An address without what belongs to the sentence around it.
  const trimmed = (address) => address.replace(/[.,;:!?)*_~]+$/, "");

  // One line into an element: markers inside markers, addresses marked as such.
  function inline(into, text, open) {
    let plain = "";
    let hopeless = "";
    const flush = () => {
      if (plain) into.append(plain);
      plain = "";
    };
    for (let at = 0; at < text.length; ) {
      const c = text[at];
      if (TAGS[c] && !open.includes(c) && !hopeless.includes(c)) {
        const end = closing(text, at);
        if (end > 0) {
          flush();
          const element = make(TAGS[c]);
          const inner = text.slice(at + 1, end);
          if (c === "`") element.append(inner);
          else inline(element, inner, open + c);
          into.append(element);
          at = end + 1;
          continue;
        }
        if (text.indexOf(c, at + 1) < 0) hopeless += c;
      }
      const link = c === "h" && !isWord(text[at - 1]) ? /^https?:\/\/[^\s<>"]+/.exec(text.slice(at, at + 2048)) : null;
      if (link) {
        flush();
        const address = trimmed(link[0]);
        into.append(make("span", "link", address));
        at += address.length;
        continue;
      }
      plain += c;
      at++;
    }
    flush();
  }

  // The element that a line of text goes into, and what is left of the line: quotes and lists are found by how it begins.
  function lineIn(into, text) {
    const found = /^(?:(>) ?|([*-]) +|(\d{1,3})\. +)(?=\S)/.exec(text);
    if (!found) {
      const line = make("div", "line");
      into.append(line);
      return [line, text];
    }
    const block = found[1] ? "blockquote" : found[2] ? "ul" : "ol";
    const parent = into.lastChild instanceof Element && into.lastChild.localName === block ? into.lastChild : make(block);
    const line = make(found[1] ? "div" : "li", "line");
    if (found[3]) line.value = Number(found[3]);
    parent.append(line);
    into.append(parent);
    return [line, text.slice(found[0].length)];
  }

  // A text with WhatsApp's formatting, as an element. ``` goes across lines, everything else ends with its line.
  function formatted(text, name) {
    const into = make("div", name || "text");
    into.dir = "auto";
    let line = null;
    const write = (part) =>
      part.split(/\r\n|\r|\n/).forEach((rest, at) => {
        if (at > 0 && line) {
          line.append("\n");
          line = null;
        }
        if (line) return inline(line, rest, "");
        [line, rest] = lineIn(into, rest);
        inline(line, rest, "");
      });
    const parts = String(text).trimEnd().split("```");
    parts.forEach((part, at) => {
      if (at % 2 === 0) return write(part);
      const isClosed = at < parts.length - 1;
      if (!isClosed || part.trim() === "") return write("```" + part + (isClosed ? "```" : ""));
      if (!line) [line] = lineIn(into, "");
      line.append(make("code", "fence", part));
    });
    return into;
  }

  // --- Cards -----------------------------------------------------------------------------------------------------------

  const host = (address) => /^https?:\/\/([^/?#\s]+)/i.exec(address)?.[1] ?? "";

  // What stands for a picture, a film, a file or a sound. It is not loaded: its address is shown.
  function media(kind, object) {
    const source = object || {};
    const address = source.link || (source.id ? `id ${source.id}` : "");
    const file = source.filename || "";
    if (kind === "document") {
      const name = file || (source.link ? source.link.split(/[?#]/)[0].split("/").pop() : "") || "Document";
      return make("div", "file", icon("document"), make("div", "", make("div", "name", name), make("div", "dim", address)));
    }
    if (kind === "audio") {
      return make("div", "file sound", icon("audio"), make("div", "", make("div", "wave"), make("div", "dim", address)));
    }
    return make("div", "media", icon(kind), make("div", "kind", kind === "video" ? "Video" : "Image"), make("div", "dim", address));
  }

  function place(location) {
    const where = location || {};
    const map = document.createElementNS(SVG, "svg");
    map.setAttribute("viewBox", "0 0 280 130");
    map.setAttribute("class", "map");
    map.setAttribute("role", "img");
    map.setAttribute("aria-label", "Map");
    for (const [name, d] of [
      ["water", "M0 96C60 78 90 120 150 104S240 90 280 104V130H0Z"],
      ["park", "M168 14h70v40h-70z"],
      ["road", "M-5 40L285 66M60 -5L92 135M150 -5L140 135M236 -5L214 135M-5 84L285 22"],
      ["marker", "M140 78s-15-15.500-15-27.500a15 15 0 0 1 30 0c0 12-15 27.500-15 27.500z"],
      ["dot", "M140 56a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11z"],
    ]) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      path.setAttribute("d", d);
      map.append(path);
    }
    const at = [where.latitude, where.longitude].filter((value) => value !== undefined).join(", ");
    return make("div", "place", map, make("div", "about", make("div", "name", where.name), make("div", "", where.address), make("div", "dim", at)));
  }

  function contact(card) {
    const name = card.name?.formatted_name || "";
    const line = (value, type) => (value ? make("div", "dim", value, type ? ` · ${String(type).toLowerCase()}` : "") : null);
    const about = make("div", "", make("div", "name", name));
    for (const phone of card.phones || []) about.append(line(phone.phone, phone.type) || "");
    for (const email of card.emails || []) about.append(line(email.email, email.type) || "");
    about.append(line(card.birthday, "birthday") || "");
    return make("div", "card", make("div", "avatar", Array.from(name)[0] || icon("person")), about);
  }

  function linkPreview(text) {
    const found = /(?:^|\s)(https?:\/\/[^\s<>"]+)/.exec(text);
    if (!found) return null;
    const address = trimmed(found[1]);
    return make("div", "preview", make("div", "name", host(address)), make("div", "dim", address));
  }

  // --- Templates -------------------------------------------------------------------------------------------------------

  // The text of a template with its variables filled in; what has no value stays as it is written.
  function fill(text, parameters) {
    return String(text || "").replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (whole, name) => {
      const found = /^\d+$/.test(name)
        ? parameters[Number(name) - 1]
        : parameters.find((parameter) => parameter.parameter_name === name);
      return found?.text ?? found?.payload ?? found?.coupon_code ?? whole;
    });
  }

  function header(parameter) {
    const kind = parameter?.type;
    if (kind === "location") return place(parameter.location);
    if (kind === "image" || kind === "video" || kind === "document") return media(kind, parameter[kind]);
    return kind === "text" ? formatted(parameter.text, "head") : null;
  }

  function sent(template) {
    const of = (type) => (template.components || []).filter((component) => component.type === type);
    const buttons = new Map(of("button").map((button) => [Number(button.index), button]));
    return { header: of("header")[0]?.parameters || [], body: of("body")[0]?.parameters || [], buttons };
  }

  function knownTemplate(template, known) {
    const given = sent(template);
    const parts = { buttons: [] };
    for (const component of known.components || []) {
      const type = String(component.type).toUpperCase();
      if (type === "HEADER") {
        const format = String(component.format || "TEXT").toUpperCase();
        if (format === "TEXT") parts.header = make("div", "head", fill(component.text, given.header));
        else parts.header = header(given.header[0]) || media(format.toLowerCase(), {});
      } else if (type === "BODY") {
        const security = component.add_security_recommendation && !/security/i.test(component.text || "");
        const text = component.text || "{{1}} is your verification code.";
        parts.body = formatted(fill(text, given.body) + (security ? " For your security, do not share this code." : ""));
      } else if (type === "FOOTER") {
        const minutes = component.code_expiration_minutes;
        parts.footer = component.text || (minutes ? `This code expires in ${minutes} minutes.` : "");
      } else if (type === "BUTTONS") {
        (component.buttons || []).forEach((button, index) => {
          const values = given.buttons.get(index)?.parameters || [];
          const kind = String(button.type).toLowerCase();
          const label = button.text || (kind === "copy_code" || kind === "otp" ? "Copy code" : "");
          const detail = kind === "url" ? fill(button.url, values) : button.phone_number || values[0]?.payload || values[0]?.coupon_code;
          parts.buttons.push({ kind: kind === "otp" ? "copy_code" : kind, label, detail });
        });
      }
    }
    return parts;
  }

  // A template whose text is not known: its name and what is filled in.
  function unknownTemplate(template) {
    const given = sent(template);
    const body = make("div", "unknown");
    body.append(make("div", "label", "Template"), make("div", "name", template.name), make("div", "dim", template.language?.code));
    const list = make("dl", "parameters");
    given.body.forEach((parameter, at) => {
      const value = make("dd", "", parameter.text);
      value.dir = "auto";
      list.append(make("dt", "", `{{${parameter.parameter_name || at + 1}}}`), value);
    });
    if (given.body.length) body.append(list);
    const buttons = [...given.buttons].map(([index, button]) => {
      const value = button.parameters?.[0] || {};
      const detail = value.payload || value.text || value.coupon_code || "";
      return { kind: button.sub_type, label: `Button ${index + 1}`, detail, note: detail };
    });
    const words = [template.name, ...given.body.map((parameter) => parameter.text)].filter(Boolean).join(" · ");
    return { header: header(given.header[0]), body, buttons, words };
  }

  // --- The message -----------------------------------------------------------------------------------------------------

  // What is not a message that the API knows is said to be that: the sandbox's inbox shows refused ones too.
  function parts(message, templates) {
    try {
      return partsOf(message, templates);
    } catch {
      return { body: make("div", "unknown", make("div", "label", "This is not a message that can be drawn")) };
    }
  }

  function partsOf(message, templates) {
    const kind = message?.type;
    const object = message?.[kind] || {};
    switch (kind) {
      case "text": {
        const text = object.body || "";
        return { header: object.preview_url ? linkPreview(text) : null, body: formatted(text) };
      }
      case "image":
      case "video":
      case "document":
      case "audio":
        return { header: media(kind, object), body: object.caption ? formatted(object.caption) : null };
      case "location":
        return { header: place(object) };
      case "contacts": {
        const cards = Array.isArray(object) ? object : [];
        return { header: make("div", "", ...cards.map(contact)), buttons: [{ kind: "person", label: "Message" }] };
      }
      case "interactive": {
        const url = object.action?.parameters || {};
        return {
          header: object.header?.type === "text" ? make("div", "head", object.header.text) : header(object.header),
          body: formatted(object.body?.text || ""),
          footer: object.footer?.text,
          buttons: object.action?.name === "cta_url" ? [{ kind: "url", label: url.display_text, detail: url.url }] : [],
        };
      }
      case "template": {
        const key = `${object.name}/${object.language?.code}`;
        const known = templates && Object.hasOwn(templates, key) ? templates[key] : null;
        return known ? knownTemplate(object, known) : unknownTemplate(object);
      }
      default:
        return { body: make("div", "unknown", make("div", "label", "This is not a message that can be drawn"), make("div", "dim", kind)) };
    }
  }

  function button({ kind, label, detail, note }) {
    const element = make("div", "button", icon(kind), make("span", "", label || "…"), note ? make("span", "dim", note) : null);
    if (detail) element.title = detail;
    return element;
  }

  // The whole message as an element. `templates` maps "name/language" to the template as Meta's API gives it.
  function draw(message, templates, time) {
    const { header: head, body, footer, buttons = [] } = parts(message, templates);
    const bubble = make("div", "bubble", head, body, footer ? make("div", "footer", footer) : null);
    if (time) bubble.append(make("div", "time", time));
    const whole = make("div", "message", bubble);
    const shown = buttons.length > 3 ? 2 : buttons.length;
    for (const one of buttons.slice(0, shown)) bubble.append(button(one));
    if (shown < buttons.length) {
      const more = make("details", "more", make("summary", "button", icon("list"), make("span", "", "See all options")));
      for (const one of buttons.slice(shown)) more.append(button(one));
      bubble.append(more);
    }
    return whole;
  }

  // A line for lists: the message in some words.
  function snippet(message, templates) {
    const { header: head, body, words } = parts(message, templates);
    const text = (body?.textContent || head?.textContent || "").replace(/\s+/g, " ").trim();
    return words || text;
  }

  // Text in which nothing is invisible: control, bidirectional and zero-width characters are written out and marked.
  function visible(text) {
    const into = document.createDocumentFragment();
    const hidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
    let from = 0;
    for (const found of String(text).matchAll(hidden)) {
      into.append(String(text).slice(from, found.index));
      into.append(make("span", "hidden", `\\u${found[0].charCodeAt(0).toString(16).padStart(4, "0")}`));
      from = found.index + 1;
    }
    into.append(String(text).slice(from));
    return into;
  }

  // JSON as people read it, keys and texts told apart; any other text as it is.
  function json(text) {
    const pre = make("pre", "payload");
    let laid = text;
    try {
      laid = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      pre.append(visible(text));
      return pre;
    }
    const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)/g;
    let from = 0;
    for (const found of laid.matchAll(token)) {
      pre.append(laid.slice(from, found.index));
      if (found[2] !== undefined) pre.append(make("span", "key", visible(found[1])), found[2]);
      else pre.append(make("span", found[1] ? "string" : "number", visible(found[0])));
      from = found.index + found[0].length;
    }
    pre.append(laid.slice(from));
    return pre;
  }

  return { draw, snippet, formatted, visible, json, make, icon };
})();

// The theme: that of the system until the switch is used.
const Theme = (() => {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  function toggle() {
    root.dataset.theme = isDark() ? "light" : "dark";
  }
  document.getElementById("theme")?.addEventListener("click", toggle);
  return { toggle, isDark };
})();
