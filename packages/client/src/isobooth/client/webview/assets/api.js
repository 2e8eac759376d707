// What a plugin's page finds as `wclap`. Runs before any script of the page.
((facts) => {
  "use strict";
  // A page inside the plugin's page is the plugin's own business.
  if (window.parent === window || window.parent !== window.top || "wclap" in window) return;
  const host = window.parent;
  const values = new Map(facts.values);
  const waiting = [];
  let plugin = facts.plugin;
  let port = null;

  const find = (id) => plugin.parameters.find((one) => one.id === id);
  const call = (name, ...given) => {
    if (typeof wclap[name] !== "function") return;
    try {
      wclap[name](...given);
    } catch (error) {
      reportError(error);
    }
  };
  const tell = (message) => {
    if (port === null) waiting.push(message);
    else port.postMessage(message);
  };

  const wclap = {
    onParamChange: null, // (id, value): somebody else than this page has changed a parameter
    onMessage: null, // (buffer): the plugin has sent an ArrayBuffer
    setParam(id, value) {
      const info = find(id);
      if (info === undefined) throw new RangeError(`there is no parameter ${id}`);
      if (info.isOutput) throw new RangeError(`parameter ${id} is computed by the plugin`);
      if (typeof value !== "number" || !Number.isFinite(value)) throw new TypeError(`${value} is no value of a parameter`);
      const kept = Math.min(Math.max(value, info.minimum), info.maximum);
      values.set(id, kept);
      tell({ t: "set", id, value: kept });
    },
    getParam: (id) => values.get(id),
    getPluginInfo: () => structuredClone(plugin),
    sendMessage(buffer) {
      const view = ArrayBuffer.isView(buffer);
      if (!view && !(buffer instanceof ArrayBuffer)) throw new TypeError("a message is an ArrayBuffer or a view of one");
      const bytes = view ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
      const copy = bytes.slice().buffer;
      host.postMessage(copy, facts.frame, [copy]);
    },
  };

  const heard = {
    params: ({ values: changed }) => {
      for (const [id, value] of changed) {
        if (values.get(id) === value) continue;
        values.set(id, value);
        call("onParamChange", id, value);
      }
    },
    plugin: (message) => { plugin = message.plugin; },
    error: ({ text }) => console.warn(text),
  };

  window.addEventListener("message", (event) => {
    if (event.source !== host || event.origin !== facts.frame) return;
    if (event.data instanceof ArrayBuffer) call("onMessage", event.data);
    else if (event.data !== null && typeof event.data === "object" && event.data.isobooth === "port") {
      event.stopImmediatePropagation(); // listeners of the page expect bytes
      port = event.ports[0];
      port.onmessage = ({ data }) => heard[data.t]?.(data);
      for (const message of waiting.splice(0)) port.postMessage(message);
    }
  });

  window.wclap = wclap;
  host.postMessage({ isobooth: "hello" }, facts.frame);
})(/* facts */);
