// Reads graphs as a JSON list from standard input, and writes what Mermaid makes of each of them.
import { JSDOM } from "jsdom";

// Mermaid cleans labels with what a browser has.
const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

async function read(text) {
  try {
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const nodes = [...db.getVertices().values()];
    return {
      nodes: nodes.map((one) => one.text),
      edges: db.getEdges().map((one) => one.text),
      acting: nodes.filter((one) => one.link || one.haveCallback).length + db.getClasses().size,
    };
  } catch (error) {
    return { error: String(error) };
  }
}

let input = "";
for await (const part of process.stdin) input += part;
const found = [];
for (const text of JSON.parse(input)) found.push(await read(text));
console.log(JSON.stringify(found));
