/**
 * Markdown cells: text and HTML of the notebook's author, cleaned of everything that runs; values between `${` and `}` are data and show as text,
 * whatever is in them. Nodes stay nodes.
 */
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import {make} from "./dom.ts";

const markdown = new MarkdownIt({html: true, linkify: true, typographer: true});

/** Private characters, which stand for value number n while markdown is read. */
const mark = (n: number) => `\uE000${n}\uE001`;
const marks = /\uE000(\d+)\uE001/g;

/** The template tag `md`. */
export function md(template: TemplateStringsArray, ...values: unknown[]): Element {
  const source = template.map((text, i) => text + (i < values.length ? mark(i) : "")).join("");
  const root = document.createElement("div");
  root.className = "n-prose";
  root.append(DOMPurify.sanitize(fillAttributes(markdown.render(source), values), {RETURN_DOM_FRAGMENT: true, ADD_ATTR: ["target"], FORBID_TAGS: ["style", "form"]}));
  fillText(root, values);
  nameHeadings(root);
  return root;
}

/** Values inside tags go in before cleaning, so that an address from a value is cleaned as well. */
function fillAttributes(html: string, values: unknown[]): string {
  return html.replace(/<[^<>]*>/g, (tag) => tag.replace(marks, (_, n) => escapeHtml(String(values[Number(n)]))));
}

function escapeHtml(text: string) {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function fillText(root: Node, values: unknown[]) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) if (walker.currentNode.nodeValue!.includes("\uE000")) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const parts = text.nodeValue!.split(marks).map((part, i) => (i % 2 === 0 ? [part] : nodesOf(values[Number(part)])));
    text.replaceWith(...parts.flat());
  }
}

function nodesOf(value: unknown): (Node | string)[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (value instanceof Node) return [value];
  const text = String(value);
  // What turns the direction of writing turns nothing behind it.
  return [/[\u202A-\u202E\u2066-\u2069]/.test(text) ? make("bdi", "", text) : text];
}

/** Headings get ids, so that links and slides find them. */
function nameHeadings(root: Element) {
  for (const heading of root.querySelectorAll("h1, h2, h3, h4")) {
    heading.id ||= heading
      .textContent!.toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "");
  }
}
