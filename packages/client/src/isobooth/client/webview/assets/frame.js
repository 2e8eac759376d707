// What surrounds a plugin's page: it holds the websocket, and hands on what comes either way. The page inside is of another
// origin and reaches nothing here but through window messages (its own bytes) and one port (parameters).
"use strict";

const MOST_BYTES = 4 << 20;
const CLOSED = 4001; // the view has been closed
const ELSEWHERE = 4002; // another tab shows it now
const said = document.getElementById("said");

let socket = null;
let frame = null;
let origin = "";
let port = null;
let pause = 250;

function say(text) {
  said.textContent = text;
  said.hidden = text === "";
}

function tell(message) {
  if (socket !== null && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function drop() {
  if (port !== null) port.close();
  if (frame !== null) frame.remove();
  port = frame = null;
}

function show(message) {
  drop();
  say("");
  document.title = message.title;
  origin = message.origin;
  frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
  frame.addEventListener("load", () => tell({ t: "ready", page: message.page }), { once: true });
  frame.src = message.url;
  document.body.append(frame);
}

const heard = {
  page: show,
  params: (message) => port?.postMessage(message),
  plugin: (message) => port?.postMessage(message),
  error: (message) => port?.postMessage(message),
  gone: (message) => say(message.text),
};

function connect() {
  const address = new URL("ws", location.href);
  address.protocol = "ws:";
  socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => { pause = 250; });
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) frame?.contentWindow?.postMessage(data, origin, [data]);
    else {
      const message = JSON.parse(data);
      heard[message.t]?.(message);
    }
  });
  socket.addEventListener("close", (event) => {
    if (event.code === CLOSED) say("The plugin has been closed.");
    else if (event.code === ELSEWHERE) say("The plugin is shown in another window. Reload to have it here.");
    else {
      say("The connection to the plugin is lost. Trying again …");
      setTimeout(connect, pause);
      pause = Math.min(2 * pause, 4000);
    }
    if (event.code === CLOSED || event.code === ELSEWHERE) drop();
  });
}

function greet() {
  const channel = new MessageChannel();
  if (port !== null) port.close();
  port = channel.port1;
  port.onmessage = ({ data }) => {
    if (data !== null && data.t === "set") tell({ t: "set", id: data.id, value: data.value });
  };
  frame.contentWindow.postMessage({ isobooth: "port" }, origin, [channel.port2]);
}

function pass(bytes) {
  if (bytes.byteLength > MOST_BYTES) console.error(`A message of ${bytes.byteLength} bytes is too long and was not sent.`);
  else if (socket !== null && socket.readyState === WebSocket.OPEN) socket.send(bytes);
}

window.addEventListener("message", (event) => {
  if (frame === null || event.source !== frame.contentWindow || event.origin !== origin) return;
  const data = event.data;
  // Copies: memory that can grow is nothing that a websocket takes.
  if (data instanceof ArrayBuffer) pass(new Uint8Array(data).slice());
  else if (ArrayBuffer.isView(data)) pass(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice());
  else if (data !== null && typeof data === "object" && data.isobooth === "hello") greet();
});

connect();
